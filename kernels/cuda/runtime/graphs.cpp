#include "graphs.h"

#include "allocator.h"
#include "pools.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

struct Graph {
  int device;
  StreamHandle stream;        // while it is recorded
  int64_t pool, pool_before;  // what the thread took its memory from
  uint64_t* random;
  bool draws = false;
  void* recorded = nullptr;  // the driver's
};
Graph& of(GraphHandle graph) { return *static_cast<Graph*>(graph); }

thread_local Graph* recording = nullptr;

}  // namespace

GraphHandle begin_graph(int64_t pool) {
  if (recording) fail<RuntimeError>("graph: this thread records one already");
  const int device = resolve(-1);
  const StreamHandle stream = current_stream();
  if (!stream) fail<RuntimeError>("graph: the default stream cannot be recorded, use another one");
  auto* const graph = new Graph{device, stream, pool ? pool : new_pool(nullptr, false), 0, nullptr};
  hold_pool(graph->pool);
  is_recorded_with(graph->pool);
  graph->pool_before = use_pool(-1, graph->pool);
  try {
    graph->random = static_cast<uint64_t*>(allocate(2 * sizeof(uint64_t), -1));
    driver().begin_recording(stream);
  } catch (...) {
    use_pool(-1, graph->pool_before);
    destroy_graph(graph);
    throw;
  }
  recording = graph;
  return graph;
}

void end_graph(GraphHandle handle) {
  Graph& graph = of(handle);
  if (recording != &graph) fail<RuntimeError>("graph: this thread does not record it");
  recording = nullptr;
  use_pool(static_cast<int8_t>(graph.device), graph.pool_before);
  graph.recorded = driver().end_recording(graph.stream);
}

void launch_graph(GraphHandle handle, uint64_t seed, uint64_t shift) {
  Graph& graph = of(handle);
  if (!graph.recorded) fail<RuntimeError>("graph: nothing has been recorded");
  const UseDevice use(static_cast<int8_t>(graph.device));
  const StreamHandle stream = current_stream();
  if (graph.draws) {
    const uint64_t words[] = {seed, shift};
    driver().copy(graph.random, words, sizeof(words), stream);
  }
  driver().launch_recorded(graph.recorded, stream);
}

void destroy_graph(GraphHandle handle) noexcept {
  const Graph& graph = of(handle);
  try {
    const UseDevice use(static_cast<int8_t>(graph.device));
    driver().synchronize();
  } catch (const RuntimeError&) {
    // The device is lost, and what it did with it.
  }
  if (graph.recorded) driver().destroy_recorded(graph.recorded);
  if (graph.random) deallocate(graph.random, 0, static_cast<int8_t>(graph.device));
  leave_pool(graph.pool);
  delete &graph;
}

int64_t pool_of(GraphHandle graph) { return of(graph).pool; }
bool is_recording() { return recording != nullptr; }

const uint64_t* recorded_random() {
  if (!recording) return nullptr;
  recording->draws = true;
  return recording->random;
}

}  // namespace taeda::cuda

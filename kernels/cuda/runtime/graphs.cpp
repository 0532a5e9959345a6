#include "graphs.h"

#include <atomic>
#include <map>
#include <mutex>

#include "allocator.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

struct Graph {
  int device;
  StreamHandle stream;  // while it is recorded
  int64_t pool;
  uint64_t* random;
  bool draws = false;
  void* recorded = nullptr;  // the driver's
};
Graph& of(GraphHandle graph) { return *static_cast<Graph*>(graph); }

thread_local Graph* recording = nullptr;

// How many graphs use a pool.
std::mutex guard;
std::map<int64_t, int> users;

void leave(const Graph& graph) {
  {
    const std::lock_guard lock(guard);
    if (--users[graph.pool] > 0) return;
    users.erase(graph.pool);
  }
  dissolve_pool(graph.device, graph.pool);
}

}  // namespace

int64_t new_pool() {
  static std::atomic<int64_t> last{0};
  return ++last;
}

GraphHandle begin_graph(int64_t pool) {
  if (recording) fail<RuntimeError>("graph: this thread records one already");
  const int device = resolve(-1);
  const StreamHandle stream = current_stream();
  if (!stream) fail<RuntimeError>("graph: the default stream cannot be recorded, use another one");
  auto* const graph = new Graph{device, stream, pool ? pool : new_pool(), nullptr};
  {
    const std::lock_guard lock(guard);
    ++users[graph->pool];
  }
  use_pool(graph->pool);
  try {
    graph->random = static_cast<uint64_t*>(allocate(2 * sizeof(uint64_t), -1));
    driver().begin_recording(stream);
  } catch (...) {
    use_pool(0);
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
  use_pool(0);
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
  leave(graph);
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

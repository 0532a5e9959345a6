#include "runtime.h"

#include <map>
#include <mutex>

#include "allocator.h"
#include "faults.h"
#include "graphs.h"
#include "pinned.h"
#include "pools.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

// The current stream of the device that is written waits for that of the one that is read.
void wait_for(int writer, int reader) {
  const StreamHandle from = current_stream(static_cast<int8_t>(reader));
  EventHandle event;
  {
    const UseDevice use(static_cast<int8_t>(reader));
    event = driver().create_event(false);
    driver().record_event(event, from);
  }
  driver().wait_event(current_stream(static_cast<int8_t>(writer)), event);
  driver().destroy_event(event);
}

void copy(void* to, Device to_device, const void* from, Device from_device, size_t bytes,
          bool wait) {
  const bool to_here = to_device.type == DeviceType::CPU;
  const bool from_here = from_device.type == DeviceType::CPU;
  const UseDevice use(to_here ? from_device.index : to_device.index);
  const StreamHandle stream = current_stream();
  if (!to_here && !from_here && to_device.index != from_device.index) {
    wait_for(to_device.index, from_device.index);
    driver().copy_between(to, to_device.index, from, from_device.index, bytes, stream);
    // The source may be freed, and reused on its own stream, as soon as this returns.
    driver().synchronize_stream(stream);
    return;
  }
  driver().copy(to, from, bytes, stream);
  const void* here = to_here ? to : from_here ? from : nullptr;
  if (!here) return;
  if (!wait && driver().is_pinned(here)) {
    // The next launch of a graph reads it anew, however long it is: who records keeps it.
    if (!is_recording()) pinned_is_used(here, stream);
    return;
  }
  driver().synchronize_stream(stream);
  if (to_here) check_faults();
}

void synchronize(int8_t index) {
  const UseDevice use(index);
  driver().synchronize();
  check_faults();
}

// Streams that nobody holds. They are never destroyed, but given out again: cached memory belongs
// to streams by their handles, which the driver gives to new streams while old ones still work.
struct IdleStreams {
  std::mutex guard;
  std::map<std::pair<int, int>, std::vector<StreamHandle>> by_priority;  // and device
  std::map<StreamHandle, int> priorities;
};
IdleStreams& idle_streams() {
  static auto* const all = new IdleStreams;
  return *all;
}

StreamHandle create_stream(int8_t index, int priority) {
  const UseDevice use(index);
  IdleStreams& all = idle_streams();
  const std::lock_guard lock(all.guard);
  std::vector<StreamHandle>& idle = all.by_priority[{use.device(), priority}];
  if (!idle.empty()) {
    const StreamHandle stream = idle.back();
    idle.pop_back();
    return stream;
  }
  const StreamHandle stream = driver().create_stream(priority);
  all.priorities.emplace(stream, priority);
  return stream;
}
void destroy_stream(int8_t index, StreamHandle stream) noexcept {
  IdleStreams& all = idle_streams();
  const std::lock_guard lock(all.guard);
  all.by_priority[{index, all.priorities[stream]}].push_back(stream);
}

void synchronize_stream(int8_t index, StreamHandle stream) {
  const UseDevice use(index);
  driver().synchronize_stream(stream);
  check_faults();
}
bool stream_is_done(int8_t index, StreamHandle stream) {
  const UseDevice use(index);
  return driver().stream_is_done(stream);
}

EventHandle create_event(int8_t index, bool timed) {
  const UseDevice use(index);
  return driver().create_event(timed);
}
void record_event(int8_t index, EventHandle event, StreamHandle stream) {
  const UseDevice use(index);
  driver().record_event(event, stream);
}
void wait_event(int8_t index, StreamHandle stream, EventHandle event) {
  const UseDevice use(index);
  driver().wait_event(stream, event);
}

}  // namespace

MemoryKernels memory_kernels() { return {.allocate = allocate, .deallocate = deallocate}; }

RuntimeKernels runtime_kernels() {
  return {
      .device_count = device_count,
      .problem = problem,
      .current_device = [] { return static_cast<int8_t>(current_device()); },
      .set_device = set_device,
      .current_stream = [](int8_t index) { return current_stream(index); },
      .set_stream = set_stream,
      .copy = copy,
      .synchronize = synchronize,
      .allocate_pinned =
          [](size_t bytes) {
            const UseDevice use(-1);
            return allocate_pinned(bytes);
          },
      .deallocate_pinned = [](void* block, size_t) noexcept { deallocate_pinned(block); },
      .is_pinned = [](const void* data) { return driver().is_pinned(data); },
      .create_stream = create_stream,
      .destroy_stream = destroy_stream,
      .synchronize_stream = synchronize_stream,
      .stream_is_done = stream_is_done,
      .create_event = create_event,
      .destroy_event = [](EventHandle event) noexcept { driver().destroy_event(event); },
      .record_event = record_event,
      .wait_event = wait_event,
      .synchronize_event =
          [](EventHandle event) {
            driver().synchronize_event(event);
            check_faults();
          },
      .event_is_done = [](EventHandle event) { return driver().event_is_done(event); },
      .elapsed_milliseconds =
          [](EventHandle first, EventHandle last) {
            return driver().elapsed_milliseconds(first, last);
          },
      .begin_graph = begin_graph,
      .end_graph = end_graph,
      .launch_graph = launch_graph,
      .destroy_graph = destroy_graph,
      .pool_of = pool_of,
      .is_recording = is_recording,
      .new_pool = new_pool,
      .hold_pool = hold_pool,
      .leave_pool = leave_pool,
      .holders_of_pool = holders_of_pool,
      .use_pool = use_pool,
      .facts = [](int8_t index) { return driver().facts(resolve(index)); },
      .memory =
          [](int8_t index) {
            const UseDevice use(index);
            return driver().memory();
          },
      .memory_stats = memory_stats,
      .memory_blocks = memory_blocks,
      .also_used_by = also_used_by,
      .reset_peak_memory = reset_peak_memory,
      .empty_cache =
          [] {
            empty_cache();
            empty_pinned_cache();
          },
      .set_memory_limit = set_memory_limit,
      .set_memory_source = set_memory_source,
      .keep_memory = keep_memory,
      // Until the table names who opens libraries.
      .library_version = [](MakerLibrary, std::string&) { return int64_t{0}; },
  };
}

}  // namespace taeda::cuda

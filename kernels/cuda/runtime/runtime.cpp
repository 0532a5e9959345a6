#include "runtime.h"

#include "allocator.h"
#include "faults.h"
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
  if (!here || (!wait && driver().is_pinned(here))) return;
  driver().synchronize_stream(stream);
  if (to_here) check_faults(use.device());
}

void synchronize(int8_t index) {
  const UseDevice use(index);
  driver().synchronize();
  check_faults(use.device());
}

StreamHandle create_stream(int8_t index, int priority) {
  const UseDevice use(index);
  return driver().create_stream(priority);
}
void destroy_stream(int8_t, StreamHandle stream) noexcept { driver().destroy_stream(stream); }

void synchronize_stream(int8_t index, StreamHandle stream) {
  const UseDevice use(index);
  driver().synchronize_stream(stream);
  check_faults(use.device());
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
            return driver().allocate_pinned(bytes);
          },
      .deallocate_pinned = [](void* block, size_t) noexcept { driver().release_pinned(block); },
      .is_pinned = [](const void* data) { return driver().is_pinned(data); },
      .create_stream = create_stream,
      .destroy_stream = destroy_stream,
      .synchronize_stream = synchronize_stream,
      .stream_is_done = stream_is_done,
      .create_event = create_event,
      .destroy_event = [](EventHandle event) noexcept { driver().destroy_event(event); },
      .record_event = record_event,
      .wait_event = wait_event,
      .synchronize_event = [](EventHandle event) { driver().synchronize_event(event); },
      .event_is_done = [](EventHandle event) { return driver().event_is_done(event); },
      .elapsed_milliseconds =
          [](EventHandle first, EventHandle last) {
            return driver().elapsed_milliseconds(first, last);
          },
      .facts = [](int8_t index) { return driver().facts(resolve(index)); },
      .memory =
          [](int8_t index) {
            const UseDevice use(index);
            return driver().memory();
          },
      .memory_stats = memory_stats,
      .reset_peak_memory = reset_peak_memory,
      .empty_cache = empty_cache,
      .set_memory_limit = set_memory_limit,
      // Until the table names who opens libraries.
      .library_version = [](MakerLibrary, std::string&) { return int64_t{0}; },
  };
}

}  // namespace taeda::cuda

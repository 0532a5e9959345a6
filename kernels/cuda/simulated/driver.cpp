// A device for the tests: kernels are loops on the CPU, work is done when it is given. Two devices
// of kDeviceBytes each share one reserved range of addresses.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "../runtime/driver.h"
#include "memory.h"
#include "taeda/kernels/error.h"
#include "taeda/kernels/export.h"

namespace taeda::cuda {
namespace simulated {
namespace {

constexpr size_t kReservedBytes = size_t{1} << 34;
constexpr int64_t kDeviceBytes = int64_t{1} << 30;  // what the "device" admits to have
constexpr int kDevices = 2;

std::recursive_mutex guard;
int open_count = 0;
std::atomic<int64_t> launches{0};  // of kernels, copies and fills
thread_local int current = 0;
int64_t used_bytes[kDevices] = {};

struct Range {
  size_t bytes;
  int device;
};
std::map<char*, Range> blocks;
std::map<void*, size_t> pinned;

char* reserved() {
  static char* const start = static_cast<char*>(
      mmap(nullptr, kReservedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  return start;
}

size_t pages(size_t bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

void protect(int access) {
  if (blocks.empty()) return;
  const auto last = std::prev(blocks.end());
  mprotect(reserved(), static_cast<size_t>(last->first - reserved()) + last->second.bytes, access);
}

// The first gap that is large enough.
void* allocate(size_t wanted) {
  const size_t bytes = pages(wanted);
  std::lock_guard lock(guard);
  if (used_bytes[current] + static_cast<int64_t>(bytes) > kDeviceBytes) return nullptr;
  char* at = reserved();
  for (const auto& [start, range] : blocks) {
    if (static_cast<size_t>(start - at) >= bytes) break;
    at = start + range.bytes;
  }
  blocks.emplace(at, Range{bytes, current});
  used_bytes[current] += static_cast<int64_t>(bytes);
  const OpenMemory open;
  std::memset(at, 0xa5, bytes);  // nobody may count on zeros
  return at;
}

void release(void* block) noexcept {
  std::lock_guard lock(guard);
  const auto found = blocks.find(static_cast<char*>(block));
  if (found == blocks.end()) return;
  mprotect(found->first, found->second.bytes, PROT_NONE);
  used_bytes[found->second.device] -= static_cast<int64_t>(found->second.bytes);
  blocks.erase(found);
}

// What a thread records.
struct Recording {
  std::vector<Work> work;
};
thread_local Recording* recording = nullptr;

void refuse_while_recording(const char* what) {
  if (recording) {
    fail<RuntimeError>("cuda: ", what, ": operation not permitted when stream is capturing");
  }
}

bool is_pinned(const void* data);
bool is_pageable(const void* data) {
  const auto* const at = static_cast<const char*>(data);
  return (at < reserved() || at >= reserved() + kReservedBytes) && !is_pinned(data);
}

void copy(void* to, const void* from, size_t bytes, StreamHandle) {
  if (is_pageable(to) || is_pageable(from)) refuse_while_recording("copy");
  give([=] { std::memmove(to, from, bytes); });
}

void* end_recording(StreamHandle) { return std::exchange(recording, nullptr); }

void* allocate_pinned(size_t bytes) {
  void* block = ::operator new(bytes);
  std::lock_guard lock(guard);
  pinned.emplace(block, bytes);
  return block;
}
void release_pinned(void* block) noexcept {
  std::lock_guard lock(guard);
  pinned.erase(block);
  ::operator delete(block);
}
bool is_pinned(const void* data) {
  std::lock_guard lock(guard);
  auto after = pinned.upper_bound(const_cast<void*>(data));
  if (after == pinned.begin()) return false;
  const auto& [start, bytes] = *std::prev(after);
  return static_cast<const char*>(data) < static_cast<const char*>(start) + bytes;
}

using Clock = std::chrono::steady_clock;
// Done once somebody has waited for its stream, or has asked a few times: whoever uses memory again
// must have waited.
struct Event {
  Clock::time_point time = Clock::now();
  StreamHandle stream = nullptr;
  int pending = 0;  // questions that are answered with no
};
constexpr int kPending = 3;
std::set<Event*> events;

void finish(bool all, StreamHandle stream) {
  std::lock_guard lock(guard);
  for (Event* event : events) {
    if (all || event->stream == stream) event->pending = 0;
  }
}

EventHandle create_event(bool) {
  auto* const event = new Event;
  std::lock_guard lock(guard);
  events.insert(event);
  return event;
}
void destroy_event(EventHandle event) noexcept {
  std::lock_guard lock(guard);
  events.erase(static_cast<Event*>(event));
  delete static_cast<Event*>(event);
}
void record_event(EventHandle event, StreamHandle stream) {
  std::lock_guard lock(guard);
  *static_cast<Event*>(event) = {Clock::now(), stream, kPending};
}
bool event_is_done(EventHandle event) {
  std::lock_guard lock(guard);
  int& pending = static_cast<Event*>(event)->pending;
  return pending == 0 || --pending == 0;
}

float elapsed_milliseconds(EventHandle first, EventHandle last) {
  const auto span = static_cast<Event*>(last)->time - static_cast<Event*>(first)->time;
  return std::chrono::duration<float, std::milli>(span).count();
}

int device_count(std::string& problem) {
  const char* without = std::getenv("TAEDA_SIMULATED_DEVICES");
  if (!without || std::strcmp(without, "0") != 0) return kDevices;
  problem = "no NVIDIA driver is installed on this machine";
  return 0;
}

constexpr Driver simulated_driver{
    .device_count = device_count,
    .use_device = [](int device) { current = device; },
    .facts =
        [](int) {
          return DeviceFacts{.name = "simulated device",
                             .major = 9,
                             .minor = 0,
                             .multiprocessors = 1,
                             .memory_bytes = kDeviceBytes};
        },
    .memory =
        [] {
          std::lock_guard lock(guard);
          return DeviceMemory{kDeviceBytes - used_bytes[current], kDeviceBytes};
        },
    .allocate = allocate,
    .release = release,
    .allocate_pinned = allocate_pinned,
    .release_pinned = release_pinned,
    .is_pinned = is_pinned,
    .copy = copy,
    .copy_between = [](void* to, int, const void* from, int, size_t bytes,
                       StreamHandle stream) { copy(to, from, bytes, stream); },
    .zero = [](void* to, size_t bytes, StreamHandle) { give([=] { std::memset(to, 0, bytes); }); },
    .synchronize =
        [] {
          refuse_while_recording("synchronisation");
          finish(true, nullptr);
        },
    .create_stream = [](int) -> StreamHandle { return new char; },
    .destroy_stream = [](StreamHandle stream) noexcept { delete static_cast<char*>(stream); },
    .synchronize_stream =
        [](StreamHandle stream) {
          refuse_while_recording("stream");
          finish(false, stream);
        },
    .stream_is_done = [](StreamHandle) { return true; },
    .create_event = create_event,
    .destroy_event = destroy_event,
    .record_event = record_event,
    .wait_event = [](StreamHandle, EventHandle) {},
    .synchronize_event = [](EventHandle event) { static_cast<Event*>(event)->pending = 0; },
    .event_is_done = event_is_done,
    .elapsed_milliseconds = elapsed_milliseconds,
    .begin_recording = [](StreamHandle) { recording = new Recording; },
    .end_recording = end_recording,
    .launch_recorded =
        [](void* recorded, StreamHandle) {
          const OpenMemory open;
          for (const Work& work : static_cast<Recording*>(recorded)->work) work();
        },
    .destroy_recorded = [](void* recorded) noexcept { delete static_cast<Recording*>(recorded); },
};

}  // namespace

void count_launch() { ++launches; }
std::vector<Work>* recorded_work() { return recording ? &recording->work : nullptr; }

OpenMemory::OpenMemory() {
  guard.lock();
  if (open_count++ == 0) protect(PROT_READ | PROT_WRITE);
}
OpenMemory::~OpenMemory() {
  if (--open_count == 0) protect(PROT_NONE);
  guard.unlock();
}

}  // namespace simulated

const Driver& driver() { return simulated::simulated_driver; }

}  // namespace taeda::cuda

// What a test asks for: how often the device has been given something to do.
extern "C" TAEDA_API int64_t taeda_simulated_launches() {
  return taeda::cuda::simulated::launches.load();
}

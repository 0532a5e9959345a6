// A device for the tests: kernels are loops on the CPU, work is done when it is given. Two devices
// of kDeviceBytes each share one reserved range of addresses.
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <map>
#include <mutex>

#include "../runtime/driver.h"
#include "memory.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace simulated {
namespace {

constexpr size_t kReservedBytes = size_t{1} << 34;
constexpr int64_t kDeviceBytes = int64_t{1} << 30;  // what the "device" admits to have
constexpr int kDevices = 2;

std::recursive_mutex guard;
int open_count = 0;
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

void copy(void* to, const void* from, size_t bytes, StreamHandle) {
  const OpenMemory open;
  std::memmove(to, from, bytes);
}

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
struct Event {
  Clock::time_point time = Clock::now();
};

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
    .zero =
        [](void* to, size_t bytes, StreamHandle) {
          const OpenMemory open;
          std::memset(to, 0, bytes);
        },
    .synchronize = [] {},
    .create_stream = [](int) -> StreamHandle { return new char; },
    .destroy_stream = [](StreamHandle stream) noexcept { delete static_cast<char*>(stream); },
    .synchronize_stream = [](StreamHandle) {},
    .stream_is_done = [](StreamHandle) { return true; },
    .create_event = [](bool) -> EventHandle { return new Event; },
    .destroy_event = [](EventHandle event) noexcept { delete static_cast<Event*>(event); },
    .record_event = [](EventHandle event,
                       StreamHandle) { static_cast<Event*>(event)->time = Clock::now(); },
    .wait_event = [](StreamHandle, EventHandle) {},
    .synchronize_event = [](EventHandle) {},
    .event_is_done = [](EventHandle) { return true; },
    .elapsed_milliseconds = elapsed_milliseconds,
};

}  // namespace

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

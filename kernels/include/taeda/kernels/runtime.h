// What a device can do besides kernels: copies from and to the CPU, streams, events, its memory.
// The CPU has none of it: its entries of the table are null.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "taeda/kernels/allocator.h"
#include "taeda/kernels/device.h"
#include "taeda/kernels/libraries.h"

namespace taeda {

struct DeviceFacts {
  std::string name;
  int major, minor;  // of the compute capability
  int multiprocessors;
  int64_t memory_bytes;
};

struct DeviceMemory {
  int64_t free_bytes, total_bytes;
};

// A block of a device's memory that this process has taken.
struct MemoryBlock {
  const void* address;
  int64_t bytes;
  int64_t pool;  // 0: the common one
  void* stream;  // that it was taken on
  bool is_in_use;
};

// Work on one stream runs in order. Null stands for the default stream of a device.
using StreamHandle = void*;
using EventHandle = void*;
using GraphHandle = void*;

// Where memory of devices comes from in place of the driver: functions of a library of the user's.
struct MemorySource {
  void* (*take)(ptrdiff_t bytes, int device, StreamHandle stream);  // null where there is no more
  void (*give_back)(void* block, ptrdiff_t bytes, int device, StreamHandle stream);
};

// A device index of -1 stands for the thread's current device. Whatever waits for a device also
// raises what its kernels found wrong, such as an IndexError.
struct RuntimeKernels {
  int (*device_count)();       // 0 where there is no driver or no device
  std::string (*problem)();    // why there is none; empty where there is one
  int8_t (*current_device)();  // of the calling thread, as the next two
  void (*set_device)(int8_t index);
  StreamHandle (*current_stream)(int8_t index);
  void (*set_stream)(int8_t index, StreamHandle stream);

  // Both sides contiguous. Ordered after what the current streams of both devices were given; has
  // ended on return where a side is memory of the CPU that is not pinned, or with `wait`.
  void (*copy)(void* to, Device to_device, const void* from, Device from_device, size_t bytes,
               bool wait);
  void (*synchronize)(int8_t index);

  void* (*allocate_pinned)(size_t bytes);
  void (*deallocate_pinned)(void* block, size_t bytes) noexcept;
  bool (*is_pinned)(const void* data);

  StreamHandle (*create_stream)(int8_t index, int priority);
  void (*destroy_stream)(int8_t index, StreamHandle stream) noexcept;
  void (*synchronize_stream)(int8_t index, StreamHandle stream);
  bool (*stream_is_done)(int8_t index, StreamHandle stream);
  EventHandle (*create_event)(int8_t index, bool timed);
  void (*destroy_event)(EventHandle event) noexcept;
  void (*record_event)(int8_t index, EventHandle event, StreamHandle stream);
  void (*wait_event)(int8_t index, StreamHandle stream, EventHandle event);
  void (*synchronize_event)(EventHandle event);
  bool (*event_is_done)(EventHandle event);
  float (*elapsed_milliseconds)(EventHandle first, EventHandle last);

  // Work that the thread gives to its current stream is recorded from `begin_graph` to `end_graph`
  // instead of being done, and a launch has it done. Memory taken meanwhile comes from the pool, 0
  // is one of its own. Random numbers of a launch come from this seed, `shift` calls after those
  // that were recorded.
  GraphHandle (*begin_graph)(int64_t pool);
  void (*end_graph)(GraphHandle graph);
  void (*launch_graph)(GraphHandle graph, uint64_t seed, uint64_t shift);
  void (*destroy_graph)(GraphHandle graph) noexcept;
  int64_t (*pool_of)(GraphHandle graph);
  bool (*is_recording)();  // the calling thread

  // Pools: what is taken from one is given out again by it alone. A pool that nobody holds any more
  // gives up what it has. `source` may be null; a pool of `last_resort` gives to all when a device
  // has no more. `use_pool` is for the calling thread, and says which one it was.
  int64_t (*new_pool)(const MemorySource* source, bool last_resort);
  void (*hold_pool)(int64_t pool);
  void (*leave_pool)(int64_t pool);
  int (*holders_of_pool)(int64_t pool);
  int64_t (*use_pool)(int8_t index, int64_t pool);

  DeviceFacts (*facts)(int8_t index);
  DeviceMemory (*memory)(int8_t index);
  MemoryStats (*memory_stats)(int8_t index);
  std::vector<MemoryBlock> (*memory_blocks)(int8_t index);
  // The block is used by this stream too: given back, it waits for what the stream has by then.
  void (*also_used_by)(void* block, int8_t index, StreamHandle stream);
  void (*reset_peak_memory)(int8_t index);
  void (*empty_cache)();
  // The most that the allocator takes from the device; 0: all there is.
  void (*set_memory_limit)(int8_t index, size_t bytes);
  // For memory of no pool; nothing of it is kept for reuse. RuntimeError once any has been taken.
  void (*set_memory_source)(const MemorySource& source);
  // Whether memory is kept for reuse.
  void (*keep_memory)(bool keep);

  // Opens a library at the first call. Its version; 0, and why, where it cannot be used.
  int64_t (*library_version)(MakerLibrary library, std::string& problem);
};

}  // namespace taeda

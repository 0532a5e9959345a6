// The few things that the runtime asks of a device: CUDA's, or a simulated device's in the tests.
#pragma once

#include <string>

#include "taeda/kernels/runtime.h"

namespace taeda::cuda {

// All but `device_count` throw RuntimeError in the words of the driver. Copies and fills are in the
// order of the stream; those that name no device are of the one that the thread uses.
struct Driver {
  int (*device_count)(std::string& problem);  // 0, and why, where there is none
  void (*use_device)(int device);             // by the calling thread
  DeviceFacts (*facts)(int device);
  DeviceMemory (*memory)();

  void* (*allocate)(size_t bytes);  // null where there is not so much
  void (*release)(void* block) noexcept;
  void* (*allocate_pinned)(size_t bytes);
  void (*release_pinned)(void* block) noexcept;
  bool (*is_pinned)(const void* data);

  void (*copy)(void* to, const void* from, size_t bytes, StreamHandle stream);
  void (*copy_between)(void* to, int to_device, const void* from, int from_device, size_t bytes,
                       StreamHandle stream);
  void (*zero)(void* to, size_t bytes, StreamHandle stream);

  void (*synchronize)();
  StreamHandle (*create_stream)(int priority);
  void (*destroy_stream)(StreamHandle stream) noexcept;
  void (*synchronize_stream)(StreamHandle stream);
  bool (*stream_is_done)(StreamHandle stream);
  EventHandle (*create_event)(bool timed);
  void (*destroy_event)(EventHandle event) noexcept;
  void (*record_event)(EventHandle event, StreamHandle stream);
  void (*wait_event)(StreamHandle stream, EventHandle event);
  void (*synchronize_event)(EventHandle event);
  bool (*event_is_done)(EventHandle event);
  float (*elapsed_milliseconds)(EventHandle first, EventHandle last);

  // What the calling thread gives to the stream is kept; `end_recording` gives it to be launched.
  void (*begin_recording)(StreamHandle stream);
  void* (*end_recording)(StreamHandle stream);
  void (*launch_recorded)(void* recorded, StreamHandle stream);
  void (*destroy_recorded)(void* recorded) noexcept;
};

const Driver& driver();

}  // namespace taeda::cuda

// CUDA's runtime behind the driver interface. It is linked statically and opens the driver's
// library at the first call, so that this library loads on machines without one.
#include "driver.h"

#include <cuda_runtime.h>

#include "check.h"
#include "taeda/kernels/error.h"

namespace taeda::cuda {
namespace {

cudaStream_t stream_of(StreamHandle stream) { return static_cast<cudaStream_t>(stream); }
cudaEvent_t event_of(EventHandle event) { return static_cast<cudaEvent_t>(event); }

int device_count(std::string& problem) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  cudaGetLastError();
  if (error == cudaErrorInsufficientDriver) {
    int version = 0;
    cudaDriverGetVersion(&version);
    problem = version == 0
                  ? "no NVIDIA driver is installed on this machine"
                  : "the NVIDIA driver is older than CUDA 13 needs; install a newer driver";
  } else if (error == cudaErrorNoDevice || error == cudaSuccess) {
    problem = "no CUDA device is visible; look at nvidia-smi and CUDA_VISIBLE_DEVICES";
  } else {
    problem = cudaGetErrorString(error);
  }
  return 0;
}

DeviceFacts facts_of(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "properties of a device");
  return {.name = properties.name,
          .major = properties.major,
          .minor = properties.minor,
          .multiprocessors = properties.multiProcessorCount,
          .memory_bytes = static_cast<int64_t>(properties.totalGlobalMem)};
}

DeviceMemory memory_of() {
  size_t free_bytes = 0, total_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &total_bytes), "memory of a device");
  return {static_cast<int64_t>(free_bytes), static_cast<int64_t>(total_bytes)};
}

// What must not happen while a thread records, but where it is known to do no harm.
struct Relaxed {
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  Relaxed() { check(cudaThreadExchangeStreamCaptureMode(&mode), "mode of recording"); }
  Relaxed(const Relaxed&) = delete;
  Relaxed& operator=(const Relaxed&) = delete;
  ~Relaxed() { cudaThreadExchangeStreamCaptureMode(&mode); }
};

void* allocate(size_t bytes) {
  const Relaxed relaxed;
  void* block = nullptr;
  const cudaError_t error = cudaMalloc(&block, bytes);
  if (error == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  check(error, "allocation");
  return block;
}

void* allocate_pinned(size_t bytes) {
  const Relaxed relaxed;
  void* block = nullptr;
  check(cudaMallocHost(&block, bytes), "allocation of pinned memory");
  return block;
}

bool is_pinned(const void* data) {
  cudaPointerAttributes attributes;
  // A process without a device, such as a forked one, has no pinned memory.
  if (cudaPointerGetAttributes(&attributes, data) != cudaSuccess) {
    cudaGetLastError();
    return false;
  }
  return attributes.type == cudaMemoryTypeHost;
}

bool is_done(cudaError_t state) {
  if (state == cudaErrorNotReady) {
    cudaGetLastError();
    return false;
  }
  check(state, "query");
  return true;
}

StreamHandle create_stream(int priority) {
  cudaStream_t stream;
  check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, priority), "new stream");
  return stream;
}

EventHandle create_event(bool timed) {
  cudaEvent_t event;
  check(cudaEventCreateWithFlags(&event, timed ? cudaEventDefault : cudaEventDisableTiming),
        "new event");
  return event;
}

float elapsed_milliseconds(EventHandle first, EventHandle last) {
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, event_of(first), event_of(last)), "time of events");
  return milliseconds;
}

void* end_recording(StreamHandle stream) {
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream_of(stream), &graph), "recording of a graph");
  cudaGraphExec_t recorded = nullptr;
  const cudaError_t error = cudaGraphInstantiate(&recorded, graph, 0);
  cudaGraphDestroy(graph);
  check(error, "instance of a graph");
  return recorded;
}

constexpr Driver cuda_driver{
    .device_count = device_count,
    .use_device = [](int device) { check(cudaSetDevice(device), "choice of a device"); },
    .facts = facts_of,
    .memory = memory_of,
    .allocate = allocate,
    .release = [](void* block) noexcept { cudaFree(block); },
    .allocate_pinned = allocate_pinned,
    .release_pinned = [](void* block) noexcept { cudaFreeHost(block); },
    .is_pinned = is_pinned,
    .copy =
        [](void* to, const void* from, size_t bytes, StreamHandle stream) {
          check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_of(stream)), "copy");
        },
    .copy_between =
        [](void* to, int to_device, const void* from, int from_device, size_t bytes,
           StreamHandle stream) {
          check(cudaMemcpyPeerAsync(to, to_device, from, from_device, bytes, stream_of(stream)),
                "copy between devices");
        },
    .zero =
        [](void* to, size_t bytes, StreamHandle stream) {
          check(cudaMemsetAsync(to, 0, bytes, stream_of(stream)), "fill");
        },
    .synchronize = [] { check(cudaDeviceSynchronize(), "synchronisation"); },
    .create_stream = create_stream,
    .destroy_stream = [](StreamHandle stream) noexcept { cudaStreamDestroy(stream_of(stream)); },
    .synchronize_stream =
        [](StreamHandle stream) { check(cudaStreamSynchronize(stream_of(stream)), "stream"); },
    .stream_is_done =
        [](StreamHandle stream) { return is_done(cudaStreamQuery(stream_of(stream))); },
    .create_event = create_event,
    .destroy_event = [](EventHandle event) noexcept { cudaEventDestroy(event_of(event)); },
    .record_event =
        [](EventHandle event, StreamHandle stream) {
          check(cudaEventRecord(event_of(event), stream_of(stream)), "record of an event");
        },
    .wait_event =
        [](StreamHandle stream, EventHandle event) {
          check(cudaStreamWaitEvent(stream_of(stream), event_of(event)), "wait for an event");
        },
    .synchronize_event =
        [](EventHandle event) { check(cudaEventSynchronize(event_of(event)), "event"); },
    .event_is_done =
        [](EventHandle event) {
          const Relaxed relaxed;
          return is_done(cudaEventQuery(event_of(event)));
        },
    .elapsed_milliseconds = elapsed_milliseconds,
    .begin_recording =
        [](StreamHandle stream) {
          check(cudaStreamBeginCapture(stream_of(stream), cudaStreamCaptureModeThreadLocal),
                "recording of a graph");
        },
    .end_recording = end_recording,
    .launch_recorded =
        [](void* recorded, StreamHandle stream) {
          check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(recorded), stream_of(stream)),
                "launch of a graph");
        },
    .destroy_recorded =
        [](void* recorded) noexcept {
          cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(recorded));
        },
};

}  // namespace

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  cudaGetLastError();  // what can be forgotten is
  fail<RuntimeError>("cuda: ", what, ": ", cudaGetErrorString(error), " (", cudaGetErrorName(error),
                     ")");
}

const Driver& driver() { return cuda_driver; }

}  // namespace taeda::cuda

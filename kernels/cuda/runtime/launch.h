// Every kernel runs through one of two launches. A body is a struct whose operator() is TAEDA_HD:
// the same source runs as a kernel of the device and, in the tests, as a loop on the CPU.
#pragma once

#include "devices.h"
#include "geometry.h"
#include "taeda/kernels/export.h"

#ifdef __CUDACC__
#include "check.h"
#else
#include "../simulated/memory.h"
#include "../simulated/threads.h"
#endif

namespace taeda::cuda {

// The threads of a block, which meet at the end of every step.
class Block {
 public:
#ifdef __CUDA_ARCH__
  // step(thread) in each thread, then a barrier. What one step leaves for the next is in the shared
  // memory.
  template <class Step>
  __device__ void each(Step step) const {
    step(static_cast<int>(threadIdx.x));
    __syncthreads();
  }
  // step(thread) in each of the first kWarp threads, which meet after it. The others go on until
  // all `meet`.
  template <class Step>
  __device__ void each_of_warp(Step step) const {
    if (threadIdx.x >= kWarp) return;
    step(static_cast<int>(threadIdx.x));
    __syncwarp();
  }
  __device__ void meet() const { __syncthreads(); }
#elif defined(__CUDACC__)
  // Of the CPU's half of a kernel, which nobody calls.
  template <class Step>
  TAEDA_HD void each(Step) const {}
  template <class Step>
  TAEDA_HD void each_of_warp(Step) const {}
  TAEDA_HD void meet() const {}
#else
  template <class Step>
  void each(Step step) const {
    // Now up, now down, without a rule: no thread may count on what another one does in the same
    // step.
    const bool down = (++steps_ * 2654435769u) >> 31 != 0;
    simulated::each_thread(down, step);
  }
  template <class Step>
  void each_of_warp(Step step) const {
    each([&](int thread) {
      if (thread < kWarp) step(thread);
    });
  }
  void meet() const {}

 private:
  mutable uint32_t steps_ = 0;
#endif
};

#ifdef __CUDACC__

template <class Body>
__global__ void __launch_bounds__(kThreads) item_kernel(int64_t items, const Body body) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < items;
       i += step) {
    body(i);
  }
}

template <class Body>
__global__ void __launch_bounds__(kThreads) block_kernel(int64_t items, const Body body) {
  __shared__ typename Body::Shared shared;
  for (int64_t item = blockIdx.x; item < items; item += gridDim.x) {
    body(Block(), shared, item);
  }
}

#endif

// body(i) for each i below `items`, in any order.
template <class Body>
void for_each(int64_t items, const Body& body) {
  if (items == 0) return;
  const Grid grid = item_geometry(items);
#ifdef __CUDACC__
  const auto stream = static_cast<cudaStream_t>(current_stream());
  item_kernel<<<grid.blocks, kThreads, 0, stream>>>(items, body);
  check(cudaGetLastError(), "launch");
#else
  simulated::give([grid, items, body] {
    simulated::each_item(items, static_cast<int64_t>(grid.blocks) * kThreads, body);
  });
#endif
}

// body(block, shared, item) by a whole block for each item below `items`, in any order. What a body
// writes outside of its shared memory must not be read by another item. Body::Shared is the type of
// the shared memory, which starts with any content.
template <class Body>
void for_each_block(int64_t items, const Body& body) {
  if (items == 0) return;
  const Grid grid = block_geometry(items);
#ifdef __CUDACC__
  const auto stream = static_cast<cudaStream_t>(current_stream());
  block_kernel<<<grid.blocks, kThreads, 0, stream>>>(items, body);
  check(cudaGetLastError(), "launch");
#else
  simulated::give([grid, items, body] {
    simulated::each_block<Block, typename Body::Shared>(items, grid.blocks, body);
  });
#endif
}

}  // namespace taeda::cuda

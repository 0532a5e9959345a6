// What a thread keeps from one step of its block to the next: registers on a device.
#pragma once

#include "../runtime/geometry.h"
#include "taeda/kernels/export.h"

// In front of loops over what a thread keeps: indices that are not known at compile time would move
// it from the registers to memory.
#ifdef __CUDA_ARCH__
#define TAEDA_UNROLL _Pragma("unroll")
#else
#define TAEDA_UNROLL
#endif

namespace taeda::cuda {

template <class T, int Count>
class PerThread {
 public:
#ifdef __CUDA_ARCH__
  __device__ T* at(int) { return value_; }

 private:
  T value_[Count];
#else
  TAEDA_HD T* at(int thread) { return value_[thread]; }

 private:
  T value_[kThreads][Count];
#endif
};

}  // namespace taeda::cuda

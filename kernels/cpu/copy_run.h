// Copies of runs of elements at any strides.
#pragma once

#include <algorithm>
#include <cstdint>

#include "copy_bytes.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <int64_t kStride, class T>
inline void copy_every(T* to, const T* from, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = from[i * kStride];
}

// to[i * to_stride] = from[i * from_stride]. Strides that occur often are constants of their own
// loops, which the compiler turns into loads of whole vectors and shuffles.
template <class T>
inline void copy_run(T* to, int64_t to_stride, const T* from, int64_t from_stride, int64_t count) {
  if (to_stride == 1) {
    switch (from_stride) {
      case 0:
        std::fill_n(to, count, *from);
        return;
      case 1:
        return copy_bytes(to, from, static_cast<size_t>(count) * sizeof(T));
      case -1:
        return copy_every<-1>(to, from, count);
      case 2:
        return copy_every<2>(to, from, count);
      case 3:
        return copy_every<3>(to, from, count);
      case 4:
        return copy_every<4>(to, from, count);
      default:
        break;
    }
  }
  for (int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride];
}

}  // namespace taeda::cpu::inline TAEDA_ISA

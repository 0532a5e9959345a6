// Copies of runs of elements at any strides.
#pragma once

#include <algorithm>
#include <cstdint>

#include "copy_bytes.h"
#include "taeda/kernels/simd/every_second.h"

namespace taeda::cpu::inline TAEDA_ISA {

// to[i * to_stride] = from[i * from_stride]; strides that occur often are constants of their own
// loops.
template <class T>
inline void copy_run(T* to, int64_t to_stride, const T* from, int64_t from_stride, int64_t count) {
  if (to_stride == 1 && from_stride == 1) {
    copy_bytes(to, from, static_cast<size_t>(count) * sizeof(T));
  } else if (to_stride == 1 && from_stride == 0) {
    std::fill_n(to, count, *from);
  } else if (to_stride == 1 && from_stride == -1) {
    for (int64_t i = 0; i < count; ++i) to[i] = from[-i];
  } else {
    if constexpr (sizeof(T) >= 4) {
      if (to_stride == 1 && from_stride == 2) {
        using Lane = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
        return copy_every_second(reinterpret_cast<Lane*>(to), reinterpret_cast<const Lane*>(from),
                                 count);
      }
    }
    for (int64_t i = 0; i < count; ++i) to[i * to_stride] = from[i * from_stride];
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// Conversion of runs of elements between any two dtypes.
#pragma once

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// to[i * to_stride] = from[i * from_stride], strides in elements.
using Convert = void (*)(void* to, int64_t to_stride, const void* from, int64_t from_stride,
                         int64_t count);

Convert converter(DType to, DType from);

// A value of From as To: floats are cut towards zero, and what no integer holds becomes the
// smallest int64 before it wraps; bool is "not zero".
template <class To, class From>
inline To value_as(From value) {
  using Wide =
      std::conditional_t<std::is_same_v<From, Half> || std::is_same_v<From, BFloat16>, float, From>;
  const Wide wide = static_cast<Wide>(value);
  if constexpr (std::is_same_v<To, bool>) {
    return wide != Wide(0);
  } else if constexpr (std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>) {
    return To(static_cast<float>(wide));
  } else if constexpr (std::is_floating_point_v<Wide> && std::is_integral_v<To>) {
    const bool fits = wide >= Wide(-0x1p63) && wide < Wide(0x1p63);
    return static_cast<To>(fits ? static_cast<int64_t>(wide) : INT64_MIN);
  } else {
    return static_cast<To>(wide);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

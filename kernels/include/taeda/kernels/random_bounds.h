// What uniform numbers of each dtype look like, the same on every device.
#pragma once

#include <cmath>
#include <limits>

#include "taeda/kernels/dtype.h"

namespace taeda {

// Random bits of a uniform number: as many as the dtype has digits.
inline int digits_of(DType dtype) {
  switch (dtype) {
    case DType::Float64:
      return 53;
    case DType::Float16:
      return 11;
    case DType::BFloat16:
      return 8;
    default:
      return 24;
  }
}

template <class H>
inline float half_below(double bound) {
  H half(static_cast<float>(bound));
  if (static_cast<float>(half) > 0)
    --half.bits;
  else
    half.bits = static_cast<uint16_t>(static_cast<float>(half) < 0 ? half.bits + 1 : 0x8001);
  return static_cast<float>(half);
}

// The largest value of the dtype below `bound`: rounding must not reach `bound`.
template <class T>
inline T below(double bound, DType dtype) {
  if (dtype == DType::Float16) return static_cast<T>(half_below<Half>(bound));
  if (dtype == DType::BFloat16) return static_cast<T>(half_below<BFloat16>(bound));
  return std::nextafter(static_cast<T>(bound), -std::numeric_limits<T>::infinity());
}

}  // namespace taeda

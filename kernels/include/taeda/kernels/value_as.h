// The conversion of one element between any two types, the same on every device.
#pragma once

#include <cstdint>
#include <type_traits>

#include "taeda/kernels/half.h"

namespace taeda {

// A value of From as To: floats are cut towards zero, and what no integer holds becomes the
// smallest int64 before it wraps; bool is "not zero".
template <class To, class From>
TAEDA_HD inline To value_as(From value) {
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

}  // namespace taeda

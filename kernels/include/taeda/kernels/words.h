// Elements that are only moved are words of their size.
#pragma once

#include <cstdint>
#include <type_traits>

#include "taeda/kernels/dtype.h"

namespace taeda {

template <class T>
using WordOf =
    std::conditional_t<sizeof(T) == 1, uint8_t,
                       std::conditional_t<sizeof(T) == 2, uint16_t,
                                          std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;

// Calls function.template operator()<Word>().
template <class Function>
auto dispatch_words(DType dtype, Function&& function) {
  switch (size_of(dtype)) {
    case 1:
      return function.template operator()<uint8_t>();
    case 2:
      return function.template operator()<uint16_t>();
    case 4:
      return function.template operator()<uint32_t>();
    default:
      return function.template operator()<uint64_t>();
  }
}

}  // namespace taeda

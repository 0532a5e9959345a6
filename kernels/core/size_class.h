// The sizes that the allocator hands out.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "taeda/kernels/allocator.h"

namespace taeda {

// Four classes for each power of two: a block is at most a quarter larger than asked for.
inline constexpr int kClassCount = 4 * 64;

struct SizeClass {
  int index;
  size_t bytes;
};

constexpr SizeClass size_class(size_t bytes) {
  if (bytes <= kAlignment) return {0, kAlignment};
  const int exponent = std::bit_width(bytes - 1) - 1;  // 2^exponent < bytes <= 2^(exponent + 1)
  const size_t step = std::max((size_t{1} << exponent) / 4, kAlignment);
  const size_t rounded = (bytes + step - 1) & ~(step - 1);
  return {exponent * 4 + static_cast<int>((rounded - 1 - (size_t{1} << exponent)) * 4 >> exponent),
          rounded};
}
// The bytes of a block of this class.
constexpr size_t class_bytes(int index) {
  if (index == 0) return kAlignment;
  return (size_t{1} << (index / 4)) / 4 * static_cast<size_t>(4 + index % 4 + 1);
}
static_assert(class_bytes(size_class(1).index) == kAlignment);
static_assert(class_bytes(size_class(129).index) == 192);
static_assert(class_bytes(size_class(5000).index) == size_class(5000).bytes);

}  // namespace taeda

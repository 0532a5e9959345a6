// Positions taken apart into rows and columns.
#pragma once

#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda::cuda {

// number % size, and number becomes number / size: in 32 bits where that is enough, since devices
// divide 64 bits slowly.
TAEDA_HD inline int64_t take(int64_t& number, int64_t size) {
  if (size == 1) return 0;
  const int64_t whole = number;
  if (((whole | size) >> 32) == 0) {
    number = static_cast<uint32_t>(whole) / static_cast<uint32_t>(size);
    return static_cast<uint32_t>(whole) % static_cast<uint32_t>(size);
  }
  number = whole / size;
  return whole % size;
}

// Both at once.
struct Divided {
  int64_t quotient, rest;
  TAEDA_HD Divided(int64_t number, int64_t size) : quotient(number), rest(take(quotient, size)) {}
};

}  // namespace taeda::cuda

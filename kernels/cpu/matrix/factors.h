// What the micro-kernel multiplies: numbers one by one, or bfloat16 in pairs.
#pragma once

#include <bit>

#include "../bfloat16_pairs.h"
#include "taeda/kernels/dtype.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// A factor of type T holds kDepth values of `dtype` that follow each other along k; a vector of
// factors has as many lanes as one of sums.
template <class T>
struct Factors {
  using Sum = T;
  static constexpr int kDepth = 1;
  static constexpr DType dtype = dtype_of<T>;

  static const Sum* lanes(const T* from) { return from; }
  static Sum lane(T value) { return value; }
  static Vec<Sum> multiply_add(Vec<Sum> a, Vec<Sum> b, Vec<Sum> sum) { return fma(a, b, sum); }
};

#ifdef TAEDA_BFLOAT16_PAIRS

// Only where has_bfloat16_pairs(). A pair is moved as the bits of one float.
struct BFloat16Pair {
  float bits;
};

template <>
struct Factors<BFloat16Pair> {
  using Sum = float;
  static constexpr int kDepth = 2;
  static constexpr DType dtype = DType::BFloat16;

  static const Sum* lanes(const BFloat16Pair* from) { return &from->bits; }
  static Sum lane(BFloat16Pair value) { return value.bits; }
  // Adds the second product of each pair, then the first, each sum rounded to nearest; subnormal
  // numbers count as zero. Assembly, because the rest of the library must run without it.
  static Vec<float> multiply_add(Vec<float> a, Vec<float> b, Vec<float> sum) {
    asm("vdpbf16ps %1, %2, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v));
    return sum;
  }
};

#endif

}  // namespace taeda::cpu::inline TAEDA_ISA

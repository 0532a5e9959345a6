// What the micro-kernel multiplies: numbers one by one, or bfloat16 in pairs.
#pragma once

#include <bit>

#include "taeda/kernels/dtype.h"
#include "taeda/kernels/simd/bfloat16_pairs.h"
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
  // What multiply_add takes, so many times, for a factor that all lanes share.
  template <int Times>
  static Vec<Sum> spread(const T& factor) {
    return Vec<Sum>(factor);
  }
  static Vec<Sum> multiply_add(Vec<Sum> a, Vec<Sum> b, Vec<Sum> sum) { return fma(a, b, sum); }
};

#ifdef TAEDA_BFLOAT16_PAIRS

// Only where has_bfloat16_pairs(). Vectors of pairs move as vectors of floats; a pair may lie
// between two places for floats.
struct [[gnu::may_alias]] BFloat16Pair {
  uint16_t first, second;
};

template <>
struct Factors<BFloat16Pair> {
  using Sum = float;
  static constexpr int kDepth = 2;
  static constexpr DType dtype = DType::BFloat16;

  static const Sum* lanes(const BFloat16Pair* from) { return reinterpret_cast<const Sum*>(from); }
  // For two sums in a register: an instruction that reads the pair itself takes a load each time,
  // and a core starts as many loads as multiplications. Four vectors of b leave no register for it.
  template <int Times>
  static auto spread(const BFloat16Pair& factor) {
    if constexpr (Times == 2)
      return Vec<float>(*reinterpret_cast<const Lane*>(&factor));
    else
      return &factor;
  }
  // Adds the second product of each pair, then the first, each sum rounded to nearest; subnormal
  // numbers count as zero. Assembly, because the rest of the library must run without it.
  static Vec<float> multiply_add(Vec<float> a, Vec<float> b, Vec<float> sum) {
    asm("vdpbf16ps %1, %2, %0" : "+v"(sum.v) : "v"(a.v), "v"(b.v));
    return sum;
  }
  static Vec<float> multiply_add(const BFloat16Pair* a, Vec<float> b, Vec<float> sum) {
    asm("vdpbf16ps %1%{1to16%}, %2, %0" : "+v"(sum.v) : "m"(*a), "v"(b.v));
    return sum;
  }

 private:
  // As many bits, which may lie between two places for floats.
  using Lane [[gnu::may_alias, gnu::aligned(2)]] = float;
};

#endif

}  // namespace taeda::cpu::inline TAEDA_ISA

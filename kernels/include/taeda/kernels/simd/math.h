// Transcendental functions of vectors.
#pragma once

#include "taeda/kernels/ops/scalar_math.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

#define TAEDA_BY_LANE(NAME)                                      \
  template <class T>                                             \
  Vec<T> NAME(Vec<T> x) {                                        \
    return map_lanes(x, [](T lane) { return taeda::NAME(lane); }); \
  }
TAEDA_BY_LANE(exp)
TAEDA_BY_LANE(exp2)
TAEDA_BY_LANE(expm1)
TAEDA_BY_LANE(log)
TAEDA_BY_LANE(log2)
TAEDA_BY_LANE(log10)
TAEDA_BY_LANE(log1p)
TAEDA_BY_LANE(sin)
TAEDA_BY_LANE(cos)
TAEDA_BY_LANE(tan)
TAEDA_BY_LANE(asin)
TAEDA_BY_LANE(acos)
TAEDA_BY_LANE(atan)
TAEDA_BY_LANE(sinh)
TAEDA_BY_LANE(cosh)
TAEDA_BY_LANE(tanh)
TAEDA_BY_LANE(asinh)
TAEDA_BY_LANE(acosh)
TAEDA_BY_LANE(atanh)
TAEDA_BY_LANE(erf)
TAEDA_BY_LANE(erfc)
TAEDA_BY_LANE(erfinv)
TAEDA_BY_LANE(lgamma)
TAEDA_BY_LANE(digamma)
TAEDA_BY_LANE(sigmoid)
TAEDA_BY_LANE(logsigmoid)
TAEDA_BY_LANE(normal_cdf)
TAEDA_BY_LANE(sinpi)
#undef TAEDA_BY_LANE

#define TAEDA_BY_LANES(NAME)                                                              \
  template <class T>                                                                      \
  Vec<T> NAME(Vec<T> x, Vec<T> y) {                                                       \
    return map_lanes(x, y, [](T a, T b) { return taeda::NAME(a, b); });                   \
  }
TAEDA_BY_LANES(pow)
TAEDA_BY_LANES(atan2)
TAEDA_BY_LANES(hypot)
TAEDA_BY_LANES(fmod)
TAEDA_BY_LANES(remainder)
TAEDA_BY_LANES(divide_floor)
TAEDA_BY_LANES(nextafter)
#undef TAEDA_BY_LANES

}  // namespace taeda::cpu::inline TAEDA_ISA

// Transcendental functions of vectors.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

#define TAEDA_BY_LANE(NAME)                                      \
  template <class T>                                             \
  Vec<T> NAME(Vec<T> x) {                                        \
    return map_lanes(x, [](T lane) { return std::NAME(lane); }); \
  }
TAEDA_BY_LANE(exp)
TAEDA_BY_LANE(log)
TAEDA_BY_LANE(tanh)
#undef TAEDA_BY_LANE

}  // namespace taeda::cpu::inline TAEDA_ISA

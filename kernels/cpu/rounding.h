// Division of counts that rounds up.
#pragma once

#include <cstdint>

namespace taeda::cpu::inline TAEDA_ISA {

constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
constexpr int64_t round_up(int64_t a, int64_t unit) { return ceil_div(a, unit) * unit; }

}  // namespace taeda::cpu::inline TAEDA_ISA

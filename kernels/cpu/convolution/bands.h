// Bands of a window: a few neighbouring rows of it. A row of the source is loaded once for all rows
// of outputs that it meets through a band.
#pragma once

#include <cstdint>

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kBandRows = 3;  // at most

// From a tap on; `line` of the source is what that meets from the first output.
struct Band {
  int64_t tap, rows, line;
};

// Whether all columns of a band stay in registers.
constexpr bool is_band_width(int64_t columns) {
  return columns == 3 || (kVectorBytes == 64 && (columns == 4 || columns == 5 || columns == 7));
}

// Calls function.template operator()<Rows, Columns>() for a band.
template <class Function>
void with_band(int64_t rows, int64_t columns, Function function) {
  const auto with_rows = [&]<int Columns>() {
    if (rows == 1) function.template operator()<1, Columns>();
    if (rows == 2) function.template operator()<2, Columns>();
    if (rows == 3) function.template operator()<3, Columns>();
  };
  if (columns == 3) with_rows.template operator()<3>();
  if constexpr (kVectorBytes == 64) {
    if (columns == 4) with_rows.template operator()<4>();
    if (columns == 5) with_rows.template operator()<5>();
    if (columns == 7) with_rows.template operator()<7>();
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

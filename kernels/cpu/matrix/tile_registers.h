// The tile registers of AMX, used as up to 2 x 2 squares of 16 x 16 sums.
#pragma once

#include <cstdint>
#include <type_traits>

#include "taeda/kernels/simd/bfloat16_pairs.h"

#ifdef TAEDA_BFLOAT16_PAIRS

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kTileEdge = 16;              // rows, columns and pairs along k
inline constexpr int kTileDepth = 2 * kTileEdge;  // values along k
inline constexpr int64_t kTileRowBytes = 64;      // 16 sums or pairs
inline constexpr int kSquare = 2 * kTileEdge;     // rows and columns of all sums, and their pitch
inline constexpr int kSquareSize = kSquare * kSquare;

// Assembly in all of this, because the rest of the library must run without it.
//
// While it lives, the registers are this thread's; then the system need not save them any more.
class TileRegisters {
 public:
  // For sums of so many rows: tiles of fewer rows take less time and memory.
  explicit TileRegisters(int64_t rows) {
    const auto height = [&](int64_t above) {
      const int64_t left = rows - above;
      return static_cast<uint8_t>(left > 0 && left < kTileEdge ? left : kTileEdge);
    };
    const uint8_t upper = height(0), lower = height(kTileEdge);
    const uint8_t heights[] = {upper, upper, lower, lower, upper, lower, kTileEdge, kTileEdge};
    Shapes shapes;
    for (int i = 0; i < 8; ++i) {
      shapes.row_bytes[i] = kTileRowBytes;
      shapes.rows[i] = heights[i];
    }
    asm volatile("ldtilecfg %0" : : "m"(shapes));
  }
  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;
  ~TileRegisters() { asm volatile("tilerelease" : : : "memory"); }

 private:
  struct alignas(64) Shapes {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {};
    uint8_t rows[16] = {};
  };
};

// Rows x Columns tiles of sums. Their registers are 2 * row + column; those of a are 4 + row, those
// of b 6 + column. Strides are in bytes.
template <int Rows, int Columns>
class TileSums {
 public:
  static void clear() {
    each([](auto tile, int, int) { asm volatile("tilezero %%tmm%c0" : : "i"(tile())); });
  }
  // Rows of sums lie kSquare floats apart.
  static void load(const float* from) {
    each([&](auto tile, int row, int column) {
      load<tile()>(from + row * kSquare + column, kSquare * int64_t{sizeof(float)});
    });
  }
  static void store(float* to) {
    each([&](auto tile, int row, int column) {
      asm volatile("tilestored %%tmm%c2, (%0,%1,1)"
                   :
                   : "r"(to + row * kSquare + column), "r"(kSquare * int64_t{sizeof(float)}),
                     "i"(tile())
                   : "memory");
    });
  }

  // Adds the products of `steps` blocks of k: b has them one after the other, Columns tiles side by
  // side. A register is loaded again as soon as its products are on their way, since where threads
  // share a core there may be no second one behind its name.
  static void add_products(const char* a, int64_t a_stride, const char* b, int64_t steps) {
    constexpr int64_t b_stride = Columns * kTileRowBytes;
    if (steps == 0) return;
    const char* lower = a + kTileEdge * a_stride;
    load<4>(a, a_stride);
    if constexpr (Rows == 2) load<5>(lower, a_stride);
    load<6>(b, b_stride);
    if constexpr (Columns == 2) load<7>(b + kTileRowBytes, b_stride);
    const auto step = [&](auto more) __attribute__((always_inline)) {
      if constexpr (more) {
        a += kTileRowBytes;
        lower += kTileRowBytes;
        b += kTileEdge * b_stride;
      }
      multiply_add<0, 0>();
      if constexpr (Columns == 2) multiply_add<0, 1>();
      if constexpr (more) load<4>(a, a_stride);
      if constexpr (Rows == 2) multiply_add<1, 0>();
      if constexpr (more) load<6>(b, b_stride);
      if constexpr (Rows == 2 && Columns == 2) multiply_add<1, 1>();
      if constexpr (more && Rows == 2) load<5>(lower, a_stride);
      if constexpr (more && Columns == 2) load<7>(b + kTileRowBytes, b_stride);
    };
    for (; steps > 1; --steps) step(std::true_type());
    step(std::false_type());
  }

 private:
  template <class Function>
  static void each(Function function) {
    function(std::integral_constant<int, 0>(), 0, 0);
    if constexpr (Columns == 2) function(std::integral_constant<int, 1>(), 0, kTileEdge);
    if constexpr (Rows == 2) function(std::integral_constant<int, 2>(), kTileEdge, 0);
    if constexpr (Rows == 2 && Columns == 2)
      function(std::integral_constant<int, 3>(), kTileEdge, kTileEdge);
  }

  template <int Tile>
  static void load(const void* from, int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "i"(Tile) : "memory");
  }

  // For each row of a and column of b the first and the second products of the pairs are summed
  // apart, with one rounding a step, and the sum of both is added to what is there. Subnormal
  // numbers count as zero.
  template <int Row, int Column>
  static void multiply_add() {
    asm volatile("tdpbf16ps %%tmm%c0, %%tmm%c1, %%tmm%c2"
                 :
                 : "i"(6 + Column), "i"(4 + Row), "i"(2 * Row + Column));
  }
};

}  // namespace taeda::cpu::inline TAEDA_ISA
#endif

// Copies between strided arrays of any dtype; transpositions by tiles.
#include "copy.h"
#include "../convert.h"
#include "../families.h"
#include "../plan.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 32 * 1024;  // elements of a parallel block
constexpr int64_t kTile = 32;          // edge of a tile: the lines it touches stay in L1

// to[r * to_row + c] = from[c * from_column + r] over a tile.
template <class T>
void copy_tile(void* to_memory, int64_t to_row, const void* from_memory, int64_t from_column,
               int64_t rows, int64_t columns) {
  T* to = static_cast<T*>(to_memory);
  const T* from = static_cast<const T*>(from_memory);
  int64_t whole_rows = 0, whole_columns = 0;
  if constexpr (sizeof(T) >= 4) {
    using Float = std::conditional_t<sizeof(T) == 4, float, double>;
    constexpr int64_t edge = kBlockEdge<Float>;
    whole_rows = rows / edge * edge;
    whole_columns = columns / edge * edge;
    for (int64_t c = 0; c < whole_columns; c += edge) {
      for (int64_t r = 0; r < whole_rows; r += edge) {
        transpose_block(reinterpret_cast<const Float*>(from) + c * from_column + r, from_column,
                        reinterpret_cast<Float*>(to) + r * to_row + c, to_row);
      }
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c) {
      to[r * to_row + c] = from[c * from_column + r];
    }
  }
}

using CopyTile = void (*)(void*, int64_t, const void*, int64_t, int64_t, int64_t);
CopyTile tile_copier(int64_t size) {
  switch (size) {
    case 1:
      return copy_tile<uint8_t>;
    case 2:
      return copy_tile<uint16_t>;
    case 4:
      return copy_tile<uint32_t>;
    default:
      return copy_tile<uint64_t>;
  }
}

// The dimension along which the source is contiguous while the target is so along the last; else
// -1.
int transposed_dimension(const Plan<2>& plan) {
  const int last = plan.ndim - 1;
  if (plan.strides[0][last] != 1 || plan.strides[1][last] <= 1) return -1;
  for (int d = 0; d < last; ++d) {
    if (plan.strides[1][d] == 1 && plan.shape[d] >= 8 && plan.shape[last] >= 8) return d;
  }
  return -1;
}

void copy_transposed(const Plan<2>& plan, int rows_at, const Array& out, const Array& in) {
  const int last = plan.ndim - 1;
  const int64_t size = size_of(out.dtype), rows = plan.shape[rows_at], columns = plan.shape[last];
  const int64_t bands = (rows + kTile - 1) / kTile;
  const int64_t matrices = plan.count / (rows * columns);
  const CopyTile copy = tile_copier(size);
  parallel_blocks(matrices * bands, [&](int64_t block) {
    const int64_t row = block % bands * kTile;
    int64_t matrix = block / bands;
    int64_t to = row * plan.strides[0][rows_at], from = row;
    for (int d = last - 1; d >= 0; --d) {
      if (d == rows_at) continue;
      to += matrix % plan.shape[d] * plan.strides[0][d];
      from += matrix % plan.shape[d] * plan.strides[1][d];
      matrix /= plan.shape[d];
    }
    for (int64_t column = 0; column < columns; column += kTile) {
      copy(out.as<char>() + (to + column) * size, plan.strides[0][rows_at],
           in.as<char>() + (from + column * plan.strides[1][last]) * size, plan.strides[1][last],
           std::min(kTile, rows - row), std::min(kTile, columns - column));
    }
  });
}

}  // namespace

void copy_array(const Array& out, const Array& in) {
  if (out.numel() == 0) return;
  const Array* arrays[] = {&out, &in};
  const Plan<2> plan{std::span<const Array* const, 2>(arrays)};
  if (out.dtype == in.dtype) {
    const int rows_at = transposed_dimension(plan);
    if (rows_at >= 0) return copy_transposed(plan, rows_at, out, in);
  }
  const Convert convert = converter(out.dtype, in.dtype);
  const int64_t out_stride = plan.strides[0][plan.ndim - 1];
  const int64_t in_stride = plan.strides[1][plan.ndim - 1];
  parallel_for(plan.count, kGrain, [&](int64_t begin, int64_t end) {
    Cursor cursor(plan, begin);
    for (int64_t at = begin; at < end;) {
      const int64_t step = std::min(end - at, cursor.left_in_row());
      convert(out.as<char>() + cursor.offset(0) * size_of(out.dtype), out_stride,
              in.as<char>() + cursor.offset(1) * size_of(in.dtype), in_stride, step);
      at += step;
      if (at < end) cursor.advance(step);
    }
  });
}

Aligned::Aligned(const Array& out, const Array& in) : array_(in) {
  constexpr int64_t fewest = 4096, most_bytes = int64_t{64} << 20;
  const int64_t count = out.numel(), bytes = count * size_of(in.dtype);
  if (count < fewest || bytes > most_bytes || in.is_contiguous()) return;
  const Array* arrays[] = {&out, &in};
  const Plan<2> plan{std::span<const Array* const, 2>(arrays)};
  if (transposed_dimension(plan) < 0) return;
  for (int d = 0; d < plan.ndim; ++d) {
    if (plan.strides[1][d] == 0) return;  // the copy would be larger than the operand
  }
  // Strides without gaps, ranked as those of `out`.
  for (int d = 0; d < out.ndim(); ++d) {
    strides_[d] = 1;
    for (int e = 0; e < out.ndim(); ++e) {
      const int64_t mine = std::abs(out.strides[d]), other = std::abs(out.strides[e]);
      if (other < mine || (other == mine && e > d)) strides_[d] *= out.shape[e];
    }
  }
  memory_.emplace(bytes);
  array_ = {memory_->data(), in.dtype, in.shape, Sizes(strides_.data(), in.shape.size())};
  copy_array(array_, in);
}

void fill_array(const Array& out, const void* value) {
  const int64_t zeros[kMaxDims] = {};
  const Array constant{const_cast<void*>(value), out.dtype, out.shape,
                       Sizes(zeros, out.shape.size())};
  copy_array(out, constant);
}

}  // namespace taeda::cpu::inline TAEDA_ISA

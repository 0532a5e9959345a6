// Copies between strided arrays of any dtype; transpositions by tiles.
#include "copy.h"
#include "../convert.h"
#include "../copy_run.h"
#include "../families.h"
#include "../plan.h"
#include "../rounding.h"
#include "../stream.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/words.h"
#include "transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kGrain = 16 * 1024;   // elements of a parallel block
constexpr int64_t kSerial = 32 * 1024;  // elements that are not worth a second thread
constexpr int64_t kTile = 128;          // rows of a band: a few lines of what is read at once
constexpr int64_t kTileElements = 4096;
constexpr int64_t kLongRow = 32;  // elements from which one is worth a call

bool streams_past_caches(const Array& out, const Array& in) {
  return out.data != in.data && bytes_of(out) + bytes_of(in) >= kStreamBytes;
}

// The first elements of a matrix along dimension rows_at and the last one.
struct Corner {
  int64_t to = 0, from = 0;

  Corner(const Plan<2>& plan, int rows_at, int64_t matrix) {
    for (int d = plan.ndim - 2; d >= 0; --d) {
      if (d == rows_at) continue;
      to += matrix % plan.shape[d] * plan.strides[0][d];
      from += matrix % plan.shape[d] * plan.strides[1][d];
      matrix /= plan.shape[d];
    }
  }
};

// Few rows whose elements lie between each other's in the source, such as the colours of pixels:
// each piece of it is read for all of them at once.
void copy_interleaved(const Plan<2>& plan, int rows_at, const Array& out, const Array& in) {
  constexpr int64_t piece_bytes = 24 * 1024, longest_piece = 2048;
  const int last = plan.ndim - 1;
  const int64_t rows = plan.shape[rows_at], columns = plan.shape[last];
  const int64_t to_row = plan.strides[0][rows_at], from_column = plan.strides[1][last];
  const int64_t piece =
      std::clamp(piece_bytes / (from_column * size_of(in.dtype)), kLongRow, longest_piece);
  const int64_t pieces = ceil_div(columns, piece);
  const Convert convert = converter(out.dtype, in.dtype);
  const int64_t grain = std::max<int64_t>(1, kGrain / (std::min(piece, columns) * rows));
  parallel_for(plan.count / (rows * columns) * pieces, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block % pieces * piece;
      const Corner corner(plan, rows_at, block / pieces);
      const int64_t to = corner.to + first, from = corner.from + first * from_column;
      for (int64_t row = 0; row < rows; ++row) {
        convert(out.as<char>() + (to + row * to_row) * size_of(out.dtype), 1,
                in.as<char>() + (from + row) * size_of(in.dtype), from_column,
                std::min(piece, columns - first));
      }
    }
  });
}

void copy_transposed(const Plan<2>& plan, int rows_at, const Array& out, const Array& in) {
  const int last = plan.ndim - 1;
  const int64_t size = size_of(out.dtype), rows = plan.shape[rows_at], columns = plan.shape[last];
  // Long bands where there are few columns.
  const int64_t band = std::clamp<int64_t>(kTileElements / columns / kTile, 1, 64) * kTile;
  const int64_t bands = ceil_div(rows, band);
  const int64_t matrices = plan.count / (rows * columns);
  bool streams =
      streams_past_caches(out, in) && reinterpret_cast<uintptr_t>(out.data) % kStreamLine == 0;
  for (int d = 0; d < last; ++d) streams &= plan.strides[0][d] * size % kStreamLine == 0;
  const CopyTile copy = tile_copier(out.dtype, streams);
  const int64_t grain = std::max<int64_t>(1, kGrain / (std::min(band, rows) * columns));
  parallel_for(matrices * bands, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t row = block % bands * band;
      const Corner corner(plan, rows_at, block / bands);
      const int64_t to = corner.to + row * plan.strides[0][rows_at], from = corner.from + row;
      copy(out.as<char>() + to * size, plan.strides[0][rows_at], in.as<char>() + from * size,
           plan.strides[1][last], std::min(band, rows - row), columns);
    }
    if (streams) end_stream();
  });
}

// Rows of a constant length.
template <int64_t kCount, class T>
void copy_short_rows(T* to, const int64_t (&to_strides)[2], const T* from,
                     const int64_t (&from_strides)[2], int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < kCount; ++i) {
      to[row * to_strides[0] + i * to_strides[1]] =
          from[row * from_strides[0] + i * from_strides[1]];
    }
  }
}

// Copies words of one size: rows of the innermost dimension, many of them for one step of the
// cursor.
template <class T>
void copy_rows(const Plan<2>& plan, const Array& out, const Array& in) {
  const int last = plan.ndim - 1;
  const int64_t length = plan.shape[last];
  const int64_t to_strides[] = {last > 0 ? plan.strides[0][last - 1] : 0, plan.strides[0][last]};
  const int64_t from_strides[] = {last > 0 ? plan.strides[1][last - 1] : 0, plan.strides[1][last]};
  const int64_t group = last > 0 ? plan.shape[last - 1] : 1;  // rows of one matrix
  parallel_for(plan.count / length, std::max<int64_t>(1, kGrain / length),
               [&](int64_t begin, int64_t end) {
                 for (int64_t row = begin; row < end;) {
                   const int64_t rows = std::min(end - row, group - row % group);
                   const Cursor<2> cursor(plan, row * length);
                   T* to = out.as<T>() + cursor.offset(0);
                   const T* from = in.as<T>() + cursor.offset(1);
                   row += rows;
                   if (length == 2) {
                     copy_short_rows<2>(to, to_strides, from, from_strides, rows);
                   } else if (length == 3) {
                     copy_short_rows<3>(to, to_strides, from, from_strides, rows);
                   } else if (length == 4) {
                     copy_short_rows<4>(to, to_strides, from, from_strides, rows);
                   } else {
                     for (int64_t r = 0; r < rows; ++r) {
                       copy_run(to + r * to_strides[0], to_strides[1], from + r * from_strides[0],
                                from_strides[1], length);
                     }
                   }
                 }
               });
}

void copy_words(const Plan<2>& plan, const Array& out, const Array& in) {
  dispatch_words(out.dtype, [&]<class T>() { copy_rows<T>(plan, out, in); });
}

}  // namespace

void copy_array(const Array& out, const Array& in) {
  const int64_t elements = out.numel();
  if (elements == 0) return;
  if (elements <= kSerial && out.dtype == in.dtype && out.is_contiguous() && in.is_contiguous()) {
    return converter(out.dtype, in.dtype)(out.data, 1, in.data, 1, elements);
  }
  const Array* arrays[] = {&out, &in};
  const Plan<2> plan{std::span<const Array* const, 2>(arrays)};
  const int rows_at = plan.turned_dimension(1, 2);
  const bool few_rows = rows_at >= 0 && plan.shape[rows_at] < plan.kFewRows;
  if (few_rows && plan.shape[plan.ndim - 1] >= kLongRow) {
    return copy_interleaved(plan, rows_at, out, in);
  }
  if (out.dtype == in.dtype) {
    if (rows_at >= 0 && !few_rows) return copy_transposed(plan, rows_at, out, in);
    // One loop of such rows is a task of its own; longer ones are cut below.
    if (plan.shape[plan.ndim - 1] <= kGrain) return copy_words(plan, out, in);
  }
  const Convert convert = converter(out.dtype, in.dtype);
  const int64_t out_stride = plan.strides[0][plan.ndim - 1];
  const int64_t in_stride = plan.strides[1][plan.ndim - 1];
  const bool streams =
      out.dtype == in.dtype && out_stride == 1 && in_stride == 1 && streams_past_caches(out, in);
  parallel_for(plan.count, kGrain, [&](int64_t begin, int64_t end) {
    Cursor cursor(plan, begin);
    for (int64_t at = begin; at < end;) {
      const int64_t step = std::min(end - at, cursor.left_in_row());
      char* to = out.as<char>() + cursor.offset(0) * size_of(out.dtype);
      const char* from = in.as<char>() + cursor.offset(1) * size_of(in.dtype);
      if (streams)
        stream_bytes(to, from, step * size_of(out.dtype));
      else
        convert(to, out_stride, from, in_stride, step);
      at += step;
      if (at < end) cursor.advance(step);
    }
    if (streams) end_stream();
  });
}

void fill_array(const Array& out, const void* value) {
  const int64_t elements = out.numel();
  if (elements <= kSerial && out.is_contiguous()) {
    return dispatch_words(out.dtype, [&]<class T>() {
      std::fill_n(out.as<T>(), elements, *static_cast<const T*>(value));
    });
  }
  const int64_t zeros[kMaxDims] = {};
  const Array constant{const_cast<void*>(value), out.dtype, out.shape,
                       Sizes(zeros, out.shape.size())};
  copy_array(out, constant);
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// The pieces of attention: a panel of queries against a block of keys.
//
// Everything of a panel is kept transposed, a query a lane: the products then read keys and values
// where they lie, and the softmax runs down the lanes without any sum across them.
#pragma once

#include <algorithm>

#include "matrix/pack.h"
#include "matrix/tile.h"
#include "taeda/kernels/ops/attention.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
inline constexpr int kPanel = kPanelColumns<T>;                   // queries side by side
inline constexpr int64_t kKeyBlock = kTileRows == 14 ? 112 : 96;  // whole tiles

// Attention that does less runs in the calling thread: waking another costs more.
inline constexpr int64_t kSmallAttention = int64_t{1} << 19;

// What attention and its gradients know of their operands.
class AttentionSizes {
 protected:
  AttentionSizes(const AttentionOperands& operands, Sizes shape_of_result)
      : shape_(shape_of_result) {
    const size_t rows = shape_.size() - 2;
    for (size_t d = 0; d < rows; ++d) items_ *= shape_[d];
    queries_ = shape_[rows];
    keys_ = operands.key.shape[rows];
    depth_ = operands.query.shape[rows + 1];
    width_ = shape_[rows + 1];
  }
  // Multiply-adds of some queries of an item.
  int64_t work(int64_t some) const {
    return std::max<int64_t>(1, some * keys_ * (depth_ + width_));
  }

  Sizes shape_;
  int64_t items_ = 1;  // of the leading dimensions
  int64_t queries_, keys_, depth_, width_;
};

// One item of the leading dimensions: a matrix of any strides, in elements.
struct ItemMatrix {
  void* data = nullptr;
  DType dtype = DType::Float32;
  int64_t row_stride = 0, column_stride = 0;

  void* at(int64_t row, int64_t column) const {
    return static_cast<char*>(data) + (row * row_stride + column * column_stride) * size_of(dtype);
  }
  Lines lines() const { return {data, dtype, row_stride, column_stride}; }
};
inline ItemMatrix matrix_of_item(const Array& array, Sizes shape, int64_t index) {
  if (!array.data) return {};
  const int rows = array.ndim() - 2;
  ItemMatrix matrix{array.data, array.dtype, array.strides[rows], array.strides[rows + 1]};
  int64_t offset = 0;
  for (int d = rows - 1; d >= 0; --d) {
    offset += index % shape[d] * array.strides[d];
    index /= shape[d];
  }
  matrix.data = static_cast<char*>(array.data) + offset * size_of(array.dtype);
  return matrix;
}

// Rows of neighbouring elements.
template <class T>
struct RowBlock {
  const T* data;
  int64_t stride;
};

// Some rows of a matrix as T: in place, or copied into `scratch` (count * columns).
template <class T>
RowBlock<T> rows_of(const ItemMatrix& matrix, int64_t first, int64_t count, int64_t columns,
                    T* scratch) {
  if (matrix.dtype == dtype_of<T> && matrix.column_stride == 1) {
    return {static_cast<const T*>(matrix.at(first, 0)), matrix.row_stride};
  }
  const Convert convert = converter(dtype_of<T>, matrix.dtype);
  for (int64_t row = 0; row < count; ++row) {
    convert(scratch + row * columns, 1, matrix.at(first + row, 0), matrix.column_stride, columns);
  }
  return {scratch, columns};
}

template <class T>
void store_rows(const ItemMatrix& matrix, int64_t first, int64_t count, int64_t columns,
                const T* from, int64_t from_stride) {
  const Convert convert = converter(matrix.dtype, dtype_of<T>);
  for (int64_t row = 0; row < count; ++row) {
    convert(matrix.at(first + row, 0), matrix.column_stride, from + row * from_stride, 1, columns);
  }
}

// Stores the first `lanes` columns of a panel (columns, kPanel) as rows.
template <class T>
void store_panel(const ItemMatrix& matrix, int64_t first, int lanes, int64_t columns,
                 const T* panel, T* scratch) {
  const bool direct = matrix.dtype == dtype_of<T> && matrix.column_stride == 1;
  T* to = direct ? static_cast<T*>(matrix.at(first, 0)) : scratch;
  const int64_t stride = direct ? matrix.row_stride : columns;
  const Lines lines{panel, dtype_of<T>, kPanel<T>, 1};
  for (int64_t column = 0; column < columns; column += kPanel<T>) {
    const int count = static_cast<int>(std::min<int64_t>(kPanel<T>, columns - column));
    pack_lines(lines, column, count, 0, lanes, to + column, stride);
  }
  if (!direct) store_rows(matrix, first, lanes, columns, scratch, columns);
}

// Packs `lanes` rows as the columns of a panel (columns, kPanel) times a factor.
template <class T>
void load_panel(const ItemMatrix& matrix, int64_t first, int lanes, int64_t columns, T factor,
                T* panel) {
  pack_padded(matrix.lines(), first, lanes, 0, columns, panel, kPanel<T>);
  if (factor == T(1)) return;
  for (int64_t i = 0; i < columns * kPanel<T>; i += Vec<T>::size) {
    (Vec<T>::load(panel + i) * Vec<T>(factor)).store(panel + i);
  }
}

// Sources of a tile's rows whose strides leave one address to compute.
template <class T, int>
struct NeighbouringRows {
  const T* data;
  int64_t depth;
  int64_t k_stride;

  static constexpr int segments() { return 1; }
  void enter(int64_t) {}
  T operator()(int row, int64_t k) const { return data[k * k_stride + row]; }
};
template <class T, int>
struct RowsOfPanel {
  const T* data;
  int64_t depth;

  static constexpr int segments() { return 1; }
  void enter(int64_t) {}
  T operator()(int row, int64_t k) const { return data[row * kPanel<T> + k]; }
};

// Calls tile(first row, height) for the tiles of `rows` rows.
template <class Function>
inline void each_tile(int64_t rows, Function function) {
  for (int64_t row = 0; row < rows;) {
    const int height = next_height(rows - row);
    function(row, height);
    row += height;
  }
}

// panel (rows of a, kPanel) = a @ b, where b is a panel (depth, kPanel).
template <class T>
void times_panel(RowBlock<T> a, int64_t rows, int64_t depth, const T* b, int columns, T* panel) {
  each_tile(rows, [&](int64_t row, int height) {
    run_tile<T, StridedRows>(height, columns, b, kPanel<T>, panel + row * kPanel<T>, kPanel<T>,
                             false, a.data + row * a.stride, depth, a.stride, int64_t{1});
  });
}

// panel (columns of a, kPanel) += a^T @ b, where b is a panel (depth, kPanel).
template <class T>
void transposed_times_panel(RowBlock<T> a, int64_t rows, int64_t depth, const T* b, int columns,
                            T* panel, bool accumulate) {
  each_tile(rows, [&](int64_t row, int height) {
    run_tile<T, NeighbouringRows>(height, columns, b, kPanel<T>, panel + row * kPanel<T>, kPanel<T>,
                                  accumulate, a.data + row, depth, a.stride);
  });
}

// out (rows, columns) += panel (rows, depth of kPanel) @ b (depth, columns).
template <class T>
void panel_times(const T* panel, int64_t rows, int64_t depth, RowBlock<T> b, int64_t columns,
                 T* out) {
  for (int64_t column = 0; column < columns; column += kPanel<T>) {
    const int count = static_cast<int>(std::min<int64_t>(kPanel<T>, columns - column));
    each_tile(rows, [&](int64_t row, int height) {
      run_tile<T, RowsOfPanel>(height, count, b.data + column, b.stride,
                               out + row * columns + column, columns, true, panel + row * kPanel<T>,
                               depth);
    });
  }
}

// e^x for x up to 88: zero below -87, where the result has no normal number. Cheaper than exp(),
// which must scale in two steps.
template <class T>
Vec<T> exp_of_score(Vec<T> x) {
  const Vec<T> magic = kRoundingMagic<T>;
  const Vec<T> shifted = fma(x, Vec<T>(1.44269504088896340736), magic);
  const Vec<T> power = shifted - magic;
  const Vec<T> head = x - power * Vec<T>(pick<T>(0x1.62e4p-1f, 0x1.62e42fefap-1));
  const Vec<T> r = fma(power, Vec<T>(pick<T>(-0x1.7f7d1cp-20f, -0x1.cf79abc9e3b3ap-40)), head);
  const Vec<T> e = fma(polynomial(coefficients::kExp<T>, r), r * r, r) + Vec<T>(1);
  // Shifted up to the exponent field, the magic number itself falls out.
  const Vec<BitsOf<T>> exponent = bits_as<BitsOf<T>>(shifted) << kMantissaBits<T>;
  const Vec<T> result = bits_as<T>(bits_as<BitsOf<T>>(e) + exponent);
  return select(x < Vec<T>(pick<T>(-87, -708)), Vec<T>(0), result);
}

// How many columns of a panel are computed: whole vectors.
template <class T>
int columns_for(int lanes) {
  return lanes > Vec<T>::size ? kPanel<T> : Vec<T>::size;
}

// Some queries of one item, side by side.
struct QueryPanel {
  int64_t first;
  int lanes;
};
template <class T>
QueryPanel query_panel(int64_t index, int64_t queries) {
  const int64_t first = index * kPanel<T>;
  return {first, static_cast<int>(std::min<int64_t>(kPanel<T>, queries - first))};
}

// How many keys of a block the panel's queries may see.
inline int64_t visible_keys(QueryPanel panel, int64_t first_key, int64_t count, bool causal) {
  return causal ? std::clamp<int64_t>(panel.first + panel.lanes - first_key, 0, count) : count;
}

// Adds the mask to scores (count, kPanel) and puts -infinity where a query may not look.
template <class T>
void mask_scores(const ItemMatrix& mask, bool causal, QueryPanel panel, int64_t first_key,
                 int64_t count, T* scores, T* scratch) {
  constexpr int width = Vec<T>::size;
  if (mask.data) {
    pack_padded(mask.lines(), panel.first, panel.lanes, first_key, count, scratch, kPanel<T>);
    for (int64_t i = 0; i < count * kPanel<T>; i += width) {
      const Vec<T> score = Vec<T>::load(scores + i), value = Vec<T>::load(scratch + i);
      const Vec<T> masked = mask.dtype == DType::Bool
                                ? select(value == Vec<T>(0), Vec<T>(-kInfinity<T>), score)
                                : score + value;
      masked.store(scores + i);
    }
  }
  if (!causal) return;
  Vec<T> lane;
  for (int i = 0; i < width; ++i) lane.v[i] = static_cast<T>(i);
  for (int64_t key = std::max<int64_t>(0, panel.first + 1 - first_key); key < count; ++key) {
    const Vec<T> first_lane(static_cast<T>(first_key + key - panel.first));
    for (int j = 0; j < kPanel<T>; j += width) {
      T* at = scores + key * kPanel<T> + j;
      const Mask<T> hidden = lane + Vec<T>(static_cast<T>(j)) < first_lane;
      select(hidden, Vec<T>(-kInfinity<T>), Vec<T>::load(at)).store(at);
    }
  }
}

// For up to kFewRows queries, with the bits that a panel gives.
template <class T>
void attend_few_queries(const AttentionCall& call);

template <class T>
void attention_forward(const AttentionCall& call);
template <class T>
void attention_backward(const AttentionBackwardCall& call);

}  // namespace taeda::cpu::inline TAEDA_ISA

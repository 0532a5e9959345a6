// The position of the largest or smallest element: blocks find theirs, the first of the best wins.
#include "arg.h"

#include "folds.h"
#include "layout.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// True where `a` beats `b`; NaN beats every number and nothing beats NaN.
template <bool largest, class V>
auto beats(V a, V b) {
  if constexpr (largest)
    return (a > b) | (is_nan(a) & (b == b));
  else
    return (a < b) | (is_nan(a) & (b == b));
}

template <class T, bool largest>
T best_of(const T* x, int64_t count) {
  using Fold = std::conditional_t<largest, MaxFold, MinFold>;
  return fold_block<Fold, T>(
      count, [&](int64_t i) { return Vec<T>::load(x + i); }, [&](int64_t i) { return x[i]; });
}

// Where `value` is first met; it is there.
template <class T>
int64_t position_of(T value, const T* x, int64_t count) {
  const bool wants_nan = is_nan(value);
  const Vec<T> wanted(value);
  int64_t i = 0;
  for (; i + Vec<T>::size <= count; i += Vec<T>::size) {
    const Vec<T> here = Vec<T>::load(x + i);
    if (any(wants_nan ? here != here : here == wanted)) break;
  }
  while (wants_nan ? !is_nan(x[i]) : x[i] != value) ++i;
  return i;
}

template <class T, bool largest>
class ArgReduction {
 public:
  ArgReduction(const ReduceLayout& layout, T* values, int64_t* indices)
      : layout_(layout), values_(values), indices_(indices) {}

  void run() {
    if (layout_.is_columns())
      columns();
    else if (layout_.is_matrix() && layout_.elements() <= kShortRow && layout_.outputs() > 1)
      short_rows();
    else
      rows();
  }

 private:
  using Index = typename MaskElement<T>::type;
  static constexpr int64_t kColumns = 64;
  static constexpr int64_t kShortRow = 64;
  static constexpr int64_t kRows = int64_t{1} << 30;  // as far as an int32 counts

  // The best so far of kColumns columns side by side; those past the last one hold zeros and are
  // never read back.
  struct Candidates {
    alignas(64) T best[kColumns] = {};
    alignas(64) Index index[kColumns] = {};

    void meet(const T* row, int64_t k, int64_t count) {
      constexpr int width = Vec<T>::size;
      for (int64_t i = 0; i < count; i += width) {
        const Vec<T> x = Vec<T>::load(row + i), old = Vec<T>::load(best + i);
        const Mask<T> better = beats<largest>(x, old);
        select(better, x, old).store(best + i);
        const Mask<Index> same{better.m};
        select(same, Vec<Index>(k), Vec<Index>::load(index + i)).store(index + i);
      }
    }
  };

  // Only the block that has the best is searched for its place.
  void rows() {
    const int64_t n = layout_.elements(), blocks = layout_.blocks();
    const Scratch<T> partial(layout_.outputs() * blocks);
    const auto fetch = [&](int64_t offset, int64_t block, T* buffer) {
      return static_cast<const T*>(
          layout_.fetch(offset, block * kBlock, size_of_block(block), buffer));
    };
    if (blocks > 1) {
      const int64_t grain = kReduceGrain / kBlock;
      layout_.parallel(layout_.outputs() * blocks, grain, [&](int64_t begin, int64_t end) {
        alignas(64) T buffer[kBlock];
        layout_.each_output(
            begin / blocks, (end - 1) / blocks + 1, [&](int64_t output, int64_t offset) {
              const int64_t first = std::max(begin - output * blocks, int64_t{0});
              const int64_t last = std::min(end - output * blocks, blocks);
              for (int64_t block = first; block < last; ++block) {
                partial[output * blocks + block] =
                    best_of<T, largest>(fetch(offset, block, buffer), size_of_block(block));
              }
            });
      });
    }
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / std::min(n, kBlock));
    layout_.parallel(layout_.outputs(), grain, [&](int64_t begin, int64_t end) {
      alignas(64) T buffer[kBlock];
      layout_.each_output(begin, end, [&](int64_t output, int64_t offset) {
        const T* best = &partial[output * blocks];
        const T winning = blocks > 1 ? best_of<T, largest>(best, blocks) : T(0);
        const int64_t winner = blocks > 1 ? position_of(winning, best, blocks) : 0;
        const T* x = fetch(offset, winner, buffer);
        const int64_t count = size_of_block(winner);
        const T value = blocks > 1 ? winning : best_of<T, largest>(x, count);
        values_[output] = value;
        indices_[output] = winner * kBlock + position_of(value, x, count);
      });
    });
  }
  int64_t size_of_block(int64_t block) const {
    return std::min(kBlock, layout_.elements() - block * kBlock);
  }

  void columns() {
    const int64_t columns = layout_.columns();
    const int64_t chunks = ceil_div(columns, kColumns);
    const int64_t grain =
        std::max<int64_t>(1, kReduceGrain / (layout_.elements() * std::min(columns, kColumns)));
    layout_.parallel(layout_.outputs() / columns * chunks, grain, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const int64_t column = item % chunks * kColumns;
        column_chunk(item / chunks * columns + column, std::min(kColumns, columns - column));
      }
    });
  }

  void column_chunk(int64_t first, int64_t count) {
    const int64_t n = layout_.elements(), stride = layout_.column_stride();
    const Cursor outer(layout_.kept, first);
    Cursor cursor(layout_.reduced, 0);
    alignas(64) T row[kColumns] = {};
    Candidates found;
    for (int64_t start = 0; start < n; start += kRows) {
      const int64_t rows = std::min(kRows, n - start);
      if (start > 0) std::fill(found.index, found.index + kColumns, Index(-1));
      for (int64_t k = 0; k < rows; ++k) {
        layout_.convert(row, 1, layout_.at(outer.offset(0) + cursor.offset(0)), stride, count);
        if (start == 0 && k == 0) std::copy(row, row + kColumns, found.best);
        found.meet(row, k, count);
        if (start + k + 1 < n) cursor.advance(1);
      }
      for (int64_t i = 0; i < count; ++i) {
        if (found.index[i] >= 0) indices_[first + i] = start + found.index[i];
      }
    }
    std::copy(found.best, found.best + count, values_ + first);
  }

  // Rows that are too short for a search each: a tile of them is turned over and done as columns.
  void short_rows() {
    using Word = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
    const int64_t n = layout_.elements(), pitch = layout_.kept.strides[0][0];
    const int64_t grain = kReduceGrain / n / kColumns * kColumns;
    layout_.parallel(layout_.outputs(), grain, [&](int64_t begin, int64_t end) {
      alignas(64) T tile[kShortRow * kColumns] = {};
      for (int64_t first = begin; first < end; first += kColumns) {
        const int64_t count = std::min(kColumns, end - first);
        turn_rows(reinterpret_cast<const Word*>(layout_.at(first * pitch)), pitch, count, n,
                  reinterpret_cast<Word*>(tile), kColumns);
        Candidates found;
        std::copy(tile, tile + kColumns, found.best);
        for (int64_t k = 1; k < n; ++k) found.meet(tile + k * kColumns, k, count);
        std::copy(found.best, found.best + count, values_ + first);
        std::copy(found.index, found.index + count, indices_ + first);
      }
    });
  }

  const ReduceLayout& layout_;
  T* values_;
  int64_t* indices_;
};

template <class T>
void arg_reduce(const ArgReduceCall& call) {
  // One walk for both outputs needs one order of the dimensions: that of `in`, which both plans
  // follow.
  const ReduceLayout layout(call.in, call.index, call.reduced_ndim, dtype_of<T>, false);
  const Scratch<T> values(layout.outputs());
  const Scratch<int64_t> indices(layout.outputs());
  if (call.largest)
    ArgReduction<T, true>(layout, values.data(), indices.data()).run();
  else
    ArgReduction<T, false>(layout, values.data(), indices.data()).run();
  store_values(layout.kept, call.index, indices.data(), DType::Int64);
  if (!call.value.data) return;
  const ReduceLayout value_layout(call.in, call.value, call.reduced_ndim, dtype_of<T>, false);
  store_values(value_layout.kept, call.value, values.data(), dtype_of<T>);
}

}  // namespace

void run_arg_reduce(const ArgReduceCall& call) {
  if (call.index.numel() == 0) return;
  switch (wide_dtype(call.in.dtype)) {
    case DType::Float32:
      return arg_reduce<float>(call);
    case DType::Float64:
      return arg_reduce<double>(call);
    default:
      return arg_reduce<int64_t>(call);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

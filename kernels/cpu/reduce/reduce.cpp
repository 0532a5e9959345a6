// Drives the folds over strided operands of any dtype: rows, columns and blocks of long reductions.
#include <functional>

#include "../families.h"
#include "arg.h"
#include "folds.h"
#include "layout.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kColumnBytes = 512;  // of the columns done at a time: their lanes are half of L1
constexpr int64_t kTileRows = 64;      // short rows done at a time
constexpr int64_t kAhead = 8;          // rows that are prefetched

const Folds& find_folds(ReduceOp op, DType compute) {
  switch (compute) {
    case DType::Float32:
      return folds<float>(op);
    case DType::Float64:
      return folds<double>(op);
    default:
      return folds<int64_t>(op);
  }
}

// Any, All and CountNonzero read bool and give int64.
template <class Combine>
void fold_bools(const void* elements, int64_t count, const void*, void* result) {
  const uint8_t* x = static_cast<const uint8_t*>(elements);
  int32_t value = x[0] != 0;
  for (int64_t i = 1; i < count; ++i) value = Combine{}(value, int32_t{x[i] != 0});
  *static_cast<int64_t*>(result) = value;
}
template <class Combine>
void combine_bools(void* into_memory, const void* from_memory, int64_t count) {
  int64_t* into = static_cast<int64_t*>(into_memory);
  const int64_t* from = static_cast<const int64_t*>(from_memory);
  for (int64_t i = 0; i < count; ++i) into[i] = Combine{}(into[i], from[i]);
}
template <class Combine>
constexpr Folds bool_folds(double empty) {
  return {fold_bools<Combine>, nullptr, combine_bools<Combine>, nullptr, empty};
}
constexpr Folds any_folds = bool_folds<std::bit_or<>>(0);
constexpr Folds all_folds = bool_folds<std::bit_and<>>(1);
constexpr Folds count_folds = bool_folds<std::plus<>>(0);

class Reduction {
 public:
  // Folds into `values`, one of dtype `value` for each output in the order of layout.kept.
  Reduction(const ReduceLayout& layout, const Folds& folds, DType value, const void* centers,
            void* values)
      : layout_(layout),
        folds_(folds),
        size_(size_of(value)),
        blocks_(block_count(layout.elements())),
        centers_(static_cast<const char*>(centers)),
        values_(static_cast<char*>(values)) {}

  void run() {
    const int64_t outputs = layout_.outputs();
    if (blocks_ == 1) return fold_into(values_);
    Scratch<char> partial(outputs * blocks_ * size_);
    fold_into(partial.data());
    const int64_t width = by_columns() ? layout_.columns() : 1;
    parallel_for(
        outputs / width, std::max<int64_t>(1, kReduceGrain / (width * blocks_)),
        [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            char* first = partial.data() + i * blocks_ * width * size_;
            combine_blocks(blocks_, [&](int64_t into, int64_t from) {
              folds_.combine(first + into * width * size_, first + from * width * size_, width);
            });
            std::memcpy(values_ + i * width * size_, first, static_cast<size_t>(width * size_));
          }
        });
  }

 private:
  bool by_columns() const { return folds_.lanes && layout_.is_columns(); }

  void fold_into(char* partial) {
    if (by_columns())
      fold_columns(partial);
    else if (folds_.lanes && layout_.elements() <= kLanes && layout_.outputs() > 1) {
      fold_short_rows(partial);
    } else {
      fold_rows(partial);
    }
  }

  // Rows of at most kLanes elements: each is its own lanes, so a tile of them is turned over and
  // done as columns.
  void fold_short_rows(char* values) {
    const int64_t n = layout_.elements();
    const int64_t grain = kReduceGrain / n / kTileRows * kTileRows;
    parallel_for(layout_.outputs(), grain, [&](int64_t begin, int64_t end) {
      alignas(64) char tile[kLanes * kTileRows * 8], lanes[kLanes * kTileRows * 8], row[kLanes * 8];
      int64_t first = begin;
      layout_.each_output(begin, end, [&](int64_t output, int64_t offset) {
        const int64_t rows = std::min(kTileRows, end - first);
        const void* from = layout_.fetch(offset, 0, n, row);
        if (size_ == 4)
          turn_over<uint32_t>(from, n, rows, tile, output - first);
        else
          turn_over<uint64_t>(from, n, rows, tile, output - first);
        if (output - first + 1 < rows) return;
        if (centers_) {
          for (int64_t k = 0; k < n; ++k) {
            folds_.lanes(lanes + k * rows * size_, tile + k * rows * size_, rows,
                         centers_ + first * size_, true);
          }
        } else {
          folds_.lanes(lanes, tile, n * rows, nullptr, true);
        }
        combine_rows(lanes, n, rows);
        std::memcpy(values + first * size_, lanes, static_cast<size_t>(rows * size_));
        first += rows;
      });
    });
  }

  template <class Word>
  static void turn_over(const void* row, int64_t count, int64_t rows, void* tile, int64_t column) {
    const Word* from = static_cast<const Word*>(row);
    Word* to = static_cast<Word*>(tile) + column;
    for (int64_t k = 0; k < count; ++k) to[k * rows] = from[k];
  }

  // Combines `live` rows of lanes of `count` columns into the first.
  void combine_rows(char* lanes, int64_t live, int64_t count) {
    for (int64_t half = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(live))) / 2;
         half > 0; half /= 2) {
      folds_.combine(lanes, lanes + half * count * size_, (live - half) * count);
      live = half;
    }
  }

  // partial[output][block].
  void fold_rows(char* partial) {
    const int64_t n = layout_.elements();
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / std::min(n, kBlock));
    parallel_for(layout_.outputs() * blocks_, grain, [&](int64_t begin, int64_t end) {
      alignas(64) char buffer[kBlock * 8];
      const int64_t last = (end - 1) / blocks_;
      layout_.each_output(begin / blocks_, last + 1, [&](int64_t output, int64_t offset) {
        const int64_t first_block = std::max(begin - output * blocks_, int64_t{0});
        const int64_t end_block = std::min(end - output * blocks_, blocks_);
        const char* center = centers_ ? centers_ + output * size_ : nullptr;
        for (int64_t block = first_block; block < end_block; ++block) {
          const int64_t count = std::min(kBlock, n - block * kBlock);
          folds_.block(layout_.fetch(offset, block * kBlock, count, buffer), count, center,
                       partial + (output * blocks_ + block) * size_);
        }
      });
    });
  }

  // partial[outer output][block][column].
  void fold_columns(char* partial) {
    const int64_t columns = layout_.columns();
    const int64_t width = std::min(columns, kColumnBytes / size_);
    const int64_t chunks = (columns + width - 1) / width;
    const int64_t items = layout_.outputs() / columns * chunks * blocks_;
    const int64_t rows = std::min(layout_.elements(), kBlock);
    const int64_t grain = std::max<int64_t>(1, kReduceGrain / (rows * width));
    parallel_for(items, grain, [&](int64_t begin, int64_t end) {
      Scratch<char> lanes(kLanes * width * size_);
      for (int64_t item = begin; item < end; ++item) {
        const int64_t block = item % blocks_;
        const int64_t chunk = item / blocks_ % chunks;
        const int64_t outer = item / blocks_ / chunks;
        const int64_t column = chunk * width;
        const int64_t count = std::min(width, columns - column);
        fold_column_block(outer * columns + column, block, count, lanes.data());
        std::memcpy(partial + ((outer * blocks_ + block) * columns + column) * size_, lanes.data(),
                    static_cast<size_t>(count * size_));
      }
    });
  }

  // Folds a block of rows of `count` columns from output `first` on into the first row of `lanes`.
  void fold_column_block(int64_t first, int64_t block, int64_t count, char* lanes) {
    const int64_t begin = block * kBlock;
    const int64_t rows = std::min(kBlock, layout_.elements() - begin);
    const int64_t live = std::min<int64_t>(rows, kLanes);
    const int64_t stride = layout_.column_stride();
    const bool in_place = layout_.dtype == layout_.element && stride == 1;
    const char* center = centers_ ? centers_ + first * size_ : nullptr;
    const Cursor outer(layout_.kept, first);
    const int64_t offset = outer.offset(0);
    const Plan<1>& reduced = layout_.reduced;
    if (in_place && !center && reduced.ndim == 1 && reduced.strides[0][0] == count) {
      // Rows without gaps: a row of lanes is as contiguous as they are.
      const char* from = layout_.at(offset + begin * count);
      for (int64_t row = 0; row < rows; row += kLanes) {
        folds_.lanes(lanes, from + row * count * size_,
                     std::min<int64_t>(kLanes, rows - row) * count, nullptr, row == 0);
      }
    } else {
      alignas(64) char buffer[kColumnBytes];
      Cursor cursor(reduced, begin);
      const int64_t ahead = reduced.strides[0][reduced.ndim - 1] * kAhead;
      const int64_t ahead_bytes = stride == 1 ? count * size_of(layout_.dtype) : 0;
      for (int64_t row = 0; row < rows; ++row) {
        const void* from = layout_.at(offset + cursor.offset(0));
        // Too short runs for the hardware to see where they lead.
        const char* next = layout_.at(offset + cursor.offset(0) + ahead);
        for (int64_t byte = 0; byte < ahead_bytes; byte += 64) __builtin_prefetch(next + byte);
        if (!in_place) {
          layout_.convert(buffer, 1, from, stride, count);
          from = buffer;
        }
        folds_.lanes(lanes + row % kLanes * count * size_, from, count, center, row < kLanes);
        if (row + 1 < rows) cursor.advance(1);
      }
    }
    combine_rows(lanes, live, count);
  }

  const ReduceLayout& layout_;
  const Folds& folds_;
  int64_t size_;
  int64_t blocks_;
  const char* centers_;
  char* values_;
};

void fold_values(const ReduceLayout& layout, const Folds& folds, DType value, const void* centers,
                 void* values) {
  if (layout.elements() > 0) return Reduction(layout, folds, value, centers, values).run();
  const Convert convert = converter(value, DType::Float64);
  convert(values, 1, &folds.empty, 0, layout.outputs());
}

// Where the values of a reduction are gathered: in `out` itself if it can hold them in plan order.
class Values {
 public:
  Values(const ReduceLayout& layout, const Array& out, DType dtype)
      : layout_(layout),
        out_(out),
        dtype_(dtype),
        direct_(out.dtype == dtype && layout.kept.is_linear(1)),
        scratch_(direct_ ? 0 : layout.outputs() * size_of(dtype)) {}

  void* data() const { return direct_ ? out_.data : scratch_.data(); }
  void store() const {
    if (!direct_) store_values(layout_.kept, out_, scratch_.data(), dtype_);
  }

 private:
  const ReduceLayout& layout_;
  const Array& out_;
  DType dtype_;
  bool direct_;
  Scratch<char> scratch_;
};

void run_reduce(const ReduceCall& call) {
  DType element = wide_dtype(call.out.dtype), value = element;
  const Folds* folds;
  switch (call.op) {
    case ReduceOp::Any:
      folds = &any_folds;
      break;
    case ReduceOp::All:
      folds = &all_folds;
      break;
    case ReduceOp::CountNonzero:
      folds = &count_folds;
      break;
    default:
      folds = &find_folds(call.op, element);
  }
  if (!folds->lanes) element = DType::Bool, value = DType::Int64;

  // Small and whole: no plan is needed.
  const int64_t all = call.in.numel();
  if (all > 0 && all <= kBlock && call.reduced_ndim == call.in.ndim() && call.in.dtype == element &&
      call.out.dtype == value && call.in.is_contiguous()) {
    folds->block(call.in.data, all, nullptr, call.out.data);
    if (folds->finish) folds->finish(call.out.data, 1, all, 0, false);
    return;
  }
  if (call.out.numel() == 0) return;
  const bool any_order = value == DType::Int64 || call.op == ReduceOp::Max ||
                         call.op == ReduceOp::Min || call.op == ReduceOp::MaxAbs;
  const ReduceLayout layout(call.in, call.out, call.reduced_ndim, element, any_order);
  const Values values(layout, call.out, value);
  fold_values(layout, *folds, value, nullptr, values.data());
  if (folds->finish) folds->finish(values.data(), layout.outputs(), layout.elements(), 0, false);
  values.store();
}

void run_moments(const MomentsCall& call) {
  if (call.variance.numel() == 0) return;
  const DType dtype = wide_dtype(call.variance.dtype);
  const Folds& mean = find_folds(ReduceOp::Mean, dtype);
  const Folds& deviations =
      dtype == DType::Float64 ? squared_deviations<double>() : squared_deviations<float>();
  const ReduceLayout layout(call.in, call.variance, call.reduced_ndim, dtype, false);
  const int64_t outputs = layout.outputs(), n = layout.elements();
  const Scratch<char> means(outputs * size_of(dtype));
  fold_values(layout, mean, dtype, nullptr, means.data());
  mean.finish(means.data(), outputs, n, 0, false);
  const Values variance(layout, call.variance, dtype);
  fold_values(layout, deviations, dtype, means.data(), variance.data());
  deviations.finish(variance.data(), outputs, n, call.correction, call.root);
  variance.store();
  if (call.mean.data) {
    const ReduceLayout mean_layout(call.in, call.mean, call.reduced_ndim, dtype, false);
    store_values(mean_layout.kept, call.mean, means.data(), dtype);
  }
}

}  // namespace

ReduceKernels reduce_kernels() {
  return {.run = run_reduce, .arg = run_arg_reduce, .moments = run_moments};
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// Each block takes deviations from its own mean while it lies in the cache, and blocks combine by
// the formula of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
// sample variances" (1979).
#include "moments.h"

#include "reduction.h"
#include "values.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
struct Moments {
  T sum, deviations, count;  // `deviations`: the sum of the squared ones

  // With delta = the difference of the means: sums of squares add up to
  // deviations + other.deviations + delta^2 * count * other.count / (count + other.count).
  void meet(const Moments& other) {
    const T delta = other.sum / other.count - sum / count;
    const T all = count + other.count;
    deviations += other.deviations + delta * delta * (count * (other.count / all));
    sum += other.sum;
    count = all;
  }
};

static_assert(sizeof(Moments<double>) <= Reduction::kMostBytes);

template <class T>
void block_moments(const Piece* pieces, int64_t count, const void*, void* result) {
  Moments<T>& moments = *static_cast<Moments<T>*>(result);
  fold_block_of<SumFold, T>(pieces, count, nullptr, &moments.sum);
  moments.count = static_cast<T>(count);
  const T mean = moments.sum / moments.count;
  fold_block_of<SquaredDeviationsFold, T>(pieces, count, &mean, &moments.deviations);
}

template <class T>
void row_moments(const void* elements, int64_t pitch, int64_t rows, int64_t count, const void*,
                 void* result) {
  constexpr int64_t together = 2;
  const T* x = static_cast<const T*>(elements);
  Moments<T>* moments = static_cast<Moments<T>*>(result);
  for (int64_t row = 0; row < rows; row += together) {
    const int64_t some = std::min(together, rows - row);
    T sums[together], means[together], deviations[together];
    fold_rows_of<SumFold, T>(x + row * pitch, pitch, some, count, nullptr, sums);
    for (int64_t i = 0; i < some; ++i) means[i] = sums[i] / static_cast<T>(count);
    fold_rows_of<SquaredDeviationsFold, T>(x + row * pitch, pitch, some, count, means, deviations);
    for (int64_t i = 0; i < some; ++i) {
      moments[row + i] = {sums[i], deviations[i], static_cast<T>(count)};
    }
  }
}

template <class T>
void combine_moments(void* into_memory, const void* from_memory, int64_t count) {
  Moments<T>* into = static_cast<Moments<T>*>(into_memory);
  const Moments<T>* from = static_cast<const Moments<T>*>(from_memory);
  for (int64_t i = 0; i < count; ++i) into[i].meet(from[i]);
}

// Without lanes: rows only.
template <class T>
constexpr Folds moment_folds{
    block_moments<T>, row_moments<T>,     nullptr, nullptr, combine_moments<T>,
    nullptr,          sizeof(Moments<T>), 0};

// Columns, and rows too short for blocks of their own, are read twice: sums of blocks first.
template <class T>
void fold_moments_apart(const ReduceLayout& layout, Moments<T>* moments) {
  const int64_t outputs = layout.outputs(), n = layout.elements(), blocks = layout.blocks();
  const int64_t width = blocks > 1 ? layout.columns() : 1;  // blocks of neighbours lie side by side
  const Scratch<T> sums(outputs * blocks), means(outputs * blocks), deviations(outputs * blocks);
  const auto count_of = [&](int64_t place) {
    const int64_t block = place / width % blocks;
    return static_cast<T>(std::min(kBlock, n - block * kBlock));
  };
  const auto fold = [&](const Folds& folds, const T* centers, T* values) {
    if (blocks > 1)
      ColumnReduction(layout, folds, centers, true).fold(reinterpret_cast<char*>(values));
    else
      Reduction(layout, folds, centers, values).run();
  };
  fold(folds<T>(ReduceOp::Sum), nullptr, sums.data());
  for (int64_t i = 0; i < outputs * blocks; ++i) means[i] = sums[i] / count_of(i);
  fold(squared_deviations<T>(), means.data(), deviations.data());
  const Scratch<Moments<T>> of_blocks(width * blocks);
  for (int64_t first = 0; first < outputs; first += width) {
    for (int64_t i = 0; i < width * blocks; ++i) {
      const int64_t place = first * blocks + i;
      of_blocks[i] = {sums[place], deviations[place], count_of(place)};
    }
    combine_blocks(blocks, [&](int64_t into, int64_t from) {
      combine_moments<T>(&of_blocks[into * width], &of_blocks[from * width], width);
    });
    std::copy_n(of_blocks.data(), width, moments + first);
  }
}

template <class T>
void moments_of(const MomentsCall& call) {
  constexpr DType dtype = dtype_of<T>;
  const ReduceLayout layout(call.in, call.variance, call.reduced_ndim, dtype, false);
  const int64_t outputs = layout.outputs(), n = layout.elements();
  const Scratch<Moments<T>> moments(outputs);
  if (n == 0)
    std::fill_n(moments.data(), outputs, Moments<T>{});
  else if (layout.is_columns() || n <= kLanes)
    fold_moments_apart(layout, moments.data());
  else
    Reduction(layout, moment_folds<T>, nullptr, moments.data()).run();
  const Values variance(layout, call.variance, dtype);
  T* values = static_cast<T*>(variance.data());
  const T divisor = static_cast<T>(std::max(0.0, static_cast<double>(n) - call.correction));
  for (int64_t i = 0; i < outputs; ++i) {
    values[i] = moments[i].deviations / divisor;
    if (call.root) values[i] = std::sqrt(values[i]);
  }
  variance.store();
  if (!call.mean.data) return;
  const ReduceLayout mean_layout(call.in, call.mean, call.reduced_ndim, dtype, false);
  const Scratch<T> means(outputs);
  for (int64_t i = 0; i < outputs; ++i) means[i] = moments[i].sum / static_cast<T>(n);
  store_values(mean_layout.kept, call.mean, means.data(), dtype);
}

}  // namespace

void run_moments(const MomentsCall& call) {
  if (call.variance.numel() == 0) return;
  if (wide_dtype(call.variance.dtype) == DType::Float64)
    moments_of<double>(call);
  else
    moments_of<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA

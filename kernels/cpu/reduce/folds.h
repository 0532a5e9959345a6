// The innermost loops of the reductions, one table for each operation and type.
#pragma once

#include <type_traits>

#include "fold_operations.h"
#include "lanes.h"
#include "taeda/kernels/ops/declaration.h"
#include "taeda/kernels/ops/reduce.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

// What the driver in reduce.cpp needs to know of an operation in one type.
struct Folds {
  // result = the fold of one block of 1 to kBlock elements. `center`: one element or null.
  void (*block)(const Piece* pieces, int64_t count, const void* center, void* result);
  // As many contiguous blocks of `count` elements: result[row] = the fold of those at row * pitch,
  // with center[row]. May be null.
  void (*rows)(const void* elements, int64_t pitch, int64_t rows, int64_t count, const void* center,
               void* result);
  // Combines map(elements[i]), map(elements[i + step]), ..., `steps` of them, one after another
  // into lanes[i]; with `first` nothing is there before.
  void (*lanes)(void* lanes, const void* elements, int64_t count, int64_t steps, int64_t step,
                const void* center, bool first);
  // results[i] = the fold of map(elements[i]), map(elements[i + step]), ..., `rows` of them, from 1
  // to kBlock. Null where `lanes` is.
  void (*few)(void* results, const void* elements, int64_t count, int64_t rows, int64_t step,
              const void* center);
  // into[i] = combine(into[i], from[i]).
  void (*combine)(void* into, const void* from, int64_t count);
  // values[i] becomes the result of a reduction of n elements.
  void (*finish)(void* values, int64_t count, int64_t n);
  int64_t size;  // of a value, in bytes
  // What a reduction without elements gives.
  double empty;
  bool any_count = false;  // `block` takes more than kBlock elements as well
};

// A reduction of elements of one type, of halves in float; `squared_deviations`, sum (x -
// center)^2, is asked for by its own function.
template <class T>
const Folds& folds(ReduceOp op);
template <class T>
const Folds& squared_deviations();
// sum exp(x - center).
template <class T>
const Folds& exponential_sums();
// values[i] = log(values[i]) + centers[i].
template <class T>
void finish_logarithms(void* values, const void* centers, int64_t count);

template <class Op, class T, class Stored = T>
void fold_block_of(const Piece* pieces, int64_t count, const void* center_of, void* result) {
  T center = 0;
  if constexpr (is_centered<Op>) center = *static_cast<const T*>(center_of);
  *static_cast<T*>(result) = fold_pieces<Op, T, Stored>(
      pieces, count, [center]<class V>(V x) { return Op::map(x, V(center)); });
}

template <class Op, class T, class Stored = T>
void fold_rows_of(const void* elements, int64_t pitch, int64_t rows, int64_t count,
                  const void* center_of, void* result_memory) {
  const Stored* x = static_cast<const Stored*>(elements);
  const T* center = static_cast<const T*>(center_of);
  T* result = static_cast<T*>(result_memory);
  constexpr int together = 2;
  const auto fold = [&]<int kRows>(std::integral_constant<int, kRows>) {
    T centers[kRows] = {};
    if constexpr (is_centered<Op>) {
      for (int row = 0; row < kRows; ++row) centers[row] = center[row];
      center += kRows;
    }
    fold_block_rows<kRows, Op, T>(
        count,
        [&](int row, int64_t i) {
          return Op::map(load_lanes(x + row * pitch + i), Vec<T>(centers[row]));
        },
        [&](int row, int64_t i) { return Op::map(T(x[row * pitch + i]), centers[row]); }, result);
    x += kRows * pitch;
    result += kRows;
  };
  for (; rows >= together; rows -= together) fold(std::integral_constant<int, together>());
  if (rows > 0) fold(std::integral_constant<int, 1>());
}

// A number of steps that is known saves that many ways of a lane from memory and back.
template <class Op, class T, class Stored, int steps>
void fold_steps(T* lanes, const Stored* x, int64_t count, int64_t step, const T* center,
                bool first) {
  constexpr int width = Vec<T>::size;
  const auto folded = [&](Vec<T> lane, Vec<T> middle, bool fresh, auto at) {
    lane = fresh ? Op::map(at(0), middle) : Op::combine(lane, Op::map(at(0), middle));
    for (int s = 1; s < steps; ++s) lane = Op::combine(lane, Op::map(at(s), middle));
    return lane;
  };
  const auto run = [&](bool fresh) {
    int64_t i = 0;
    for (; i + width <= count; i += width) {
      const Vec<T> middle = is_centered<Op> ? Vec<T>::load(center + i) : Vec<T>(0);
      const Vec<T> lane = fresh ? Vec<T>(0) : Vec<T>::load(lanes + i);
      folded(lane, middle, fresh, [&](int s) {
        return load_lanes(x + i + s * step);
      }).store(lanes + i);
    }
    if (const int64_t rest = count - i; rest > 0) {
      const Vec<T> middle = is_centered<Op> ? load_some(center + i, rest) : Vec<T>(0);
      const Vec<T> lane = fresh ? Vec<T>(0) : load_some(lanes + i, rest);
      const auto at = [&](int s) { return load_some(x + i + s * step, rest); };
      store_some(folded(lane, middle, fresh, at), lanes + i, rest);
    }
  };
  if (first)
    run(true);
  else
    run(false);
}

template <class Op, class T, class Stored = T>
void fold_lanes_of(void* lanes_memory, const void* elements, int64_t count, int64_t steps,
                   int64_t step, const void* center_of, bool first) {
  T* lanes = static_cast<T*>(lanes_memory);
  const Stored* x = static_cast<const Stored*>(elements);
  const T* center = static_cast<const T*>(center_of);
  for (; steps >= 4; steps -= 4, x += 4 * step, first = false) {
    fold_steps<Op, T, Stored, 4>(lanes, x, count, step, center, first);
  }
  for (; steps > 0; --steps, x += step, first = false) {
    fold_steps<Op, T, Stored, 1>(lanes, x, count, step, center, first);
  }
}

// The tree of lanes for vectors of neighbours in registers: subtrees wait like the digits of a
// counter, so that elements come in the order of the leaves.
template <class Op, class T, class Stored = T>
void fold_few_of(void* results_memory, const void* elements, int64_t count, int64_t rows,
                 int64_t step, const void* center_of) {
  constexpr int width = Vec<T>::size, together = 4;
  constexpr int levels = std::bit_width(static_cast<unsigned>(kLanes));
  T* results = static_cast<T*>(results_memory);
  const Stored* x = static_cast<const Stored*>(elements);
  const T* center = static_cast<const T*>(center_of);
  const int64_t live = std::min<int64_t>(rows, kLanes);
  const int64_t half = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(live))) / 2;
  const int64_t leaves = std::max<int64_t>(half, 1);
  int64_t leaf_of[kLanes];
  leaf_of[0] = 0;
  for (int64_t known = 1; known < leaves; known *= 2) {
    for (int64_t i = known - 1; i >= 0; --i) {
      leaf_of[2 * i + 1] = leaf_of[i] + known;
      leaf_of[2 * i] = leaf_of[i];
    }
  }
  const auto fold = [&]<int kCount>(const Vec<T>(&middle)[kCount], auto at,
                                    auto store) __attribute__((always_inline)) {
    const auto lane = [&](int64_t row, Vec<T>(&value)[kCount]) __attribute__((always_inline)) {
      for (int v = 0; v < kCount; ++v) value[v] = Op::map(at(row, v), middle[v]);
      for (row += kLanes; row < rows; row += kLanes) {
        for (int v = 0; v < kCount; ++v) {
          value[v] = Op::combine(value[v], Op::map(at(row, v), middle[v]));
        }
      }
    };
    Vec<T> waiting[levels][kCount];
    int waits = 0;
    for (int64_t i = 0; i < leaves; ++i) {
      Vec<T> value[kCount], other[kCount];
      lane(leaf_of[i], value);
      if (half > 0 && leaf_of[i] + half < live) {
        lane(leaf_of[i] + half, other);
        for (int v = 0; v < kCount; ++v) value[v] = Op::combine(value[v], other[v]);
      }
      for (int64_t bits = i; bits & 1; bits >>= 1) {
        --waits;
        for (int v = 0; v < kCount; ++v) value[v] = Op::combine(waiting[waits][v], value[v]);
      }
      for (int v = 0; v < kCount; ++v) waiting[waits][v] = value[v];
      ++waits;
    }
    for (int v = 0; v < kCount; ++v) store(v, waiting[0][v]);
  };
  int64_t i = 0;
  const auto fold_vectors = [&]<int kCount>(std::integral_constant<int, kCount>) {
    for (; i + kCount * width <= count; i += kCount * width) {
      Vec<T> middle[kCount];
      for (int v = 0; v < kCount; ++v) {
        middle[v] = is_centered<Op> ? Vec<T>::load(center + i + v * width) : Vec<T>(0);
      }
      fold(
          middle, [&](int64_t row, int v) { return load_lanes(x + row * step + i + v * width); },
          [&](int v, Vec<T> value) { value.store(results + i + v * width); });
    }
  };
  fold_vectors(std::integral_constant<int, together>());
  fold_vectors(std::integral_constant<int, 1>());
  if (const int64_t rest = count - i; rest > 0) {
    const Vec<T> middle[] = {is_centered<Op> ? load_some(center + i, rest) : Vec<T>(0)};
    fold(
        middle, [&](int64_t row, int) { return load_some(x + row * step + i, rest); },
        [&](int, Vec<T> value) { store_some(value, results + i, rest); });
  }
}

template <class Op, class T>
void combine_of(void* into_memory, const void* from_memory, int64_t count) {
  constexpr int width = Vec<T>::size;
  T* into = static_cast<T*>(into_memory);
  const T* from = static_cast<const T*>(from_memory);
  int64_t i = 0;
  for (; i + width <= count; i += width) {
    Op::combine(Vec<T>::load(into + i), Vec<T>::load(from + i)).store(into + i);
  }
  for (; i < count; ++i) into[i] = Op::combine(into[i], from[i]);
}

enum class Finish { Nothing, Mean, Root };

template <class T, Finish finish>
void finish_of(void* memory, int64_t count, int64_t n) {
  T* values = static_cast<T*>(memory);
  const T divisor = static_cast<T>(n);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = finish == Finish::Root ? std::sqrt(values[i]) : values[i] / divisor;
  }
}

template <class Op, class T, class Stored = T, Finish finish = Finish::Nothing>
constexpr Folds make_folds(double empty = 0) {
  Folds result{fold_block_of<Op, T, Stored>,
               fold_rows_of<Op, T, Stored>,
               fold_lanes_of<Op, T, Stored>,
               fold_few_of<Op, T, Stored>,
               combine_of<Op, T>,
               nullptr,
               sizeof(T),
               empty};
  if constexpr (finish != Finish::Nothing) result.finish = finish_of<T, finish>;
  return result;
}

template <class T, class Stored = T>
const Folds& number_folds(ReduceOp op) {
  static constexpr Folds sum = make_folds<SumFold, T, Stored>();
  static constexpr Folds prod = make_folds<ProdFold, T, Stored>(1);
  static constexpr Folds max = make_folds<MaxFold, T, Stored>();
  static constexpr Folds min = make_folds<MinFold, T, Stored>();
  switch (op) {
    case ReduceOp::Prod:
      return prod;
    case ReduceOp::Max:
      return max;
    case ReduceOp::Min:
      return min;
    default:
      return sum;
  }
}

template <class T, class Stored = T>
const Folds& float_folds(ReduceOp op) {
  static constexpr Folds nansum = make_folds<NanSumFold, T, Stored>();
  static constexpr Folds mean = make_folds<SumFold, T, Stored, Finish::Mean>();
  static constexpr Folds sum_abs = make_folds<SumAbsFold, T, Stored>();
  static constexpr Folds norm2 = make_folds<SumSquaresFold, T, Stored, Finish::Root>();
  static constexpr Folds max_abs = make_folds<MaxAbsFold, T, Stored>();
  switch (op) {
    case ReduceOp::NanSum:
      return nansum;
    case ReduceOp::Mean:
      return mean;
    case ReduceOp::SumAbs:
      return sum_abs;
    case ReduceOp::Norm2:
      return norm2;
    case ReduceOp::MaxAbs:
      return max_abs;
    default:
      return number_folds<T, Stored>(op);
  }
}

template <class T>
const Folds& deviation_folds() {
  static constexpr Folds result = make_folds<SquaredDeviationsFold, T>();
  return result;
}

template <class T>
const Folds& exponential_folds() {
  static constexpr Folds result = make_folds<ExponentialsFold, T>();
  return result;
}

template <class T>
void log_and_add(void* memory, const void* centers_memory, int64_t count) {
  T* values = static_cast<T*>(memory);
  const T* centers = static_cast<const T*>(centers_memory);
  for (int64_t i = 0; i < count; i += Vec<T>::size) {
    const int64_t size = std::min<int64_t>(count - i, Vec<T>::size);
    const Vec<T> sum = load_some(values + i, size);
    store_some(log(sum) + load_some(centers + i, size), values + i, size);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

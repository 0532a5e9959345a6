// What attends to what: offsets and scores, as every kernel of attention sees them.
#pragma once

#include "../device/element.h"
#include "../device/fold.h"
#include "../device/walk.h"
#include "taeda/kernels/ops/attention.h"

namespace taeda::cuda {

inline constexpr int64_t kChunk = kThreads;  // keys (or queries) whose weights a block holds

// Rows and columns of a matrix of a batch.
struct Steps {
  Memory memory;
  int64_t row = 0, column = 0;
  Steps() = default;
  explicit Steps(const Array& array) : memory(array) {
    if (!array.data) return;
    row = array.strides[array.strides.size() - 2];
    column = array.strides[array.strides.size() - 1];
  }
  template <class T>
  TAEDA_HD T load(int64_t base, int64_t r, int64_t c) const {
    return memory.load<T>(base + r * row + c * column);
  }
  template <class T>
  TAEDA_HD void store(int64_t base, int64_t r, int64_t c, T value) const {
    memory.store(base + r * row + c * column, value);
  }
};

// The steps of an array along the batch; all zero where there is no array.
inline Sizes batch_strides(const Array& array, size_t count) {
  static constexpr int64_t zeros[kMaxDims] = {};
  return array.data ? array.strides.first(count) : Sizes(zeros, count);
}

template <class T>
struct Scores {
  Steps query, key, value, mask;
  Walk<4> batch;  // of these
  int64_t queries, keys, width, value_width;
  T scale;
  bool causal, is_bool_mask;

  explicit Scores(const AttentionOperands& given)
      : query(given.query), key(given.key), value(given.value), mask(given.mask) {
    const size_t count = given.query.shape.size() - 2;
    batch = Walk<4>(given.query.shape.first(count),
                    {batch_strides(given.query, count), batch_strides(given.key, count),
                     batch_strides(given.value, count), batch_strides(given.mask, count)});
    queries = given.query.shape[count];
    width = given.query.shape[count + 1];
    keys = given.key.shape[count];
    value_width = given.value.shape[count + 1];
    scale = static_cast<T>(given.scale);
    causal = given.causal;
    is_bool_mask = given.mask.data && given.mask.dtype == DType::Bool;
  }

  // -infinity where the query may not attend to the key.
  TAEDA_HD T operator()(const int64_t (&base)[4], int64_t i, int64_t j) const {
    if (causal && j > i) return lowest<T>();
    if (is_bool_mask && !mask.load<int32_t>(base[3], i, j)) return lowest<T>();
    T sum = 0;
    for (int64_t e = 0; e < width; ++e) {
      sum = fma(query.template load<T>(base[0], i, e), key.template load<T>(base[1], j, e), sum);
    }
    sum *= scale;
    if (mask.memory && !is_bool_mask) sum += mask.template load<T>(base[3], i, j);
    return sum;
  }
  // exp(score - log_sum), zero where nothing may be attended to.
  TAEDA_HD T weight(const int64_t (&base)[4], int64_t i, int64_t j, T log_sum) const {
    const T score = (*this)(base, i, j);
    return score == lowest<T>() ? T(0) : exp(score - log_sum);
  }
};

}  // namespace taeda::cuda

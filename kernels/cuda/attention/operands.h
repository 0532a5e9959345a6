// What attends to what: offsets and scores, as every kernel of attention sees them.
#pragma once

#include "../device/element.h"
#include "../device/fold.h"
#include "../device/walk.h"
#include "taeda/kernels/ops/attention.h"
#include "tiles.h"

namespace taeda::cuda {

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
  template <class Element>
  TAEDA_HD Element element(int64_t base, int64_t r, int64_t c) const {
    return element_at<Element>(memory, base + r * row + c * column);
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

inline Walk<1> batch_walk(const Array& array) {
  const size_t count = array.shape.size() - 2;
  return Walk<1>(array.shape.first(count), {array.strides.first(count)});
}
inline Walk<2> batch_walk(const Array& a, const Array& b) {
  const size_t count = a.shape.size() - 2;
  return Walk<2>(a.shape.first(count), {a.strides.first(count), b.strides.first(count)});
}

template <class Element>
struct Scores {
  using T = WideOf<Element>;
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

  // Element `e` of a query, a key or a value; zero beyond the last of them.
  TAEDA_HD Element query_at(int64_t start, int64_t i, int64_t e) const {
    return i < queries && e < width ? query.element<Element>(start, i, e) : Element(0);
  }
  TAEDA_HD Element key_at(int64_t start, int64_t j, int64_t e) const {
    return j < keys && e < width ? key.element<Element>(start, j, e) : Element(0);
  }
  TAEDA_HD Element value_at(int64_t start, int64_t j, int64_t v) const {
    return j < keys && v < value_width ? value.element<Element>(start, j, v) : Element(0);
  }

  // From the product of query and key; -infinity where the query may not attend to the key.
  TAEDA_HD T score(int64_t mask_start, int64_t i, int64_t j, T product) const {
    if (i >= queries || j >= keys || (causal && j > i)) return lowest<T>();
    if (is_bool_mask && !mask.load<int32_t>(mask_start, i, j)) return lowest<T>();
    const T scaled = product * scale;
    return mask.memory && !is_bool_mask ? scaled + mask.template load<T>(mask_start, i, j) : scaled;
  }
  // The keys that a tile of queries may attend to end here.
  TAEDA_HD int64_t keys_of(int64_t end_of_queries) const {
    return causal && end_of_queries < keys ? end_of_queries : keys;
  }
};

}  // namespace taeda::cuda

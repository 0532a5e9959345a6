// What softmax and cross-entropy do to rows that lie across memory: a vector of neighbours at a
// time, whose lanes are added in the order of a contiguous row.
#pragma once

#include "row_math.h"
#include "rows.h"
#include "taeda/kernels/simd/halves.h"
#include "taeda/kernels/simd/math.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Longer ones are more than one block of a sum.
template <class Stored, int Operands>
bool are_columns(const Rows<Operands>& rows) {
  return rows.length() <= kBlock && rows.template lie_side_by_side<Stored>();
}

// Some elements of one row, and a request for those of its neighbours after next: the lines of many
// rows are too many places for the hardware to see what comes.
template <class Stored>
[[gnu::always_inline]] inline auto load_and_expect(const Stored* x, int64_t size) {
  __builtin_prefetch(x + 2 * size);
  return load_some(x, size);
}

// The sum of a block that comes element by element, each a vector of neighbours.
template <class T>
class ColumnSum {
 public:
  void add(int64_t k, Vec<T> value) {
    Vec<T>& lane = lanes_[k % kLanes];
    lane = k < kLanes ? value : lane + value;
  }
  Vec<T> of(int64_t count) {
    each_level(static_cast<int>(std::min<int64_t>(count, kLanes)), [&](int half, int pairs) {
      for (int j = 0; j < pairs; ++j) lanes_[j] = lanes_[j] + lanes_[j + half];
    });
    return lanes_[0];
  }

 private:
  Vec<T> lanes_[kLanes];
};

// n vectors of neighbours, read from memory once: there they lie in lines that may share few sets
// of the cache.
template <class T>
class Column {
 public:
  explicit Column(int64_t n) : n_(n), values_(n * Vec<T>::size) {}

  // Keeps x[k * step] for all k, `size` neighbours each, and gives the largest.
  template <class Stored>
  Vec<T> load(const Stored* x, int64_t step, int64_t size) {
    Vec<T> largest = keep(0, load_and_expect(x, size));
    for (int64_t k = 1; k < n_; ++k) {
      largest = MaxFold::combine(largest, keep(k, load_and_expect(x + k * step, size)));
    }
    return largest;
  }
  Vec<T> keep(int64_t k, Vec<T> value) {
    value.store(at(k));
    return value;
  }
  Vec<T> operator[](int64_t k) const { return Vec<T>::load(at(k)); }

  // The sum of exp(x - shift); with `kKept` these take the place of the values.
  template <bool kKept>
  Vec<T> sum_of_exp(Vec<T> shift) {
    ColumnSum<T> sum;
    for (int64_t k = 0; k < n_; ++k) {
      const Vec<T> power = exp((*this)[k] - shift);
      sum.add(k, kKept ? keep(k, power) : power);
    }
    return sum.of(n_);
  }

 private:
  T* at(int64_t k) const { return values_.data() + k * Vec<T>::size; }

  int64_t n_;
  Scratch<T> values_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

// Places of values in ascending sequences.
#include <algorithm>

#include "items.h"
#include "sort.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int kTogether = 16;  // searches in step: one alone waits for memory
constexpr int64_t kGrain = 1024, kLong = 16 * 1024;
constexpr int64_t kCounted = 32;  // in sequences of up to so many every element is compared

// NaN is larger than every number.
template <class T>
bool is_below(T a, T b) {
  return (a < b) | ((b != b) & (a == a));
}
// Whether the place of the value is after the element.
template <bool kRight, class T>
bool passes(T element, T value) {
  return kRight ? !is_below(value, element) : is_below(element, value);
}

template <bool kRight, class T>
void count_passed(const T* sequence, int64_t length, const T* values, int64_t* out) {
  using I = typename Vec<T>::MaskT;
  static_assert(kTogether % Vec<T>::size == 0);
  for (int i = 0; i < kTogether; i += Vec<T>::size) {
    const Vec<T> value = Vec<T>::load(values + i);
    Vec<I> count(0);
    for (int64_t j = 0; j < length; ++j) {
      const Vec<T> element(sequence[j]);
      const auto is_below = [](Vec<T> a, Vec<T> b) { return (a < b) | ((b != b) & (a == a)); };
      const Mask<T> passed = kRight ? ~is_below(value, element) : is_below(element, value);
      count -= Vec<I>(passed.m);
    }
    for (int lane = 0; lane < Vec<T>::size; ++lane) out[i + lane] = count[lane];
  }
}

// The element that decides is loaded by each search for itself: gathers of vectors are slower.
// Where no value is NaN one comparison serves, since NaN of the sequence compare false as they
// should.
template <bool kRight, bool kNumbers, class T>
__attribute__((optimize("no-tree-vectorize"))) void halve(const T* sequence, int64_t length,
                                                          const T* values, int64_t* out) {
  const T* from[kTogether];
  std::fill_n(from, kTogether, sequence);
  // The place lies from there on to `left` elements further.
  for (int64_t left = length; left > 0;) {
    const int64_t half = (left + 1) / 2;
#pragma GCC unroll 16
    for (int i = 0; i < kTogether; ++i) {
      const T element = from[i][half - 1], value = values[i];
      const bool passed = !kNumbers ? passes<kRight>(element, value)
                          : kRight  ? element <= value
                                    : element < value;
      from[i] += half & -static_cast<int64_t>(passed);  // a branch would be foreseen half the time
    }
    left -= half;
  }
  for (int i = 0; i < kTogether; ++i) out[i] = from[i] - sequence;
}

template <bool kRight, class T>
void search_as(const SearchCall& call) {
  const int64_t rows = call.values.shape[0], count = call.values.shape[1];
  const int64_t length = call.sequence.shape[1];
  const int64_t row_step = call.sequence.shape[0] == 1 ? 0 : length;
  const auto range = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end;) {
      const int64_t row = i / count,
                    together = std::min({kTogether + int64_t{0}, end - i, (row + 1) * count - i});
      T values[kTogether] = {};
      int64_t places[kTogether];
      std::copy_n(call.values.as<T>() + i, together, values);
      const T* sequence = call.sequence.as<T>() + row * row_step;
      if (length <= kCounted)
        count_passed<kRight>(sequence, length, values, places);
      else if (std::any_of(values, values + together, [](T value) { return value != value; }))
        halve<kRight, false>(sequence, length, values, places);
      else
        halve<kRight, true>(sequence, length, values, places);
      std::copy_n(places, together, call.out.as<int64_t>() + i);
      i += together;
    }
  };
  parallel_for(rows * count, kGrain, range, loop_length(rows * count, kLong));
}

template <class T>
void search_side(const SearchCall& call) {
  if (call.right)
    search_as<true, T>(call);
  else
    search_as<false, T>(call);
}

}  // namespace

void search(const SearchCall& call) {
  switch (call.values.dtype) {
    case DType::Float64:
      return search_side<double>(call);
    case DType::Float32:
      return search_side<float>(call);
    default:
      return search_side<int64_t>(call);
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

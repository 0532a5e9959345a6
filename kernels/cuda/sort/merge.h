// Rows of keys with the numbers of their elements, sorted by merging: in each pass every element
// finds its place in the merged run by binary search. Equal keys keep their order.
#pragma once

#include <utility>

#include "../device/divide.h"
#include "../runtime/allocator.h"
#include "../runtime/launch.h"

namespace taeda::cuda {

// a before b; NaN is larger than every number.
template <class T>
TAEDA_HD inline bool precedes(T a, T b, bool descending) {
  const T low = descending ? b : a, high = descending ? a : b;
  if (low != low) return false;
  return low < high || high != high;
}

template <class T>
struct MergeBody {
  const T* keys;
  const int64_t* numbers;
  T* out_keys;
  int64_t* out_numbers;
  int64_t length, run;
  bool descending;

  TAEDA_HD void operator()(int64_t item) const {
    const int64_t i = Divided(item, length).rest, row = item - i;
    const int64_t start = i & ~(2 * run - 1);  // run is a power of two
    const int64_t middle = start + run < length ? start + run : length;
    const int64_t end = middle + run < length ? middle + run : length;
    const bool in_left = i < middle;
    const T key = keys[item];
    // Of the other half those that come before this element: ties go to the left.
    int64_t low = in_left ? middle : start, high = in_left ? end : middle;
    const int64_t first = low;
    while (low < high) {
      const int64_t probe = low + (high - low) / 2;
      const T other = keys[row + probe];
      const bool before =
          in_left ? precedes(other, key, descending) : !precedes(key, other, descending);
      if (before)
        low = probe + 1;
      else
        high = probe;
    }
    const int64_t to = row + start + (i - (in_left ? start : middle)) + (low - first);
    out_keys[to] = key;
    out_numbers[to] = numbers[item];
  }
};

// Two buffers; `keys` and `numbers` are those that hold the result.
template <class T>
class Sorted {
 public:
  Sorted(int64_t rows, int64_t length)
      : rows_(rows),
        length_(length),
        keys_{DeviceScratch<T>(rows * length), DeviceScratch<T>(rows * length)},
        numbers_{DeviceScratch<int64_t>(rows * length), DeviceScratch<int64_t>(rows * length)} {}

  Sorted(const Sorted&) = delete;
  Sorted& operator=(const Sorted&) = delete;

  T* keys() const { return keys_[at_].data(); }
  int64_t* numbers() const { return numbers_[at_].data(); }

  void sort(bool descending) {
    for (int64_t run = 1; run < length_; run *= 2) {
      for_each(rows_ * length_, MergeBody<T>{keys(), numbers(), keys_[1 - at_].data(),
                                             numbers_[1 - at_].data(), length_, run, descending});
      at_ = 1 - at_;
    }
  }

 private:
  int64_t rows_, length_;
  DeviceScratch<T> keys_[2];
  DeviceScratch<int64_t> numbers_[2];
  int at_ = 0;
};

}  // namespace taeda::cuda

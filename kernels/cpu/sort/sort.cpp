// Rows in order: short ones side by side in the lanes of vectors, long ones by their digits.
#include "sort.h"

#include <functional>

#include "../families.h"
#include "../rounding.h"
#include "../rows.h"
#include "lanes.h"
#include "radix.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T, class Key>
class RowSorter {
 public:
  RowSorter(int64_t length, bool descending)
      : length_(length), flip_(descending ? static_cast<KeyOf<T>>(~KeyOf<T>{0}) : 0) {}

  bool fits_lanes(int64_t rows) const {
    return length_ <= (rows < kSortLanes / 2 ? Lanes::kMostAlone : Lanes::kMostLength);
  }

  // Rows that lie `step` bytes apart, at most kSortLanes of them.
  void sort_side_by_side(const std::array<char*, 3>& at, const std::array<int64_t, 3>& step,
                         int64_t rows) const {
    Lanes lanes;
    if (rows < kSortLanes) lanes.clear(length_);
    for (int lane = 0; lane < rows; ++lane) {
      const T* row = row_of<const T>(at[2], step[2], lane);
      for (int64_t i = 0; i < length_; ++i) lanes.put(i, lane, key(row[i]));
    }
    lanes.sort(length_);
    for (int lane = 0; lane < rows; ++lane) {
      T* values = row_of<T>(at[0], step[0], lane);
      int64_t* index = row_of<int64_t>(at[1], step[1], lane);
      const T* row = row_of<const T>(at[2], step[2], lane);
      for (int64_t i = 0; i < length_; ++i) write(lanes.get(i, lane), row, values[i], index[i]);
    }
  }

  void sort_one(T* values, int64_t* index, const T* row) const {
    const Key differing = differing_bits(row);
    const int bits = static_cast<int>(std::bit_width(differing));
    if (length_ >= kCounted && bits <= std::countr_zero(differing) + kWideDigit) {
      // One digit tells all keys apart: no items are needed.
      cut_into_buckets(
          length_, std::max(differing, Key{1}), [=, this](int64_t i) { return key(row[i]); },
          [=](int64_t i, int64_t at) {
            values[at] = row[i];
            index[at] = i;
          });
      return;
    }
    const Scratch<Item<Key>> items(length_), spare(length_ <= kCompared ? 0 : length_);
    parallel_for(length_, kBlock, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) items[i] = {key(row[i]), i};
    });
    sort_items(items.data(), spare.data(), length_, differing, 0,
               [&](const Item<Key>* sorted, int64_t begin, int64_t count) {
                 for (int64_t i = 0; i < count; ++i) {
                   write(sorted[i], row, values[begin + i], index[begin + i]);
                 }
               });
  }

 private:
  using Lanes = SortLanes<Key>;
  static constexpr int64_t kBlock = 64 * 1024;

  template <class U>
  static U* row_of(char* base, int64_t step, int64_t row) {
    return reinterpret_cast<U*>(base + row * step);
  }
  Key key(T value) const { return order_key(value) ^ flip_; }
  Key differing_bits(const T* row) const {
    const int64_t blocks = ceil_div(length_, kBlock);
    const Scratch<Key> found(blocks);
    parallel_blocks(blocks, [&](int64_t block) {
      const Key first = key(row[0]);
      Key bits = 0;
      const int64_t end = std::min((block + 1) * kBlock, length_);
      for (int64_t i = block * kBlock; i < end; ++i) bits |= key(row[i]) ^ first;
      found[block] = bits;
    });
    return std::accumulate(&found[0], &found[blocks], Key{0}, std::bit_or<Key>());
  }
  void write(Item<Key> item, const T* row, T& value, int64_t& index) const {
    index = item.position();
    value = element_of(static_cast<KeyOf<T>>(item.key() ^ flip_), row, item.position());
  }

  int64_t length_;
  KeyOf<T> flip_;
};

template <class T, class Key>
void sort_as(const SortCall& call) {
  Rows<3> rows(
      {RowOperand{call.values, dtype_of<T>, true}, RowOperand{call.index, DType::Int64, true},
       RowOperand{call.in, dtype_of<T>, false}},
      call.axis);
  const RowSorter<T, Key> sorter(rows.length(), call.descending);
  rows.each_tile(
      [&](std::array<char*, 3> at, const std::array<int64_t, 3>& step, int64_t count, int64_t) {
        for (int64_t row = 0; row < count;) {
          const int64_t together = std::min<int64_t>(count - row, kSortLanes);
          const bool in_lanes = sorter.fits_lanes(together);
          if (in_lanes) {
            sorter.sort_side_by_side(at, step, together);
          } else {
            sorter.sort_one(reinterpret_cast<T*>(at[0]), reinterpret_cast<int64_t*>(at[1]),
                            reinterpret_cast<const T*>(at[2]));
          }
          const int64_t done = in_lanes ? together : 1;
          for (int o = 0; o < 3; ++o) at[o] += done * step[o];
          row += done;
        }
      });
}

void sort(const SortCall& call) {
  const int64_t length = call.in.ndim() ? call.in.shape[static_cast<size_t>(call.axis)] : 1;
  dispatch_ordered(call.in.dtype, [&]<class T>() {
    if (length < kMostNarrowItems)
      sort_as<T, KeyOf<T>>(call);
    else
      sort_as<T, uint64_t>(call);
  });
}

}  // namespace

SortKernels sort_kernels() {
  return {.sort = sort,
          .top_k = top_k,
          .search = search,
          .count_runs = count_runs,
          .runs = runs,
          .bin_count = bin_count};
}

}  // namespace taeda::cpu::inline TAEDA_ISA

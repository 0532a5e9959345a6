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
      for (int64_t i = 0; i < length_; ++i) {
        const Item<Key> item = lanes.get(i, lane);
        write(item.key(), item.position(), row, values[i], index[i]);
      }
    }
  }

  void sort_one(T* values, int64_t* index, const T* row) const {
    const Range range = range_of(row);
    const int bits = static_cast<int>(std::bit_width(range.differing));
    if (length_ >= kCounted && bits <= std::countr_zero(range.differing) + kWideDigit) {
      // One digit tells all keys apart: no items are needed.
      cut_into_buckets(
          length_, std::max(range.differing, KeyOf<T>{1}),
          [=, this](int64_t i) { return key(row[i]) - range.least; },
          [=](int64_t i, int64_t at) {
            values[at] = row[i];
            index[at] = i;
          });
      return;
    }
    if constexpr (std::is_same_v<T, int64_t>) {
      // A small range needs items of half the size.
      if (bits <= 32 && length_ < kMostNarrowItems) {
        return sort_items_of<uint32_t>(values, index, row, range);
      }
    }
    sort_items_of<Key>(values, index, row, range);
  }

 private:
  using Lanes = SortLanes<Key>;
  static constexpr int64_t kBlock = 64 * 1024;

  template <class U>
  static U* row_of(char* base, int64_t step, int64_t row) {
    return reinterpret_cast<U*>(base + row * step);
  }
  KeyOf<T> key(T value) const { return order_key(value) ^ flip_; }

  // Of the keys of a row: the least, and the bits in which their distances from it differ. Floats
  // are not moved: their range says little.
  struct Range {
    KeyOf<T> least = 0, differing = 0;
  };
  Range range_of(const T* row) const {
    struct Found {
      KeyOf<T> least, most, bits;
    };
    const int64_t blocks = ceil_div(length_, kBlock);
    const Scratch<Found> found(blocks);
    parallel_blocks(blocks, [&](int64_t block) {
      const KeyOf<T> first = key(row[0]);
      KeyOf<T> least = first, most = first, bits = 0;
      const int64_t end = std::min((block + 1) * kBlock, length_);
      for (int64_t i = block * kBlock; i < end; ++i) {
        const KeyOf<T> next = key(row[i]);
        bits |= next ^ first;
        if constexpr (std::is_integral_v<T>) {
          least = std::min(least, next);
          most = std::max(most, next);
        }
      }
      found[block] = {least, most, bits};
    });
    Found all = found[0];
    for (int64_t block = 1; block < blocks; ++block) {
      all.bits |= found[block].bits;
      all.least = std::min(all.least, found[block].least);
      all.most = std::max(all.most, found[block].most);
    }
    if (!std::is_integral_v<T>) return {0, all.bits};
    if (all.bits == 0) return {all.least, 0};
    // Bits below those in which keys differ are the same in all, and zero in the distances.
    constexpr KeyOf<T> ones = static_cast<KeyOf<T>>(~KeyOf<T>{0});
    const int low = std::countr_zero(all.bits);
    const int above = std::countl_zero(static_cast<KeyOf<T>>(all.most - all.least));
    return {all.least, static_cast<KeyOf<T>>((ones >> above) >> low << low)};
  }

  template <class ItemKey>
  void sort_items_of(T* values, int64_t* index, const T* row, const Range& range) const {
    const Scratch<Item<ItemKey>> items(length_), spare(length_ <= kCompared ? 0 : length_);
    parallel_for(length_, kBlock, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        items[i] = {static_cast<ItemKey>(key(row[i]) - range.least), i};
      }
    });
    sort_items(items.data(), spare.data(), length_, static_cast<ItemKey>(range.differing), 0,
               [&](const Item<ItemKey>* sorted, int64_t begin, int64_t count) {
                 for (int64_t i = 0; i < count; ++i) {
                   write(sorted[i].key() + range.least, sorted[i].position(), row,
                         values[begin + i], index[begin + i]);
                 }
               });
  }

  void write(Key key, int64_t position, const T* row, T& value, int64_t& index) const {
    index = position;
    value = element_of(static_cast<KeyOf<T>>(key ^ flip_), row, position);
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

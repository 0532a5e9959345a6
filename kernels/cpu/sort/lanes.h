// Short rows sorted side by side, one in each lane of the vectors, by a sorting network: Batcher's
// merge exchange, for any length and without branches on data.
#pragma once

#include <algorithm>

#include "items.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kSortLanes = Vec<int64_t>::size;

// Calls exchange(i, j), i < j, for the pairs of the network of that length.
template <class Exchange>
inline void merge_exchange(int64_t length, const Exchange& exchange) {
  if (length < 2) return;
  const int64_t top = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(length))) / 2;
  for (int64_t p = top; p > 0; p /= 2) {
    int64_t distance = p, parity = 0;
    for (int64_t q = top;; q /= 2) {
      // The i below length - distance with (i & p) == parity, in runs of p.
      for (int64_t start = parity; start < length - distance; start += 2 * p) {
        const int64_t end = std::min(start + p, length - distance);
        for (int64_t i = start; i < end; ++i) exchange(i, i + distance);
      }
      if (q == p) break;
      distance = q - p;
      parity = p;
    }
  }
}

template <class Key>
class SortLanes;

template <>
class SortLanes<uint32_t> {
 public:
  static constexpr int64_t kMostLength = 1024;
  static constexpr int64_t kMostAlone = 128;  // of a row that fills no neighbouring lanes

  void clear(int64_t length) { std::fill_n(words_[0], length * kSortLanes, 0); }
  void put(int64_t i, int lane, uint32_t key) {
    words_[i][lane] = static_cast<int64_t>(Item<uint32_t>(key, i).word ^ kTopBit<uint64_t>);
  }
  Item<uint32_t> get(int64_t i, int lane) const {
    Item<uint32_t> item;
    item.word = static_cast<uint64_t>(words_[i][lane]) ^ kTopBit<uint64_t>;
    return item;
  }
  void sort(int64_t length) {
    merge_exchange(length, [this](int64_t i, int64_t j) {
      const auto a = Vec<int64_t>::load(words_[i]), b = Vec<int64_t>::load(words_[j]);
      const Mask<int64_t> swapped = b < a;
      select(swapped, b, a).store(words_[i]);
      select(swapped, a, b).store(words_[j]);
    });
  }

 private:
  alignas(64) int64_t words_[kMostLength][kSortLanes];
};

template <>
class SortLanes<uint64_t> {
 public:
  static constexpr int64_t kMostLength = 128;
  static constexpr int64_t kMostAlone = 64;

  void clear(int64_t length) {
    std::fill_n(keys_[0], length * kSortLanes, 0);
    std::fill_n(places_[0], length * kSortLanes, 0);
  }
  void put(int64_t i, int lane, uint64_t key) {
    keys_[i][lane] = static_cast<int64_t>(key ^ kTopBit<uint64_t>);
    places_[i][lane] = i;
  }
  Item<uint64_t> get(int64_t i, int lane) const {
    return {static_cast<uint64_t>(keys_[i][lane]) ^ kTopBit<uint64_t>, places_[i][lane]};
  }
  void sort(int64_t length) {
    merge_exchange(length, [this](int64_t i, int64_t j) {
      const auto a = Vec<int64_t>::load(keys_[i]), b = Vec<int64_t>::load(keys_[j]);
      const auto at = Vec<int64_t>::load(places_[i]), bt = Vec<int64_t>::load(places_[j]);
      const Mask<int64_t> swapped = (b < a) | ((b == a) & (bt < at));
      select(swapped, b, a).store(keys_[i]);
      select(swapped, a, b).store(keys_[j]);
      select(swapped, bt, at).store(places_[i]);
      select(swapped, at, bt).store(places_[j]);
    });
  }

 private:
  alignas(64) int64_t keys_[kMostLength][kSortLanes];
  alignas(64) int64_t places_[kMostLength][kSortLanes];
};

}  // namespace taeda::cpu::inline TAEDA_ISA

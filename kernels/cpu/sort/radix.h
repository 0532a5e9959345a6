// Sorting items by the digits of their keys.
#pragma once

#include <algorithm>

#include "items.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kCompared = 96;             // items that are faster compared than counted
inline constexpr int64_t kCounted = 4096;            // from here on wider digits pay
inline constexpr int64_t kCached = 128 * 1024;       // above, items are first cut into buckets
inline constexpr int64_t kSharedBucket = 1 << 19;    // from here on all threads share a bucket
inline constexpr int kNarrowDigit = 8, kWideDigit = 11;

// Stable, by the bits of the keys that `differing` has, lowest digit first. `spare` has as much
// room; the result is where the function says.
template <class Key>
Item<Key>* sort_digits(Item<Key>* items, Item<Key>* spare, int64_t count, Key differing) {
  constexpr int kBits = sizeof(Key) * 8;
  constexpr int kMostPasses = (kBits + kNarrowDigit - 1) / kNarrowDigit;
  constexpr int kMostCounts = (kBits + kWideDigit - 1) / kWideDigit << kWideDigit;
  if (differing == 0) return items;
  const int low = std::countr_zero(differing);
  const int bits = static_cast<int>(std::bit_width(differing)) - low;
  const int most = count < kCounted ? kNarrowDigit : kWideDigit;
  const int passes = (bits + most - 1) / most, width = (bits + passes - 1) / passes;
  const Key mask = static_cast<Key>((Key{1} << width) - 1);
  uint32_t counts[kMostCounts];
  uint32_t* of_pass[kMostPasses];
  for (int pass = 0; pass < passes; ++pass) of_pass[pass] = counts + (pass << width);
  std::fill_n(counts, passes << width, 0u);
  for (int64_t i = 0; i < count; ++i) {
    Key rest = static_cast<Key>(items[i].key() >> low);
    for (int pass = 0; pass < passes; ++pass, rest = static_cast<Key>(rest >> width)) {
      ++of_pass[pass][rest & mask];
    }
  }
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = low + pass * width;
    uint32_t* starts = of_pass[pass];
    if (starts[items[0].key() >> shift & mask] == count) continue;  // all share the digit
    uint32_t at = 0;
    for (uint32_t* each = starts; each <= starts + mask; ++each) at += std::exchange(*each, at);
    for (int64_t i = 0; i < count; ++i) {
      const Item<Key> item = items[i];
      spare[starts[item.key() >> shift & mask]++] = item;
    }
    std::swap(items, spare);
  }
  return items;
}

// Items in buckets by one digit, the order within a bucket kept. borders[d] is where bucket d
// begins. The blocks of the loop over threads depend on the count alone.
template <class Key>
void cut_into_buckets(const Item<Key>* items, Item<Key>* to, int64_t count, int shift, Key mask,
                      int64_t* borders) {
  const int64_t digits = static_cast<int64_t>(mask) + 1;
  const int64_t blocks = std::clamp<int64_t>(count >> 16, 1, 64);
  const int64_t block_size = (count + blocks - 1) / blocks;
  const Scratch<int64_t> starts(blocks * digits);
  const auto each = [&](int64_t block, auto visit) {
    int64_t* own = starts.data() + block * digits;
    const int64_t end = std::min((block + 1) * block_size, count);
    for (int64_t i = block * block_size; i < end; ++i) {
      visit(items[i], own[items[i].key() >> shift & mask]);
    }
  };
  parallel_blocks(blocks, [&](int64_t block) {
    std::fill_n(starts.data() + block * digits, digits, int64_t{0});
    each(block, [](Item<Key>, int64_t& number) { ++number; });
  });
  int64_t at = 0;
  for (int64_t digit = 0; digit < digits; ++digit) {
    borders[digit] = at;
    for (int64_t block = 0; block < blocks; ++block) {
      at += std::exchange(starts[block * digits + digit], at);
    }
  }
  borders[digits] = at;
  parallel_blocks(blocks, [&](int64_t block) {
    each(block, [to](Item<Key> item, int64_t& place) { to[place++] = item; });
  });
}

// Sorts items that differ in the bits of `differing` only, and calls emit(sorted, begin, count) for
// the pieces of the result; `begin` counts from the `first` given. Pieces come in any order, from
// any thread.
template <class Key, class Emit>
void sort_items(Item<Key>* items, Item<Key>* spare, int64_t count, Key differing, int64_t first,
                const Emit& emit) {
  if (count <= kCompared) {
    std::sort(items, items + count);
    return emit(items, first, count);
  }
  if (count <= kCached || differing == 0) {
    return emit(sort_digits(items, spare, count, differing), first, count);
  }
  const int top = static_cast<int>(std::bit_width(differing));
  const int shift = std::max(top - kWideDigit, std::countr_zero(differing));
  const Key mask = static_cast<Key>((Key{1} << (top - shift)) - 1);
  const Key rest = static_cast<Key>(differing & ((Key{1} << shift) - 1));
  const int64_t digits = static_cast<int64_t>(mask) + 1;
  const Scratch<int64_t> borders(digits + 1);
  cut_into_buckets(items, spare, count, shift, mask, borders.data());
  const auto sort_bucket = [&](int64_t digit) {
    const int64_t begin = borders[digit], size = borders[digit + 1] - begin;
    if (size > 0) sort_items(spare + begin, items + begin, size, rest, first + begin, emit);
  };
  const auto is_shared = [&](int64_t digit) {
    return borders[digit + 1] - borders[digit] >= kSharedBucket;
  };
  for (int64_t digit = 0; digit < digits; ++digit) {
    if (is_shared(digit)) sort_bucket(digit);
  }
  parallel_blocks(digits, [&](int64_t digit) {
    if (!is_shared(digit)) sort_bucket(digit);
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// Sorting items by the digits of their keys.
#pragma once

#include <algorithm>
#include <array>
#include <numeric>

#include "items.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kCompared = 96;           // items that are faster compared than counted
inline constexpr int64_t kCounted = 4096;          // from here on wider digits pay
inline constexpr int64_t kCached = 128 * 1024;     // above, items are first cut into buckets
inline constexpr int64_t kSharedBucket = 1 << 19;  // from here on all threads share a bucket
inline constexpr int kNarrowDigit = 8, kWideDigit = 11;
inline constexpr int kSpareBits = 7;  // upper bits beyond those of the count that tell items apart

// Stable, by the bits of the keys that `differing` has (not 0), lowest digit first. `spare` has as
// much room; the result is where the function says.
template <class Key>
Item<Key>* sort_digits(Item<Key>* items, Item<Key>* spare, int64_t count, Key differing) {
  constexpr int kBits = sizeof(Key) * 8;
  constexpr int kMostPasses = ceil_div(kBits, kNarrowDigit);
  constexpr int kMostCounts = ceil_div(kBits, kWideDigit) << kWideDigit;
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

// Moves each item back to its place among its neighbours; false once that took too many moves.
template <class Key>
bool insert_each(Item<Key>* items, int64_t count) {
  int64_t budget = 4 * count;
  for (int64_t i = 1; i < count; ++i) {
    const Item<Key> item = items[i];
    int64_t at = i;
    for (; at > 0 && item < items[at - 1]; --at) items[at] = items[at - 1];
    items[at] = item;
    budget -= i - at;
    if (budget < 0) return false;
  }
  return true;
}

// The upper digits tell almost all items of a few apart: the others are out of place by little.
template <class Key>
Item<Key>* sort_few(Item<Key>* items, Item<Key>* spare, int64_t count, Key differing) {
  const int most = count < kCounted ? kNarrowDigit : kWideDigit;
  const int wanted = static_cast<int>(std::bit_width(static_cast<uint64_t>(count))) + kSpareBits;
  const int taken = (wanted + most - 1) / most * most;
  const int top = static_cast<int>(std::bit_width(differing));
  // Moving items costs more than one more digit.
  if (top - std::countr_zero(differing) <= taken + most) {
    return sort_digits(items, spare, count, differing);
  }
  const Key upper = static_cast<Key>(differing >> (top - taken) << (top - taken));
  Item<Key>* sorted = sort_digits(items, spare, count, upper);
  if (insert_each(sorted, count)) return sorted;
  return sort_digits(sorted, sorted == items ? spare : items, count, differing);
}

// Where the buckets of a digit begin.
struct Buckets {
  int64_t count;  // of buckets
  int shift;      // of the digit
  std::array<int64_t, (1 << kWideDigit) + 1> borders;
};

// Puts what has the keys key_at(i) into buckets by their upper bits, the order within a bucket
// kept: calls place(i, where) for each. The blocks of the loop over threads depend on the count
// alone.
template <class Key, class KeyAt, class Place>
Buckets cut_into_buckets(int64_t count, Key differing, const KeyAt& key_at, const Place& place) {
  const int top = static_cast<int>(std::bit_width(differing));
  int shift = std::max(top - kWideDigit, std::countr_zero(differing));
  int64_t digits = int64_t{1} << (top - shift);
  const int64_t blocks = std::clamp<int64_t>(count >> 16, 1, 64);
  const int64_t block_size = ceil_div(count, blocks);
  const Scratch<int64_t> starts(blocks * digits);
  const auto each = [&](int64_t block, auto visit) {
    const Key mask = static_cast<Key>(digits - 1);
    int64_t* own = starts.data() + block * digits;
    const int64_t end = std::min((block + 1) * block_size, count);
    for (int64_t i = block * block_size; i < end; ++i) {
      visit(i, own[key_at(i) >> shift & mask]);
    }
  };
  parallel_blocks(blocks, [&](int64_t block) {
    std::fill_n(starts.data() + block * digits, digits, int64_t{0});
    each(block, [](int64_t, int64_t& number) { ++number; });
  });
  // Where the keys are spread evenly, fewer buckets do: their ends stay in the cache.
  const auto in_bucket = [&](int64_t first, int64_t width) {
    int64_t sum = 0;
    for (int64_t block = 0; block < blocks; ++block) {
      for (int64_t d = 0; d < width; ++d) sum += starts[block * digits + first + d];
    }
    return sum;
  };
  constexpr int64_t kMerged = 1 << (kWideDigit - kNarrowDigit);
  bool is_even = digits > (1 << kNarrowDigit) && (differing & ((Key{1} << shift) - 1)) != 0;
  for (int64_t digit = 0; is_even && digit < digits; digit += kMerged) {
    is_even = in_bucket(digit, kMerged) <= count / 64;
  }
  if (is_even) {
    for (int64_t i = 0; i < blocks * digits / kMerged; ++i) {
      starts[i] = std::accumulate(&starts[i * kMerged], &starts[(i + 1) * kMerged], int64_t{0});
    }
    digits /= kMerged;
    shift += kWideDigit - kNarrowDigit;
  }
  Buckets buckets;
  buckets.count = digits;
  buckets.shift = shift;
  int64_t at = 0;
  for (int64_t digit = 0; digit < digits; ++digit) {
    buckets.borders[static_cast<size_t>(digit)] = at;
    for (int64_t block = 0; block < blocks; ++block) {
      at += std::exchange(starts[block * digits + digit], at);
    }
  }
  buckets.borders[static_cast<size_t>(digits)] = at;
  parallel_blocks(blocks, [&](int64_t block) {
    each(block, [&place](int64_t i, int64_t& where) { place(i, where++); });
  });
  return buckets;
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
  if (differing == 0) return emit(items, first, count);
  if (count <= kCached) {
    return emit(sort_few(items, spare, count, differing), first, count);
  }
  const Buckets buckets = cut_into_buckets(
      count, differing, [items](int64_t i) { return items[i].key(); },
      [items, spare](int64_t i, int64_t at) { spare[at] = items[i]; });
  const auto& borders = buckets.borders;
  const Key rest = static_cast<Key>(differing & ((Key{1} << buckets.shift) - 1));
  const auto sort_bucket = [&](int64_t digit) {
    const size_t at = static_cast<size_t>(digit);
    const int64_t begin = borders[at], size = borders[at + 1] - begin;
    if (size > 0) sort_items(spare + begin, items + begin, size, rest, first + begin, emit);
  };
  const auto is_shared = [&](int64_t digit) {
    const size_t at = static_cast<size_t>(digit);
    return borders[at + 1] - borders[at] >= kSharedBucket;
  };
  for (int64_t digit = 0; digit < buckets.count; ++digit) {
    if (is_shared(digit)) sort_bucket(digit);
  }
  parallel_blocks(buckets.count, [&](int64_t digit) {
    if (!is_shared(digit)) sort_bucket(digit);
  });
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// Random permutations: the numbers 0 .. n-1 in the order of random keys.
#include <algorithm>
#include <bit>
#include <utility>

#include "random.h"
#include "rounding.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "words.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kLeastPart = 4 * 1024, kMostPart = 16 * 1024;  // elements that a task takes
constexpr int kSmallDigit = 8;                                   // bits of a digit within a bucket
constexpr int kBucketBits = 10;  // a bucket holds about 2^10 elements

// A key's upper bits name a bucket; of the rest as many as leave room for the number itself stand
// above it in one word, so that sorting words sorts by key and, among equal keys, by number.
struct Layout {
  int number_bits, bucket_bits;

  explicit Layout(int64_t count)
      : number_bits(static_cast<int>(std::bit_width(static_cast<uint64_t>(count - 1)))),
        bucket_bits(std::clamp(number_bits - kBucketBits, 0, 11)) {}

  int64_t buckets() const { return int64_t{1} << bucket_bits; }
  int64_t bucket_of(uint64_t key) const {
    return bucket_bits == 0 ? 0 : static_cast<int64_t>(key >> (64 - bucket_bits));
  }
  uint64_t word(uint64_t key, int64_t number) const {
    const uint64_t mask = (uint64_t{1} << number_bits) - 1;
    return ((key << bucket_bits) & ~mask) | static_cast<uint64_t>(number);
  }
};

// Sorts by the upper 16 bits, a digit at a time; neighbours that those bits leave out of order are
// few and near.
void sort_words(uint64_t* words, uint64_t* other, int64_t count) {
  constexpr int64_t few = 64;
  for (int shift = 64 - 2 * kSmallDigit; count > few && shift < 64; shift += kSmallDigit) {
    uint32_t starts[1 << kSmallDigit] = {};
    for (int64_t i = 0; i < count; ++i) ++starts[words[i] >> shift & 0xff];
    uint32_t sum = 0;
    for (uint32_t& start : starts) sum += std::exchange(start, sum);
    for (int64_t i = 0; i < count; ++i) other[starts[words[i] >> shift & 0xff]++] = words[i];
    std::swap(words, other);
  }
  for (int64_t i = 1; i < count; ++i) {
    const uint64_t word = words[i];
    int64_t j = i;
    for (; j > 0 && words[j - 1] > word; --j) words[j] = words[j - 1];
    words[j] = word;
  }
}

// Calls visit(key, number) for the numbers of a part.
template <class Visit>
void each_key(RandomStream stream, int64_t begin, int64_t end, Visit visit) {
  constexpr int64_t piece = 1024;
  alignas(64) uint64_t keys[piece];
  for (int64_t at = begin; at < end; at += piece) {
    const int64_t size = std::min(piece, end - at);
    random_words(stream, at, size, keys);
    for (int64_t i = 0; i < size; ++i) visit(keys[i], at + i);
  }
}

}  // namespace

void permutation(const Array& out, RandomStream stream) {
  const int64_t count = out.numel();
  if (count == 0) return;
  const Layout layout(count);
  const int64_t size_of_part = std::clamp(ceil_div(count, int64_t{4}), kLeastPart, kMostPart);
  const int64_t buckets = layout.buckets(), parts = ceil_div(count, size_of_part);
  // starts[part][bucket]: where the next word of that part goes.
  const Scratch<int64_t> starts(parts * buckets), bounds(buckets + 1);
  parallel_blocks(parts, [&](int64_t part) {
    int64_t* counts = starts.data() + part * buckets;
    std::fill_n(counts, buckets, 0);
    each_key(stream, part * size_of_part, std::min((part + 1) * size_of_part, count),
             [&](uint64_t key, int64_t) { ++counts[layout.bucket_of(key)]; });
  });
  int64_t sum = 0;
  for (int64_t bucket = 0; bucket < buckets; ++bucket) {
    bounds[bucket] = sum;
    for (int64_t part = 0; part < parts; ++part) {
      sum += std::exchange(starts[part * buckets + bucket], sum);
    }
  }
  bounds[buckets] = sum;
  const Scratch<uint64_t> words(count);
  parallel_blocks(parts, [&](int64_t part) {
    int64_t* next = starts.data() + part * buckets;
    each_key(stream, part * size_of_part, std::min((part + 1) * size_of_part, count),
             [&](uint64_t key, int64_t number) {
               words[next[layout.bucket_of(key)]++] = layout.word(key, number);
             });
  });
  const uint64_t mask = (uint64_t{1} << layout.number_bits) - 1;
  parallel_for(buckets, std::max<int64_t>(1, size_of_part * buckets / count),
               [&](int64_t begin, int64_t end) {
                 for (int64_t bucket = begin; bucket < end; ++bucket) {
                   const int64_t first = bounds[bucket], size = bounds[bucket + 1] - first;
                   int64_t* to = out.as<int64_t>() + first;
                   // The result's own memory is the second buffer.
                   sort_words(words.data() + first, reinterpret_cast<uint64_t*>(to), size);
                   for (int64_t i = 0; i < size; ++i) {
                     to[i] = static_cast<int64_t>(words[first + i] & mask);
                   }
                 }
               });
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// Random words for runs of elements, many Philox counters at a time.
#pragma once

#include <algorithm>

#include "taeda/kernels/philox.h"
#include "taeda/kernels/simd/lanes.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kPhiloxLanes = 16;  // counters that are advanced side by side

// The words of counters first .. first + kPhiloxLanes - 1, in order: 4 * kPhiloxLanes of them.
// A word is the lower half of a 64-bit lane; what lies above it is never read, so that a product
// need not be masked.
inline void philox_lanes(RandomStream stream, uint64_t first, uint32_t* out) {
  using V = Vec<int64_t>;
  constexpr int vectors = kPhiloxLanes / V::size;
  constexpr uint64_t low = 0xffffffffu;
  alignas(64) int64_t counters[kPhiloxLanes];
  for (int l = 0; l < kPhiloxLanes; ++l) counters[l] = static_cast<int64_t>(first) + l;
  V c0[vectors], c1[vectors], c2[vectors], c3[vectors];
  for (int v = 0; v < vectors; ++v) {
    c0[v] = V::load(counters + v * V::size);
    c1[v] = shift_right_logical(c0[v], 32);
    c2[v] = V(stream.offset & low);
    c3[v] = V(stream.offset >> 32);
  }
  uint32_t k0 = static_cast<uint32_t>(stream.seed), k1 = static_cast<uint32_t>(stream.seed >> 32);
  const V m0(philox::kMultiplier0), m1(philox::kMultiplier1);
  for (int round = 0; round < philox::kRounds; ++round) {
    const V key0(k0), key1(k1);
    for (int v = 0; v < vectors; ++v) {
      const V p0 = multiply_lower_halves(m0, c0[v]), p1 = multiply_lower_halves(m1, c2[v]);
      c0[v] = shift_right_logical(p1, 32) ^ c1[v] ^ key0;
      c1[v] = p1;
      c2[v] = shift_right_logical(p0, 32) ^ c3[v] ^ key1;
      c3[v] = p0;
    }
    k0 += philox::kWeyl0;
    k1 += philox::kWeyl1;
  }
  for (int v = 0; v < vectors; ++v) {
    const V first_pair = (c0[v] & V(low)) | (c1[v] << 32);
    const V second_pair = (c2[v] & V(low)) | (c3[v] << 32);
    V pairs[2];
    interleave(first_pair, second_pair, pairs[0], pairs[1]);
    std::memcpy(out + 4 * v * V::size, pairs, sizeof pairs);
  }
}

// A word for each element begin .. begin + count - 1 of a stream; `begin` is a multiple of 4, and
// the buffer has room for count rounded up to a multiple of 4 * kPhiloxLanes.
inline void random_words(RandomStream stream, int64_t begin, int64_t count, uint32_t* out) {
  for (int64_t i = 0; i < count; i += 4 * kPhiloxLanes) {
    philox_lanes(stream, static_cast<uint64_t>(begin + i) / 4, out + i);
  }
}

// 64 bits for each element: the words 2i and 2i + 1. `begin` is a multiple of 2.
inline void random_words(RandomStream stream, int64_t begin, int64_t count, uint64_t* out) {
  uint32_t words[4 * kPhiloxLanes];
  for (int64_t i = 0; i < count; i += 2 * kPhiloxLanes) {
    philox_lanes(stream, static_cast<uint64_t>(begin + i) / 2, words);
    for (int j = 0; j < 2 * kPhiloxLanes; ++j) {
      out[i + j] = uint64_t{words[2 * j + 1]} << 32 | words[2 * j];
    }
  }
}

}  // namespace taeda::cpu::inline TAEDA_ISA

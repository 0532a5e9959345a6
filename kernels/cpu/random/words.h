// Random words for runs of elements, many Philox counters at a time.
#pragma once

#include <algorithm>

#include "taeda/kernels/philox.h"
#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kPhiloxLanes = 16;  // counters side by side: loops over them become vectors

// The words of counters first .. first + kPhiloxLanes - 1, in order: 4 * kPhiloxLanes of them.
inline void philox_lanes(RandomStream stream, uint64_t first, uint32_t* out) {
  uint32_t c0[kPhiloxLanes], c1[kPhiloxLanes], c2[kPhiloxLanes], c3[kPhiloxLanes];
  for (int l = 0; l < kPhiloxLanes; ++l) {
    const uint64_t block = first + static_cast<uint64_t>(l);
    c0[l] = static_cast<uint32_t>(block);
    c1[l] = static_cast<uint32_t>(block >> 32);
    c2[l] = static_cast<uint32_t>(stream.offset);
    c3[l] = static_cast<uint32_t>(stream.offset >> 32);
  }
  uint32_t k0 = static_cast<uint32_t>(stream.seed), k1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    for (int l = 0; l < kPhiloxLanes; ++l) {
      const uint64_t p0 = uint64_t{philox::kMultiplier0} * c0[l];
      const uint64_t p1 = uint64_t{philox::kMultiplier1} * c2[l];
      c0[l] = static_cast<uint32_t>(p1 >> 32) ^ c1[l] ^ k0;
      c1[l] = static_cast<uint32_t>(p1);
      c2[l] = static_cast<uint32_t>(p0 >> 32) ^ c3[l] ^ k1;
      c3[l] = static_cast<uint32_t>(p0);
    }
    k0 += philox::kWeyl0;
    k1 += philox::kWeyl1;
  }
  for (int l = 0; l < kPhiloxLanes; ++l) {
    out[4 * l] = c0[l];
    out[4 * l + 1] = c1[l];
    out[4 * l + 2] = c2[l];
    out[4 * l + 3] = c3[l];
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

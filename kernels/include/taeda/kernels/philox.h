// Philox4x32-10, the random generator of every device: a pure function of a counter and a key.
//
// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <cstdint>

#include "taeda/kernels/export.h"

namespace taeda {

// Where an operation's random numbers come from: the seed is the key, the offset counts the calls
// that have drawn from the generator. Both are the same whatever device or number of threads draws.
struct RandomStream {
  uint64_t seed = 0;
  uint64_t offset = 0;
};

// Four independent words of 32 uniform bits.
struct PhiloxWords {
  uint32_t word[4];
};

namespace philox {

inline constexpr int kRounds = 10;
inline constexpr uint32_t kMultiplier0 = 0xD2511F53u, kMultiplier1 = 0xCD9E8D57u;
inline constexpr uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;

}  // namespace philox

// The words of one counter: its lower half is `block`, its upper half the offset of the stream.
TAEDA_HD inline PhiloxWords philox_words(RandomStream stream, uint64_t block) {
  uint32_t c0 = static_cast<uint32_t>(block), c1 = static_cast<uint32_t>(block >> 32);
  uint32_t c2 = static_cast<uint32_t>(stream.offset),
           c3 = static_cast<uint32_t>(stream.offset >> 32);
  uint32_t k0 = static_cast<uint32_t>(stream.seed), k1 = static_cast<uint32_t>(stream.seed >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    const uint64_t p0 = uint64_t{philox::kMultiplier0} * c0;
    const uint64_t p1 = uint64_t{philox::kMultiplier1} * c2;
    c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<uint32_t>(p1);
    c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<uint32_t>(p0);
    k0 += philox::kWeyl0;
    k1 += philox::kWeyl1;
  }
  return {{c0, c1, c2, c3}};
}

}  // namespace taeda

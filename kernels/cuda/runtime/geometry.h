// How work is cut into the blocks and threads of a launch.
#pragma once

#include <algorithm>
#include <cstdint>

namespace taeda::cuda {

inline constexpr int kThreads = 256;  // of every block
inline constexpr int kWarp = 32;      // of them that run as one
// Enough to fill any device; a thread then does several items.
inline constexpr int64_t kMostBlocks = int64_t{1} << 16;

struct Grid {
  unsigned blocks;
};

// A thread for each item, as far as there are blocks; thread t of block b does the items
// b * kThreads + t, and on in steps of blocks * kThreads.
constexpr Grid item_geometry(int64_t items) {
  return {static_cast<unsigned>(std::min((items + kThreads - 1) / kThreads, kMostBlocks))};
}
// A block for each item, in steps of the number of blocks.
constexpr Grid block_geometry(int64_t items) {
  return {static_cast<unsigned>(std::min(items, kMostBlocks))};
}

static_assert(item_geometry(1).blocks == 1 && item_geometry(257).blocks == 2);
static_assert(item_geometry(int64_t{1} << 40).blocks == kMostBlocks);

}  // namespace taeda::cuda

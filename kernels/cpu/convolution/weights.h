// The weights of a correlation, packed for the micro-kernel.
#pragma once

#include <atomic>

#include "convolution/correlate.h"
#include "convolution/window_tile.h"
#include "matrix/pack.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

// to[channel][tap][i]: the weights of output channels [row, row + rows) of a group for input
// channels [channel, channel + channels).
template <class T>
void pack_weights(const Correlation<T>& c, int64_t group, int64_t row, int rows, int64_t channel,
                  int64_t channels, T* to) {
  const int64_t taps = std::ssize(c.weight_taps);
  const T* weight = c.weight + group * c.weight_group_stride;
  if (weights_lie_in_order(c)) {
    return pack_lines(Lines{weight, dtype_of<T>, c.weight_row_stride, 1}, row, rows, channel * taps,
                      channels * taps, to, rows);
  }
  weight += row * c.weight_row_stride;
  for (int64_t i = channel; i < channel + channels; ++i) {
    for (const int64_t tap : c.weight_taps) {
      const T* from = weight + i * c.weight_channel_stride + tap;
      for (int r = 0; r < rows; ++r) to[r] = from[r * c.weight_row_stride];
      to += rows;
    }
  }
}

template <class T>
bool all_finite(const T* values, int64_t count) {
  Vec<T> products(0);  // zero times a number is zero, else it is not a number
  for (int64_t i = 0; i < count; i += Vec<T>::size) {
    const int64_t left = count - i;
    const Vec<T> some = left >= Vec<T>::size
                            ? Vec<T>::load(values + i)
                            : FirstLanes<T>(static_cast<int>(left)).load(values + i);
    products = fma(some, Vec<T>(0), products);
  }
  return !any(isnan(products));
}

// For each group, block of rows (output channels) and block of k (whole input channels, each with
// all taps): the tiles one after the other, the rows of one k side by side.
template <class T>
class PackedWeights {
 public:
  // `row_limit`: rows of a block at most; `checked`: whether are_finite() will be asked.
  PackedWeights(const Correlation<T>& correlation, int64_t row_limit, bool checked)
      : p_(correlation),
        checked_(checked),
        taps_(static_cast<int64_t>(p_.taps.size())),
        depth_(p_.in_channels * taps_),
        block_channels_(channels_of_block(p_.in_channels, taps_)),
        row_blocks_(ceil_div(p_.out_channels, row_limit)),
        block_rows_(ceil_div(ceil_div(p_.out_channels, row_blocks_), kTileRows) * kTileRows),
        packed_(p_.groups * p_.out_channels * depth_) {
    row_blocks_ = ceil_div(p_.out_channels, block_rows_);
    std::vector<Tile> tiles;  // of a group
    for (int64_t block = 0; block < row_blocks_; ++block) {
      for (int64_t row = first_row(block); row < end_row(block); row += tiles.back().rows) {
        tiles.push_back({block, row, height(end_row(block) - row)});
      }
    }
    const int64_t of_group = static_cast<int64_t>(tiles.size());
    const int64_t work = std::min<int64_t>(kTileRows, p_.out_channels) * depth_;
    parallel_for(p_.groups * of_group, std::max<int64_t>(1, (1 << 14) / work),
                 [&](int64_t first, int64_t end) {
                   for (int64_t i = first; i < end; ++i) {
                     pack(i / of_group, tiles[static_cast<size_t>(i % of_group)]);
                   }
                 });
  }

  // Whether what a tap meets beyond the border, zero, adds nothing to a sum.
  bool are_finite() const { return finite_.load(std::memory_order_relaxed); }
  // Input channels of one block of k.
  int64_t block_channels() const { return block_channels_; }
  int64_t row_blocks() const { return row_blocks_; }
  int64_t first_row(int64_t block) const { return block * block_rows_; }
  int64_t end_row(int64_t block) const {
    return std::min((block + 1) * block_rows_, p_.out_channels);
  }
  int height(int64_t rows_left) const {
    return p_.out_channels <= kWideRows ? static_cast<int>(rows_left) : next_height(rows_left);
  }

  // The tiles of a block of rows and the input channels from `channel` on.
  const T* at(int64_t group, int64_t block, int64_t channel) const {
    const int64_t rows = end_row(block) - first_row(block);
    return packed_.data() + (group * p_.out_channels + first_row(block)) * depth_ +
           channel * taps_ * rows;
  }

 private:
  // The rows of a block that the micro-kernel takes at once.
  struct Tile {
    int64_t block, row;
    int rows;
  };

  // Blocks are about as deep as each other.
  static int64_t channels_of_block(int64_t channels, int64_t taps) {
    const int64_t blocks = (channels * taps + kDepthBlock / 2) / kDepthBlock;
    return ceil_div(channels, std::clamp<int64_t>(blocks, 1, channels));
  }

  void pack(int64_t group, const Tile& tile) {
    for (int64_t channel = 0; channel < p_.in_channels; channel += block_channels_) {
      const int64_t channels = std::min(block_channels_, p_.in_channels - channel);
      const int64_t before = tile.row - first_row(tile.block);
      T* to = const_cast<T*>(at(group, tile.block, channel)) + before * channels * taps_;
      pack_weights(p_, group, tile.row, tile.rows, channel, channels, to);
      if (checked_ && !all_finite(to, channels * taps_ * tile.rows)) {
        finite_.store(false, std::memory_order_relaxed);
      }
    }
  }

  const Correlation<T>& p_;
  bool checked_;
  int64_t taps_, depth_, block_channels_, row_blocks_, block_rows_;
  Scratch<T> packed_;
  std::atomic<bool> finite_{true};
};

}  // namespace taeda::cpu::inline TAEDA_ISA

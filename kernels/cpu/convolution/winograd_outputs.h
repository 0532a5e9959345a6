// From sums of Winograd's products to the outputs of a correlation.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/winograd_tiles.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class WinogradOutputs {
 public:
  WinogradOutputs(const Correlation<T>& correlation, const Tiling& tiling,
                  const Winograd<T>& products)
      : p_(correlation),
        tiling_(tiling),
        products_(products),
        bias_(static_cast<size_t>(ceil_div(p_.out_channels, kLanes) * kLanes)),
        channel_at_(static_cast<size_t>(p_.out_channels)),
        sum_again_(std::make_unique<std::atomic<bool>[]>(static_cast<size_t>(p_.images))) {
    const int64_t phases = static_cast<int64_t>(p_.phases.size());
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      channel_at_[static_cast<size_t>(m)] =
          m / phases * p_.out_strides[1] + p_.phases[static_cast<size_t>(m % phases)];
    }
    if (p_.bias.data) {
      converter(dtype_of<T>, p_.bias.dtype)(bias_.data(), 1, p_.bias.data, p_.bias.row_stride,
                                            p_.out_channels);
    }
  }

  int64_t lines_size() const { return products_.rows->outputs * p_.outputs[2] * kLanes; }

  // The images of which a result is not finite.
  std::set<int64_t> not_finite() const {
    std::set<int64_t> images;
    for (int64_t i = 0; i < p_.images; ++i) {
      if (sum_again_[static_cast<size_t>(i)].load(std::memory_order_relaxed)) images.insert(i);
    }
    return images;
  }

  // Of a strip of tiles and of as many channels as a vector has lanes; `tile` is the strip's first
  // one in `sums`, and `lines` has room for lines_size().
  void store_strip(int64_t strip, const TileMatrices<T>& sums, int64_t tile, int64_t channel,
                   int64_t lane, T* lines) const {
    const int64_t slice = strip / tiling_.rows, y = strip % tiling_.rows * products_.rows->outputs;
    const int64_t image = slice / tiling_.slices, z = slice % tiling_.slices;
    const int64_t of_tile = products_.columns->outputs, width = p_.outputs[2];
    const int64_t height = std::min<int64_t>(products_.rows->outputs, p_.outputs[1] - y);
    const int channels =
        static_cast<int>(std::min<int64_t>(kLanes, p_.out_channels - channel - lane));
    const int64_t* channel_at = channel_at_.data() + channel + lane;
    const int64_t at = image * p_.out_strides[0] + z * p_.out_strides[2] + y * p_.out_strides[3];
    const int64_t step = p_.out_strides[4], row_stride = p_.out_strides[3];
    const bool one_line = row_stride == width * step;
    const int64_t length = one_line ? height * width : width;
    // The lines that the outputs go to come from far away: they are asked for while these are
    // computed.
    const bool asks = (step == 1 || step == 2) && p_.out_dtype == dtype_of<T>;
    int64_t asked_row = 0, asked = 0;
    for (int64_t x = 0; x < width; x += of_tile, ++tile) {
      const int64_t end = height * std::min(x + of_tile, width);
      while (asks && asked_row * length + asked < end) {
        expect_line(channels, channel_at, at + asked_row * row_stride + asked * step);
        asked += kLanes / step;
        if (asked < length) continue;
        asked = 0;
        ++asked_row;
      }
      output_tile(sums.at(0, tile) + lane, sums.point_stride, lines + x * kLanes, width, height,
                  std::min(of_tile, width - x));
    }
    if (!add_bias(Vec<T>::load(bias_.data() + channel + lane), height * width, lines)) {
      sum_again_[static_cast<size_t>(image)].store(true, std::memory_order_relaxed);
    }
    const int64_t count = height * width * kLanes;
    if (p_.activation) {
      p_.activation({.out = lines, .in = {lines}, .count = count, .params = p_.params});
    }
    for (int64_t row = 0; row < height * width; row += length) {
      store_line(lines + row * kLanes, length, channels, channel_at, at + row / width * row_stride);
    }
  }

 private:
  static constexpr int kLanes = Vec<T>::size;

  // Rows of `to` are `width` vectors apart; a tile at the border has fewer rows or columns.
  void output_tile(const T* from, int64_t point_stride, T* to, int64_t width, int64_t rows,
                   int64_t columns) const {
    const int64_t tile_rows = products_.rows->outputs, tile_columns = products_.columns->outputs;
    const Plane<const T> sums{from, products_.columns->points * point_stride, point_stride};
    if (rows == tile_rows && columns == tile_columns) {
      return products_.to_outputs(sums, {to, width * kLanes, kLanes});
    }
    alignas(64) T values[kMostWinogradOutputs * kMostWinogradOutputs * kLanes];
    products_.to_outputs(sums, {values, tile_columns * kLanes, kLanes});
    for (int64_t i = 0; i < rows; ++i) {
      std::copy_n(values + i * tile_columns * kLanes, columns * kLanes, to + i * width * kLanes);
    }
  }

  // False where a value is not finite.
  [[gnu::noinline]] static bool add_bias(Vec<T> bias, int64_t count, T* values) {
    constexpr int chains = 4;
    Vec<T> zeros[chains] = {};  // zero times a number that is not finite is not a number
    const auto add = [&](int64_t i, int chain) {
      const Vec<T> value = Vec<T>::load(values + i * kLanes);
      zeros[chain] = fma(value, Vec<T>(0), zeros[chain]);
      (value + bias).store(values + i * kLanes);
    };
    int64_t i = 0;
    for (; i + chains <= count; i += chains) {
      for (int c = 0; c < chains; ++c) add(i + c, c);
    }
    for (; i < count; ++i) add(i, 0);
    return !any(isnan((zeros[0] + zeros[1]) + (zeros[2] + zeros[3])));
  }

  // Inlined, because calls of a function that only asks for memory are dropped as useless.
  [[gnu::always_inline]] void expect_line(int channels, const int64_t* channel_at,
                                          int64_t at) const {
    const T* to = static_cast<const T*>(p_.out) + at;
    for (int c = 0; c < channels; ++c) __builtin_prefetch(to + channel_at[c], 1);
  }

  // Stores places side by side, channel by channel, from element `at` of each on.
  void store_line(const T* from, int64_t length, int channels, const int64_t* channel_at,
                  int64_t at) const {
    const int64_t step = p_.out_strides[4];
    const bool direct = p_.out_dtype == dtype_of<T> && (step == 1 || step == 2);
    const Convert convert = converter(p_.out_dtype, dtype_of<T>);
    for (int64_t x = 0; x < length; x += kLanes) {
      const int places = static_cast<int>(std::min<int64_t>(kLanes, length - x));
      Vec<T> values[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) {
        values[i] = i < places ? Vec<T>::load(from + (x + i) * kLanes) : Vec<T>(0);
      }
      transpose(values);
      const FirstLanes<T> lanes(places);
      if (direct && step == 1) {
        T* to = static_cast<T*>(p_.out) + at + x;
#pragma GCC unroll 16
        for (int c = 0; c < kLanes; ++c) {
          if (c < channels) lanes.store(to + channel_at[c], values[c]);
        }
        continue;
      }
      for (int c = 0; c < channels; ++c) {
        const int64_t to = at + channel_at[c] + x * step;
        if (direct) {
          store_every_second(values[c], static_cast<T*>(p_.out) + to, places);
        } else {
          alignas(64) T row[kLanes];
          values[c].store(row);
          convert(static_cast<char*>(p_.out) + to * size_of(p_.out_dtype), step, row, 1, places);
        }
      }
    }
  }

  const Correlation<T>& p_;
  Tiling tiling_;
  Winograd<T> products_;
  std::vector<T> bias_;
  std::vector<int64_t> channel_at_;                 // in the output
  std::unique_ptr<std::atomic<bool>[]> sum_again_;  // by image
};

}  // namespace taeda::cpu::inline TAEDA_ISA

// Batches of small images with the images side by side: each position of the output then meets
// exactly the taps that lie within the source, and no lane is lost between rows.
#pragma once

#include "convolution/correlate.h"
#include "convolution/window_tile.h"
#include "matrix/pack.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class SideBySide {
 public:
  static constexpr int kLanes = kPanelColumns<T>;

  static bool serves(const Correlation<T>& c) {
    const int64_t lanes = ceil_div(c.images, Vec<T>::size) * Vec<T>::size;
    return c.taps.size() > 1 && c.out_channels > kWideRows && 4 * c.images >= 3 * lanes &&
           volume(c.source) <= kLargestSource;
  }

  explicit SideBySide(const Correlation<T>& c) : source_(c.source) {
    const Sizes shape = source_.shape;
    for (int64_t o = 0; o < c.outputs[0] * c.outputs[1] * c.outputs[2]; ++o) {
      const Sizes3 at{o / c.outputs[2] / c.outputs[1], o / c.outputs[2] % c.outputs[1],
                      o % c.outputs[2]};
      std::vector<Step>& steps = steps_.emplace_back();
      for (size_t t = 0; t < c.taps.size(); ++t) {
        int64_t position = 0;
        bool inside = true;
        for (size_t a = 0; a < 3; ++a) {
          const int64_t source = at[a] * c.step[a] + c.taps[t].at[a];
          inside &= source >= 0 && source < shape[2 + a];
          position = position * shape[2 + a] + source;
        }
        if (inside) steps.push_back({position * kLanes, static_cast<int64_t>(t)});
      }
    }
  }

  // What each position of the output meets, from where a channel begins.
  const std::vector<Step>& steps(size_t position) const { return steps_[position]; }
  int64_t channel_stride() const { return volume(source_) * kLanes; }

  // to[channel][position][image]
  void fill(const Region& region, int64_t channel, int64_t channels, T* to) const {
    const Sizes shape = source_.shape, strides = source_.strides;
    const bool one_line = (shape[3] == 1 || strides[3] == shape[4] * strides[4]) &&
                          (shape[2] == 1 || strides[2] == shape[3] * strides[3]);
    const int64_t length = one_line ? volume(source_) : shape[4];
    for (int64_t c = channel; c < channel + channels; ++c) {
      for (int64_t line = 0; line < volume(source_) / length; ++line, to += length * kLanes) {
        const int64_t start = region.image * strides[0] + c * strides[1] +
                              line / shape[3] * strides[2] + line % shape[3] * strides[3];
        const Lines lines{static_cast<const char*>(source_.data) + start * size_of(source_.dtype),
                          source_.dtype, strides[0], strides[4]};
        pack_padded(lines, 0, static_cast<int>(region.images), 0, length, to, kLanes);
      }
    }
  }

 private:
  static constexpr int64_t kLargestSource = 100;  // positions

  static int64_t volume(const Array& source) {
    return source.shape[2] * source.shape[3] * source.shape[4];
  }

  const Array& source_;
  std::vector<std::vector<Step>> steps_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

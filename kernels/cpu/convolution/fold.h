// Windows whose outputs are a few places apart as windows of stride one: places that differ by
// their remainder become channels. A window that does not fill its last places meets them with
// zeros.
#pragma once

#include <cstring>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/parts.h"
#include "convolution/weight_gradient.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The window of the channels that remainders become, and how many these are; none where the window
// has gaps or outputs lie side by side.
struct FoldedWindow {
  WindowGrid grid;
  int64_t parts = 1;

  FoldedWindow(const WindowGrid& window, const Sizes3& step) : grid(window) {
    bool whole = step[0] == 1;
    for (int a = 1; a < 3; ++a) {
      whole &= step[a] == 1 || window.dilation[a] == 1;
      parts *= std::min(window.size[a], step[a]);
      grid.size[a] = ceil_div(window.size[a], step[a]);
    }
    if (!whole) parts = 1;
  }
  explicit operator bool() const { return parts > 1; }
};

// Of one part of a convolution, of which it copies the source.
template <class T>
class Fold {
 public:
  Fold(const Array& source, const std::vector<Tap>& taps, const Sizes3& step, int64_t images,
       int64_t channels, const Sizes3& outputs)
      : channels_(channels),
        box_(taps, step, 1, outputs),
        image_(box_.size(channels) + kBoxSlack<T>),
        source_(images * image_) {
    parallel_for(images, 1, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        box_.fill(source, {i, 1, {}, outputs}, 0, channels, source_.data() + i * image_);
      }
    });
    const Sizes3 size = box_.part_size();
    const int64_t part = size[0] * size[1] * size[2];
    const Sizes3 window = {size[0] - outputs[0] + 1, size[1] - outputs[1] + 1,
                           size[2] - outputs[2] + 1};
    for (int64_t z = 0; z < window[0]; ++z) {
      for (int64_t y = 0; y < window[1]; ++y) {
        for (int64_t x = 0; x < window[2]; ++x) taps_.push_back({{z, y, x}});
      }
    }
    for (const int64_t offset : box_.offsets()) {
      const int64_t row = offset % part / size[2], x = offset % size[2];
      const int64_t place = (row / size[1] * window[1] + row % size[1]) * window[2] + x;
      places_.push_back(offset / part * count() + place);
    }
    const int64_t shape[5] = {images, channels * box_.parts(), size[0], size[1], size[2]};
    const int64_t strides[5] = {image_, part, size[1] * size[2], size[2], 1};
    std::copy_n(shape, 5, shape_);
    std::copy_n(strides, 5, strides_);
  }
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  Array source() const { return {source_.data(), dtype_of<T>, shape_, strides_}; }
  const std::vector<Tap>& taps() const { return taps_; }
  int64_t channels() const { return shape_[1]; }
  int64_t weights(int64_t out_channels) const { return out_channels * channels() * count(); }
  // Where the weight of an input channel and of a tap lies among those of its output channel.
  int64_t place(int64_t channel, size_t tap) const {
    return channel * box_.parts() * count() + places_[tap];
  }

 private:
  int64_t count() const { return static_cast<int64_t>(taps_.size()); }

  int64_t channels_;
  BoxLayout box_;
  int64_t image_;  // from image to image
  Scratch<T> source_;
  std::vector<Tap> taps_;
  std::vector<int64_t> places_;  // of each tap: part and tap of the folded window
  int64_t shape_[5], strides_[5];
};

// Calls visit(folded correlation).
template <class T, class Visit>
auto with_folded(const Correlation<T>& c, Visit visit) {
  const Fold<T> fold(c.source, c.taps, c.step, c.images, c.in_channels, c.outputs);
  const int64_t count = static_cast<int64_t>(fold.taps().size());
  std::vector<T> weight(static_cast<size_t>(fold.weights(c.out_channels)), T(0));
  Correlation<T> folded = c;
  folded.source = fold.source();
  folded.taps = fold.taps();
  folded.step = {1, 1, 1};
  folded.in_channels = fold.channels();
  folded.weight = weight.data();
  folded.weight_row_stride = fold.channels() * count;
  folded.weight_channel_stride = count;
  folded.weight_taps.resize(fold.taps().size());
  for (int64_t t = 0; t < count; ++t) folded.weight_taps[static_cast<size_t>(t)] = t;
  for (int64_t m = 0; m < c.out_channels; ++m) {
    T* to = weight.data() + m * folded.weight_row_stride;
    for (int64_t i = 0; i < c.in_channels; ++i) {
      const T* from = c.weight + m * c.weight_row_stride + i * c.weight_channel_stride;
      for (size_t t = 0; t < c.taps.size(); ++t) to[fold.place(i, t)] = from[c.weight_taps[t]];
    }
  }
  return visit(folded);
}

// Calls visit(folded gradient) and takes from it what the window's weights are.
template <class T, class Visit>
auto with_folded(const WeightGradient<T>& g, Visit visit) {
  const Fold<T> fold(g.input, g.taps, g.step, g.images, g.in_channels, g.outputs);
  const Scratch<T> weight(fold.weights(g.out_channels));
  WeightGradient<T> folded = g;
  folded.input = fold.source();
  folded.taps = fold.taps();
  folded.step = {1, 1, 1};
  folded.in_channels = fold.channels();
  folded.out = weight.data();
  const auto result = visit(folded);
  T* to = g.out;
  for (int64_t m = 0; m < g.out_channels; ++m) {
    const T* from = weight.data() + m * fold.weights(1);
    for (int64_t i = 0; i < g.in_channels; ++i) {
      for (size_t t = 0; t < g.taps.size(); ++t) *to++ = from[fold.place(i, t)];
    }
  }
  return result;
}

}  // namespace taeda::cpu::inline TAEDA_ISA

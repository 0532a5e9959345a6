// Windows whose outputs are a few places apart as windows of stride one: places that differ by
// their remainder become channels. A window that does not fill its last places meets them with
// zeros.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "convolution/box_filler.h"
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

// Of the window of one part of a convolution, of which it copies the source.
template <class T>
class Fold {
 public:
  explicit Fold(const SlidingWindow& whole)
      : in_channels_(whole.in_channels),
        out_channels_(whole.out_channels),
        box_(whole.taps, whole.step, 1, whole.outputs),
        image_(box_.size(in_channels_) + kBoxSlack<T>),
        source_(whole.images * image_) {
    const Sizes3& outputs = whole.outputs;
    parallel_for(whole.images, 1, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) {
        const Region region{i, 1, {}, outputs};
        BoxFiller<T>(box_, whole.source, region).fill(0, in_channels_, source_.data() + i * image_);
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
      places_.push_back(offset / part * taps() + place);
    }
    const int64_t shape[5] = {whole.images, in_channels_ * box_.parts(), size[0], size[1], size[2]};
    const int64_t strides[5] = {image_, part, size[1] * size[2], size[2], 1};
    std::copy_n(shape, 5, shape_);
    std::copy_n(strides, 5, strides_);
  }
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  // Makes a window what it is folded.
  void apply(SlidingWindow& window) const {
    window.source = {source_.data(), dtype_of<T>, shape_, strides_};
    window.taps = taps_;
    window.step = {1, 1, 1};
    window.in_channels = shape_[1];
  }
  int64_t taps() const { return static_cast<int64_t>(taps_.size()); }
  // Folded weights of an output channel, and of all of them.
  int64_t row() const { return shape_[1] * taps(); }
  int64_t weights() const { return out_channels_ * row(); }
  // Calls visit(input channel, tap, place among the folded weights) for each weight of an output
  // channel in order.
  template <class Visit>
  void each_weight(int64_t m, Visit visit) const {
    for (int64_t i = 0; i < in_channels_; ++i) {
      const int64_t first = m * row() + i * box_.parts() * taps();
      for (size_t t = 0; t < places_.size(); ++t) visit(i, t, first + places_[t]);
    }
  }
  // Calls visit(output channel) for all of them in parallel.
  template <class Visit>
  void each_channel(Visit visit) const {
    parallel_for(out_channels_, std::max<int64_t>(1, (1 << 14) / row()),
                 [&](int64_t first, int64_t end) {
                   for (int64_t m = first; m < end; ++m) visit(m);
                 });
  }

 private:
  int64_t in_channels_, out_channels_;
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
  const Fold<T> fold(c);
  const Scratch<T> weight(fold.weights());
  Correlation<T> folded = c;
  fold.apply(folded);
  folded.weight = weight.data();
  folded.weight_row_stride = fold.row();
  folded.weight_channel_stride = fold.taps();
  folded.weight_taps.resize(folded.taps.size());
  std::iota(folded.weight_taps.begin(), folded.weight_taps.end(), 0);
  fold.each_channel([&](int64_t m) {
    std::fill_n(weight.data() + m * fold.row(), fold.row(), T(0));
    fold.each_weight(m, [&](int64_t i, size_t tap, int64_t place) {
      weight[place] =
          c.weight[m * c.weight_row_stride + i * c.weight_channel_stride + c.weight_taps[tap]];
    });
  });
  return visit(folded);
}

// Calls visit(folded gradient) and takes from it what the window's weights are.
template <class T, class Visit>
auto with_folded(const WeightGradient<T>& g, Visit visit) {
  const Fold<T> fold(g);
  const Scratch<T> weight(fold.weights());
  WeightGradient<T> folded = g;
  fold.apply(folded);
  folded.out = weight.data();
  const auto result = visit(folded);
  fold.each_channel([&](int64_t m) {
    T* to = g.out + m * g.in_channels * static_cast<int64_t>(g.taps.size());
    fold.each_weight(m, [&](int64_t, size_t, int64_t place) { *to++ = weight[place]; });
  });
  return result;
}

}  // namespace taeda::cpu::inline TAEDA_ISA

// The weights of a correlation as Winograd's products meet them.
#pragma once

#include <algorithm>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/parts.h"
#include "convolution/winograd_axis.h"
#include "matrix/pack.h"
#include "matrix/tile.h"

namespace taeda::cpu::inline TAEDA_ISA {

// What a task multiplies with: for each point a matrix of input and output channels, slice after
// slice of the window.
template <class T>
struct PointWeights {
  T* data;
  int64_t point_stride;
  int columns;
};

template <class T>
class WinogradWeights {
 public:
  WinogradWeights(const Correlation<T>& correlation, const WindowGrid& grid,
                  const Winograd<T>& products)
      : p_(correlation), slices_(grid.size[0]), products_(products), places_(p_.taps.size()) {
    for (size_t t = 0; t < p_.taps.size(); ++t) {
      int64_t place = 0;
      for (int a = 0; a < 3; ++a) {
        place = place * grid.size[a] + (p_.taps[t].at[a] - grid.low[a]) / grid.dilation[a];
      }
      places_[static_cast<size_t>(place)] = p_.weight_taps[t];
    }
  }

  // Of a panel of output channels that begins at `channel`, and of input channels [first, end).
  void transform(int64_t channel, int64_t first, int64_t end, const PointWeights<T>& to) const {
    for (int64_t slice = 0; slice < slices_; ++slice) {
      transform_slice(channel, first, end, places_.data() + slice * products_.taps(),
                      {to.data + slice * p_.in_channels * to.columns, to.point_stride, to.columns});
    }
  }

 private:
  static constexpr int kLanes = Vec<T>::size, kColumns = kPanelColumns<T>;
  static constexpr int kMostTaps = 16;  // of a slice

  // Of a slice, whose weights lie at `places` of the window.
  void transform_slice(int64_t channel, int64_t first_in, int64_t end_in, const int64_t* places,
                       const PointWeights<T>& to) const {
    const int channels = static_cast<int>(std::min<int64_t>(to.columns, p_.out_channels - channel));
    alignas(64) T packed[kMostTaps * kColumns];
    const int taps = products_.taps(), of_row = products_.columns->taps;
    const int64_t lowest = *std::min_element(places, places + taps);
    const int64_t reach = *std::max_element(places, places + taps) + 1 - lowest;
    const bool lines = reach <= kMostTaps;
    // The window as it lies in what is packed.
    const int64_t first = lines ? (places[0] - lowest) * to.columns : 0;
    const int64_t right = lines && of_row > 1 ? places[1] - places[0] : 1;
    const int64_t down = lines && taps > of_row ? places[of_row] - places[0] : of_row;
    for (int64_t c = first_in; c < end_in; ++c) {
      const T* from = p_.weight + channel * p_.weight_row_stride + c * p_.weight_channel_stride;
      const auto pack = [&](int64_t place, int64_t depth, T* target) {
        const Lines rows{from + place, dtype_of<T>, p_.weight_row_stride, 1};
        pack_padded(rows, 0, channels, 0, depth, target, to.columns);
      };
      if (lines) {
        pack(lowest, reach, packed);
      } else {
        for (int t = 0; t < taps; ++t) pack(places[t], 1, packed + t * to.columns);
      }
      for (int v = 0; v < to.columns; v += kLanes) {
        products_.weight({packed + first + v, down * to.columns, right * to.columns},
                         {to.data + c * to.columns + v, products_.columns->points * to.point_stride,
                          to.point_stride});
      }
    }
  }

  const Correlation<T>& p_;
  int64_t slices_;
  Winograd<T> products_;
  std::vector<int64_t> places_;  // of the window's places, row by row
};

}  // namespace taeda::cpu::inline TAEDA_ISA

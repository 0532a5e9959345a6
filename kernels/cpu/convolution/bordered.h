// Rows of a source read as they lie, with zeros beyond its borders: what taps meet along rows of
// outputs, without a copy.
#pragma once

#include <vector>

#include "convolution/box.h"
#include "convolution/lane_range.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class BorderedRows {
 public:
  static bool serves(const Array& source, const Sizes3& step) {
    return source.dtype == dtype_of<T> && source.strides[4] == 1 && step[2] == 1;
  }

  BorderedRows(const Array& source, const std::vector<Tap>& taps, const Sizes3& step,
               int64_t columns)
      : source_(source),
        taps_(taps),
        step_(step),
        vectors_(ceil_div(columns, Vec<T>::size)),
        zeros_(static_cast<size_t>(source.shape[4]), T(0)) {
    for (const Tap& tap : taps) {
      for (int64_t column = 0; column < columns; column += Vec<T>::size) {
        const int64_t first = column + tap.at[2];  // of the source, what lane 0 meets
        lanes_.emplace_back(-first, std::min(columns - column, source.shape[4] - first));
      }
    }
  }

  // Vectors of a row of outputs, and the lanes of each that a tap meets within the borders.
  int64_t vectors() const { return vectors_; }
  const LaneRange<T>* lanes(int64_t tap) const { return lanes_.data() + tap * vectors_; }

  // Where each tap finds what the first output of a row meets.
  void rows(int64_t image, int64_t channel, int64_t z, int64_t y, const T** to) const {
    const T* plane = static_cast<const T*>(source_.data) + image * source_.strides[0] +
                     channel * source_.strides[1];
    const T* row = nullptr;
    for (size_t t = 0; t < taps_.size(); ++t) {
      const Sizes3& at = taps_[t].at;
      if (t == 0 || at[1] != taps_[t - 1].at[1] || at[0] != taps_[t - 1].at[0]) {
        const int64_t source_z = z * step_[0] + at[0], source_y = y * step_[1] + at[1];
        const bool inside = source_z >= 0 && source_z < source_.shape[2] && source_y >= 0 &&
                            source_y < source_.shape[3];
        row = inside ? plane + source_z * source_.strides[2] + source_y * source_.strides[3]
                     : zeros_.data();
      }
      to[t] = row + at[2];
    }
  }

 private:
  const Array& source_;
  const std::vector<Tap>& taps_;
  Sizes3 step_;
  int64_t vectors_;
  std::vector<T> zeros_;  // a row beyond the border
  std::vector<LaneRange<T>> lanes_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

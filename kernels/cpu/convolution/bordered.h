// Rows of a source read as they lie, with zeros beyond its borders: what taps meet along rows of
// outputs, without a copy.
#pragma once

#include <vector>

#include "convolution/box.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/lane_range.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class BorderedRows {
 public:
  // With steps along rows of one, or of two.
  static bool serves(const Array& source, const Sizes3& step, int64_t longest_step) {
    return source.dtype == dtype_of<T> && source.strides[4] == 1 && step[2] <= longest_step;
  }

  BorderedRows(const Array& source, const std::vector<Tap>& taps, const Sizes3& step,
               int64_t columns)
      : source_(source),
        step_(step[2]),
        columns_(columns),
        vectors_(ceil_div(columns, Vec<T>::size)),
        zeros_(static_cast<size_t>(source.shape[4]), T(0)) {
    for (const Tap& tap : taps) {
      for (int64_t column = 0; column < columns; column += Vec<T>::size) {
        for (int64_t part = 0; part < step[2]; ++part) {
          const int64_t lane = part * Vec<T>::size;
          const int64_t first = column * step[2] + tap.at[2] + lane;  // of the source
          lanes_.emplace_back(
              -first, std::min((columns - column) * step[2] - lane, source.shape[4] - first));
        }
      }
    }
  }

  // Vectors of a row of outputs, the lanes of each that exist, and those that a tap meets within
  // the borders.
  int64_t vectors() const { return vectors_; }
  FirstLanes<T> outputs(int64_t vector) const {
    constexpr int64_t width = Vec<T>::size;
    return FirstLanes<T>(static_cast<int>(std::min(width, columns_ - vector * width)));
  }
  const LaneRange<T>* lanes(int64_t tap) const { return lanes_.data() + tap * vectors_ * step_; }

  // What a tap meets along a vector of outputs; of two vectors of the source every second lane.
  static Vec<T> load(const LaneRange<T>* lanes, const T* from, bool every_second) {
    if (!every_second) return lanes[0].load(from);
    return even_lanes(lanes[0].load(from), lanes[1].load(from + Vec<T>::size));
  }

  const T* plane(int64_t image, int64_t channel) const {
    return static_cast<const T*>(source_.data) + image * source_.strides[0] +
           channel * source_.strides[1];
  }
  // Rows [y, y + count) of a slice of a plane, also beyond its borders.
  void rows(const T* plane, int64_t z, int64_t y, int64_t count, const T** to) const {
    const bool inside = z >= 0 && z < source_.shape[2];
    const int64_t height = inside ? source_.shape[3] : 0, stride = source_.strides[3];
    const T* slice = inside ? plane + z * source_.strides[2] : plane;
    const T* beyond = zeros_.data();
    for (int64_t i = 0; i < count; ++i, ++y) {
      to[i] = y >= 0 && y < height ? slice + y * stride : beyond;
    }
  }

 private:
  const Array& source_;
  int64_t step_, columns_, vectors_;
  std::vector<T> zeros_;  // a row beyond the border
  std::vector<LaneRange<T>> lanes_;
};

// The lines of a channel that a window meets from some outputs, in depth and height.
class WindowLines {
 public:
  WindowLines(const std::vector<Tap>& taps, const Sizes3& step, const Sizes3& outputs)
      : low_(taps[0].at), step_(step) {
    Sizes3 high = low_;
    for (const Tap& tap : taps) {
      for (int a = 0; a < 3; ++a) {
        low_[a] = std::min(low_[a], tap.at[a]);
        high[a] = std::max(high[a], tap.at[a]);
      }
    }
    for (int a = 0; a < 2; ++a) size_[a] = (outputs[a] - 1) * step[a] + high[a] - low_[a] + 1;
  }

  int64_t count() const { return size_[0] * size_[1]; }
  // Where those of a slice of outputs begin, and from there what a tap meets.
  int64_t slice(int64_t z) const { return z * step_[0] * size_[1]; }
  int64_t of(const Sizes3& at) const { return (at[0] - low_[0]) * size_[1] + at[1] - low_[1]; }

  // `first`: of the outputs.
  template <class T>
  void find(const BorderedRows<T>& source, const T* plane, const T** to,
            const Sizes3& first = {}) const {
    const int64_t low = low_[0] + first[0] * step_[0];
    for (int64_t z = 0; z < size_[0]; ++z, to += size_[1]) {
      source.rows(plane, low + z, low_[1] + first[1] * step_[1], size_[1], to);
    }
  }
  // Where they begin in a box of the outputs.
  std::vector<int64_t> places(const BoxLayout& box) const {
    std::vector<int64_t> places;
    for (int64_t z = 0; z < size_[0]; ++z) {
      for (int64_t y = 0; y < size_[1]; ++y) {
        places.push_back(box.place_of({low_[0] + z, low_[1] + y, low_[2]}));
      }
    }
    return places;
  }

 private:
  Sizes3 low_, step_;
  int64_t size_[2];
};

}  // namespace taeda::cpu::inline TAEDA_ISA

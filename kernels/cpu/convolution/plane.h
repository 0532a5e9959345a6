// Planes: the part of some images that a task needs, padded with zeros and laid out so that the
// values one tap of the window meets along a row of the output lie side by side.
#pragma once

#include <algorithm>
#include <vector>

#include "convert.h"
#include "taeda/kernels/array.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Where a weight meets the source: output (r, c) reads source (r * row_step + row, c * column_step
// + column); outside the source there are zeros.
struct Tap {
  int64_t row, column;
};

class PlaneLayout {
 public:
  PlaneLayout(const std::vector<Tap>& taps, int64_t row_step, int64_t column_step, int64_t columns)
      : row_step_(row_step), column_step_(column_step) {
    int64_t bottom = taps[0].row, right = taps[0].column;
    top_ = bottom;
    left_ = right;
    for (const Tap& tap : taps) {
      top_ = std::min(top_, tap.row);
      bottom = std::max(bottom, tap.row);
      left_ = std::min(left_, tap.column);
      right = std::max(right, tap.column);
    }
    height_ = bottom - top_ + 1;
    // Columns a step apart become neighbours: one run for each remainder.
    run_ = (columns - 1) + (right - left_) / column_step + 1;
    offsets_.reserve(taps.size());
    for (const Tap& tap : taps) {
      const int64_t column = tap.column - left_;
      offsets_.push_back((tap.row - top_) * row_stride() + column % column_step * run_ +
                         column / column_step);
    }
  }

  int64_t row_stride() const { return column_step_ * run_; }
  // Elements of one channel for so many rows of the output.
  int64_t size(int64_t rows) const { return ((rows - 1) * row_step_ + height_) * row_stride(); }
  // From the first output of a row to that of the next one.
  int64_t output_row_stride() const { return row_step_ * row_stride(); }
  // Of each tap, from the place of an output.
  const std::vector<int64_t>& offsets() const { return offsets_; }

  // Fills the planes of `channels` channels of one image for outputs from `first_row` on.
  template <class T>
  void fill(const Array& source, int64_t image, int64_t channel, int64_t channels,
            int64_t first_row, int64_t rows, T* to) const {
    const Convert convert = converter(dtype_of<T>, source.dtype);
    const int64_t lines = (rows - 1) * row_step_ + height_;
    const int64_t height = source.shape[2], width = source.shape[3];
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t line = 0; line < lines; ++line, to += row_stride()) {
        const int64_t y = first_row * row_step_ + top_ + line;
        if (y < 0 || y >= height) {
          std::fill_n(to, row_stride(), T(0));
          continue;
        }
        const int64_t start =
            image * source.strides[0] + (channel + c) * source.strides[1] + y * source.strides[2];
        for (int64_t remainder = 0; remainder < column_step_; ++remainder) {
          fill_run(source, start, left_ + remainder, width, convert, to + remainder * run_);
        }
      }
    }
  }

 private:
  template <class T>
  void fill_run(const Array& source, int64_t start, int64_t x, int64_t width, Convert convert,
                T* to) const {
    const int64_t before = x >= 0 ? 0 : std::min(run_, (-x + column_step_ - 1) / column_step_);
    const int64_t inside = x >= width ? 0 : (width - x + column_step_ - 1) / column_step_;
    const int64_t end = std::clamp(inside, before, run_);
    std::fill_n(to, before, T(0));
    if (end > before) {
      const int64_t first = start + (x + before * column_step_) * source.strides[3];
      convert(to + before, 1, static_cast<const char*>(source.data) + first * size_of(source.dtype),
              column_step_ * source.strides[3], end - before);
    }
    std::fill_n(to + end, run_ - end, T(0));
  }

  int64_t row_step_, column_step_;
  int64_t top_, left_, height_, run_;
  std::vector<int64_t> offsets_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

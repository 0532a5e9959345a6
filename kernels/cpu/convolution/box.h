// Boxes: the part of some images that a task needs, padded with zeros and laid out so that the
// values one tap of the window meets along a row of outputs lie side by side. One and two
// dimensions are three with axes of size one.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "rounding.h"
#include "taeda/kernels/array.h"
#include "taeda/kernels/simd/partial.h"

namespace taeda::cpu::inline TAEDA_ISA {

using Sizes3 = std::array<int64_t, 3>;  // depth, height, width

// Where a weight meets the source: output o reads source o * step + at along each axis; outside
// the source there are zeros.
struct Tap {
  Sizes3 at;
};

// Taps are a product of three axes, the last of which runs fastest: how many are in a row.
inline int64_t row_taps(const std::vector<Tap>& taps) {
  size_t count = 1;
  while (count < taps.size() && taps[count].at[0] == taps[0].at[0] &&
         taps[count].at[1] == taps[0].at[1]) {
    ++count;
  }
  return static_cast<int64_t>(count);
}

// What a task covers: outputs [first, first + size) of images [image, image + images).
struct Region {
  int64_t image, images;
  Sizes3 first, size;

  int64_t positions() const { return images * size[0] * size[1] * size[2]; }
};

// Elements that vectors may read beyond the last one of a box.
template <class T>
inline constexpr int64_t kBoxSlack = 4 * Vec<T>::size;

class BoxLayout {
 public:
  // For tasks of up to `images` images and `size` outputs. Sources a step apart become neighbours:
  // there is one part of the box for each remainder that a tap meets.
  BoxLayout(const std::vector<Tap>& taps, const Sizes3& step, int64_t images, const Sizes3& size)
      : step_(step), images_(images) {
    low_ = taps[0].at;
    for (const Tap& tap : taps) {
      for (int a = 0; a < 3; ++a) low_[a] = std::min(low_[a], tap.at[a]);
    }
    Sizes3 lines = size;
    for (int a = 0; a < 3; ++a) {
      for (const Tap& tap : taps) {
        const int64_t distance = tap.at[a] - low_[a], phase = distance % step[a];
        reach_[a] = std::max(reach_[a], distance / step[a]);
        if (std::find(phases_[a].begin(), phases_[a].end(), phase) == phases_[a].end()) {
          phases_[a].push_back(phase);
        }
      }
      lines[a] += reach_[a];
    }
    row_ = lines[2];
    slice_ = lines[1] * row_;
    part_ = lines[0] * slice_;
    image_ =
        part_ * static_cast<int64_t>(phases_[0].size() * phases_[1].size() * phases_[2].size());
    channel_ = image_ * images;
    for (const Tap& tap : taps) offsets_.push_back(place_of(tap.at));
  }

  // The source itself, where no output needs more than it holds.
  static BoxLayout of_source(const std::vector<Tap>& taps, const Array& source) {
    BoxLayout box;
    box.image_ = source.strides[0];
    box.channel_ = source.strides[1];
    box.slice_ = source.strides[2];
    box.row_ = source.strides[3];
    for (const Tap& tap : taps) {
      box.offsets_.push_back(tap.at[0] * box.slice_ + tap.at[1] * box.row_ + tap.at[2]);
    }
    return box;
  }

  // Whether of_source serves for outputs of this size.
  static bool is_source(const std::vector<Tap>& taps, const Sizes3& step, const Sizes3& outputs,
                        const Array& source) {
    for (int a = 0; a < 3; ++a) {
      if (step[a] != 1) return false;
      for (const Tap& tap : taps) {
        if (tap.at[a] < 0 || tap.at[a] + outputs[a] > source.shape[2 + a]) return false;
      }
    }
    return source.is_contiguous();
  }

  int64_t channel_stride() const { return channel_; }
  int64_t image_stride() const { return image_; }
  // Of each channel and image: a part for each remainder, and the places of a part.
  int64_t parts() const { return image_ / part_; }
  Sizes3 part_size() const { return {part_ / slice_, slice_ / row_, row_}; }
  int64_t size(int64_t channels) const { return channels * channel_; }
  // Of each tap, from the place of an output.
  const std::vector<int64_t>& offsets() const { return offsets_; }
  // What the first output meets there; 0 where no tap meets it.
  int64_t place_of(const Sizes3& at) const {
    int64_t part = 0, quotient[3];
    for (int a = 0; a < 3; ++a) {
      const int64_t distance = at[a] - low_[a];
      const auto found = std::find(phases_[a].begin(), phases_[a].end(), distance % step_[a]);
      if (found == phases_[a].end()) return 0;
      part = part * static_cast<int64_t>(phases_[a].size()) + (found - phases_[a].begin());
      quotient[a] = distance / step_[a];
    }
    return part * part_ + quotient[0] * slice_ + quotient[1] * row_ + quotient[2];
  }
  // The place of an output within its region.
  int64_t place(int64_t image, int64_t z, int64_t y) const {
    return image * image_ + z * slice_ + y * row_;
  }

 private:
  template <class T>
  friend class BoxFiller;

  BoxLayout() = default;

  Sizes3 step_ = {1, 1, 1}, low_ = {}, reach_ = {};
  int64_t images_ = 1, row_ = 0, slice_ = 0, part_ = 0, image_ = 0, channel_ = 0;
  std::vector<int64_t> phases_[3];
  std::vector<int64_t> offsets_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

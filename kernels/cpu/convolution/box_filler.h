// Copies what a task needs of its source into a box.
#pragma once

#include "convert.h"
#include "convolution/box.h"
#include "taeda/kernels/simd/every_second.h"
#include "taeda/kernels/simd/lane_range.h"
#include "taeda/kernels/simd/transpose.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class BoxFiller {
 public:
  BoxFiller(const BoxLayout& box, const Array& source, const Region& region)
      : box_(box),
        source_(source),
        region_(region),
        count_(region.size[2] + box.reach_[2]),
        convert_(converter(dtype_of<T>, source.dtype)) {
    if (source.dtype != dtype_of<T> || source.strides[4] != 1) return;
    const int64_t phases = static_cast<int64_t>(box.phases_[2].size());
    if (step() <= 2 && count_ <= kMostVectors * kWidth) {
      vectors_ = ceil_div(count_, kWidth);
      for (int64_t phase = 0; phase < phases; ++phase) find_lanes(phase);
      return;
    }
    turns_ = phases > 1;
    for (int64_t i = 0; i < phases; ++i) turns_ &= box.phases_[2][static_cast<size_t>(i)] == i;
    const int64_t first = first_of(0), last = first + (count_ - 1) * step() + phases - 1;
    turns_ &= first >= 0 && last < source.shape[4];
  }

  // Fills the boxes of some channels. Whole vectors are written: up to one beyond the end.
  void fill(int64_t channel, int64_t channels, T* to) const {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < region_.images; ++i) {
        const int64_t start =
            (region_.image + i) * source_.strides[0] + (channel + c) * source_.strides[1];
        fill_image(start, to + c * box_.channel_ + i * box_.image_);
      }
    }
  }

 private:
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int64_t kMostVectors = 4;  // of a line that is read by lanes

  int64_t step() const { return box_.step_[2]; }
  // Where in a line of the source the first place of a phase lies.
  int64_t first_of(int64_t phase) const { return box_.low_[2] + phase + region_.first[2] * step(); }

  // What is read of a line is the same for all lines: of each vector the lanes within the source.
  void find_lanes(int64_t number) {
    const int64_t first = first_of(box_.phases_[2][static_cast<size_t>(number)]);
    for (int64_t part = 0; part < step() * vectors_; ++part) {
      const int64_t begin = part * kWidth, from = first + begin;
      lanes_[number][part] = {-from, std::min(source_.shape[4] - from, step() * count_ - begin)};
    }
  }

  void fill_image(int64_t start, T* to) const {
    for (const int64_t pz : box_.phases_[0]) {
      for (const int64_t py : box_.phases_[1]) {
        if (turns_) {
          each_line(start, pz, py, to, [&](int64_t from, T* line) { turn_line(from, line); });
          to += static_cast<int64_t>(box_.phases_[2].size()) * box_.part_;
          continue;
        }
        for (size_t number = 0; number < box_.phases_[2].size(); ++number, to += box_.part_) {
          fill_part(start, pz, py, number, to);
        }
      }
    }
  }

  void fill_part(int64_t start, int64_t pz, int64_t py, size_t number, T* to) const {
    using One = std::integral_constant<int, 1>;
    using Two = std::integral_constant<int, 2>;
    const int64_t first = first_of(box_.phases_[2][number]);
    const auto by_lanes = [&](auto step, auto vectors) {
      each_line(start, pz, py, to, [&](int64_t from, T* line) {
        read_lanes<step>(from, first, lanes_[number], vectors, line);
      });
    };
    if (vectors_ == 0)
      each_line(start, pz, py, to, [&](int64_t from, T* line) { read_line(from, first, line); });
    else if (step() == 1 && vectors_ == 1)
      by_lanes(One(), One());
    else if (step() == 1)
      by_lanes(One(), vectors_);
    else if (vectors_ == 1)
      by_lanes(Two(), One());
    else
      by_lanes(Two(), vectors_);
  }

  // Calls read(where a line of the source begins, where it goes) for each line of a phase; those
  // outside of the source are zero.
  template <class Read>
  void each_line(int64_t start, int64_t pz, int64_t py, T* to, Read read) const {
    const int64_t first_z = box_.low_[0] + pz + region_.first[0] * box_.step_[0];
    const int64_t first_y = box_.low_[1] + py + region_.first[1] * box_.step_[1];
    for (int64_t z = 0; z < region_.size[0] + box_.reach_[0]; ++z) {
      const int64_t source_z = first_z + z * box_.step_[0];
      const bool outside = source_z < 0 || source_z >= source_.shape[2];
      for (int64_t y = 0; y < region_.size[1] + box_.reach_[1]; ++y) {
        const int64_t source_y = first_y + y * box_.step_[1];
        T* line = to + z * box_.slice_ + y * box_.row_;
        if (outside || source_y < 0 || source_y >= source_.shape[3])
          zero_line(line);
        else
          read(start + source_z * source_.strides[2] + source_y * source_.strides[3], line);
      }
    }
  }

  // In all parts that a line is turned into at once; whole vectors would reach into the next.
  void zero_line(T* line) const {
    if (!turns_) return zero(line, count_);
    for (size_t phase = 0; phase < box_.phases_[2].size(); ++phase, line += box_.part_) {
      std::fill_n(line, count_, T(0));
    }
  }

  static void zero(T* to, int64_t count) {
    for (int64_t i = 0; i < count; i += kWidth) Vec<T>(0).store(to + i);
  }

  template <int kStep>
  void read_lanes(int64_t start, int64_t first, const LaneRange<T>* lanes, int64_t vectors,
                  T* to) const {
    const T* from = static_cast<const T*>(source_.data) + start + first;
    for (int64_t v = 0; v < vectors; ++v, to += kWidth, from += kStep * kWidth) {
      const Vec<T> low = lanes[kStep * v].load(from);
      if constexpr (kStep == 1)
        low.store(to);
      else
        even_lanes(low, lanes[kStep * v + 1].load(from + kWidth)).store(to);
    }
  }

  // Windows that follow each other are the rows of a matrix, its columns the phases.
  void turn_line(int64_t start, T* to) const {
    const T* from = static_cast<const T*>(source_.data) + start + first_of(0);
    turn_rows(from, step(), count_, static_cast<int64_t>(box_.phases_[2].size()), to, box_.part_);
  }

  void read_line(int64_t start, int64_t x, T* to) const {
    const int64_t width = source_.shape[4], stride = source_.strides[4];
    const int64_t before = x >= 0 ? 0 : std::min(count_, ceil_div(-x, step()));
    const int64_t inside = x >= width ? 0 : ceil_div(width - x, step());
    const int64_t end = std::clamp(inside, before, count_);
    zero(to, before);
    if (end > before) copy(to + before, start + (x + before * step()) * stride, end - before);
    zero(to + end, count_ - end);
  }

  void copy(T* to, int64_t from, int64_t count) const {
    const int64_t stride = step() * source_.strides[4];
    if (source_.dtype != dtype_of<T> || stride != 1) {
      const char* bytes = static_cast<const char*>(source_.data) + from * size_of(source_.dtype);
      return convert_(to, 1, bytes, stride, count);
    }
    const T* values = static_cast<const T*>(source_.data) + from;
    int64_t i = 0;
    for (; i + kWidth <= count; i += kWidth) Vec<T>::load(values + i).store(to + i);
    if (i < count) FirstLanes<T>(static_cast<int>(count - i)).load(values + i).store(to + i);
  }

  const BoxLayout& box_;
  const Array& source_;
  const Region& region_;
  int64_t count_;  // places of a line
  Convert convert_;
  int64_t vectors_ = 0;                      // of a line that is read by lanes; else 0
  bool turns_ = false;                       // a line of the source into all phases
  LaneRange<T> lanes_[2][2 * kMostVectors];  // of each phase
};

}  // namespace taeda::cpu::inline TAEDA_ISA

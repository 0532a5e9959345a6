// The outputs of a region, cut into panels of a few vectors.
#pragma once

#include <vector>

#include "convolution/box.h"
#include "taeda/kernels/simd/lane_range.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Neighbours in the source and in the output, both counted from where the region begins: lanes
// [lane, lane + count) of a panel, all of one vector.
template <class T>
struct Stretch {
  int lane, count;
  int64_t source, out;
  FirstLanes<T> lanes;

  int lane_of_vector() const { return lane % Vec<T>::size; }
};

// Where the output of a number lies; those of an image follow each other.
struct OutputPlace {
  int64_t image, z, y, x;

  OutputPlace(int64_t number, const Sizes3& size) {
    x = number % size[2];
    number /= size[2];
    y = number % size[1];
    number /= size[1];
    z = number % size[0];
    image = number / size[0];
  }
};

template <class T, int Vectors>
class Panels {
 public:
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int kLanes = Vectors * kWidth;

  struct Panel {
    int64_t source[Vectors];  // of each vector, where the source is read as it lies
    int vectors = 0;
    size_t first = 0, end = 0;  // of its stretches
  };

  // Regions of the same size are cut alike. Packed: stretches follow each other without gaps. Else
  // a vector covers as many places of the source, from one that is needed on, and lanes between two
  // rows are left unused.
  void cut(const Region& region, const BoxLayout& box, const int64_t (&out_strides)[5],
           bool packed) {
    if (region.images == images_ && region.size == size_) return;
    images_ = region.images;
    size_ = region.size;
    panels_.clear();
    stretches_.clear();
    lanes_used_ = kLanes;
    for (int64_t i = 0; i < region.images; ++i) {
      for (int64_t z = 0; z < region.size[0]; ++z) {
        for (int64_t y = 0; y < region.size[1]; ++y) {
          const int64_t out = i * out_strides[0] + z * out_strides[2] + y * out_strides[3];
          add_row(box.place(i, z, y), out, out_strides[4], region.size[2], packed);
        }
      }
    }
    if (!panels_.empty()) panels_.back().end = stretches_.size();
  }

  // Outputs [first, first + count) of all images, in their order in memory: the source of a stretch
  // is the number of its first output.
  void cut_in_order(int64_t first, int64_t count, const Sizes3& size,
                    const int64_t (&out_strides)[5]) {
    panels_.clear();
    stretches_.clear();
    lanes_used_ = kLanes;
    for (const int64_t end = first + count; first < end;) {
      const OutputPlace at(first, size);
      const int64_t columns = std::min(size[2] - at.x, end - first);
      const int64_t out = at.image * out_strides[0] + at.z * out_strides[2] +
                          at.y * out_strides[3] + at.x * out_strides[4];
      add_row(first, out, out_strides[4], columns, true);
      first += columns;
    }
    panels_.back().end = stretches_.size();
  }

  // A panel for each position, whose lanes are images: `out_strides` leads from one to the next.
  void cut_by_images(const Region& region, const int64_t (&out_strides)[5]) {
    if (region.images == images_ && region.size == size_) return;
    images_ = region.images;
    size_ = region.size;
    panels_.clear();
    stretches_.clear();
    for (int64_t z = 0; z < region.size[0]; ++z) {
      for (int64_t y = 0; y < region.size[1]; ++y) {
        for (int64_t x = 0; x < region.size[2]; ++x) {
          Panel& panel = panels_.emplace_back();
          panel.first = stretches_.size();
          panel.end = panel.first + 1;
          panel.vectors = static_cast<int>(ceil_div(region.images, kWidth));
          for (int j = 0; j < Vectors; ++j) panel.source[j] = j * kWidth;
          stretches_.push_back({0, static_cast<int>(region.images), 0,
                                z * out_strides[2] + y * out_strides[3] + x * out_strides[4],
                                FirstLanes<T>(kWidth)});
        }
      }
    }
  }

  // to[panel][k][lane] of one channel of a box, for panels of `depth` k: a vector is put together
  // of its stretches, each of which takes the lanes that those before it have left.
  void pack(const T* box, const std::vector<int64_t>& offsets, int64_t depth, T* to) const {
    for (const Panel& panel : panels_) {
      T* lanes = to;
      for (const int64_t offset : offsets) {
        const T* from = box + offset;
        for (const Stretch<T>* s = begin(panel); s != end(panel);) {
          T* vector = lanes + s->lane;
          Vec<T> values = Vec<T>::load(from + s->source);
          for (++s; s != end(panel) && s->lane_of_vector() > 0; ++s) {
            const int lane = s->lane_of_vector();
            values = LaneRange<T>(lane, kWidth).load_over(values, from + s->source - lane);
          }
          values.store(vector);
        }
        lanes += kLanes;
      }
      to += depth * kLanes;
    }
  }

  const std::vector<Panel>& panels() const { return panels_; }
  const Stretch<T>* begin(const Panel& panel) const { return stretches_.data() + panel.first; }
  const Stretch<T>* end(const Panel& panel) const { return stretches_.data() + panel.end; }

 private:
  void add_row(int64_t source, int64_t out, int64_t out_stride, int64_t columns, bool packed) {
    for (int64_t column = 0; column < columns;) {
      const int64_t place = source + column;
      // The lane of this place in the vector begun last, if it reaches so far.
      int64_t lane = lanes_used_ % kWidth;
      if (!packed) lane = panels_.empty() ? kWidth : place - vector_start_;
      const bool fresh = packed ? lane == 0 : lane >= kWidth;
      if (fresh) {
        begin_vector(place);
        lane = 0;
      }
      const int64_t count = std::min(columns - column, kWidth - lane);
      const int vector = panels_.back().vectors - 1;
      stretches_.push_back({static_cast<int>(vector * kWidth + lane), static_cast<int>(count),
                            place, out + column * out_stride,
                            FirstLanes<T>(static_cast<int>(count))});
      lanes_used_ = static_cast<int>(vector * kWidth + lane + count);
      column += count;
    }
  }

  void begin_vector(int64_t place) {
    if (panels_.empty() || panels_.back().vectors == Vectors) {
      if (!panels_.empty()) panels_.back().end = stretches_.size();
      panels_.push_back({});
      panels_.back().first = stretches_.size();
    }
    Panel& panel = panels_.back();
    std::fill(panel.source + panel.vectors, panel.source + Vectors, place);
    ++panel.vectors;
    vector_start_ = place;
  }

  int64_t images_ = 0;
  Sizes3 size_ = {};
  std::vector<Panel> panels_;
  std::vector<Stretch<T>> stretches_;
  int64_t vector_start_ = 0;
  int lanes_used_ = kLanes;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

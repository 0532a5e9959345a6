// The points that places of a grid read and what they weigh, found for a block of places at a time
// and used for all channels.
#pragma once

#include <algorithm>

#include "pairs.h"
#include "taeda/kernels/ops/sampled_axis.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int64_t kPlaces = 64;  // of a block: several whole vectors

// A place reads kTaps neighbours in each of some rows of points. Where a tap lies outside, or on a
// point that a mirror has brought it to, its weight goes to the neighbour that it stands for, or to
// none; a neighbour without any weight counts nothing, not even a NaN.
template <class T, int kTaps, int kDims>
class Places {
  using I = typename MaskElement<T>::type;
  using Axis = SampledAxis<T, kTaps>;
  static constexpr int kWidth = Vec<T>::size;
  static constexpr int kRows = kDims == 2 ? kTaps : kTaps * kTaps;

 public:
  // Images (N, C, ...) whose rows lie `pitch` apart, which is at least kTaps. `slopes`: the weights
  // of the derivative along each dimension rather than of the values.
  Places(const Array& images, int64_t pitch, const Sampling& sampling, bool slopes)
      : sets_(slopes ? kDims : 1), slopes_(slopes), pitch_(pitch) {
    for (int d = 0; d < kDims; ++d) {
      sizes_[d] = images.shape[images.ndim() - 1 - d];
      axes_[d] = Axis(sizes_[d], sampling, sampling.orders[d]);
      steeper_[d] = Axis(sizes_[d], sampling, sampling.orders[d] + 1);
    }
  }

  // Of up to kPlaces places, which have their coordinates side by side.
  void find(const T* grid, int64_t count) {
    count_ = count;
    each_vector([&](int64_t i, int64_t size) {
      Vec<T> coordinates[kDims];
      load_coordinates(grid + i * kDims, size, coordinates);
      Along along[kDims];
      for (int d = 0; d < kDims; ++d) along[d] = find_along(d, coordinates[d]);
      const Row lanes = gather_lanes(along[0]);
      Mask<T> all{~typename Vec<T>::NativeMask{}};
      for (int row = 0; row < kRows; ++row) all = all & combine(i, row, along, lanes);
      is_whole_[i / kWidth] = !any(!all);
    });
  }

  // visit(first, count) for the vectors of the block.
  template <class Visit>
  void each_vector(Visit visit) const {
    for (int64_t i = 0; i < count_; i += kWidth) visit(i, std::min<int64_t>(kWidth, count_ - i));
  }

  // The sums of the vector of places at i over what they read in a plane: one of each set.
  template <int kSets>
  void sums_at(int64_t i, const T* plane, Vec<T> (&sums)[kSets]) const {
    for (Vec<T>& sum : sums) sum = Vec<T>(0);
    for (int row = 0; row < kRows; ++row) {
      Vec<T> values[kTaps];
      load_neighbours<kTaps>(plane, offsets_[row] + i, values);
      for (int lane = 0; lane < kTaps; ++lane) {
        if (!is_whole_[i / kWidth])
          values[lane] = select(has_weight(row, lane, i), values[lane], Vec<T>(0));
        for (int set = 0; set < kSets; ++set) {
          sums[set] = fma(Vec<T>::load(weights_[set][row][lane] + i), values[lane], sums[set]);
        }
      }
    }
  }

  // Adds values of the block to the points of a plane: row by row, each in the order of the places.
  void scatter(const T* values, T* plane) const {
    for (int row = 0; row < kRows; ++row) {
      alignas(64) T terms[kPlaces * kTaps];
      each_vector([&](int64_t i, int64_t count) {
        const Vec<T> value = load_some(values + i, count);
        Vec<T> products[kTaps];
        for (int lane = 0; lane < kTaps; ++lane) {
          products[lane] = Vec<T>::load(weights_[0][row][lane] + i) * value;
          if (is_whole_[i / kWidth]) continue;
          products[lane] = select(has_weight(row, lane, i), products[lane], Vec<T>(0));
        }
        store_neighbours<kTaps>(products, terms + i * kTaps);
      });
      for (int64_t i = 0; i < count_; ++i) {
        add_neighbours<kTaps>(terms + i * kTaps, plane + offsets_[row][i]);
      }
    }
  }

 private:
  // Of a vector of places along a dimension.
  struct Along {
    Vec<T> first, fraction, points[kTaps], weights[2][kTaps];
    Mask<T> inside[kTaps];
  };
  // The neighbours that are read along x: their weights, and whether they have any.
  struct Row {
    Vec<I> base;
    Vec<T> weights[2][kTaps];
    Mask<T> inside[kTaps];
  };

  void load_coordinates(const T* grid, int64_t count, Vec<T>* coordinates) const {
    if (kDims == 2 && count == kWidth) return load_pairs(grid, coordinates[0], coordinates[1]);
    for (int d = 0; d < kDims; ++d) {
      typename Vec<T>::Native values{};
      for (int64_t lane = 0; lane < count; ++lane) values[lane] = grid[lane * kDims + d];
      coordinates[d] = Vec<T>(values);
    }
  }

  Along find_along(int d, Vec<T> coordinates) const {
    Along along;
    Vec<T> sign;
    const Vec<T> place = axes_[d].place(coordinates, sign);
    along.first = axes_[d].first_point(place, along.fraction);
    for (int tap = 0; tap < kTaps; ++tap) {
      const Vec<T> point = axes_[d].point(along.first + Vec<T>(tap));
      along.inside[tap] = axes_[d].is_inside(point);
      along.points[tap] = select(along.inside[tap], point, Vec<T>(0));
      along.weights[0][tap] = axes_[d].weight(tap, along.fraction, sign);
      if (slopes_) along.weights[1][tap] = steeper_[d].weight(tap, along.fraction, sign);
    }
    return along;
  }

  Row gather_lanes(const Along& x) const {
    Row row;
    const Vec<T> last(static_cast<T>(pitch_ - kTaps));
    Vec<T> first = x.first;
    if (axes_[0].moves_points()) {
      first = x.points[0];
      for (int tap = 1; tap < kTaps; ++tap) first = minimum(first, x.points[tap]);
    }
    // A place that is NaN begins anywhere and passes its NaN on by the weights.
    const Vec<T> base = select(first >= Vec<T>(0), minimum(first, last), Vec<T>(0));
    const Vec<T> nan = x.fraction - x.fraction;
    row.base = convert<I>(base);
    for (int lane = 0; lane < kTaps; ++lane) {
      row.inside[lane] = Mask<T>{};
      row.weights[0][lane] = row.weights[1][lane] = nan;
      for (int tap = 0; tap < kTaps; ++tap) {
        const Mask<T> here = x.inside[tap] & (x.points[tap] == base + Vec<T>(lane));
        row.inside[lane] = row.inside[lane] | here;
        for (int s = 0; s <= slopes_; ++s) {
          row.weights[s][lane] += select(here, x.weights[s][tap], Vec<T>(0));
        }
      }
    }
    return row;
  }

  // One tap of each dimension but x, that of y the fastest, beside the neighbours along x: whether
  // all of these count.
  Mask<T> combine(int64_t i, int row, const Along* along, const Row& lanes) {
    Vec<I> line(0);
    Mask<T> inside{~typename Vec<T>::NativeMask{}};
    Vec<T> weights[kDims];
    for (Vec<T>& weight : weights) weight = Vec<T>(1);
    int rest = row, taps[kDims];
    for (int d = 1; d < kDims; ++d, rest /= kTaps) taps[d] = rest % kTaps;
    for (int d = kDims - 1; d > 0; --d) {
      line = Vec<I>(line.v * Vec<I>(sizes_[d]).v) + convert<I>(along[d].points[taps[d]]);
      inside = inside & along[d].inside[taps[d]];
      for (int set = 0; set < sets_; ++set) {
        weights[set] *= along[d].weights[slopes_ && d == set][taps[d]];
      }
    }
    (Vec<I>(line.v * Vec<I>(pitch_).v) + lanes.base).store(offsets_[row] + i);
    Mask<T> all = inside;
    for (int lane = 0; lane < kTaps; ++lane) {
      const Mask<T> counts = inside & lanes.inside[lane];
      Vec<I>(counts.m).store(has_weight_[row][lane] + i);
      all = all & counts;
      for (int set = 0; set < sets_; ++set) {
        const Vec<T> weight = lanes.weights[slopes_ && set == 0][lane];
        (weights[set] * weight).store(weights_[set][row][lane] + i);
      }
    }
    return all;
  }

  Mask<T> has_weight(int row, int lane, int64_t i) const {
    return Mask<T>{Vec<I>::load(has_weight_[row][lane] + i).v};
  }

  int sets_;
  bool slopes_, is_whole_[kPlaces / kWidth];  // of a vector: whether all that it reads counts
  int64_t pitch_, count_ = 0, sizes_[kDims];
  Axis axes_[kDims], steeper_[kDims];
  alignas(64) I offsets_[kRows][kPlaces];  // of the first neighbour
  alignas(64) I has_weight_[kRows][kTaps][kPlaces];
  alignas(64) T weights_[kDims][kRows][kTaps][kPlaces];
};

}  // namespace taeda::cpu::inline TAEDA_ISA

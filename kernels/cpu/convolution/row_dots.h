// The gradient of a weight with few output channels, such as a depthwise one's: for each tap a dot
// product along rows of outputs.
#pragma once

#include <cstring>
#include <optional>

#include "convolution/bordered.h"
#include "convolution/chunk_rows.h"
#include "convolution/weight_gradient.h"
#include "taeda/kernels/allocator.h"

namespace taeda::cpu::inline TAEDA_ISA {

inline constexpr int kDotTaps = kVectorBytes == 64 ? 9 : 5;  // sums that stay in registers

// The sum of one vector's lanes, folded in halves.
template <class T>
T lane_total(const T* sums) {
  constexpr int width = Vec<T>::size;
  T lanes[width];
  std::memcpy(lanes, sums, sizeof lanes);
  for (int half = width / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

template <class T>
class RowDots {
 public:
  struct Space {
    std::optional<Scratch<T>> copied;
    std::vector<const T*> lines, sources;
    std::vector<int64_t> distances;
  };

  // `width`: from the sums of one tap to those of the next.
  RowDots(const WeightGradient<T>& gradient, int64_t width)
      : p_(gradient),
        taps_(static_cast<int64_t>(p_.taps.size())),
        columns_(row_taps(p_.taps)),
        width_(width) {
    const int64_t columns = p_.outputs[2];
    if (BorderedRows<T>::serves(p_.source, p_.step, 2)) {
      bordered_.emplace(p_.source, p_.taps, p_.step, columns);
      if (p_.step[2] == 2) step_ = 2;
    }
    for (int64_t column = 0; column < columns; column += Vec<T>::size) {
      all_.emplace_back(0, columns - column);
    }
    const int64_t ranges = step_ * std::ssize(all_);  // of a tap
    for (int64_t t = 0; t < taps_; ++t) {
      const LaneRange<T>* of = bordered_ ? bordered_->lanes(t) : all_.data();
      lanes_.insert(lanes_.end(), of, of + ranges);
    }
  }

  // Whether the source needs no box.
  bool reads_source() const { return bordered_.has_value(); }

  // Adds to the sums of `channels` input channels from `channel` on, and of the bias. `box` is
  // their box, null where the source is read as it lies.
  void add(const Region& chunk, int64_t group, int64_t channel, int64_t channels, const T* box,
           const BoxLayout& layout, T* sums, T* bias, Space& space) const {
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      find_gradients(chunk, group * p_.out_channels + m, space);
      T* to = sums + m * Vec<T>::size;
      for (int64_t c = 0; c < channels; ++c) {
        find_sources(chunk, group * p_.in_channels + channel + c,
                     box ? box + c * layout.channel_stride() : nullptr, layout, space);
        for (int64_t t = 0; t < taps_;) {
          T* sum = to + (c * taps_ + t) * width_;
          if (chunk.size[1] > 1 && is_square(t)) {
            add_square(chunk, space, t, sum);
            t += kEdge * kEdge;
          } else {
            const int count = static_cast<int>(std::min<int64_t>(kDotTaps, taps_ - t));
            add_dot(count, space, t, sum);
            t += count;
          }
        }
      }
      if (bias) add_lines(space.lines, bias + m * Vec<T>::size);
    }
  }

 private:
  // Where each row of gradients begins.
  void find_gradients(const Region& chunk, int64_t channel, Space& space) const {
    const Array& g = p_.grad_out;
    const int64_t columns = p_.outputs[2];
    const bool as_lines = g.dtype == dtype_of<T> && g.strides[4] == 1;
    const Convert convert = converter(dtype_of<T>, g.dtype);
    T* copied = space.copied.emplace(as_lines ? 0 : chunk.positions()).data();
    space.lines.clear();
    each_row(chunk, [&](int64_t i, int64_t z, int64_t y) {
      const void* line = gradient_at(g, chunk, i, channel, z, y);
      if (!as_lines) {
        convert(copied, 1, line, g.strides[4], columns);
        line = copied;
        copied += columns;
      }
      space.lines.push_back(static_cast<const T*>(line));
    });
  }

  // What the first tap of each row of the window meets along each row of outputs, and how far from
  // there the others do.
  void find_sources(const Region& chunk, int64_t channel, const T* box, const BoxLayout& layout,
                    Space& space) const {
    const int64_t rows = taps_ / columns_;
    space.sources.resize(space.lines.size() * static_cast<size_t>(rows));
    space.distances.resize(static_cast<size_t>(columns_));
    const auto at = [&](int64_t tap) {
      const size_t t = static_cast<size_t>(tap);
      return box ? layout.offsets()[t] : p_.taps[t].at[2];
    };
    for (int64_t x = 0; x < columns_; ++x) space.distances[static_cast<size_t>(x)] = at(x) - at(0);
    const T** to = space.sources.data();
    const T* plane = nullptr;
    each_row(chunk, [&](int64_t i, int64_t z, int64_t y) {
      if (!box) {
        if (z == 0 && y == 0) plane = bordered_->plane(chunk.image + i, channel);
        bordered_->rows(plane, chunk.first[0] + z, chunk.first[1] + y, to);
      } else {
        const T* place = box + layout.place(i, z, y);
        for (int64_t r = 0; r < rows; ++r) to[r] = place + at(r * columns_);
      }
      to += rows;
    });
  }

  // Whether taps from this one on are three rows of three, one below the other in the source too.
  bool is_square(int64_t tap) const {
    if (p_.step[1] != 1 || step_ != 1 || columns_ != kEdge || tap % kEdge ||
        tap + kEdge * kEdge > taps_) {
      return false;
    }
    const Sizes3& first = p_.taps[static_cast<size_t>(tap)].at;
    for (int64_t row = 1; row < kEdge; ++row) {
      const Sizes3& at = p_.taps[static_cast<size_t>(tap + row * kEdge)].at;
      if (at[0] != first[0] || at[1] != first[1] + row) return false;
    }
    return true;
  }

  // Each row of the source is loaded once for the three rows of gradients that it meets.
  void add_square(const Region& chunk, const Space& space, int64_t tap, T* to) const {
    const int64_t vectors = ceil_div(p_.outputs[2], Vec<T>::size), rows = chunk.size[1];
    Vec<T> sums[kEdge * kEdge];
#pragma GCC unroll 9
    for (int t = 0; t < kEdge * kEdge; ++t) sums[t] = Vec<T>::load(to + t * width_);
    const int64_t window_rows = taps_ / columns_;
    const T* const* sources = space.sources.data() + tap / columns_;
    const int64_t at[kEdge] = {0, space.distances[1], space.distances[2]};
    const int64_t planes = static_cast<int64_t>(space.lines.size()) / rows;
    for (int64_t p = 0; p < planes; ++p, sources += rows * window_rows) {
      const T* const* lines = space.lines.data() + p * rows;
      for (int64_t j = 0; j < vectors; ++j) {
        const int64_t start = j * Vec<T>::size;
        const LaneRange<T> all = all_[static_cast<size_t>(j)];
        const LaneRange<T>* of = lanes_.data() + tap * vectors + j;
        const LaneRange<T> lanes[kEdge] = {of[0], of[vectors], of[2 * vectors]};
        Vec<T> gradients[kEdge] = {Vec<T>(0), Vec<T>(0), Vec<T>(0)};  // of this row, those before
        const auto enter = [&](int64_t row) {
          gradients[2] = gradients[1];
          gradients[1] = gradients[0];
          gradients[0] = all.load(lines[row] + start);
        };
        // What rows [First, End) of the window meet in a row of the source.
        const auto meet = [&]<int First, int End>(const T* row) {
#pragma GCC unroll 3
          for (int x = 0; x < kEdge; ++x) {
            const Vec<T> met = lanes[x].load(row + at[x] + start);
#pragma GCC unroll 3
            for (int i = First; i < End; ++i) {
              sums[i * kEdge + x] = fma(gradients[i], met, sums[i * kEdge + x]);
            }
          }
        };
        enter(0);
        meet.template operator()<0, 1>(sources[0]);
        enter(1);
        meet.template operator()<0, 2>(sources[window_rows]);
        for (int64_t row = 2; row < rows; ++row) {
          enter(row);
          meet.template operator()<0, kEdge>(sources[row * window_rows]);
        }
        const T* const* last = sources + (rows - 1) * window_rows;
        gradients[2] = gradients[1];
        gradients[1] = gradients[0];
        meet.template operator()<1, kEdge>(last[1]);
        gradients[2] = gradients[1];
        meet.template operator()<2, kEdge>(last[2]);
      }
    }
#pragma GCC unroll 9
    for (int t = 0; t < kEdge * kEdge; ++t) sums[t].store(to + t * width_);
  }

  void add_dot(int count, const Space& space, int64_t tap, T* to) const {
    const auto run = [&]<int... Counts>(std::integer_sequence<int, Counts...>) {
      ((count == Counts + 1
            ? step_ == 1 ? dot<Counts + 1, 1>(space, tap, to) : dot<Counts + 1, 2>(space, tap, to)
            : void()),
       ...);
    };
    run(std::make_integer_sequence<int, kDotTaps>{});
  }

  template <int Count, int Step>
  void dot(const Space& space, int64_t tap, T* to) const {
    const int64_t vectors = ceil_div(p_.outputs[2], Vec<T>::size);
    const LaneRange<T>* lanes = lanes_.data() + tap * vectors * Step;
    Vec<T> sums[Count];
#pragma GCC unroll 9
    for (int t = 0; t < Count; ++t) sums[t] = Vec<T>::load(to + t * width_);
    const int64_t window_rows = taps_ / columns_;
    int64_t row_of[Count], distances[Count];
    for (int t = 0; t < Count; ++t) {
      row_of[t] = (tap + t) / columns_;
      distances[t] = space.distances[static_cast<size_t>((tap + t) % columns_)];
    }
    const bool threes = columns_ == kEdge && space.distances[1] == 1 && space.distances[2] == 2;
    const T* const* rows = space.sources.data();
    for (const T* gradients : space.lines) {
      const T* sources[Count];
      for (int t = 0; t < Count; ++t) sources[t] = rows[row_of[t]] + distances[t];
      for (int64_t j = 0; j < vectors; ++j) {
        const Vec<T> gradient = all_[static_cast<size_t>(j)].load(gradients + j * Vec<T>::size);
        if constexpr (Count == kEdge * kEdge && Step == 2) {
          if (threes) {
            add_threes(gradient, sources, lanes + j * Step, vectors * Step, j, sums);
            continue;
          }
        }
#pragma GCC unroll 9
        for (int t = 0; t < Count; ++t) {
          const Vec<T> met = BorderedRows<T>::load(lanes + (t * vectors + j) * Step,
                                                   sources[t] + j * Vec<T>::size * Step, Step == 2);
          sums[t] = fma(gradient, met, sums[t]);
        }
      }
      rows += window_rows;
    }
#pragma GCC unroll 9
    for (int t = 0; t < Count; ++t) sums[t].store(to + t * width_);
  }

  // Three rows of three neighbours, of which the first two lie in the same vectors.
  [[gnu::always_inline]] static void add_threes(Vec<T> gradient, const T* const* sources,
                                                const LaneRange<T>* lanes, int64_t ranges,
                                                int64_t j, Vec<T>* sums) {
    constexpr int width = Vec<T>::size;
#pragma GCC unroll 3
    for (int row = 0; row < kEdge * kEdge; row += kEdge) {
      const auto load = [&](int tap, int part) {
        return lanes[tap * ranges + part].load(sources[tap] + (2 * j + part) * width);
      };
      const Vec<T> low = load(row, 0), high = load(row, 1);
      sums[row] = fma(gradient, even_lanes(low, high), sums[row]);
      sums[row + 1] = fma(gradient, odd_lanes(low, high), sums[row + 1]);
      sums[row + 2] = fma(gradient, even_lanes(load(row + 2, 0), load(row + 2, 1)), sums[row + 2]);
    }
  }

  void add_lines(const std::vector<const T*>& lines, T* to) const {
    const int64_t vectors = ceil_div(p_.outputs[2], Vec<T>::size);
    Vec<T> sum = Vec<T>::load(to);
    for (const T* line : lines) {
      for (int64_t j = 0; j < vectors; ++j)
        sum += all_[static_cast<size_t>(j)].load(line + j * Vec<T>::size);
    }
    sum.store(to);
  }

  static constexpr int kEdge = 3;

  const WeightGradient<T>& p_;
  int64_t taps_, columns_, width_;  // columns of the window
  std::optional<BorderedRows<T>> bordered_;
  int64_t step_ = 1;  // of the source along a row, where that is read as it lies
  std::vector<LaneRange<T>> lanes_, all_;  // of each tap, of the gradients
};

}  // namespace taeda::cpu::inline TAEDA_ISA

// The gradient of a weight with few output channels, such as a depthwise one's: for each tap a dot
// product along rows of outputs.
#pragma once

#include <cstring>
#include <optional>

#include "convolution/bands.h"
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
    std::vector<const T*> lines;  // of the source: (channel, image, line)
  };

  // Of chunks of some outputs. `box`: where these find their source, null where it is read as it
  // lies; `width`: from the sums of one tap to those of the next.
  RowDots(const WeightGradient<T>& gradient, const Sizes3& outputs, const BoxLayout* box,
          int64_t width)
      : p_(gradient),
        taps_(static_cast<int64_t>(p_.taps.size())),
        columns_(row_taps(p_.taps)),
        width_(width),
        vectors_(ceil_div(p_.outputs[2], Vec<T>::size)),
        lines_(p_.taps, p_.step, outputs),
        box_(box) {
    for (int64_t j = 0; j < vectors_; ++j) all_.emplace_back(0, p_.outputs[2] - j * Vec<T>::size);
    if (box) {
      places_ = lines_.places(*box);
    } else {
      bordered_.emplace(p_.source, p_.taps, p_.step, p_.outputs[2]);
      step_ = p_.step[2];
    }
    for (int64_t t = 0; t < taps_; ++t) {
      const LaneRange<T>* of = box ? all_.data() : bordered_->lanes(t);
      lanes_.insert(lanes_.end(), of, of + step_ * vectors_);
      const Sizes3& at = p_.taps[static_cast<size_t>(t)].at;
      const int64_t line = lines_.of(at);
      met_.push_back(
          {line, box ? box->offsets()[static_cast<size_t>(t)] - places_[static_cast<size_t>(line)]
                     : at[2]});
      band_rows_.push_back(band_rows(t));
    }
  }

  // Adds to the sums of `channels` input channels from `channel` on, and of the bias. `source` is
  // their box, if there is one.
  void add(const Region& chunk, int64_t group, int64_t channel, int64_t channels, const T* source,
           T* sums, T* bias, Space& space) const {
    find_lines(chunk, group * p_.in_channels + channel, channels, source, space.lines);
    for (int64_t m = 0; m < p_.out_channels; ++m) {
      const Gradients gradients =
          gradients_of(p_.grad_out, chunk, group * p_.out_channels + m, space.copied);
      T* to = sums + m * Vec<T>::size;
      const T* const* lines = space.lines.data();
      for (int64_t c = 0; c < channels; ++c, lines += chunk.images * lines_.count()) {
        for (int64_t t = 0; t < taps_;) {
          T* sum = to + (c * taps_ + t) * width_;
          const int64_t rows = band_rows_[static_cast<size_t>(t)];
          if (rows > 0 && chunk.size[1] >= rows) {
            with_band(rows, columns_, [&]<int Rows, int Columns>() {
              add_band<Rows, Columns>(chunk, gradients, lines, t, sum);
            });
            t += rows * columns_;
          } else {
            const int count = static_cast<int>(std::min<int64_t>(kDotTaps, taps_ - t));
            add_dot(count, chunk, gradients, lines, t, sum);
            t += count;
          }
        }
      }
      if (bias) add_all(chunk, gradients, bias + m * Vec<T>::size);
    }
  }

 private:
  using Gradients = ChannelGradients<T>;
  // Of a tap: the line that it meets from the first output, and where in that.
  struct Met {
    int64_t line, at;
  };

  void find_lines(const Region& chunk, int64_t channel, int64_t channels, const T* source,
                  std::vector<const T*>& lines) const {
    lines.resize(static_cast<size_t>(channels * chunk.images * lines_.count()));
    const T** to = lines.data();
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t i = 0; i < chunk.images; ++i, to += lines_.count()) {
        if (box_) {
          const T* from = source + c * box_->channel_stride() + i * box_->image_stride();
          for (size_t l = 0; l < places_.size(); ++l) to[l] = from + places_[l];
        } else {
          lines_.find(*bordered_, bordered_->plane(chunk.image + i, channel + c), to, chunk.first);
        }
      }
    }
  }

  // Calls visit(gradients, lines) for each slice of outputs.
  template <class Visit>
  [[gnu::always_inline]] void each_slice(const Region& chunk, const Gradients& gradients,
                                         const T* const* lines, Visit visit) const {
    for (int64_t i = 0; i < chunk.images; ++i, lines += lines_.count()) {
      for (int64_t z = 0; z < chunk.size[0]; ++z) {
        visit(gradients.first + i * gradients.image + z * gradients.slice, lines + lines_.slice(z));
      }
    }
  }

  // How many rows of a band begin with this tap, one below the other in the source too; none where
  // it begins no band.
  int64_t band_rows(int64_t tap) const {
    if (p_.step[1] != 1 || step_ != 1 || !is_band_width(columns_) || tap % columns_) return 0;
    const Sizes3& first = p_.taps[static_cast<size_t>(tap)].at;
    int64_t rows = 1;
    for (; rows < kBandRows && tap + rows * columns_ < taps_; ++rows) {
      const Sizes3& at = p_.taps[static_cast<size_t>(tap + rows * columns_)].at;
      if (at[0] != first[0] || at[1] != first[1] + rows) break;
    }
    return rows;
  }

  // Each row of the source is loaded once for the rows of gradients that it meets.
  template <int Rows, int Columns>
  [[gnu::noinline]] void add_band(const Region& chunk, const Gradients& of, const T* const* lines,
                                  int64_t tap, T* to) const {
    const int64_t vectors = vectors_, rows = chunk.size[1];
    Vec<T> sums[Rows * Columns];
#pragma GCC unroll 21
    for (int t = 0; t < Rows * Columns; ++t) sums[t] = Vec<T>::load(to + t * width_);
    const Met* met = met_.data() + tap;
    each_slice(chunk, of, lines + met->line,
               [&](const T* slice, const T* const* sources) __attribute__((always_inline)) {
                 for (int64_t j = 0; j < vectors; ++j) {
                   const int64_t start = j * Vec<T>::size;
                   const LaneRange<T> all = all_[static_cast<size_t>(j)];
                   int64_t at[Columns];
                   LaneRange<T> lanes[Columns];
#pragma GCC unroll 7
                   for (int x = 0; x < Columns; ++x) {
                     at[x] = met[x].at + start;
                     lanes[x] = lanes_[static_cast<size_t>((tap + x) * vectors + j)];
                   }
                   Vec<T> gradients[Rows];  // of this row, those before
                   const T* next = slice + start;
                   const T* const* source = sources;
                   const auto enter = [&](bool has_row) __attribute__((always_inline)) {
#pragma GCC unroll 2
                     for (int i = Rows - 1; i > 0; --i) gradients[i] = gradients[i - 1];
                     if (has_row) gradients[0] = all.load(next);
                     next += of.row;
                   };
                   // What rows [First, End) of the band meet in a row of the source.
                   const auto meet = [&]<int First, int End>() __attribute__((always_inline)) {
                     const T* row = *source++;
                     enter(First == 0);
#pragma GCC unroll 7
                     for (int x = 0; x < Columns; ++x) {
                       const Vec<T> value = lanes[x].load(row + at[x]);
#pragma GCC unroll 3
                       for (int i = First; i < End; ++i) {
                         sums[i * Columns + x] = fma(gradients[i], value, sums[i * Columns + x]);
                       }
                     }
                   };
                   if constexpr (Rows > 1) meet.template operator()<0, 1>();
                   if constexpr (Rows > 2) meet.template operator()<0, 2>();
                   for (int64_t y = Rows - 1; y < rows; ++y) meet.template operator()<0, Rows>();
                   if constexpr (Rows > 1) meet.template operator()<1, Rows>();
                   if constexpr (Rows > 2) meet.template operator()<2, Rows>();
                 }
               });
#pragma GCC unroll 21
    for (int t = 0; t < Rows * Columns; ++t) sums[t].store(to + t * width_);
  }

  void add_dot(int count, const Region& chunk, const Gradients& of, const T* const* lines,
               int64_t tap, T* to) const {
    const auto run = [&]<int... Counts>(std::integer_sequence<int, Counts...>) {
      ((count == Counts + 1 ? step_ == 1 ? dot<Counts + 1, 1>(chunk, of, lines, tap, to)
                                         : dot<Counts + 1, 2>(chunk, of, lines, tap, to)
                            : void()),
       ...);
    };
    run(std::make_integer_sequence<int, kDotTaps>{});
  }

  template <int Count, int Step>
  void dot(const Region& chunk, const Gradients& of, const T* const* lines, int64_t tap,
           T* to) const {
    const int64_t vectors = vectors_;
    const LaneRange<T>* lanes = lanes_.data() + tap * vectors * Step;
    Vec<T> sums[Count];
#pragma GCC unroll 9
    for (int t = 0; t < Count; ++t) sums[t] = Vec<T>::load(to + t * width_);
    const Met* met = met_.data() + tap;
    const bool threes =
        columns_ == kEdge && met[1].at == met[0].at + 1 && met[2].at == met[0].at + 2;
    each_slice(chunk, of, lines,
               [&](const T* gradients, const T* const* line) __attribute__((always_inline)) {
                 for (int64_t y = 0; y < chunk.size[1];
                      ++y, gradients += of.row, line += p_.step[1]) {
                   const T* sources[Count];
                   for (int t = 0; t < Count; ++t) sources[t] = line[met[t].line] + met[t].at;
                   for (int64_t j = 0; j < vectors; ++j) {
                     const Vec<T> gradient =
                         all_[static_cast<size_t>(j)].load(gradients + j * Vec<T>::size);
                     if constexpr (Count == kEdge * kEdge && Step == 2) {
                       if (threes) {
                         add_threes(gradient, sources, lanes + j * Step, vectors * Step, j, sums);
                         continue;
                       }
                     }
#pragma GCC unroll 9
                     for (int t = 0; t < Count; ++t) {
                       const Vec<T> source =
                           BorderedRows<T>::load(lanes + (t * vectors + j) * Step,
                                                 sources[t] + j * Vec<T>::size * Step, Step == 2);
                       sums[t] = fma(gradient, source, sums[t]);
                     }
                   }
                 }
               });
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

  void add_all(const Region& chunk, const Gradients& of, T* to) const {
    Vec<T> sum = Vec<T>::load(to);
    for (int64_t j = 0; j < vectors_; ++j) {
      const LaneRange<T> lanes = all_[static_cast<size_t>(j)];
      for (int64_t i = 0; i < chunk.images; ++i) {
        for (int64_t z = 0; z < chunk.size[0]; ++z) {
          const T* row = of.first + i * of.image + z * of.slice + j * Vec<T>::size;
          Vec<T> parts[2] = {Vec<T>(0), Vec<T>(0)};
          int64_t y = 0;
          for (; y + 1 < chunk.size[1]; y += 2, row += 2 * of.row) {
            parts[0] += lanes.load(row);
            parts[1] += lanes.load(row + of.row);
          }
          if (y < chunk.size[1]) parts[0] += lanes.load(row);
          sum += parts[0] + parts[1];
        }
      }
    }
    sum.store(to);
  }

  static constexpr int kEdge = 3;

  const WeightGradient<T>& p_;
  int64_t taps_, columns_, width_, vectors_;  // columns of the window, vectors of a row of outputs
  WindowLines lines_;
  const BoxLayout* box_;
  std::vector<int64_t> places_;  // of the lines in the box
  std::optional<BorderedRows<T>> bordered_;
  int64_t step_ = 1;                       // of the source along a row
  std::vector<LaneRange<T>> lanes_, all_;  // of each tap, of the gradients
  std::vector<Met> met_;
  std::vector<int64_t> band_rows_;  // of the band that begins with a tap
};

}  // namespace taeda::cpu::inline TAEDA_ISA

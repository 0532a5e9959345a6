// A plane of outputs of one channel, band by band: the sums of a row of outputs are loaded and
// stored once for each.
#pragma once

#include <algorithm>
#include <vector>

#include "convolution/bands.h"
#include "convolution/bordered.h"
#include "convolution/correlate.h"

namespace taeda::cpu::inline TAEDA_ISA {

template <class T>
class BandPlane {
 public:
  // In steps of one, or of two where the window is a square.
  static bool serves(const SlidingWindow& window, const std::vector<Band>& bands, int64_t columns) {
    const int64_t step = window.step[1];
    if (window.step[2] != step || !is_band_width(columns)) return false;
    if (step == 2)
      return window.in_channels == 1 && columns == kBandRows && bands.size() == 1 &&
             bands[0].rows == kBandRows;
    return step == 1 && std::ranges::all_of(bands, [&](const Band& band) {
             const int64_t streams = has_halves(columns) && band.rows > 1 ? 2 : 1;
             return window.outputs[1] >= streams * band.rows;
           });
  }

  // `at`: of each column of the window; `line_step`: of the source from output to output, negative
  // where the rows of the window run upwards.
  BandPlane(const Correlation<T>& correlation, const BorderedRows<T>& source,
            const std::vector<int64_t>& at, int64_t line_step)
      : p_(correlation),
        source_(source),
        at_(at),
        height_(p_.outputs[1]),
        line_step_(line_step),
        row_step_(line_step < 0 ? -p_.out_strides[3] : p_.out_strides[3]) {}

  // `lines` are those that the window meets, of each channel `channel_lines`; `out` is the first
  // row.
  void sum(const std::vector<Band>& bands, const T* const* lines, int64_t channel_lines,
           const T* weights, T bias, T* out) const {
    if (line_step_ < 0) {
      lines += (height_ - 1) * -line_step_;
      out -= (height_ - 1) * row_step_;
    }
    if (p_.step[1] == 2) return sum_square(lines + bands[0].line, weights, bias, out);
    for (int64_t c = 0; c < p_.in_channels; ++c) {
      for (const Band& band : bands) {
        const bool is_last = c + 1 == p_.in_channels && &band == &bands.back();
        with_band(band.rows, std::ssize(at_), [&]<int Rows, int Columns>() {
          add<Rows, Columns>(lines + band.line, weights + band.tap, bias, out,
                             c == 0 && band.tap == 0, is_last);
        });
      }
      lines += channel_lines;
      weights += std::ssize(p_.taps);
    }
  }

 private:
  // Where many columns make long sums, the upper and the lower half of a plane go side by side:
  // those of one alone would wait for one another.
  static constexpr bool has_halves(int64_t columns) { return columns > 5; }

  // Some rows of outputs, one after the other: a row of the source enters and completes one.
  template <int Rows>
  struct Stream {
    const T* const* next;   // of the source
    T *begun, *completed;   // rows of outputs
    Vec<T> sums[Rows + 1];  // sums[i] has met i rows of the band
  };

  template <int Rows, int Columns>
  [[gnu::noinline]] void add(const T* const* lines, const T* weights, T bias, T* out, bool is_first,
                             bool is_last) const {
    constexpr bool kHalves = has_halves(Columns);
    const int64_t half = kHalves ? height_ / 2 : height_, step = line_step_, row = row_step_;
    Vec<T> factors[Rows * Columns];
#pragma GCC unroll 21
    for (int t = 0; t < Rows * Columns; ++t) factors[t] = Vec<T>(weights[t]);
    for (int64_t j = 0; j < source_.vectors(); ++j, out += Vec<T>::size) {
      const FirstLanes<T> all = source_.outputs(j);
      LaneRange<T> lanes[Columns];
      int64_t at[Columns];
#pragma GCC unroll 7
      for (int x = 0; x < Columns; ++x) {
        lanes[x] = source_.lanes(x)[j];
        at[x] = at_[static_cast<size_t>(x)] + j * Vec<T>::size;
      }
      T* const middle = out + (height_ - half) * row;
      Stream<Rows> upper{lines, out, out, {}};
      Stream<Rows> lower{lines + (height_ - half) * step, middle, middle, {}};
      // A row of the source meets rows [First, End) of the band.
      const auto meet = [&]<int First, int End>(Stream<Rows>& of) __attribute__((always_inline)) {
        const T* line = *of.next;
        of.next += step;
        if constexpr (First == 0) {
          of.sums[0] = is_first ? Vec<T>(0) : all.load(of.begun);
          of.begun += row;
        }
        Vec<T> met[Columns];
#pragma GCC unroll 7
        for (int x = 0; x < Columns; ++x) met[x] = lanes[x].load(line + at[x]);
#pragma GCC unroll 3
        for (int i = End - 1; i >= First; --i) {
          Vec<T> sum = of.sums[i];
#pragma GCC unroll 7
          for (int x = 0; x < Columns; ++x) sum = fma(factors[i * Columns + x], met[x], sum);
          of.sums[i + 1] = sum;
        }
        if constexpr (End == Rows) {
          all.store(of.completed, is_last ? finished(of.sums[Rows], bias) : of.sums[Rows]);
          of.completed += row;
        }
      };
      const auto meet_both = [&]<int First, int End>() __attribute__((always_inline)) {
        meet.template operator()<First, End>(upper);
        if constexpr (kHalves) meet.template operator()<First, End>(lower);
      };
      if constexpr (Rows > 1) meet_both.template operator()<0, 1>();
      if constexpr (Rows > 2) meet_both.template operator()<0, 2>();
      for (int64_t y = Rows - 1; y < half; ++y) meet_both.template operator()<0, Rows>();
      if (half < height_ - half) meet.template operator()<0, Rows>(upper);
      if constexpr (Rows > 1) meet_both.template operator()<1, Rows>();
      if constexpr (Rows > 2) meet_both.template operator()<2, Rows>();
    }
  }

  // In steps of two: the last row that an output meets is the first of the next one.
  [[gnu::noinline]] void sum_square(const T* const* lines, const T* weights, T bias, T* out) const {
    constexpr int edge = kBandRows;
    const int64_t step = line_step_ / 2;
    Vec<T> factors[edge * edge];
#pragma GCC unroll 9
    for (int t = 0; t < edge * edge; ++t) factors[t] = Vec<T>(weights[t]);
    for (int64_t j = 0; j < source_.vectors(); ++j) {
      const FirstLanes<T> all = source_.outputs(j);
      LaneRange<T> lanes[2 * edge];
      int64_t at[edge];
#pragma GCC unroll 3
      for (int x = 0; x < edge; ++x) {
        lanes[2 * x] = source_.lanes(x)[2 * j];
        lanes[2 * x + 1] = source_.lanes(x)[2 * j + 1];
        at[x] = at_[static_cast<size_t>(x)] + 2 * j * Vec<T>::size;
      }
      const T* const* next = lines;
      T* to = out + j * Vec<T>::size;
      Vec<T> met[edge];
      const auto enter = [&] {
        const T* line = *next;
        next += step;
#pragma GCC unroll 3
        for (int x = 0; x < edge; ++x) {
          met[x] = BorderedRows<T>::load(lanes + 2 * x, line + at[x], true);
        }
      };
      const auto add = [&](int row, Vec<T> sum) {
#pragma GCC unroll 3
        for (int x = 0; x < edge; ++x) sum = fma(factors[row * edge + x], met[x], sum);
        return sum;
      };
      enter();
      for (int64_t y = 0; y < height_; ++y, to += row_step_) {
        Vec<T> sum = add(0, Vec<T>(0));
        enter();
        sum = add(1, sum);
        enter();
        all.store(to, finished(add(2, sum), bias));
      }
    }
  }

  static Vec<T> finished(Vec<T> sum, T bias) { return sum + Vec<T>(0) + Vec<T>(bias); }

  const Correlation<T>& p_;
  const BorderedRows<T>& source_;
  const std::vector<int64_t>& at_;
  int64_t height_, line_step_, row_step_;
};

}  // namespace taeda::cpu::inline TAEDA_ISA

// Where a coordinate lies among the points of one dimension, and what the points around it weigh:
// for vectors of the CPU and scalars of a device alike.
#pragma once

#include "taeda/kernels/ops/sampling.h"
#include "taeda/kernels/ops/scalar_math.h"

namespace taeda {

// The points along a dimension that a place reads: of each mode a number of its own.
constexpr int taps_of(SampleMode mode) {
  return mode == SampleMode::Nearest ? 1 : mode == SampleMode::Linear ? 2 : 4;
}

// The weight of a tap as a polynomial in the distance from the point on the left: the coefficient
// of its power `power`. Four taps: cubic convolution with the free coefficient -0.75 (Keys, 1981).
template <int kTaps>
constexpr double tap_coefficient(int tap, int power) {
  if constexpr (kTaps == 1) return 1;
  if constexpr (kTaps == 2) {
    constexpr double table[2][2] = {{1, -1}, {0, 1}};
    return table[tap][power];
  }
  if constexpr (kTaps == 4) {
    constexpr double a = -0.75;
    constexpr double table[4][4] = {
        {0, a, -2 * a, a}, {1, 0, -(a + 3), a + 2}, {0, -a, 2 * a + 3, -(a + 2)}, {0, 0, a, -a}};
    return table[tap][power];
  }
}

// Calls run<T, taps, dimensions> as the kernels of a mode are compiled.
template <class T, class Run>
void dispatch_sampling(SampleMode mode, int64_t dims, Run run) {
  switch (mode) {
    case SampleMode::Linear:
      return dims == 2 ? run.template operator()<T, 2, 2>() : run.template operator()<T, 2, 3>();
    case SampleMode::Nearest:
      return dims == 2 ? run.template operator()<T, 1, 2>() : run.template operator()<T, 1, 3>();
    case SampleMode::Cubic:
      return run.template operator()<T, 4, 2>();
  }
}

template <class T, int kTaps>
class SampledAxis {
 public:
  SampledAxis() = default;
  // Of `size` points; `order`: of the derivative.
  SampledAxis(int64_t size, const Sampling& sampling, int order)
      : last_(static_cast<T>(size - 1)),
        span_(static_cast<T>(sampling.align_corners ? size - 1 : size)),
        low_(sampling.align_corners ? T(0) : T(-0.5)),
        padding_(sampling.padding),
        order_(order) {
    for (int tap = 0; tap < kTaps; ++tap) {
      for (int power = 0; power < kTaps; ++power) {
        // Derived `order` times along the coordinate, whose unit is half of the span.
        double coefficient = power + order < kTaps ? tap_coefficient<kTaps>(tap, power + order) : 0;
        for (int i = 0; i < order; ++i) {
          coefficient *= (power + order - i) * (static_cast<double>(span_) / 2);
        }
        weights_[tap][power] = static_cast<T>(coefficient);
      }
    }
  }

  // Cubic convolution returns the points that it reads instead of the place.
  TAEDA_HD bool moves_points() const { return kTaps == 4 && padding_ != SamplePadding::Zeros; }
  // The place of a coordinate among the points 0 to size - 1, and the sign of its derivative, which
  // is 0 where the place stays at a border.
  template <class V>
  TAEDA_HD V place(V coordinate, V& sign) const {
    const V at = (coordinate + V(1)) * V(span_ / 2) + V(low_);
    sign = V(1);
    const bool reflects = padding_ == SamplePadding::Reflection;
    if (moves_points()) return reflects ? at : limited(at);
    return padding_ == SamplePadding::Zeros ? limited(at) : returned(at, sign);
  }
  // The point that the first tap reads; the others follow it. `fraction` is what weights depend on.
  template <class V>
  TAEDA_HD V first_point(V at, V& fraction) const {
    if constexpr (kTaps == 1) {
      fraction = V(0);
      return rint(at);
    } else {
      const V left = floor(at);
      fraction = at - left;
      return left - V(kTaps / 2 - 1);
    }
  }
  // Where a point that is none of the image's lies, as the padding says; zeros: where it is.
  template <class V>
  TAEDA_HD V point(V at) const {
    V sign;
    return moves_points() ? returned(at, sign) : at;
  }
  template <class V>
  TAEDA_HD auto is_inside(V point) const {
    return (point >= V(0)) & (point <= V(last_));
  }
  template <class V>
  TAEDA_HD V weight(int tap, V fraction, V sign) const {
    V sum(weights_[tap][kTaps - 1]);
    for (int power = kTaps - 2; power >= 0; --power) {
      sum = fma(sum, fraction, V(weights_[tap][power]));
    }
    if (order_ == 0) return sum;
    return order_ % 2 ? sum * sign : sum * sign * sign;
  }

 private:
  template <class V>
  TAEDA_HD static V within(V x, V low, V high) {
    return minimum(maximum(x, low), high);
  }
  // All taps of a place beyond these limits lie outside.
  template <class V>
  TAEDA_HD V limited(V at) const {
    return within(at, V(-kTaps), V(last_ + kTaps));
  }

  // A place by the border or by mirrors at the ends of the span, and the sign of its derivative.
  template <class V>
  TAEDA_HD V returned(V at, V& sign) const {
    sign = V(1);
    if (padding_ == SamplePadding::Reflection) {
      if (span_ == 0) {
        at = at * V(0);
      } else {
        const V distance = abs(at - V(low_)), periods = floor(distance / V(2 * span_));
        const V rest = within(fma(periods, V(-2 * span_), distance), V(0), V(2 * span_));
        const auto back = rest > V(span_);
        sign = select((at < V(low_)) ^ back, V(-1), V(1));
        at = select(back, V(2 * span_) - rest, rest) + V(low_);
      }
    }
    sign = select((at > V(0)) & (at < V(last_)), sign, V(0));
    return within(at, V(0), V(last_));
  }

  T last_, span_, low_;
  SamplePadding padding_;
  int order_;
  T weights_[kTaps][kTaps];
};

}  // namespace taeda

// The transforms of Winograd's convolution F(4x4, 3x3): a tile of 4x4 outputs takes 36 products a
// channel instead of 144. It is Toom and Cook's product of polynomials at the points 0, +-3/4,
// +-3/2 and infinity. With these the mean error is two to three times that of a plain sum, and half
// of what the usual 0, +-1, +-2 give; all factors but those of the weights are exact.
#pragma once

#include "taeda/kernels/simd/vec.h"

namespace taeda::cpu::inline TAEDA_ISA {

// Lanes are channels: each value is a vector of as many channels as it has lanes.
template <class T>
struct Winograd {
  using V = Vec<T>;
  static constexpr int kOutputs = 4, kTaps = 3, kEdge = 6, kPoints = kEdge * kEdge;

  // What the products meet, of a tile of the source: from(row, column), to(point, value).
  template <class From, class To>
  static void source(From from, To to) {
    twice<kEdge, kEdge>(from, to, [](const V* d, V* t) {
      const V even_a = fma(V(-kB2), d[2], d[4]), odd_a = fma(V(-kB2), d[1], d[3]);
      const V even_b = fma(V(-kA2), d[2], d[4]), odd_b = fma(V(-kA2), d[1], d[3]);
      t[0] = fma(V(kProduct), d[0], fma(V(-kSum), d[2], d[4]));
      t[1] = fma(V(kA), odd_a, even_a);
      t[2] = fma(V(-kA), odd_a, even_a);
      t[3] = fma(V(kB), odd_b, even_b);
      t[4] = fma(V(-kB), odd_b, even_b);
      t[5] = fma(V(kProduct), d[1], fma(V(-kSum), d[3], d[5]));
    });
  }

  // The same of a window of weights.
  template <class From, class To>
  static void weight(From from, To to) {
    twice<kTaps, kEdge>(from, to, [](const V* g, V* t) {
      const V even_a = V(kScaleA) * fma(V(kA2), g[2], g[0]), odd_a = V(kScaleA * kA) * g[1];
      const V even_b = V(kScaleB) * fma(V(kB2), g[2], g[0]), odd_b = V(kScaleB * kB) * g[1];
      t[0] = V(kScale0) * g[0];
      t[1] = even_a + odd_a;
      t[2] = even_a - odd_a;
      t[3] = even_b + odd_b;
      t[4] = even_b - odd_b;
      t[5] = g[2];
    });
  }

  // The outputs of a tile, of the sums of products: from(point row, point column), to(row * 4 +
  // column, value).
  template <class From, class To>
  static void outputs(From from, To to) {
    twice<kEdge, kOutputs>(from, to, [](const V* m, V* t) {
      const V sum_a = m[1] + m[2], difference_a = m[1] - m[2];
      const V sum_b = m[3] + m[4], difference_b = m[3] - m[4];
      t[0] = m[0] + (sum_a + sum_b);
      t[1] = fma(V(kA), difference_a, V(kB) * difference_b);
      t[2] = fma(V(kA2), sum_a, V(kB2) * sum_b);
      t[3] = fma(V(kA * kA2), difference_a, fma(V(kB * kB2), difference_b, m[5]));
    });
  }

  // The transposes of the last two, for the gradient of the weight.
  template <class From, class To>
  static void output_gradient(From from, To to) {
    twice<kOutputs, kEdge>(from, to, [](const V* y, V* t) {
      const V even_a = fma(V(kA2), y[2], y[0]), odd_a = V(kA) * fma(V(kA2), y[3], y[1]);
      const V even_b = fma(V(kB2), y[2], y[0]), odd_b = V(kB) * fma(V(kB2), y[3], y[1]);
      t[0] = y[0];
      t[1] = even_a + odd_a;
      t[2] = even_a - odd_a;
      t[3] = even_b + odd_b;
      t[4] = even_b - odd_b;
      t[5] = y[3];
    });
  }

  template <class From, class To>
  static void weight_gradient(From from, To to) {
    twice<kEdge, kTaps>(from, to, [](const V* m, V* t) {
      const V sum_a = V(kScaleA) * (m[1] + m[2]), difference_a = V(kScaleA) * (m[1] - m[2]);
      const V sum_b = V(kScaleB) * (m[3] + m[4]), difference_b = V(kScaleB) * (m[3] - m[4]);
      t[0] = fma(V(kScale0), m[0], sum_a + sum_b);
      t[1] = fma(V(kA), difference_a, V(kB) * difference_b);
      t[2] = fma(V(kA2), sum_a, fma(V(kB2), sum_b, m[5]));
    });
  }

 private:
  static constexpr double kA = 0.75, kB = 1.5, kA2 = kA * kA, kB2 = kB * kB;
  static constexpr double kSum = kA2 + kB2, kProduct = kA2 * kB2;
  static constexpr double kScale0 = 1 / kProduct;
  static constexpr double kScaleA = 1 / (2 * kA2 * (kA2 - kB2));
  static constexpr double kScaleB = 1 / (2 * kB2 * (kB2 - kA2));

  // A transform along columns, then the same along rows.
  template <int In, int Out, class From, class To, class Transform>
  [[gnu::always_inline]] static void twice(From from, To to, Transform transform) {
    V half[Out][In];
#pragma GCC unroll 6
    for (int j = 0; j < In; ++j) {
      V column[In], turned[Out];
#pragma GCC unroll 6
      for (int i = 0; i < In; ++i) column[i] = from(i, j);
      transform(column, turned);
#pragma GCC unroll 6
      for (int i = 0; i < Out; ++i) half[i][j] = turned[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < Out; ++i) {
      V row[Out];
      transform(half[i], row);
#pragma GCC unroll 6
      for (int j = 0; j < Out; ++j) to(i * Out + j, row[j]);
    }
  }
};

}  // namespace taeda::cpu::inline TAEDA_ISA

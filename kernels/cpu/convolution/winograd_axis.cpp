#include "convolution/winograd_axis.h"

#include <array>

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Points of the product of polynomials: pairs +-a, infinity, and zero where that is one of them.
// They are chosen for their error, which is that of a plain sum up to three times; all factors but
// those of the weights are exact.
struct PointsOf5 {
  static constexpr std::array<double, 2> pairs = {0.5, 1.25};
  static constexpr bool zero = false;
};
struct PointsOf6 {
  static constexpr std::array<double, 2> pairs = {0.75, 1.5};
  static constexpr bool zero = true;
};
struct PointsOf8 {
  static constexpr std::array<double, 3> pairs = {0.5, 1, 2};
  static constexpr bool zero = true;
};

constexpr double power(double x, int exponent) {
  double result = 1;
  for (int i = 0; i < exponent; ++i) result *= x;
  return result;
}

// The product of (y - a * a) over all pairs but one, or all where `left_out` is none: coefficients
// by ascending powers of y.
template <class Points>
constexpr auto product_of_pairs(size_t left_out = Points::pairs.size()) {
  std::array<double, Points::pairs.size() + 1> result = {1};
  size_t degree = 0;
  for (size_t p = 0; p < Points::pairs.size(); ++p) {
    if (p == left_out) continue;
    ++degree;
    for (size_t k = degree + 1; k-- > 0;) {
      result[k] = (k > 0 ? result[k - 1] : 0) - power(Points::pairs[p], 2) * result[k];
    }
  }
  return result;
}

// One over the product of the distances from a pair's point +a to the other finite points; that of
// -a is the same where zero is a point, and its negative elsewhere.
template <class Points>
constexpr double scale_of_pair(size_t pair) {
  const double a = Points::pairs[pair];
  double result = Points::zero ? 2 * a * a : 2 * a;
  for (size_t p = 0; p < Points::pairs.size(); ++p) {
    if (p != pair) result *= a * a - power(Points::pairs[p], 2);
  }
  return 1 / result;
}

// Outputs side by side of windows of taps side by side.
template <class V, int Outputs, int Taps, class Points>
struct Products {
  static constexpr int kOutputs = Outputs, kTaps = Taps, kStep = 1;
  static constexpr int kEdge = Outputs + Taps - 1, kPoints = kEdge;
  static constexpr int kPairs = static_cast<int>(Points::pairs.size()), kZero = Points::zero;
  static_assert(kPoints == 2 * kPairs + kZero + 1);

  static void source(const V* d, V* t) {
    constexpr auto all = product_of_pairs<Points>();
    V zero = d[2 * kPairs], infinity = d[2 * kPairs + kZero];
    for (int k = kPairs - 1; k >= 0; --k) {
      zero = fma(V(all[k]), d[2 * k], zero);
      infinity = fma(V(all[k]), d[2 * k + kZero], infinity);
    }
    if (kZero) t[0] = zero;
    t[kPoints - 1] = infinity;
    each_pair([&]<int P>() {
      constexpr auto others = product_of_pairs<Points>(P);
      V low = d[2 * kPairs - 2 + kZero], high = d[2 * kPairs - 1 + kZero];
      for (int k = kPairs - 2; k >= 0; --k) {
        low = fma(V(others[k]), d[2 * k + kZero], low);
        high = fma(V(others[k]), d[2 * k + 1 + kZero], high);
      }
      t[kZero + 2 * P] = fma(V(Points::pairs[P]), low, high);
      t[kZero + 2 * P + 1] = fma(V(-Points::pairs[P]), low, high);
    });
  }

  static void weight(const V* g, V* t) {
    constexpr auto all = product_of_pairs<Points>();
    if (kZero) t[0] = V(1 / all[0]) * g[0];
    t[kPoints - 1] = g[Taps - 1];
    each_pair([&]<int P>() {
      constexpr double scale = scale_of_pair<Points>(P);
      const V even = powers<P, 0, Taps>(g, scale), odd = powers<P, 1, Taps>(g, scale);
      t[kZero + 2 * P] = even + odd;
      t[kZero + 2 * P + 1] = kZero ? even - odd : odd - even;
    });
  }

  static void to_outputs(const V* m, V* t) {
    for (int i = 0; i < Outputs; ++i) t[i] = V(0);
    if (kZero) t[0] = m[0];
    t[Outputs - 1] = m[kPoints - 1];
    each_pair([&]<int P>() {
      const V plus = m[kZero + 2 * P], minus = m[kZero + 2 * P + 1];
      add_powers<P, Outputs>(plus + minus, plus - minus, 1, t);
    });
  }

  static void output_gradient(const V* y, V* t) {
    if (kZero) t[0] = y[0];
    t[kPoints - 1] = y[Outputs - 1];
    each_pair([&]<int P>() {
      const V even = powers<P, 0, Outputs>(y, 1), odd = powers<P, 1, Outputs>(y, 1);
      t[kZero + 2 * P] = even + odd;
      t[kZero + 2 * P + 1] = even - odd;
    });
  }

  static void weight_gradient(const V* m, V* t) {
    constexpr auto all = product_of_pairs<Points>();
    for (int i = 0; i < Taps; ++i) t[i] = V(0);
    if (kZero) t[0] = V(1 / all[0]) * m[0];
    t[Taps - 1] = m[kPoints - 1];
    each_pair([&]<int P>() {
      const V plus = m[kZero + 2 * P], minus = m[kZero + 2 * P + 1];
      const V sum = plus + minus, difference = plus - minus;
      add_powers<P, Taps>(kZero ? sum : difference, kZero ? difference : sum,
                          scale_of_pair<Points>(P), t);
    });
  }

 private:
  template <class Visit>
  static void each_pair(Visit visit) {
    [&]<int... P>(std::integer_sequence<int, P...>) {
      (visit.template operator()<P>(), ...);
    }(std::make_integer_sequence<int, kPairs>());
  }

  // The sum over k = First, First + 2, ... below Count of scale * a^k * x[k].
  template <int P, int First, int Count>
  static V powers(const V* x, double scale) {
    constexpr double a = Points::pairs[P];
    constexpr int last = Count - 1 - (Count - 1 - First) % 2;
    V sum = V(scale * power(a, last)) * x[last];
    for (int k = last - 2; k >= 0; k -= 2) sum = fma(V(scale * power(a, k)), x[k], sum);
    return sum;
  }

  // to[k] += scale * a^k * (k even ? even : odd).
  template <int P, int Count>
  static void add_powers(V even, V odd, double scale, V* to) {
    for (int k = 0; k < Count; ++k) {
      to[k] = fma(V(scale * power(Points::pairs[P], k)), k % 2 ? odd : even, to[k]);
    }
  }
};

// Windows of one tap: a product for each output.
template <class V, int Outputs>
struct Copies {
  static constexpr int kOutputs = Outputs, kTaps = 1, kStep = 1;
  static constexpr int kEdge = Outputs, kPoints = Outputs;

  static void source(const V* d, V* t) { copy(d, t); }
  static void weight(const V* g, V* t) {
    for (int i = 0; i < Outputs; ++i) t[i] = g[0];
  }
  static void to_outputs(const V* m, V* t) { copy(m, t); }
  static void output_gradient(const V* y, V* t) { copy(y, t); }
  static void weight_gradient(const V* m, V* t) {
    t[0] = m[0];
    for (int i = 1; i < Outputs; ++i) t[0] += m[i];
  }

 private:
  static void copy(const V* from, V* to) {
    for (int i = 0; i < Outputs; ++i) to[i] = from[i];
  }
};

// Outputs two apart in the source: the sum of what they meet at even and at odd places, which lie
// side by side for each.
template <class V, class Even, class Odd>
struct EverySecond {
  static_assert(Even::kOutputs == Odd::kOutputs);
  static constexpr int kOutputs = Even::kOutputs, kTaps = Even::kTaps + Odd::kTaps, kStep = 2;
  static constexpr int kEdge = Even::kEdge + Odd::kEdge, kPoints = Even::kPoints + Odd::kPoints;

  static void source(const V* d, V* t) {
    V even[Even::kEdge], odd[Odd::kEdge];
    for (int i = 0; i < Even::kEdge; ++i) even[i] = d[2 * i];
    for (int i = 0; i < Odd::kEdge; ++i) odd[i] = d[2 * i + 1];
    Even::source(even, t);
    Odd::source(odd, t + Even::kPoints);
  }
  static void weight(const V* g, V* t) {
    V even[Even::kTaps], odd[Odd::kTaps];
    for (int i = 0; i < Even::kTaps; ++i) even[i] = g[2 * i];
    for (int i = 0; i < Odd::kTaps; ++i) odd[i] = g[2 * i + 1];
    Even::weight(even, t);
    Odd::weight(odd, t + Even::kPoints);
  }
  static void to_outputs(const V* m, V* t) {
    V odd[kOutputs];
    Even::to_outputs(m, t);
    Odd::to_outputs(m + Even::kPoints, odd);
    for (int i = 0; i < kOutputs; ++i) t[i] += odd[i];
  }
  static void output_gradient(const V* y, V* t) {
    Even::output_gradient(y, t);
    Odd::output_gradient(y, t + Even::kPoints);
  }
  static void weight_gradient(const V* m, V* t) {
    V even[Even::kTaps], odd[Odd::kTaps];
    Even::weight_gradient(m, even);
    Odd::weight_gradient(m + Even::kPoints, odd);
    for (int i = 0; i < Even::kTaps; ++i) t[2 * i] = even[i];
    for (int i = 0; i < Odd::kTaps; ++i) t[2 * i + 1] = odd[i];
  }
};

template <class T, int In, int Out, auto Transform>
void transform_lines(const T* from, int64_t step, int64_t next, T* to, int64_t to_step,
                     int64_t to_next, int64_t count) {
  for (; count > 0; --count, from += next, to += to_next) {
    Vec<T> in[In], out[Out];
    for (int i = 0; i < In; ++i) in[i] = Vec<T>::load(from + i * step);
    Transform(in, out);
    for (int i = 0; i < Out; ++i) out[i].store(to + i * to_step);
  }
}

template <class T, int In, int Out, auto Transform>
void transform_square(Plane<const T> from, Plane<T> to) {
  Vec<T> half[Out][In];
#pragma GCC unroll 6
  for (int j = 0; j < In; ++j) {
    Vec<T> in[In], out[Out];
    for (int i = 0; i < In; ++i) in[i] = Vec<T>::load(from.data + i * from.row + j * from.column);
    Transform(in, out);
    for (int i = 0; i < Out; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < Out; ++i) {
    Vec<T> out[Out];
    Transform(half[i], out);
    for (int j = 0; j < Out; ++j) out[j].store(to.data + i * to.row + j * to.column);
  }
}

template <class T, int In, int Out, auto Transform>
constexpr AxisTransform<T> transform_of() {
  constexpr int fitting = 36;
  if constexpr (In * Out <= fitting)
    return {transform_lines<T, In, Out, Transform>, transform_square<T, In, Out, Transform>};
  else
    return {transform_lines<T, In, Out, Transform>, nullptr};
}

template <class T, class A>
constexpr WinogradAxis<T> axis_of() {
  static_assert(A::kPoints <= kMostWinogradPoints && A::kEdge <= kMostWinogradPoints &&
                A::kOutputs <= kMostWinogradOutputs && A::kTaps <= kMostWinogradTaps);
  return {.outputs = A::kOutputs,
          .taps = A::kTaps,
          .step = A::kStep,
          .edge = A::kEdge,
          .points = A::kPoints,
          .source = transform_of<T, A::kEdge, A::kPoints, A::source>(),
          .weight = transform_of<T, A::kTaps, A::kPoints, A::weight>(),
          .to_outputs = transform_of<T, A::kPoints, A::kOutputs, A::to_outputs>(),
          .output_gradient = transform_of<T, A::kOutputs, A::kPoints, A::output_gradient>(),
          .weight_gradient = transform_of<T, A::kPoints, A::kTaps, A::weight_gradient>()};
}

}  // namespace

template <class T>
const WinogradAxis<T>* winograd_axis(int64_t taps, int64_t step) {
  using V = Vec<T>;
  using Two = Products<V, 4, 2, PointsOf5>;
  static constexpr WinogradAxis<T> axes[] = {
      {},
      axis_of<T, Two>(),
      axis_of<T, Products<V, 4, 3, PointsOf6>>(),
      axis_of<T, Products<V, 3, 4, PointsOf6>>(),
      axis_of<T, Products<V, 4, 5, PointsOf8>>(),
      axis_of<T, EverySecond<V, Two, Copies<V, 4>>>(),
      axis_of<T, EverySecond<V, Two, Two>>(),
  };
  for (const WinogradAxis<T>& axis : axes) {
    if (axis.taps == taps && axis.step == step) return &axis;
  }
  return nullptr;
}

template const WinogradAxis<float>* winograd_axis<float>(int64_t, int64_t);

}  // namespace taeda::cpu::inline TAEDA_ISA

// The logarithm of the gamma function and its derivative.
#pragma once

#include "taeda/kernels/simd/math_circular.h"
#include "taeda/kernels/simd/math_logarithm.h"

namespace taeda::cpu::inline TAEDA_ISA {

// The sine and cosine of pi a, a >= 0, but for the sign that both change together at odd integers.
struct HalfTurns {
  Vec<double> sine, cosine;
  Mask<double> whole;

  explicit HalfTurns(Vec<double> a) {
    const Vec<double> fraction = a - rint(a);
    whole = fraction == Vec<double>(0);
    sin_cos_of_turn(Vec<double>(0.5) * abs(fraction), sine, cosine);
    cosine = copysign(cosine, fraction);
  }
};

// Of x >= 0. Up to 9/2 the recurrence leads to [3/2, 5/2], where the zero at 2 is a factor of the
// polynomial and the logarithm of the step has that at 1; then Stirling's formula (Abramowitz and
// Stegun 6.1.15, 6.1.41). Both take one logarithm.
inline Vec<double> lgamma_of_positive(Vec<double> x) {
  using V = Vec<double>;
  const V nearest = rint(x), u = x - nearest;
  const Mask<double> far = x >= V(4.5), above = nearest > V(2);
  const V base = select(above, u + V(2), x);
  const V two_steps = select(abs(nearest - V(2)) == V(2), base * (base + V(1)), base);
  const V product = select(nearest == V(2), V(1), two_steps);
  const V logarithm = log(select(far, x, product));
  const V near =
      fma(u, polynomial(coefficients::kLgammaNear, u), select(above, logarithm, -logarithm));
  const V inverse = V(1) / x;
  const V rest = polynomial(coefficients::kLgammaFar, inverse * inverse);
  const V half_log_two_pi = V(0.91893853320467274178);
  const V stirling = fma(x - V(0.5), logarithm, -x) + fma(inverse, rest, half_log_two_pi);
  return select(x == V(kInfinity<double>), x, select(far, stirling, near));
}

// log|gamma(x)|; below zero by gamma(-a) gamma(a) = -pi / (a sin(pi a)) (6.1.17), infinite at the
// poles.
inline Vec<float> lgamma(Vec<float> argument) {
  return by_double(argument, [](Vec<double> x) {
    using V = Vec<double>;
    const V a = abs(x), of_positive = lgamma_of_positive(a);
    const Mask<double> negative = x < V(0);
    if (!any(negative)) return of_positive;
    const HalfTurns turns(a);
    const V log_pi = V(1.14472988584940017414);
    const V reflected = log_pi - log(a * turns.sine) - of_positive;
    const Mask<double> pole = turns.whole | (a == V(kInfinity<double>));
    return select(negative, select(pole, V(kInfinity<double>), reflected), of_positive);
  });
}
// Near its negative zeros the library is exact in double precision, where the formulas cancel.
inline Vec<double> lgamma(Vec<double> x) {
  return map_lanes(x, [](double lane) { return taeda::lgamma(lane); });
}

// Of x >= 0: below 8 the recurrence of eight steps (Abramowitz and Stegun 6.3.6), whose reciprocals
// in pairs 1 / (x + k) + 1 / (x + 7 - k) = (2 x + 7) / (t + k (7 - k)), t = x (x + 7), are one
// quotient; then the asymptotic series (6.3.18).
inline Vec<double> digamma_of_positive(Vec<double> x) {
  using V = Vec<double>;
  const Mask<double> small = x < V(8);
  const V t = x * (x + V(7)), b = t + V(6), c = t + V(10), d = t + V(12);
  const V tb = t * b, cd = c * d;
  const V numerator = fma(t + b, cd, tb * (c + d));
  const V steps = (x + (x + V(7))) * (numerator / (tb * cd));
  const V y = select(small, x + V(8), x), inverse = V(1) / y;
  const V rest =
      inverse * fma(inverse, polynomial(coefficients::kDigammaFar, inverse * inverse), V(0.5));
  return log(y) - (rest + select(small, steps, V(0)));
}
// Below zero by digamma(x) = digamma(1 - x) - pi / tan(pi x) (6.3.7), NaN at the poles but zero.
inline Vec<double> digamma(Vec<double> x) {
  using V = Vec<double>;
  const Mask<double> negative = x < V(0);
  const V of_positive = digamma_of_positive(select(negative, V(1) - x, x));
  if (!any(negative)) return of_positive;
  const HalfTurns turns(abs(x));
  const V cotangent = V(3.14159265358979323846) * turns.cosine / turns.sine;
  const V reflected = select(turns.whole, V(kNaN<double>), of_positive + cotangent);
  return select(negative, reflected, of_positive);
}
inline Vec<float> digamma(Vec<float> x) {
  return by_double(x, [](Vec<double> wide) { return digamma(wide); });
}

}  // namespace taeda::cpu::inline TAEDA_ISA

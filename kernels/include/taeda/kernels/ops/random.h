// Random numbers: element i of a result, counted row-major, depends on the stream and on i alone.
#pragma once

#include "taeda/kernels/array.h"
#include "taeda/kernels/philox.h"

namespace taeda {

enum class Distribution : uint8_t {
  Uniform,      // [a, b)
  Normal,       // mean a, standard deviation b
  LogNormal,    // exp of the normal distribution
  Exponential,  // rate a
  Cauchy,       // median a, scale b
  Geometric,    // trials until the first success of probability a: 1, 2, ...
};

// Maths runs in double for a float64 `out`, else in float. Uniform numbers have as many random bits
// as the dtype of `out` has digits.
struct FillRandomCall {
  Array out;
  Distribution distribution;
  double a, b;
  RandomStream stream;
};

// Integers from low to low + range - 1; a range of 0 stands for 2^64. The upper 64 bits of (64
// random bits) * range: no integer is likelier than another by more than range / 2^64.
struct RandomIntegersCall {
  Array out;
  int64_t low;
  uint64_t range;
  RandomStream stream;
};

// 1 with the probability of each element of `probability` (same shape as `out`), else 0.
struct BernoulliCall {
  Array out;
  Array probability;
  RandomStream stream;
};

// out = in * scale, or 0 with the probability p. Run again with the same stream on a gradient it is
// its own derivative, so that no mask is kept.
struct DropoutCall {
  Array out;
  Array in;  // same shape and dtype as `out`
  double p, scale;
  RandomStream stream;
};

// out (rows, samples) int64: draws from the weights (rows, categories), float64 and contiguous as
// `out`.
struct MultinomialCall {
  Array out;
  Array weights;
  bool replacement;
  RandomStream stream;
};

struct RandomKernels {
  void (*fill)(const FillRandomCall& call);
  void (*integers)(const RandomIntegersCall& call);
  void (*bernoulli)(const BernoulliCall& call);
  void (*dropout)(const DropoutCall& call);
  // out (n) int64, contiguous: the numbers 0 .. n-1 in the order of random keys.
  void (*permutation)(const Array& out, RandomStream stream);
  void (*multinomial)(const MultinomialCall& call);
};

}  // namespace taeda

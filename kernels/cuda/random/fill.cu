// Random numbers: each element by itself, from its own words.
#include "../device/element.h"
#include "../device/walk.h"
#include "../runtime/faults.h"
#include "../runtime/launch.h"
#include "random.h"
#include "taeda/kernels/ops/scalar_math.h"
#include "taeda/kernels/random_bounds.h"
#include "words.h"

namespace taeda::cuda {
namespace {

// Standard normal numbers, two from each two uniform ones. Source: Box and Muller, 1958.
template <class T>
TAEDA_HD T normal(const Draws& stream, int64_t i) {
  const T first = open_fraction<T>(random_word<Word<T>>(stream, i & ~int64_t{1}));
  const T second = open_fraction<T>(random_word<Word<T>>(stream, i | 1));
  const T angle = second * T(6.283185307179586476925);
  const T length = sqrt(log(first) * T(-2));
  return length * (i & 1 ? sin(angle) : cos(angle));
}

template <class T>
struct FillBody {
  Memory out;
  Walk<1> walk;
  Distribution distribution;
  Draws stream;
  T a, b, last, failure;  // last: of uniform numbers; failure: log(1 - probability)
  int digits;
  T scale;

  TAEDA_HD T draw(int64_t i) const {
    const Word<T> word = random_word<Word<T>>(stream, i);
    switch (distribution) {
      case Distribution::Uniform: {
        const T x = fraction<T>(word, digits, scale) * b + a;
        return x > last ? last : x;
      }
      case Distribution::Normal:
        return normal<T>(stream, i) * b + a;
      case Distribution::LogNormal:
        return exp(normal<T>(stream, i) * b + a);
      case Distribution::Exponential:
        return -log(open_fraction<T>(word)) / a;
      case Distribution::Cauchy:
        return a + b * tan((open_fraction<T>(word) - T(0.5)) * T(3.14159265358979323846));
      case Distribution::Geometric: {
        const T trials = ceil(log(open_fraction<T>(word)) / failure);
        return trials < T(1) ? T(1) : trials;
      }
    }
    return T();
  }
  TAEDA_HD void operator()(int64_t i) const { out.store(walk.offset(i), draw(i)); }
};

template <class T>
void fill_as(const FillRandomCall& call) {
  const bool uniform = call.distribution == Distribution::Uniform;
  const int digits = digits_of(call.out.dtype);
  FillBody<T> body{};
  body.out = call.out;
  body.walk = walk_of(call.out);
  body.distribution = call.distribution;
  body.stream = call.stream;
  body.a = static_cast<T>(call.a);
  body.b = static_cast<T>(uniform ? call.b - call.a : call.b);
  body.last = std::max(static_cast<T>(call.a), below<T>(call.b, call.out.dtype));
  body.failure = static_cast<T>(std::log1p(-call.a));
  body.digits = digits;
  body.scale = static_cast<T>(std::ldexp(1.0, -digits));
  for_each(body.walk.count, body);
}

struct IntegersBody {
  Memory out;
  Walk<1> walk;
  Draws stream;
  uint64_t low, range;
  TAEDA_HD void operator()(int64_t i) const {
    uint64_t word = random_word<uint64_t>(stream, i);
    if (range != 0) word = upper_half(word, range);
    out.store(walk.offset(i), static_cast<int64_t>(word + low));
  }
  TAEDA_HD static uint64_t upper_half(uint64_t a, uint64_t b) {
#ifdef __CUDA_ARCH__
    return __umul64hi(a, b);
#else
    return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
#endif
  }
};

// p as a count of words below which the event happens.
TAEDA_HD inline uint64_t threshold(double p) { return static_cast<uint64_t>(p * 0x1p32); }

struct BernoulliBody {
  Memory out, probability;
  Walk<2> walk;
  Draws stream;
  Faults faults;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t at[2];
    walk.offsets(i, at);
    const double p = probability.load<double>(at[1]);
    const bool valid = p >= 0 && p <= 1;
    if (!valid) faults.raise({.kind = FaultKind::Probability, .real = p});
    out.store(at[0],
              static_cast<int32_t>(valid && random_word<uint32_t>(stream, i) < threshold(p)));
  }
};

template <class T>
struct DropoutBody {
  Memory out, in;
  Walk<2> walk;
  Draws stream;
  uint64_t limit;
  T scale;
  TAEDA_HD void operator()(int64_t i) const {
    int64_t at[2];
    walk.offsets(i, at);
    const bool kept = random_word<uint32_t>(stream, i) >= limit;
    out.store(at[0], kept ? in.load<T>(at[1]) * scale : T(0));
  }
};

}  // namespace

void fill_random(const FillRandomCall& call) {
  dispatch_float(call.out.dtype, [&]<class T>() { fill_as<T>(call); });
}

void random_integers(const RandomIntegersCall& call) {
  const Walk<1> walk = walk_of(call.out);
  for_each(walk.count,
           IntegersBody{call.out, walk, call.stream, static_cast<uint64_t>(call.low), call.range});
}

void bernoulli(const BernoulliCall& call) {
  const Walk<2> walk = walk_of(call.out, call.probability);
  if (walk.count == 0) return;
  for_each(walk.count,
           BernoulliBody{call.out, call.probability, walk, call.stream, Faults("bernoulli")});
}

void dropout(const DropoutCall& call) {
  const Walk<2> walk = walk_of(call.out, call.in);
  dispatch_float(call.out.dtype, [&]<class T>() {
    for_each(walk.count, DropoutBody<T>{call.out, call.in, walk, call.stream, threshold(call.p),
                                        static_cast<T>(call.scale)});
  });
}

}  // namespace taeda::cuda

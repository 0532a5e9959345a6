// Real numbers of a distribution, and what is decided by one random word each.
#include <algorithm>
#include <numbers>

#include "../runs.h"
#include "random.h"
#include "taeda/kernels/random_bounds.h"
#include "taeda/kernels/simd/lanes.h"
#include "taeda/kernels/simd/math.h"
#include "words.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

template <class T>
using Word = std::conditional_t<std::is_same_v<T, double>, uint64_t, uint32_t>;

// Numbers on their way: random words and what becomes of them.
template <class T>
struct Run {
  alignas(64) Word<T> words[kRunElements];
  T* values;
};

// k * 2^-digits, k of `digits` random bits: in [0, 1).
template <class T>
void fractions(Run<T>& run, int64_t count, int digits) {
  constexpr int kBits = sizeof(Word<T>) * 8;
  const T scale = static_cast<T>(std::ldexp(1.0, -digits));
  using Signed = std::make_signed_t<Word<T>>;
  for (int64_t i = 0; i < count; ++i) {
    run.values[i] = static_cast<T>(static_cast<Signed>(run.words[i] >> (kBits - digits))) * scale;
  }
}

// (k + 1/2) * 2^-(digits - 1): in the open interval (0, 1).
template <class T>
void open_fractions(Run<T>& run, int64_t count) {
  constexpr int kDigits = std::numeric_limits<T>::digits - 1;
  constexpr int kBits = sizeof(Word<T>) * 8;
  const T scale = static_cast<T>(std::ldexp(1.0, -kDigits));
  using Signed = std::make_signed_t<Word<T>>;
  for (int64_t i = 0; i < count; ++i) {
    const T k = static_cast<T>(static_cast<Signed>(run.words[i] >> (kBits - kDigits)));
    run.values[i] = (k + T(0.5)) * scale;
  }
}

template <class T, class Function>
[[gnu::flatten]] void transform(T* values, int64_t count, Function function) {
  for (int64_t i = 0; i < count; i += Vec<T>::size) {
    function(Vec<T>::load(values + i)).store(values + i);
  }
}

// Standard normal numbers, two from each two uniform ones: elements 2j and 2j + 1 are the two
// coordinates of a point. Source: Box and Muller, 1958.
template <class T>
void normal(Run<T>& run, int64_t count) {
  open_fractions(run, count);
  for (int64_t i = 0; i < count; i += 2 * Vec<T>::size) {
    Vec<T> radius, turn, sine, cosine, first, second;
    deinterleave(Vec<T>::load(run.values + i), Vec<T>::load(run.values + i + Vec<T>::size), radius,
                 turn);
    sin_cos_of_turn(turn, sine, cosine);
    const Vec<T> length = sqrt(log_of_normal(radius) * Vec<T>(-2));
    interleave(length * cosine, length * sine, first, second);
    first.store(run.values + i);
    second.store(run.values + i + Vec<T>::size);
  }
}

template <class T>
void draw(const FillRandomCall& call, Run<T>& run, int64_t begin, int64_t count) {
  // Whole runs are computed, so that vectors and pairs are never cut.
  const int64_t rounded = std::min<int64_t>(kRunElements, (count + 63) / 64 * 64);
  random_words(call.stream, begin, rounded, run.words);
  const Vec<T> a(call.a), b(call.b);
  switch (call.distribution) {
    case Distribution::Uniform: {
      fractions(run, rounded, digits_of(call.out.dtype));
      const Vec<T> range(call.b - call.a),
          last(std::max(static_cast<T>(call.a), below<T>(call.b, call.out.dtype)));
      return transform(run.values, rounded, [&](Vec<T> u) {
        const Vec<T> x = u * range + a;
        return select(x > last, last, x);
      });
    }
    case Distribution::Normal:
      normal(run, rounded);
      return transform(run.values, rounded, [&](Vec<T> z) { return z * b + a; });
    case Distribution::LogNormal:
      normal(run, rounded);
      return transform(run.values, rounded, [&](Vec<T> z) { return exp(z * b + a); });
    case Distribution::Exponential:
      open_fractions(run, rounded);
      return transform(run.values, rounded, [&](Vec<T> u) { return -log(u) / a; });
    case Distribution::Cauchy:
      open_fractions(run, rounded);
      return transform(run.values, rounded, [&](Vec<T> u) {
        return a + b * tan((u - Vec<T>(0.5)) * Vec<T>(std::numbers::pi));
      });
    case Distribution::Geometric: {
      open_fractions(run, rounded);
      const Vec<T> failure(std::log1p(-call.a));
      return transform(run.values, rounded, [&](Vec<T> u) {
        const Vec<T> trials = ceil(log(u) / failure);
        return select(trials < Vec<T>(1), Vec<T>(1), trials);
      });
    }
  }
}

template <class T>
void fill_as(const FillRandomCall& call) {
  const RunOperand out(call.out, dtype_of<T>);
  each_run(out.count(), [&](int64_t begin, int64_t count) {
    Run<T> run;
    alignas(64) T buffer[kRunElements];
    // Whole vectors are written, so a run that is cut short takes the way through the buffer.
    void* place = count == kRunElements ? out.in_place(begin) : nullptr;
    run.values = place ? static_cast<T*>(place) : buffer;
    draw(call, run, begin, count);
    if (!place) out.store(begin, count, run.values);
  });
}

// p as a count of words below which the event happens.
uint64_t threshold(double p) { return static_cast<uint64_t>(std::ldexp(p, 32)); }

// words[i] = the upper 64 bits of words[i] * range.
void scale_words(uint64_t* words, int64_t count, uint64_t range) {
  if (range >> 32 != 0) {
    for (int64_t i = 0; i < count; ++i) {
      words[i] = static_cast<uint64_t>(static_cast<unsigned __int128>(words[i]) * range >> 64);
    }
    return;
  }
  using V = Vec<int64_t>;
  int64_t* lanes = reinterpret_cast<int64_t*>(words);
  const V factor(range);
  for (int64_t i = 0; i < count; i += V::size) {
    const V word = V::load(lanes + i);
    const V upper = multiply_lower_halves(shift_right_logical(word, 32), factor);
    const V carry = shift_right_logical(multiply_lower_halves(word, factor), 32);
    shift_right_logical(upper + carry, 32).store(lanes + i);
  }
}

void check_probabilities(const double* p, int64_t count) {
  int64_t valid = 0;
  for (int64_t i = 0; i < count; ++i) valid += (p[i] >= 0) & (p[i] <= 1);
  if (valid == count) return;
  const double* wrong = std::find_if(p, p + count, [](double x) { return !(x >= 0 && x <= 1); });
  fail<RuntimeError>("bernoulli: probabilities must lie in [0, 1], got ", *wrong);
}

}  // namespace

void fill_random(const FillRandomCall& call) {
  if (call.out.dtype == DType::Float64)
    fill_as<double>(call);
  else
    fill_as<float>(call);
}

void random_integers(const RandomIntegersCall& call) {
  const RunOperand out(call.out, DType::Int64);
  each_run(out.count(), [&](int64_t begin, int64_t count) {
    alignas(64) uint64_t words[kRunElements];
    random_words(call.stream, begin, count, words);
    if (call.range != 0) scale_words(words, (count + 7) / 8 * 8, call.range);
    for (int64_t i = 0; i < count; ++i) words[i] += static_cast<uint64_t>(call.low);
    out.store(begin, count, words);
  });
}

void bernoulli(const BernoulliCall& call) {
  const RunOperand out(call.out, DType::Int32), probability(call.probability, DType::Float64);
  const bool constant = probability.is_constant();
  each_run(out.count(), [&](int64_t begin, int64_t count) {
    alignas(64) uint32_t words[kRunElements];
    alignas(64) double p[kRunElements];
    alignas(64) int32_t hit[kRunElements];  // as wide as the words
    random_words(call.stream, begin, count, words);
    const int64_t distinct = constant ? 1 : count;
    probability.load(begin, distinct, p);
    check_probabilities(p, distinct);
    if (constant) {
      const uint64_t limit = threshold(p[0]);
      for (int64_t i = 0; i < count; ++i) hit[i] = words[i] < limit;
    } else {
      for (int64_t i = 0; i < count; ++i) {
        hit[i] = static_cast<double>(words[i]) < std::floor(p[i] * 0x1p32);
      }
    }
    out.store(begin, count, hit);
  });
}

namespace {

// values[i] * scale where words[i] is at least `first_kept`, else 0.
void drop(float* values, const uint32_t* words, int64_t count, uint32_t first_kept, float scale) {
  using V = Vec<float>;
  // Signed comparison sees the order of unsigned numbers once their top bit is turned over.
  const Vec<int32_t> top(INT32_MIN), limit(static_cast<int32_t>(first_kept ^ 0x80000000u));
  for (int64_t i = 0; i < count; i += V::size) {
    Vec<int32_t> word;
    std::memcpy(&word.v, words + i, sizeof word.v);
    const Mask<float> kept{((word ^ top) >= limit).m};
    select(kept, V::load(values + i) * V(scale), V(0)).store(values + i);
  }
}
void drop(double* values, const uint32_t* words, int64_t count, uint32_t first_kept, double scale) {
  for (int64_t i = 0; i < count; ++i) {
    values[i] = words[i] >= first_kept ? values[i] * scale : 0.0;
  }
}

template <class T>
void dropout_as(const DropoutCall& call) {
  const RunOperand out(call.out, dtype_of<T>), in(call.in, dtype_of<T>);
  const uint64_t limit = threshold(call.p);
  const T scale = static_cast<T>(call.scale);
  each_run(out.count(), [&](int64_t begin, int64_t count) {
    alignas(64) uint32_t words[kRunElements];
    alignas(64) T values[kRunElements];
    in.load(begin, count, values);
    if (limit > UINT32_MAX) {
      std::fill_n(values, count, T(0));
    } else {
      random_words(call.stream, begin, count, words);
      drop(values, words, (count + 15) / 16 * 16, static_cast<uint32_t>(limit), scale);
    }
    out.store(begin, count, values);
  });
}

}  // namespace

void dropout(const DropoutCall& call) {
  if (call.out.dtype == DType::Float64)
    dropout_as<double>(call);
  else
    dropout_as<float>(call);
}

}  // namespace taeda::cpu::inline TAEDA_ISA

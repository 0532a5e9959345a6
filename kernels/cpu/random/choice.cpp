// Permutations and draws from given weights.
#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "../families.h"
#include "random.h"
#include "taeda/kernels/allocator.h"
#include "taeda/kernels/parallel.h"
#include "taeda/kernels/simd/math.h"
#include "taeda/kernels/simd/partial.h"
#include "words.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// Uniform in (0, 1), from 52 of 64 bits.
double open_fraction(uint64_t word) { return (static_cast<double>(word >> 12) + 0.5) * 0x1p-52; }

// Each sample falls into the category where the running sum of the weights passes it.
void draw_with_replacement(int64_t* out, int64_t samples, const double* weights, int64_t categories,
                           const uint64_t* words) {
  const Scratch<double> sums(categories);
  double sum = 0;
  int64_t last = 0;  // of the categories that may be drawn
  for (int64_t c = 0; c < categories; ++c) {
    if (weights[c] > 0) last = c;
    sums[c] = sum += weights[c];
  }
  for (int64_t s = 0; s < samples; ++s) {
    const double target = open_fraction(words[s]) * sum;
    const int64_t found =
        std::upper_bound(sums.data(), sums.data() + categories, target) - sums.data();
    out[s] = std::min(found, last);
  }
}

constexpr double kLargest = std::numeric_limits<double>::max();

// The categories whose exponential clocks of rate weight ring first, in the order in which they
// ring. Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
void draw_without_replacement(int64_t* out, int64_t samples, const double* weights,
                              int64_t categories, const uint64_t* words) {
  using V = Vec<double>;
  const Scratch<double> times(categories);
  for (int64_t c = 0; c < categories; c += V::size) {
    const int64_t count = std::min<int64_t>(V::size, categories - c);
    // The open fractions: 52 bits behind the leading one of a number from 1 to 2.
    Vec<int64_t> word;
    std::memcpy(&word.v, words + c, sizeof word.v);
    const Vec<int64_t> bits = shift_right_logical(word, 12) | Vec<int64_t>(0x3ff0000000000000);
    const V fraction = bits_as<double>(bits) - V(1) + V(0x1p-53);
    const V weight = load_some(weights + c, count);
    // The clock of a weight that is hardly one rings late, but before those that never do.
    const V never(std::numeric_limits<double>::infinity()), last(kLargest);
    const V time = minimum(-log(fraction) / weight, last);
    store_some(select(weight > V(0), time, never), times.data() + c, count);
  }
  if (samples == 1) {
    *out = std::min_element(times.data(), times.data() + categories) - times.data();
    return;
  }
  const Scratch<std::pair<double, int64_t>> clocks(categories);
  for (int64_t c = 0; c < categories; ++c) clocks[c] = {times[c], c};
  std::partial_sort(clocks.data(), clocks.data() + samples, clocks.data() + categories);
  for (int64_t s = 0; s < samples; ++s) out[s] = clocks[s].second;
}

void check_weights(const double* weights, int64_t categories, bool replacement, int64_t samples) {
  int64_t valid = 0, positive = 0;
  for (int64_t c = 0; c < categories; ++c) {
    valid += (weights[c] >= 0) & (weights[c] <= kLargest);
    positive += weights[c] > 0;
  }
  if (valid < categories) {
    const double* wrong = std::find_if(weights, weights + categories, [](double weight) {
      return !(weight >= 0 && weight <= kLargest);
    });
    fail<RuntimeError>(
        "multinomial: probability tensor contains either `inf`, `nan` or element < 0: ", *wrong);
  }
  if (positive == 0) {
    fail<RuntimeError>("multinomial: invalid distribution (sum of probabilities <= 0)");
  }
  if (!replacement && positive < samples) {
    fail<RuntimeError>("multinomial: ", samples,
                       " samples without replacement need as many positive ", "probabilities, got ",
                       positive);
  }
}

}  // namespace

void multinomial(const MultinomialCall& call) {
  const int64_t rows = call.weights.shape[0], categories = call.weights.shape[1];
  const int64_t samples = call.out.shape[1];
  const int64_t draws = call.replacement ? samples : categories;
  // Rows start at whole counters, so that none shares random words with another.
  const int64_t room = (draws + 2 * kPhiloxLanes - 1) / (2 * kPhiloxLanes) * (2 * kPhiloxLanes);
  parallel_for(rows, std::max<int64_t>(1, 8192 / std::max<int64_t>(room, 1)),
               [&](int64_t begin, int64_t end) {
                 const Scratch<uint64_t> words(room);
                 for (int64_t row = begin; row < end; ++row) {
                   random_words(call.stream, row * room, draws, words.data());
                   int64_t* out = call.out.as<int64_t>() + row * samples;
                   const double* weights = call.weights.as<double>() + row * categories;
                   check_weights(weights, categories, call.replacement, samples);
                   const auto draw =
                       call.replacement ? draw_with_replacement : draw_without_replacement;
                   draw(out, samples, weights, categories, words.data());
                 }
               });
}

RandomKernels random_kernels() {
  return {.fill = fill_random,
          .integers = random_integers,
          .bernoulli = bernoulli,
          .dropout = dropout,
          .permutation = permutation,
          .multinomial = multinomial};
}

}  // namespace taeda::cpu::inline TAEDA_ISA

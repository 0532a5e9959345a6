// Permutations and draws from given weights.
#include <bit>
#include <limits>

#include "../families.h"
#include "../runtime/faults.h"
#include "../sort/merge.h"
#include "random.h"
#include "taeda/kernels/ops/scalar_math.h"
#include "words.h"

namespace taeda::cuda {
namespace {

struct KeysBody {
  int64_t* keys;
  int64_t* numbers;
  Draws stream;
  int dropped_bits;
  TAEDA_HD void operator()(int64_t i) const {
    // Unsigned order as a signed one.
    const uint64_t key = random_word<uint64_t>(stream, i) >> dropped_bits;
    keys[i] = static_cast<int64_t>(key ^ (uint64_t{1} << 63));
    numbers[i] = i;
  }
};

struct WeightsBody {
  const double* weights;
  double* sums;
  int64_t categories, needed;
  Faults faults;
  TAEDA_HD void operator()(int64_t row) const {
    double sum = 0;
    int64_t positive = 0;
    for (int64_t c = 0; c < categories; ++c) {
      const double weight = weights[row * categories + c];
      if (!(weight >= 0) || weight == std::numeric_limits<double>::infinity()) {
        faults.raise({.kind = FaultKind::Weight, .real = weight});
      }
      sums[row * categories + c] = sum += weight;
      positive += weight > 0;
    }
    if (!(sum > 0)) faults.raise({FaultKind::NoWeight});
    if (positive < needed) {
      faults.raise({FaultKind::FewWeights, positive, needed});
    }
  }
};

// Each sample falls into the category where the running sum of the weights passes it.
struct DrawBody {
  const double* sums;
  int64_t* out;
  int64_t categories, samples, room;
  Draws stream;
  TAEDA_HD void operator()(int64_t item) const {
    const int64_t row = item / samples, s = item % samples;
    const double* of_row = sums + row * categories;
    const double total = of_row[categories - 1];
    const double target =
        open_fraction<double>(random_word<uint64_t>(stream, row * room + s)) * total;
    int64_t low = 0, high = categories;
    while (low < high) {
      const int64_t probe = low + (high - low) / 2;
      if (target < of_row[probe])
        high = probe;
      else
        low = probe + 1;
    }
    // Rounding may lead past the last category that may be drawn: back to where the sum was
    // reached.
    if (low == categories) {
      low = 0;
      while (low < categories - 1 && of_row[low] < total) ++low;
    }
    out[item] = low;
  }
};

// Exponential clocks of rate weight. Source: Efraimidis and Spirakis, "Weighted random sampling
// with a reservoir", 2006.
struct ClocksBody {
  const double* weights;
  double* clocks;
  int64_t* numbers;
  int64_t categories, room;
  Draws stream;
  TAEDA_HD void operator()(int64_t item) const {
    const int64_t row = item / categories, c = item % categories;
    const double weight = weights[item];
    const double u = open_fraction<double>(random_word<uint64_t>(stream, row * room + c));
    clocks[item] = weight > 0 ? -log(u) / weight : std::numeric_limits<double>::infinity();
    numbers[item] = c;
  }
};

struct FirstBody {
  const int64_t* numbers;
  int64_t* out;
  int64_t categories, samples;
  TAEDA_HD void operator()(int64_t item) const {
    out[item] = numbers[item / samples * categories + item % samples];
  }
};

// The bits of a key that the CPU's permutation looks at: those above the number's own place.
int dropped_bits(int64_t count) {
  const int number_bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(count - 1)));
  return number_bits - std::clamp(number_bits - 10, 0, 11);
}

}  // namespace

void permutation(const Array& out, RandomStream stream) {
  const int64_t count = out.numel();
  if (count == 0) return;
  Sorted<int64_t> sorted(1, count);
  for_each(count, KeysBody{sorted.keys(), sorted.numbers(), stream, dropped_bits(count)});
  sorted.sort(false);
  driver().copy(out.data, sorted.numbers(), static_cast<size_t>(count) * sizeof(int64_t),
                current_stream());
}

void multinomial(const MultinomialCall& call) {
  const int64_t rows = call.weights.shape[0], categories = call.weights.shape[1];
  const int64_t samples = call.out.shape[1];
  if (rows == 0 || categories == 0) return;
  const int64_t draws = call.replacement ? samples : categories;
  // As on the CPU rows start at whole groups of counters.
  constexpr int64_t group = 32;
  const int64_t room = (draws + group - 1) / group * group;
  const auto* weights = call.weights.as<const double>();
  auto* out = call.out.as<int64_t>();
  const DeviceScratch<double> sums(rows * categories);
  for_each(rows, WeightsBody{weights, sums.data(), categories, call.replacement ? 0 : samples,
                             Faults("multinomial")});
  if (call.replacement) {
    return for_each(rows * samples,
                    DrawBody{sums.data(), out, categories, samples, room, call.stream});
  }
  Sorted<double> sorted(rows, categories);
  for_each(rows * categories,
           ClocksBody{weights, sorted.keys(), sorted.numbers(), categories, room, call.stream});
  sorted.sort(false);
  for_each(rows * std::min(samples, categories),
           FirstBody{sorted.numbers(), out, categories, std::min(samples, categories)});
}

RandomKernels random_kernels() {
  return {.fill = fill_random,
          .integers = random_integers,
          .bernoulli = bernoulli,
          .dropout = dropout,
          .permutation = permutation,
          .multinomial = multinomial};
}

}  // namespace taeda::cuda

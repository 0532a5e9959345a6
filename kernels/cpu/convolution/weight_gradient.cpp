#include "convolution/weight_gradient.h"

#include <atomic>
#include <vector>

#include "convolution/parts.h"
#include "convolution/sums.h"
#include "convolution/winograd.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

// False where a result is not finite: plain sums say what it is.
bool sum_windows(const WeightGradient<float>& gradient) {
  const int64_t count =
      gradient.out_channels * gradient.in_channels * static_cast<int64_t>(gradient.taps.size());
  std::atomic<bool> finite{true};
  each_part(gradient, *WindowGrid::of(gradient.taps, 3),
            [&](WeightGradient<float> part, int64_t number) {
              float *out = part.out, *bias = part.bias;
              std::vector<float> more(static_cast<size_t>(number > 0 ? count : 0));
              std::vector<float> more_bias(static_cast<size_t>(number > 0 ? part.out_channels : 0));
              if (number > 0) part.out = more.data();
              if (number > 0 && bias) part.bias = more_bias.data();
              if (!finite.load(std::memory_order_relaxed)) return;
              if (!weight_gradient_by_winograd(part)) {
                finite.store(false, std::memory_order_relaxed);
              }
              for (size_t i = 0; i < more.size(); ++i) out[i] += more[i];
              for (size_t m = 0; bias && m < more_bias.size(); ++m) bias[m] += more_bias[m];
            });
  return finite;
}

}  // namespace

template <class T>
void weight_gradient(const WeightGradient<T>& gradient) {
  if constexpr (std::is_same_v<T, float>) {
    if (winograd_serves(gradient) && sum_windows(gradient)) return;
  }
  weight_gradient_by_sums(gradient);
}

template void weight_gradient<float>(const WeightGradient<float>&);
template void weight_gradient<double>(const WeightGradient<double>&);

}  // namespace taeda::cpu::inline TAEDA_ISA

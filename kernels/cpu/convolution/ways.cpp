// Which way a convolution is computed.
#include <atomic>
#include <optional>
#include <vector>

#include "convolution/correlate.h"
#include "convolution/direct.h"
#include "convolution/fold.h"
#include "convolution/line_products.h"
#include "convolution/parts.h"
#include "convolution/sums.h"
#include "convolution/weight_gradient.h"
#include "convolution/winograd.h"
#include "convolution/winograd_tiles.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kFewestChannels = 12;
constexpr int64_t kFewestTerms = 256;      // of the gradient of a weight
constexpr int64_t kLargestBox = 6 * 1024;  // places of a channel that a row of tiles meets
constexpr int64_t kTransform = 16;  // multiplications that a channel's transforms cost, a point
constexpr int64_t kPass = 28;       // the same beside other passes over the same places

// Multiplications that a slice of an image costs by products; none where they do not serve.
std::optional<int64_t> cost_of(const std::optional<Winograd<float>>& products,
                               const WindowGrid& grid, const Sizes3& outputs, int64_t in_channels,
                               int64_t out_channels, int64_t transform = kTransform) {
  if (!products || in_channels < kFewestChannels || out_channels < kFewestChannels ||
      products->rows->edge * outputs[2] * products->columns->step > kLargestBox) {
    return {};
  }
  const Sizes3 of_part = {1, ceil_div(outputs[1], grid.dilation[1]),
                          ceil_div(outputs[2], grid.dilation[2])};
  // Tiles that reach far beyond the border save little.
  const Tiling tiling(1, of_part, *products);
  return grid.dilation[1] * grid.dilation[2] * tiling.strips() * tiling.columns *
         products->points() *
         (in_channels * out_channels + transform * (in_channels + out_channels));
}

int64_t cost_of_sums(const WindowGrid& grid, const Sizes3& outputs, int64_t in_channels,
                     int64_t out_channels) {
  return outputs[1] * outputs[2] * grid.size[1] * grid.size[2] * in_channels * out_channels;
}

// When products pay: they cost at most a share of what plain sums do, and windows that are folded
// first have some outputs.
struct Demands {
  double most = 1;
  int64_t fewest_folded = 1;
};

// Whether products pay for the parts of a convolution.
bool parts_pay(const SlidingWindow& window, const Demands& demands) {
  const WindowGrid grid(window.taps);
  const auto pays = [&](std::optional<int64_t> cost, double most) {
    const int64_t sums =
        cost_of_sums(grid, window.outputs, window.in_channels, window.out_channels);
    return cost && static_cast<double>(*cost) <= most * static_cast<double>(sums);
  };
  if (const auto products = winograd_of<float>(grid, window.step)) {
    return pays(cost_of(products, grid, window.outputs, window.in_channels, window.out_channels),
                demands.most);
  }
  const FoldedWindow folded(grid, window.step);
  return folded && window.outputs[1] * window.outputs[2] >= demands.fewest_folded &&
         pays(cost_of(winograd_of<float>(folded.grid, {1, 1, 1}), folded.grid, window.outputs,
                      window.in_channels * folded.parts, window.out_channels),
              1);
}

// By the channels and the size of an image alone; for the gradient of a weight by the number of
// terms too. Plain sums of a correlation come near to the peak: where outputs are two apart,
// products have to save a fifth. Phases share products only.
bool winograd_serves(const Correlation<float>& c) {
  const double most = c.step[1] == 1 && c.step[2] == 1 ? 1 : 0.78;
  return c.phases.size() > 1 || parts_pay(c, {.most = most, .fewest_folded = 128});
}

bool winograd_serves(const WeightGradient<float>& g) {
  // A sum of few terms errs less than the transforms do.
  return g.images * g.outputs[0] * g.outputs[1] * g.outputs[2] >= kFewestTerms && parts_pay(g, {});
}

// Whether a window of one element slides over memory as over a line.
template <class T>
bool is_line(const Correlation<T>& c) {
  const int64_t* strides = c.out_strides;
  const Sizes3& size = c.outputs;
  for (int a = 0; a < 3; ++a) {
    if (c.source.shape[static_cast<size_t>(2 + a)] != size[a]) return false;
  }
  return c.taps.size() == 1 && BoxLayout::is_source(c.taps, c.step, size, c.source) &&
         (size[2] == 1 || strides[4] == 1) && (size[1] == 1 || strides[3] == size[2]) &&
         (size[0] == 1 || strides[2] == size[1] * size[2]);
}

// Whether a part has to be folded first.
bool needs_fold(const WindowGrid& grid, const Sizes3& step) {
  return !winograd_of<float>(grid, step);
}

// The images that Winograd's products leave are computed by sums, so that each output meets what
// its window does and no more.
void sum_images(const Correlation<float>& c, const std::vector<int64_t>& images) {
  const Sizes shape = c.source.shape;
  Correlation<float> rest = c;
  rest.images = 1;
  const int64_t one[5] = {1, shape[1], shape[2], shape[3], shape[4]};
  rest.source.shape = one;
  for (const int64_t image : images) {
    rest.source.data =
        static_cast<char*>(c.source.data) + image * c.source.strides[0] * size_of(c.source.dtype);
    rest.out = static_cast<char*>(c.out) + image * c.out_strides[0] * size_of(c.out_dtype);
    correlate_by_sums(rest);
  }
}

void correlate_windows(const std::vector<Correlation<float>>& parts) {
  if (!needs_fold(WindowGrid(parts[0].taps), parts[0].step)) {
    const std::vector<int64_t> left = correlate_by_winograd(parts);
    for (const Correlation<float>& part : parts) sum_images(part, left);
    return;
  }
  for (const Correlation<float>& part : parts) {
    sum_images(part, with_folded(part, [](const Correlation<float>& folded) {
                 return correlate_by_winograd<float>({folded});
               }));
  }
}

// False where a result is not finite: plain sums say what it is.
bool sum_windows(const WeightGradient<float>& gradient) {
  const int64_t count =
      gradient.out_channels * gradient.in_channels * static_cast<int64_t>(gradient.taps.size());
  std::atomic<bool> finite{true};
  each_part(gradient, WindowGrid(gradient.taps), [&](WeightGradient<float> part, size_t number) {
    float *out = part.out, *bias = part.bias;
    std::vector<float> more(static_cast<size_t>(number > 0 ? count : 0));
    std::vector<float> more_bias(static_cast<size_t>(number > 0 ? part.out_channels : 0));
    if (number > 0) part.out = more.data();
    if (number > 0 && bias) part.bias = more_bias.data();
    if (!finite.load(std::memory_order_relaxed)) return;
    const bool served = needs_fold(WindowGrid(part.taps), part.step)
                            ? with_folded(part, weight_gradient_by_winograd<float>)
                            : weight_gradient_by_winograd(part);
    if (!served) {
      finite.store(false, std::memory_order_relaxed);
    }
    for (size_t i = 0; i < more.size(); ++i) out[i] += more[i];
    for (size_t m = 0; bias && m < more_bias.size(); ++m) bias[m] += more_bias[m];
  });
  return finite;
}

}  // namespace

template <class T>
void correlate(Correlation<T> c) {
  const Sizes shape = c.source.shape, strides = c.source.strides;
  const int64_t length = shape[2] * shape[3] * shape[4];
  const int64_t line_shape[5] = {shape[0], shape[1], 1, 1, length};
  const int64_t line_strides[5] = {strides[0], strides[1], length, length, 1};
  if (is_line(c)) {
    c.outputs = {1, 1, length};
    c.out_strides[4] = 1;
    c.source.shape = line_shape;
    c.source.strides = line_strides;
    if (correlate_lines(c)) return;
  }
  if (correlate_directly(c)) return;
  if constexpr (std::is_same_v<T, float>) {
    if (winograd_serves(c)) return each_part(c, WindowGrid(c.taps), correlate_windows);
  }
  correlate_by_sums(c);
}

template void correlate<float>(Correlation<float>);
template void correlate<double>(Correlation<double>);

bool phases_share(const Correlation<float>& c, const std::vector<std::vector<Tap>>& taps) {
  const int64_t channels = c.out_channels / static_cast<int64_t>(taps.size());
  const auto cost_by_products = [&](const WindowGrid& grid, int64_t out_channels) {
    return cost_of(winograd_of<float>(grid, {1, 1, 1}), grid, c.outputs, c.in_channels,
                   out_channels, kPass);
  };
  int64_t apart = 0;
  for (const std::vector<Tap>& of_phase : taps) {
    if (of_phase.empty()) continue;
    const WindowGrid grid(of_phase);
    const int64_t sums = cost_of_sums(grid, c.outputs, c.in_channels, channels) +
                         c.outputs[1] * c.outputs[2] * kPass * (c.in_channels + channels);
    apart += std::min(sums, cost_by_products(grid, channels).value_or(sums));
  }
  const auto cost = cost_by_products(WindowGrid(c.taps), c.out_channels);
  return cost && *cost < apart;
}

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

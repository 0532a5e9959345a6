// Where Winograd's products are taken.
#include "convolution/parts.h"
#include "convolution/winograd.h"
#include "convolution/winograd_tiles.h"

namespace taeda::cpu::inline TAEDA_ISA {
namespace {

constexpr int64_t kFewestChannels = 16;
constexpr int64_t kFewestTerms = 256;  // of the gradient of a weight
constexpr int64_t kWidest = 1024;      // outputs of a row

// Whether products pay for the parts of a convolution.
bool parts_pay(const std::vector<Tap>& taps, const Sizes3& step, const Sizes3& outputs,
               int64_t in_channels, int64_t out_channels) {
  const std::optional<WindowGrid> grid = WindowGrid::of(taps, Winograd<float>::kTaps);
  if (!grid || step != Sizes3{1, 1, 1}) return false;
  if (in_channels < kFewestChannels || out_channels < kFewestChannels) return false;
  if (outputs[2] > kWidest) return false;
  // Tiles that reach far beyond the border save little.
  const Sizes3 of_part = {1, ceil_div(outputs[1], grid->dilation[1]),
                          ceil_div(outputs[2], grid->dilation[2])};
  const Tiling tiling(1, of_part);
  return of_part[1] * of_part[2] >= 9 * tiling.strips() * tiling.columns;
}

}  // namespace

template <class T>
bool winograd_serves(const Correlation<T>& c) {
  return parts_pay(c.taps, c.step, c.outputs, c.in_channels, c.out_channels);
}

template <class T>
bool winograd_serves(const WeightGradient<T>& g) {
  // A sum of few terms errs less than the transforms do.
  return g.images * g.outputs[0] * g.outputs[1] * g.outputs[2] >= kFewestTerms &&
         parts_pay(g.taps, g.step, g.outputs, g.in_channels, g.out_channels);
}

template bool winograd_serves<float>(const Correlation<float>&);
template bool winograd_serves<float>(const WeightGradient<float>&);

}  // namespace taeda::cpu::inline TAEDA_ISA

// Images padded and sampled at places. What is sampled and its gradients are sums over the same
// points: each is derived by another of them, with the weights derived once more along a dimension.
#include "taeda/tensor/ops/sampling.h"
#include "rules.h"
#include "taeda/tensor/ops/reduce.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

Sampling derived(Sampling sampling, int along) {
  ++sampling.orders[along];
  return sampling;
}

// The sum of part(d) over the coordinates of a grid.
template <class Part>
Tensor over_coordinates(T grid, Part part) {
  const int last = grid.ndim() - 1;
  Tensor sum = part(0);
  for (int d = 1; d < grid->size(last); ++d) sum = apply<Add>(sum, part(d));
  return sum;
}

// Coordinate d of (N, ..., D) beside (N, C, ...).
Tensor beside_channels(T grid, int d) { return unsqueeze(select(grid, -1, d), 1); }

const Rules sampling_rules([] {
  rule<Pad>(save_nothing,
            [](const Context& c, T g) { return pad_backward(c.attributes<Pad>(), g); });
  rule<PadBackward>(save_nothing, [](const Context& c, T g) {
    return run<Pad>({contiguous(g).body()}, c.attributes<PadBackward>());
  });
  rule<GridSampler>(save_input(0) | save_input(1), [](const Context& c, T g, T images, T grid) {
    const Sampling& sampling = c.attributes<GridSampler>().sampling;
    Gradients result(c.input_count());
    if (c.needs(0)) result[0] = grid_sampler_backward(sampling, g, grid, images.shape());
    if (c.needs(1)) result[1] = grid_sampler_grid_backward(sampling, g, images, grid);
    return result;
  });
  // Where g is the gradient of the images' gradient.
  rule<GridSamplerBackward>(
      save_input(0) | save_input(1), [](const Context& c, T g, T values, T grid) {
        const Sampling& sampling = c.attributes<GridSamplerBackward>().sampling;
        Gradients result(c.input_count());
        if (c.needs(0)) result[0] = grid_sampler(g, grid, sampling);
        if (c.needs(1)) result[1] = grid_sampler_grid_backward(sampling, values, g, grid);
        return result;
      });
  rule<GridSamplerGridBackward>(save_input(0) | save_input(1) | save_input(2), [](const Context& c,
                                                                                  T g, T values,
                                                                                  T images,
                                                                                  T grid) {
    const Sampling& sampling = c.attributes<GridSamplerGridBackward>().sampling;
    Gradients result(c.input_count());
    if (c.needs(0)) {
      result[0] = over_coordinates(grid, [&](int d) {
        return apply<Mul>(beside_channels(g, d), grid_sampler(images, grid, derived(sampling, d)));
      });
    }
    if (c.needs(1)) {
      result[1] = over_coordinates(grid, [&](int d) {
        return grid_sampler_backward(
            derived(sampling, d), apply<Mul>(beside_channels(g, d), values), grid, images.shape());
      });
    }
    if (c.needs(2)) {
      result[2] = over_coordinates(grid, [&](int d) {
        const Tensor slope = grid_sampler_grid_backward(derived(sampling, d), values, images, grid);
        return apply<Mul>(unsqueeze(select(g, -1, d), -1), slope);
      });
    }
    return result;
  });
});

}  // namespace
}  // namespace taeda::autograd

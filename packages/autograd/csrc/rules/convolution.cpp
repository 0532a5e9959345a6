#include "taeda/tensor/ops/convolution.h"

#include "rules.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

ConvolutionGradientAttributes with_sizes(const ConvolutionGeometry& geometry, const Dims& shape) {
  ConvolutionGradientAttributes attributes{geometry, {1, 1, 1}};
  for (int d = 2; d < shape.size(); ++d) attributes.sizes[3 - shape.size() + d] = shape[d];
  return attributes;
}

Tensor forward(T x, T weight, T bias, const ConvolutionGeometry& geometry) {
  return run<Convolution>({x.body(), weight.body(), bias.body()}, geometry);
}
Tensor transposed(T grad, T weight, const ConvolutionGeometry& geometry, const Dims& shape) {
  return run<TransposedConvolution>({grad.body(), weight.body(), nullptr},
                                    with_sizes(geometry, shape));
}
std::array<Tensor, 2> weight_and_bias(T grad, T x, const ConvolutionGeometry& geometry,
                                      const Dims& shape, bool has_bias) {
  TensorBody* inputs[] = {grad.body(), x.body()};
  return run_many<ConvolutionWeightGradient, 2>(inputs, {with_sizes(geometry, shape), has_bias});
}
// The first elements, where output_padding was so large that more windows fit into the output.
Tensor cut_to(Tensor x, const Dims& shape) {
  for (int d = 2; d < shape.size(); ++d) {
    if (x->size(d) != shape[d]) x = narrow(x, d, 0, shape[d]);
  }
  return x;
}
Tensor sum_of_channels(T g) {
  Dims dims{0};
  for (int d = 2; d < g.ndim(); ++d) dims.push_back(d);
  return sum(g, dims);
}

// The three are the partial derivatives of one trilinear form, so that each rule is made of the
// others.
const Rules rules([] {
  rule<Convolution>(
      save_input(0) | save_input(1) | save_shapes, [](const Context& c, T g, T x, T weight) {
        const ConvolutionGeometry& geometry = c.attributes<Convolution>();
        Gradients result(c.input_count());
        if (c.needs(0)) result[0] = transposed(g, weight, geometry, c.input_shape(0));
        if (c.needs(1)) {
          auto [by_weight, by_bias] = weight_and_bias(g, x, geometry, c.input_shape(1), c.needs(2));
          result[1] = std::move(by_weight);
          if (c.needs(2)) result[2] = std::move(by_bias);
        } else if (c.needs(2)) {
          result[2] = sum_of_channels(g);
        }
        return result;
      });
  rule<TransposedConvolution>(
      wrt(0, save_input(1) | save_shapes,
          [](const Context& c, T g, T weight) {
            const ConvolutionGeometry& geometry = c.attributes<TransposedConvolution>().geometry;
            return cut_to(forward(g, weight, {}, geometry), c.input_shape(0));
          }),
      wrt(1, save_input(0) | save_shapes,
          [](const Context& c, T g, T grad) {
            return weight_and_bias(grad, g, c.attributes<TransposedConvolution>().geometry,
                                   c.input_shape(1), false)[0];
          }),
      wrt(2, save_nothing, [](T g) { return sum_of_channels(g); }));
  rule<ConvolutionWeightGradient>(
      save_input(0) | save_input(1) | save_shapes, [](const Context& c, T g, T grad, T x) {
        const auto& attributes = c.attributes<ConvolutionWeightGradient>();
        const ConvolutionGeometry& geometry = attributes.geometry;
        Gradients result(c.input_count());
        if (c.needs(0)) {
          const Tensor bias = attributes.has_bias ? c.grad(1) : Tensor();
          result[0] = cut_to(forward(x, g, bias, geometry), c.input_shape(0));
        }
        if (c.needs(1)) result[1] = transposed(grad, g, geometry, c.input_shape(1));
        return result;
      });
});

}  // namespace
}  // namespace taeda::autograd

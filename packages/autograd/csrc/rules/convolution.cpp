#include "taeda/tensor/ops/convolution.h"

#include "rules.h"
#include "taeda/tensor/ops/reduce.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// The three are the partial derivatives of one trilinear form, so that each rule is made of the
// others.
const Rules rules([] {
  rule<Conv2d>(
      wrt(0, save_input(1) | save_shapes,
          [](const Context& c, T g, T weight) {
            const Dims& shape = c.input_shape(0);
            return conv2d_input_gradient(g, weight, c.attributes<Conv2d>(), shape[2], shape[3]);
          }),
      wrt(1, save_input(0) | save_shapes,
          [](const Context& c, T g, T x) {
            const Dims& shape = c.input_shape(1);
            return conv2d_weight_gradient(g, x, c.attributes<Conv2d>(), shape[2], shape[3]);
          }),
      wrt(2, save_nothing, [](T g) { return sum(g, Dims{0, 2, 3}); }));
  rule<Conv2dInputGradient>(
      wrt(0, save_input(1),
          [](const Conv2dInputGradient::Attributes& a, T g, T weight) {
            return run<Conv2d>({g.body(), weight.body(), nullptr}, a.geometry);
          }),
      wrt(1, save_input(0) | save_shapes, [](const Context& c, T g, T grad) {
        const Dims& shape = c.input_shape(1);
        return conv2d_weight_gradient(grad, g, c.attributes<Conv2dInputGradient>().geometry,
                                      shape[2], shape[3]);
      }));
  rule<Conv2dWeightGradient>(wrt(0, save_input(1),
                                 [](const Conv2dWeightGradient::Attributes& a, T g, T x) {
                                   return run<Conv2d>({x.body(), g.body(), nullptr}, a.geometry);
                                 }),
                             wrt(1, save_input(0) | save_shapes, [](const Context& c, T g, T grad) {
                               const Dims& shape = c.input_shape(1);
                               return conv2d_input_gradient(
                                   grad, g, c.attributes<Conv2dWeightGradient>().geometry, shape[2],
                                   shape[3]);
                             }));
});

}  // namespace
}  // namespace taeda::autograd

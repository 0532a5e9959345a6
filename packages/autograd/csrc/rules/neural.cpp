// Softmax, normalisation, pooling and losses. While gradients are recorded (create_graph) the
// functions called here compose differentiable operations, so that most fused backward operations
// need no rule.
#include "rules.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/ops/loss.h"
#include "taeda/tensor/ops/normalization.h"
#include "taeda/tensor/ops/pool.h"
#include "taeda/tensor/ops/softmax.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;
constexpr const char* kComposed = "composed of differentiable operations where it is recorded";

const Rules softmax_rules([] {
  rule<Softmax>(save_result, [](const SoftmaxAttributes& a, T g, T result) {
    return softmax_backward(g, result, a.dim);
  });
  rule<LogSoftmax>(save_result, [](const SoftmaxAttributes& a, T g, T result) {
    return log_softmax_backward(g, result, a.dim);
  });
  no_rule<SoftmaxBackward>(kComposed);
  no_rule<LogSoftmaxBackward>(kComposed);
});

Gradients wanted(const Context& c, const NormGradients& all) {
  Gradients result(c.input_count());
  if (c.needs(0)) result[0] = all.input;
  if (c.needs(1)) result[1] = all.weight;
  if (c.needs(2)) result[2] = all.bias;
  return result;
}

const Rules normalization_rules([] {
  constexpr Save saved = save_input(0) | save_input(1) | save_output(1) | save_output(2);
  rule<LayerNorm>(saved, [](const Context& c, T g, T x, T weight, T mean, T rstd) {
    return wanted(c, layer_norm_backward(c.attributes<LayerNorm>(), g, x, weight, mean, rstd));
  });
  rule<GroupNorm>(saved, [](const Context& c, T g, T x, T weight, T mean, T rstd) {
    return wanted(c, group_norm_backward(c.attributes<GroupNorm>(), g, x, weight, mean, rstd));
  });
  rule<BatchNorm>(saved, [](const Context& c, T g, T x, T weight, T mean, T rstd) {
    return wanted(c, batch_norm_backward(c.attributes<BatchNorm>(), g, x, weight, mean, rstd));
  });
  no_rule<LayerNormBackward>(kComposed);
  no_rule<GroupNormBackward>(kComposed);
  no_rule<BatchNormBackward>(kComposed);
});

int64_t height(const Dims& shape) { return shape[shape.size() - 2]; }
int64_t width(const Dims& shape) { return shape[shape.size() - 1]; }

// The elements of planes that positions row * width + column name.
Tensor at_positions(T planes, T positions) {
  const Tensor picked = gather(flatten(planes, -2), -1, flatten(positions, -2));
  return reshape(picked, positions.shape());
}

const Rules pool_rules([] {
  rule<MaxPool2d>(save_output(1), [](const Context& c, T g, T positions) {
    const Dims& shape = c.input_shape(0);
    return max_pool2d_backward(c.attributes<MaxPool2d>(), g, positions, height(shape),
                               width(shape));
  });
  rule<MaxPool2dBackward>(
      wrt(0, save_input(1), [](T g, T positions) { return at_positions(g, positions); }));
  rule<AvgPool2d>(save_nothing, [](const Context& c, T g) {
    const Dims& shape = c.input_shape(0);
    return avg_pool2d_backward(c.attributes<AvgPool2d>(), g, height(shape), width(shape));
  });
  rule<AvgPool2dBackward>(save_nothing, [](const Context& c, T g) {
    AvgPool2d::Attributes attributes = c.attributes<AvgPool2dBackward>();
    attributes.height = height(c.input_shape(0));
    attributes.width = width(c.input_shape(0));
    const Tensor whole = contiguous(g);
    return run<AvgPool2d>({whole.body()}, attributes);
  });
  rule<AdaptiveAvgPool2d>(save_nothing, [](const Context& c, T g) {
    const Dims& shape = c.input_shape(0);
    return adaptive_avg_pool2d_backward(g, height(shape), width(shape));
  });
  rule<AdaptiveAvgPool2dBackward>(save_nothing, [](const Context& c, T g) {
    const Dims& shape = c.input_shape(0);
    return adaptive_avg_pool2d(g, {height(shape), width(shape)});
  });
  rule<Resample>(wrt(0, save_input(1) | save_input(2) | save_input(3) | save_input(4),
                     [](const Context& c, T g, T windows, T weights, T back, T back_weights) {
                       const int dim = c.attributes<Resample>().dim;
                       return resample(g, dim, back, back_weights, windows, weights);
                     }));
});

const Rules loss_rules([] {
  rule<NllLoss>(wrt(0, save_input(1) | save_input(2) | save_output(1),
                    [](const Context& c, T g, T target, T weight, T total) {
                      return nll_loss_backward(c.attributes<NllLoss>(), g, c.input_shape(0), target,
                                               weight, total);
                    }));
  // Linear in the gradient, as the loss is in the scores: one is the transpose of the other.
  rule<NllLossBackward>(
      wrt(0, save_input(1) | save_input(2), [](const Context& c, T g, T target, T weight) {
        const Tensor scores = contiguous(g);
        const auto& attributes = c.attributes<NllLossBackward>().loss;
        return run<NllLoss>({scores.body(), target.body(), weight.body()}, attributes);
      }));
  rule<CrossEntropy>(
      wrt(0, save_input(0) | save_input(1) | save_input(2) | save_output(1) | save_output(2),
          [](const Context& c, T g, T logits, T target, T weight, T total, T state) {
            return cross_entropy_backward(c.attributes<CrossEntropy>(), g, logits, target, weight,
                                          total, state);
          }));
  no_rule<CrossEntropyBackward>(kComposed);
});

}  // namespace
}  // namespace taeda::autograd

#include "taeda/tensor/ops/attention.h"

#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

const Rules rules([] {
  rule<Attention>(save_inputs | save_output(0) | save_output(1),
                  [](const Context& c, T g, T query, T key, T value, T mask, T result, T log_sum) {
                    AttentionGradients all = attention_backward(c.attributes<Attention>(), g, query,
                                                                key, value, mask, result, log_sum);
                    return grads(all.query, all.key, all.value, Tensor());
                  });
  no_rule<AttentionBackward>("composed of differentiable operations where it is recorded");
});

}  // namespace
}  // namespace taeda::autograd

#include "taeda/tensor/ops/recurrence.h"

#include "rules.h"
#include "taeda/autograd/engine.h"
#include "taeda/tensor/grad_mode.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// The derivatives of the composed form, recorded: a backward within the backward.
Gradients composed_gradients(const Context& c, const RecurrenceInputs& inputs,
                             const RecurrenceResult& grads) {
  const RecurrenceResult result = composed_recurrence(c.attributes<Recurrence>(), inputs);
  const std::pair<T, T> outputs[] = {{result.hidden, grads.hidden},
                                     {result.last_hidden, grads.last_hidden},
                                     {result.last_cell, grads.last_cell}};
  std::vector<Tensor> roots, root_grads, wanted;
  for (const auto& [root, grad] : outputs) {
    if (!grad.defined() || !root->requires_grad) continue;
    roots.push_back(root);
    root_grads.push_back(grad);
  }
  const Tensor* all[] = {&inputs.projected, &inputs.hidden, &inputs.cell, &inputs.weight,
                         &inputs.bias};
  for (int i = 0; i < c.input_count(); ++i) {
    if (c.needs(i)) wanted.push_back(*all[i]);
  }
  auto found = run_backward(roots, std::move(root_grads), wanted,
                            {.retain_graph = true, .create_graph = true, .accumulate = false});
  Gradients gradients(c.input_count());
  size_t next = 0;
  for (int i = 0; i < c.input_count(); ++i) {
    if (c.needs(i)) gradients[i] = std::move(found[next++]);
  }
  return gradients;
}

const Rules rules([] {
  constexpr Save saved = save_input(0) | save_input(1) | save_input(2) | save_input(3) |
                         save_input(4) | save_output(0) | save_output(2);
  rule<Recurrence>(saved, [](const Context& c, T) {
    const RecurrenceInputs inputs{c.saved_input(0), c.saved_input(1), c.saved_input(2),
                                  c.saved_input(3), c.saved_input(4)};
    const bool has_cell = c.attributes<Recurrence>().kind == RecurrenceKind::Lstm;
    const RecurrenceResult grad{c.grad(0), c.grad(1), has_cell ? c.grad(3) : Tensor()};
    if (grad_enabled()) return composed_gradients(c, inputs, grad);
    const RecurrenceInputs all = recurrence_backward(c.attributes<Recurrence>(), inputs,
                                                     c.saved_output(0), c.saved_output(2), grad);
    return grads(all.projected, all.hidden, all.cell, all.weight, all.bias);
  });
  no_rule<RecurrenceBackward>("composed of differentiable operations where it is recorded");
});

}  // namespace
}  // namespace taeda::autograd

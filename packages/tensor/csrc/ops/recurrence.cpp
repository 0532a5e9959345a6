#include "taeda/tensor/ops/recurrence.h"

#include <algorithm>
#include <numeric>

#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/ops/matmul.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

using Attributes = Recurrence::Attributes;

RecurrenceSteps steps_of(const Attributes& attributes) {
  const SequenceLayout& layout = *attributes.layout;
  return {layout.sizes, layout.offsets, layout.row_step, attributes.reverse};
}

Array array_or_none(const TensorBody* tensor) { return tensor ? tensor->array() : Array{}; }

Tensor contiguous_or_none(const Tensor& tensor) {
  return tensor.defined() ? contiguous(tensor) : tensor;
}

void check(const Attributes& attributes, const RecurrenceInputs& inputs) {
  const char* name = Recurrence::name;
  const Tensor& weight = inputs.weight;
  const DType dtype = weight.dtype();
  if (dtype != DType::Float32 && dtype != DType::Float64) {
    fail<RuntimeError>(name, ": computes in float32 or float64, got ", dtype,
                       "; convert with .float()");
  }
  const int64_t gates = gates_of(attributes.kind), size = weight.ndim() == 2 ? weight->size(1) : 0;
  const bool has_cell = attributes.kind == RecurrenceKind::Lstm;
  const SequenceLayout& layout = *attributes.layout;
  const struct {
    const char* what;
    const Tensor& tensor;
    Dims shape;
    bool wanted;
  } rules[] = {{"weight", weight, {gates * size, size}, true},
               {"projected", inputs.projected, {layout.rows(), gates * size}, true},
               {"hidden", inputs.hidden, {layout.sequences(), size}, true},
               {"cell", inputs.cell, {layout.sequences(), size}, has_cell},
               {"bias", inputs.bias, {gates * size}, inputs.bias.defined()}};
  for (const auto& rule : rules) {
    if (rule.tensor.defined() != rule.wanted) {
      fail<RuntimeError>(name, ": an LSTM, and nothing else, takes a cell");
    }
    if (!rule.wanted) continue;
    if (rule.tensor.shape() != rule.shape) {
      fail<RuntimeError>(name, ": ", rule.what, " must have the shape ", rule.shape, ", got ",
                         rule.tensor.shape());
    }
    if (rule.tensor.dtype() != dtype) {
      fail<RuntimeError>(name, ": ", rule.what, " must have the dtype of the weight, ", dtype,
                         ", got ", rule.tensor.dtype());
    }
  }
  if (inputs.bias.defined() && attributes.kind != RecurrenceKind::Gru) {
    fail<RuntimeError>(name, ": only a GRU takes a bias; add others to the projected input");
  }
}

// The part of H columns with that index.
Tensor part(const Tensor& rows, int64_t index, int64_t size) {
  return narrow(rows, -1, index * size, size);
}
Tensor sigmoid(const Tensor& x) { return apply<Sigmoid>(x); }

// hidden and cell after a step.
std::pair<Tensor, Tensor> composed_step(RecurrenceKind kind, const Tensor& x, const Tensor& u,
                                        const Tensor& hidden, const Tensor& cell) {
  const int64_t size = hidden->size(1);
  switch (kind) {
    case RecurrenceKind::Tanh:
      return {apply<Tanh>(x + u), cell};
    case RecurrenceKind::Relu:
      return {apply<Relu>(x + u), cell};
    case RecurrenceKind::Lstm: {
      const Tensor sums = x + u;
      const Tensor next = sigmoid(part(sums, 1, size)) * cell +
                          sigmoid(part(sums, 0, size)) * apply<Tanh>(part(sums, 2, size));
      return {sigmoid(part(sums, 3, size)) * apply<Tanh>(next), next};
    }
    case RecurrenceKind::Gru: {
      const Tensor reset = sigmoid(part(x, 0, size) + part(u, 0, size));
      const Tensor update = sigmoid(part(x, 1, size) + part(u, 1, size));
      const Tensor fresh = apply<Tanh>(part(x, 2, size) + reset * part(u, 2, size));
      return {fresh + update * (hidden - fresh), cell};
    }
  }
  return {};
}

// The first rows of a state replaced.
Tensor with_first_rows(const Tensor& state, const Tensor& rows) {
  const int64_t count = rows->size(0), left = state->size(0) - count;
  return left == 0 ? rows : cat({rows, narrow(state, 0, count, left)});
}

}  // namespace

SequenceLayout::SequenceLayout(std::vector<int64_t> batch_sizes, bool by_sequence)
    : sizes(std::move(batch_sizes)),
      offsets(sizes.size()),
      row_step(by_sequence ? static_cast<int64_t>(sizes.size()) : 1) {
  if (by_sequence)
    std::iota(offsets.begin(), offsets.end(), int64_t{0});
  else
    std::exclusive_scan(sizes.begin(), sizes.end(), offsets.begin(), int64_t{0});
}
int64_t SequenceLayout::rows() const {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
}

void Recurrence::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &projected = *inputs[0], &state = *inputs[1];
  const int64_t rows = projected.size(0), size = state.size(1);
  outputs.add({rows, size}, projected.dtype());
  outputs.add(state.shape(), projected.dtype());
  outputs.add({rows, kept_parts_of(attributes.kind) * size}, projected.dtype());
  if (attributes.kind == RecurrenceKind::Lstm) outputs.add(state.shape(), projected.dtype());
}
void Recurrence::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                        const Attributes& attributes) {
  kernels.recurrence.forward({.kind = attributes.kind,
                              .steps = steps_of(attributes),
                              .hidden = outputs[0]->array(),
                              .last_hidden = outputs[1]->array(),
                              .last_cell = outputs.size() > 3 ? outputs[3]->array() : Array{},
                              .kept = outputs[2]->array(),
                              .projected = inputs[0]->array(),
                              .initial_hidden = inputs[1]->array(),
                              .initial_cell = array_or_none(inputs[2]),
                              .weight = inputs[3]->array(),
                              .bias = array_or_none(inputs[4])});
}

void RecurrenceBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  const TensorBody &hidden = *inputs[0], &state = *inputs[2];
  const Dims projected{hidden.size(0), gates_of(attributes.kind) * hidden.size(1)};
  outputs.add(projected, hidden.dtype());
  outputs.add(state.shape(), hidden.dtype());
  outputs.add(hidden.shape(), hidden.dtype());
  if (attributes.kind == RecurrenceKind::Lstm) outputs.add(state.shape(), hidden.dtype());
  if (attributes.kind == RecurrenceKind::Gru) outputs.add(projected, hidden.dtype());
}
void RecurrenceBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                const Attributes& attributes) {
  const Array last = outputs.size() > 3 ? outputs[3]->array() : Array{};
  const bool is_gru = attributes.kind == RecurrenceKind::Gru;
  kernels.recurrence.backward({.kind = attributes.kind,
                               .steps = steps_of(attributes),
                               .grad_projected = outputs[0]->array(),
                               .grad_recurrent = is_gru ? last : Array{},
                               .grad_initial_hidden = outputs[1]->array(),
                               .grad_initial_cell = is_gru ? Array{} : last,
                               .previous = outputs[2]->array(),
                               .grad_hidden = array_or_none(inputs[5]),
                               .grad_last_hidden = array_or_none(inputs[6]),
                               .grad_last_cell = array_or_none(inputs[7]),
                               .hidden = inputs[0]->array(),
                               .kept = inputs[1]->array(),
                               .initial_hidden = inputs[2]->array(),
                               .initial_cell = array_or_none(inputs[3]),
                               .weight = inputs[4]->array()});
}

RecurrenceResult recurrence(const Attributes& attributes, const RecurrenceInputs& inputs) {
  check(attributes, inputs);
  const Tensor projected = contiguous(inputs.projected), hidden = contiguous(inputs.hidden);
  const Tensor cell = contiguous_or_none(inputs.cell), weight = contiguous(inputs.weight);
  const Tensor bias = contiguous_or_none(inputs.bias);
  TensorBody* bodies[] = {projected.body(), hidden.body(), cell.body(), weight.body(), bias.body()};
  auto results = run_many<Recurrence, 4>(bodies, attributes);
  return {std::move(results[0]), std::move(results[1]), std::move(results[3])};
}

RecurrenceResult composed_recurrence(const Attributes& attributes, const RecurrenceInputs& inputs) {
  const SequenceLayout& layout = *attributes.layout;
  Tensor hidden = inputs.hidden, cell = inputs.cell;
  const size_t steps = layout.sizes.size();
  std::vector<Tensor> states(steps);
  for (size_t position = 0; position < steps; ++position) {
    const size_t step = attributes.reverse ? steps - 1 - position : position;
    const int64_t count = layout.sizes[step], first = layout.offsets[step];
    if (count == 0) continue;
    const Tensor x = slice(inputs.projected, 0, first, first + (count - 1) * layout.row_step + 1,
                           layout.row_step);
    const Tensor before = narrow(hidden, 0, 0, count);
    const Tensor cell_before = cell.defined() ? narrow(cell, 0, 0, count) : cell;
    const auto [after, cell_after] = composed_step(
        attributes.kind, x, linear(before, inputs.weight, inputs.bias), before, cell_before);
    states[step] = after;
    hidden = with_first_rows(hidden, after);
    if (cell.defined()) cell = with_first_rows(cell, cell_after);
  }
  std::erase_if(states, [](const Tensor& state) { return !state.defined(); });
  const Dims shape{inputs.projected->size(0), hidden->size(1)};
  if (states.empty()) return {zeros(shape, hidden.dtype(), hidden.device()), hidden, cell};
  const Tensor all = layout.row_step == 1 ? cat(states) : reshape(stack(states, 1), shape);
  return {all, hidden, cell};
}

RecurrenceInputs recurrence_backward(const Attributes& attributes, const RecurrenceInputs& inputs,
                                     const Tensor& hidden, const Tensor& kept,
                                     const RecurrenceResult& grads) {
  const Tensor of_hidden = contiguous_or_none(grads.hidden);
  const Tensor of_last_hidden = contiguous_or_none(grads.last_hidden);
  const Tensor of_last_cell = contiguous_or_none(grads.last_cell);
  TensorBody* bodies[] = {hidden.body(),         kept.body(),          inputs.hidden.body(),
                          inputs.cell.body(),    inputs.weight.body(), of_hidden.body(),
                          of_last_hidden.body(), of_last_cell.body()};
  auto [of_projected, of_initial, previous, last] =
      run_many<RecurrenceBackward, 4>(bodies, attributes);
  const bool is_gru = attributes.kind == RecurrenceKind::Gru;
  const Tensor& of_sums = is_gru ? last : of_projected;
  auto [of_weight, of_bias] = linear_weight_gradient(of_sums, previous, inputs.bias.defined());
  return {of_projected, of_initial, is_gru ? Tensor() : last, of_weight, of_bias};
}

}  // namespace taeda

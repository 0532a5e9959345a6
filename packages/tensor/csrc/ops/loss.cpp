#include "taeda/tensor/ops/loss.h"

#include "taeda/tensor/autocast.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/ops/softmax.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

DType accumulator(DType dtype) { return dtype == DType::Float64 ? DType::Float64 : DType::Float32; }

Array array_of(const TensorBody* tensor) { return tensor ? tensor->array() : Array{}; }

LossOptions options(const TensorBody* target, const TensorBody* weight,
                    const LossAttributes& attributes) {
  return {target->array(), array_of(weight), attributes.ignore_index, attributes.reduction};
}

void infer_loss(Inputs inputs, const LossAttributes& attributes, Specs& outputs) {
  const TensorBody& scores = *inputs[0];
  const DType wide = accumulator(scores.dtype());
  outputs.add(attributes.reduction == Reduction::None ? inputs[1]->shape() : Dims{},
              scores.dtype());
  outputs.add({}, wide);
}

// What a program passes, checked: scores (N, C, ...) and targets (N, ...), without gaps.
struct Arguments {
  Tensor scores, target, weight;
  Dims shape;  // of the losses where they are not reduced

  Arguments(const Operation& operation, const Tensor& input, const Tensor& classes,
            const Tensor& weights) {
    const char* name = operation.name;
    const Dims& sizes = input.shape();
    if (input.ndim() == 0) {
      fail<ValueError>(name, ": the input needs a dimension of classes, got a 0-d tensor");
    }
    if (!is_floating(input.dtype())) {
      fail<RuntimeError>(name, ": the input must be of a floating-point dtype, got ",
                         input.dtype());
    }
    const bool batched = input.ndim() > 1;
    const int64_t count = sizes[batched ? 1 : 0];
    for (int d = 0; d < input.ndim(); ++d) {
      if (d != (batched ? 1 : 0)) shape.push_back(sizes[d]);
    }
    if (classes.dtype() != DType::Int64) {
      if (is_floating(classes.dtype()) || classes.dtype() == DType::Bool) {
        fail<RuntimeError>(name, ": the target must hold class indices of dtype int64, got ",
                           classes.dtype(), "; convert it with .long()");
      }
    }
    if (classes.shape() != shape) {
      fail<ValueError>(name, ": for an input of shape ", sizes, " the target must have the shape ",
                       shape, ", got ", classes.shape());
    }
    if (weights.defined() && (weights.ndim() != 1 || weights.numel() != count)) {
      fail<RuntimeError>(name, ": weight must have one element for each of the ", count,
                         " classes, got shape ", weights.shape());
    }
    target = contiguous(to(classes, DType::Int64));
    scores = input;
    if (!batched) {
      target = unsqueeze(target, 0);
      scores = unsqueeze(scores, 0);
    }
    if (weights.defined()) weight = contiguous(to(weights, dtype_taken(operation, input)));
  }

  // A loss of each target, of which there is one more dimension without a batch.
  Tensor shaped(const Tensor& loss) const {
    return loss.shape() == shape ? loss : reshape(loss, shape);
  }
};

// (N, C, ...) as the (N, C, S) of the kernels of nll_loss.
Dims with_positions(const Dims& shape) {
  const Dims rest(Sizes(shape).subspan(2));
  return {shape[0], shape[1], product(rest)};
}

// The losses of distributions over the classes, of ordinary operations.
Tensor of_probabilities(const Tensor& input, const Tensor& target, const Tensor& weight,
                        Reduction reduction, double label_smoothing) {
  if (!is_floating(target.dtype())) {
    fail<RuntimeError>("cross_entropy: class probabilities must be of a floating-point dtype, got ",
                       target.dtype());
  }
  const int dim = input.ndim() > 1 ? 1 : 0;
  const int64_t classes = input->size(dim);
  const Operation& operation = taeda::operation<CrossEntropy>();
  Tensor goal = to(target, dtype_taken(operation, target));
  if (label_smoothing > 0) {
    goal = goal * (1 - label_smoothing) + label_smoothing / static_cast<double>(classes);
  }
  Tensor terms = log_softmax(to(input, dtype_taken(operation, input)), dim) * goal;
  if (weight.defined()) {
    Dims shape(input.ndim(), 1);
    shape[dim] = classes;
    terms = terms * reshape(weight, shape);
  }
  if (reduction == Reduction::None) return -sum(terms, Dims{dim});
  const Tensor total = -sum(terms);
  if (reduction == Reduction::Sum) return total;
  return total / number(static_cast<double>(input.numel() / std::max<int64_t>(1, classes)));
}

}  // namespace

void NllLoss::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  infer_loss(inputs, attributes, outputs);
}
void NllLoss::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
  kernels.loss.nll_loss({outputs[0]->array(), outputs[1]->array(), inputs[0]->array(),
                         options(inputs[1], inputs[2], attributes)});
}

void NllLossBackward::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  outputs.add({attributes.samples, attributes.classes, attributes.positions}, inputs[0]->dtype());
}
void NllLossBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                             const Attributes& attributes) {
  kernels.loss.nll_loss_backward({outputs[0]->array(), inputs[0]->array(), inputs[3]->array(),
                                  options(inputs[1], inputs[2], attributes.loss)});
}

void CrossEntropy::infer(Inputs inputs, const Attributes& attributes, Specs& outputs) {
  infer_loss(inputs, attributes, outputs);
  Dims state = inputs[1]->shape();
  state.insert(0, 2);
  outputs.add(std::move(state), accumulator(inputs[0]->dtype()));
}
void CrossEntropy::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                          const Attributes& attributes) {
  kernels.loss.cross_entropy({outputs[0]->array(), outputs[1]->array(), outputs[2]->array(),
                              inputs[0]->array(), options(inputs[1], inputs[2], attributes),
                              attributes.label_smoothing});
}

void CrossEntropyBackward::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  outputs.add(inputs[1]->shape(), inputs[1]->dtype());
}
void CrossEntropyBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                                  const Attributes& attributes) {
  kernels.loss.cross_entropy_backward(
      {outputs[0]->array(), inputs[0]->array(), inputs[4]->array(), inputs[5]->array(),
       inputs[1]->array(), options(inputs[2], inputs[3], attributes), attributes.label_smoothing});
}

Tensor nll_loss(const Tensor& input, const Tensor& target, const Tensor& weight,
                Reduction reduction, int64_t ignore_index) {
  const Arguments args(operation<NllLoss>(), input, target, weight);
  const Dims shape = with_positions(args.scores.shape());
  const Tensor scores = contiguous(reshape(args.scores, shape));
  const Tensor classes = reshape(args.target, {shape[0], shape[2]});
  TensorBody* inputs[] = {scores.body(), classes.body(), args.weight.body()};
  const auto [loss, total] = run_many<NllLoss, 2>(inputs, {reduction, ignore_index});
  return reduction == Reduction::None ? args.shaped(loss) : loss;
}

Tensor cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight,
                     int64_t ignore_index, Reduction reduction, double label_smoothing) {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) {
    fail<ValueError>("cross_entropy: label_smoothing must be between 0 and 1, got ",
                     label_smoothing);
  }
  if (input.shape() == target.shape() && input.ndim() > 0) {
    return of_probabilities(input, target, weight, reduction, label_smoothing);
  }
  const Arguments args(operation<CrossEntropy>(), input, target, weight);
  TensorBody* inputs[] = {args.scores.body(), args.target.body(), args.weight.body()};
  const auto [loss, total, state] =
      run_many<CrossEntropy, 3>(inputs, {reduction, ignore_index, label_smoothing});
  return reduction == Reduction::None ? args.shaped(loss) : loss;
}

Tensor nll_loss_backward(const LossAttributes& attributes, const Tensor& grad, const Dims& shape,
                         const Tensor& target, const Tensor& weight, const Tensor& total_weight) {
  const Tensor g = contiguous(grad);
  const Dims sizes = with_positions(shape);
  const Tensor result = run<NllLossBackward>(
      {g.body(), target.body(), weight.body(), total_weight.body()},
      {.loss = attributes, .samples = sizes[0], .classes = sizes[1], .positions = sizes[2]});
  return shape == sizes ? result : reshape(result, shape);
}

Tensor cross_entropy_backward(const LossAttributes& attributes, const Tensor& grad,
                              const Tensor& logits, const Tensor& target, const Tensor& weight,
                              const Tensor& total_weight, const Tensor& row_state) {
  if (!grad_enabled()) {
    const Tensor g = contiguous(grad);
    return run<CrossEntropyBackward>({g.body(), logits.body(), target.body(), weight.body(),
                                      total_weight.body(), row_state.body()},
                                     attributes);
  }
  // The loss is linear in scores = log_softmax(logits), so its gradient there does not depend on
  // them.
  const Tensor scores = log_softmax(logits, 1);
  Tensor g = nll_loss_backward(attributes, grad, logits.shape(), target, weight, total_weight);
  if (attributes.label_smoothing > 0) {
    const int64_t classes = logits->size(1);
    const double share = attributes.label_smoothing / static_cast<double>(classes);
    Tensor each = grad;  // of one position
    if (attributes.reduction == Reduction::Mean) each = each / to(total_weight, grad.dtype());
    const Tensor counted = apply<NotEqual>(target, number(attributes.ignore_index));
    each = unsqueeze(each * to(counted, grad.dtype()), 1) * -share;
    if (weight.defined()) {
      Dims along_classes(logits.ndim(), 1);
      along_classes[1] = classes;
      each = each * reshape(weight, along_classes);
    }
    g = g * (1 - attributes.label_smoothing) + each;
  }
  return g - apply<Exp>(scores) * sum(g, Dims{1}, true);
}

}  // namespace taeda

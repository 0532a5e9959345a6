// Classification losses. Scores have the shape (N, C) or (N, C, d1, ...) or, without a batch, (C,);
// targets are int64 class indices of that shape without C.
#pragma once

#include "taeda/kernels/ops/loss.h"
#include "taeda/tensor/door.h"

namespace taeda {

struct LossAttributes {
  Reduction reduction;
  int64_t ignore_index;
  double label_smoothing = 0;  // of cross_entropy
};

// inputs: scores (N, C, S) contiguous, target (N, S), weight (C,) or null. outputs: the loss, the
// total weight that a mean divides by.
struct TAEDA_API NllLoss {
  static constexpr const char* name = "nll_loss";
  using Attributes = LossAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: grad_out, target, weight or null, total_weight; the gradient of scores of `shape`.
struct TAEDA_API NllLossBackward {
  static constexpr const char* name = "nll_loss_backward";
  struct Attributes {
    LossAttributes loss;
    int64_t samples, classes, positions;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// The same of logits in any layout. outputs: the loss, the total weight, the state of the rows.
struct TAEDA_API CrossEntropy {
  static constexpr const char* name = "cross_entropy";
  using Attributes = LossAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: grad_out, logits, target, weight or null, total_weight, row_state.
struct TAEDA_API CrossEntropyBackward {
  static constexpr const char* name = "cross_entropy_backward";
  using Attributes = LossAttributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// -weight[target] * scores[target], averaged, summed or as it is. IndexError for a class out of
// range.
TAEDA_API Tensor nll_loss(const Tensor& input, const Tensor& target, const Tensor& weight,
                          Reduction reduction, int64_t ignore_index);
// nll_loss of log_softmax(input). Targets may be class probabilities, of the shape of `input`.
TAEDA_API Tensor cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight,
                               int64_t ignore_index, Reduction reduction, double label_smoothing);

// What the derivative rules call; all of the shapes of the operations above.
TAEDA_API Tensor nll_loss_backward(const LossAttributes& attributes, const Tensor& grad,
                                   const Dims& shape, const Tensor& target, const Tensor& weight,
                                   const Tensor& total_weight);
TAEDA_API Tensor cross_entropy_backward(const LossAttributes& attributes, const Tensor& grad,
                                        const Tensor& logits, const Tensor& target,
                                        const Tensor& weight, const Tensor& total_weight,
                                        const Tensor& row_state);

}  // namespace taeda

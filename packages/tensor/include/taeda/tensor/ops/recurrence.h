// Recurrent layers over whole sequences.
#pragma once

#include <memory>
#include <vector>

#include "taeda/kernels/ops/recurrence.h"
#include "taeda/tensor/door.h"

namespace taeda {

// Where the sequences lie in a matrix of rows: see RecurrenceSteps.
struct TAEDA_API SequenceLayout {
  std::vector<int64_t> sizes, offsets;
  int64_t row_step;

  // How many sequences take part in each step. The rows of a step lie side by side, or with
  // `by_sequence`, where all are of one length, those of a sequence.
  SequenceLayout(std::vector<int64_t> batch_sizes, bool by_sequence);

  int64_t rows() const;
  int64_t sequences() const { return sizes.empty() ? 0 : sizes[0]; }
};

// inputs: projected (rows, gates * H), initial hidden (N, H), initial cell (N, H) or null, weight
// (gates * H, H), bias (gates * H,) or null. outputs: hidden (rows, H), the last hidden (N, H),
// what the gradients need, and of the LSTM the last cell (N, H).
struct TAEDA_API Recurrence {
  static constexpr const char* name = "recurrence";
  struct Attributes {
    RecurrenceKind kind;
    bool reverse;
    std::shared_ptr<const SequenceLayout> layout;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: hidden, kept, initial hidden, initial cell or null, weight, and the gradients of hidden,
// last hidden and last cell, each or null. outputs: the gradients of projected and of the initial
// hidden, the state before each row, and the gradient of the initial cell (LSTM) or of what the
// state adds (GRU).
struct TAEDA_API RecurrenceBackward {
  static constexpr const char* name = "recurrence_backward";
  using Attributes = Recurrence::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

struct RecurrenceInputs {
  Tensor projected, hidden, cell, weight, bias;
};
struct RecurrenceResult {
  Tensor hidden, last_hidden, last_cell;
};
// Throws RuntimeError for shapes and dtypes.
TAEDA_API RecurrenceResult recurrence(const Recurrence::Attributes& attributes,
                                      const RecurrenceInputs& inputs);
// The same step by step in differentiable operations, for derivatives of derivatives.
TAEDA_API RecurrenceResult composed_recurrence(const Recurrence::Attributes& attributes,
                                               const RecurrenceInputs& inputs);

// What the derivative rule calls: the gradients of the inputs.
TAEDA_API RecurrenceInputs recurrence_backward(const Recurrence::Attributes& attributes,
                                               const RecurrenceInputs& inputs, const Tensor& hidden,
                                               const Tensor& kept, const RecurrenceResult& grads);

}  // namespace taeda

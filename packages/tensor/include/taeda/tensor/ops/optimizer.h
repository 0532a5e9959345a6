// Fused steps of optimisers, in place over lists of tensors.
#pragma once

#include <span>
#include <vector>

#include "taeda/kernels/ops/optimizer.h"
#include "taeda/tensor/tensor.h"

namespace taeda {

// The operands of a fused step. These do not go through the door: a list of any length is written
// at once, and a step has no derivative. RuntimeError where lists, shapes, dtypes or devices do not
// agree.
class TAEDA_API OptimizerOperands {
 public:
  using List = std::span<TensorBody* const>;

  // `states` lists of tensors, each as long as `parameters`.
  OptimizerOperands(const char* name, List parameters, List gradients,
                    std::span<const List> states);
  // A list that is read: its tensors are the gradients, and there are no parameters.
  struct ReadOnly {};
  static constexpr ReadOnly read_only{};
  OptimizerOperands(const char* name, List gradients, ReadOnly);

  bool empty() const { return tensors_.empty(); }
  DType dtype() const { return first_->dtype(); }
  Device device() const { return first_->device(); }
  int64_t numel() const { return numel_; }
  std::span<const OptimizerTensor> tensors() const { return tensors_; }
  // Writes what was stepped in a copy back to where it lies, and counts the writes.
  void finish();

 private:
  void check(const TensorBody& tensor) const;
  // What a loop over the elements walks: without gaps, in the order of `strides` (empty:
  // row-major).
  void* memory(TensorBody& tensor, const TensorBody& parameter, const Dims& strides,
               bool is_written);

  struct Copy {
    TensorBody* original;
    Tensor dense;
    bool is_written;
  };

  const char* name_;
  const TensorBody* first_ = nullptr;  // all have its dtype and device
  List parameters_;
  std::vector<List> states_;
  std::vector<OptimizerTensor> tensors_;
  std::vector<Copy> copies_;
  int64_t numel_ = 0;
};

}  // namespace taeda

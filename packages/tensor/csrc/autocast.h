// What the door and the registry of operations know of autocast.
#pragma once

#include <array>
#include <vector>

#include "taeda/tensor/door.h"

namespace taeda {

// By PyTorch's lists.
AutocastPolicies autocast_policies(std::string_view operation);

// The inputs of a call in the dtypes that the operation takes under autocast.
class AutocastInputs {
 public:
  AutocastInputs(const Operation& operation, Inputs inputs);
  operator Inputs() const { return inputs_; }  // NOLINT: stands for them

 private:
  Inputs inputs_;
  std::vector<TensorBody*> list_;
  std::vector<Tensor> cast_;
};

}  // namespace taeda

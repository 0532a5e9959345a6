#include "taeda/tensor/ops/optimizer.h"

#include "taeda/kernels/registry.h"
#include "taeda/tensor/memory_format.h"

namespace taeda {

OptimizerOperands::OptimizerOperands(const char* name, List parameters, List gradients,
                                     std::span<const List> states)
    : name_(name), parameters_(parameters), states_(states.begin(), states.end()) {
  const auto check_length = [&](const char* list, size_t length) {
    if (length != parameters.size()) {
      fail<RuntimeError>(name, ": ", parameters.size(), " params need as many ", list, ", got ",
                         length);
    }
  };
  check_length("grads", gradients.size());
  for (const List& state : states_) check_length("states", state.size());
  tensors_.reserve(parameters.size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    TensorBody& parameter = *parameters[i];
    if (i == 0) first_ = &parameter;
    check(parameter);
    OptimizerTensor& tensor = tensors_.emplace_back();
    tensor.count = parameter.numel();
    const Dims strides = strides_in(MemoryFormat::Preserve, parameter);
    tensor.parameter = memory(parameter, parameter, strides, true);
    tensor.gradient = gradients[i] == &parameter ? tensor.parameter
                                                 : memory(*gradients[i], parameter, strides, false);
    for (size_t s = 0; s < states_.size(); ++s) {
      tensor.state[s] = memory(*states_[s][i], parameter, strides, true);
    }
    numel_ += tensor.count;
  }
}

OptimizerOperands::OptimizerOperands(const char* name, List gradients, ReadOnly) : name_(name) {
  tensors_.reserve(gradients.size());
  for (TensorBody* gradient : gradients) {
    if (!first_) first_ = gradient;
    check(*gradient);
    OptimizerTensor& tensor = tensors_.emplace_back();
    tensor.count = gradient->numel();
    tensor.gradient = memory(*gradient, *gradient, {}, false);
    numel_ += tensor.count;
  }
}

void OptimizerOperands::check(const TensorBody& tensor) const {
  if (!is_floating(tensor.dtype())) {
    fail<RuntimeError>(name_, ": params must be floating-point, got ", tensor.dtype());
  }
  if (tensor.dtype() != dtype() || tensor.device() != device()) {
    fail<RuntimeError>(name_, ": all params of a call share dtype and device, got ", dtype(),
                       " on ", device(), " and ", tensor.dtype(), " on ", tensor.device());
  }
}

void* OptimizerOperands::memory(TensorBody& tensor, const TensorBody& parameter,
                                const Dims& strides, bool is_written) {
  if (tensor.shape() != parameter.shape() || tensor.dtype() != parameter.dtype() ||
      tensor.device() != parameter.device()) {
    fail<RuntimeError>(name_, ": a param of shape ", parameter.shape(), " and dtype ",
                       parameter.dtype(), " on ", parameter.device(), " meets shape ",
                       tensor.shape(), " and dtype ", tensor.dtype(), " on ", tensor.device());
  }
  if (is_written && !tensor.storage().writable()) {
    fail<RuntimeError>(name_, ": the memory written to is read-only; clone() the tensor first");
  }
  if (has_strides(tensor, strides)) return tensor.data();
  const Tensor dense = empty_dense(tensor.shape(), strides, tensor.dtype(), tensor.device());
  kernels(tensor.device()).elementwise.copy(dense->array(), tensor.array());
  copies_.emplace_back(&tensor, dense, is_written);
  return dense->data();
}

void OptimizerOperands::finish() {
  for (const Copy& copy : copies_) {
    if (!copy.is_written) continue;
    kernels(device()).elementwise.copy(copy.original->array(), copy.dense->array());
  }
  for (TensorBody* parameter : parameters_) parameter->storage().bump_version(name_);
  for (const List& state : states_) {
    for (TensorBody* tensor : state) tensor->storage().bump_version(name_);
  }
}

}  // namespace taeda

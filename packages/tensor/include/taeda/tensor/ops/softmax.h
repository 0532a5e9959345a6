// Softmax and its logarithm along a dimension.
#pragma once

#include <optional>

#include "taeda/kernels/ops/softmax.h"
#include "taeda/tensor/door.h"

namespace taeda {

struct SoftmaxAttributes {
  int dim;
};
TAEDA_API void infer_softmax(const char* name, const TensorBody& input, Specs& outputs);

template <bool logarithm>
struct TAEDA_API SoftmaxOf {
  static constexpr const char* name = logarithm ? "log_softmax" : "softmax";
  using Attributes = SoftmaxAttributes;
  static void infer(Inputs inputs, const Attributes&, Specs& outputs) {
    infer_softmax(name, *inputs[0], outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    kernels.softmax.forward({outputs[0]->array(), inputs[0]->array(), attributes.dim, logarithm});
  }
};
// inputs: the gradient of the result, the result.
template <bool logarithm>
struct TAEDA_API SoftmaxBackwardOf {
  static constexpr const char* name = logarithm ? "log_softmax_backward" : "softmax_backward";
  using Attributes = SoftmaxAttributes;
  static void infer(Inputs inputs, const Attributes&, Specs& outputs) {
    infer_softmax(name, *inputs[1], outputs);
  }
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes) {
    kernels.softmax.backward(
        {outputs[0]->array(), inputs[0]->array(), inputs[1]->array(), attributes.dim, logarithm});
  }
};
using Softmax = SoftmaxOf<false>;
using LogSoftmax = SoftmaxOf<true>;
using SoftmaxBackward = SoftmaxBackwardOf<false>;
using LogSoftmaxBackward = SoftmaxBackwardOf<true>;

TAEDA_API Tensor softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype = {});
TAEDA_API Tensor log_softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype = {});
// Fused; where gradient mode is on, of differentiable operations.
TAEDA_API Tensor softmax_backward(const Tensor& grad, const Tensor& result, int dim);
TAEDA_API Tensor log_softmax_backward(const Tensor& grad, const Tensor& result, int dim);

}  // namespace taeda

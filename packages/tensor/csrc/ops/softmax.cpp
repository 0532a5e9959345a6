#include "taeda/tensor/ops/softmax.h"

#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/reduce.h"

namespace taeda {

void infer_softmax(const char* name, const TensorBody& input, Specs& outputs) {
  if (!is_floating(input.dtype())) {
    fail<RuntimeError>(name, ": takes floating-point tensors, got ", input.dtype(),
                       "; pass dtype= or convert with .float()");
  }
  outputs.add(input.shape(), input.dtype());
}

Tensor softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype) {
  const int at = wrap_dim("softmax", dim, input.ndim());
  if (dtype && *dtype != input.dtype()) return softmax(to(input, *dtype), at);
  return run<Softmax>({input.body()}, {at});
}

Tensor log_softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype) {
  const int at = wrap_dim("log_softmax", dim, input.ndim());
  if (dtype && *dtype != input.dtype()) return log_softmax(to(input, *dtype), at);
  return run<LogSoftmax>({input.body()}, {at});
}

Tensor softmax_backward(const Tensor& grad, const Tensor& result, int dim) {
  if (!grad_enabled()) return run<SoftmaxBackward>({grad.body(), result.body()}, {dim});
  return result * (grad - sum(grad * result, Dims{dim}, true));
}

Tensor log_softmax_backward(const Tensor& grad, const Tensor& result, int dim) {
  if (!grad_enabled()) return run<LogSoftmaxBackward>({grad.body(), result.body()}, {dim});
  return grad - apply<Exp>(result) * sum(grad, Dims{dim}, true);
}

}  // namespace taeda

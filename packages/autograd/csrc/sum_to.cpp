#include "taeda/autograd/engine.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {
namespace {

Tensor sum_of(Tensor tensor, const Dims& dims) {
  for (int64_t dim : dims) {
    Tensor total = narrow(tensor, dim, 0, 1);
    for (int64_t i = 1; i < tensor->size(static_cast<int>(dim)); ++i) {
      total = apply<Add>(total, narrow(tensor, dim, i, 1));
    }
    tensor = total;
  }
  return tensor;
}

}  // namespace

Tensor sum_to(const Tensor& gradient, const Dims& shape) {
  const int lead = gradient.ndim() - shape.size();
  Dims dims;
  bool fits = lead >= 0;
  for (int d = 0; fits && d < gradient.ndim(); ++d) {
    const int64_t size = d < lead ? 1 : shape[d - lead];
    if (d < lead || (size == 1 && gradient->size(d) != 1))
      dims.push_back(d);
    else
      fits = size == gradient->size(d);
  }
  if (!fits) {
    fail<RuntimeError>("backward: a gradient of shape ", gradient.shape(),
                       " does not belong to a tensor of shape ", shape);
  }
  const Tensor sum = dims.empty() ? gradient : sum_of(gradient, dims);
  return lead == 0 ? sum : view(sum, shape);
}

}  // namespace taeda::autograd

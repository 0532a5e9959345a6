#include "taeda/autograd/engine.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {

bool sums_to(const Dims& from, const Dims& to) {
  const int lead = from.size() - to.size();
  if (lead < 0) return false;
  for (int d = lead; d < from.size(); ++d) {
    if (to[d - lead] != 1 && to[d - lead] != from[d]) return false;
  }
  return true;
}

Tensor sum_to(const Tensor& gradient, const Dims& shape) {
  if (!sums_to(gradient.shape(), shape)) {
    fail<RuntimeError>("backward: a gradient of shape ", gradient.shape(),
                       " does not belong to a tensor of shape ", shape);
  }
  const int lead = gradient.ndim() - shape.size();
  Dims dims;
  for (int d = 0; d < gradient.ndim(); ++d) {
    if (d < lead || (shape[d - lead] == 1 && gradient->size(d) != 1)) dims.push_back(d);
  }
  const Tensor reduced = dims.empty() ? gradient : sum(gradient, dims, true);
  return lead == 0 ? reduced : view(reduced, shape);
}

}  // namespace taeda::autograd

#include "taeda/autograd/engine.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {

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
  const Tensor reduced = dims.empty() ? gradient : sum(gradient, dims, true);
  return lead == 0 ? reduced : view(reduced, shape);
}

}  // namespace taeda::autograd

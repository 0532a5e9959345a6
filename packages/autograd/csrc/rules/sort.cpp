#include "taeda/tensor/ops/sort.h"

#include "rules.h"
#include "taeda/tensor/ops/indexing.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// The gradient goes back to where each value was.
Tensor put_back(const Context& c, T g, T index, int dim) {
  return scatter(zeros(c.input_shape(0), g.dtype(), g.device()), dim, index, g, ScatterOp::Assign);
}

const Rules rules([] {
  rule<Sort>(wrt(0, save_output(1), [](const Context& c, T g, T index) {
    return put_back(c, g, index, c.attributes<Sort>().dim);
  }));
  rule<TopK>(wrt(0, save_output(1), [](const Context& c, T g, T index) {
    return put_back(c, g, index, std::max(index.ndim() - 1, 0));
  }));
  no_rule<SearchSorted>("places in a sequence are integers");
});

}  // namespace
}  // namespace taeda::autograd

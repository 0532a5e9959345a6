#include "rules.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// Zeros of the input's shape with the gradient where the view has its elements.
template <class Op>
void region_rule() {
  Rule& known = rule<Op>(save_nothing, [](const Context& c, T g) {
    const Tensor whole = zeros(c.input_shape(0), g.dtype(), g.device());
    copy_(run<Op>({whole.body()}, c.attributes<Op>()), g);
    return whole;
  });
  known.picks = true;
}

const Rules rules([] {
  rule<Permute>(save_nothing, [](const Permute::Attributes& a, T g) {
    Dims back = a.dims;
    for (int d = 0; d < a.dims.size(); ++d) back[static_cast<int>(a.dims[d])] = d;
    return permute(g, back);
  });
  rule<View>(save_nothing, [](const Context& c, T g) { return reshape(g, c.input_shape(0)); });
  rule<Expand>(save_nothing, [](T g) { return g; });
  region_rule<Slice>();
  region_rule<Select>();
  region_rule<Diagonal>();
  // Windows overlap: each offset within the window is a strided part of the input.
  rule<Unfold>(save_nothing, [](const Context& c, T g) {
    const auto [dim, size, step] = c.attributes<Unfold>();
    const Dims& shape = c.input_shape(0);
    if (shape.empty()) return reshape(g, shape);
    const Tensor whole = zeros(shape, g.dtype(), g.device());
    const int64_t windows = g->size(dim);
    for (int64_t i = 0; i < size; ++i) {
      const Tensor part = slice(whole, dim, i, i + (windows - 1) * step + 1, step);
      run_in_place<Elementwise<Add>>({part.body(), select(g, -1, i).body()},
                                     {default_params<Add>()});
    }
    return whole;
  });
});

}  // namespace
}  // namespace taeda::autograd

// What every file of rules needs.
#pragma once

#include "../engine_state.h"
#include "taeda/autograd/rule.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {

// A Python number that was saved, in double precision: numbers alone compute in the default dtype.
inline Tensor precise(const Tensor& x) {
  return x->wrapped_number ? scalar_tensor(item(*x), DType::Float64) : x;
}
inline Tensor one_minus(const Tensor& x) { return apply<Sub>(number(1.0), x); }
// x where the condition holds, else zero.
inline Tensor where_or_zero(const Tensor& condition, const Tensor& x) {
  return apply<Where>(condition, x, number(0.0));
}
inline Tensor zero_where(const Tensor& condition, const Tensor& x) {
  return apply<Where>(condition, number(0.0), x);
}

// Op(g, x) for a rule with one input: where nobody else holds the gradient g, over it, so that one
// array less goes through the caches. Those of small ones do not notice.
template <class Op>
Tensor over_gradient(const ParamValues& params, const Tensor& g, const Tensor& x) {
  constexpr int64_t least = 16 * 1024;
  const bool over = g.numel() >= least && !grad_enabled() && g.dtype() == x.dtype() && is_ours(*g);
  if (!over) return apply<Op>(params, g, x);
  return run_in_place<Elementwise<Op>>({g.body(), x.body()}, {params});
}
template <class Op>
Tensor over_gradient(const Tensor& g, const Tensor& x) {
  return over_gradient<Op>(default_params<Op>(), g, x);
}

}  // namespace taeda::autograd

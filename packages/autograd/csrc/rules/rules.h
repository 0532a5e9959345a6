// What every file of rules needs.
#pragma once

#include "taeda/autograd/rule.h"
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

}  // namespace taeda::autograd

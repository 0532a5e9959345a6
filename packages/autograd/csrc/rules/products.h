// Derivatives of products, where a quotient of the product fails: at zeros.
#pragma once

#include "rules.h"

namespace taeda::autograd {

// What is known of the elements that one product combines; each broadcasts against an element.
struct Factors {
  Tensor product;
  Tensor zero_count;
  Tensor zero_sum;  // nothing, yet with a derivative
  Tensor rest;      // the product of those that are not zero
};

inline Tensor is_zero(const Tensor& x) { return apply<Equal>(x, number(0.0)); }
inline Tensor one_at(const Tensor& condition, const Tensor& x) {
  return apply<Where>(condition, number(1.0), x);
}

// The product of all others. An element that is the only zero has the product of the rest, one of
// two that times the other zero.
inline Tensor product_of_others(const Tensor& x, const Factors& f) {
  const Tensor zero = is_zero(x);
  const Tensor of_two =
      where_or_zero(apply<Equal>(f.zero_count, number(2.0)), f.rest * (f.zero_sum - x));
  const Tensor at_zero = apply<Where>(apply<Equal>(f.zero_count, number(1.0)), f.rest, of_two);
  return apply<Where>(zero, at_zero, f.product / one_at(zero, x));
}

}  // namespace taeda::autograd

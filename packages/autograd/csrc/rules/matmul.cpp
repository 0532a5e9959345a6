#include "taeda/tensor/ops/matmul.h"

#include "rules.h"
#include "taeda/tensor/ops/reduce.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

Tensor transposed(T x) { return transpose(x, -2, -1); }

// The gradient of a product with the dimension that a vector operand lacks.
Tensor as_matrix(T g, bool a_vector, bool b_vector) {
  const Tensor columns = b_vector ? unsqueeze(g, -1) : g;
  return a_vector ? unsqueeze(columns, -2) : columns;
}

Tensor left_gradient(const Context& c, T g, T b) {
  const bool a_vector = c.input_shape(0).size() == 1, b_vector = b.ndim() == 1;
  if (a_vector && b_vector) return g * b;
  if (!a_vector && !b_vector) return matmul(g, transposed(b));
  const Tensor columns = b_vector ? unsqueeze(b, -1) : b;
  const Tensor gradient = matmul(as_matrix(g, a_vector, b_vector), transposed(columns));
  return a_vector ? squeeze(gradient, -2) : gradient;
}

Tensor right_gradient(const Context& c, T g, T a) {
  const int b_ndim = c.input_shape(1).size();
  const bool a_vector = a.ndim() == 1, b_vector = b_ndim == 1;
  if (a_vector && b_vector) return g * a;
  // One b for all rows of a batch: one product instead of a sum of products.
  if (b_ndim <= 2 && !a_vector) {
    const Tensor columns = b_vector ? unsqueeze(g, -1) : g;
    const Tensor gradient = linear_weight_gradient(a, columns, false)[0];
    return b_vector ? squeeze(gradient, -1) : gradient;
  }
  const Tensor rows = a_vector ? unsqueeze(a, -2) : a;
  const Tensor gradient = matmul(transposed(rows), as_matrix(g, a_vector, b_vector));
  return b_vector ? squeeze(gradient, -1) : gradient;
}

Dims leading_dims(int count) {
  Dims dims(count, 0);
  for (int d = 0; d < count; ++d) dims[d] = d;
  return dims;
}

Tensor times(T x, double factor) { return factor == 1 ? x : x * factor; }

const Rules rules([] {
  rule<Matmul>(wrt(0, save_input(1) | save_shapes,
                   [](const Context& c, T g, T b) { return left_gradient(c, g, b); }),
               wrt(1, save_input(0) | save_shapes,
                   [](const Context& c, T g, T a) { return right_gradient(c, g, a); }));
  rule<AddMatmul>(
      wrt(0, save_nothing, [](const AddMatmul::Attributes& a, T g) { return times(g, a.beta); }),
      wrt(1, save_input(2),
          [](const AddMatmul::Attributes& a, T g, T right) {
            return times(matmul(g, transposed(right)), a.alpha);
          }),
      wrt(2, save_input(1), [](const AddMatmul::Attributes& a, T g, T left) {
        return times(left.ndim() == 2 ? linear_weight_gradient(left, g, false)[0]
                                      : matmul(transposed(left), g),
                     a.alpha);
      }));
  // The bias alone, or with the weight, whose gradient reads the same: the later part counts.
  rule<Linear>(wrt(0, save_input(1), [](T g, T weight) { return matmul(g, weight); }),
               wrt(2, save_nothing,
                   [](const Context& c, T g) {
                     if (c.needs(1)) return Tensor();
                     return g.ndim() == 1 ? g : sum(g, leading_dims(g.ndim() - 1));
                   }),
               wrt(1, save_input(0), [](const Context& c, T g, T x) {
                 Gradients result(c.input_count());
                 auto [of_weight, of_bias] = linear_weight_gradient(g, x, c.needs(2));
                 result[1] = std::move(of_weight);
                 result[2] = std::move(of_bias);
                 return result;
               }));
  rule<LinearWeightGradient>(save_input(0) | save_input(1), [](const Context& c, T g, T grad, T x) {
    Gradients result(c.input_count());
    if (c.needs(0)) result[0] = linear(x, g, c.grad(1));
    if (c.needs(1)) result[1] = matmul(grad, g);
    return result;
  });
});

}  // namespace
}  // namespace taeda::autograd

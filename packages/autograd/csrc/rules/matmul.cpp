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

// x (..., n) as a matrix of rows.
Tensor rows_of(T x) {
  const int64_t columns = x.shape().back();
  return x.ndim() == 2 ? x : reshape(x, {x.numel() / columns, columns});
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
  if (b_ndim <= 2 && a.ndim() > 2 && a.shape().back() > 0 && g.numel() > 0) {
    if (b_vector) return matmul(transposed(rows_of(a)), reshape(g, {g.numel()}));
    return matmul(transposed(rows_of(a)), rows_of(g));
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
        return times(matmul(transposed(left), g), a.alpha);
      }));
  rule<Linear>(wrt(0, save_input(1), [](T g, T weight) { return matmul(g, weight); }),
               wrt(1, save_input(0),
                   [](T g, T x) {
                     if (g.numel() == 0 || x.numel() == 0) {
                       return zeros({g.shape().back(), x.shape().back()}, g.dtype(), g.device());
                     }
                     if (x.ndim() == 1) return matmul(unsqueeze(g, -1), unsqueeze(x, 0));
                     return matmul(transposed(rows_of(g)), rows_of(x));
                   }),
               wrt(2, save_nothing, [](T g) {
                 if (g.ndim() == 1) return g;
                 return sum(g, leading_dims(g.ndim() - 1));
               }));
});

}  // namespace
}  // namespace taeda::autograd

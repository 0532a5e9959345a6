#include "taeda/tensor/ops/scan.h"

#include <limits>

#include "products.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/creation.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/ops/reduce.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// out[k] = sum of x[i] over i >= k.
Tensor sums_from(T x, int dim) {
  if (x.ndim() == 0) return x;
  return flip(cumsum(flip(x, {dim}), dim), {dim});
}

// sum over i >= k of g[i] y[i] / x[k]. Where x is zero for the first time the quotient is the
// product of the others; behind it every product up to i holds that zero.
Tensor product_gradient(const ScanAttributes& a, T g, T x, T result) {
  const Tensor zero = is_zero(x);
  const Tensor seen = cumsum(to(zero, g.dtype()), a.dim);
  const Tensor first = apply<LogicalAnd>(zero, apply<Equal>(seen, number(1.0)));
  const Tensor elsewhere = sums_from(g * result, a.dim) / one_at(zero, x);
  const Tensor without = cumprod(one_at(first, x), a.dim);
  // Products before the zero take no part in its derivative.
  const Tensor reached = apply<GreaterEqual>(seen, number(1.0));
  const Tensor at_first = sums_from(where_or_zero(reached, g * without), a.dim);
  return apply<Where>(zero, where_or_zero(first, at_first), elsewhere);
}

// The same with all derivatives of its own, which that lacks behind a zero: the products without
// x[k] are row k of a matrix.
Tensor product_gradient_by_rows(const ScanAttributes& a, T g, T x) {
  const int64_t n = x->size(a.dim);
  const Tensor own = eye(n, n, DType::Bool, x.device());
  const Tensor rows = one_at(own, unsqueeze(transpose(x, a.dim, -1), -2));
  const Tensor terms = unsqueeze(transpose(g, a.dim, -1), -2) * cumprod(rows, -1);
  return transpose(sum(triu(terms), Dims{-1}), a.dim, -1);
}

bool has_zero(T x) {
  const NoGrad guard;
  return item(*any(is_zero(x))).as_bool();
}

// exp(x[k]) * sum over i >= k of g[i] exp(-y[i]), positive and negative gradients apart, in
// logarithms. Minus infinity, which stands for nothing added, is kept out of differences.
Tensor log_sum_exp_gradient(const ScanAttributes& a, T g, T x, T result) {
  if (x.ndim() == 0) return g;
  const Tensor nothing = apply<IsNegInf>(x);
  const Tensor own = zero_where(nothing, x), total = zero_where(apply<IsNegInf>(result), result);
  const auto part = [&](T magnitude) {
    const Tensor positive = apply<Greater>(magnitude, number(0.0));
    const Tensor logs = apply<Log>(apply<Where>(positive, magnitude, number(1.0)));
    const Tensor terms =
        apply<Where>(positive, logs - total, number(-std::numeric_limits<double>::infinity()));
    const Tensor from = flip(logcumsumexp(flip(terms, {a.dim}), a.dim), {a.dim});
    return zero_where(nothing, apply<Exp>(from + own));
  };
  return part(g) - part(-g);
}

// Each gradient goes to the element that was the extreme there.
template <ScanOp op>
void extreme_rule() {
  rule<ScanWithIndex<op>>(save_output(1), [](const Context& c, T g, T index) {
    const Dims& shape = c.input_shape(0);
    if (shape.empty()) return g;
    return scatter(zeros(shape, g.dtype(), g.device()), c.attributes<ScanWithIndex<op>>().dim,
                   index, g, ScatterOp::Add);
  });
}

const Rules rules([] {
  rule<Scan<ScanOp::CumSum>>(save_nothing,
                             [](const ScanAttributes& a, T g) { return sums_from(g, a.dim); });
  rule<Scan<ScanOp::CumProd>>(
      save_inputs | save_result, [](const ScanAttributes& a, T g, T x, T y) {
        const bool by_rows = grad_enabled() && x.ndim() > 0 && has_zero(x);
        return by_rows ? product_gradient_by_rows(a, g, x) : product_gradient(a, g, x, y);
      });
  rule<Scan<ScanOp::LogCumSumExp>>(
      save_inputs | save_result,
      [](const ScanAttributes& a, T g, T x, T y) { return log_sum_exp_gradient(a, g, x, y); });
  extreme_rule<ScanOp::CumMax>();
  extreme_rule<ScanOp::CumMin>();
});

}  // namespace
}  // namespace taeda::autograd

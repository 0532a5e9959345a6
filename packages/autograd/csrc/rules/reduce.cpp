#include "taeda/tensor/ops/reduce.h"

#include "products.h"
#include "taeda/tensor/ops/indexing.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// A result of a reduction, or its gradient, with its dimensions where the input has them.
Tensor keep_dims(T reduced, const Dims& shape, uint64_t dims, bool keepdim) {
  return keepdim ? reduced : reshape(reduced, reduced_shape(shape, dims, true));
}
Tensor keep_dims(T reduced, const Dims& shape, const ReduceAttributes& a) {
  return keep_dims(reduced, shape, a.dims, a.keepdim);
}
Tensor spread(T g, const Dims& shape, const ReduceAttributes& a) {
  return expand(keep_dims(g, shape, a), shape);
}

double reduced_count(const Dims& shape, uint64_t dims) {
  double count = 1;
  for (int d = 0; d < shape.size(); ++d) {
    if (dims >> d & 1) count *= static_cast<double>(shape[d]);
  }
  return count;
}

Dims listed(uint64_t dims, int ndim) {
  Dims list;
  for (int d = 0; d < ndim; ++d) {
    if (dims >> d & 1) list.push_back(d);
  }
  return list;
}
// Sums over the dimensions of a reduction and keeps them.
Tensor sum_over(T x, const ReduceAttributes& a) {
  const Dims dims = listed(a.dims, x.ndim());
  return dims.empty() ? x : sum(x, dims, true, x.dtype());
}

// Equal shares for all elements that are the extreme.
Tensor to_extremes(T g, T x, T result, const ReduceAttributes& a) {
  const Tensor best = keep_dims(result, x.shape(), a);
  const Tensor either = apply<LogicalOr>(apply<Equal>(x, best),
                                         apply<LogicalAnd>(apply<IsNan>(x), apply<IsNan>(best)));
  const Tensor share = to(either, g.dtype());
  return share / sum_over(share, a) * keep_dims(g, x.shape(), a);
}

template <ReduceOp op>
void extreme_rule() {
  rule<Reduce<op>>(save_inputs | save_result, [](const ReduceAttributes& a, T g, T x, T result) {
    return to_extremes(g, x, result, a);
  });
}

// The gradient goes to the one position along `dim` that the index names.
template <bool largest>
void extreme_with_index_rule() {
  using Op = ExtremeWithIndex<largest>;
  rule<Op>(save_output(1), [](const Context& c, T g, T index) {
    const Dims& shape = c.input_shape(0);
    const auto& a = c.attributes<Op>();
    if (shape.empty()) return g;
    const uint64_t dims = uint64_t{1} << a.dim;
    return scatter(zeros(shape, g.dtype(), g.device()), a.dim,
                   keep_dims(index, shape, dims, a.keepdim), keep_dims(g, shape, dims, a.keepdim));
  });
}

Tensor product_gradient(const ReduceAttributes& a, T g, T x, T result) {
  const Tensor zero = is_zero(x), filled = one_at(zero, x);
  const Factors factors{
      .product = keep_dims(result, x.shape(), a),
      .zero_count = sum_over(to(zero, g.dtype()), a),
      .zero_sum = sum_over(where_or_zero(zero, x), a),
      .rest = run<Reduce<ReduceOp::Prod>>({filled.body()}, {a.dims, true, g.dtype()})};
  return keep_dims(g, x.shape(), a) * product_of_others(x, factors);
}

const Rules rules([] {
  rule<Reduce<ReduceOp::Sum>>(save_nothing, [](const Context& c, T g) {
    return spread(g, c.input_shape(0), c.attributes<Reduce<ReduceOp::Sum>>());
  });
  rule<Reduce<ReduceOp::NanSum>>(save_inputs, [](const ReduceAttributes& a, T g, T x) {
    return zero_where(apply<IsNan>(x), spread(g, x.shape(), a));
  });
  rule<Reduce<ReduceOp::Mean>>(save_nothing, [](const Context& c, T g) {
    const auto& a = c.attributes<Reduce<ReduceOp::Mean>>();
    const double count = reduced_count(c.input_shape(0), a.dims);
    return spread(g / number(count), c.input_shape(0), a);
  });
  rule<Reduce<ReduceOp::Prod>>(save_inputs | save_result,
                               [](const ReduceAttributes& a, T g, T x, T result) {
                                 return product_gradient(a, g, x, result);
                               });
  extreme_rule<ReduceOp::Max>();
  extreme_rule<ReduceOp::Min>();
  extreme_with_index_rule<true>();
  extreme_with_index_rule<false>();

  rule<Reduce<ReduceOp::SumAbs>>(save_inputs, [](const ReduceAttributes& a, T g, T x) {
    return apply<Sign>(x) * keep_dims(g, x.shape(), a);
  });
  // The norm has no derivative at zero: the subgradient zero.
  rule<Reduce<ReduceOp::Norm2>>(save_inputs | save_result,
                                [](const ReduceAttributes& a, T g, T x, T result) {
                                  const Tensor norm = keep_dims(result, x.shape(), a);
                                  const Tensor zero = apply<Equal>(norm, number(0.0));
                                  const Tensor divisor = apply<Where>(zero, number(1.0), norm);
                                  return x * zero_where(zero, keep_dims(g, x.shape(), a) / divisor);
                                });
  rule<Reduce<ReduceOp::MaxAbs>>(save_inputs | save_result,
                                 [](const ReduceAttributes& a, T g, T x, T result) {
                                   return apply<Sign>(x) * to_extremes(g, apply<Abs>(x), result, a);
                                 });

  rule<Reduce<ReduceOp::LogSumExp>>(
      save_inputs | save_result, [](const ReduceAttributes& a, T g, T x, T result) {
        const Tensor sum = keep_dims(result, x.shape(), a);
        const Tensor finite = apply<Where>(apply<IsFinite>(sum), sum, number(0.0));
        return keep_dims(g, x.shape(), a) * apply<Exp>(x - finite);
      });

  rule<VarMean>(save_inputs | save_output(1), [](const Context& c, T, T x, T mean) {
    const auto& a = c.attributes<VarMean>();
    const double n = reduced_count(x.shape(), a.dims);
    Tensor result;
    if (c.grad(0).defined()) {
      const Tensor g = keep_dims(c.grad(0), x.shape(), a.dims, a.keepdim);
      const Tensor deviation = x - keep_dims(mean, x.shape(), a.dims, a.keepdim);
      result = deviation * (g * (2 / std::max(0.0, n - a.correction)));
    }
    if (c.grad(1).defined()) {
      const Tensor g = keep_dims(c.grad(1), x.shape(), a.dims, a.keepdim) / number(n);
      result = result.defined() ? result + g : expand(g, x.shape());
    }
    return result;
  });

  no_rule<Reduce<ReduceOp::Any>>("its result is bool");
  no_rule<Reduce<ReduceOp::All>>("its result is bool");
  no_rule<Reduce<ReduceOp::CountNonzero>>("its result is a count");
  no_rule<ArgExtreme<true>>("its result is an index");
  no_rule<ArgExtreme<false>>("its result is an index");
});

}  // namespace
}  // namespace taeda::autograd

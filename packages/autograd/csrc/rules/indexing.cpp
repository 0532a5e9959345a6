#include "taeda/tensor/ops/indexing.h"

#include "products.h"
#include "taeda/tensor/views.h"

namespace taeda::autograd {
namespace {

using T = const Tensor&;

// The saved indices, each at its dimension.
Indices saved_indices(const Context& c, const Dims& dims, int first) {
  Indices indices(static_cast<size_t>(dims.back() + 1));
  for (int k = 0; k < dims.size(); ++k) {
    indices[static_cast<size_t>(dims[k])] = c.saved_input(first + k);
  }
  return indices;
}

constexpr Save save_from(int first) { return {.inputs = ~((uint32_t{1} << first) - 1)}; }

Tensor zero_of(T like) { return zeros({}, like.dtype(), like.device()); }
Tensor masked(T g, T keep) { return apply<Mul>(g, to(keep, g.dtype())); }

// The gradients of tensors joined along a dimension.
template <class Part>
Gradients parts(const Context& c, Part part) {
  Gradients result(c.input_count());
  for (int i = 0; i < c.input_count(); ++i) {
    if (c.needs(i)) result[i] = part(i);
  }
  return result;
}

Gradients product_gradients(const Context& c, T g, T input, T index, T source, T result) {
  const int dim = c.attributes<ScatterReduce>().dim;
  const Tensor zero = is_zero(input), source_zero = is_zero(source);
  const auto meet = [&](T own, T others, ScatterOp op) {
    return scatter(own, dim, index, others, op);
  };
  const Factors factors{
      .product = result,
      .zero_count = meet(to(zero, g.dtype()), to(source_zero, g.dtype()), ScatterOp::Add),
      .zero_sum =
          meet(where_or_zero(zero, input), where_or_zero(source_zero, source), ScatterOp::Add),
      .rest = meet(one_at(zero, input), one_at(source_zero, source), ScatterOp::Multiply)};
  const auto at_source = [&](T x) { return gather(x, dim, index); };
  Gradients gradients(3);
  if (c.needs(0)) gradients[0] = g * product_of_others(input, factors);
  if (c.needs(2)) {
    const Factors met{.product = at_source(factors.product),
                      .zero_count = at_source(factors.zero_count),
                      .zero_sum = at_source(factors.zero_sum),
                      .rest = at_source(factors.rest)};
    gradients[2] = at_source(g) * product_of_others(source, met);
  }
  return gradients;
}

// How the elements that scatter combines share the gradient of the result.
Gradients scatter_gradients(const Context& c, T g, T input, T index, T source, T result) {
  const auto [dim, op] = c.attributes<ScatterReduce>();
  if (op == ScatterOp::Multiply) return product_gradients(c, g, input, index, source, result);
  Gradients gradients(3);
  // Those that are the largest (smallest) share alike.
  const Tensor is_input = to(apply<Equal>(input, result), g.dtype());
  const Tensor is_source = to(apply<Equal>(source, gather(result, dim, index)), g.dtype());
  const Tensor share = g / scatter(is_input, dim, index, is_source, ScatterOp::Add);
  if (c.needs(0)) gradients[0] = share * is_input;
  if (c.needs(2)) gradients[2] = gather(share, dim, index) * is_source;
  return gradients;
}

// A source larger than the index gets zeros where nothing was read from it.
Tensor grown(T gradient, const Dims& shape) {
  if (!gradient.defined() || gradient.shape() == shape) return gradient;
  const Tensor whole = zeros(shape, gradient.dtype(), gradient.device());
  Tensor part = whole;
  for (int d = 0; d < shape.size(); ++d) part = narrow(part, d, 0, gradient->size(d));
  copy_(part, gradient);
  return whole;
}

const Rules rules([] {
  rule<Index>(save_from(1), [](const Context& c, T g) {
    Gradients result(c.input_count());
    const Dims& dims = c.attributes<Index>().dims;
    result[0] = index_put(zeros(c.input_shape(0), g.dtype(), g.device()), saved_indices(c, dims, 1),
                          g, true);
    return result;
  });
  rule<IndexPut>(save_from(2), [](const Context& c, T g) {
    Gradients result(c.input_count());
    const auto& [dims, accumulate] = c.attributes<IndexPut>();
    const Indices indices = saved_indices(c, dims, 2);
    if (c.needs(0)) result[0] = accumulate ? g : index_put(g, indices, zero_of(g));
    if (c.needs(1)) result[1] = index(g, indices);
    return result;
  });
  rule<Embedding>(wrt(0, save_input(1), [](const Context& c, T g, T indices) {
    return embedding_backward(g, indices, c.input_shape(0)[0],
                              c.attributes<Embedding>().padding_idx);
  }));
  rule<EmbeddingBackward>(
      wrt(0, save_input(1), [](const EmbeddingBackward::Attributes& a, T g, T indices) {
        const Tensor rows = embedding(g, indices, -1);
        if (a.padding_idx < 0) return rows;
        const Tensor padding = apply<Equal>(indices, number(a.padding_idx));
        return masked_fill(rows, unsqueeze(padding, -1), zero_of(g));
      }));
  rule<Gather>(wrt(0, save_input(1), [](const Context& c, T g, T index) {
    return scatter(zeros(c.input_shape(0), g.dtype(), g.device()), c.attributes<Gather>().dim,
                   index, g, ScatterOp::Add);
  }));
  rule<Scatter>(save_input(1) | save_shapes, [](const Context& c, T g, T index) {
    const auto [dim, op] = c.attributes<Scatter>();
    Gradients result(3);
    if (c.needs(0)) {
      const bool adds = op == ScatterOp::Add;
      result[0] = adds ? g : scatter(g, dim, index, expand(zero_of(g), index.shape()));
    }
    if (c.needs(2)) result[2] = grown(gather(g, dim, index), c.input_shape(2));
    return result;
  });
  rule<ScatterReduce>(save_inputs | save_result,
                      [](const Context& c, T g, T input, T index, T source, T result) {
                        Tensor read = source;
                        for (int d = 0; d < index.ndim() && index.numel() > 0; ++d) {
                          if (index->size(d) != read->size(d))
                            read = narrow(read, d, 0, index->size(d));
                        }
                        Gradients gradients = scatter_gradients(c, g, input, index, read, result);
                        gradients[2] = grown(gradients[2], source.shape());
                        return gradients;
                      });
  rule<Cat>(save_shapes, [](const Context& c, T g) {
    const int dim = c.attributes<Cat>().dim;
    Gradients result(c.input_count());
    int64_t at = 0;
    for (int i = 0; i < c.input_count(); ++i) {
      const Dims& shape = c.input_shape(i);
      if (shape.size() == 1 && shape[0] == 0) continue;
      if (c.needs(i)) result[i] = narrow(g, dim, at, shape[dim]);
      at += shape[dim];
    }
    return result;
  });
  rule<Stack>(save_nothing, [](const Context& c, T g) {
    return parts(c, [&](int i) { return select(g, c.attributes<Stack>().dim, i); });
  });
  rule<MaskedFill>(
      wrt(0, save_input(1), [](T g, T mask) { return masked_fill(g, mask, zero_of(g)); }),
      wrt(2, save_input(1), [](T g, T mask) { return masked(g, mask); }));
  rule<MaskedSelect>(wrt(0, save_input(1), [](const Context& c, T g, T mask) {
    return masked_scatter(zeros(c.input_shape(0), g.dtype(), g.device()), mask, g);
  }));
  rule<MaskedScatter>(
      wrt(0, save_input(1), [](T g, T mask) { return masked_fill(g, mask, zero_of(g)); }),
      wrt(2, save_input(1), [](T g, T mask) { return masked_select(g, mask); }));
  rule<Flip>(save_nothing, [](const Flip::Attributes& a, T g) { return flip(g, a.dims); });
  rule<Roll>(save_nothing, [](const Roll::Attributes& a, T g) {
    Dims back, dims;
    for (int d = 0; d < a.shifts.size(); ++d) {
      back.push_back(-a.shifts[d]);
      dims.push_back(d);
    }
    return roll(g, back, dims);
  });
  rule<Triangle>(save_nothing, [](const Triangle::Attributes& a, T g) {
    return a.lower ? tril(g, a.diagonal) : triu(g, a.diagonal);
  });
  no_rule<Nonzero>("positions are integers");
});

}  // namespace
}  // namespace taeda::autograd

#include "taeda/tensor/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"
#include "taeda/tensor/ops/indexing.h"
#include "taeda/tensor/ops/matmul.h"
#include "taeda/tensor/ops/random.h"
#include "taeda/tensor/ops/reduce.h"
#include "taeda/tensor/ops/softmax.h"
#include "taeda/tensor/views.h"

namespace taeda {
namespace {

constexpr const char* kName = Attention::name;

Sizes leading(const TensorBody& tensor) {
  return Sizes(tensor.shape()).first(static_cast<size_t>(std::max(tensor.ndim() - 2, 0)));
}

// The leading dimensions of the result with its last two.
Dims result_shape(Inputs inputs, int64_t rows, int64_t columns) {
  Dims shape = leading(*inputs[0]);
  for (int i = 1; i < 4; ++i) {
    if (!inputs[i] || std::ranges::equal(leading(*inputs[i]), Sizes(shape))) continue;
    shape = broadcast_shapes(kName, shape, leading(*inputs[i]));
  }
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

// Heads that lie between the rows in memory stay there, so that taking them apart and together
// again needs no copy. Empty for rows one after the other.
Dims strides_like(const TensorBody& x, const Dims& shape) {
  const Sizes before_rows = Sizes(shape).first(static_cast<size_t>(shape.size() - 2));
  if (x.is_contiguous() || !std::ranges::equal(leading(x), before_rows)) return {};
  Dims strides = dense_strides(shape, x.strides());
  return strides.back() == 1 ? strides : Dims();
}

// A tensor as it appears with leading dimensions, or as a whole in a shape (of the mask).
struct Seen {
  Dims shape, strides;
  Array array{};

  Seen() = default;
  Seen(const TensorBody& x, const Dims& leading_of, int64_t rows, int64_t columns)
      : shape(leading_of), strides(leading_of.size(), 0) {
    const int last = shape.size() - 1;
    shape[last - 1] = rows;
    shape[last] = columns;
    for (int d = 0; d < x.ndim(); ++d) {
      if (x.size(d) != 1) strides[shape.size() - x.ndim() + d] = x.strides()[d];
    }
    array = {x.data(), x.dtype(), shape, strides};
  }
  Seen(const TensorBody& x, const Dims& leading_of)
      : Seen(x, leading_of, x.size(x.ndim() - 2), x.size(x.ndim() - 1)) {}
  Seen(const Seen&) = delete;
};

struct SeenOperands {
  Seen query, key, value, mask;
  AttentionOperands operands;

  SeenOperands(Inputs inputs, const Dims& shape, const Attention::Attributes& attributes)
      : query(*inputs[0], shape),
        key(*inputs[1], shape),
        value(*inputs[2], shape),
        mask(inputs[3] ? *inputs[3] : *inputs[0], shape, query.shape[shape.size() - 2],
             key.shape[shape.size() - 2]),
        operands{.query = query.array,
                 .key = key.array,
                 .value = value.array,
                 .mask = inputs[3] ? mask.array : Array{},
                 .scale = attributes.scale,
                 .causal = attributes.causal} {}
};

void check_dtypes(const TensorBody& query, const TensorBody& key, const TensorBody& value,
                  const TensorBody* mask) {
  if (query.dtype() != key.dtype() || query.dtype() != value.dtype()) {
    fail<RuntimeError>(kName, ": expected query, key and value to have the same dtype, but got ",
                       query.dtype(), ", ", key.dtype(), " and ", value.dtype(),
                       "; convert with .to(dtype)");
  }
  if (!is_floating(query.dtype())) {
    fail<RuntimeError>(kName, ": takes floating-point tensors, got ", query.dtype(),
                       "; convert with .float()");
  }
  if (mask && mask->dtype() != DType::Bool && mask->dtype() != query.dtype()) {
    fail<RuntimeError>(kName, ": the mask must be of dtype bool or that of the query, ",
                       query.dtype(), ", got ", mask->dtype());
  }
}

void check_shapes(const Tensor& query, const Tensor& key, const Tensor& value) {
  if (query.ndim() < 2 || key.ndim() < 2 || value.ndim() < 2) {
    fail<RuntimeError>(kName, ": query, key and value need at least 2 dimensions, got ",
                       query.shape(), ", ", key.shape(), " and ", value.shape());
  }
  if (query.shape().back() != key.shape().back()) {
    fail<RuntimeError>(kName, ": the last dimensions of query and key must be equal, got ",
                       query.shape(), " and ", key.shape());
  }
  if (key->size(key.ndim() - 2) != value->size(value.ndim() - 2)) {
    fail<RuntimeError>(kName, ": key and value must have as many rows, got ", key.shape(), " and ",
                       value.shape());
  }
}

void check_mask_shape(const Tensor& query, const Tensor& key, const Tensor& mask, bool causal) {
  if (causal) {
    fail<RuntimeError>(kName, ": give a mask or is_causal=True, not both");
  }
  const int64_t sizes[] = {key->size(key.ndim() - 2), query->size(query.ndim() - 2)};
  for (int d = 0; d < std::min(2, mask.ndim()); ++d) {
    const int64_t size = mask->size(mask.ndim() - 1 - d);
    if (size != 1 && size != sizes[d]) {
      fail<RuntimeError>(kName, ": the mask must broadcast to (..., ", sizes[1], ", ", sizes[0],
                         "), got ", mask.shape());
    }
  }
}

// The weights in differentiable operations: rows that may attend to nothing are zero.
Tensor composed_weights(const Tensor& query, const Tensor& key, const Tensor& mask, double scale,
                        bool causal) {
  const Tensor scores = matmul(query * scale, transpose(key, -2, -1));
  const Tensor never = number(-std::numeric_limits<double>::infinity());
  if (causal) {
    const Dims& shape = scores.shape();
    const Tensor square =
        full({shape[shape.size() - 2], shape.back()}, true, DType::Bool, scores.device());
    return softmax(apply<Where>(tril(square), scores, never), -1);
  }
  if (!mask.defined()) return softmax(scores, -1);
  const Tensor masked =
      mask.dtype() == DType::Bool ? apply<Where>(mask, scores, never) : scores + mask;
  const Tensor seen = apply<Greater>(amax(masked, Dims{-1}, true), never);
  const Tensor zero = number(0.0);
  return apply<Where>(seen, softmax(apply<Where>(seen, masked, zero), -1), zero);
}

// (..., H, N, D) as (..., groups, H / groups, N, D), so that what has one head a group broadcasts.
Tensor split_heads(const Tensor& tensor, int64_t groups) {
  Dims shape;
  for (int d = 0; d < tensor.ndim(); ++d) {
    const bool is_heads = d == tensor.ndim() - 3;
    if (is_heads) shape.push_back(groups);
    shape.push_back(is_heads ? tensor->size(d) / groups : tensor->size(d));
  }
  return view(tensor, shape);
}

Tensor grouped(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
               double dropout, bool causal, std::optional<double> scale) {
  if (query.ndim() < 3 || key.ndim() < 3 || value.ndim() < 3) {
    fail<RuntimeError>(kName, ": enable_gqa needs heads in dimension -3, got ", query.shape(), ", ",
                       key.shape(), " and ", value.shape());
  }
  const int64_t heads = query->size(query.ndim() - 3), groups = key->size(key.ndim() - 3);
  if (groups == 0 || heads % groups != 0 || value->size(value.ndim() - 3) != groups) {
    fail<RuntimeError>(kName,
                       ": enable_gqa needs as many heads of key as of value, which divide those "
                       "of the query, got ",
                       query.shape(), ", ", key.shape(), " and ", value.shape());
  }
  Tensor split_mask = mask;
  if (mask.defined() && mask.ndim() > 2) {
    split_mask = mask->size(mask.ndim() - 3) == 1 ? unsqueeze(mask, -3) : split_heads(mask, groups);
  }
  const Tensor result =
      scaled_dot_product_attention(split_heads(query, groups), unsqueeze(key, -3),
                                   unsqueeze(value, -3), split_mask, dropout, causal, scale);
  return flatten(result, -4, -3);
}

}  // namespace

void Attention::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  check_dtypes(*inputs[0], *inputs[1], *inputs[2], inputs[3]);
  const TensorBody &query = *inputs[0], &value = *inputs[2];
  const int64_t rows = query.size(query.ndim() - 2);
  const Dims shape = result_shape(inputs, rows, value.size(value.ndim() - 1));
  outputs.add(shape, query.dtype(), strides_like(query, shape));
  outputs.add(Sizes(shape).first(static_cast<size_t>(shape.size() - 1)),
              query.dtype() == DType::Float64 ? DType::Float64 : DType::Float32);
}
void Attention::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                       const Attributes& attributes) {
  const SeenOperands seen(inputs, outputs[0].shape(), attributes);
  kernels.attention.forward(
      {.operands = seen.operands, .out = outputs[0]->array(), .log_sum = outputs[1]->array()});
}

void AttentionBackward::infer(Inputs inputs, const Attributes&, Specs& outputs) {
  for (int i = 0; i < 3; ++i) {
    const TensorBody& x = *inputs[i];
    Dims shape = result_shape(inputs, x.size(x.ndim() - 2), x.size(x.ndim() - 1));
    Dims strides = strides_like(x, shape);
    outputs.add(std::move(shape), x.dtype(), std::move(strides));
  }
}
void AttentionBackward::launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                               const Attributes& attributes) {
  const SeenOperands seen(inputs, inputs[5]->shape(), attributes);
  kernels.attention.backward({.operands = seen.operands,
                              .grad_query = outputs[0]->array(),
                              .grad_key = outputs[1]->array(),
                              .grad_value = outputs[2]->array(),
                              .grad_out = inputs[4]->array(),
                              .out = inputs[5]->array(),
                              .log_sum = inputs[6]->array()});
}

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const Tensor& mask, double dropout, bool causal,
                                    std::optional<double> scale, bool enable_gqa) {
  check_shapes(query, key, value);
  if (mask.defined()) check_mask_shape(query, key, mask, causal);
  if (enable_gqa) return grouped(query, key, value, mask, dropout, causal, scale);
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(query.shape().back()));
  const bool composed = mask.defined() && mask->requires_grad && grad_enabled();
  if (dropout == 0 && !composed) {
    TensorBody* inputs[] = {query.body(), key.body(), value.body(), mask.body()};
    return run_many<Attention, 2>(inputs, {factor, causal})[0];
  }
  const Tensor weights = composed_weights(query, key, mask, factor, causal);
  return matmul(taeda::dropout(weights, dropout, true, default_generator()), value);
}

AttentionGradients attention_backward(const Attention::Attributes& attributes, const Tensor& grad,
                                      const Tensor& query, const Tensor& key, const Tensor& value,
                                      const Tensor& mask, const Tensor& result,
                                      const Tensor& log_sum) {
  if (!grad_enabled()) {
    TensorBody* inputs[] = {query.body(), key.body(),    value.body(),  mask.body(),
                            grad.body(),  result.body(), log_sum.body()};
    auto [of_query, of_key, of_value] = run_many<AttentionBackward, 3>(inputs, attributes);
    return {std::move(of_query), std::move(of_key), std::move(of_value)};
  }
  const double scale = attributes.scale;
  const Tensor weights = composed_weights(query, key, mask, scale, attributes.causal);
  const Tensor of_weights = matmul(grad, transpose(value, -2, -1));
  const Tensor of_scores = weights * (of_weights - sum(of_weights * weights, Dims{-1}, true));
  return {matmul(of_scores, key) * scale, matmul(transpose(of_scores, -2, -1), query) * scale,
          matmul(transpose(weights, -2, -1), grad)};
}

}  // namespace taeda

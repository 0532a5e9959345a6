// Scaled dot-product attention.
#pragma once

#include <optional>

#include "taeda/kernels/ops/attention.h"
#include "taeda/tensor/door.h"

namespace taeda {

// inputs: query (..., L, E), key (..., S, E), value (..., S, V), mask (..., L, S) or null; leading
// dimensions broadcast, and all dimensions of the mask. outputs: the result (..., L, V) and the
// logarithm of each softmax's denominator (..., L).
struct TAEDA_API Attention {
  static constexpr const char* name = "scaled_dot_product_attention";
  struct Attributes {
    double scale;
    bool causal;
  };
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};
// inputs: those of Attention, the gradient of the result, the result, the logarithms. outputs: the
// gradients of query, key and value, with all leading dimensions of the result.
struct TAEDA_API AttentionBackward {
  static constexpr const char* name = "scaled_dot_product_attention_backward";
  using Attributes = Attention::Attributes;
  static void infer(Inputs inputs, const Attributes& attributes, Specs& outputs);
  static void launch(const KernelTable& kernels, Inputs inputs, Outputs outputs,
                     const Attributes& attributes);
};

// softmax(scale * query @ key^T + mask) @ value; without `scale` 1 / sqrt(E). Fused, but for
// dropout of the weights and for a mask whose gradient is wanted. `enable_gqa`: groups of query
// heads share a head (dimension -3) of key and value. Throws RuntimeError for shapes and dtypes.
TAEDA_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                              const Tensor& value, const Tensor& mask = {},
                                              double dropout = 0, bool causal = false,
                                              std::optional<double> scale = {},
                                              bool enable_gqa = false);

struct AttentionGradients {
  Tensor query, key, value;
};
// What the derivative rule calls. Fused; where gradient mode is on, of differentiable operations.
TAEDA_API AttentionGradients attention_backward(const Attention::Attributes& attributes,
                                                const Tensor& grad, const Tensor& query,
                                                const Tensor& key, const Tensor& value,
                                                const Tensor& mask, const Tensor& result,
                                                const Tensor& log_sum);

}  // namespace taeda

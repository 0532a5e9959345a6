// Attention: what taeda_nn calls.
#include "taeda/tensor/ops/attention.h"

#include "results.h"

namespace taeda::python {

void bind_attention(nb::module_& m) {
  m.def(
      "scaled_dot_product_attention",
      [](const Tensor& query, const Tensor& key, const Tensor& value,
         const OptionalTensor& attn_mask, double dropout_p, bool is_causal,
         std::optional<double> scale, bool enable_gqa) {
        if (dropout_p < 0 || dropout_p > 1) {
          fail<ValueError>(Attention::name, ": dropout_p must lie between 0 and 1, got ",
                           dropout_p);
        }
        return scaled_dot_product_attention(query, key, value, given(attn_mask), dropout_p,
                                            is_causal, scale, enable_gqa);
      },
      nb::arg("query"), nb::arg("key"), nb::arg("value"), nb::arg("attn_mask") = nb::none(),
      nb::arg("dropout_p") = 0.0, nb::arg("is_causal") = false, nb::kw_only(),
      nb::arg("scale") = nb::none(), nb::arg("enable_gqa") = false,
      "softmax(scale * query @ key.mT + attn_mask) @ value of (..., L, E), (..., S, E) and "
      "(..., S, V): (..., L, V).");
}

}  // namespace taeda::python

// Convolutions: what taeda_nn calls.
#include "taeda/tensor/ops/convolution.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>

#include "results.h"

namespace taeda::python {
namespace {

using PaddingArgument = std::variant<Dims, std::string>;

ConvolutionPadding read_padding(const PaddingArgument& padding) {
  if (const auto* sizes = std::get_if<Dims>(&padding)) return {*sizes};
  return {{}, std::get<std::string>(padding)};
}

using Convolution = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const Dims&,
                               const ConvolutionPadding&, const Dims&, int64_t);

void bind(nb::module_& m, const char* name, Convolution function, const char* doc) {
  m.def(
      name,
      [function](const Tensor& input, const Tensor& weight, const OptionalTensor& bias,
                 const Dims& stride, const PaddingArgument& padding, const Dims& dilation,
                 int64_t groups) {
        return function(input, weight, given(bias), stride, read_padding(padding), dilation,
                        groups);
      },
      nb::arg("input"), nb::arg("weight"), nb::arg("bias") = nb::none(), nb::arg("stride") = 1,
      nb::arg("padding") = 0, nb::arg("dilation") = 1, nb::arg("groups") = 1, doc);
}

}  // namespace

void bind_convolution(nb::module_& m) {
  bind(m, "conv2d", conv2d,
       "Correlation of images (N, C, H, W) or (C, H, W) with windows (O, C / groups, kH, kW), plus "
       "bias (O,).");
  bind(m, "conv1d", conv1d,
       "Correlation of signals (N, C, L) or (C, L) with windows (O, C / groups, k), plus bias "
       "(O,).");
}

}  // namespace taeda::python

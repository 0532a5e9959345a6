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

void bind_forward(nb::module_& m, const char* name, int dims, const char* doc) {
  m.def(
      name,
      [dims](const Tensor& input, const Tensor& weight, const OptionalTensor& bias,
             const Dims& stride, const PaddingArgument& padding, const Dims& dilation,
             int64_t groups) {
        return convolution(dims, input, weight, given(bias), stride, read_padding(padding),
                           dilation, groups);
      },
      nb::arg("input"), nb::arg("weight"), nb::arg("bias") = nb::none(), nb::arg("stride") = 1,
      nb::arg("padding") = 0, nb::arg("dilation") = 1, nb::arg("groups") = 1, doc);
}

void bind_transposed(nb::module_& m, const char* name, int dims, const char* doc) {
  m.def(
      name,
      [dims](const Tensor& input, const Tensor& weight, const OptionalTensor& bias,
             const Dims& stride, const Dims& padding, const Dims& output_padding, int64_t groups,
             const Dims& dilation) {
        return transposed_convolution(dims, input, weight, given(bias), stride, padding,
                                      output_padding, groups, dilation);
      },
      nb::arg("input"), nb::arg("weight"), nb::arg("bias") = nb::none(), nb::arg("stride") = 1,
      nb::arg("padding") = 0, nb::arg("output_padding") = 0, nb::arg("groups") = 1,
      nb::arg("dilation") = 1, doc);
}

}  // namespace

void bind_convolution(nb::module_& m) {
  bind_forward(m, "conv1d", 1,
               "Correlation of signals (N, C, L) or (C, L) with windows (O, C / groups, k), plus "
               "bias (O,).");
  bind_forward(m, "conv2d", 2,
               "Correlation of images (N, C, H, W) or (C, H, W) with windows (O, C / groups, kH, "
               "kW), plus bias (O,).");
  bind_forward(m, "conv3d", 3,
               "Correlation of volumes (N, C, D, H, W) or (C, D, H, W) with windows (O, C / "
               "groups, kD, kH, kW), plus bias (O,).");
  bind_transposed(m, "conv_transpose1d", 1,
                  "The transpose of conv1d, seen as a matrix: signals (N, C, L) or (C, L), windows "
                  "(C, O / groups, k), plus bias (O,).");
  bind_transposed(m, "conv_transpose2d", 2,
                  "The transpose of conv2d, seen as a matrix: images (N, C, H, W) or (C, H, W), "
                  "windows (C, O / groups, kH, kW), plus bias (O,).");
  bind_transposed(m, "conv_transpose3d", 3,
                  "The transpose of conv3d, seen as a matrix: volumes (N, C, D, H, W) or (C, D, H, "
                  "W), windows (C, O / groups, kD, kH, kW), plus bias (O,).");
}

}  // namespace taeda::python

// Convolutions and their gradients on arrays.
#include "taeda/kernels/ops/convolution.h"

#include "activation.h"
#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

ConvolutionGeometry read_geometry(const char* operation, nb::handle stride, nb::handle padding,
                                  nb::handle dilation, int64_t groups) {
  ConvolutionGeometry geometry;
  read_pair(operation, "stride", stride, 1, geometry.stride);
  read_pair(operation, "padding", padding, 0, geometry.padding);
  read_pair(operation, "dilation", dilation, 1, geometry.dilation);
  if (groups < 1) fail<ValueError>(operation, ": groups must be at least 1, got ", groups);
  geometry.groups = groups;
  return geometry;
}

void check_array(const char* operation, const char* name, const Array& array, DType dtype) {
  if (array.ndim() != 4) {
    fail<ValueError>(operation, ": ", name, " must have 4 dimensions, got ",
                     ShapeText{array.shape});
  }
  if (!is_floating(array.dtype) || array.dtype != dtype) {
    fail<TypeError>(operation, ": ", name, " must have the float dtype of the others, got ",
                    array.dtype);
  }
}

// That images, windows and results of these shapes belong together.
void check_shapes(const char* operation, Sizes input, Sizes weight, Sizes out,
                  const ConvolutionGeometry& g) {
  bool fits = input[1] == weight[1] * g.groups && weight[0] % g.groups == 0 && out[0] == input[0] &&
              out[1] == weight[0];
  for (int axis = 0; fits && axis < 2; ++axis) {
    const int64_t size = input[2 + axis], kernel = weight[2 + axis];
    fits = kernel > 0 && size + 2 * g.padding[axis] >= g.dilation[axis] * (kernel - 1) + 1 &&
           out[2 + axis] == convolution_size(g, axis, size, kernel);
  }
  if (!fits) {
    fail<ValueError>(operation, ": an input ", ShapeText{input}, ", a weight ", ShapeText{weight},
                     " and a result ", ShapeText{out}, " do not fit together (groups=", g.groups,
                     ", stride=(", g.stride[0], ", ", g.stride[1], "), padding=(", g.padding[0],
                     ", ", g.padding[1], "), dilation=(", g.dilation[0], ", ", g.dilation[1], "))");
  }
}

int64_t out_size(const ConvolutionGeometry& g, int axis, Sizes input, Sizes weight) {
  return convolution_size(g, axis, input[static_cast<size_t>(2 + axis)],
                          weight[static_cast<size_t>(2 + axis)]);
}

nb::object conv2d(nb::handle input_object, nb::handle weight_object, nb::handle bias_object,
                  nb::handle stride, nb::handle padding, nb::handle dilation, int64_t groups,
                  nb::handle activation, nb::handle out_object) {
  const char* name = "conv2d";
  const Operand input(name, "input", input_object), weight(name, "weight", weight_object);
  const Array x = input.array(), w = weight.array();
  check_array(name, "input", x, x.dtype);
  check_array(name, "weight", w, x.dtype);
  ConvolutionCall call;
  call.geometry = read_geometry(name, stride, padding, dilation, groups);
  const int64_t shape[4] = {x.shape[0], w.shape[0], out_size(call.geometry, 0, x.shape, w.shape),
                            out_size(call.geometry, 1, x.shape, w.shape)};
  check_shapes(name, x.shape, w.shape, shape, call.geometry);
  const Activation fused(name, activation, x.dtype);
  std::vector<Array> read{x, w};
  std::optional<Operand> bias;
  if (!bias_object.is_none()) {
    bias.emplace(name, "bias", bias_object);
    call.bias = bias->array();
    if (call.bias.ndim() != 1 || call.bias.shape[0] != w.shape[0]) {
      fail<ValueError>("conv2d: bias must have shape (", w.shape[0], ",), got ",
                       ShapeText{call.bias.shape});
    }
    read.push_back(call.bias);
  }
  const Output result = output_for(name, out_object, x.dtype, shape);
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  call.out = result.array();
  call.input = x;
  call.weight = w;
  call.activation = fused.index();
  call.activation_params = fused.params();
  const ReleaseForLarge release(call.out.numel() + x.numel());
  kernels(DeviceType::CPU).convolution.forward(call);
  return result.object();
}

nb::object conv2d_input_gradient(nb::handle grad_object, nb::handle weight_object,
                                 nb::handle input_size, nb::handle stride, nb::handle padding,
                                 nb::handle dilation, int64_t groups, nb::handle out_object) {
  const char* name = "conv2d_input_gradient";
  const Operand grad(name, "grad", grad_object), weight(name, "weight", weight_object);
  const Array g = grad.array(), w = weight.array();
  check_array(name, "grad", g, g.dtype);
  check_array(name, "weight", w, g.dtype);
  const ConvolutionGeometry geometry = read_geometry(name, stride, padding, dilation, groups);
  int64_t size[2];
  read_pair(name, "input_size", input_size, 1, size);
  const int64_t shape[4] = {g.shape[0], w.shape[1] * groups, size[0], size[1]};
  check_shapes(name, shape, w.shape, g.shape, geometry);
  const Output result = output_for(name, out_object, g.dtype, shape);
  const Array read[] = {g, w};
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  const ReleaseForLarge release(result.array().numel() + g.numel());
  kernels(DeviceType::CPU)
      .convolution.input_gradient(
          {.grad_input = result.array(), .grad_out = g, .weight = w, .geometry = geometry});
  return result.object();
}

nb::object conv2d_weight_gradient(nb::handle grad_object, nb::handle input_object,
                                  nb::handle kernel_size, nb::handle stride, nb::handle padding,
                                  nb::handle dilation, int64_t groups, nb::handle out_object) {
  const char* name = "conv2d_weight_gradient";
  const Operand grad(name, "grad", grad_object), input(name, "input", input_object);
  const Array g = grad.array(), x = input.array();
  check_array(name, "grad", g, g.dtype);
  check_array(name, "input", x, g.dtype);
  const ConvolutionGeometry geometry = read_geometry(name, stride, padding, dilation, groups);
  int64_t size[2];
  read_pair(name, "kernel_size", kernel_size, 1, size);
  const int64_t shape[4] = {g.shape[1], x.shape[1] / groups, size[0], size[1]};
  check_shapes(name, x.shape, shape, g.shape, geometry);
  const Output result = output_for(name, out_object, g.dtype, shape);
  const Array read[] = {g, x};
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  const ReleaseForLarge release(x.numel() + g.numel());
  kernels(DeviceType::CPU)
      .convolution.weight_gradient(
          {.grad_weight = result.array(), .grad_out = g, .input = x, .geometry = geometry});
  return result.object();
}

}  // namespace

void init_convolution(nb::module_& m) {
  m.def(
      "conv2d", &conv2d, nb::arg("input"), nb::arg("weight"), nb::arg("bias") = nb::none(),
      nb::kw_only(), nb::arg("stride") = 1, nb::arg("padding") = 0, nb::arg("dilation") = 1,
      nb::arg("groups") = 1, nb::arg("activation") = nb::none(), nb::arg("out") = nb::none(),
      nb::sig("def conv2d(input: typing.Any, weight: typing.Any, bias: typing.Any = None, *, "
              "stride: int | tuple[int, int] = 1, padding: int | tuple[int, int] = 0, "
              "dilation: int | tuple[int, int] = 1, groups: int = 1, "
              "activation: str | None = None, out: typing.Any = None) -> typing.Any"),
      "Correlation of images (n, c, h, w) with windows (o, c / groups, kh, kw): (n, o, oh, ow).\n\n"
      "A bias (o,) is added, then an activation applied, the name of an elementwise operation.\n"
      "Float dtypes; the sums run over c, kh, kw in this order, so that an image has the same "
      "bits\n"
      "alone and in a batch. Raises ValueError for shapes, TypeError for dtypes.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> image, window = numpy.ones((1, 1, 3, 3)), numpy.ones((1, 1, 2, 2))\n"
      ">>> taeda_kernels.conv2d(image, window)\n"
      "array([[[[4., 4.],\n"
      "         [4., 4.]]]])");
  m.def("conv2d_input_gradient", &conv2d_input_gradient, nb::arg("grad"), nb::arg("weight"),
        nb::arg("input_size"), nb::kw_only(), nb::arg("stride") = 1, nb::arg("padding") = 0,
        nb::arg("dilation") = 1, nb::arg("groups") = 1, nb::arg("out") = nb::none(),
        nb::sig("def conv2d_input_gradient(grad: typing.Any, weight: typing.Any, "
                "input_size: int | tuple[int, int], *, stride: int | tuple[int, int] = 1, "
                "padding: int | tuple[int, int] = 0, dilation: int | tuple[int, int] = 1, "
                "groups: int = 1, out: typing.Any = None) -> typing.Any"),
        "The gradient of conv2d's input, whose planes are input_size, from that of its result.\n\n"
        "grad (n, o, oh, ow) and weight (o, c / groups, kh, kw) give (n, c, h, w). Raises "
        "ValueError\n"
        "for shapes, TypeError for dtypes.");
  m.def(
      "conv2d_weight_gradient", &conv2d_weight_gradient, nb::arg("grad"), nb::arg("input"),
      nb::arg("kernel_size"), nb::kw_only(), nb::arg("stride") = 1, nb::arg("padding") = 0,
      nb::arg("dilation") = 1, nb::arg("groups") = 1, nb::arg("out") = nb::none(),
      nb::sig("def conv2d_weight_gradient(grad: typing.Any, input: typing.Any, "
              "kernel_size: int | tuple[int, int], *, stride: int | tuple[int, int] = 1, "
              "padding: int | tuple[int, int] = 0, dilation: int | tuple[int, int] = 1, "
              "groups: int = 1, out: typing.Any = None) -> typing.Any"),
      "The gradient of conv2d's weight, whose windows are kernel_size, from that of its result.\n\n"
      "grad (n, o, oh, ow) and input (n, c, h, w) give (o, c / groups, kh, kw). Raises ValueError\n"
      "for shapes, TypeError for dtypes.");
}

}  // namespace taeda::python

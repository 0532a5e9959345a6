// Convolutions and their gradients on arrays of one to three spatial axes.
#include "taeda/kernels/ops/convolution.h"

#include "activation.h"
#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

// An array with as many axes of size one put before its spatial ones as five need.
class Spatial {
 public:
  explicit Spatial(const Array& array) : array_(array) {
    const int missing = 5 - array.ndim();
    for (int d = 0; d < 5; ++d) {
      const int from = d < 2 ? d : d - missing;
      shape_[d] = d >= 2 && from < 2 ? 1 : array.shape[static_cast<size_t>(from)];
      strides_[d] = d >= 2 && from < 2 ? 0 : array.strides[static_cast<size_t>(from)];
    }
    array_.shape = shape_;
    array_.strides = strides_;
  }
  Spatial(const Spatial&) = delete;
  const Array& array() const { return array_; }

 private:
  Array array_;
  int64_t shape_[5], strides_[5];
};

// The geometry of `axes` axes.
struct Geometry {
  int axes;
  ConvolutionGeometry geometry;

  Geometry(const char* operation, int axes, nb::handle stride, nb::handle padding,
           nb::handle dilation, int64_t groups)
      : axes(axes) {
    const auto last = [&](int64_t (&all)[3]) {
      return std::span<int64_t>(all).last(static_cast<size_t>(axes));
    };
    read_sizes(operation, "stride", stride, 1, last(geometry.stride));
    read_sizes(operation, "padding", padding, 0, last(geometry.padding));
    read_sizes(operation, "dilation", dilation, 1, last(geometry.dilation));
    if (groups < 1) fail<ValueError>(operation, ": groups must be at least 1, got ", groups);
    geometry.groups = groups;
  }

  // (first, second, sizes along the axes of this geometry)
  Shape shape(int64_t first, int64_t second, Sizes sizes) const {
    Shape result{first, second};
    result.insert(result.end(), sizes.begin(), sizes.end());
    return result;
  }

  Shape out_shape(Sizes input, Sizes weight) const {
    Shape result{input[0], weight[0]};
    for (int a = 0; a < axes; ++a) {
      const size_t d = static_cast<size_t>(2 + a);
      result.push_back(convolution_size(geometry, 3 - axes + a, input[d], weight[d]));
    }
    return result;
  }

  // That images, windows and results of these shapes belong together.
  void check(const char* operation, Sizes input, Sizes weight, Sizes out) const {
    bool fits = input.size() == weight.size() && input.size() == out.size() &&
                input[1] == weight[1] * geometry.groups && weight[0] % geometry.groups == 0 &&
                out[0] == input[0] && out[1] == weight[0];
    for (int a = 0; fits && a < axes; ++a) {
      const size_t d = static_cast<size_t>(2 + a);
      const int axis = 3 - axes + a;
      fits =
          weight[d] > 0 &&
          input[d] + 2 * geometry.padding[axis] >= geometry.dilation[axis] * (weight[d] - 1) + 1 &&
          out[d] == convolution_size(geometry, axis, input[d], weight[d]);
    }
    if (fits) return;
    const auto shown = [&](const int64_t (&all)[3]) {
      return ShapeText{Sizes(all).last(static_cast<size_t>(axes))};
    };
    fail<ValueError>(operation, ": an input ", ShapeText{input}, ", a weight ", ShapeText{weight},
                     " and a result ", ShapeText{out},
                     " do not fit together (groups=", geometry.groups,
                     ", stride=", shown(geometry.stride), ", padding=", shown(geometry.padding),
                     ", dilation=", shown(geometry.dilation), ")");
  }
};

int check_array(const char* operation, const char* name, const Array& array, DType dtype) {
  if (array.ndim() < 3 || array.ndim() > 5) {
    fail<ValueError>(operation, ": ", name, " must have 3, 4 or 5 dimensions, got ",
                     ShapeText{array.shape});
  }
  if (!is_floating(array.dtype) || array.dtype != dtype) {
    fail<TypeError>(operation, ": ", name, " must have the float dtype of the others, got ",
                    array.dtype);
  }
  return array.ndim() - 2;
}

void check_axes(const char* operation, const Array& first, const Array& second) {
  if (first.ndim() != second.ndim()) {
    fail<ValueError>(operation, ": both arrays must have the same number of dimensions, got ",
                     ShapeText{first.shape}, " and ", ShapeText{second.shape});
  }
}

nb::object convolution(nb::handle input_object, nb::handle weight_object, nb::handle bias_object,
                       nb::handle stride, nb::handle padding, nb::handle dilation, int64_t groups,
                       nb::handle activation, nb::handle out_object) {
  const char* name = "convolution";
  const Operand input(name, "input", input_object), weight(name, "weight", weight_object);
  const Array x = input.array(), w = weight.array();
  const int axes = check_array(name, "input", x, x.dtype);
  check_array(name, "weight", w, x.dtype);
  check_axes(name, x, w);
  const Geometry geometry(name, axes, stride, padding, dilation, groups);
  const Shape shape = geometry.out_shape(x.shape, w.shape);
  geometry.check(name, x.shape, w.shape, shape);
  const Activation fused(name, activation, x.dtype);
  ConvolutionCall call;
  std::vector<Array> read{x, w};
  std::optional<Operand> bias;
  if (!bias_object.is_none()) {
    bias.emplace(name, "bias", bias_object);
    call.bias = bias->array();
    if (call.bias.ndim() != 1 || call.bias.shape[0] != w.shape[0]) {
      fail<ValueError>("convolution: bias must have shape (", w.shape[0], ",), got ",
                       ShapeText{call.bias.shape});
    }
    read.push_back(call.bias);
  }
  const Output result = output_for(name, out_object, x.dtype, shape);
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  const Spatial out5(result.array()), x5(x), w5(w);
  call.out = out5.array();
  call.input = x5.array();
  call.weight = w5.array();
  call.geometry = geometry.geometry;
  call.activation = fused.index();
  call.activation_params = fused.params();
  const ReleaseForLarge release(call.out.numel() + x.numel());
  cpu().convolution.forward(call);
  return result.object();
}

nb::object convolution_input_gradient(nb::handle grad_object, nb::handle weight_object,
                                      nb::handle input_size, nb::handle stride, nb::handle padding,
                                      nb::handle dilation, int64_t groups, nb::handle out_object) {
  const char* name = "convolution_input_gradient";
  const Operand grad(name, "grad", grad_object), weight(name, "weight", weight_object);
  const Array g = grad.array(), w = weight.array();
  const int axes = check_array(name, "grad", g, g.dtype);
  check_array(name, "weight", w, g.dtype);
  check_axes(name, g, w);
  const Geometry geometry(name, axes, stride, padding, dilation, groups);
  Shape size(static_cast<size_t>(axes));
  read_sizes(name, "input_size", input_size, 1, size);
  const Shape shape = geometry.shape(g.shape[0], w.shape[1] * groups, size);
  geometry.check(name, shape, w.shape, g.shape);
  const Output result = output_for(name, out_object, g.dtype, shape);
  const Array read[] = {g, w};
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  const ReleaseForLarge release(result.array().numel() + g.numel());
  const Spatial out5(result.array()), g5(g), w5(w);
  cpu().convolution.input_gradient({.grad_input = out5.array(),
                                    .grad_out = g5.array(),
                                    .weight = w5.array(),
                                    .geometry = geometry.geometry});
  return result.object();
}

nb::object convolution_weight_gradient(nb::handle grad_object, nb::handle input_object,
                                       nb::handle kernel_size, nb::handle stride,
                                       nb::handle padding, nb::handle dilation, int64_t groups,
                                       nb::handle out_object) {
  const char* name = "convolution_weight_gradient";
  const Operand grad(name, "grad", grad_object), input(name, "input", input_object);
  const Array g = grad.array(), x = input.array();
  const int axes = check_array(name, "grad", g, g.dtype);
  check_array(name, "input", x, g.dtype);
  check_axes(name, g, x);
  const Geometry geometry(name, axes, stride, padding, dilation, groups);
  Shape size(static_cast<size_t>(axes));
  read_sizes(name, "kernel_size", kernel_size, 1, size);
  const Shape shape = geometry.shape(g.shape[1], x.shape[1] / groups, size);
  geometry.check(name, x.shape, shape, g.shape);
  const Output result = output_for(name, out_object, g.dtype, shape);
  const Array read[] = {g, x};
  if (!out_object.is_none()) check_overlap(name, result.array(), read, false);
  const ReleaseForLarge release(x.numel() + g.numel());
  const Spatial out5(result.array()), g5(g), x5(x);
  cpu().convolution.weight_gradient({.grad_weight = out5.array(),
                                     .grad_out = g5.array(),
                                     .input = x5.array(),
                                     .geometry = geometry.geometry});
  return result.object();
}

#define TAEDA_GEOMETRY_SIGNATURE                                                            \
  "stride: int | tuple[int, ...] = 1, padding: int | tuple[int, ...] = 0, dilation: int | " \
  "tuple[int, ...] = 1, groups: int = 1, "

}  // namespace

void init_convolution(nb::module_& m) {
  m.def("convolution", &convolution, nb::arg("input"), nb::arg("weight"),
        nb::arg("bias") = nb::none(), nb::kw_only(), nb::arg("stride") = 1, nb::arg("padding") = 0,
        nb::arg("dilation") = 1, nb::arg("groups") = 1, nb::arg("activation") = nb::none(),
        nb::arg("out") = nb::none(),
        nb::sig("def convolution(input: typing.Any, weight: typing.Any, bias: typing.Any = None, "
                "*, " TAEDA_GEOMETRY_SIGNATURE
                "activation: str | None = None, out: typing.Any = None) -> typing.Any"),
        "Correlation of images (n, c, ...) with windows (o, c / groups, ...): (n, o, ...).\n\n"
        "One to three spatial axes; the sizes that describe them are an int or one for each.\n"
        "A bias (o,) is added, then an activation applied, the name of an elementwise operation.\n"
        "Float dtypes; the sums run over the channels and the window in this order, so that an\n"
        "image has the same bits alone and in a batch. Raises ValueError for shapes, TypeError "
        "for\n"
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> image, window = numpy.ones((1, 1, 3, 3)), numpy.ones((1, 1, 2, 2))\n"
        ">>> taeda_kernels.convolution(image, window)\n"
        "array([[[[4., 4.],\n"
        "         [4., 4.]]]])");
  m.def("convolution_input_gradient", &convolution_input_gradient, nb::arg("grad"),
        nb::arg("weight"), nb::arg("input_size"), nb::kw_only(), nb::arg("stride") = 1,
        nb::arg("padding") = 0, nb::arg("dilation") = 1, nb::arg("groups") = 1,
        nb::arg("out") = nb::none(),
        nb::sig("def convolution_input_gradient(grad: typing.Any, weight: typing.Any, "
                "input_size: int | tuple[int, ...], *, " TAEDA_GEOMETRY_SIGNATURE
                "out: typing.Any = None) -> typing.Any"),
        "The gradient of convolution's input, of size input_size, from that of its result.\n\n"
        "grad (n, o, ...) and weight (o, c / groups, ...) give (n, c, ...). Raises ValueError for\n"
        "shapes, TypeError for dtypes.");
  m.def("convolution_weight_gradient", &convolution_weight_gradient, nb::arg("grad"),
        nb::arg("input"), nb::arg("kernel_size"), nb::kw_only(), nb::arg("stride") = 1,
        nb::arg("padding") = 0, nb::arg("dilation") = 1, nb::arg("groups") = 1,
        nb::arg("out") = nb::none(),
        nb::sig("def convolution_weight_gradient(grad: typing.Any, input: typing.Any, "
                "kernel_size: int | tuple[int, ...], *, " TAEDA_GEOMETRY_SIGNATURE
                "out: typing.Any = None) -> typing.Any"),
        "The gradient of convolution's weight, of kernel_size, from that of its result.\n\n"
        "grad (n, o, ...) and input (n, c, ...) give (o, c / groups, ...). Raises ValueError for\n"
        "shapes, TypeError for dtypes.");
}

#undef TAEDA_GEOMETRY_SIGNATURE

}  // namespace taeda::python

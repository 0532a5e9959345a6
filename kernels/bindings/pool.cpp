// Pooling on arrays, with the gradients.
#include "taeda/kernels/ops/pool.h"

#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

// Leading dimensions, two or one, hold planes.
Shape planes_of(Sizes shape) {
  const size_t last = shape.size() - 2;
  return {product(shape.first(last)), shape[last], shape[last + 1]};
}
Shape with_planes(Sizes shape, const int64_t (&size)[2]) {
  Shape result(shape.begin(), shape.end() - 2);
  result.insert(result.end(), size, size + 2);
  return result;
}

void check_planes(const char* name, const char* argument, const Operand& operand) {
  const Sizes shape = operand.shape();
  if (shape.size() != 3 && shape.size() != 4) {
    fail<ValueError>(name, ": ", argument, " must have the shape (c, h, w) or (n, c, h, w), got ",
                     ShapeText{shape});
  }
  check_float(name, argument, operand.dtype());
}

PoolWindow read_window(const char* name, nb::handle kernel_size, nb::handle stride,
                       nb::handle padding, nb::handle dilation) {
  PoolWindow window{.kernel = {}, .stride = {}, .padding = {}, .dilation = {1, 1}};
  read_sizes(name, "kernel_size", kernel_size, 1, window.kernel);
  read_sizes(name, "stride", stride.is_none() ? kernel_size : stride, 1, window.stride);
  read_sizes(name, "padding", padding, 0, window.padding);
  if (dilation.is_valid()) read_sizes(name, "dilation", dilation, 1, window.dilation);
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t extent = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    if (window.padding[axis] > extent / 2) {
      fail<ValueError>(name, ": padding may be at most half of the window's extent ", extent,
                       ", got ", window.padding[axis]);
    }
  }
  return window;
}

// How many windows there are along an axis of this size. With ceil_mode the last may begin before
// the padding at the end and reach beyond it.
int64_t count_windows(const char* name, const PoolWindow& w, int axis, int64_t size,
                      bool ceil_mode) {
  const int64_t extent = (w.kernel[axis] - 1) * w.dilation[axis] + 1;
  const int64_t room = size + 2 * w.padding[axis] - extent, stride = w.stride[axis];
  int64_t count = room < 0 ? 0 : room / stride + 1;
  if (ceil_mode && room + stride > 0) {
    count = (room + stride - 1) / stride + 1;
    if ((count - 1) * stride >= size + w.padding[axis]) --count;
  }
  if (count < 1 || size == 0) {
    fail<ValueError>(name, ": a window of the extent ", extent, " does not fit into an axis of ",
                     size, " with padding ", w.padding[axis]);
  }
  return count;
}

nb::tuple max_pool2d(nb::handle object, nb::handle kernel_size, nb::handle stride,
                     nb::handle padding, nb::handle dilation, bool ceil_mode, nb::handle out) {
  const char* name = "max_pool2d";
  const Operand x(name, "x", object);
  check_planes(name, "x", x);
  const PoolWindow window = read_window(name, kernel_size, stride, padding, dilation);
  int64_t size[2];
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t in = x.shape()[x.shape().size() - 2 + static_cast<size_t>(axis)];
    size[axis] = count_windows(name, window, axis, in, ceil_mode);
  }
  const Shape shape = with_planes(x.shape(), size);
  const auto outs = read_outs<2>(name, out);
  const Array array = x.array();
  Result values(name, outs[0], x.dtype(), shape, {array}, {.layout = Layout::RowMajor});
  Result index(name, outs[1], DType::Int64, shape, {array, values.array()},
               {.layout = Layout::RowMajor});
  Packed in(array, x.dtype());
  const Shape planes = planes_of(shape);
  const View value_planes(values.array(), planes), index_planes(index.array(), planes);
  {
    const ReleaseForLarge release(array.numel());
    cpu().pool.max_pool({.out = value_planes.array(),
                         .index = index_planes.array(),
                         .in = in.array(planes_of(x.shape())),
                         .window = window});
  }
  return nb::make_tuple(values.finish(), index.finish());
}

nb::object max_pool2d_backward(nb::handle grad_object, nb::handle indices_object,
                               nb::handle input_size, nb::handle out) {
  const char* name = "max_pool2d_backward";
  const Operand grad(name, "grad", grad_object), indices(name, "indices", indices_object);
  check_planes(name, "grad", grad);
  check_dtype(name, "indices", indices.dtype(), DType::Int64);
  check_shape(name, "indices", indices.shape(), grad.shape());
  int64_t size[2];
  read_sizes(name, "input_size", input_size, 1, size);
  const Shape shape = with_planes(grad.shape(), size);
  Packed g(grad.array(), grad.dtype()), index(indices.array(), DType::Int64);
  const int64_t* position = index.array().as<int64_t>();
  for (int64_t i = 0; i < index.array().numel(); ++i) {
    if (position[i] < -1 || position[i] >= size[0] * size[1]) {
      fail<IndexError>(name, ": index ", position[i], " is out of range for planes of (", size[0],
                       ", ", size[1], ")");
    }
  }
  Result result(name, out, grad.dtype(), shape, {grad.array(), indices.array()},
                {.layout = Layout::RowMajor});
  const View planes(result.array(), planes_of(shape));
  {
    const ReleaseForLarge release(result.array().numel());
    cpu().pool.max_pool_backward({.grad_in = planes.array(),
                                  .grad_out = g.array(planes_of(grad.shape())),
                                  .index = index.array(planes_of(grad.shape())),
                                  .window = {}});
  }
  return result.finish();
}

int64_t read_divisor(const char* name, nb::handle object) {
  int64_t divisor = 0;
  if (object.is_none()) return divisor;
  if (!nb::try_cast(object, divisor) || divisor == 0) {
    fail<ValueError>(name, ": divisor_override must be an int other than 0, or None");
  }
  return divisor;
}

nb::object avg_pool2d(nb::handle object, nb::handle kernel_size, nb::handle stride,
                      nb::handle padding, bool ceil_mode, bool count_include_pad,
                      nb::handle divisor_override, nb::handle out) {
  const char* name = "avg_pool2d";
  const Operand x(name, "x", object);
  check_planes(name, "x", x);
  const PoolWindow window = read_window(name, kernel_size, stride, padding, {});
  const int64_t divisor = read_divisor(name, divisor_override);
  int64_t size[2];
  for (int axis = 0; axis < 2; ++axis) {
    const int64_t in = x.shape()[x.shape().size() - 2 + static_cast<size_t>(axis)];
    size[axis] = count_windows(name, window, axis, in, ceil_mode);
  }
  const Shape shape = with_planes(x.shape(), size);
  Result result(name, out, x.dtype(), shape, {x.array()}, {.layout = Layout::RowMajor});
  Packed in(x.array(), x.dtype());
  const View planes(result.array(), planes_of(shape));
  {
    const ReleaseForLarge release(x.array().numel());
    cpu().pool.avg_pool({.out = planes.array(),
                         .in = in.array(planes_of(x.shape())),
                         .window = window,
                         .count_include_pad = count_include_pad,
                         .divisor_override = divisor});
  }
  return result.finish();
}

nb::object avg_pool2d_backward(nb::handle grad_object, nb::handle input_size,
                               nb::handle kernel_size, nb::handle stride, nb::handle padding,
                               bool ceil_mode, bool count_include_pad, nb::handle divisor_override,
                               nb::handle out) {
  const char* name = "avg_pool2d_backward";
  const Operand grad(name, "grad", grad_object);
  check_planes(name, "grad", grad);
  const PoolWindow window = read_window(name, kernel_size, stride, padding, {});
  const int64_t divisor = read_divisor(name, divisor_override);
  int64_t size[2], windows[2];
  read_sizes(name, "input_size", input_size, 1, size);
  for (int axis = 0; axis < 2; ++axis) {
    windows[axis] = count_windows(name, window, axis, size[axis], ceil_mode);
  }
  check_shape(name, "grad", grad.shape(), with_planes(grad.shape(), windows));
  const Shape shape = with_planes(grad.shape(), size);
  Result result(name, out, grad.dtype(), shape, {grad.array()}, {.layout = Layout::RowMajor});
  Packed g(grad.array(), grad.dtype());
  const View planes(result.array(), planes_of(shape));
  {
    const ReleaseForLarge release(result.array().numel());
    cpu().pool.avg_pool_backward({.grad_in = planes.array(),
                                  .grad_out = g.array(planes_of(grad.shape())),
                                  .window = window,
                                  .count_include_pad = count_include_pad,
                                  .divisor_override = divisor});
  }
  return result.finish();
}

nb::object adaptive_avg_pool2d(nb::handle object, nb::handle output_size, nb::handle out) {
  const char* name = "adaptive_avg_pool2d";
  const Operand x(name, "x", object);
  check_planes(name, "x", x);
  int64_t size[2];
  read_sizes(name, "output_size", output_size, 1, size);
  const Shape shape = with_planes(x.shape(), size), from = planes_of(x.shape());
  if (from[1] == 0 || from[2] == 0) {
    fail<ValueError>(name, ": the planes of x must not be empty, got ", ShapeText{x.shape()});
  }
  Result result(name, out, x.dtype(), shape, {x.array()}, {.layout = Layout::RowMajor});
  Packed in(x.array(), x.dtype());
  const View planes(result.array(), planes_of(shape));
  {
    const ReleaseForLarge release(x.array().numel());
    cpu().pool.adaptive_avg_pool({.out = planes.array(), .in = in.array(from)});
  }
  return result.finish();
}

nb::object adaptive_avg_pool2d_backward(nb::handle grad_object, nb::handle input_size,
                                        nb::handle out) {
  const char* name = "adaptive_avg_pool2d_backward";
  const Operand grad(name, "grad", grad_object);
  check_planes(name, "grad", grad);
  int64_t size[2];
  read_sizes(name, "input_size", input_size, 1, size);
  const Shape shape = with_planes(grad.shape(), size);
  Result result(name, out, grad.dtype(), shape, {grad.array()}, {.layout = Layout::RowMajor});
  Packed g(grad.array(), grad.dtype());
  const View planes(result.array(), planes_of(shape));
  {
    const ReleaseForLarge release(result.array().numel());
    cpu().pool.adaptive_avg_pool_backward(
        {.grad_in = planes.array(), .grad_out = g.array(planes_of(grad.shape()))});
  }
  return result.finish();
}

}  // namespace

#define TAEDA_PAIR "int | tuple[int, int]"

void init_pool(nb::module_& m) {
  m.def(
      "max_pool2d", &max_pool2d, nb::arg("x"), nb::arg("kernel_size"), nb::kw_only(),
      nb::arg("stride") = nb::none(), nb::arg("padding") = 0, nb::arg("dilation") = 1,
      nb::arg("ceil_mode") = false, nb::arg("out") = nb::none(),
      nb::sig("def max_pool2d(x: typing.Any, kernel_size: " TAEDA_PAIR ", *, stride: " TAEDA_PAIR
              " | None = None, padding: " TAEDA_PAIR " = 0, dilation: " TAEDA_PAIR
              " = 1, ceil_mode: bool = False, out: tuple[typing.Any, typing.Any] | None = None) "
              "-> tuple[typing.Any, typing.Any]"),
      "The largest element of each window, and its position row * w + column in the plane.\n\n"
      "x (n, c, h, w) or (c, h, w) gives two arrays (..., oh, ow); NaN is larger than any number.\n"
      "The stride is kernel_size unless given. Raises ValueError for shapes and windows that do "
      "not\nfit, TypeError for dtypes that are not float.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> taeda_kernels.max_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 2)\n"
      "(array([[[3.]]]), array([[[3]]]))");
  m.def(
      "max_pool2d_backward", &max_pool2d_backward, nb::arg("grad"), nb::arg("indices"),
      nb::arg("input_size"), nb::kw_only(), nb::arg("out") = nb::none(),
      nb::sig("def max_pool2d_backward(grad: typing.Any, indices: typing.Any, "
              "input_size: " TAEDA_PAIR ", *, out: typing.Any = None) -> typing.Any"),
      "The gradient of max_pool2d's operand, whose planes are input_size.\n\n"
      "grad and indices (..., oh, ow) give (..., h, w). Raises ValueError for shapes, IndexError\n"
      "for an index outside of the plane, TypeError for dtypes.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> indices = numpy.full((1, 1, 1), 3)\n"
      ">>> taeda_kernels.max_pool2d_backward(numpy.ones((1, 1, 1)), indices, 2)\n"
      "array([[[0., 0.],\n"
      "        [0., 1.]]])");
  m.def("avg_pool2d", &avg_pool2d, nb::arg("x"), nb::arg("kernel_size"), nb::kw_only(),
        nb::arg("stride") = nb::none(), nb::arg("padding") = 0, nb::arg("ceil_mode") = false,
        nb::arg("count_include_pad") = true, nb::arg("divisor_override") = nb::none(),
        nb::arg("out") = nb::none(),
        nb::sig("def avg_pool2d(x: typing.Any, kernel_size: " TAEDA_PAIR ", *, stride: " TAEDA_PAIR
                " | None = None, padding: " TAEDA_PAIR " = 0, ceil_mode: bool = False, "
                "count_include_pad: bool = True, divisor_override: int | None = None, "
                "out: typing.Any = None) -> typing.Any"),
        "The mean of each window.\n\n"
        "x (n, c, h, w) or (c, h, w) gives (..., oh, ow). The sum is divided by the number of "
        "elements,\nthose of the padding counted or not, or by divisor_override. Raises ValueError "
        "for shapes and\nwindows that do not fit, TypeError for dtypes that are not float.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.avg_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 2)\n"
        "array([[[1.5]]])");
  m.def("avg_pool2d_backward", &avg_pool2d_backward, nb::arg("grad"), nb::arg("input_size"),
        nb::arg("kernel_size"), nb::kw_only(), nb::arg("stride") = nb::none(),
        nb::arg("padding") = 0, nb::arg("ceil_mode") = false, nb::arg("count_include_pad") = true,
        nb::arg("divisor_override") = nb::none(), nb::arg("out") = nb::none(),
        nb::sig("def avg_pool2d_backward(grad: typing.Any, input_size: " TAEDA_PAIR
                ", kernel_size: " TAEDA_PAIR ", *, stride: " TAEDA_PAIR
                " | None = None, padding: " TAEDA_PAIR " = 0, ceil_mode: bool = False, "
                "count_include_pad: bool = True, divisor_override: int | None = None, "
                "out: typing.Any = None) -> typing.Any"),
        "The gradient of avg_pool2d's operand, whose planes are input_size.\n\n"
        "grad (..., oh, ow) gives (..., h, w). Raises ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.avg_pool2d_backward(numpy.ones((1, 1, 1)), 2, 2)\n"
        "array([[[0.25, 0.25],\n"
        "        [0.25, 0.25]]])");
  m.def(
      "adaptive_avg_pool2d", &adaptive_avg_pool2d, nb::arg("x"), nb::arg("output_size"),
      nb::kw_only(), nb::arg("out") = nb::none(),
      nb::sig("def adaptive_avg_pool2d(x: typing.Any, output_size: " TAEDA_PAIR
              ", *, out: typing.Any = None) -> typing.Any"),
      "The means of output_size windows that share a plane evenly.\n\n"
      "Output row i covers the rows floor(i h / oh) to ceil((i + 1) h / oh) - 1 of x (..., h, w);\n"
      "columns likewise. Raises ValueError for shapes, TypeError for dtypes that are not "
      "float.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> taeda_kernels.adaptive_avg_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 1)\n"
      "array([[[1.5]]])");
  m.def("adaptive_avg_pool2d_backward", &adaptive_avg_pool2d_backward, nb::arg("grad"),
        nb::arg("input_size"), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def adaptive_avg_pool2d_backward(grad: typing.Any, input_size: " TAEDA_PAIR
                ", *, out: typing.Any = None) -> typing.Any"),
        "The gradient of adaptive_avg_pool2d's operand, whose planes are input_size.\n\n"
        "grad (..., oh, ow) gives (..., h, w). Raises ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.adaptive_avg_pool2d_backward(numpy.ones((1, 1, 1)), 2)\n"
        "array([[[0.25, 0.25],\n"
        "        [0.25, 0.25]]])");
}

#undef TAEDA_PAIR

}  // namespace taeda::python

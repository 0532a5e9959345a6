// Elements that masks choose, triangles of matrices, and conversion and filling of whole arrays.
#include "bindings.h"
#include "operands.h"
#include "taeda/kernels/elementwise.h"

namespace taeda::python {
namespace {

void check_mask(const char* name, const Operand& mask) {
  if (mask.dtype() != DType::Bool) {
    fail<TypeError>(name, ": mask must be bool, got ", mask.dtype());
  }
}

nb::object masked_select(nb::handle object, nb::handle mask_object, nb::handle out) {
  const char* name = "masked_select";
  const Operand x(name, "x", object), mask(name, "mask", mask_object);
  check_mask(name, mask);
  const Sizes shapes[] = {x.shape(), mask.shape()};
  const Shape shape = broadcast_shapes(name, shapes);
  const View from = broadcast_to(x.array(), shape), flags = broadcast_to(mask.array(), shape);
  int64_t count;
  {
    const ReleaseForLarge release(product(shape));
    count = cpu().indexing.count_nonzero(flags.array());
  }
  Result result(name, out, x.dtype(), {&count, 1}, {x.array(), mask.array()},
                {.layout = Layout::RowMajor});
  if (count > 0) {
    const ReleaseForLarge release(product(shape));
    cpu().indexing.masked_select(result.array(), from.array(), flags.array());
  }
  return result.finish();
}

nb::object masked_fill(nb::handle object, nb::handle mask_object, nb::handle value_object,
                       nb::handle out) {
  const char* name = "masked_fill";
  const Operand x(name, "x", object), mask(name, "mask", mask_object);
  const Operand value(name, "value", value_object);
  check_mask(name, mask);
  if (!value.shape().empty()) {
    fail<ValueError>(name, ": value must be a number or have no dimensions, got ",
                     ShapeText{value.shape()});
  }
  const Sizes shapes[] = {x.shape(), mask.shape()};
  const Shape shape = broadcast_shapes(name, shapes);
  const View from = broadcast_to(x.array(), shape), flags = broadcast_to(mask.array(), shape);
  Result result(name, out, x.dtype(), shape, {from.array(), flags.array()},
                {.same_place_is_safe = true});
  const Packed converted(value.array(), x.dtype());
  const View filled = broadcast_to(converted.array(), shape);
  {
    const Array inputs[] = {flags.array(), filled.array(), from.array()};
    const ReleaseForLarge release(product(shape));
    cpu().elementwise.run({.arity = Arity::Ternary,
                           .op = index_of<Where>(),
                           .compute = x.dtype(),
                           .out = result.array(),
                           .inputs = inputs});
  }
  return result.finish();
}

nb::object nonzero(nb::handle object, nb::handle out) {
  const Operand x("nonzero", "x", object);
  const Array in = x.array();
  Shape shape{0, in.ndim()};
  {
    const ReleaseForLarge release(in.numel());
    shape[0] = cpu().indexing.count_nonzero(in);
  }
  Result result("nonzero", out, DType::Int64, shape, {in}, {.layout = Layout::RowMajor});
  if (product(shape) > 0) {
    const ReleaseForLarge release(in.numel());
    cpu().indexing.nonzero(result.array(), in);
  }
  return result.finish();
}

nb::object triangle(const char* name, bool lower, nb::handle object, int64_t diagonal,
                    nb::handle out) {
  const Operand x(name, "x", object);
  const Array in = x.array();
  if (in.ndim() < 2) {
    fail<ValueError>(name, ": x must have at least 2 dimensions, got ", ShapeText{in.shape});
  }
  Result result(name, out, x.dtype(), in.shape, {in}, {.same_place_is_safe = true});
  {
    const ReleaseForLarge release(in.numel());
    cpu().indexing.triangle(
        {.out = result.array(), .in = in, .diagonal = diagonal, .lower = lower});
  }
  return result.finish();
}

nb::object cast(nb::handle object, nb::handle dtype, nb::handle out) {
  const Operand x("cast", "x", object);
  Result result("cast", out, read_dtype("cast", dtype), x.shape(), {x.array()});
  {
    const ReleaseForLarge release(x.array().numel());
    cpu().elementwise.copy(result.array(), x.array());
  }
  return result.finish();
}

void fill(nb::handle out, nb::handle value_object) {
  const Output result("fill", out);
  const Operand value("fill", "value", value_object);
  if (!value.shape().empty()) {
    fail<ValueError>("fill: value must be a number or have no dimensions, got ",
                     ShapeText{value.shape()});
  }
  check_overlap("fill", result.array(), {}, true);
  const Packed converted(value.array(), result.array().dtype);
  const ReleaseForLarge release(result.array().numel());
  cpu().elementwise.fill(result.array(), converted.array().data);
}

}  // namespace

void init_masks(nb::module_& m) {
  m.def("masked_select", &masked_select, nb::arg("x"), nb::arg("mask"), nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig("def masked_select(x: typing.Any, mask: typing.Any, *, out: typing.Any = None) "
                "-> typing.Any"),
        "The elements of x where the mask holds, in row-major order: (count,).\n\n"
        "x and the mask, of bool, broadcast. Raises ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.masked_select(numpy.array([1, 2, 3]), numpy.array([True, False, "
        "True]))\n"
        "array([1, 3])");
  m.def("masked_fill", &masked_fill, nb::arg("x"), nb::arg("mask"), nb::arg("value"), nb::kw_only(),
        nb::arg("out") = nb::none(),
        nb::sig("def masked_fill(x: typing.Any, mask: typing.Any, value: typing.Any, *, "
                "out: typing.Any = None) -> typing.Any"),
        "x with the value, converted to its dtype, where the mask holds.\n\n"
        "x and the mask, of bool, broadcast; `out` may be x. Raises ValueError for shapes, "
        "TypeError\nfor dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.masked_fill(numpy.array([1, 2]), numpy.array([True, False]), 7)\n"
        "array([7, 2])");
  m.def("nonzero", &nonzero, nb::arg("x"), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def nonzero(x: typing.Any, *, out: typing.Any = None) -> typing.Any"),
        "The positions of the elements that are not zero, in row-major order: (count, ndim) of "
        "int64.\n\n"
        "Raises ValueError for an `out` of another shape.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.nonzero(numpy.array([[0, 5], [6, 0]]))\n"
        "array([[0, 1],\n"
        "       [1, 0]])");
  const auto define_triangle = [&m](const char* name, bool lower, const char* doc,
                                    const char* example) {
    m.def(
        name,
        [=](nb::handle x, int64_t diagonal, nb::handle out) {
          return triangle(name, lower, x, diagonal, out);
        },
        nb::arg("x"), nb::arg("diagonal") = 0, nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig(keep(std::string("def ") + name +
                     "(x: typing.Any, diagonal: int = 0, *, out: typing.Any = None) "
                     "-> typing.Any")),
        keep(std::string(doc) +
             "\n\nx (..., m, n) gives (..., m, n); `out` may be x. Raises ValueError for fewer "
             "than 2 dimensions.\n\n>>> import numpy, taeda_kernels\n" +
             example));
  };
  define_triangle("tril", true,
                  "The elements with column - row <= diagonal of matrices, 0 elsewhere.",
                  ">>> taeda_kernels.tril(numpy.ones((2, 2)))\narray([[1., 0.],\n"
                  "       [1., 1.]])");
  define_triangle("triu", false,
                  "The elements with column - row >= diagonal of matrices, 0 elsewhere.",
                  ">>> taeda_kernels.triu(numpy.ones((2, 2)))\narray([[1., 1.],\n"
                  "       [0., 1.]])");
  m.def("cast", &cast, nb::arg("x"), nb::arg("dtype"), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def cast(x: typing.Any, dtype: typing.Any, *, out: typing.Any = None) "
                "-> typing.Any"),
        "x converted to a dtype: floats are cut towards zero for integers, which wrap around.\n\n"
        "The result has the shape of x; bfloat16, which NumPy lacks, speaks DLPack. Raises "
        "TypeError\nfor a dtype that is not known.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.cast(numpy.array([1.7, -1.7]), \"int64\")\n"
        "array([ 1, -1])");
  m.def("fill", &fill, nb::arg("out"), nb::arg("value"),
        nb::sig("def fill(out: typing.Any, value: typing.Any) -> None"),
        "Writes the value, converted to the dtype of out, to every element of out.\n\n"
        "Raises ValueError for a value with dimensions and elements of out that share memory.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.zeros(3)\n"
        ">>> taeda_kernels.fill(x[::2], 4)\n"
        ">>> x\n"
        "array([4., 0., 4.])");
}

}  // namespace taeda::python

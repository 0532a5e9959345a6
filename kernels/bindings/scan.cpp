// Scans on arrays.
#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

struct ScanFacts {
  const char* name;
  ScanOp op;
  const char* what;
  const char* example;
};

nb::object scan(const char* name, ScanOp op, nb::handle object, int64_t axis, nb::handle wanted,
                nb::handle out) {
  const Operand x(name, "x", object);
  const Array array = x.array();
  const int at = read_axis(name, axis, array.ndim());
  const DType dtype = !wanted.is_none()            ? read_dtype(name, wanted)
                      : op == ScanOp::LogCumSumExp ? float_for(x.dtype())
                                                   : sum_dtype(x.dtype());
  if (op == ScanOp::LogCumSumExp) check_float(name, "the result", dtype);
  Result result(name, out, dtype, array.shape, {array}, {.same_place_is_safe = true});
  {
    const ReleaseForLarge release(array.numel());
    cpu().scan.run({.op = op, .out = result.array(), .index = {}, .in = array, .axis = at});
  }
  return result.finish();
}

nb::tuple scan_extremes(const char* name, ScanOp op, nb::handle object, int64_t axis,
                        nb::handle out) {
  const Operand x(name, "x", object);
  const Array array = x.array();
  const int at = read_axis(name, axis, array.ndim());
  const auto outs = read_outs<2>(name, out);
  Result values(name, outs[0], x.dtype(), array.shape, {array}, {.same_place_is_safe = true});
  Result index(name, outs[1], DType::Int64, array.shape, {array, values.array()});
  {
    const ReleaseForLarge release(array.numel());
    cpu().scan.run(
        {.op = op, .out = values.array(), .index = index.array(), .in = array, .axis = at});
  }
  return nb::make_tuple(values.finish(), index.finish());
}

}  // namespace

void init_scan(nb::module_& m) {
  static constexpr ScanFacts values[] = {
      {"cumsum", ScanOp::CumSum, "The sum of all elements up to each along axis.",
       "array([3., 4., 6.])"},
      {"cumprod", ScanOp::CumProd, "The product of all elements up to each along axis.",
       "array([3., 3., 6.])"},
      {"logcumsumexp", ScanOp::LogCumSumExp,
       "log(sum(exp(x))) of all elements up to each along axis.",
       "array([3.        , 3.12692801, 3.40760596])"}};
  for (const ScanFacts& known : values) {
    m.def(
        known.name,
        [&known](nb::handle x, int64_t axis, nb::handle dtype, nb::handle out) {
          return scan(known.name, known.op, x, axis, dtype, out);
        },
        nb::arg("x"), nb::arg("axis") = -1, nb::kw_only(), nb::arg("dtype") = nb::none(),
        nb::arg("out") = nb::none(),
        nb::sig(keep(std::string("def ") + known.name +
                     "(x: typing.Any, axis: int = -1, *, dtype: typing.Any = None, "
                     "out: typing.Any = None) -> typing.Any")),
        keep(std::string(known.what) + "\n\nThe shape is that of x; integers give " +
             (known.op == ScanOp::LogCumSumExp ? "float32" : "int64") +
             " unless dtype names another. `out` may be x.\nRaises IndexError for an axis out of "
             "range, ValueError for an `out` of another shape.\n\n"
             ">>> import numpy, taeda_kernels\n>>> taeda_kernels." +
             known.name + "(numpy.array([3.0, 1.0, 2.0]))\n" + known.example));
  }
  static constexpr ScanFacts extremes[] = {
      {"cummax", ScanOp::CumMax, "largest", "(array([1., 3., 3.]), array([0, 1, 1]))"},
      {"cummin", ScanOp::CumMin, "smallest", "(array([1., 1., 1.]), array([0, 0, 0]))"}};
  for (const ScanFacts& known : extremes) {
    m.def(
        known.name,
        [&known](nb::handle x, int64_t axis, nb::handle out) {
          return scan_extremes(known.name, known.op, x, axis, out);
        },
        nb::arg("x"), nb::arg("axis") = -1, nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig(keep(std::string("def ") + known.name +
                     "(x: typing.Any, axis: int = -1, *, out: tuple[typing.Any, typing.Any] | "
                     "None = None) -> tuple[typing.Any, typing.Any]")),
        keep(std::string("The ") + known.what +
             " element so far along axis, and where it stands.\n\nBoth have the shape of x; of "
             "equal elements the last is named, and after a NaN all are NaN.\n`out` is a pair of "
             "arrays. Raises IndexError for an axis out of range.\n\n"
             ">>> import numpy, taeda_kernels\n>>> taeda_kernels." +
             known.name + "(numpy.array([1.0, 3.0, 2.0]))\n" + known.example));
  }
}

}  // namespace taeda::python

// Softmax and its logarithm on arrays, with their gradients.
#include "bindings.h"
#include "operands.h"

namespace taeda::python {
namespace {

nb::object forward(const char* name, bool log, nb::handle object, int64_t axis, nb::handle out) {
  const Operand x(name, "x", object);
  const Array array = x.array();
  check_float(name, "x", x.dtype());
  const int at = read_axis(name, axis, array.ndim());
  Result result(name, out, x.dtype(), array.shape, {array}, {.same_place_is_safe = true});
  {
    const ReleaseForLarge release(array.numel());
    cpu().softmax.forward({.out = result.array(), .in = array, .axis = at, .log = log});
  }
  return result.finish();
}

nb::object backward(const char* name, bool log, nb::handle grad_object, nb::handle result_object,
                    int64_t axis, nb::handle out) {
  const Operand grad(name, "grad", grad_object), known(name, "result", result_object);
  const Array g = grad.array(), y = known.array();
  check_float(name, "grad", g.dtype);
  check_dtype(name, "result", y.dtype, g.dtype);
  check_shape(name, "result", y.shape, g.shape);
  const int at = read_axis(name, axis, g.ndim());
  Result result(name, out, g.dtype, g.shape, {g, y}, {.same_place_is_safe = true});
  {
    const ReleaseForLarge release(g.numel());
    cpu().softmax.backward(
        {.grad_in = result.array(), .grad_out = g, .result = y, .axis = at, .log = log});
  }
  return result.finish();
}

void define(nb::module_& m, bool log) {
  const char* name = log ? "log_softmax" : "softmax";
  m.def(
      name,
      [name, log](nb::handle x, int64_t axis, nb::handle out) {
        return forward(name, log, x, axis, out);
      },
      nb::arg("x"), nb::arg("axis") = -1, nb::kw_only(), nb::arg("out") = nb::none(),
      nb::sig(keep(std::string("def ") + name +
                   "(x: typing.Any, axis: int = -1, *, out: typing.Any = None) -> typing.Any")),
      keep(std::string(log ? "x - log(sum(exp(x))) along axis, without overflow."
                           : "exp(x) / sum(exp(x)) along axis, without overflow.") +
           "\n\nFloat dtypes; the shape is that of x, and `out` may be x. Raises TypeError for "
           "other dtypes,\nIndexError for an axis out of range.\n\n"
           ">>> import numpy, taeda_kernels\n>>> taeda_kernels." +
           name + "(numpy.zeros(2))\n" +
           (log ? "array([-0.69314718, -0.69314718])" : "array([0.5, 0.5])")));

  const char* gradient = log ? "log_softmax_backward" : "softmax_backward";
  m.def(
      gradient,
      [gradient, log](nb::handle grad, nb::handle result, int64_t axis, nb::handle out) {
        return backward(gradient, log, grad, result, axis, out);
      },
      nb::arg("grad"), nb::arg("result"), nb::arg("axis") = -1, nb::kw_only(),
      nb::arg("out") = nb::none(),
      nb::sig(keep(std::string("def ") + gradient +
                   "(grad: typing.Any, result: typing.Any, axis: int = -1, *, "
                   "out: typing.Any = None) -> typing.Any")),
      keep(std::string(log ? "grad - exp(result) * sum(grad): the gradient of log_softmax."
                           : "result * (grad - sum(grad * result)): the gradient of softmax.") +
           "\n\nBoth have one shape, that of the gradient. Raises TypeError for dtypes, ValueError "
           "for shapes.\n\n"
           ">>> import numpy, taeda_kernels\n>>> result = taeda_kernels." +
           name + "(numpy.zeros(2))\n>>> taeda_kernels." + gradient +
           "(numpy.array([1.0, 0.0]), result)\n" +
           (log ? "array([ 0.5, -0.5])" : "array([ 0.25, -0.25])")));
}

}  // namespace

void init_softmax(nb::module_& m) {
  define(m, false);
  define(m, true);
}

}  // namespace taeda::python

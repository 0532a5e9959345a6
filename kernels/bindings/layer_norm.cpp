// Layer and RMS normalisation of rows.
#include "bindings.h"
#include "normalization.h"

namespace taeda::python {
namespace {

void run(NormCall& call, double eps, bool centered) {
  const Array in = call.in();
  const ReleaseForLarge release(in.numel());
  cpu().normalization.layer_norm({.out = call.to(),
                                  .mean = call.mean.array(),
                                  .rstd = call.rstd.array(),
                                  .in = in,
                                  .weight = call.weight.array(),
                                  .bias = call.bias.array(),
                                  .eps = eps,
                                  .centered = centered});
}

void run_backward(NormBackwardCall& call, bool centered) {
  const Array in = call.in(), grad = call.grad_out();
  const ReleaseForLarge release(in.numel());
  cpu().normalization.layer_norm_backward({.grad_in = call.to(),
                                           .grad_weight = call.grad_weight.array(),
                                           .grad_bias = call.grad_bias.array(),
                                           .grad_out = grad,
                                           .in = in,
                                           .mean = call.mean.array(),
                                           .rstd = call.rstd.array(),
                                           .weight = call.weight.array(),
                                           .centered = centered});
}

nb::tuple layer_norm(nb::handle object, nb::handle weight, nb::handle bias, double eps,
                     nb::handle out) {
  const Input x("layer_norm", object, Input::Seen::Rows);
  NormCall call("layer_norm", x, weight, bias, x.shape[0], out);
  run(call, eps, true);
  return call.finish();
}

nb::tuple layer_norm_backward(nb::handle grad, nb::handle object, nb::handle mean, nb::handle rstd,
                              nb::handle weight, nb::handle out) {
  const char* name = "layer_norm_backward";
  const Input x(name, object, Input::Seen::Rows);
  NormBackwardCall call(name, grad, x, mean, rstd, weight, x.shape[0], out);
  run_backward(call, true);
  return call.finish();
}

nb::tuple rms_norm(nb::handle object, nb::handle weight, double eps, nb::handle out) {
  const Input x("rms_norm", object, Input::Seen::Rows);
  NormCall call("rms_norm", x, weight, nb::none(), x.shape[0], out);
  run(call, eps, false);
  return nb::make_tuple(call.out.finish(), call.rstd.finish());
}

nb::tuple rms_norm_backward(nb::handle grad, nb::handle object, nb::handle rstd, nb::handle weight,
                            nb::handle out) {
  const char* name = "rms_norm_backward";
  const Input x(name, object, Input::Seen::Rows);
  NormBackwardCall call(name, grad, x, nb::none(), rstd, weight, x.shape[0], out);
  run_backward(call, false);
  return nb::make_tuple(call.grad_x.finish(), call.grad_weight.finish());
}

}  // namespace

void init_layer_norm(nb::module_& m) {
  m.def("layer_norm", &layer_norm, nb::arg("x"), nb::arg("weight") = nb::none(),
        nb::arg("bias") = nb::none(), nb::kw_only(), nb::arg("eps") = 1e-5,
        nb::arg("out") = nb::none(),
        nb::sig("def layer_norm(x: typing.Any, weight: typing.Any = None, "
                "bias: typing.Any = None, *, eps: float = 1e-05, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "(x - mean) / sqrt(var + eps) * weight + bias along the last axis, with mean and rstd.\n\n"
        "x (..., n), of a float dtype, weight and bias (n,) give a result (..., n), which `out` "
        "takes,\nand two arrays with an element for each row: mean and rstd = 1 / sqrt(var + eps), "
        "var the\nbiased variance. A row has the same bits alone and in a batch. Raises ValueError "
        "for shapes,\nTypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> result, mean, rstd = taeda_kernels.layer_norm(numpy.array([[1.0, 3.0]]), eps=0)\n"
        ">>> result, mean\n"
        "(array([[-1.,  1.]]), array([2.]))");
  m.def("layer_norm_backward", &layer_norm_backward, nb::arg("grad"), nb::arg("x"), nb::arg("mean"),
        nb::arg("rstd"), nb::arg("weight") = nb::none(), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def layer_norm_backward(grad: typing.Any, x: typing.Any, mean: typing.Any, "
                "rstd: typing.Any, weight: typing.Any = None, *, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "The gradients of layer_norm's x, weight and bias from that of its result.\n\n"
        "grad and x (..., n), mean and rstd as layer_norm gave them, weight (n,) give (..., n), "
        "which\n`out` takes, (n,) and (n,). Raises ValueError for shapes, TypeError for "
        "dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.array([[1.0, 3.0]])\n"
        ">>> result, mean, rstd = taeda_kernels.layer_norm(x, eps=0)\n"
        ">>> taeda_kernels.layer_norm_backward(numpy.array([[2.0, 5.0]]), x, mean, rstd)[1:]\n"
        "(array([-2.,  5.]), array([2., 5.]))");
  m.def("rms_norm", &rms_norm, nb::arg("x"), nb::arg("weight") = nb::none(), nb::kw_only(),
        nb::arg("eps") = 1e-6, nb::arg("out") = nb::none(),
        nb::sig("def rms_norm(x: typing.Any, weight: typing.Any = None, *, eps: float = 1e-06, "
                "out: typing.Any = None) -> tuple[typing.Any, typing.Any]"),
        "x / sqrt(mean(x^2) + eps) * weight along the last axis, with the factor.\n\n"
        "x (..., n), of a float dtype, and weight (n,) give a result (..., n), which `out` takes, "
        "and\nrstd = 1 / sqrt(mean(x^2) + eps) for each row. Raises ValueError for shapes, "
        "TypeError for\ndtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.rms_norm(numpy.array([[2.0, 2.0]]), eps=0)\n"
        "(array([[1., 1.]]), array([0.5]))");
  m.def("rms_norm_backward", &rms_norm_backward, nb::arg("grad"), nb::arg("x"), nb::arg("rstd"),
        nb::arg("weight") = nb::none(), nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def rms_norm_backward(grad: typing.Any, x: typing.Any, rstd: typing.Any, "
                "weight: typing.Any = None, *, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any]"),
        "The gradients of rms_norm's x and weight from that of its result.\n\n"
        "grad and x (..., n), rstd as rms_norm gave it, weight (n,) give (..., n), which `out` "
        "takes,\nand (n,). Raises ValueError for shapes, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.array([[2.0, 2.0]])\n"
        ">>> result, rstd = taeda_kernels.rms_norm(x, eps=0)\n"
        ">>> taeda_kernels.rms_norm_backward(numpy.array([[1.0, 3.0]]), x, rstd)\n"
        "(array([[-0.5,  0.5]]), array([1., 3.]))");
}

}  // namespace taeda::python

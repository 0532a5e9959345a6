// Batch and group normalisation of channels.
#include "bindings.h"
#include "normalization.h"

namespace taeda::python {
namespace {

// Running statistics, which training writes; or none.
class Running {
 public:
  Running(const char* operation, const char* argument, nb::handle object, int64_t size,
          bool training) {
    if (object.is_none()) return;
    if (training)
      array_ = View(written_.emplace(operation, object).array());
    else
      array_ = View(read_.emplace(operation, argument, object).array());
    check_float(operation, argument, array_.dtype);
    check_shape(operation, argument, array_.shape, {&size, 1});
    packed_.emplace(array_.array(), array_.dtype);
  }

  Array array() const { return packed_ ? packed_->array() : Array{}; }
  void store() const {
    if (packed_ && array().data != array_.data) cpu().elementwise.copy(array_.array(), array());
  }

 private:
  std::optional<Output> written_;
  std::optional<Operand> read_;
  View array_;
  std::optional<Packed> packed_;
};

nb::tuple batch_norm(nb::handle object, nb::handle weight, nb::handle bias, nb::handle mean_object,
                     nb::handle var_object, bool training, double momentum, double eps,
                     nb::handle out) {
  const char* name = "batch_norm";
  const Input x(name, object, Input::Seen::Planes);
  const int64_t channels = x.parameters();
  if (mean_object.is_none() != var_object.is_none()) {
    fail<ValueError>(name, ": running_mean and running_var come together or not at all");
  }
  if (!training && mean_object.is_none()) {
    fail<ValueError>(name, ": running_mean and running_var are needed unless training");
  }
  if (training && x.shape[0] * x.shape[2] == 1) {
    fail<ValueError>(name, ": training needs more than one value for each channel, got the shape ",
                     ShapeText{x.operand.shape()});
  }
  const Running mean(name, "running_mean", mean_object, channels, training),
      var(name, "running_var", var_object, channels, training);
  NormCall call(name, x, weight, bias, channels, out);
  {
    const Array in = call.in();
    const ReleaseForLarge release(in.numel());
    cpu().normalization.batch_norm({.out = call.to(),
                                    .mean = call.mean.array(),
                                    .rstd = call.rstd.array(),
                                    .in = in,
                                    .weight = call.weight.array(),
                                    .bias = call.bias.array(),
                                    .running_mean = mean.array(),
                                    .running_var = var.array(),
                                    .training = training,
                                    .momentum = momentum,
                                    .eps = eps});
    if (training) {
      mean.store();
      var.store();
    }
  }
  return call.finish();
}

nb::tuple batch_norm_backward(nb::handle grad, nb::handle object, nb::handle mean, nb::handle rstd,
                              nb::handle weight, bool training, nb::handle out) {
  const char* name = "batch_norm_backward";
  const Input x(name, object, Input::Seen::Planes);
  NormBackwardCall call(name, grad, x, mean, rstd, weight, x.parameters(), out);
  {
    const Array in = call.in(), g = call.grad_out();
    const ReleaseForLarge release(in.numel());
    cpu().normalization.batch_norm_backward({.grad_in = call.to(),
                                             .grad_weight = call.grad_weight.array(),
                                             .grad_bias = call.grad_bias.array(),
                                             .grad_out = g,
                                             .in = in,
                                             .mean = call.mean.array(),
                                             .rstd = call.rstd.array(),
                                             .weight = call.weight.array(),
                                             .training = training});
  }
  return call.finish();
}

void check_groups(const char* name, const Input& x, int64_t groups) {
  if (groups < 1 || x.shape[1] % groups != 0) {
    fail<ValueError>(name, ": groups must divide the number of channels, got ", groups,
                     " groups for ", x.shape[1], " channels");
  }
}

nb::tuple group_norm(nb::handle object, int64_t groups, nb::handle weight, nb::handle bias,
                     double eps, nb::handle out) {
  const Input x("group_norm", object, Input::Seen::Planes);
  check_groups("group_norm", x, groups);
  NormCall call("group_norm", x, weight, bias, x.shape[0] * groups, out);
  {
    const Array in = call.in();
    const ReleaseForLarge release(in.numel());
    cpu().normalization.group_norm({.out = call.to(),
                                    .mean = call.mean.array(),
                                    .rstd = call.rstd.array(),
                                    .in = in,
                                    .weight = call.weight.array(),
                                    .bias = call.bias.array(),
                                    .groups = groups,
                                    .eps = eps});
  }
  return call.finish();
}

nb::tuple group_norm_backward(nb::handle grad, nb::handle object, int64_t groups, nb::handle mean,
                              nb::handle rstd, nb::handle weight, nb::handle out) {
  const char* name = "group_norm_backward";
  const Input x(name, object, Input::Seen::Planes);
  check_groups(name, x, groups);
  NormBackwardCall call(name, grad, x, mean, rstd, weight, x.shape[0] * groups, out);
  {
    const Array in = call.in(), g = call.grad_out();
    const ReleaseForLarge release(in.numel());
    cpu().normalization.group_norm_backward({.grad_in = call.to(),
                                             .grad_weight = call.grad_weight.array(),
                                             .grad_bias = call.grad_bias.array(),
                                             .grad_out = g,
                                             .in = in,
                                             .mean = call.mean.array(),
                                             .rstd = call.rstd.array(),
                                             .weight = call.weight.array(),
                                             .groups = groups});
  }
  return call.finish();
}

}  // namespace

void init_batch_norm(nb::module_& m) {
  m.def("batch_norm", &batch_norm, nb::arg("x"), nb::arg("weight") = nb::none(),
        nb::arg("bias") = nb::none(), nb::arg("running_mean") = nb::none(),
        nb::arg("running_var") = nb::none(), nb::kw_only(), nb::arg("training") = true,
        nb::arg("momentum") = 0.1, nb::arg("eps") = 1e-5, nb::arg("out") = nb::none(),
        nb::sig("def batch_norm(x: typing.Any, weight: typing.Any = None, "
                "bias: typing.Any = None, running_mean: typing.Any = None, "
                "running_var: typing.Any = None, *, training: bool = True, "
                "momentum: float = 0.1, eps: float = 1e-05, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "(x - mean) / sqrt(var + eps) * weight + bias for each channel, with mean and rstd.\n\n"
        "x (n, c, ...), of a float dtype, and vectors (c,) give a result of the shape of x, which "
        "`out`\ntakes, mean (c,) and rstd (c,) = 1 / sqrt(var + eps). In training mean and the "
        "biased variance\nare those of the batch, and move the running ones in place:\n"
        "running = (1 - momentum) running + momentum new, of the unbiased variance. Otherwise the\n"
        "running ones are used. Raises ValueError for shapes, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x, running_mean, running_var = numpy.array([[1.0], [3.0]]), numpy.zeros(1), "
        "numpy.ones(1)\n"
        ">>> taeda_kernels.batch_norm(x, None, None, running_mean, running_var, eps=0)[0]\n"
        "array([[-1.],\n"
        "       [ 1.]])\n"
        ">>> running_mean\n"
        "array([0.2])");
  m.def("batch_norm_backward", &batch_norm_backward, nb::arg("grad"), nb::arg("x"), nb::arg("mean"),
        nb::arg("rstd"), nb::arg("weight") = nb::none(), nb::kw_only(), nb::arg("training") = true,
        nb::arg("out") = nb::none(),
        nb::sig("def batch_norm_backward(grad: typing.Any, x: typing.Any, mean: typing.Any, "
                "rstd: typing.Any, weight: typing.Any = None, *, training: bool = True, "
                "out: typing.Any = None) -> tuple[typing.Any, typing.Any, typing.Any]"),
        "The gradients of batch_norm's x, weight and bias from that of its result.\n\n"
        "grad and x (n, c, ...), mean and rstd as batch_norm gave them, weight (c,) give an array "
        "of the\nshape of x, which `out` takes, (c,) and (c,). Raises ValueError for shapes, "
        "TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.array([[1.0], [3.0]])\n"
        ">>> result, mean, rstd = taeda_kernels.batch_norm(x, eps=0)\n"
        ">>> taeda_kernels.batch_norm_backward(numpy.array([[2.0], [5.0]]), x, mean, rstd)[1:]\n"
        "(array([3.]), array([7.]))");
  m.def("group_norm", &group_norm, nb::arg("x"), nb::arg("groups"), nb::arg("weight") = nb::none(),
        nb::arg("bias") = nb::none(), nb::kw_only(), nb::arg("eps") = 1e-5,
        nb::arg("out") = nb::none(),
        nb::sig("def group_norm(x: typing.Any, groups: int, weight: typing.Any = None, "
                "bias: typing.Any = None, *, eps: float = 1e-05, out: typing.Any = None) "
                "-> tuple[typing.Any, typing.Any, typing.Any]"),
        "(x - mean) / sqrt(var + eps) * weight + bias, with statistics of groups of channels.\n\n"
        "x (n, c, ...), of a float dtype, and vectors (c,) give a result of the shape of x, which "
        "`out`\ntakes, and mean and rstd = 1 / sqrt(var + eps) of each sample's groups (n "
        "groups,). A sample\nhas the same bits alone and in a batch. Raises ValueError for shapes, "
        "TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> taeda_kernels.group_norm(numpy.array([[1.0, 3.0, 5.0, 5.0]]), 2)[1]\n"
        "array([2., 5.])");
  m.def("group_norm_backward", &group_norm_backward, nb::arg("grad"), nb::arg("x"),
        nb::arg("groups"), nb::arg("mean"), nb::arg("rstd"), nb::arg("weight") = nb::none(),
        nb::kw_only(), nb::arg("out") = nb::none(),
        nb::sig("def group_norm_backward(grad: typing.Any, x: typing.Any, groups: int, "
                "mean: typing.Any, rstd: typing.Any, weight: typing.Any = None, *, "
                "out: typing.Any = None) -> tuple[typing.Any, typing.Any, typing.Any]"),
        "The gradients of group_norm's x, weight and bias from that of its result.\n\n"
        "grad and x (n, c, ...), mean and rstd as group_norm gave them, weight (c,) give an array "
        "of the\nshape of x, which `out` takes, (c,) and (c,). Raises ValueError for shapes, "
        "TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> x = numpy.array([[1.0, 3.0]])\n"
        ">>> result, mean, rstd = taeda_kernels.group_norm(x, 1, eps=0)\n"
        ">>> taeda_kernels.group_norm_backward(numpy.array([[2.0, 5.0]]), x, 1, mean, rstd)[2]\n"
        "array([2., 5.])");
}

}  // namespace taeda::python

// Steps of optimisers over lists of arrays.
#include "optimizer_step.h"

namespace taeda::python {
namespace {

void sgd_step(nb::handle params, nb::handle grads, nb::handle momentum_buffers, double lr,
              double momentum, double dampening, double weight_decay, bool nesterov, bool maximize,
              bool first_step) {
  const char* name = "sgd_step";
  if (momentum_buffers.is_none() != (momentum == 0)) {
    fail<ValueError>(name,
                     ": momentum_buffers are needed with momentum, and only then; momentum "
                     "is ",
                     momentum);
  }
  Step step(name, params, grads,
            momentum == 0 ? Step::States{} : Step::States{{"momentum_buffers", momentum_buffers}});
  const ReleaseForLarge release(step.elements());
  cpu().optimizer.sgd({.dtype = step.dtype(),
                       .tensors = step.tensors(),
                       .lr = lr,
                       .momentum = momentum,
                       .dampening = dampening,
                       .weight_decay = weight_decay,
                       .nesterov = nesterov,
                       .maximize = maximize,
                       .first_step = first_step});
  step.finish();
}

void adam_step(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
               nb::handle max_exp_avg_sqs, int64_t count, double lr, double beta1, double beta2,
               double eps, double weight_decay, bool maximize, bool decoupled_weight_decay) {
  const char* name = "adam_step";
  if (count < 1) fail<ValueError>(name, ": step counts from 1, got ", count);
  const bool amsgrad = !max_exp_avg_sqs.is_none();
  Step step(name, params, grads,
            amsgrad ? Step::States{{"exp_avgs", exp_avgs},
                                   {"exp_avg_sqs", exp_avg_sqs},
                                   {"max_exp_avg_sqs", max_exp_avg_sqs}}
                    : Step::States{{"exp_avgs", exp_avgs}, {"exp_avg_sqs", exp_avg_sqs}});
  const ReleaseForLarge release(step.elements());
  cpu().optimizer.adam({step.call(lr, weight_decay, maximize), beta1, beta2, eps,
                        adam_sizes(lr, beta1, beta2, count), amsgrad, decoupled_weight_decay});
  step.finish();
}

}  // namespace

void init_optimizer(nb::module_& m) {
  m.def(
      "sgd_step", &sgd_step, nb::arg("params"), nb::arg("grads"),
      nb::arg("momentum_buffers") = nb::none(), nb::kw_only(), nb::arg("lr"),
      nb::arg("momentum") = 0.0, nb::arg("dampening") = 0.0, nb::arg("weight_decay") = 0.0,
      nb::arg("nesterov") = false, nb::arg("maximize") = false, nb::arg("first_step") = false,
      nb::sig("def sgd_step(params: list[typing.Any], grads: list[typing.Any], "
              "momentum_buffers: list[typing.Any] | None = None, *, lr: float, "
              "momentum: float = 0.0, dampening: float = 0.0, weight_decay: float = 0.0, "
              "nesterov: bool = False, maximize: bool = False, first_step: bool = False) "
              "-> None"),
      "One step of stochastic gradient descent over all params at once, in place.\n\n"
      "g = grad + weight_decay p; with momentum b = momentum b + (1 - dampening) g (b = g on the\n"
      "first step), g = b or with nesterov g + momentum b; p = p - lr g. The arrays of one place\n"
      "in the lists have one shape, all have one float dtype. Raises ValueError for lengths and\n"
      "shapes, TypeError for dtypes.\n\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> p = numpy.array([1.0, 2.0])\n"
      ">>> taeda_kernels.sgd_step([p], [numpy.array([1.0, -1.0])], lr=0.5)\n"
      ">>> p\n"
      "array([0.5, 2.5])");
  m.def("adam_step", &adam_step, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::arg("max_exp_avg_sqs") = nb::none(), nb::kw_only(),
        nb::arg("step"), nb::arg("lr") = 1e-3, nb::arg("beta1") = 0.9, nb::arg("beta2") = 0.999,
        nb::arg("eps") = 1e-8, nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
        nb::arg("decoupled_weight_decay") = false,
        nb::sig("def adam_step(params: list[typing.Any], grads: list[typing.Any], "
                "exp_avgs: list[typing.Any], exp_avg_sqs: list[typing.Any], "
                "max_exp_avg_sqs: list[typing.Any] | None = None, *, step: int, "
                "lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-08, "
                "weight_decay: float = 0.0, maximize: bool = False, "
                "decoupled_weight_decay: bool = False) -> None"),
        "One step of Adam over all params at once, in place; decoupled, it is AdamW.\n\n"
        "m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,\n"
        "p = p - lr / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps), where v is the\n"
        "largest so far if max_exp_avg_sqs are given (AMSGrad). step counts from 1. Raises "
        "ValueError\nfor lengths and shapes, TypeError for dtypes.\n\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)\n"
        ">>> taeda_kernels.adam_step([p], [numpy.array([2.0])], [m], [v], step=1, lr=0.25)\n"
        ">>> p.round(6)\n"
        "array([0.75])");
  init_optimizer_kin(m);
}

}  // namespace taeda::python

// Steps of RMSprop, Adagrad, Adadelta and the kin of Adam over lists of arrays.
#include "optimizer_step.h"

namespace taeda::python {
namespace {

void check_count(const char* name, int64_t step) {
  if (step < 1) fail<ValueError>(name, ": step counts from 1, got ", step);
}

void rmsprop_step(nb::handle params, nb::handle grads, nb::handle square_avgs,
                  nb::handle momentum_buffers, nb::handle grad_avgs, double lr, double alpha,
                  double eps, double momentum, double weight_decay, bool maximize) {
  const char* name = "rmsprop_step";
  if (momentum_buffers.is_none() != (momentum == 0)) {
    fail<ValueError>(
        name, ": momentum_buffers are needed with momentum, and only then; momentum is ", momentum);
  }
  const bool centered = !grad_avgs.is_none();
  std::vector<Step::State> states{{"square_avgs", square_avgs}};
  if (momentum != 0) states.emplace_back("momentum_buffers", momentum_buffers);
  if (centered) states.emplace_back("grad_avgs", grad_avgs);
  Step lists(name, params, grads, states);
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.rms_prop(
      {lists.call(lr, weight_decay, maximize), alpha, eps, momentum, centered});
  lists.finish();
}

void adagrad_step(nb::handle params, nb::handle grads, nb::handle sums, int64_t step, double lr,
                  double lr_decay, double eps, double weight_decay, bool maximize) {
  const char* name = "adagrad_step";
  check_count(name, step);
  Step lists(name, params, grads, {{"sums", sums}});
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.adagrad({lists.call(lr, weight_decay, maximize), step, lr_decay, eps});
  lists.finish();
}

void adadelta_step(nb::handle params, nb::handle grads, nb::handle square_avgs,
                   nb::handle acc_deltas, double lr, double rho, double eps, double weight_decay,
                   bool maximize) {
  const char* name = "adadelta_step";
  Step lists(name, params, grads, {{"square_avgs", square_avgs}, {"acc_deltas", acc_deltas}});
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.adadelta({lists.call(lr, weight_decay, maximize), rho, eps});
  lists.finish();
}

void adamax_step(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_infs,
                 int64_t step, double lr, double beta1, double beta2, double eps,
                 double weight_decay, bool maximize) {
  const char* name = "adamax_step";
  check_count(name, step);
  Step lists(name, params, grads, {{"exp_avgs", exp_avgs}, {"exp_infs", exp_infs}});
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.adamax({lists.call(lr, weight_decay, maximize), step, beta1, beta2, eps});
  lists.finish();
}

void nadam_step(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                double mu_product, int64_t step, double lr, double beta1, double beta2, double eps,
                double momentum_decay, double weight_decay, bool maximize,
                bool decoupled_weight_decay) {
  const char* name = "nadam_step";
  check_count(name, step);
  Step lists(name, params, grads, {{"exp_avgs", exp_avgs}, {"exp_avg_sqs", exp_avg_sqs}});
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.adam({lists.call(lr, weight_decay, maximize), beta1, beta2, eps,
                        nadam_sizes(lr, beta1, beta2, momentum_decay, mu_product, step), false,
                        decoupled_weight_decay});
  lists.finish();
}

void radam_step(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                int64_t step, double lr, double beta1, double beta2, double eps,
                double weight_decay, bool maximize, bool decoupled_weight_decay) {
  const char* name = "radam_step";
  check_count(name, step);
  Step lists(name, params, grads, {{"exp_avgs", exp_avgs}, {"exp_avg_sqs", exp_avg_sqs}});
  const ReleaseForLarge release(lists.elements());
  cpu().optimizer.adam({lists.call(lr, weight_decay, maximize), beta1, beta2, eps,
                        radam_sizes(lr, beta1, beta2, step), false, decoupled_weight_decay});
  lists.finish();
}

}  // namespace

void init_optimizer_kin(nb::module_& m) {
  m.def("rmsprop_step", &rmsprop_step, nb::arg("params"), nb::arg("grads"), nb::arg("square_avgs"),
        nb::arg("momentum_buffers") = nb::none(), nb::arg("grad_avgs") = nb::none(), nb::kw_only(),
        nb::arg("lr") = 0.01, nb::arg("alpha") = 0.99, nb::arg("eps") = 1e-08,
        nb::arg("momentum") = 0.0, nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
        nb::sig("def rmsprop_step(params: list[typing.Any], grads: list[typing.Any], "
                "square_avgs: list[typing.Any], "
                "momentum_buffers: list[typing.Any] | None = None, "
                "grad_avgs: list[typing.Any] | None = None, *, lr: float = 0.01, "
                "alpha: float = 0.99, eps: float = 1e-08, momentum: float = 0.0, "
                "weight_decay: float = 0.0, maximize: bool = False) -> None"),
        "One step of RMSprop over all params at once, in place.\n"
        "\n"
        "s = alpha s + (1 - alpha) g^2; with grad_avgs c = c + (1 - alpha) (g - c), and s - c^2 "
        "stands for s.\n"
        "q = g / (sqrt(s) + eps); with momentum_buffers, needed with momentum, b = momentum b + q "
        "stands\n"
        "for q. p = p - lr q. Raises ValueError for lengths and shapes, TypeError for dtypes.\n"
        "\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> p, s = numpy.array([1.0]), numpy.zeros(1)\n"
        ">>> taeda_kernels.rmsprop_step([p], [numpy.array([2.0])], [s], lr=0.25, alpha=0.75)\n"
        ">>> p.round(6)\n"
        "array([0.5])");
  m.def("adagrad_step", &adagrad_step, nb::arg("params"), nb::arg("grads"), nb::arg("sums"),
        nb::kw_only(), nb::arg("step"), nb::arg("lr") = 0.01, nb::arg("lr_decay") = 0.0,
        nb::arg("eps") = 1e-10, nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
        nb::sig("def adagrad_step(params: list[typing.Any], grads: list[typing.Any], "
                "sums: list[typing.Any], *, step: int, lr: float = 0.01, "
                "lr_decay: float = 0.0, eps: float = 1e-10, weight_decay: float = 0.0, "
                "maximize: bool = False) -> None"),
        "One step of Adagrad over all params at once, in place.\n"
        "\n"
        "s = s + g^2, p = p - lr / (1 + (step - 1) lr_decay) g / (sqrt(s) + eps). step counts from "
        "1. Raises\n"
        "ValueError for lengths and shapes, TypeError for dtypes.\n"
        "\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> p, s = numpy.array([1.0]), numpy.zeros(1)\n"
        ">>> taeda_kernels.adagrad_step([p], [numpy.array([2.0])], [s], step=1, lr=0.25)\n"
        ">>> p.round(6)\n"
        "array([0.75])");
  m.def(
      "adadelta_step", &adadelta_step, nb::arg("params"), nb::arg("grads"), nb::arg("square_avgs"),
      nb::arg("acc_deltas"), nb::kw_only(), nb::arg("lr") = 1.0, nb::arg("rho") = 0.9,
      nb::arg("eps") = 1e-06, nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
      nb::sig("def adadelta_step(params: list[typing.Any], grads: list[typing.Any], "
              "square_avgs: list[typing.Any], acc_deltas: list[typing.Any], *, "
              "lr: float = 1.0, rho: float = 0.9, eps: float = 1e-06, "
              "weight_decay: float = 0.0, maximize: bool = False) -> None"),
      "One step of Adadelta over all params at once, in place.\n"
      "\n"
      "s = rho s + (1 - rho) g^2, d = sqrt(a + eps) / sqrt(s + eps) g, a = rho a + (1 - rho) d^2,\n"
      "p = p - lr d. Raises ValueError for lengths and shapes, TypeError for dtypes.\n"
      "\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> p, s, a = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)\n"
      ">>> taeda_kernels.adadelta_step([p], [numpy.array([2.0])], [s], [a], rho=0.75, eps=1.0)\n"
      ">>> p.round(4)\n"
      "array([-0.4142])");
  m.def("adamax_step", &adamax_step, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_infs"), nb::kw_only(), nb::arg("step"), nb::arg("lr") = 0.002,
        nb::arg("beta1") = 0.9, nb::arg("beta2") = 0.999, nb::arg("eps") = 1e-08,
        nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
        nb::sig("def adamax_step(params: list[typing.Any], grads: list[typing.Any], "
                "exp_avgs: list[typing.Any], exp_infs: list[typing.Any], *, step: int, "
                "lr: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, "
                "eps: float = 1e-08, weight_decay: float = 0.0, maximize: bool = False) -> None"),
        "One step of Adamax over all params at once, in place.\n"
        "\n"
        "m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + eps), p = p - lr / (1 - beta1^step) m "
        "/ u. step\n"
        "counts from 1. Raises ValueError for lengths and shapes, TypeError for dtypes.\n"
        "\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> p, m, u = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)\n"
        ">>> taeda_kernels.adamax_step([p], [numpy.array([2.0])], [m], [u], step=1, lr=0.25)\n"
        ">>> p.round(6)\n"
        "array([0.75])");
  m.def(
      "nadam_step", &nadam_step, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
      nb::arg("exp_avg_sqs"), nb::kw_only(), nb::arg("mu_product"), nb::arg("step"),
      nb::arg("lr") = 0.002, nb::arg("beta1") = 0.9, nb::arg("beta2") = 0.999,
      nb::arg("eps") = 1e-08, nb::arg("momentum_decay") = 0.004, nb::arg("weight_decay") = 0.0,
      nb::arg("maximize") = false, nb::arg("decoupled_weight_decay") = false,
      nb::sig("def nadam_step(params: list[typing.Any], grads: list[typing.Any], "
              "exp_avgs: list[typing.Any], exp_avg_sqs: list[typing.Any], *, "
              "mu_product: float, step: int, lr: float = 0.002, beta1: float = 0.9, "
              "beta2: float = 0.999, eps: float = 1e-08, momentum_decay: float = 0.004, "
              "weight_decay: float = 0.0, maximize: bool = False, "
              "decoupled_weight_decay: bool = False) -> None"),
      "One step of NAdam over all params at once, in place.\n"
      "\n"
      "With mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2) and mu_product that of mu(1) to "
      "mu(step),\n"
      "p = p - lr (mu(step + 1) m / (1 - mu_product mu(step + 1)) + (1 - mu(step)) g / (1 - "
      "mu_product))\n"
      "/ (sqrt(v / (1 - beta2^step)) + eps), m and v as Adam has them. step counts from 1. Raises "
      "ValueError\n"
      "for lengths and shapes, TypeError for dtypes.\n"
      "\n"
      ">>> import numpy, taeda_kernels\n"
      ">>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)\n"
      ">>> taeda_kernels.nadam_step([p], [numpy.array([2.0])], [m], [v], mu_product=0.45, step=1,\n"
      "...                          lr=0.25, momentum_decay=0.0)\n"
      ">>> p.round(4)\n"
      "array([0.7359])");
  m.def("radam_step", &radam_step, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::kw_only(), nb::arg("step"), nb::arg("lr") = 0.001,
        nb::arg("beta1") = 0.9, nb::arg("beta2") = 0.999, nb::arg("eps") = 1e-08,
        nb::arg("weight_decay") = 0.0, nb::arg("maximize") = false,
        nb::arg("decoupled_weight_decay") = false,
        nb::sig("def radam_step(params: list[typing.Any], grads: list[typing.Any], "
                "exp_avgs: list[typing.Any], exp_avg_sqs: list[typing.Any], *, step: int, "
                "lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, "
                "eps: float = 1e-08, weight_decay: float = 0.0, maximize: bool = False, "
                "decoupled_weight_decay: bool = False) -> None"),
        "One step of RAdam over all params at once, in place.\n"
        "\n"
        "With n = 2 / (1 - beta2) - 1 and l = n - 2 step beta2^step / (1 - beta2^step), the step "
        "of Adam times\n"
        "sqrt((l - 4) (l - 2) n / ((n - 4) (n - 2) l)) where l > 5, else p = p - lr m / (1 - "
        "beta1^step). step\n"
        "counts from 1. Raises ValueError for lengths and shapes, TypeError for dtypes.\n"
        "\n"
        ">>> import numpy, taeda_kernels\n"
        ">>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)\n"
        ">>> taeda_kernels.radam_step([p], [numpy.array([2.0])], [m], [v], step=1, lr=0.25)\n"
        ">>> p.round(6)\n"
        "array([0.5])");
}

}  // namespace taeda::python

// The fused steps that taeda_optim calls.
#include "taeda/tensor/ops/optimizer.h"

#include "bindings.h"
#include "taeda/kernels/registry.h"

namespace taeda::python {
namespace {

constexpr int64_t kSmallWork = 1 << 15;  // elements: below, giving the lock away costs more

// The tensors of a Python list or tuple.
std::vector<TensorBody*> bodies(const char* name, nb::handle sequence) {
  if (!PyList_Check(sequence.ptr()) && !PyTuple_Check(sequence.ptr())) {
    fail<TypeError>(name, ": lists of tensors are needed, got ", Py_TYPE(sequence.ptr())->tp_name);
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence.ptr());
  std::vector<TensorBody*> result;
  result.reserve(static_cast<size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(sequence.ptr(), i);
    if (!is_tensor(item)) {
      fail<TypeError>(name, ": lists of tensors are needed, got ", Py_TYPE(item)->tp_name,
                      " in one");
    }
    result.push_back(body_of(item));
  }
  return result;
}

template <class Launch>
void run_step(OptimizerOperands& operands, Launch launch) {
  if (operands.empty()) return;
  const KernelTable& table = kernels(operands.device());
  if (operands.numel() < kSmallWork) {
    launch(table.optimizer);
  } else {
    nb::gil_scoped_release unlocked;
    launch(table.optimizer);
  }
  operands.finish();
}

// The lists of tensors of a step.
class StepLists {
 public:
  StepLists(const char* name, nb::handle params, nb::handle grads,
            std::initializer_list<nb::handle> states)
      : name_(name), params_(bodies(name, params)), grads_(bodies(name, grads)) {
    for (nb::handle state : states) states_.push_back(bodies(name, state));
  }

  // Launches with what all steps have in common.
  template <class Launch>
  void run(double lr, double weight_decay, bool maximize, Launch launch) const {
    std::vector<std::span<TensorBody* const>> states(states_.begin(), states_.end());
    OptimizerOperands operands(name_, params_, grads_, states);
    run_step(operands, [&](const OptimizerKernels& kernels) {
      launch(kernels, StepCall{.dtype = operands.dtype(),
                               .tensors = operands.tensors(),
                               .lr = lr,
                               .weight_decay = weight_decay,
                               .maximize = maximize});
    });
  }

 private:
  const char* name_;
  std::vector<TensorBody*> params_, grads_;
  std::vector<std::vector<TensorBody*>> states_;
};

void check_step(const char* name, int64_t step) {
  if (step < 1) fail<ValueError>(name, ": steps are counted from 1, got ", step);
}

void fused_sgd(nb::handle params, nb::handle grads, nb::handle momentum_buffers, double lr,
               double momentum, double dampening, double weight_decay, bool nesterov, bool maximize,
               bool first_step) {
  const char* name = "_fused_sgd_";
  const StepLists lists = momentum != 0 ? StepLists(name, params, grads, {momentum_buffers})
                                        : StepLists(name, params, grads, {});
  lists.run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
    kernels.sgd({.dtype = call.dtype,
                 .tensors = call.tensors,
                 .lr = lr,
                 .momentum = momentum,
                 .dampening = dampening,
                 .weight_decay = weight_decay,
                 .nesterov = nesterov,
                 .maximize = maximize,
                 .first_step = first_step});
  });
}

void fused_rmsprop(nb::handle params, nb::handle grads, nb::handle square_avgs,
                   nb::handle momentum_buffers, nb::handle grad_avgs, double lr, double alpha,
                   double eps, double weight_decay, double momentum, bool centered, bool maximize) {
  const char* name = "_fused_rmsprop_";
  const bool has_momentum = momentum != 0;
  const StepLists lists =
      has_momentum && centered
          ? StepLists(name, params, grads, {square_avgs, momentum_buffers, grad_avgs})
      : has_momentum ? StepLists(name, params, grads, {square_avgs, momentum_buffers})
      : centered     ? StepLists(name, params, grads, {square_avgs, grad_avgs})
                     : StepLists(name, params, grads, {square_avgs});
  lists.run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
    kernels.rms_prop({call, alpha, eps, momentum, centered});
  });
}

void fused_adagrad(nb::handle params, nb::handle grads, nb::handle sums, int64_t step, double lr,
                   double lr_decay, double weight_decay, double eps, bool maximize) {
  check_step("_fused_adagrad_", step);
  StepLists("_fused_adagrad_", params, grads, {sums})
      .run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
        kernels.adagrad({call, step, lr_decay, eps});
      });
}

void fused_adadelta(nb::handle params, nb::handle grads, nb::handle square_avgs,
                    nb::handle acc_deltas, double lr, double rho, double eps, double weight_decay,
                    bool maximize) {
  StepLists("_fused_adadelta_", params, grads, {square_avgs, acc_deltas})
      .run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
        kernels.adadelta({call, rho, eps});
      });
}

void fused_adamax(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_infs,
                  int64_t step, double lr, double beta1, double beta2, double eps,
                  double weight_decay, bool maximize) {
  check_step("_fused_adamax_", step);
  StepLists("_fused_adamax_", params, grads, {exp_avgs, exp_infs})
      .run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
        kernels.adamax({call, step, beta1, beta2, eps});
      });
}

void fused_adam(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                nb::handle max_exp_avg_sqs, int64_t step, double lr, double beta1, double beta2,
                double eps, double weight_decay, bool amsgrad, bool maximize,
                bool decoupled_weight_decay) {
  const char* name = "_fused_adam_";
  check_step(name, step);
  const StepLists lists =
      amsgrad ? StepLists(name, params, grads, {exp_avgs, exp_avg_sqs, max_exp_avg_sqs})
              : StepLists(name, params, grads, {exp_avgs, exp_avg_sqs});
  lists.run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
    kernels.adam({call, beta1, beta2, eps, adam_sizes(lr, beta1, beta2, step), amsgrad,
                  decoupled_weight_decay});
  });
}

void fused_nadam(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                 double mu_product, int64_t step, double lr, double beta1, double beta2, double eps,
                 double weight_decay, double momentum_decay, bool decoupled_weight_decay,
                 bool maximize) {
  check_step("_fused_nadam_", step);
  const AdamSizes sizes = nadam_sizes(lr, beta1, beta2, momentum_decay, mu_product, step);
  StepLists("_fused_nadam_", params, grads, {exp_avgs, exp_avg_sqs})
      .run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
        kernels.adam({call, beta1, beta2, eps, sizes, false, decoupled_weight_decay});
      });
}

void fused_radam(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                 int64_t step, double lr, double beta1, double beta2, double eps,
                 double weight_decay, bool decoupled_weight_decay, bool maximize) {
  check_step("_fused_radam_", step);
  StepLists("_fused_radam_", params, grads, {exp_avgs, exp_avg_sqs})
      .run(lr, weight_decay, maximize, [&](const OptimizerKernels& kernels, const StepCall& call) {
        kernels.adam({call, beta1, beta2, eps, radam_sizes(lr, beta1, beta2, step), false,
                      decoupled_weight_decay});
      });
}

double fused_norm(nb::handle tensors, double order) {
  const auto list = bodies("_fused_norm", tensors);
  double norm = 0;
  OptimizerOperands operands("_fused_norm", list, OptimizerOperands::read_only);
  run_step(operands, [&](const OptimizerKernels& kernels) {
    norm = kernels.norm({.dtype = operands.dtype(), .tensors = operands.tensors(), .order = order});
  });
  return norm;
}

void fused_scale(nb::handle tensors, double factor) {
  const auto list = bodies("_fused_scale_", tensors);
  OptimizerOperands operands("_fused_scale_", list, list, {});
  run_step(operands, [&](const OptimizerKernels& kernels) {
    kernels.scale(operands.dtype(), operands.tensors(), factor);
  });
}

void fused_clamp(nb::handle tensors, double low, double high) {
  const auto list = bodies("_fused_clamp_", tensors);
  OptimizerOperands operands("_fused_clamp_", list, list, {});
  run_step(operands, [&](const OptimizerKernels& kernels) {
    kernels.clamp(operands.dtype(), operands.tensors(), low, high);
  });
}

}  // namespace

void bind_optimizer(nb::module_& m) {
  m.def("_fused_sgd_", fused_sgd, nb::arg("params"), nb::arg("grads"), nb::arg("momentum_buffers"),
        nb::arg("lr"), nb::arg("momentum"), nb::arg("dampening"), nb::arg("weight_decay"),
        nb::arg("nesterov"), nb::arg("maximize"), nb::arg("first_step"),
        "A step of gradient descent over lists of tensors, in place and not recorded.");
  m.def("_fused_rmsprop_", fused_rmsprop, nb::arg("params"), nb::arg("grads"),
        nb::arg("square_avgs"), nb::arg("momentum_buffers"), nb::arg("grad_avgs"), nb::arg("lr"),
        nb::arg("alpha"), nb::arg("eps"), nb::arg("weight_decay"), nb::arg("momentum"),
        nb::arg("centered"), nb::arg("maximize"),
        "A step of RMSprop over lists of tensors, in place and not recorded.");
  m.def("_fused_adagrad_", fused_adagrad, nb::arg("params"), nb::arg("grads"), nb::arg("sums"),
        nb::arg("step"), nb::arg("lr"), nb::arg("lr_decay"), nb::arg("weight_decay"),
        nb::arg("eps"), nb::arg("maximize"),
        "A step of Adagrad over lists of tensors, in place and not recorded.");
  m.def("_fused_adadelta_", fused_adadelta, nb::arg("params"), nb::arg("grads"),
        nb::arg("square_avgs"), nb::arg("acc_deltas"), nb::arg("lr"), nb::arg("rho"),
        nb::arg("eps"), nb::arg("weight_decay"), nb::arg("maximize"),
        "A step of Adadelta over lists of tensors, in place and not recorded.");
  m.def("_fused_adamax_", fused_adamax, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_infs"), nb::arg("step"), nb::arg("lr"), nb::arg("beta1"), nb::arg("beta2"),
        nb::arg("eps"), nb::arg("weight_decay"), nb::arg("maximize"),
        "A step of Adamax over lists of tensors, in place and not recorded.");
  m.def("_fused_adam_", fused_adam, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::arg("max_exp_avg_sqs"), nb::arg("step"), nb::arg("lr"),
        nb::arg("beta1"), nb::arg("beta2"), nb::arg("eps"), nb::arg("weight_decay"),
        nb::arg("amsgrad"), nb::arg("maximize"), nb::arg("decoupled_weight_decay"),
        "A step of Adam over lists of tensors, in place and not recorded.");
  m.def("_fused_nadam_", fused_nadam, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::arg("mu_product"), nb::arg("step"), nb::arg("lr"),
        nb::arg("beta1"), nb::arg("beta2"), nb::arg("eps"), nb::arg("weight_decay"),
        nb::arg("momentum_decay"), nb::arg("decoupled_weight_decay"), nb::arg("maximize"),
        "A step of NAdam over lists of tensors, in place and not recorded; mu_product counts it.");
  m.def("_fused_radam_", fused_radam, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::arg("step"), nb::arg("lr"), nb::arg("beta1"), nb::arg("beta2"),
        nb::arg("eps"), nb::arg("weight_decay"), nb::arg("decoupled_weight_decay"),
        nb::arg("maximize"), "A step of RAdam over lists of tensors, in place and not recorded.");
  m.def("_fused_norm", fused_norm, nb::arg("tensors"), nb::arg("order"),
        "The norm of all elements of the tensors together.");
  m.def("_fused_scale_", fused_scale, nb::arg("tensors"), nb::arg("factor"),
        "Multiplies all tensors in place, not recorded.");
  m.def("_fused_clamp_", fused_clamp, nb::arg("tensors"), nb::arg("low"), nb::arg("high"),
        "Clamps all tensors in place, not recorded.");
}

}  // namespace taeda::python

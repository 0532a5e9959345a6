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

void fused_sgd(nb::handle params, nb::handle grads, nb::handle momentum_buffers, double lr,
               double momentum, double dampening, double weight_decay, bool nesterov, bool maximize,
               bool first_step) {
  const char* name = "_fused_sgd_";
  const auto p = bodies(name, params), g = bodies(name, grads), b = bodies(name, momentum_buffers);
  OptimizerOperands operands =
      momentum != 0 ? OptimizerOperands(name, p, g, {b}) : OptimizerOperands(name, p, g, {});
  run_step(operands, [&](const OptimizerKernels& kernels) {
    kernels.sgd({.dtype = operands.dtype(),
                 .tensors = operands.tensors(),
                 .lr = lr,
                 .momentum = momentum,
                 .dampening = dampening,
                 .weight_decay = weight_decay,
                 .nesterov = nesterov,
                 .maximize = maximize,
                 .first_step = first_step});
  });
}

void fused_adam(nb::handle params, nb::handle grads, nb::handle exp_avgs, nb::handle exp_avg_sqs,
                nb::handle max_exp_avg_sqs, int64_t step, double lr, double beta1, double beta2,
                double eps, double weight_decay, bool amsgrad, bool maximize,
                bool decoupled_weight_decay) {
  const char* name = "_fused_adam_";
  if (step < 1) fail<ValueError>(name, ": steps are counted from 1, got ", step);
  const auto p = bodies(name, params), g = bodies(name, grads), m = bodies(name, exp_avgs),
             v = bodies(name, exp_avg_sqs), largest = bodies(name, max_exp_avg_sqs);
  OptimizerOperands operands = amsgrad ? OptimizerOperands(name, p, g, {m, v, largest})
                                       : OptimizerOperands(name, p, g, {m, v});
  run_step(operands, [&](const OptimizerKernels& kernels) {
    kernels.adam({.dtype = operands.dtype(),
                  .tensors = operands.tensors(),
                  .step = step,
                  .lr = lr,
                  .beta1 = beta1,
                  .beta2 = beta2,
                  .eps = eps,
                  .weight_decay = weight_decay,
                  .amsgrad = amsgrad,
                  .maximize = maximize,
                  .decoupled_weight_decay = decoupled_weight_decay});
  });
}

}  // namespace

void bind_optimizer(nb::module_& m) {
  m.def("_fused_sgd_", fused_sgd, nb::arg("params"), nb::arg("grads"), nb::arg("momentum_buffers"),
        nb::arg("lr"), nb::arg("momentum"), nb::arg("dampening"), nb::arg("weight_decay"),
        nb::arg("nesterov"), nb::arg("maximize"), nb::arg("first_step"),
        "A step of gradient descent over lists of tensors, in place and not recorded.");
  m.def("_fused_adam_", fused_adam, nb::arg("params"), nb::arg("grads"), nb::arg("exp_avgs"),
        nb::arg("exp_avg_sqs"), nb::arg("max_exp_avg_sqs"), nb::arg("step"), nb::arg("lr"),
        nb::arg("beta1"), nb::arg("beta2"), nb::arg("eps"), nb::arg("weight_decay"),
        nb::arg("amsgrad"), nb::arg("maximize"), nb::arg("decoupled_weight_decay"),
        "A step of Adam over lists of tensors, in place and not recorded.");
}

}  // namespace taeda::python

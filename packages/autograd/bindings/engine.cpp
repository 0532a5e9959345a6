// backward and grad.
#include "taeda/autograd/engine.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include "autograd.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"

namespace taeda::autograd::python {
namespace {

using Tensors = std::vector<Tensor>;

// One tensor or a sequence of them; None in it is an undefined tensor.
Tensors tensors_of(const char* function, const char* argument, nb::handle value) {
  if (is_tensor(value.ptr())) return {Tensor(body_of(value.ptr()))};
  Tensors list;
  if (value.is_none()) return list;
  for (nb::handle item : value) {
    if (!item.is_none() && !is_tensor(item.ptr())) {
      fail<TypeError>(function, ": ", argument, " must be a Tensor or a sequence of them, got ",
                      Py_TYPE(item.ptr())->tp_name);
    }
    list.push_back(item.is_none() ? Tensor() : Tensor(body_of(item.ptr())));
  }
  return list;
}

// The gradients to start from: given, or one for an output of one element.
Tensors initial_gradients(const char* function, const Tensors& outputs, Tensors gradients) {
  if (gradients.empty()) gradients.resize(outputs.size());
  if (gradients.size() != outputs.size()) {
    fail<RuntimeError>(function, ": got ", outputs.size(), " tensors and ", gradients.size(),
                       " gradients");
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& output = outputs[i];
    Tensor& gradient = gradients[i];
    if (!output.defined() || !requires_grad(*output)) {
      fail<RuntimeError>(function, ": element ", i,
                         " of tensors does not require grad and does not have a grad_fn");
    }
    if (!gradient.defined()) {
      if (output.numel() != 1) {
        fail<RuntimeError>(function,
                           ": grad can be implicitly created only for scalar outputs, got shape ",
                           output.shape(), "; pass gradient=, or reduce with .sum() or .mean()");
      }
      gradient = full(output.shape(), 1.0, output.dtype(), output.device());
    } else if (gradient.shape() != output.shape()) {
      fail<RuntimeError>(function, ": Mismatch in shape: grad_output[", i, "] has a shape of ",
                         gradient.shape(), " and output[", i, "] has a shape of ", output.shape());
    }
  }
  return gradients;
}

void check_inputs(const char* function, const Tensors& inputs) {
  for (const Tensor& input : inputs) {
    if (!input.defined() || !requires_grad(*input)) {
      fail<RuntimeError>(function, ": One of the differentiated Tensors does not require grad");
    }
  }
}

void backward(const char* function, const Tensors& outputs, Tensors gradients, nb::handle wanted,
              std::optional<bool> retain_graph, bool create_graph) {
  const Tensors inputs = tensors_of(function, "inputs", wanted);
  if (!wanted.is_none() && inputs.empty()) {
    fail<RuntimeError>(function, ": `inputs` argument to `backward()` cannot be empty.");
  }
  check_inputs(function, inputs);
  const Tensors results = run_backward(
      outputs, initial_gradients(function, outputs, std::move(gradients)), inputs,
      {.retain_graph = retain_graph.value_or(create_graph), .create_graph = create_graph});
  // Leaves have got theirs; inputs in the middle of the graph get it too.
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!results[i].defined() || is_leaf(*inputs[i])) continue;
    Tensor& grad = inputs[i]->grad;
    grad = grad.defined() ? apply<Add>(grad, results[i]) : clone(results[i]);
  }
}

nb::object grad(nb::handle outputs, nb::handle inputs, nb::handle grad_outputs,
                std::optional<bool> retain_graph, bool create_graph, bool only_inputs,
                std::optional<bool> allow_unused, bool is_grads_batched, bool materialize_grads) {
  if (!only_inputs) {
    fail<NotImplementedError>(
        "grad: only_inputs=False is not supported, nothing but the gradients of the inputs is "
        "computed; use backward() to accumulate into leaves");
  }
  if (is_grads_batched) {
    fail<NotImplementedError>(
        "grad: is_grads_batched needs vmap, which is not there yet; "
        "call grad once for each gradient");
  }
  if (materialize_grads && allow_unused.has_value() && !*allow_unused) {
    fail<ValueError>(
        "grad: Expected allow_unused to be True or not passed when "
        "materialize_grads=True, but got allow_unused=False");
  }
  const Tensors from = tensors_of("grad", "outputs", outputs);
  const Tensors to = tensors_of("grad", "inputs", inputs);
  if (to.empty()) fail<RuntimeError>("grad: `inputs` argument to `grad()` cannot be empty.");
  check_inputs("grad", to);
  Tensors results = run_backward(
      from, initial_gradients("grad", from, tensors_of("grad", "grad_outputs", grad_outputs)), to,
      {.retain_graph = retain_graph.value_or(create_graph),
       .create_graph = create_graph,
       .accumulate = false});
  nb::list list;
  for (size_t i = 0; i < to.size(); ++i) {
    if (!results[i].defined()) {
      if (materialize_grads)
        results[i] = zeros_like(to[i]);
      else if (!allow_unused.value_or(false)) {
        fail<RuntimeError>(
            "grad: One of the differentiated Tensors appears to not have been used in the graph "
            "(input ",
            i, "). Set allow_unused=True if this is the desired behavior.");
      }
    }
    list.append(nb::steal(to_python(results[i])));
  }
  return nb::tuple(list);
}

}  // namespace

void bind_engine(nb::module_& m) {
  m.def(
      "backward",
      [](nb::handle tensors, nb::handle grad_tensors, std::optional<bool> retain_graph,
         bool create_graph, nb::handle inputs) {
        backward("backward", tensors_of("backward", "tensors", tensors),
                 tensors_of("backward", "grad_tensors", grad_tensors), inputs, retain_graph,
                 create_graph);
      },
      nb::arg("tensors"), nb::arg("grad_tensors") = nb::none(),
      nb::arg("retain_graph") = nb::none(), nb::arg("create_graph") = false,
      nb::arg("inputs") = nb::none(),
      nb::sig("def backward(tensors: Tensor | Sequence[Tensor], grad_tensors: Tensor | "
              "Sequence[Tensor | None] | None = None, retain_graph: bool | None = None, "
              "create_graph: bool = False, inputs: Tensor | Sequence[Tensor] | None = None) "
              "-> None"),
      "Adds the gradients of tensors to the `.grad` of the leaves that they came from.\n\n"
      "Each tensor is seeded with its entry of `grad_tensors`; one of one element needs none.\n"
      "What is saved is freed unless `retain_graph`. With `create_graph` a leaf and its gradient\n"
      "hold each other: set `.grad` to None afterwards, or use grad(). RuntimeError where a "
      "tensor\n"
      "does not require grad, a shape differs, or the graph has been freed.\n\n"
      ">>> x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
      ">>> backward((x * x).sum())\n"
      ">>> x.grad\n"
      "tensor([2., 4.])");
  m.def(
      "grad", grad, nb::arg("outputs"), nb::arg("inputs"), nb::arg("grad_outputs") = nb::none(),
      nb::arg("retain_graph") = nb::none(), nb::arg("create_graph") = false,
      nb::arg("only_inputs") = true, nb::arg("allow_unused") = nb::none(),
      nb::arg("is_grads_batched") = false, nb::arg("materialize_grads") = false,
      nb::sig("def grad(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor], "
              "grad_outputs: Tensor | Sequence[Tensor | None] | None = None, retain_graph: bool "
              "| None = None, create_graph: bool = False, only_inputs: bool = True, "
              "allow_unused: bool | None = None, "
              "is_grads_batched: bool = False, materialize_grads: bool = False) -> "
              "tuple[Tensor, ...]"),
      "The gradients of outputs with respect to inputs; nothing is accumulated.\n\n"
      "With `create_graph` they can be differentiated again. RuntimeError where an input was not\n"
      "used, unless `allow_unused` (None) or `materialize_grads` (zeros).\n\n"
      ">>> x = torch.tensor(3.0, requires_grad=True)\n"
      ">>> (slope,) = grad(x * x * x, x, create_graph=True)\n"
      ">>> grad(slope, x)\n"
      "(tensor(18.),)");
  m.def("runs_for_inputs", runs_for_inputs, nb::sig("def runs_for_inputs() -> bool"),
        "Whether the backward that runs in this thread is one for some inputs only.");
  m.def(
      "queue_callback", [](nb::callable callback) { queue_callback([callback] { callback(); }); },
      nb::arg("callback"), nb::sig("def queue_callback(callback: Callable[[], object]) -> None"),
      "Calls a function at the end of the backward that runs in this thread.");
  m.def(
      "anomaly", [] { return nb::make_tuple(anomaly_mode().enabled, anomaly_mode().check_nan); },
      nb::sig("def anomaly() -> tuple[bool, bool]"));
  m.def(
      "set_anomaly", [](bool enabled, bool check_nan) { anomaly_mode() = {enabled, check_nan}; },
      nb::arg("enabled"), nb::arg("check_nan"));

  def_method(
      "backward",
      [](const Tensor& self, const taeda::python::OptionalTensor& gradient,
         std::optional<bool> retain_graph, bool create_graph, nb::handle inputs) {
        backward("backward", {self}, {taeda::python::given(gradient)}, inputs, retain_graph,
                 create_graph);
      },
      nb::arg("gradient") = nb::none(), nb::arg("retain_graph") = nb::none(),
      nb::arg("create_graph") = false, nb::arg("inputs") = nb::none(),
      nb::sig("def backward(self, gradient: Tensor | None = None, retain_graph: bool | None = None,"
              " create_graph: bool = False, inputs: Tensor | Sequence[Tensor] | None = None) "
              "-> None"),
      "Adds the gradient of this tensor to the `.grad` of the leaves that it came from.");
}

}  // namespace taeda::autograd::python

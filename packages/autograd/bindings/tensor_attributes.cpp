// What autograd adds to Tensor.
#include "autograd.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::autograd::python {
namespace {

void set_requires_grad(const Tensor& tensor, bool value) {
  if (!is_leaf(*tensor)) {
    if (value) return;
    fail<RuntimeError>(
        "requires_grad: you can only change requires_grad flags of leaf variables. If "
        "you want to use a computed variable in a subgraph that doesn't require "
        "differentiation use var_no_grad = var.detach().");
  }
  if (value) check_may_require_grad(*tensor);
  tensor->requires_grad = value;
}

Tensor detach_(const Tensor& tensor) {
  if (tensor->base.defined()) {
    fail<RuntimeError>("detach_: Can't detach views in-place. Use detach() instead.");
  }
  tensor->requires_grad = false;
  if (TensorHistory* known = known_history(*tensor)) {
    known->node = NodePtr();
    known->output = 0;
  }
  return tensor;
}

// A tensor becomes a view of what it was: the in-place twins of view operations.
Tensor become(const Tensor& tensor, const Tensor& view, const char* name) {
  const bool recorded = grad_enabled() && requires_grad(*tensor);
  if (recorded) check_in_place(name, *tensor);
  const NodePtr node = recorded ? gradient_node(*view) : NodePtr();
  tensor->reset(view->storage_ptr(), view->offset(), view->shape(), view->strides(), view.dtype());
  // What was saved of the tensor has another shape now, as after a write.
  tensor->storage().bump_version("a change of shape in place");
  if (node) set_history(*tensor, node, known_history(*view)->output);
  return tensor;
}

}  // namespace

nb::object tensor_type() {
  return nb::borrow(reinterpret_cast<PyObject*>(taeda::python::api().tensor_type));
}

void make_room(const char* name) {
  const nb::object type = tensor_type();
  if (nb::cast<bool>(type.attr("__dict__").attr("__contains__")(name))) nb::delattr(type, name);
}

void def_property(const char* name, nb::object getter, nb::object setter, const char* doc) {
  const nb::object property =
      nb::borrow(reinterpret_cast<PyObject*>(&PyProperty_Type))(getter, setter, nb::none(), doc);
  nb::setattr(tensor_type(), name, property);
}

void bind_tensor_attributes(nb::module_&) {
  const auto read = [](const char* name, auto function, const char* doc) {
    def_property(name, nb::cpp_function(function), nb::none(), doc);
  };
  read(
      "grad_fn", [](const Tensor& self) { return node_object(gradient_node(*self)); },
      "The step of the tape that made the tensor; None for a leaf.");
  read(
      "is_leaf", [](const Tensor& self) { return is_leaf(*self); },
      "Whether the tensor is not the result of a recorded operation.");
  read(
      "output_nr",
      [](const Tensor& self) { return gradient_node(*self) ? known_history(*self)->output : 0; },
      "Which result of its grad_fn the tensor is.");
  read(
      "retains_grad",
      [](const Tensor& self) {
        const TensorHistory* known = known_history(*self);
        return known && known->node && known->retains_grad;
      },
      "Whether the gradient of this tensor, not a leaf, is kept in `.grad`.");
  def_property(
      "requires_grad", nb::cpp_function([](const Tensor& self) { return requires_grad(*self); }),
      nb::cpp_function(set_requires_grad), "Whether operations on the tensor are recorded.");
  def_method(
      "retain_grad", [](const Tensor& self) { retain_grad(*self); },
      nb::sig("def retain_grad(self) -> None"),
      "Keeps the gradient of a tensor that is not a leaf in its `.grad`.");
  def_method("_become", become);
  def_method("detach_", detach_, nb::sig("def detach_(self) -> Tensor"),
             "Cuts the tensor off its history: it becomes a leaf. RuntimeError for a view.");
}

}  // namespace taeda::autograd::python

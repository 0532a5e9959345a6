// Cycles through the tape: shows Python's collector what tensors hold by way of C++.
#include "autograd.h"

namespace taeda::autograd::python {
namespace {

traverseproc original = nullptr;

int visit_body(const Tensor& tensor, visitproc visit, void* arg) {
  if (!tensor.defined()) return 0;
  if (PyObject* object = taeda::python::known_object(*tensor)) Py_VISIT(object);
  return 0;
}

// A node held by this tensor alone belongs to it with all that it holds.
int visit_node(const TensorHistory& history, visitproc visit, void* arg) {
  const Node* node = history.node.get();
  if (!node || !node->is_unique()) return 0;
  if (const NodeExtras* extras = node->known_extras()) {
    for (const auto& [output, hook] : extras->output_hooks) {
      const auto* hooks = dynamic_cast<const DictHook*>(hook.get());
      if (hooks && hook.use_count() == 1) Py_VISIT(hooks->dict());
    }
  }
  if (const auto* own = dynamic_cast<const PythonNode*>(node)) return own->traverse(visit, arg);
  return 0;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  if (const int stopped = original(self, visit, arg)) return stopped;
  if (!nb::inst_ready(self)) return 0;
  const TensorBody& body = *body_of(self);
  if (const int stopped = visit_body(body.base, visit, arg)) return stopped;
  if (const int stopped = visit_body(body.grad, visit, arg)) return stopped;
  const TensorHistory* history = known_history(body);
  return history ? visit_node(*history, visit, arg) : 0;
}

}  // namespace

void install_collection() {
  PyTypeObject* type = taeda::python::api().tensor_type;
  if (original || !type->tp_traverse) return;
  original = type->tp_traverse;
  type->tp_traverse = traverse;
}

}  // namespace taeda::autograd::python

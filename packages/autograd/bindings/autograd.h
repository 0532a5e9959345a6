// The parts of the module, one function for each topic.
#pragma once

#include <nanobind/nanobind.h>

#include "taeda/autograd/history.h"
#include "taeda/tensor/caster.h"

namespace nb = nanobind;

namespace taeda::autograd::python {

using taeda::python::body_of;
using taeda::python::is_tensor;
using taeda::python::to_python;

void bind_nodes(nb::module_& m);
void bind_tensor_attributes(nb::module_& m);
void bind_engine(nb::module_& m);
void bind_functions(nb::module_& m);
void bind_hooks(nb::module_& m);
void install_source_tracking(nb::module_& m);
void install_collection();

// The one Python object of a node; None for no node.
nb::object node_object(const NodePtr& node);

// Defines a method or a property of Tensor in place of the one that is there.
nb::object tensor_type();
void make_room(const char* name);
template <class Function, class... Extra>
void def_method(const char* name, Function&& function, const Extra&... extra) {
  make_room(name);
  nb::cpp_function_def(std::forward<Function>(function), nb::scope(tensor_type()), nb::name(name),
                       nb::is_method(), extra...);
}
void def_property(const char* name, nb::object getter, nb::object setter, const char* doc);

// A node that Python code runs: what the collector of cycles must see of it.
class PythonNode : public Node {
 public:
  using Node::Node;
  virtual int traverse(visitproc visit, void* arg) const = 0;
  // What lends the node its attributes.
  virtual nb::handle python_object() const = 0;
};

// Calls the hooks of a dict, in order, with the gradient of one tensor.
class DictHook final : public TensorHook {
 public:
  explicit DictHook(nb::dict hooks) : hooks_(std::move(hooks)) {}
  ~DictHook() override;
  void operator()(Tensor& gradient) override;
  PyObject* dict() const { return hooks_.ptr(); }

 private:
  nb::dict hooks_;
};

}  // namespace taeda::autograd::python

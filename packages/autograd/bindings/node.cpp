// Nodes as Python objects: grad_fn and what hangs on it.
#include <string>

#include "autograd.h"
#include "taeda/autograd/rule.h"

namespace taeda::autograd::python {
namespace {

// The Python side of a node.
struct NodeObject {
  NodePtr node;

  explicit NodeObject(NodePtr node) : node(std::move(node)) {}
  NodeObject(NodeObject&&) = default;
  ~NodeObject() {
    if (node) node->python = nullptr;
  }
};

nb::object gradient_list(const Gradients& gradients) {
  nb::list list;
  for (int i = 0; i < gradients.size(); ++i) list.append(nb::steal(to_python(gradients[i])));
  return nb::tuple(list);
}

// Takes over what a hook has returned, if it is not None: as many tensors or Nones as there were.
void replace(Gradients& gradients, nb::handle returned, const char* what) {
  if (returned.is_none()) return;
  const bool one = is_tensor(returned.ptr());
  const size_t count = one ? 1 : nb::len(returned);
  if (count != static_cast<size_t>(gradients.size())) {
    fail<RuntimeError>(what, ": the hook returned ", count, " gradients, expected ",
                       gradients.size());
  }
  for (size_t i = 0; i < count; ++i) {
    const nb::object item = one ? nb::borrow(returned) : nb::object(returned[i]);
    if (!item.is_none() && !is_tensor(item.ptr())) {
      fail<TypeError>(what, ": the hook must return tensors or None, got ",
                      Py_TYPE(item.ptr())->tp_name);
    }
    gradients[static_cast<int>(i)] = item.is_none() ? Tensor() : Tensor(body_of(item.ptr()));
  }
}

class DictNodeHook final : public NodeHook {
 public:
  DictNodeHook(nb::dict hooks, bool before) : hooks_(std::move(hooks)), before_(before) {}
  ~DictNodeHook() override {
    if (!Py_IsInitialized()) (void)hooks_.release();
  }
  void operator()(Gradients& results, const Gradients& gradients) override {
    const nb::list functions(hooks_.attr("values")());
    for (nb::handle function : functions) {
      if (before_)
        replace(results, function(gradient_list(results)), "register_prehook");
      else
        replace(results, function(gradient_list(results), gradient_list(gradients)),
                "register_hook");
    }
  }

 private:
  nb::dict hooks_;
  bool before_;
};

nb::object next_functions(const NodeObject& self) {
  nb::list edges;
  for (int i = 0; i < self.node->edge_count(); ++i) {
    const Edge& edge = self.node->edge(i);
    edges.append(nb::make_tuple(node_object(edge.node), edge.output));
  }
  return nb::tuple(edges);
}

// Attributes of a Function's context are read through its node.
nb::object attribute(const NodeObject& self, nb::handle name) {
  if (const auto* own = dynamic_cast<const PythonNode*>(self.node.get())) {
    return own->python_object().attr(name);
  }
  const std::string text = "'" + self.node->name() + "' object has no attribute '" +
                           nb::cast<nb::str>(name).c_str() + "'";
  throw nb::attribute_error(text.c_str());
}

}  // namespace

nb::object node_object(const NodePtr& node) {
  if (!node) return nb::none();
  if (node->python) return nb::borrow(static_cast<PyObject*>(node->python));
  nb::object object = nb::cast(NodeObject(node), nb::rv_policy::move);
  node->python = object.ptr();
  return object;
}

void bind_nodes(nb::module_& m) {
  nb::class_<NodeObject>(m, "Node", nb::is_weak_referenceable(),
                         "A step of the tape: the derivative of one operation that was run.")
      .def(
          "name", [](const NodeObject& self) { return nb::str(self.node->name().c_str()); },
          nb::sig("def name(self) -> str"), "The name of the step, as `AddBackward0`.")
      .def_prop_ro("next_functions", next_functions,
                   nb::sig("def next_functions(self) -> tuple[tuple[Node | None, int], ...]"),
                   "Where the gradients of the inputs go: pairs of node and output number.")
      .def_prop_ro(
          "variable",
          [](const NodeObject& self) -> nb::object {
            TensorBody* leaf = self.node->leaf();
            if (!leaf) throw nb::attribute_error("only AccumulateGrad has a variable");
            return nb::steal(to_python(Tensor(leaf)));
          },
          nb::sig("def variable(self) -> Tensor"), "The leaf that the node accumulates into.")
      .def_prop_ro("_sequence_nr", [](const NodeObject& self) { return self.node->sequence(); })
      .def(
          "_add_hooks",
          [](const NodeObject& self, nb::typed<nb::dict, int, nb::any> hooks, bool before) {
            auto& extras = self.node->extras();
            auto& list = before ? extras.before : extras.after;
            list.push_back(std::make_shared<DictNodeHook>(std::move(hooks), before));
          },
          nb::arg("hooks"), nb::arg("before"))
      .def("__getattr__", attribute, nb::arg("name"),
           nb::sig("def __getattr__(self, name: str) -> Any"))
      .def("__repr__", [](const NodeObject& self) {
        const std::string text = "<" + self.node->name() + " object at 0x";
        return nb::str("{}{:x}>").format(text.c_str(),
                                         reinterpret_cast<uintptr_t>(self.node.get()));
      });

  m.def("live_nodes", live_nodes, nb::sig("def live_nodes() -> int"),
        "How many more steps of the tape this thread has made than destroyed.");
  m.def(
      "rules",
      [] {
        nb::dict table;
        for (const Operation* operation : all_operations()) {
          const Rule* rule = rule_of(*operation);
          if (!rule) continue;
          table[operation->name] =
              rule->no_rule_reason ? nb::object(nb::str(rule->no_rule_reason)) : nb::none();
        }
        return table;
      },
      nb::sig("def rules() -> dict[str, str | None]"),
      "The operations that have a rule (None), or a reason for having none.");
}

}  // namespace taeda::autograd::python

// Function: operations whose forward and backward are written in Python.
#include <algorithm>
#include <string>
#include <vector>

#include "autograd.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/saved_tensor.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::autograd::python {
namespace {

class FunctionNode;

// What the class FunctionCtx of Python is made of.
struct FunctionLink {
  FunctionNode* node = nullptr;  // while it lives
};

class FunctionNode final : public PythonNode {
 public:
  FunctionNode(size_t block_bytes, nb::object context, std::string name)
      : PythonNode(block_bytes), context_(std::move(context)), name_(std::move(name)) {}
  ~FunctionNode() override {
    if (Py_IsInitialized())
      nb::inst_ptr<FunctionLink>(context_)->node = nullptr;
    else
      (void)context_.release();
  }

  void set_edges(std::vector<Edge> edges) {
    edge_list_ = std::move(edges);
    edges_ = edge_list_.data();
    edge_count_ = static_cast<int>(edge_list_.size());
    note_location();
    number();
  }
  // Of results that are no tensors, null among the bodies, backward gets None.
  void set_outputs(const std::vector<TensorBody*>& bodies, bool materialize) {
    for (const TensorBody* body : bodies) {
      is_tensor_.push_back(body != nullptr);
      facts_.push_back(body ? OutputFacts{body->shape(), body->dtype(), body->device()}
                            : OutputFacts{});
    }
    outputs_ = facts_.data();
    output_count_ = static_cast<int>(facts_.size());
    materialize_ = materialize;
    nb::inst_ptr<FunctionLink>(context_)->node = this;
  }
  void save(const Tensor& tensor, int output) {
    saved_.emplace_back(tensor, output >= 0);
    saved_outputs_.push_back(output);
  }

  Gradients backward(const Gradients& gradients) override {
    nb::list arguments;
    for (int i = 0; i < gradients.size(); ++i) {
      Tensor gradient = gradients[i];
      if (!gradient.defined() && materialize_ && is_tensor_[static_cast<size_t>(i)]) {
        const OutputFacts& facts = facts_[static_cast<size_t>(i)];
        gradient = zeros(facts.shape, facts.dtype, facts.device);
      }
      arguments.append(nb::steal(to_python(gradient)));
    }
    const nb::object returned = context_.attr("_run_backward")(*nb::tuple(arguments));
    return read(returned);
  }

  void release_saved() override {
    for (SavedTensor& saved : saved_) saved.release();
  }
  nb::object saved_tensors() const {
    nb::list tensors;
    for (size_t i = 0; i < saved_.size(); ++i) {
      const int output = saved_outputs_[i];
      tensors.append(nb::steal(to_python(saved_[i].unpack(*this, std::max(output, 0)))));
    }
    return nb::tuple(tensors);
  }

  std::string operation_name() const override { return name_; }
  std::string name() const override { return name_ + "Backward"; }
  int traverse(visitproc visit, void* arg) const override {
    Py_VISIT(context_.ptr());
    return 0;
  }
  nb::handle python_object() const override { return context_; }

 private:
  Gradients read(nb::handle returned) const {
    const bool one = returned.is_none() || is_tensor(returned.ptr());
    const nb::object list = one ? nb::object(nb::make_tuple(returned)) : nb::borrow(returned);
    const int count = static_cast<int>(nb::len(list));
    Gradients result(edge_count_);
    for (int i = 0; i < count; ++i) {
      const nb::object item = list[i];
      if (item.is_none()) continue;
      if (i >= edge_count_) break;
      if (!is_tensor(item.ptr())) {
        fail<TypeError>("function ", name(), ": expected a Tensor or None as gradient ", i,
                        ", got ", Py_TYPE(item.ptr())->tp_name);
      }
      result[i] = Tensor(body_of(item.ptr()));
    }
    const bool surplus = count > edge_count_ && [&] {
      for (int i = edge_count_; i < count; ++i) {
        if (!nb::object(list[i]).is_none()) return true;
      }
      return false;
    }();
    if (count < edge_count_ || surplus) {
      fail<RuntimeError>("function ", name(),
                         " returned an incorrect number of gradients (expected ", edge_count_,
                         ", got ", count, ")");
    }
    return result;
  }

  nb::object context_;
  std::string name_;
  bool materialize_ = true;
  std::vector<Edge> edge_list_;
  std::vector<OutputFacts> facts_;
  std::vector<bool> is_tensor_;
  std::vector<SavedTensor> saved_;
  std::vector<int> saved_outputs_;
};

using Bodies = std::vector<TensorBody*>;
bool contains(const Bodies& bodies, const TensorBody* body) {
  return std::find(bodies.begin(), bodies.end(), body) != bodies.end();
}

// The tensors of a tuple that a context was given, or none.
Bodies marked(nb::handle context, const char* attribute) {
  Bodies bodies;
  const nb::object value = context.attr(attribute);
  if (value.is_none()) return bodies;
  for (nb::handle item : value) {
    if (is_tensor(item.ptr())) bodies.push_back(body_of(item.ptr()));
  }
  return bodies;
}

nb::object run_forward(nb::handle function, nb::handle context, const nb::tuple& arguments) {
  const NoGrad guard;
  if (!nb::cast<bool>(context.attr("_separate_setup"))) {
    return function.attr("forward")(context, *arguments);
  }
  nb::object output = function.attr("forward")(*arguments);
  function.attr("setup_context")(context, arguments, output);
  return output;
}

// One tensor among the results: joined to the node where it can be differentiated.
Tensor join(const Tensor& output, const NodePtr& node, int number, const Bodies& inputs,
            const Bodies& dirty, const Bodies& constant, const char* name) {
  const bool is_input = contains(inputs, output.body());
  const bool is_dirty = contains(dirty, output.body());
  if (contains(constant, output.body()) || !is_floating(output.dtype())) {
    if (is_dirty) return output;
    return is_input || requires_grad(*output) ? alias(*output) : output;
  }
  if (is_dirty) {
    if (node) {
      check_in_place(name, *output);
      rebase_history(*output, node, number);
    }
    return output;
  }
  const bool has_history = requires_grad(*output) || output->base.defined();
  Tensor result = is_input || has_history ? alias(*output) : output;
  if (node) set_history(*result, node, number);
  return result;
}

nb::object apply_function(nb::handle function, const nb::args& args, const nb::kwargs& keywords) {
  const nb::object context = function.attr("_context_class")();
  // Keywords and defaults take their places among the arguments.
  const bool bound = keywords.size() > 0 || nb::cast<bool>(context.attr("_separate_setup"));
  const nb::tuple arguments = bound ? nb::cast<nb::tuple>(function.attr("_bind")(*args, **keywords))
                                    : nb::borrow<nb::tuple>(args);
  const std::string name = nb::cast<nb::str>(function.attr("__name__")).c_str();
  Bodies inputs;
  std::vector<Edge> edges(arguments.size());
  nb::list needs;
  bool recording = false;
  for (size_t i = 0; i < edges.size(); ++i) {
    const nb::object argument = arguments[i];
    const bool tensor = is_tensor(argument.ptr());
    TensorBody* body = tensor ? body_of(argument.ptr()) : nullptr;
    if (tensor) inputs.push_back(body);
    const bool needed = tensor && requires_grad(*body);
    needs.append(needed);
    recording |= needed;
    if (needed && grad_enabled()) edges[i] = gradient_edge(*body);
  }
  context.attr("needs_input_grad") = nb::tuple(needs);
  recording &= grad_enabled();
  NodePtr node;
  FunctionNode* own = nullptr;
  if (recording) {
    own = make_node<FunctionNode>(0, context, name);
    node = NodePtr(own);
    own->set_edges(std::move(edges));
  }

  nb::object raw = run_forward(function, context, arguments);
  const bool one = is_tensor(raw.ptr());
  if (raw.is_none()) return raw;
  if (!one && !PyTuple_Check(raw.ptr())) {
    fail<TypeError>(name, ": forward must return a Tensor or a tuple of them, got ",
                    Py_TYPE(raw.ptr())->tp_name);
  }
  const nb::tuple outputs = one ? nb::make_tuple(raw) : nb::borrow<nb::tuple>(raw);
  const Bodies dirty = marked(context, "_dirty"), constant = marked(context, "_constant");
  Bodies raw_outputs;
  for (nb::handle output : outputs) {
    raw_outputs.push_back(is_tensor(output.ptr()) ? body_of(output.ptr()) : nullptr);
  }
  for (TensorBody* body : dirty) {
    if (!contains(inputs, body)) {
      fail<RuntimeError>(name, ": mark_dirty takes tensors that are inputs of forward only");
    }
    if (recording && !contains(raw_outputs, body)) {
      fail<RuntimeError>(name,
                         ": Some elements marked as dirty during the forward method were not "
                         "returned as output. The inputs that are modified inplace must all "
                         "be outputs of the Function.");
    }
  }
  if (own) own->set_outputs(raw_outputs, nb::cast<bool>(context.attr("_materialize_grads")));

  nb::list results;
  for (size_t i = 0; i < raw_outputs.size(); ++i) {
    if (!raw_outputs[i]) {
      results.append(outputs[i]);
      continue;
    }
    const Tensor result = join(Tensor(raw_outputs[i]), node, static_cast<int>(i), inputs, dirty,
                               constant, name.c_str());
    results.append(nb::steal(to_python(result)));
  }
  if (own) {
    const nb::object to_save = context.attr("_to_save");
    if (!to_save.is_none()) {
      for (nb::handle item : to_save) {
        if (!item.is_none() && !is_tensor(item.ptr())) {
          fail<TypeError>("save_for_backward can only save variables, but argument is of type ",
                          Py_TYPE(item.ptr())->tp_name);
        }
        const Tensor tensor(item.is_none() ? nullptr : body_of(item.ptr()));
        const auto found = std::find(raw_outputs.begin(), raw_outputs.end(), tensor.body());
        const bool is_output = tensor.defined() && found != raw_outputs.end() &&
                               known_history(*tensor) && known_history(*tensor)->node.get() == own;
        own->save(tensor, is_output ? static_cast<int>(found - raw_outputs.begin()) : -1);
      }
    }
  }
  context.attr("_to_save") = nb::none();
  context.attr("_dirty") = nb::none();
  context.attr("_constant") = nb::none();
  return one ? nb::object(results[0]) : nb::object(nb::tuple(results));
}

FunctionNode& node_of(const FunctionLink& link) {
  if (!link.node) {
    fail<RuntimeError>(
        "saved_tensors: there are none: the Function was not recorded (no input "
        "requires grad), or its graph is gone");
  }
  return *link.node;
}

}  // namespace

void bind_functions(nb::module_& m) {
  nb::class_<FunctionLink>(m, "FunctionLink", "The tie between a context and its step of the tape.")
      .def(nb::init<>())
      .def_prop_ro(
          "saved_tensors", [](const FunctionLink& self) { return node_of(self).saved_tensors(); },
          nb::sig("def saved_tensors(self) -> tuple[Tensor, ...]"),
          "What save_for_backward was given.")
      .def_prop_ro("_node", [](const FunctionLink& self) {
        return self.node ? node_object(NodePtr(self.node)) : nb::none();
      });
  m.def("apply_function", apply_function, nb::arg("function"), nb::arg("args"), nb::arg("kwargs"),
        nb::sig("def apply_function(function: type, *args: Any, **kwargs: Any) -> Any"),
        "Runs the forward of a Function and records it; gives what forward returns.");
}

}  // namespace taeda::autograd::python

// The recorder: makes nodes of the calls that pass the door.
#include <utility>

#include "rule_node.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/history.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::autograd {
namespace {

// What the first input of an in-place call was before the write, for rules that need it.
TAEDA_NEAR thread_local Tensor overwritten;

// The node of an operation without a rule: a gradient of zero where there is a reason for having
// none, an error where there is none.
class PlainNode final : public Node {
 public:
  PlainNode(size_t block_bytes, const Call& call, bool is_error)
      : Node(block_bytes),
        operation_(call.operation),
        is_error_(is_error),
        facts_(static_cast<size_t>(call.output_count)),
        edge_list_(call.inputs.size()) {
    for (size_t i = 0; i < call.inputs.size(); ++i) {
      if (call.inputs[i]) edge_list_[i] = gradient_edge(*call.inputs[i]);
    }
    for (size_t i = 0; i < facts_.size(); ++i) {
      const TensorBody& output = *call.outputs[i];
      facts_[i] = {output.shape(), output.dtype(), output.device()};
    }
    edges_ = edge_list_.data();
    outputs_ = facts_.data();
    edge_count_ = static_cast<int>(edge_list_.size());
    output_count_ = call.output_count;
    note_location();
    number();
  }
  Gradients backward(const Gradients&) override {
    if (is_error_) {
      fail<NotImplementedError>(operation_.name, ": the derivative is not implemented (run at ",
                                location().text(), ")");
    }
    return Gradients(edge_count_);
  }
  std::string operation_name() const override { return operation_.name; }

 private:
  const Operation& operation_;
  bool is_error_;
  std::vector<OutputFacts> facts_;
  std::vector<Edge> edge_list_;
};

bool saves_overwritten(const Call& call) {
  const Rule* rule = rule_of(call.operation);
  if (!rule || rule->parts.empty()) return false;
  uint32_t wanted = 0, written = 0;
  for (size_t i = 0; i < call.inputs.size() && i < 32; ++i) {
    if (!call.inputs[i]) continue;
    if (requires_grad(*call.inputs[i])) wanted |= uint32_t{1} << i;
    if (call.inputs[i] == call.outputs[0].body()) written |= uint32_t{1} << i;
  }
  for (const RulePart& part : rule->parts) {
    if (part.inputs & wanted && part.save.inputs & written) return true;
  }
  return false;
}

void before_write(const Call& call) {
  const char* name = call.operation.name;
  if (!call.in_place) {
    fail<RuntimeError>(name,
                       ": functions with out=... arguments don't support automatic "
                       "differentiation, but one of the arguments requires grad; use "
                       "torch.no_grad(), or copy the result");
  }
  check_in_place(name, *call.outputs[0]);
  // The copy is recorded: a second derivative goes through it.
  overwritten = saves_overwritten(call) ? clone(call.outputs[0]) : Tensor();
}

NodePtr node_of(const Call& call) {
  const Rule* rule = rule_of(call.operation);
  if (rule && rule->make_node) return rule->make_node(call);
  if (!rule || rule->no_rule_reason) {
    return NodePtr(make_node<PlainNode>(0, call, !rule));
  }
  return record_rule(call, call.in_place ? std::exchange(overwritten, Tensor()) : Tensor());
}

void record(const Call& call) {
  const Rule* rule = rule_of(call.operation);
  if (rule && rule->no_rule_reason && !call.in_place) return;
  bool differentiable = false;
  for (int i = 0; i < call.output_count; ++i) {
    differentiable |= is_floating(call.outputs[static_cast<size_t>(i)].dtype());
  }
  if (!differentiable) return;
  const NodePtr node = node_of(call);
  for (int i = 0; i < call.output_count; ++i) {
    TensorBody& output = *call.outputs[static_cast<size_t>(i)];
    if (!is_floating(output.dtype())) continue;
    if (call.in_place)
      rebase_history(output, node, i);
    else
      set_history(output, node, i);
  }
}

constexpr Recorder kRecorder{
    .before_write = before_write, .record = record, .is_leaf = [](const TensorBody& tensor) {
      const TensorHistory* known = known_history(tensor);
      return !known || !known->node;
    }};

}  // namespace

void install() { install_recorder(&kRecorder); }

}  // namespace taeda::autograd

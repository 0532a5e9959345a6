#include "rule_node.h"

#include "engine_state.h"
#include "taeda/autograd/engine.h"
#include "taeda/autograd/history.h"
#include "taeda/tensor/ops/copy.h"

namespace taeda::autograd {
namespace {

constexpr size_t kAlign = 16;
constexpr size_t aligned(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

template <class T>
T* place(char*& at, int count) {
  T* first = reinterpret_cast<T*>(at);
  for (int i = 0; i < count; ++i) new (first + i) T();
  at += aligned(sizeof(T) * static_cast<size_t>(count));
  return first;
}
template <class T>
void remove(T* first, int count) {
  for (int i = 0; i < count; ++i) first[i].~T();
}

}  // namespace

size_t RuleNode::Layout::bytes() const {
  const auto size = [](size_t each, int count) {
    return aligned(each * static_cast<size_t>(count));
  };
  return size(sizeof(Edge), inputs) + size(sizeof(OutputFacts), outputs) +
         size(sizeof(SavedTensor), saved) + size(sizeof(Dims), shapes ? inputs : 0) +
         aligned(attribute_bytes) + (aligned(sizeof(RuleNode)) - sizeof(RuleNode));
}

RuleNode::RuleNode(size_t block_bytes, const Operation& operation, const Layout& layout)
    : Node(block_bytes), operation_(operation) {
  char* at = reinterpret_cast<char*>(this) + aligned(sizeof(RuleNode));
  edges_ = place<Edge>(at, layout.inputs);
  outputs_ = place<OutputFacts>(at, layout.outputs);
  saved_ = place<SavedTensor>(at, layout.saved);
  shape_count_ = layout.shapes ? layout.inputs : 0;
  shapes_ = place<Dims>(at, shape_count_);
  if (layout.attribute_bytes > 0) attributes_ = at;
  edge_count_ = layout.inputs;
  output_count_ = layout.outputs;
}

RuleNode::~RuleNode() {
  const Rule* rule = rule_of(operation_);
  if (attributes_ && rule->destroy_attributes) rule->destroy_attributes(attributes_);
  remove(shapes_, shape_count_);
  remove(saved_, std::popcount(saved_inputs_) + std::popcount(saved_outputs_));
  remove(outputs_, output_count_);
  remove(edges_, edge_count_);
}

void RuleNode::release_saved() {
  const int count = std::popcount(saved_inputs_) + std::popcount(saved_outputs_);
  for (int i = 0; i < count; ++i) saved_[i].release();
}

Tensor RuleNode::part_of(const Tensor& whole) const {
  ViewSpec part = operation_.view(*whole, attributes_);
  return Tensor::make(whole->storage_ptr(), part.offset, std::move(part.shape),
                      std::move(part.strides), whole.dtype());
}

Gradients RuleNode::backward(const Gradients& gradients) {
  Gradients result(edge_count_);
  const Context context(*this, gradients);
  for (const RulePart& part : rule().parts) {
    bool needed = false;
    for (int i = 0; i < edge_count_ && !needed; ++i) {
      needed = (i >= 32 ? part.input < 0 : part.inputs >> i & 1) && context.needs(i);
    }
    if (needed) part.run(context, part, result);
  }
  return result;
}

NodePtr record_rule(const Call& call, const Tensor& overwritten) {
  const Rule& rule = *rule_of(call.operation);
  const int inputs = static_cast<int>(call.inputs.size());
  std::array<Edge, 4> few;
  std::vector<Edge> many;
  Edge* edges = few.data();
  if (inputs > 4) {
    many.resize(static_cast<size_t>(inputs));
    edges = many.data();
  }
  uint32_t wanted = 0;
  for (int i = 0; i < inputs; ++i) {
    TensorBody* input = call.inputs[static_cast<size_t>(i)];
    if (!input || !requires_grad(*input)) continue;
    edges[i] = gradient_edge(*input);
    if (edges[i].node) wanted |= i < 32 ? uint32_t{1} << i : uint32_t{1} << 31;
  }
  Save save;
  for (const RulePart& part : rule.parts) {
    if (part.inputs & wanted) save = save | part.save;
  }
  if (inputs < 32) save.inputs &= (uint32_t{1} << inputs) - 1;
  save.outputs &= (uint32_t{1} << call.output_count) - 1;

  const RuleNode::Layout layout{.inputs = inputs,
                                .outputs = call.output_count,
                                .saved = save.count(),
                                .shapes = save.shapes,
                                .attribute_bytes = rule.attribute_bytes};
  auto* node = make_node<RuleNode>(layout.bytes(), call.operation, layout);
  NodePtr owner(node);
  for (int i = 0; i < inputs; ++i) node->edges_[i] = std::move(edges[i]);
  for (int i = 0; i < call.output_count; ++i) {
    const TensorBody& output = *call.outputs[static_cast<size_t>(i)];
    node->outputs_[i] = {output.shape(), output.dtype(), output.device()};
  }
  node->saved_inputs_ = save.inputs;
  node->saved_outputs_ = save.outputs;
  if (rule.copy_attributes) rule.copy_attributes(node->attributes_, call.attributes);
  int at = 0;
  for (int i = 0; i < inputs && save.inputs >> i; ++i) {
    if (!(save.inputs >> i & 1)) continue;
    const Tensor input(call.inputs[static_cast<size_t>(i)]);
    if (input.defined() && input->storage().is_inference()) [[unlikely]] {
      fail<RuntimeError>(call.operation.name,
                         ": Inference tensors cannot be saved for backward; clone() the tensor "
                         "outside of inference mode and use the clone");
    }
    const bool replaced = call.in_place && input.body() == call.outputs[0].body();
    SavedTensor& saved = node->saved_[at++] = SavedTensor(replaced ? overwritten : input, false);
    // Another view of the memory that the call itself has overwritten.
    const bool stale = call.in_place && !replaced && input.defined() &&
                       &input->storage() == &call.outputs[0]->storage();
    if (stale) saved.expect_version_before_write();
  }
  for (int i = 0; i < call.output_count && save.outputs >> i; ++i) {
    if (save.outputs >> i & 1) {
      node->saved_[at++] = SavedTensor(call.outputs[static_cast<size_t>(i)], true);
    }
  }
  for (int i = 0; i < node->shape_count_; ++i) {
    if (TensorBody* input = call.inputs[static_cast<size_t>(i)]) node->shapes_[i] = input->shape();
  }
  node->note_location();
  node->number();
  return owner;
}

Tensor Context::grad_or_zeros(int output) const {
  if (gradients_[output].defined()) return gradients_[output];
  const OutputFacts& facts = node_.output(output);
  return zeros(facts.shape, facts.dtype, facts.device);
}

bool Context::needs(int input) const { return is_needed(node_.edge(input)); }
int Context::input_count() const { return node_.edge_count(); }

const Dims& Context::input_shape(int input) const {
  if (node_.shapes_ && node_.shape_count_ > 0) return node_.shapes_[input];
  const Edge& edge = node_.edge(input);
  return edge.node->output(edge.output).shape;
}
DType Context::input_dtype(int input) const {
  const Edge& edge = node_.edge(input);
  return edge.node->output(edge.output).dtype;
}
const Dims& Context::output_shape(int output) const { return node_.output(output).shape; }
const void* Context::attributes() const { return node_.attributes_; }

Tensor Context::saved_input(int input) const {
  const uint32_t bit = uint32_t{1} << input;
  if (!(node_.saved_inputs_ & bit)) return {};
  return node_.saved(std::popcount(node_.saved_inputs_ & (bit - 1))).unpack(node_);
}
Tensor Context::saved_output(int output) const {
  const uint32_t bit = uint32_t{1} << output;
  if (!(node_.saved_outputs_ & bit)) return {};
  return node_
      .saved(std::popcount(node_.saved_inputs_) + std::popcount(node_.saved_outputs_ & (bit - 1)))
      .unpack(node_, output);
}

namespace detail {

Rule& register_rule(const Operation& operation, Rule rule) {
  Rule* kept = new Rule(std::move(rule));  // lives as long as the operation: for ever
  operation.rule = kept;
  return *kept;
}

}  // namespace detail
}  // namespace taeda::autograd

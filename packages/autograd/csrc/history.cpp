#include "taeda/autograd/history.h"

#include <algorithm>

#include "accumulate.h"
#include "copy_slices.h"
#include "free_list.h"
#include "region.h"

namespace taeda::autograd {
namespace {

// The node of a view as a region of its base, whatever operations it was made by.
NodePtr region_of_base(TensorBody& view) { return make_region_node(*view.base, view); }

void forget_retained(TensorHistory& history) {
  if (!history.retains_grad || !history.node) return;
  if (NodeExtras* extras = history.node->known_extras()) std::erase(extras->retained, &history);
}

void attach(TensorHistory& history, const NodePtr& node, int output) {
  forget_retained(history);
  history.node = node;
  history.output = output;
  history.version = history.owner->version();
  if (history.retains_grad) node->extras().retained.push_back(&history);
}

}  // namespace

void* TensorHistory::operator new(size_t bytes) { return allocate_block(bytes); }
void TensorHistory::operator delete(void* memory) { release_block(memory, sizeof(TensorHistory)); }

TensorHistory::~TensorHistory() { forget_retained(*this); }

TensorHistory& history(TensorBody& tensor) {
  if (!tensor.autograd) tensor.autograd.reset(new TensorHistory(tensor));
  return *known_history(tensor);
}

NodePtr gradient_node(TensorBody& tensor) {
  TensorHistory* known = known_history(tensor);
  if (tensor.base.defined() && tensor.base->requires_grad) [[unlikely]] {
    if (!known || !known->node || known->version != tensor.version()) {
      tensor.requires_grad = true;
      attach(history(tensor), region_of_base(tensor), 0);
      return known_history(tensor)->node;
    }
  }
  return known ? known->node : NodePtr();
}

Edge gradient_edge(TensorBody& tensor) {
  if (!requires_grad(tensor)) return {};
  if (NodePtr node = gradient_node(tensor)) return {std::move(node), known_history(tensor)->output};
  TensorHistory& own = history(tensor);
  if (own.accumulator) return {NodePtr(own.accumulator), 0};
  return {NodePtr(make_node<AccumulateGrad>(0, tensor)), 0};
}

void set_history(TensorBody& tensor, const NodePtr& node, int output) {
  tensor.requires_grad = true;
  attach(history(tensor), node, output);
}

void rebase_history(TensorBody& tensor, const NodePtr& node, int output) {
  TensorBody* base = tensor.base.body();
  if (!base) return set_history(tensor, node, output);
  if (output != 0 || node->output_count() != 1) {
    fail<RuntimeError>(node->operation_name(),
                       ": an operation of several results cannot write into a view; clone() it");
  }
  set_history(*base, make_copy_slices(*base, tensor, node), 0);
  tensor.requires_grad = true;
  attach(history(tensor), region_of_base(tensor), 0);
}

void check_in_place(const char* operation, TensorBody& tensor) {
  if (tensor.requires_grad && is_leaf(tensor)) {
    fail<RuntimeError>(operation,
                       ": a leaf Variable that requires grad is being used in an in-place "
                       "operation; write under torch.no_grad(), or clone() it first");
  }
  TensorBody* base = tensor.base.body();
  if (base && base->requires_grad && is_leaf(*base)) {
    fail<RuntimeError>(
        operation,
        ": a view of a leaf Variable that requires grad is being used in an in-place "
        "operation; write under torch.no_grad(), or clone() the leaf first");
  }
}

void retain_grad(TensorBody& tensor) {
  if (!requires_grad(tensor)) {
    fail<RuntimeError>("retain_grad: can't retain_grad on Tensor that has requires_grad=False");
  }
  const NodePtr node = gradient_node(tensor);
  if (!node) return;  // a leaf keeps its gradient anyway
  TensorHistory& own = history(tensor);
  if (own.retains_grad) return;
  own.retains_grad = true;
  node->extras().retained.push_back(&own);
}

void add_tensor_hook(TensorBody& tensor, std::shared_ptr<TensorHook> hook) {
  if (const NodePtr node = gradient_node(tensor)) {
    node->extras().output_hooks.push_back({known_history(tensor)->output, std::move(hook)});
  } else {
    history(tensor).hooks.push_back(std::move(hook));
  }
}

void add_accumulated_hook(TensorBody& tensor, std::shared_ptr<TensorHook> hook) {
  history(tensor).accumulated_hooks.push_back(std::move(hook));
}

}  // namespace taeda::autograd

// History: what autograd hangs on a tensor, and how tensors and nodes are joined.
#pragma once

#include "taeda/autograd/node.h"

namespace taeda::autograd {

class TAEDA_API TensorHistory final : public AutogradSlot {
 public:
  explicit TensorHistory(TensorBody& owner) : owner(&owner) {}
  ~TensorHistory() override;

  TensorBody* owner;
  NodePtr node;  // the operation that made the tensor; null for a leaf
  int output = 0;
  uint32_t version = 0;  // of the storage when `node` was set: a view is stale once it has moved on
  bool retains_grad = false;
  bool accumulating = false;    // a backward is adding to the gradient of this leaf
  Node* accumulator = nullptr;  // that of a leaf while a graph holds it; not owned
  // Hooks of a leaf: on its gradient, and after it has been accumulated.
  std::vector<std::shared_ptr<TensorHook>> hooks, accumulated_hooks;

  static void* operator new(size_t bytes);
  static void operator delete(void* memory);
};

// The history of a tensor, null where it has none yet.
inline TensorHistory* known_history(const TensorBody& tensor) {
  return static_cast<TensorHistory*>(tensor.autograd.get());
}
TAEDA_API TensorHistory& history(TensorBody& tensor);

// Whether operations on it are recorded: it requires grad, or is a view of one that does.
inline bool requires_grad(const TensorBody& tensor) {
  return tensor.requires_grad || (tensor.base.defined() && tensor.base->requires_grad);
}
// The node that made the tensor; null for a leaf. Of a view whose memory was written since, one
// that leads to the base's history.
TAEDA_API NodePtr gradient_node(TensorBody& tensor);
inline bool is_leaf(TensorBody& tensor) { return !gradient_node(tensor); }
// Where the gradient of the tensor goes; without a node if it does not require grad.
TAEDA_API Edge gradient_edge(TensorBody& tensor);
// The tensor is output number `output` of the node from now on.
TAEDA_API void set_history(TensorBody& tensor, const NodePtr& node, int output);
// The same for a tensor that was written in place: of a view, the base gets the history.
TAEDA_API void rebase_history(TensorBody& tensor, const NodePtr& node, int output);
// RuntimeError where the tensor may not be written in place.
TAEDA_API void check_in_place(const char* operation, TensorBody& tensor);

TAEDA_API void retain_grad(TensorBody& tensor);
// Called with the tensor's gradient, before it is accumulated or goes on.
TAEDA_API void add_tensor_hook(TensorBody& tensor, std::shared_ptr<TensorHook> hook);
TAEDA_API void add_accumulated_hook(TensorBody& tensor, std::shared_ptr<TensorHook> hook);

}  // namespace taeda::autograd

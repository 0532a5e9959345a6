#include "accumulate.h"

#include "taeda/autograd/engine.h"
#include "taeda/autograd/history.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/elementwise.h"

namespace taeda::autograd {
namespace {

void (*wait_for_others)() = nullptr;

// One backward at a time adds to a leaf: large additions give the interpreter away while they run.
class Adding {
 public:
  explicit Adding(TensorHistory& history) : history_(history) {
    while (history_.accumulating && wait_for_others) wait_for_others();
    history_.accumulating = true;
  }
  Adding(const Adding&) = delete;
  Adding& operator=(const Adding&) = delete;
  ~Adding() { history_.accumulating = false; }

 private:
  TensorHistory& history_;
};

// Whether nobody but the engine holds the tensor or its memory, so that `.grad` may take it over.
bool is_unshared(const Tensor& gradient) {
  return gradient->references() == 1 && gradient->storage().references() == 1 &&
         gradient->is_contiguous();
}

}  // namespace

void install_wait(void (*wait)()) { wait_for_others = wait; }

AccumulateGrad::AccumulateGrad(size_t block_bytes, TensorBody& leaf)
    : Node(block_bytes), leaf_(&leaf) {
  output_count_ = 1;
  number();
  history(leaf).accumulator = this;
}

AccumulateGrad::~AccumulateGrad() {
  if (TensorHistory* known = known_history(*leaf_); known && known->accumulator == this) {
    known->accumulator = nullptr;
  }
}

const OutputFacts& AccumulateGrad::output(int) const {
  if (facts_.shape != leaf_->shape() || facts_.dtype != leaf_->dtype() ||
      facts_.device != leaf_->device()) {
    facts_ = {leaf_->shape(), leaf_->dtype(), leaf_->device()};
  }
  return facts_;
}

Gradients AccumulateGrad::backward(const Gradients& gradients) {
  const Tensor& gradient = gradients[0];
  if (!gradient.defined()) return {};
  TensorBody& leaf = *leaf_;
  if (!leaf.requires_grad) return {};
  {
    Adding adding(history(leaf));
    if (!leaf.grad.defined()) {
      leaf.grad = is_unshared(gradient) && !(grad_enabled() && gradient->requires_grad)
                      ? gradient
                      : clone(gradient);
    } else if (!grad_enabled()) {
      run_in_place<Elementwise<Add>>({leaf.grad.body(), gradient.body()}, {default_params<Add>()});
    } else {
      leaf.grad = apply<Add>(leaf.grad, gradient);
    }
  }
  // A hook may remove itself, or add others.
  const auto hooks = history(leaf).accumulated_hooks;
  Tensor self(&leaf);
  for (const auto& hook : hooks) (*hook)(self);
  return {};
}

}  // namespace taeda::autograd

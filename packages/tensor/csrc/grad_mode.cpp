#include "taeda/tensor/grad_mode.h"

#include "taeda/tensor/tensor.h"

namespace taeda {
namespace {

struct Mode {
  bool grad = true, inference = false;
  bool recording = true;
};
thread_local Mode mode;

}  // namespace

bool grad_enabled() { return mode.recording; }
void set_grad_enabled(bool enabled) {
  mode.grad = enabled;
  mode.recording = mode.grad && !mode.inference;
}
bool inference_enabled() { return mode.inference; }
void set_inference_enabled(bool enabled) {
  if (enabled == mode.inference) return;
  mode.inference = enabled;
  mode.recording = mode.grad && !mode.inference;
  Storage::count_inference_mode(enabled ? 1 : -1);
}

void check_may_require_grad(const TensorBody& tensor) {
  if (!is_floating(tensor.dtype())) {
    fail<RuntimeError>(
        "requires_grad: only Tensors of floating point dtype can require gradients, got ",
        tensor.dtype());
  }
  if (tensor.storage().is_inference() && !mode.inference) {
    fail<RuntimeError>(
        "requires_grad: a tensor made in inference mode cannot require gradients outside of it; "
        "clone() it first");
  }
}

}  // namespace taeda

#include "taeda/tensor/grad_mode.h"

#include "taeda/tensor/tensor.h"

namespace taeda {

constinit thread_local detail::Modes detail::modes;

void set_grad_enabled(bool enabled) {
  detail::modes.grad = enabled;
  detail::modes.recording = detail::modes.grad && !detail::modes.inference;
}
void set_inference_enabled(bool enabled) {
  if (enabled == detail::modes.inference) return;
  detail::modes.inference = enabled;
  detail::modes.recording = detail::modes.grad && !detail::modes.inference;
  Storage::count_inference_mode(enabled ? 1 : -1);
}

void check_may_require_grad(const TensorBody& tensor) {
  if (!is_floating(tensor.dtype())) {
    fail<RuntimeError>(
        "requires_grad: only Tensors of floating point dtype can require gradients, got ",
        tensor.dtype());
  }
  if (tensor.storage().is_inference() && !detail::modes.inference) {
    fail<RuntimeError>(
        "requires_grad: a tensor made in inference mode cannot require gradients outside of it; "
        "clone() it first");
  }
}

}  // namespace taeda

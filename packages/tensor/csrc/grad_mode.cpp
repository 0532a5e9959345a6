#include "taeda/tensor/grad_mode.h"

namespace taeda {
namespace {
thread_local bool grad = true;
thread_local bool inference = false;
}  // namespace

bool grad_enabled() { return grad; }
void set_grad_enabled(bool enabled) { grad = enabled; }
bool inference_enabled() { return inference; }
void set_inference_enabled(bool enabled) { inference = enabled; }

}  // namespace taeda

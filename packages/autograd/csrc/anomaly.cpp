#include "engine_state.h"
#include "taeda/autograd/engine.h"
#include "taeda/tensor/grad_mode.h"
#include "taeda/tensor/ops/copy.h"
#include "taeda/tensor/ops/creation.h"

namespace taeda::autograd {
namespace {

std::string (*stack_trace)() = nullptr;

bool has_nan(const Tensor& tensor) {
  const NoGrad guard;
  const Tensor flat = contiguous(moved(tensor, tensor.dtype(), {}));
  return dispatch(flat.dtype(), [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      return false;
    } else {
      const T* values = flat->as<T>();
      for (int64_t i = 0; i < flat.numel(); ++i) {
        const auto value = static_cast<double>(values[i]);
        if (value != value) return true;
      }
      return false;
    }
  });
}

}  // namespace

AnomalyMode& anomaly_mode() {
  thread_local AnomalyMode mode;
  return mode;
}

void install_stack_trace(std::string (*trace)()) { stack_trace = trace; }

void note_forward_trace(Node& node) {
  if (stack_trace) node.extras().forward_trace = stack_trace();
}

void check_anomaly(const Node& node, const Gradients& results) {
  if (!anomaly_mode().check_nan) return;
  for (int i = 0; i < results.size(); ++i) {
    if (!results[i].defined() || !has_nan(results[i])) continue;
    const NodeExtras* extras = node.known_extras();
    const std::string trace = extras ? extras->forward_trace : std::string();
    fail<RuntimeError>("Function '", node.name(), "' returned nan values in its ", i,
                       "th output; its forward was run here:\n",
                       trace.empty() ? node.location().text() : trace);
  }
}

}  // namespace taeda::autograd

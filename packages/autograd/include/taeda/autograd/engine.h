// The engine: walks the tape from the youngest node down and carries gradients along.
#pragma once

#include <functional>
#include <vector>

#include "taeda/autograd/node.h"

namespace taeda::autograd {

struct BackwardOptions {
  bool retain_graph = false;  // keep what is saved, for another backward
  bool create_graph = false;  // record the derivatives, to differentiate them again
  bool accumulate = true;     // into the `.grad` of leaves; of `inputs` alone where there are any
};

// Runs backward from the roots, of which each has its gradient. With `inputs`, only what they need
// is computed, and their gradients are returned (undefined where a tensor was not reached).
TAEDA_API std::vector<Tensor> run_backward(const std::vector<Tensor>& roots,
                                           std::vector<Tensor> gradients,
                                           const std::vector<Tensor>& inputs,
                                           const BackwardOptions& options);

// Called at the end of the backward that runs in this thread; RuntimeError where none does.
TAEDA_API void queue_callback(std::function<void()> callback);

// Whether the backward that runs in this thread is one for some inputs only.
TAEDA_API bool runs_for_inputs();

// Anomaly mode, thread by thread: nodes keep the traceback of their forward, and a NaN that a node
// produces is an error that shows it.
struct AnomalyMode {
  bool enabled = false;
  bool check_nan = true;
};
TAEDA_API AnomalyMode& anomaly_mode();
// The stack of the interpreter as text; installed by the bindings.
TAEDA_API void install_stack_trace(std::string (*trace)());

// The gradient summed over the axes along which `shape` was broadcast to it.
TAEDA_API Tensor sum_to(const Tensor& gradient, const Dims& shape);
// Whether a tensor of shape `to` can have been broadcast to `from`.
TAEDA_API bool sums_to(const Dims& from, const Dims& to);

// Lets other threads have the interpreter while this one waits; installed by the bindings.
TAEDA_API void install_wait(void (*wait)());

// Installs the recorder: operations on tensors that require grad are taped from then on.
TAEDA_API void install();

}  // namespace taeda::autograd

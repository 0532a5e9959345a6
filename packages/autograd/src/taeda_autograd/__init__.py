"""Reverse-mode differentiation: the tape, the engine and the rules; importing it turns the tape on.

>>> import taeda_tensor as torch
>>> import taeda_autograd
>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

import taeda_tensor.cuda as _cuda
from taeda_autograd import (
    _cuda_graphs,
    _tensor as _tensor,
    function as function,
    functional as functional,
    graph as graph,
)
from taeda_autograd._anomaly import (
    detect_anomaly as detect_anomaly,
    is_anomaly_enabled as is_anomaly_enabled,
    set_detect_anomaly as set_detect_anomaly,
)
from taeda_autograd._autograd import Node as Node, backward as backward, grad as grad
from taeda_autograd._checkpoint import (
    checkpoint as checkpoint,
    checkpoint_sequential as checkpoint_sequential,
)
from taeda_autograd._function import (
    Function as Function,
    once_differentiable as once_differentiable,
)
from taeda_autograd._gradcheck import (
    GradcheckError as GradcheckError,
    gradcheck as gradcheck,
    gradgradcheck as gradgradcheck,
)
from taeda_tensor import (
    Tensor as Variable,
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)

__all__ = [
    "Function",
    "GradcheckError",
    "Node",
    "Variable",
    "backward",
    "checkpoint",
    "checkpoint_sequential",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_enabled",
    "no_grad",
    "once_differentiable",
    "set_detect_anomaly",
    "set_grad_enabled",
]
__version__ = "0.1.0"

# The part of taeda.cuda that needs a tape.
setattr(_cuda, "make_graphed_callables", _cuda_graphs.make_graphed_callables)  # noqa: B010

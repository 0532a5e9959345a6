"""What operations written in Python are made of."""

from taeda_autograd._function import (
    Function as Function,
    FunctionCtx as FunctionCtx,
    once_differentiable as once_differentiable,
)

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

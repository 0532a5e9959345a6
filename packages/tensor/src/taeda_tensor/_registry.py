"""How operations written in Python become methods of Tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from taeda_tensor._tensor import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])


def method(function: Function) -> Function:
    """Makes a function a method of Tensor too, under its own name."""
    setattr(Tensor, function.__name__, function)
    return function


def alias(name: str, function: Function) -> Function:
    """Makes a function a method of Tensor under another name; returns it unchanged."""
    setattr(Tensor, name, function)
    return function


def attribute(function: Callable[[Tensor], Any]) -> property:
    """Makes a function an attribute of Tensor that can only be read, under its own name."""
    read = property(function)
    setattr(Tensor, function.__name__, read)
    return read

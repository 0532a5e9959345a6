"""Operations that only the CPU has, for tensors of any device: by copies there and back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from taeda_tensor._tensor import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])


def on_cpu(function: Function) -> Function:
    """Lets a function of tensors of the CPU take those of another device."""

    @functools.wraps(function)
    def anywhere(*arguments: Any, **options: Any) -> Any:
        devices = {x.device for x in (*arguments, *options.values()) if isinstance(x, Tensor)}
        if all(device.type == "cpu" for device in devices):
            return function(*arguments, **options)
        if len(devices) > 1:
            names = " and ".join(sorted(map(str, devices)))
            raise RuntimeError(
                f"{function.__name__}: all tensors must be on one device, got {names}"
            )
        (device,) = devices
        there = [_moved(x, "cpu") for x in arguments]
        result = function(*there, **{name: _moved(x, "cpu") for name, x in options.items()})
        if isinstance(result, tuple):
            return type(result)(*(_moved(part, device) for part in result))
        return _moved(result, device)

    return cast(Function, anywhere)


def _moved(value: Any, device: Any) -> Any:
    return value.to(device) if isinstance(value, Tensor) else value

"""Windows for signals: weights that fall towards both ends."""

from __future__ import annotations

import math
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._tensor import Tensor

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window"]


def _places(length: int, periodic: bool, name: str) -> tuple[Tensor, int]:
    if length < 0:
        raise RuntimeError(f"{name}: window_length must not be negative, got {length}")
    period = length if periodic else length - 1
    return _tensor.arange(length, dtype=_tensor.float64), max(period, 1)


def _finished(window: Tensor, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    wanted = _tensor.get_default_dtype() if dtype is None else dtype
    if window.numel() == 1:  # where the formulas have no period
        window = _tensor.ones(1)
    made = window.to(device or "cpu", wanted)
    return made.requires_grad_() if requires_grad else made


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """sin^2(pi n / N); N is the length, less one where it is not periodic.

    >>> hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return hamming_window(
        window_length,
        periodic,
        0.5,
        0.5,
        dtype=dtype,
        device=device,
        requires_grad=requires_grad,
    )


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """alpha - beta cos(2 pi n / N).

    >>> hamming_window(3, periodic=False)
    tensor([0.0800, 1.0000, 0.0800])
    """
    places, period = _places(window_length, periodic, "hamming_window")
    window = alpha - beta * (places * (2 * math.pi / period)).cos()
    return _finished(window, dtype, device, requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).

    >>> blackman_window(3, periodic=False)[1].item()
    1.0
    """
    places, period = _places(window_length, periodic, "blackman_window")
    angle = places * (2 * math.pi / period)
    window = 0.42 - 0.5 * angle.cos() + 0.08 * (2 * angle).cos()
    return _finished(window, dtype, device, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """1 - |2 n / N - 1|, a triangle.

    >>> bartlett_window(4).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    places, period = _places(window_length, periodic, "bartlett_window")
    window = 1 - (places * (2 / period) - 1).abs()
    return _finished(window, dtype, device, requires_grad)

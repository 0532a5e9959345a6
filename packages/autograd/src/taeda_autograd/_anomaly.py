"""Anomaly mode: finds the forward operation whose derivative was NaN."""

from __future__ import annotations

from typing import Any

from taeda_autograd import _autograd


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return _autograd.anomaly()[0]


class set_detect_anomaly:
    """Turns anomaly mode on or off, for good or within a `with` block.

    While it is on, each step of the tape keeps the stack of its forward, and a NaN that a step
    computes is a RuntimeError that shows it. For debugging: it is slow.

    >>> import taeda_tensor as torch
    >>> x = torch.tensor([0.0], requires_grad=True)
    >>> with set_detect_anomaly(True):
    ...     (x.sqrt() * 0).backward(torch.tensor([1.0]))
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output...
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _autograd.anomaly()
        _autograd.set_anomaly(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: Any) -> None:
        _autograd.set_anomaly(*self._before)


class detect_anomaly:
    """Anomaly mode within a `with` block: see `set_detect_anomaly`.

    >>> with detect_anomaly():
    ...     pass
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan

    def __enter__(self) -> None:
        self._before = _autograd.anomaly()
        _autograd.set_anomaly(True, self._check_nan)

    def __exit__(self, *_: Any) -> None:
        _autograd.set_anomaly(*self._before)

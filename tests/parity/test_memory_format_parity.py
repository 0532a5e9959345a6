"""Where copies lie in memory beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import taeda

torch = pytest.importorskip("torch")

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda x: x,
    "permuted": lambda x: x.permute(0, 3, 1, 2),
    "outer": lambda x: x.permute(3, 0, 2, 1),
    "gaps": lambda x: x.permute(0, 3, 1, 2)[:, :, ::2],
    "one channel": lambda x: x[..., :1].permute(0, 3, 1, 2),
    "one image": lambda x: x[:1].permute(0, 3, 1, 2),
    "flat": lambda x: x.reshape(-1, 3).t(),
}
COPIES: dict[str, Callable[[Any, Any], Any]] = {
    "clone": lambda lib, x: x.clone(),
    "double": lambda lib, x: x.double(),
    "to": lambda lib, x: x.to(lib.int64),
    "zeros_like": lambda lib, x: lib.zeros_like(x),
    "full_like": lambda lib, x: lib.full_like(x, 3),
    "rand_like": lambda lib, x: lib.rand_like(x),
    "contiguous": lambda lib, x: x.contiguous(),
    "row-major clone": lambda lib, x: x.clone(memory_format=lib.contiguous_format),
    "channels last": lambda lib, x: x.contiguous(memory_format=lib.channels_last),
    "channels last clone": lambda lib, x: x.clone(memory_format=lib.channels_last),
    "channels last like": lambda lib, x: lib.empty_like(x, memory_format=lib.channels_last),
    "is channels last": lambda lib, x: x.is_contiguous(memory_format=lib.channels_last),
}


def described(lib: Any, layout: str, copy: str) -> Any:
    try:
        result = COPIES[copy](lib, LAYOUTS[layout](lib.ones(2, 4, 5, 3)))
    except RuntimeError:
        return "RuntimeError"
    if isinstance(result, bool):
        return result
    # The stride of a dimension of one element says nothing.
    return [(n, s if n > 1 else None) for n, s in zip(result.shape, result.stride(), strict=True)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("copy", COPIES)
def test_strides(layout: str, copy: str) -> None:
    assert described(taeda, layout, copy) == described(torch, layout, copy)

"""Operations along a dimension that lies across memory give the bits that they give along it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import taeda_autograd  # noqa: F401
import taeda_tensor as tt
from taeda_tensor import Tensor

Function = Callable[[Tensor, int], Tensor]

FUNCTIONS: dict[str, Function] = {
    "softmax": lambda x, dim: x.softmax(dim),
    "log_softmax": lambda x, dim: x.log_softmax(dim),
    "cumsum": lambda x, dim: x.cumsum(dim),
    "cumprod": lambda x, dim: x.cumprod(dim),
}
# One vector and less, the lanes of a sum and more, one block and more; neighbours that fill vectors
# and leave a rest.
LENGTHS = (1, 2, 3, 8, 9, 16, 17, 31, 33, 70, 2048, 2100)
NEIGHBOURS = (5, 16, 35)


def values(shape: tuple[int, ...], dtype: tt.dtype) -> np.ndarray:
    x = np.random.default_rng(0).standard_normal(shape) * 4
    if shape[1] > 2:
        x[0, 1, 0], x[0, :, 1], x[0, 2, 2], x[0, :, 3] = np.nan, -np.inf, np.inf, -0.0
    return x.astype(np.float64 if dtype is tt.float64 else np.float32)


def same_bits(actual: Tensor, expected: Tensor) -> None:
    assert actual.numpy().tobytes() == expected.contiguous().numpy().tobytes()


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64, tt.bfloat16])
@pytest.mark.parametrize("neighbours", NEIGHBOURS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_and_its_gradient(
    name: str, length: int, neighbours: int, dtype: tt.dtype
) -> None:
    function = FUNCTIONS[name]
    shape = (3, length, neighbours)
    across = tt.from_numpy(values(shape, dtype)).to(dtype).requires_grad_()
    along = across.detach().movedim(1, -1).contiguous().requires_grad_()
    found, expected = function(across, 1), function(along, -1)
    same_bits(found.detach().float(), expected.detach().movedim(-1, 1).float())
    g = tt.from_numpy(np.random.default_rng(1).standard_normal(shape)).to(dtype)
    found.backward(g)
    expected.backward(g.movedim(1, -1).contiguous())
    assert across.grad is not None and along.grad is not None  # noqa: PT018
    if name != "cumprod":  # whose derivative is composed of others
        same_bits(across.grad.float(), along.grad.movedim(-1, 1).float())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("classes", [2, 3, 21, 40, 2100])
def test_the_loss_of_positions(
    classes: int, reduction: str, smoothing: float, weighted: bool
) -> None:
    random = np.random.default_rng(2)
    x = random.standard_normal((3, classes, 5, 7)).astype(np.float32)
    x[0, 1, 0, 0] = np.nan
    target = random.integers(0, classes, (3, 5, 7))
    target[1, 2:4] = -100
    weight = tt.rand(classes) if weighted else None
    across = tt.tensor(x, requires_grad=True)
    along = across.detach().movedim(1, -1).reshape(-1, classes).requires_grad_()

    def loss(logits: Tensor, targets: np.ndarray) -> Tensor:
        return tt.cross_entropy(
            logits,
            tt.from_numpy(targets),
            weight,
            reduction=reduction,
            label_smoothing=smoothing,
        )

    found, expected = loss(across, target), loss(along, target.reshape(-1))
    same_bits(found.detach().reshape(-1), expected.detach().reshape(-1))
    g = tt.rand(found.numel()) if reduction == "none" else tt.tensor([0.7])
    found.backward(g.reshape(found.shape))
    expected.backward(g.reshape(expected.shape))
    assert across.grad is not None and along.grad is not None  # noqa: PT018
    same_bits(across.grad, along.grad.reshape(3, 5, 7, classes).movedim(-1, 1))

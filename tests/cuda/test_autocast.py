"""Autocast and GradScaler on a device: PyTorch's lists for CUDA."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_optim
import taeda_tensor as tt
from taeda_nn import functional as F
from taeda_optim.grad_scaler import GradScaler

CASES: dict[str, tuple[Callable[[tt.Tensor], tt.Tensor], tt.dtype]] = {
    "matmul": (lambda x: x @ x, tt.float16),
    "linear": (lambda x: tt.linear(x, x.half(), x[0]), tt.float16),
    "conv1d": (lambda x: tt.conv1d(x[None], x.reshape(2, 4, 2)), tt.float16),
    "softmax": (lambda x: x.half().softmax(1), tt.float32),
    "log_softmax": (lambda x: x.half().log_softmax(1), tt.float32),
    "exp": (lambda x: x.half().exp(), tt.float32),
    "pow": (lambda x: x.half() ** 3, tt.float32),
    "square": (lambda x: x.half().square(), tt.float32),
    "sum": (lambda x: x.half().sum(), tt.float32),
    "sum of a dtype": (lambda x: x.half().sum(dtype=tt.float16), tt.float16),
    "cumsum": (lambda x: x.half().cumsum(0), tt.float32),
    "norm": (lambda x: x.half().norm(), tt.float32),
    "logsumexp": (lambda x: x.half().logsumexp(1), tt.float32),
    "layer_norm": (lambda x: tt.layer_norm(x.half(), (4,)), tt.float32),
    "mse_loss": (lambda x: F.mse_loss(x.half(), x.half()), tt.float32),
    "cross_entropy": (
        lambda x: tt.cross_entropy(x.half(), tt.arange(4, device=x.device)),
        tt.float32,
    ),
    "scatter_add": (
        lambda x: x.scatter_add(0, tt.zeros(4, 4, dtype=tt.int64, device=x.device), x.half()),
        tt.float32,
    ),
    "relu": (lambda x: x.half().relu(), tt.float16),
    "mean": (lambda x: x.half().mean(), tt.float16),
    "double": (lambda x: x.double().exp(), tt.float64),
}


@pytest.mark.parametrize("name", CASES)
def test_dtype_of_the_result(name: str) -> None:
    function, dtype = CASES[name]
    x = tt.arange(16.0).reshape(4, 4).div(16).cuda()
    with tt.autocast("cuda"):
        assert function(x).dtype is dtype
        # Tensors of the CPU are none of its business.
        assert (x.cpu() @ x.cpu()).dtype is tt.float32
    with tt.autocast("cpu"):
        assert (x @ x).dtype is tt.float32


def test_binary_cross_entropy_is_refused() -> None:
    x = tt.full((2,), 0.5, device="cuda")
    with tt.autocast("cuda"), pytest.raises(RuntimeError, match="are unsafe to autocast"):
        F.binary_cross_entropy(x, x)


def test_training_in_float16() -> None:
    tt.manual_seed(0)
    x = tt.randn(32, 4).cuda()
    goal = x @ tt.randn(4, 2).cuda()
    weight = tt.zeros(2, 4, device="cuda", requires_grad=True)
    optimizer = taeda_optim.SGD([weight], lr=0.2)
    scaler = GradScaler("cuda")
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        with tt.autocast("cuda"):
            loss = F.mse_loss(tt.linear(x, weight), goal)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert weight.grad is not None
    assert weight.grad.dtype is tt.float32
    assert losses[-1] < 0.01 * losses[0]

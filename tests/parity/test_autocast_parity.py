"""The dtype of each result under autocast on the CPU, beside PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import taeda

torch = pytest.importorskip("torch")

Case = Callable[[Any, Any, Any], Any]  # the library, a float32 matrix, the same in bfloat16

CASES: dict[str, Case] = {
    "matmul": lambda t, x, h: x @ h,
    "double": lambda t, x, h: x.double() @ x.double(),
    "addmm": lambda t, x, h: t.addmm(x, x, h),
    "baddbmm": lambda t, x, h: t.baddbmm(x[None], x[None], h[None]),
    "einsum": lambda t, x, h: t.einsum("ij,jk->ik", x, x),
    "tensordot": lambda t, x, h: t.tensordot(x, x, 1),
    "multi_dot": lambda t, x, h: t.linalg.multi_dot([x, x]),
    "outer": lambda t, x, h: t.outer(x[0], x[1]),
    "linear": lambda t, x, h: t.nn.functional.linear(h, x, x[0]),
    "conv1d": lambda t, x, h: t.nn.functional.conv1d(x[None], x.reshape(2, 4, 2)),
    "conv_transpose1d": lambda t, x, h: t.nn.functional.conv_transpose1d(
        x[None], x.reshape(4, 2, 2)
    ),
    "attention": lambda t, x, h: t.nn.functional.scaled_dot_product_attention(
        x[None], h[None], x[None]
    ),
    "softmax": lambda t, x, h: h.softmax(1),
    "log_softmax": lambda t, x, h: h.log_softmax(1),
    "sum": lambda t, x, h: h.sum(),
    "prod": lambda t, x, h: h.prod(),
    "mean": lambda t, x, h: h.mean(),
    "exp": lambda t, x, h: h.exp(),
    "pow": lambda t, x, h: h**2.5,
    "cumsum": lambda t, x, h: h.cumsum(0),
    "norm": lambda t, x, h: h.norm(),
    "logsumexp": lambda t, x, h: h.logsumexp(0),
    "softplus": lambda t, x, h: t.nn.functional.softplus(h),
    "layer_norm": lambda t, x, h: t.nn.functional.layer_norm(h, (4,), x[0], x[1]),
    "group_norm": lambda t, x, h: t.nn.functional.group_norm(h, 2, x[0], x[1]),
    "batch_norm": lambda t, x, h: t.nn.functional.batch_norm(
        h, x[0].clone(), x[1].abs(), x[0], x[1]
    ),
    "rms_norm": lambda t, x, h: t.nn.functional.rms_norm(h, (4,)),
    "mse_loss": lambda t, x, h: t.nn.functional.mse_loss(h, h),
    "l1_loss": lambda t, x, h: t.nn.functional.l1_loss(h, h),
    "smooth_l1_loss": lambda t, x, h: t.nn.functional.smooth_l1_loss(h, h),
    "huber_loss": lambda t, x, h: t.nn.functional.huber_loss(h, h),
    "kl_div": lambda t, x, h: t.nn.functional.kl_div(h, h.exp(), reduction="sum"),
    "binary_cross_entropy": lambda t, x, h: t.nn.functional.binary_cross_entropy(
        h.sigmoid(), h.sigmoid()
    ),
    "binary_cross_entropy_with_logits": lambda t, x, h: (
        t.nn.functional.binary_cross_entropy_with_logits(h, h.sigmoid())
    ),
    "cross_entropy": lambda t, x, h: t.nn.functional.cross_entropy(h, t.tensor([0, 1, 2, 3])),
    "cross_entropy of probabilities": lambda t, x, h: t.nn.functional.cross_entropy(
        h, h.softmax(1)
    ),
    "nll_loss": lambda t, x, h: t.nn.functional.nll_loss(h, t.tensor([0, 1, 2, 3])),
    "cat": lambda t, x, h: t.cat([h, x]),
    "stack": lambda t, x, h: t.stack([h, x]),
    "addcmul": lambda t, x, h: t.addcmul(x, h, h),
    "add": lambda t, x, h: h + x,
    "cdist": lambda t, x, h: t.cdist(h, h),
    "quantile": lambda t, x, h: h.quantile(0.5),
    "trace": lambda t, x, h: h.trace(),
    "embedding": lambda t, x, h: t.nn.functional.embedding(t.tensor([0, 1]), x),
    "LSTM": lambda t, x, h: t.nn.LSTM(4, 4)(x[None])[0],
    "RNN": lambda t, x, h: t.nn.RNN(4, 4)(x[None])[0],
    "MultiheadAttention": lambda t, x, h: t.nn.MultiheadAttention(4, 2)(x, x, x)[0],
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_dtype_of_the_result(name: str, dtype: str) -> None:
    def found(library: Any) -> str:
        library.manual_seed(0)
        x = library.randn(4, 4)
        half = x.to(getattr(library, dtype))
        with library.autocast("cpu", dtype=getattr(library, dtype)):
            return str(CASES[name](library, x, half).dtype).partition(".")[2]

    try:
        expected = found(torch)
    except RuntimeError as error:
        pytest.skip(f"PyTorch cannot: {error}")
    assert found(taeda) == expected

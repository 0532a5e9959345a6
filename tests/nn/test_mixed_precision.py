"""Training under autocast: a small convolutional network learns as it does in float32."""

from __future__ import annotations

import contextlib

import pytest

import taeda_autograd  # noqa: F401  (gradients)
import taeda_nn as nn
import taeda_optim
import taeda_tensor as tt
from taeda_nn import functional as F

CLASSES, SIZE = 10, 12


def images(count: int) -> tuple[tt.Tensor, tt.Tensor]:
    """Pictures of ten classes: a pattern of each, with noise."""
    patterns = tt.randn(CLASSES, 1, SIZE, SIZE, generator=tt.Generator().manual_seed(1))
    classes = tt.arange(count) % CLASSES
    return patterns[classes] + 0.7 * tt.randn(count, 1, SIZE, SIZE), classes


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.1),
        nn.Linear(32 * 3 * 3, 64),
        nn.LayerNorm(64),
        nn.GELU(),
        nn.Linear(64, CLASSES),
    )


def train(dtype: tt.dtype | None) -> tuple[float, float, set[tt.dtype]]:
    """The mean loss of the last steps, the accuracy on new images, the dtypes of the gradients."""
    tt.manual_seed(0)
    model = network()
    optimizer = taeda_optim.AdamW(model.parameters(), lr=2e-3)
    x, y = images(640)
    losses = []
    for step in range(40):
        part = slice(64 * (step % 10), 64 * (step % 10 + 1))
        context = contextlib.nullcontext() if dtype is None else tt.autocast("cpu", dtype=dtype)
        with context:
            scores = model(x[part])
            loss = F.cross_entropy(scores, y[part])
        assert scores.dtype is (dtype or tt.float32)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    x, y = images(500)
    with tt.no_grad(), tt.autocast("cpu", enabled=dtype is not None):
        accuracy = (model.eval()(x).argmax(1) == y).float().mean().item()
    gradients = {p.grad.dtype for p in model.parameters() if p.grad is not None}
    return sum(losses[-10:]) / 10, accuracy, gradients


@pytest.mark.parametrize("dtype", [tt.bfloat16, tt.float16])
def test_learns_as_in_float32(dtype: tt.dtype) -> None:
    loss, accuracy, _ = train(None)
    mixed_loss, mixed_accuracy, gradients = train(dtype)
    assert gradients == {tt.float32}
    assert accuracy > 0.95
    # Rounding to eight bits moves single images, not what has been learnt.
    assert mixed_accuracy > accuracy - 0.02
    assert abs(mixed_loss - loss) < 0.02


def recurrent_loss(mixed: bool) -> float:
    tt.manual_seed(0)
    encoder, head = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 1)
    optimizer = taeda_optim.Adam([*encoder.parameters(), *head.parameters()], lr=1e-2)
    x = tt.randn(32, 6, 8)
    goal = x.sum(1).tanh()[:, :1]
    for _ in range(40):
        optimizer.zero_grad()
        with tt.autocast("cpu", enabled=mixed):
            outputs, _ = encoder(x)
            loss = F.mse_loss(head(outputs[:, -1]), goal)
        loss.backward()
        optimizer.step()
    return loss.item()


def test_a_recurrent_network_learns_as_in_float32() -> None:
    loss = recurrent_loss(False)
    assert loss < 0.1
    # A loss of this size is the mean square of errors of a tenth: bfloat16 knows them to 1 in 256.
    assert abs(recurrent_loss(True) - loss) < 0.1 * loss + 1e-3


def test_a_transformer_layer_runs_forward_and_backward() -> None:
    tt.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    x = tt.randn(2, 5, 16)
    expected = layer.eval()(x)
    with tt.autocast("cpu"):
        result = layer(x)
        loss = result.float().square().mean()
    loss.backward()
    # The last step is a layer norm, of elements of size 1: 2^-8 a rounding, several of them.
    assert (result.float() - expected).abs().max().item() < 0.06
    assert all(p.grad is not None and p.grad.dtype is tt.float32 for p in layer.parameters())

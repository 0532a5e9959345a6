"""A small convolutional network trains on the device as it does on the CPU."""

from __future__ import annotations

import numpy as np
import pytest

import taeda as torch
import taeda.nn.functional as F
from taeda import nn


def losses(device: str, optimizer: str) -> list[float]:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10),
    ).to(device)
    images = torch.randn(8, 1, 8, 8).to(device)
    labels = torch.arange(8).to(device)
    steps = getattr(torch.optim, optimizer)(model.parameters(), lr=0.01)
    result = []
    for _ in range(5):
        steps.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
        result.append(loss.item())
    return result


@pytest.mark.parametrize(
    "optimizer",
    ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "AdamW", "NAdam", "RAdam"],
)
def test_training(optimizer: str) -> None:
    # Five steps of float32 sums in another order.
    np.testing.assert_allclose(losses("cuda", optimizer), losses("cpu", optimizer), rtol=1e-3)

"""The network: three convolutions and one linear layer, 29,000 parameters."""

from __future__ import annotations

import taeda as torch
import taeda.nn as nn

# The mean and standard deviation of all training pixels, in the units of the file (0..255).
PIXEL_MEAN = 33.32
PIXEL_STD = 78.57


class Normalize(nn.Module):
    """(x - mean) / std of grey levels, uint8 to float32, so that the model takes raw pixels."""

    def __init__(self, mean: float, std: float) -> None:
        super().__init__()
        self.mean = mean
        self.std = std

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images.to(torch.float32) - self.mean) / self.std

    def extra_repr(self) -> str:
        return f"mean={self.mean}, std={self.std}"


def block(channels_in: int, channels_out: int) -> nn.Sequential:
    """Convolution, batch norm, ReLU, and a pooling that halves the sides.

    Pooling comes first, so that the norm and the ReLU see a quarter of the values.
    """
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class Net(nn.Module):
    """uint8 images (N, 1, 28, 28) to the scores of the ten digits, float32 (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalize(PIXEL_MEAN, PIXEL_STD)
        self.features = nn.Sequential(block(1, 16), block(16, 32), block(32, 64))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(64 * 3 * 3, 10),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.classifier(self.features(self.normalize(images)))
        return scores

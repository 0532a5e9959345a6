"""A whole training step, more than once; as a program it prints a digest of all that came out."""

from __future__ import annotations

import hashlib

import taeda as torch
import taeda.nn.functional as F
from taeda import nn


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 16, 3, stride=2)
        self.dropout = nn.Dropout(0.2)
        self.output = nn.Linear(16 * 6 * 6, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)
        x = F.gelu(self.second(x))
        return self.output(self.dropout(x.flatten(1)))


def train(steps: int = 3) -> dict[str, bytes]:
    """The losses, parameters, gradients and buffers after some steps, as bytes."""
    torch.manual_seed(3)
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        images, labels = torch.randn(48, 1, 28, 28), torch.randint(0, 10, (48,))
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    found = {"losses": torch.stack(losses).numpy().tobytes()}
    for name, tensor in model.state_dict().items():
        found[name] = tensor.numpy().tobytes()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        found[f"{name}.grad"] = parameter.grad.numpy().tobytes()
    return found


def digest(found: dict[str, bytes]) -> str:
    return hashlib.sha256(b"".join(found.values())).hexdigest()


if __name__ == "__main__":
    print(torch.get_num_threads(), digest(train()))

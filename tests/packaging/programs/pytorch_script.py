"""A script that knows only PyTorch."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import StepLR

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, required=True)
steps = parser.parse_args().steps

torch.manual_seed(0)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, step_size=10)
x = torch.randn(32, 3)
y = x.sum(dim=1, keepdim=True)
first = None
for _ in range(steps):
    loss = F.mse_loss(model(x), y)
    first = loss.item() if first is None else first
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
assert loss.item() < first / 2, (first, loss.item())
print("trained")

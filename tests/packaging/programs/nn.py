"""Kernels, tensors and modules run inference without autograd."""

import importlib.util

import numpy as np

import taeda_nn as nn
import taeda_tensor as torch

assert importlib.util.find_spec("taeda_autograd") is None

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).eval()
x = torch.randn(5, 3)
with torch.no_grad():
    y = model(x)
first, second = model[0], model[2]
hidden = np.maximum(x.numpy() @ first.weight.detach().numpy().T + first.bias.detach().numpy(), 0)
expected = hidden @ second.weight.detach().numpy().T + second.bias.detach().numpy()
np.testing.assert_allclose(y.numpy(), expected, rtol=1e-5, atol=1e-6)
print("nn works")

"""Tensors compute without autograd, and say what is missing when a gradient is asked for."""

import importlib.util

import numpy as np

import taeda_tensor as torch

assert importlib.util.find_spec("taeda_autograd") is None

x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
y = (x @ x).relu() + x[:, :1]
np.testing.assert_array_equal(y.numpy(), [[8.0, 11.0], [18.0, 25.0]])
assert torch.manual_seed(0) is not None
assert torch.randn(3, 2).shape == (3, 2)

leaf = torch.ones(2, requires_grad=True)
message = ""
try:
    (leaf * 2).sum().backward()
except RuntimeError as error:
    message = str(error)
assert "taeda-autograd" in message, message
print("tensor works")

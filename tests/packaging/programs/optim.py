"""Optimisers update tensors from gradients that anyone may have put there."""

import importlib.util

import numpy as np

import taeda_optim as optim
import taeda_tensor as torch
from taeda_optim.lr_scheduler import StepLR

assert importlib.util.find_spec("taeda_autograd") is None
assert importlib.util.find_spec("taeda_nn") is None

parameter = torch.tensor([1.0, -2.0], requires_grad=True)
optimizer = optim.SGD([parameter], lr=0.5)
scheduler = StepLR(optimizer, step_size=1, gamma=0.1)
parameter.grad = torch.tensor([2.0, 4.0])
optimizer.step()
np.testing.assert_array_equal(parameter.detach().numpy(), [0.0, -4.0])
scheduler.step()
assert abs(optimizer.param_groups[0]["lr"] - 0.05) < 1e-12

adam = optim.Adam([parameter], lr=0.1)
adam.step()
np.testing.assert_allclose(parameter.detach().numpy(), [-0.1, -4.1], rtol=1e-6)
print("optim works")

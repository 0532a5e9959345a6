"""PyTorch's namespace over the taeda packages: `import taeda as torch`.

Names and aliases only. The tensor operations live in `taeda_tensor`, modules in `taeda_nn`,
optimisers in `taeda_optim`, loaders in `taeda_data`, the tape in `taeda_autograd`.

>>> import taeda as torch
>>> torch.nn.Linear(2, 1).weight.shape
taeda.Size([1, 2])
"""

from importlib import import_module as _import_module

import taeda_autograd as autograd
import taeda_nn as nn
import taeda_optim as optim
from taeda_tensor import *  # noqa: F403

from . import amp as amp, random as random, utils as utils, version as version
from ._aliases import install as _install
from .amp import GradScaler as GradScaler

__version__ = "0.1.0"

# What `import taeda.nn.functional` finds.
_install(
    {
        "taeda.accelerator": "taeda_tensor.accelerator",
        "taeda.amp.autocast_mode": "taeda_tensor.amp",
        "taeda.amp.grad_scaler": "taeda_optim.grad_scaler",
        "taeda.autograd": "taeda_autograd",
        "taeda.backends": "taeda_tensor.backends",
        "taeda.cpu": "taeda_tensor.cpu",
        "taeda.cpu.amp": "taeda._device_amp.cpu",
        "taeda.cuda": "taeda_tensor.cuda",
        "taeda.cuda.amp": "taeda._device_amp.cuda",
        "taeda.cuda.memory": "taeda_tensor._cuda_memory",
        "taeda.cuda.nvtx": "taeda_tensor._cuda_nvtx",
        "taeda.cuda.profiler": "taeda_tensor._cuda_profiler",
        "taeda.linalg": "taeda_tensor.linalg",
        "taeda.nn": "taeda_nn",
        "taeda.optim": "taeda_optim",
        "taeda.special": "taeda_tensor.special",
        "taeda.testing": "taeda_tensor.testing",
        "taeda.utils.checkpoint": "taeda_autograd._checkpoint",
        "taeda.utils.data": "taeda_data",
    }
)

# These become attributes of the modules that they extend.
for _name in ("amp.autocast_mode", "amp.grad_scaler", "cpu.amp", "cuda.amp"):
    _import_module(f"taeda.{_name}")


def __getattr__(name: str) -> object:
    raise AttributeError(
        f"taeda {__version__} has no '{name}': it holds a part of PyTorch's namespace, "
        "listed by dir(taeda)",
        name=name,
    )

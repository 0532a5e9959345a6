"""PyTorch's namespace over the taeda packages: `import taeda as torch`.

Names and aliases only. The tensor operations live in `taeda_tensor`, modules in `taeda_nn`,
optimisers in `taeda_optim`, loaders in `taeda_data`, the tape in `taeda_autograd`.

>>> import taeda as torch
>>> torch.nn.Linear(2, 1).weight.shape
taeda.Size([1, 2])
"""

import taeda_autograd as autograd
import taeda_nn as nn
import taeda_optim as optim
from taeda_tensor import *  # noqa: F403

from . import random as random, utils as utils
from ._aliases import install as _install

__version__ = "0.1.0"

# What `import taeda.nn.functional` finds.
_install(
    {
        "taeda.autograd": "taeda_autograd",
        "taeda.backends": "taeda_tensor.backends",
        "taeda.cuda": "taeda_tensor.cuda",
        "taeda.linalg": "taeda_tensor.linalg",
        "taeda.nn": "taeda_nn",
        "taeda.optim": "taeda_optim",
        "taeda.utils.checkpoint": "taeda_autograd._checkpoint",
        "taeda.utils.data": "taeda_data",
    }
)


def __getattr__(name: str) -> object:
    raise AttributeError(
        f"taeda {__version__} has no '{name}': it holds a part of PyTorch's namespace, "
        "listed by dir(taeda)",
        name=name,
    )

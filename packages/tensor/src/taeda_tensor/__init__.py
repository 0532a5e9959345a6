"""Tensors: storage, views, dtype promotion, broadcasting, indexing and every operation, forward.

>>> import taeda_tensor as torch
>>> (torch.tensor([1.0, 2.0]) * 2).tolist()
[2.0, 4.0]
"""

from taeda_tensor import _size as _size  # first: shapes are Size objects
from taeda_tensor._tensor import *  # noqa: F403
from taeda_tensor._dtypes import *  # noqa: F403
from taeda_tensor._grad_mode import (
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from taeda_tensor._size import Size as Size
from taeda_tensor._tensor import (
    _fused_adam_ as _fused_adam_,
    _fused_sgd_ as _fused_sgd_,
)

__version__ = "0.1.0"

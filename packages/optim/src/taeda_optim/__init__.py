"""Optimisers and learning-rate schedulers on taeda tensors, with PyTorch's names."""

from . import lr_scheduler as lr_scheduler
from ._adam import Adam as Adam, AdamW as AdamW
from ._sgd import SGD as SGD
from .optimizer import Optimizer as Optimizer

"""Utilities: `data` is `taeda_data`, `checkpoint` a part of `taeda_autograd`."""

import taeda_autograd._checkpoint as checkpoint
import taeda_data as data

from . import dlpack as dlpack, hooks as hooks

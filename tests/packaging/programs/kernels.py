"""Numeric loops on NumPy arrays, with nothing of ours above them."""

import importlib.util

import numpy as np

import taeda_kernels

assert importlib.util.find_spec("taeda_tensor") is None

a = np.arange(12, dtype=np.float32).reshape(3, 4)
b = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3).T
c = np.empty((3, 4), dtype=np.float32)
taeda_kernels.add(a, b, out=c)
np.testing.assert_array_equal(c, a + b)
print("kernels works")

"""Numeric kernels over strided memory: usable alone, on NumPy arrays and whatever speaks DLPack.

Every elementwise operation is a function of arrays and numbers. Operands broadcast and promote as
in PyTorch; the result is a new array, or the one given as `out`, which may be an operand itself.

>>> import numpy, taeda_kernels
>>> a = numpy.arange(3.0)
>>> taeda_kernels.add(a, 1.0, out=a)
array([1., 2., 3.])
>>> taeda_kernels.lt(a, numpy.array([[2.0], [3.0]]))
array([[ True, False, False],
       [ True,  True, False]])

The work is shared among `num_threads()` threads; results do not depend on how many. Memory comes
from a caching allocator (`memory_stats`, `empty_cache`, `set_cache_limit`). The instruction set is
chosen when the first kernel runs: `backend_name()` tells it.
"""

from taeda_kernels._kernels import *  # noqa: F403

# mypy: disable-error-code="no-redef"
from . import amp as amp, memory as memory, nvtx as nvtx, profiler as profiler
from taeda_tensor.cuda import *
from taeda_autograd._cuda_graphs import *

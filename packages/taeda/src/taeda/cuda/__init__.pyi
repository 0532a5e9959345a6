# mypy: disable-error-code="no-redef"
from . import amp as amp, memory as memory, nvtx as nvtx
from taeda_tensor.cuda import *

# mypy: disable-error-code="no-redef"
from taeda_tensor.backends import *

from . import cpu as cpu, cuda as cuda, cudnn as cudnn, mkl as mkl, mkldnn as mkldnn, mps as mps, openmp as openmp

"""What computes for taeda on each kind of device, and what it may do."""

from __future__ import annotations

from taeda_tensor.backends import (
    cpu as cpu,
    cuda as cuda,
    cudnn as cudnn,
    mkl as mkl,
    mkldnn as mkldnn,
    mps as mps,
    openmp as openmp,
)

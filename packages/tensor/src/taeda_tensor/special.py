"""Functions of mathematical physics, under the names that they have in scipy.special."""

from __future__ import annotations

import math

from taeda_tensor import _tensor
from taeda_tensor._arithmetic import round as round
from taeda_tensor._tensor import (
    Tensor,
    digamma as digamma,
    erf as erf,
    erfc as erfc,
    erfinv as erfinv,
    exp2 as exp2,
    expm1 as expm1,
    lgamma as gammaln,
    log1p as log1p,
    log_softmax as log_softmax,
    logit as logit,
    logsumexp as logsumexp,
    sigmoid as expit,
    sinc as sinc,
    softmax as softmax,
    xlog1py as xlog1py,
    xlogy as xlogy,
)

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

psi = digamma


def entr(input: Tensor) -> Tensor:
    """-x log x: 0 at 0, -inf below.

    >>> from taeda_tensor import tensor
    >>> entr(tensor([-1.0, 0.0, 1.0])).tolist()
    [-inf, 0.0, 0.0]
    """
    result = -_tensor.xlogy(input, input)
    return _tensor.where(input < 0, -math.inf, result + 0.0)  # no -0


def ndtr(input: Tensor) -> Tensor:
    """The distribution function of the standard normal distribution.

    >>> from taeda_tensor import tensor
    >>> ndtr(tensor([0.0])).tolist()
    [0.5]
    """
    return _tensor.erfc(input * -math.sqrt(0.5)) / 2


def ndtri(input: Tensor) -> Tensor:
    """The inverse of `ndtr`.

    >>> from taeda_tensor import tensor
    >>> ndtri(tensor([0.5])).tolist()
    [0.0]
    """
    return _tensor.erfinv(2 * input - 1) * math.sqrt(2)


def log_ndtr(input: Tensor) -> Tensor:
    """log(ndtr(x)), by its asymptotic series where x is far below zero.

    >>> from taeda_tensor import tensor
    >>> round(log_ndtr(tensor([0.0])), decimals=4).tolist()
    [-0.6930999755859375]
    """
    # Where ndtr nears the smallest numbers of the dtype; the series is as good as the dtype there.
    end = -30.0 if input.dtype is _tensor.float64 else -10.0
    near = _tensor.log1p(-_tensor.erfc(input.clamp(min=-1.0) * math.sqrt(0.5)) / 2)
    middle = ndtr(input.clamp(end, -1.0)).log()
    far = input.clamp(max=end)
    inverse = 1 / (far * far)
    series = 1 - inverse * (1 - inverse * (3 - inverse * (15 - inverse * 105)))
    tail = -far * far / 2 - _tensor.log(-far * math.sqrt(2 * math.pi)) + series.log()
    return _tensor.where(input > -1, near, _tensor.where(input > end, middle, tail))


def multigammaln(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of dimension p: p (p - 1) / 4 log pi + sum of lgamma.

    >>> from taeda_tensor import tensor
    >>> multigammaln(tensor([1.0]), 1).tolist()
    [0.0]
    """
    if p < 1:
        raise RuntimeError(f"multigammaln: p must be at least 1, got {p}")
    shifts = -_tensor.arange(p, dtype=input.dtype, device=input.device) / 2
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return _tensor.lgamma(input.unsqueeze(-1) + shifts).sum(-1) + constant

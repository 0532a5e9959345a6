"""Batch norm folded into the convolution before it, for inference."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from taeda_tensor import Tensor, ones_like, zeros_like

from ..parameter import Parameter


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of one convolution that does what a convolution and a batch norm do."""
    before = zeros_like(bn_rm) if conv_b is None else conv_b
    scale = (bn_rv + bn_eps).rsqrt() * (ones_like(bn_rm) if bn_w is None else bn_w)
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    weight = conv_w * scale.reshape(shape).to(conv_w.dtype)
    bias = (before - bn_rm) * scale + (zeros_like(bn_rm) if bn_b is None else bn_b)
    return (
        Parameter(weight.detach(), conv_w.requires_grad),
        Parameter(bias.detach().to(conv_w.dtype), before.requires_grad),
    )


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of a convolution that does what it and the batch norm after it do in evaluation.

    AssertionError for modules in training.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BatchNorm2d, Conv2d
    >>> fused = fuse_conv_bn_eval(Conv2d(1, 2, 3, bias=False).eval(), BatchNorm2d(2).eval())
    >>> fused.bias.tolist()
    [0.0, 0.0]
    """
    if conv.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("fuse_conv_bn_eval: the batch norm keeps no running statistics")
    fused = deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight,
        conv.bias,
        bn.running_mean,
        bn.running_var,
        bn.eps,
        bn.weight,
        bn.bias,
        transpose,
    )
    return fused

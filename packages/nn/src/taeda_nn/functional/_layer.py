"""What layers compute: convolution, dropout, normalisation, embedding."""

from __future__ import annotations

import math
from collections.abc import Sequence

import taeda_tensor
from taeda_tensor import (
    Tensor,
    conv1d as conv1d,
    conv2d as conv2d,
    conv3d as conv3d,
    conv_transpose1d as conv_transpose1d,
    conv_transpose2d as conv_transpose2d,
    conv_transpose3d as conv_transpose3d,
    linear as linear,
)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zeroes elements with probability `p` and scales the rest by 1 / (1 - p), in training only.

    ValueError for `p` outside [0, 1] (Hinton et al., 2012).

    >>> import taeda_tensor as tt
    >>> dropout(tt.ones(3), training=False).tolist()
    [1.0, 1.0, 1.0]
    """
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not inplace:
        return taeda_tensor.dropout(input, p, training)
    return input.copy_(taeda_tensor.dropout(input, p, True)) if training else input


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel (dimension 1).

    In training the statistics are those of the batch and the running ones move towards them by
    `momentum`. ValueError for a single value a channel in training (Ioffe and Szegedy, 2015).

    >>> import taeda_tensor as tt
    >>> batch_norm(tt.ones(2, 3), tt.zeros(3), tt.ones(3), eps=0.0).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    if training:
        shape = input.shape
        if len(shape) > 1 and math.prod(shape[2:]) * shape[0] == 1:
            raise ValueError(
                f"Expected more than 1 value per channel when training, got input size {shape}"
            )
    return taeda_tensor.batch_norm(
        input, weight, bias, running_mean, running_var, training, momentum, eps
    )


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions (Ba et al., 2016).

    >>> import taeda_tensor as tt
    >>> layer_norm(tt.tensor([[1.0, 3.0]]), (2,), eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    return taeda_tensor.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias over groups of channels (Wu and He, 2018).

    Input (N, C, ...), weight and bias (C).

    >>> import taeda_tensor as tt
    >>> group_norm(tt.tensor([[1.0, 3.0]]), 1, eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    return taeda_tensor.group_norm(input, num_groups, weight, bias, eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias for each channel of each sample.

    Input (N, C, ...). With `use_input_stats` the statistics are those of the input, and the
    running ones move towards their mean over the samples by `momentum`; else the running ones are
    used (Ulyanov et al., 2016). ValueError for a single value a channel.

    >>> import taeda_tensor as tt
    >>> instance_norm(tt.tensor([[[1.0, 3.0]]]), eps=0.0).tolist()
    [[[-1.0, 1.0]]]
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}"
        )
    if running_mean is not None and running_var is not None:
        with taeda_tensor.no_grad():
            variance, mean = taeda_tensor.var_mean(input.flatten(2), 2)
            running_mean.mul_(1 - momentum).add_(mean.mean(0), alpha=momentum)
            running_var.mul_(1 - momentum).add_(variance.mean(0), alpha=momentum)
    return taeda_tensor.group_norm(input, input.shape[1], weight, bias, eps)


def rms_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """x / sqrt(mean(x^2) + eps) * weight over the last dimensions (Zhang and Sennrich, 2019).

    `eps` is the machine precision of the dtype where it is None.

    >>> import taeda_tensor as tt
    >>> rms_norm(tt.tensor([[1.0, 7.0]]), (2,), eps=0.0)
    tensor([[0.2000, 1.4000]])
    """
    return taeda_tensor.rms_norm(input, normalized_shape, weight, eps)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` (V, D) chosen by the integers `input` (*): (*, D).

    The row `padding_idx` gets no gradient. ValueError if it is no row; NotImplementedError for
    `max_norm`, `scale_grad_by_freq` and `sparse`.

    >>> import taeda_tensor as tt
    >>> embedding(tt.tensor([2, 0]), tt.eye(3)).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise NotImplementedError(
            f"embedding: {max_norm=}, {scale_grad_by_freq=} and {sparse=} are not supported; leave "
            "them at None, False, False, and limit the norm of the weight after the update"
        )
    if padding_idx is None:
        return taeda_tensor.embedding(weight, input)
    rows = weight.shape[0]
    if not -rows <= padding_idx < rows:
        raise ValueError(
            f"embedding: padding_idx must be within num_embeddings: got {padding_idx} for {rows}"
        )
    return taeda_tensor.embedding(weight, input, padding_idx % rows)

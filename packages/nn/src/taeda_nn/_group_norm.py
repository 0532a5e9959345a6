"""GroupNorm, RMSNorm and the InstanceNorm of each number of dimensions."""

from __future__ import annotations

from typing import Any

from taeda_tensor import Tensor, empty, group_norm, rms_norm

from . import functional as F, init
from ._module import Module
from ._normalization import _BatchNorm
from .parameter import Parameter


class GroupNorm(Module):
    """Normalises over groups of channels: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, ...); ValueError where `num_groups` does not divide `num_channels` (Wu and He,
    2018).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import GroupNorm
    >>> GroupNorm(1, 2, eps=0.0)(tt.tensor([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(
                f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            parameter = None
            if wanted:
                parameter = Parameter(empty(num_channels, device=device, dtype=dtype))
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Scales the last dimensions: x / sqrt(mean(x^2) + eps) * weight.

    `normalized_shape` is the shape of these dimensions; `eps` is the machine precision of the
    dtype where it is None (Zhang and Sennrich, 2019).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import RMSNorm
    >>> RMSNorm(2, eps=0.0)(tt.tensor([[2.0, 2.0]])).tolist()
    [[1.0, 1.0]]
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if isinstance(normalized_shape, int):
            normalized_shape = (normalized_shape,)
        self.normalized_shape = tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        parameter = None
        if elementwise_affine:
            parameter = Parameter(empty(self.normalized_shape, device=device, dtype=dtype))
        self.register_parameter("weight", parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class _InstanceNorm(_BatchNorm):
    _dimensions: int  # of the input with a batch; one less without

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (self._dimensions - 1, self._dimensions):
            raise ValueError(
                f"{type(self).__name__}: expected {self._dimensions - 1}D or {self._dimensions}D "
                f"input (got {input.dim()}D input)"
            )

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        batched = input if input.dim() == self._dimensions else input.unsqueeze(0)
        if self.affine and batched.shape[1] != self.num_features:
            raise ValueError(
                f"expected input's size at dim={input.dim() - self._dimensions + 1} to match "
                f"num_features ({self.num_features}), but got: {batched.shape[1]}."
            )
        result = F.instance_norm(
            batched,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum if self.momentum is not None else 0.0,
            self.eps,
        )
        return result if batched is input else result.squeeze(0)


class InstanceNorm1d(_InstanceNorm):
    """Normalises each channel of each sample: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, L) or (C, L); ValueError otherwise. With `track_running_stats` evaluation uses
    the running statistics (Ulyanov et al., 2016).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import InstanceNorm1d
    >>> InstanceNorm1d(1, eps=0.0)(tt.tensor([[[1.0, 3.0]]])).tolist()
    [[[-1.0, 1.0]]]
    """

    _dimensions = 3


class InstanceNorm2d(_InstanceNorm):
    """Normalises each channel of each sample: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, H, W) or (C, H, W); ValueError otherwise. With `track_running_stats` evaluation
    uses the running statistics.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import InstanceNorm2d
    >>> tuple(InstanceNorm2d(3)(tt.ones(2, 3, 4, 4)).shape)
    (2, 3, 4, 4)
    """

    _dimensions = 4


class InstanceNorm3d(_InstanceNorm):
    """Normalises each channel of each sample: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, D, H, W) or (C, D, H, W); ValueError otherwise. With `track_running_stats`
    evaluation uses the running statistics.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import InstanceNorm3d
    >>> tuple(InstanceNorm3d(3)(tt.ones(2, 3, 2, 4, 4)).shape)
    (2, 3, 2, 4, 4)
    """

    _dimensions = 5

"""BatchNorm1d, BatchNorm2d and LayerNorm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor, empty, layer_norm, ones, tensor, zeros

from . import functional as F, init
from ._module import Module
from .parameter import Parameter


class _BatchNorm(Module):
    _version = 2
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            parameter = None
            if wanted:
                parameter = Parameter(empty(num_features, device=device, dtype=dtype))
            self.register_parameter(name, parameter)
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype))
            self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype))
            count = tensor(0, dtype=taeda_tensor.int64, device=device)
            self.register_buffer("num_batches_tracked", count)
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forgets the running statistics."""
        if self.running_mean is not None:
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forgets the running statistics; sets the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
        use_batch = self.training or (self.running_mean is None and self.running_var is None)
        is_tracking = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if is_tracking else None,
            self.running_var if is_tracking else None,
            self.weight,
            self.bias,
            use_batch,
            momentum,
            self.eps,
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, local_metadata: dict[str, Any], *args: Any
    ) -> None:
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.track_running_stats:
            # Version 1 did not count batches.
            key = prefix + "num_batches_tracked"
            if key not in state_dict:
                count = self.num_batches_tracked
                if count is None:
                    count = tensor(0, dtype=taeda_tensor.int64)
                state_dict = {**state_dict, key: count}
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *args)


class BatchNorm1d(_BatchNorm):
    """Normalises each channel over the batch: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C) or (N, C, L); ValueError otherwise. In evaluation the running statistics are used
    (Ioffe and Szegedy, 2015).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BatchNorm1d
    >>> BatchNorm1d(2, eps=0.0)(tt.tensor([[1.0, 2.0], [3.0, 6.0]])).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (2, 3):
            raise ValueError(f"BatchNorm1d: expected 2D or 3D input (got {input.dim()}D input)")


class BatchNorm2d(_BatchNorm):
    """Normalises each channel over the batch: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, H, W); ValueError otherwise. In evaluation the running statistics are used.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BatchNorm2d
    >>> tuple(BatchNorm2d(3)(tt.ones(2, 3, 4, 4)).shape)
    (2, 3, 4, 4)
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() != 4:
            raise ValueError(f"BatchNorm2d: expected 4D input (got {input.dim()}D input)")


class BatchNorm3d(_BatchNorm):
    """Normalises each channel over the batch: (x - mean) / sqrt(var + eps) * weight + bias.

    Input (N, C, D, H, W); ValueError otherwise. In evaluation the running statistics are used.

    >>> import taeda_tensor as tt
    >>> from taeda_nn import BatchNorm3d
    >>> tuple(BatchNorm3d(3)(tt.ones(2, 3, 2, 2, 2)).shape)
    (2, 3, 2, 2, 2)
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() != 5:
            raise ValueError(f"BatchNorm3d: expected 5D input (got {input.dim()}D input)")


class LayerNorm(Module):
    """Normalises over the last dimensions: (x - mean) / sqrt(var + eps) * weight + bias.

    `normalized_shape` is the shape of these dimensions (Ba et al., 2016).

    >>> import taeda_tensor as tt
    >>> from taeda_nn import LayerNorm
    >>> LayerNorm(2, eps=0.0)(tt.tensor([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if isinstance(normalized_shape, int):
            normalized_shape = (normalized_shape,)
        self.normalized_shape = tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (
            ("weight", elementwise_affine),
            ("bias", elementwise_affine and bias),
        ):
            parameter = None
            if wanted:
                parameter = Parameter(empty(self.normalized_shape, device=device, dtype=dtype))
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )

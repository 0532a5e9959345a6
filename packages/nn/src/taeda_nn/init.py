"""Filling a tensor in place with the initial values of a network; all return the tensor."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from taeda_tensor import no_grad

if TYPE_CHECKING:
    from taeda_tensor import Generator, Tensor

_UNIT_GAIN = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that keeps the variance of a signal through a non-linearity.

    1 for linear, convolutions and sigmoid; 5/3 for tanh; sqrt(2) for relu;
    sqrt(2 / (1 + param^2)) for leaky_relu; 3/4 for selu. ValueError for another name.

    >>> round(calculate_gain("leaky_relu", 0.2), 4)
    1.3868
    """
    if nonlinearity in _UNIT_GAIN:
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is None:
            slope = 0.01
        elif isinstance(param, int | float) and not isinstance(param, bool):
            slope = param
        else:
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform in [a, b).

    >>> import taeda_tensor as tt
    >>> bool((uniform_(tt.empty(100), -1.0, 1.0).abs() <= 1).all())
    True
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Normal with `mean` and standard deviation `std`.

    >>> import taeda_tensor as tt
    >>> tuple(normal_(tt.empty(3, 5)).shape)
    (3, 5)
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal with `mean` and `std`, cut off outside [a, b], by the inverse distribution function.

    >>> import taeda_tensor as tt
    >>> bool((trunc_normal_(tt.empty(100)).abs() <= 2).all())
    True
    """

    def cumulative(x: float) -> float:
        return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0

    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    lower = cumulative((a - mean) / std)
    upper = cumulative((b - mean) / std)
    with no_grad():
        tensor.uniform_(2 * lower - 1, 2 * upper - 1, generator=generator)
        tensor.erfinv_()
        tensor.mul_(std * math.sqrt(2.0))
        tensor.add_(mean)
        return tensor.clamp_(min=a, max=b)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """The value `val` everywhere.

    >>> import taeda_tensor as tt
    >>> constant_(tt.empty(2), 0.5).tolist()
    [0.5, 0.5]
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Ones.

    >>> import taeda_tensor as tt
    >>> ones_(tt.empty(2)).tolist()
    [1.0, 1.0]
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros.

    >>> import taeda_tensor as tt
    >>> zeros_(tt.empty(2)).tolist()
    [0.0, 0.0]
    """
    with no_grad():
        return tensor.zero_()


def _assign(tensor: Tensor, values: Any) -> Tensor:
    # Values computed by NumPy, cast to the tensor's dtype and device.
    from taeda_tensor import from_numpy

    with no_grad():
        return tensor.copy_(from_numpy(values))


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix; ValueError unless there are two dimensions.

    >>> import taeda_tensor as tt
    >>> eye_(tt.empty(2, 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    import numpy as np

    return _assign(tensor, np.eye(*tensor.shape, dtype=np.float32))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution weight that passes as many channels through unchanged as it can.

    ValueError unless there are 3 to 5 dimensions and `groups` divides the first.

    >>> import taeda_tensor as tt
    >>> dirac_(tt.empty(1, 1, 3)).tolist()
    [[[0.0, 1.0, 0.0]]]
    """
    if tensor.ndimension() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    shape = tuple(tensor.shape)
    if shape[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    import numpy as np

    values = np.zeros(shape, np.float32)
    per_group = shape[0] // groups
    middle = tuple(size // 2 for size in shape[2:])
    for group in range(groups):
        for channel in range(min(per_group, shape[1])):
            values[(group * per_group + channel, channel, *middle)] = 1
    return _assign(tensor, values)


def _fans(tensor: Tensor) -> tuple[int, int]:
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    shape = tuple(tensor.shape)
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


_calculate_fan_in_and_fan_out = _fans


def _chosen_fan(tensor: Tensor, mode: str) -> int:
    modes = ("fan_in", "fan_out")
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _fans(tensor)[modes.index(mode.lower())]


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform in +-gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    >>> import taeda_tensor as tt
    >>> bool((xavier_uniform_(tt.empty(3, 3)).abs() <= 1).all())
    True
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with std = gain sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    >>> import taeda_tensor as tt
    >>> tuple(xavier_normal_(tt.empty(3, 5)).shape)
    (3, 5)
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_chosen_fan(tensor, mode))


def _is_empty(tensor: Tensor) -> bool:
    if 0 in tuple(tensor.shape):
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform in +-gain sqrt(3 / fan) (He et al., 2015); `a` is the slope of leaky_relu.

    >>> import taeda_tensor as tt
    >>> bool((kaiming_uniform_(tt.empty(3, 6)).abs() <= 1).all())
    True
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with std = gain / sqrt(fan) (He et al., 2015); `a` is the slope of leaky_relu.

    >>> import taeda_tensor as tt
    >>> tuple(kaiming_normal_(tt.empty(3, 5), mode="fan_out", nonlinearity="relu").shape)
    (3, 5)
    """
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """A (semi-)orthogonal matrix of the rows, from the QR decomposition of a normal one (Saxe et
    al., 2013); ValueError for fewer than two dimensions.

    >>> import taeda_tensor as tt
    >>> w = orthogonal_(tt.empty(3, 5))
    >>> bool(((w @ w.T - tt.eye(3)).abs() < 1e-5).all())
    True
    """
    if tensor.ndimension() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    import numpy as np

    from taeda_tensor import empty, float64

    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    tall = (max(rows, columns), min(rows, columns))
    sample = empty(tall, dtype=float64).normal_(0, 1, generator=generator).numpy()
    q, r = np.linalg.qr(sample)
    # Without the signs of R the distribution would not be uniform (Mezzadri, 2007).
    q = q * np.sign(np.diag(r))
    values = np.ascontiguousarray((q if rows >= columns else q.T) * gain)
    return _assign(tensor, values.reshape(tuple(tensor.shape)))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Normal with `std`, with a fraction `sparsity` of each column zero (Martens, 2010).

    ValueError unless there are two dimensions.

    >>> import taeda_tensor as tt
    >>> int((sparse_(tt.empty(10, 2), sparsity=0.3) == 0).sum())
    6
    """
    if tensor.ndimension() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    from taeda_tensor import randperm

    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for column in range(columns):
            for row in randperm(rows, generator=generator)[:zeros].tolist():
                tensor[row, column] = 0
    return tensor

"""Images of another size: interpolation, and channels traded for positions."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import taeda_tensor
from taeda_tensor import Tensor

_NEAREST = ("nearest", "nearest-exact")
_LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}
_CUBIC = -0.75  # the free coefficient of cubic convolution (Keys, 1981)


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Images (N, C, ...) of another size, or scaled by a factor, dimension by dimension.

    `mode` is nearest, nearest-exact, linear, bilinear, trilinear, bicubic or area. With
    `align_corners` the outermost points stay where they are, else the outer edges do. `antialias`
    widens the filter of bilinear and bicubic where an image shrinks. ValueError for what does not
    fit together, NotImplementedError for a mode that the number of dimensions has not.

    >>> import taeda_tensor as tt
    >>> interpolate(tt.tensor([[[1.0, 3.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    dims = input.dim() - 2
    _check_mode(input.dim(), mode, align_corners, antialias)
    sizes, scales = _sizes(input, dims, size, scale_factor, recompute_scale_factor)
    result = input
    for d in range(dims):
        before, after = input.shape[2 + d], sizes[d]
        if before == 0 or after < 1:
            raise ValueError(
                "interpolate: input and output sizes must be greater than 0, "
                f"got {tuple(input.shape[2:])} and {tuple(sizes)}"
            )
        result = _along(result, 2 + d, after, scales[d], mode, bool(align_corners), antialias)
    return result


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The old name of `interpolate`."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def _check_mode(ndim: int, mode: str, align_corners: bool | None, antialias: bool) -> None:
    known = (*_NEAREST, *_LINEAR.values(), "bicubic", "area")
    if mode not in known:
        raise NotImplementedError(
            f"interpolate: unknown mode {mode!r}; use one of {', '.join(known)}"
        )
    wanted = {**{name: n for n, name in _LINEAR.items()}, "bicubic": 4}.get(mode, ndim)
    if ndim not in (3, 4, 5) or ndim != wanted:
        raise NotImplementedError(
            f"Got {ndim}D input, but {mode} mode needs {wanted if ndim != wanted else '3D to 5'}D "
            "input (N, C, ...)"
        )
    if align_corners is not None and mode in (*_NEAREST, "area"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: "
            f"linear | bilinear | bicubic | trilinear, got mode {mode!r}"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(
            f"Anti-alias option is restricted to bilinear and bicubic modes, got {mode!r}"
        )


def _sizes(
    input: Tensor, dims: int, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[list[int], list[float | None]]:
    """The new sizes, and the factors where they decide on positions too."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            "interpolate: only one of size or scale_factor should be defined, "
            f"got {size=} and {scale_factor=}"
        )
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return [int(n) for n in _each("size", size, dims)], [None] * dims
    factors = [float(factor) for factor in _each("scale_factor", scale_factor, dims)]
    sizes = [math.floor(n * factor) for n, factor in zip(input.shape[2:], factors, strict=True)]
    return sizes, [None] * dims if recompute else list(factors)


def _each(what: str, value: Any, dims: int) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        return [value] * dims
    if len(value) != dims:
        raise ValueError(
            f"Input and output must have the same number of spatial dimensions, but got input with "
            f"{dims} of them and {what} {value}"
        )
    return list(value)


def _along(
    x: Tensor, dim: int, after: int, factor: float | None, mode: str, corners: bool, smooth: bool
) -> Tensor:
    before = x.shape[dim]
    if before == after and factor in (None, 1.0) and mode not in _NEAREST:
        return x
    step = 1.0 / factor if factor else before / after
    if corners:
        step = (before - 1) / (after - 1) if after > 1 else 0.0
    # Positions in the precision of the elements, as PyTorch has them.
    dtype = taeda_tensor.float64 if x.dtype is taeda_tensor.float64 else taeda_tensor.float32
    kind = (mode, before, after, step, corners, smooth, dtype)
    if mode in _NEAREST and not x.is_floating_point():
        return x.index_select(dim, _taps(*kind)[0][:, 0].to(x.device))
    tables = (*_taps(*kind), *(_taps_back if x.requires_grad else _taps)(*kind))
    return taeda_tensor._resample(x, dim, *(table.to(x.device) for table in tables))


# Images of few sizes come again and again.
@functools.lru_cache(maxsize=64)
def _taps(
    mode: str, before: int, after: int, step: float, corners: bool, smooth: bool, dtype: Any
) -> tuple[Tensor, Tensor]:
    """What each of `after` places sums up: windows (after, 2) from begin to end, and weights."""
    if mode in _NEAREST:
        # Of all elements in float32, as PyTorch has it.
        places = taeda_tensor.arange(after, dtype=taeda_tensor.float32)
        shift = 0.5 if mode == "nearest-exact" else 0.0
        index = ((places + shift) * step).floor().long().clamp(max=before - 1)
        return taeda_tensor.stack([index, index + 1], 1), taeda_tensor.ones(after, 1, dtype=dtype)
    places = taeda_tensor.arange(after, dtype=dtype)
    if mode == "area":
        return _area(before, after, dtype)
    if smooth:
        return _smooth(places, before, step, mode)
    if corners:
        places = places * step
    else:
        places = (places + 0.5) * step - 0.5
    if mode == "bicubic":
        return _by_taps(places.floor(), places - places.floor(), range(-1, 3), before, _cubic)
    places = places.clamp(min=0.0)
    low = places.floor().clamp(max=before - 1)
    return _by_taps(low, places - low, range(2), before, _hat)


@functools.lru_cache(maxsize=64)
def _taps_back(
    mode: str, before: int, after: int, step: float, corners: bool, smooth: bool, dtype: Any
) -> tuple[Tensor, Tensor]:
    """What each of `before` elements gives to whom."""
    return _transposed(*_taps(mode, before, after, step, corners, smooth, dtype), before)


def _hat(distance: Tensor) -> Tensor:
    return (1 - distance.abs()).clamp(min=0.0)


def _cubic(distance: Tensor, a: float = _CUBIC) -> Tensor:
    t = distance.abs()
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = (((t - 5) * t + 8) * t - 4) * a
    return taeda_tensor.where(t <= 1, near, taeda_tensor.where(t < 2, far, 0.0))


def _by_taps(
    low: Tensor, rest: Tensor, taps: range, before: int, kernel: Any
) -> tuple[Tensor, Tensor]:
    """Windows and weights of neighbours, those beyond the edge being the edge."""
    steps = taeda_tensor.arange(taps.start, taps.stop)
    index = (low.long().unsqueeze(1) + steps).clamp_(0, before - 1)
    weights = kernel(rest.unsqueeze(1) - steps)
    begin = index[:, :1]
    merged = taeda_tensor.zeros_like(weights).scatter_add_(1, index - begin, weights)
    return taeda_tensor.cat([begin, index[:, -1:] + 1], 1), merged


def _area(before: int, after: int, dtype: Any) -> tuple[Tensor, Tensor]:
    """Means over the parts that adaptive pooling takes."""
    places = taeda_tensor.arange(after)
    begin = places * before // after
    end = ((places + 1) * before + after - 1) // after
    sizes = end - begin
    weights = (1.0 / sizes.to(dtype)).unsqueeze(1).expand(after, int(sizes.max()))
    return taeda_tensor.stack([begin, end], 1), weights


def _smooth(places: Tensor, before: int, step: float, mode: str) -> tuple[Tensor, Tensor]:
    """The kernel as wide as the steps, at least a place, its weights made to sum to one."""
    width = max(step, 1.0)
    radius = width * (2 if mode == "bicubic" else 1)
    centers = (places + 0.5) * step
    begin = (centers - radius + 0.5).long().clamp(min=0)
    end = (centers + radius + 0.5).long().clamp(max=before)
    points = begin.unsqueeze(1) + taeda_tensor.arange(int((end - begin).max()))
    distance = (points + 0.5 - centers.unsqueeze(1)) / width
    # Keys' own coefficient, as image libraries have it.
    weights = _cubic(distance, -0.5) if mode == "bicubic" else _hat(distance)
    weights = weights * (points < end.unsqueeze(1))
    return taeda_tensor.stack([begin, end], 1), weights / weights.sum(1, keepdim=True)


def _transposed(windows: Tensor, weights: Tensor, before: int) -> tuple[Tensor, Tensor]:
    """What each element gives to whom: neither end of the windows ever goes back."""
    begin, end = (column.contiguous() for column in windows.unbind(1))
    points = taeda_tensor.arange(before)
    first = taeda_tensor.searchsorted(end, points, right=True)
    last = taeda_tensor.searchsorted(begin, points, right=True).maximum(first)
    places = first.unsqueeze(1) + taeda_tensor.arange(int((last - first).max()))
    inside = places < last.unsqueeze(1)
    places = places.clamp_(max=len(windows) - 1)
    taps = (points.unsqueeze(1) - begin[places]).clamp_(0, weights.shape[1] - 1)
    turned = taeda_tensor.where(inside, weights[places, taps], 0.0)
    return taeda_tensor.stack([first, last], 1), turned


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(*, C r^2, H, W) as (*, C, H r, W r): channels become positions (Shi et al., 2016).

    >>> import taeda_tensor as tt
    >>> pixel_shuffle(tt.arange(4.0).reshape(4, 1, 1), 2).tolist()
    [[[0.0, 1.0], [2.0, 3.0]]]
    """
    r = upscale_factor
    *lead, channels, height, width = _image("pixel_shuffle", input)
    if r < 1 or channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            f"of upscale_factor, got {channels} channels and {upscale_factor=}"
        )
    n = len(lead)
    split = input.reshape(*lead, channels // (r * r), r, r, height, width)
    order = [*range(n + 1), n + 3, n + 1, n + 4, n + 2]
    return split.permute(order).reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(*, C, H r, W r) as (*, C r^2, H, W), the inverse of `pixel_shuffle`.

    >>> import taeda_tensor as tt
    >>> pixel_unshuffle(tt.arange(4.0).reshape(1, 2, 2), 2).flatten().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    r = downscale_factor
    *lead, channels, height, width = _image("pixel_unshuffle", input)
    if r < 1 or height % r or width % r:
        raise RuntimeError(
            "pixel_unshuffle expects height and width to be divisible by downscale_factor, "
            f"got {height}, {width} and {downscale_factor=}"
        )
    n = len(lead)
    split = input.reshape(*lead, channels, height // r, r, width // r, r)
    order = [*range(n + 1), n + 2, n + 4, n + 1, n + 3]
    return split.permute(order).reshape(*lead, channels * r * r, height // r, width // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """(N, g C, ...) with the channels of the groups interleaved (Zhang et al., 2018).

    >>> import taeda_tensor as tt
    >>> channel_shuffle(tt.arange(4.0).reshape(1, 4, 1), 2).flatten().tolist()
    [0.0, 2.0, 1.0, 3.0]
    """
    if input.dim() < 3 or groups < 1 or input.shape[1] % groups:
        raise RuntimeError(
            "channel_shuffle: the channels of (N, C, ...) must be divisible by groups, "
            f"got {tuple(input.shape)} and {groups=}"
        )
    split = input.reshape(input.shape[0], groups, -1, *input.shape[2:])
    return split.transpose(1, 2).reshape(input.shape)


def _image(name: str, input: Tensor) -> list[int]:
    if input.dim() < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with "
            f"{input.dim()} dimension(s)"
        )
    return list(input.shape)

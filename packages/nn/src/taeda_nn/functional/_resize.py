"""Images of another size: interpolation, and channels traded for positions."""

from __future__ import annotations

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
    # Positions in the precision of the elements, as PyTorch has them.
    dtype = taeda_tensor.float64 if x.dtype is taeda_tensor.float64 else taeda_tensor.float32
    places = taeda_tensor.arange(after, dtype=dtype)
    step = 1.0 / factor if factor else before / after
    if corners:
        step = (before - 1) / (after - 1) if after > 1 else 0.0
    if mode in _NEAREST:
        shift = 0.5 if mode == "nearest-exact" else 0.0
        index = ((places + shift) * step).floor().long().clamp(max=before - 1)
        return x.index_select(dim, index.to(x.device))
    if mode == "area":
        return _weighted(x, dim, _area(before, after, dtype))
    if before == after and factor in (None, 1.0):
        return x
    if smooth:
        return _weighted(x, dim, _smooth(places, before, step, mode))
    if corners:
        places = places * step
    else:
        places = (places + 0.5) * step - 0.5
    if mode == "bicubic":
        return _by_taps(x, dim, places.floor(), places - places.floor(), range(-1, 3), _cubic)
    places = places.clamp(min=0.0)
    low = places.floor().clamp(max=before - 1)
    return _by_taps(x, dim, low, places - low, range(2), _hat)


def _hat(distance: Tensor) -> Tensor:
    return (1 - distance.abs()).clamp(min=0.0)


def _cubic(distance: Tensor, a: float = _CUBIC) -> Tensor:
    t = distance.abs()
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = (((t - 5) * t + 8) * t - 4) * a
    return taeda_tensor.where(t <= 1, near, taeda_tensor.where(t < 2, far, 0.0))


def _by_taps(x: Tensor, dim: int, low: Tensor, rest: Tensor, taps: range, kernel: Any) -> Tensor:
    """The sum over neighbours, those beyond the edge being the edge."""
    shape = [-1 if d == dim else 1 for d in range(x.dim())]
    result: Tensor | None = None
    for tap in taps:
        index = (low + tap).long().clamp(0, x.shape[dim] - 1)
        weight = kernel(rest - tap).to(x.dtype).reshape(shape).to(x.device)
        term = x.index_select(dim, index.to(x.device)) * weight
        result = term if result is None else result + term
    assert result is not None
    return result


def _weighted(x: Tensor, dim: int, weights: Tensor) -> Tensor:
    """The product with a matrix (after, before) along a dimension."""
    return (x.movedim(dim, -1) @ weights.T.to(x.device, x.dtype)).movedim(-1, dim)


def _area(before: int, after: int, dtype: Any) -> Tensor:
    """Means over the parts that adaptive pooling takes."""
    places, points = taeda_tensor.arange(after).unsqueeze(1), taeda_tensor.arange(before)
    start = places * before // after
    end = ((places + 1) * before + after - 1) // after
    inside = ((points >= start) & (points < end)).to(dtype)
    return inside / (end - start)


def _smooth(places: Tensor, before: int, step: float, mode: str) -> Tensor:
    """The kernel as wide as the steps, at least a place, its weights made to sum to one."""
    width = max(step, 1.0)
    radius = width * (2 if mode == "bicubic" else 1)
    centers = ((places + 0.5) * step).unsqueeze(1)
    points = taeda_tensor.arange(before, dtype=places.dtype)
    first = (centers - radius + 0.5).long().clamp(min=0)
    last = (centers + radius + 0.5).long().clamp(max=before)
    distance = (points + 0.5 - centers) / width
    # Keys' own coefficient, as image libraries have it.
    weights = _cubic(distance, -0.5) if mode == "bicubic" else _hat(distance)
    weights = weights * ((points >= first) & (points < last))
    return weights / weights.sum(1, keepdim=True)


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


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _windows(
    size: Sequence[int], kernel: Any, dilation: Any, padding: Any, stride: Any, name: str
) -> list[tuple[range, slice, int]]:
    """For height and width: the taps, how a tap's places start and step, their number."""
    axes = []
    for n, k, d, p, s in zip(
        size, _pair(kernel), _pair(dilation), _pair(padding), _pair(stride), strict=True
    ):
        count = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if count < 1:
            raise RuntimeError(
                f"{name}: the kernel {kernel} with dilation {dilation} does not fit into "
                f"{tuple(size)} with padding {padding}"
            )
        axes.append((range(0, d * k, d), slice(0, s * (count - 1) + 1, s), count))
    return axes


def _from(places: slice, tap: int) -> slice:
    return slice(places.start + tap, places.stop + tap, places.step)


def unfold(
    input: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """The windows of images (N, C, H, W) as columns (N, C kh kw, L).

    >>> import taeda_tensor as tt
    >>> unfold(tt.arange(4.0).reshape(1, 1, 2, 2), (1, 2))[0].tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """
    from ._shape import pad

    batched = input.dim() == 4
    x = input if batched else input.unsqueeze(0)
    if x.dim() != 4:
        raise RuntimeError(f"unfold: images (N, C, H, W) are needed, got {tuple(input.shape)}")
    rows, columns = _windows(x.shape[2:], kernel_size, dilation, padding, stride, "unfold")
    height, width = _pair(padding)
    if height or width:
        x = pad(x, (width, width, height, height))
    parts = [x[:, :, _from(rows[1], i), _from(columns[1], j)] for i in rows[0] for j in columns[0]]
    result = taeda_tensor.stack(parts, 2).reshape(x.shape[0], x.shape[1] * len(parts), -1)
    return result if batched else result.squeeze(0)


def fold(
    input: Tensor,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Images (N, C, H, W) of columns (N, C kh kw, L): windows added where they overlap.

    >>> import taeda_tensor as tt
    >>> fold(tt.ones(1, 2, 2), (1, 3), (1, 2)).tolist()
    [[[[1.0, 2.0, 1.0]]]]
    """
    batched = input.dim() == 3
    x = input if batched else input.unsqueeze(0)
    size = _pair(output_size)
    rows, columns = _windows(size, kernel_size, dilation, padding, stride, "fold")
    taps = len(rows[0]) * len(columns[0])
    if x.dim() != 3 or x.shape[1] % taps or x.shape[2] != rows[2] * columns[2]:
        raise RuntimeError(
            f"fold: columns (N, C * {taps}, {rows[2] * columns[2]}) are needed, "
            f"got {tuple(input.shape)}"
        )
    parts = x.reshape(x.shape[0], -1, taps, rows[2], columns[2]).unbind(2)
    height, width = _pair(padding)
    result = taeda_tensor.zeros(
        (x.shape[0], x.shape[1] // taps, size[0] + 2 * height, size[1] + 2 * width),
        dtype=x.dtype,
        device=x.device,
    )
    places = [(i, j) for i in rows[0] for j in columns[0]]
    for (i, j), part in zip(places, parts, strict=True):
        result[:, :, _from(rows[1], i), _from(columns[1], j)] += part
    result = result[:, :, height : height + size[0], width : width + size[1]]
    return result if batched else result.squeeze(0)

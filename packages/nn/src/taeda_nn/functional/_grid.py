"""Images sampled at places that a grid names."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import taeda_tensor
from taeda_tensor import Tensor

_MODES = ("bilinear", "nearest", "bicubic")
_PADDING = ("zeros", "border", "reflection")


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid (N, H, W, 2) of places theta (x, y, 1) for images of a size (N, C, H, W).

    theta is (N, 2, 3); x and y go from -1 to 1, between the outermost points with `align_corners`,
    else between the outer edges. Of volumes (N, C, D, H, W) theta is (N, 3, 4) and the grid
    (N, D, H, W, 3) of places theta (x, y, z, 1). ValueError for other shapes.

    >>> import taeda_tensor as tt
    >>> affine_grid(tt.tensor([[[1.0, 0, 0], [0, 1.0, 0]]]), (1, 1, 1, 2), False).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    dims = len(size) - 2
    if dims not in (2, 3) or theta.dim() != 3 or tuple(theta.shape[1:]) != (dims, dims + 1):
        raise ValueError(
            "affine_grid: theta (N, 2, 3) and a size (N, C, H, W), or (N, 3, 4) and "
            f"(N, C, D, H, W), are needed, got {tuple(theta.shape)} and {tuple(size)}"
        )
    if align_corners is None:
        align_corners = _default_corners("affine_grid")
    sizes = [int(n) for n in size[2:]]
    # x first: along the last dimension.
    coordinates = [
        _line(n, align_corners, theta).reshape(-1, *(1,) * before).expand(sizes)
        for before, n in enumerate(reversed(sizes))
    ]
    ones = taeda_tensor.ones(sizes, dtype=theta.dtype, device=theta.device)
    rows = taeda_tensor.stack([*coordinates, ones], -1)
    places = rows.reshape(1, -1, dims + 1) @ theta.mT
    return places.reshape(theta.shape[0], *sizes, dims)


def _line(count: int, corners: bool, like: Tensor) -> Tensor:
    if corners and count == 1:
        return taeda_tensor.zeros(1, dtype=like.dtype, device=like.device)
    end = 1.0 if corners else 1.0 - 1.0 / count
    return taeda_tensor.linspace(-end, end, count, dtype=like.dtype, device=like.device)


def _default_corners(name: str) -> bool:
    warnings.warn(
        f"Default {name} behavior has changed to align_corners=False since 1.3.0. Please specify "
        "align_corners=True if the old behavior is desired.",
        stacklevel=3,
    )
    return False


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The values of images (N, C, H, W) at the places (x, y) of a grid (N, h, w, 2): (N, C, h, w).

    x and y go from -1 to 1 over the width and height. Volumes (N, C, D, H, W) take a grid
    (N, d, h, w, 3) of places (x, y, z). `mode` is bilinear, nearest or, of images, bicubic (the
    cubic convolution of Keys, 1981, with -0.75), `padding_mode` what lies outside: zeros, border
    or reflection. A place that is NaN reads NaN, with nearest zero. ValueError for others and for
    other shapes.

    >>> import taeda_tensor as tt
    >>> x = tt.tensor([[[[1.0, 3.0]]]])
    >>> grid_sample(x, tt.zeros(1, 1, 1, 2), align_corners=False).item()
    2.0
    """
    if mode not in _MODES:
        raise ValueError(f"grid_sample: mode must be one of {', '.join(_MODES)}, got {mode!r}")
    if padding_mode not in _PADDING:
        raise ValueError(
            f"grid_sample: padding_mode must be one of {', '.join(_PADDING)}, got {padding_mode!r}"
        )
    dims = input.dim() - 2
    fits = dims in (2, 3) and grid.dim() == input.dim() and len(grid) == len(input)
    if not fits or grid.shape[-1] != dims:
        raise ValueError(
            "grid_sample: images (N, C, H, W) and a grid (N, h, w, 2), or (N, C, D, H, W) and "
            f"(N, d, h, w, 3), are needed, got {tuple(input.shape)} and {tuple(grid.shape)}"
        )
    if mode == "bicubic" and dims == 3:
        raise ValueError(
            f"grid_sample: mode bicubic takes images (N, C, H, W), got {tuple(input.shape)}"
        )
    if align_corners is None:
        align_corners = _default_corners("grid_sample")
    dtype = taeda_tensor.promote_types(input.dtype, grid.dtype)
    return taeda_tensor.grid_sampler(
        input.to(dtype),
        grid.to(dtype),
        _MODES.index(mode),
        _PADDING.index(padding_mode),
        align_corners,
    )

"""Images sampled at places that a grid names."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import taeda_tensor
from taeda_tensor import Tensor

_PADDING = ("zeros", "border", "reflection")


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid (N, H, W, 2) of places theta (x, y, 1) for images of a size (N, C, H, W).

    theta is (N, 2, 3); x and y go from -1 to 1, between the outermost points with `align_corners`,
    else between the outer edges.

    >>> import taeda_tensor as tt
    >>> affine_grid(tt.tensor([[[1.0, 0, 0], [0, 1.0, 0]]]), (1, 1, 1, 2), False).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    if theta.dim() != 3 or tuple(theta.shape[1:]) != (2, 3) or len(size) != 4:
        raise ValueError(
            "affine_grid: theta (N, 2, 3) and a size (N, C, H, W) are needed, "
            f"got {tuple(theta.shape)} and {tuple(size)}"
        )
    if align_corners is None:
        align_corners = _default_corners("affine_grid")
    height, width = int(size[2]), int(size[3])
    x, y = (_line(n, align_corners, theta) for n in (width, height))
    rows = taeda_tensor.stack(
        [
            x.expand(height, width),
            y.unsqueeze(1).expand(height, width),
            taeda_tensor.ones(height, width, dtype=theta.dtype, device=theta.device),
        ],
        -1,
    )
    places = rows.reshape(1, height * width, 3) @ theta.mT
    return places.reshape(theta.shape[0], height, width, 2)


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

    x and y go from -1 to 1 over the width and height. `mode` is bilinear or nearest,
    `padding_mode` what lies outside: zeros, border or reflection. ValueError for others and for
    other shapes.

    >>> import taeda_tensor as tt
    >>> x = tt.tensor([[[[1.0, 3.0]]]])
    >>> grid_sample(x, tt.zeros(1, 1, 1, 2), align_corners=False).item()
    2.0
    """
    if mode not in ("bilinear", "nearest"):
        raise ValueError(f"grid_sample: mode must be bilinear or nearest, got {mode!r}")
    if padding_mode not in _PADDING:
        raise ValueError(
            f"grid_sample: padding_mode must be one of {', '.join(_PADDING)}, got {padding_mode!r}"
        )
    if input.dim() != 4 or grid.dim() != 4 or grid.shape[3] != 2 or len(grid) != len(input):
        raise ValueError(
            "grid_sample: images (N, C, H, W) and a grid (N, h, w, 2) are needed, "
            f"got {tuple(input.shape)} and {tuple(grid.shape)}"
        )
    if align_corners is None:
        align_corners = _default_corners("grid_sample")
    height, width = input.shape[2:]
    x = _place(grid[..., 0], width, padding_mode, align_corners)
    y = _place(grid[..., 1], height, padding_mode, align_corners)
    if mode == "nearest":
        return _taken(input, x.round(), y.round()).movedim(-1, 1).contiguous()
    # The four points around a place: pairs of columns and pairs of rows.
    step = taeda_tensor.arange(2, dtype=grid.dtype, device=grid.device).reshape(2, 1, 1, 1)
    columns, rows = x.detach().floor() + step, (y.detach().floor() + step).unsqueeze(1)
    weight = (1 - (y - rows).abs()) * (1 - (x - columns).abs())
    terms = _taken(input, columns, rows) * weight.unsqueeze(-1)
    return terms.sum((0, 1)).movedim(-1, 1).contiguous()


def _place(coordinate: Tensor, size: int, padding_mode: str, corners: bool) -> Tensor:
    """Coordinates in [-1, 1] as places among the points of a dimension."""
    place = (coordinate + 1) / 2 * (size - 1) if corners else ((coordinate + 1) * size - 1) / 2
    if padding_mode == "zeros":
        return place
    if padding_mode == "reflection":
        low, span = (0.0, float(size - 1)) if corners else (-0.5, float(size))
        if span == 0:
            return place * 0
        # A triangle wave: there and back.
        place = (place - low).abs().remainder(2 * span)
        place = taeda_tensor.where(place > span, 2 * span - place, place) + low
    return place.clamp(0, size - 1)


def _taken(input: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The channels (..., N, h, w, C) at whole places of each image, zero outside."""
    count, channels, height, width = input.shape
    # The channels of each point, and zeros as a last point, which stands for all outside.
    last, each = height * width, height * width + 1
    outside = input.new_zeros(count, 1, channels)
    points = taeda_tensor.cat([input.reshape(count, channels, last).mT, outside], 1)
    inside = (x >= 0) & (x < width) & ((y >= 0) & (y < height))
    index = taeda_tensor.where(inside, y.long() * width + x.long(), last)
    image = taeda_tensor.arange(count, device=input.device).reshape(-1, 1, 1) * each
    taken = points.reshape(count * each, channels).index_select(0, (index + image).reshape(-1))
    return taken.reshape(*index.shape, channels)

"""Functions that add or rearrange elements: padding, one-hot codes, normalising to unit length."""

from __future__ import annotations

from collections.abc import Sequence

import taeda_tensor
from taeda_tensor import Tensor


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Pads the last dimensions; `pad` holds (left, right) pairs from the last dimension backwards.

    `mode` is constant (with `value`, default 0; negative sizes crop), reflect, replicate or
    circular. ValueError for sizes the mode cannot give, NotImplementedError for another mode.

    >>> import taeda_tensor as tt
    >>> pad(tt.tensor([1.0, 2.0, 3.0]), (1, 2)).tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]
    >>> pad(tt.tensor([1.0, 2.0, 3.0]), (2, 0), mode="reflect").tolist()
    [3.0, 2.0, 1.0, 2.0, 3.0]
    """
    sizes = [int(size) for size in pad]
    if len(sizes) % 2 or len(sizes) > 2 * input.dim():
        raise ValueError(
            "pad: sizes come in (left, right) pairs, one for each of at most "
            f"{input.dim()} dimensions of the input: got {tuple(sizes)}"
        )
    if mode != "constant" and value is not None and value != 0:
        raise ValueError(f"pad: mode {mode!r} takes no value, got {value}")
    fill = 0 if value is None else value
    result = taeda_tensor._pad(input, sizes[:6], mode, fill)
    # Of the dimensions further out two at a time: those within them are one that stays as it is.
    for first in range(6, len(sizes), 4):
        within = first // 2
        outer = [0, 0, *sizes[first : first + 4]]
        padded = taeda_tensor._pad(result.flatten(-within), outer, mode, fill)
        result = padded.reshape(*padded.shape[:-1], *result.shape[-within:])
    return result


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Class indices (*) as int64 rows (*, num_classes) with a single 1; -1 takes the largest + 1.

    RuntimeError for an index outside the classes or an empty tensor without `num_classes`.

    >>> import taeda_tensor as tt
    >>> one_hot(tt.tensor([0, 2])).tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    if tensor.dtype != taeda_tensor.int64:
        raise RuntimeError(
            f"one_hot: is only applicable to index tensors of type int64, got {tensor.dtype}"
        )
    if tensor.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError(
                "one_hot: can not infer the number of classes from an empty tensor; "
                "give num_classes"
            )
        return taeda_tensor.empty(
            (*tensor.shape, num_classes), dtype=taeda_tensor.int64, device=tensor.device
        )
    smallest, largest = int(tensor.min()), int(tensor.max())
    if smallest < 0:
        raise RuntimeError(f"one_hot: class values must be non-negative, got {smallest}")
    if num_classes == -1:
        num_classes = largest + 1
    elif largest >= num_classes:
        raise RuntimeError(
            f"one_hot: class values must be smaller than num_classes: got {largest} and "
            f"num_classes={num_classes}"
        )
    codes = tensor.new_zeros(*tensor.shape, num_classes)
    return codes.scatter_(-1, tensor.unsqueeze(-1), 1)


def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int | tuple[int, ...] = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
) -> Tensor:
    """x / max(||x||_p, eps), the norm taken along `dim`.

    >>> import taeda_tensor as tt
    >>> normalize(tt.tensor([[3.0, 0.0]]), p=1.0).tolist()
    [[1.0, 0.0]]
    """
    if p == 2:
        # Limited below the root: there the derivative at zero is finite.
        norm = (input * input).sum(dim, keepdim=True).clamp(min=eps * eps).sqrt()
    elif p == 1:
        norm = input.abs().sum(dim, keepdim=True).clamp(min=eps)
    elif p == float("inf"):
        norm = input.abs().amax(dim, keepdim=True).clamp(min=eps)
    else:
        norm = input.abs().pow(p).sum(dim, keepdim=True).clamp(min=eps**p).pow(1.0 / p)
    result = input / norm
    return result if out is None else out.copy_(result)

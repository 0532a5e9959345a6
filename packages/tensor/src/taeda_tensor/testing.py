"""What tests of programs with tensors need: comparison by tolerances, and tensors to test."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taeda_tensor import _tensor
from taeda_tensor._grad_mode import no_grad
from taeda_tensor._tensor import Tensor

__all__ = ["assert_close", "make_tensor"]

# dtype: (relative, absolute) tolerance; what is not here must be equal.
_TOLERANCES = {
    _tensor.float16: (1e-3, 1e-5),
    _tensor.bfloat16: (1.6e-2, 1e-5),
    _tensor.float32: (1.3e-6, 1e-5),
    _tensor.float64: (1e-7, 1e-7),
}

Message = str | Callable[[str], str] | None


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """AssertionError unless |actual - expected| <= atol + rtol |expected| for every element.

    Takes tensors, what `as_tensor` takes, numbers, and sequences and mappings of these. Tolerances
    are those of the dtype where they are None, the larger ones where dtypes differ. ValueError for
    one tolerance without the other, TypeError for what cannot be compared.

    >>> from taeda_tensor import tensor
    >>> assert_close(tensor([1.0, 2.0]), tensor([1.0, 2.000001]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            "rtol and atol must both be specified or both be unspecified, "
            f"but got rtol={rtol} and atol={atol} instead."
        )
    del check_layout  # there is one
    options = {
        "allow_subclasses": allow_subclasses,
        "rtol": rtol,
        "atol": atol,
        "equal_nan": equal_nan,
        "check_device": check_device,
        "check_dtype": check_dtype,
        "check_stride": check_stride,
    }
    found = _difference(actual, expected, "", options)
    if found is None:
        return
    text = found if msg is None else msg(found) if callable(msg) else msg
    raise AssertionError(text)


def _difference(actual: Any, expected: Any, place: str, options: dict[str, Any]) -> str | None:
    """What is wrong, with the place within containers; None where nothing is."""
    where = f"\n\nThe failure occurred for item {place}" if place else ""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if set(actual) != set(expected):
            missing, more = sorted(set(expected) - set(actual)), sorted(set(actual) - set(expected))
            return (
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {missing}\n"
                f"Additional keys in the actual mapping: {more}{where}"
            )
        pairs = [(key, actual[key], expected[key]) for key in expected]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}{where}"
        pairs = [(i, a, b) for i, (a, b) in enumerate(zip(actual, expected, strict=True))]
    else:
        found = _leaf_difference(actual, expected, options)
        return None if found is None else found + where
    for key, a, b in pairs:
        found = _difference(a, b, f"{place}[{key!r}]", options)
        if found is not None:
            return found
    return None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _leaf_difference(actual: Any, expected: Any, options: dict[str, Any]) -> str | None:
    if actual is None or expected is None:
        return None if actual is expected else f"None mismatch: {actual} is not {expected}"
    if _is_number(actual) and _is_number(expected):
        return _number_difference(actual, expected, options)
    tensors = [_as_tensor(value) for value in (actual, expected)]
    if tensors[0] is None or tensors[1] is None or _is_number(actual) != _is_number(expected):
        raise TypeError(
            f"No comparison pair was able to handle inputs of type {type(actual)} and "
            f"{type(expected)}."
        )
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if not options["allow_subclasses"] and type(actual) is not type(expected):
        related = False
    if not related:
        raise TypeError(
            "assert_close: the inputs must be of related types, got "
            f"{type(actual)} and {type(expected)}"
        )
    return _tensor_difference(tensors[0], tensors[1], options)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float))


def _as_tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value.detach()
    try:
        return _tensor.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def _tolerances(options: dict[str, Any], *dtypes: Any) -> tuple[float, float]:
    if options["rtol"] is not None:
        return options["rtol"], options["atol"]
    known = [_TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max(rtol for rtol, _ in known), max(atol for _, atol in known)


def _number_dtype(value: float) -> Any:
    if isinstance(value, bool):
        return _tensor.bool
    return _tensor.int64 if isinstance(value, int) else _tensor.float64


def _number_difference(actual: Any, expected: Any, options: dict[str, Any]) -> str | None:
    dtypes = _number_dtype(actual), _number_dtype(expected)
    rtol, atol = _tolerances(options, *dtypes)
    if isinstance(actual, bool) and isinstance(expected, bool):
        same = actual is expected
        return None if same else f"Booleans mismatch: {actual} is not {expected}"
    if options["check_dtype"] and dtypes[0] is not dtypes[1]:
        kinds = type(actual), type(expected)
        return f"The (d)types do not match: {kinds[0]} != {kinds[1]}."
    if actual == expected or (options["equal_nan"] and math.isnan(actual) and math.isnan(expected)):
        return None
    difference = abs(actual - expected)
    if math.isfinite(difference) and difference <= atol + rtol * abs(expected):
        return None
    exact = rtol == atol == 0
    relative = difference / abs(expected) if expected else math.inf
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\n"
        f"Expected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{_allowed(exact, atol)}\n"
        f"Relative difference: {relative}{_allowed(exact, rtol)}"
    )


def _allowed(exact: bool, tolerance: float) -> str:
    return "" if exact else f" (up to {tolerance} allowed)"


def _tensor_difference(actual: Tensor, expected: Tensor, options: dict[str, Any]) -> str | None:
    def mismatch(what: str, a: Any, b: Any) -> str:
        return f"The values for attribute '{what}' do not match: {a} != {b}."

    if actual.shape != expected.shape:
        return mismatch("shape", tuple(actual.shape), tuple(expected.shape))
    if options["check_device"] and actual.device != expected.device:
        return mismatch("device", actual.device, expected.device)
    if options["check_dtype"] and actual.dtype is not expected.dtype:
        return mismatch("dtype", actual.dtype, expected.dtype)
    if options["check_stride"] and actual.stride() != expected.stride():
        return mismatch("stride()", actual.stride(), expected.stride())
    rtol, atol = _tolerances(options, actual.dtype, expected.dtype)
    wide = _tensor.promote_types(actual.dtype, expected.dtype)
    if wide is _tensor.bool or wide is _tensor.uint8:
        wide = _tensor.int64  # differences may be negative
    with no_grad():
        return _element_difference(
            actual.to("cpu", wide), expected.to("cpu", wide), rtol, atol, options["equal_nan"]
        )


def _element_difference(
    actual: Tensor, expected: Tensor, rtol: float, atol: float, equal_nan: bool
) -> str | None:
    close = _is_close(actual, expected, rtol, atol, equal_nan)
    mismatched = int((~close).sum())
    if mismatched == 0:
        return None
    exact = rtol == atol == 0
    difference = (actual - expected).abs()
    difference = difference.masked_fill(close, 0)
    relative = difference.double() / expected.abs().double()
    relative = relative.masked_fill(close, 0.0)
    total = actual.numel()
    if actual.dim() == 0:
        return (
            f"Scalars are not {'equal' if exact else 'close'}!\n\n"
            f"Expected {expected.item()} but got {actual.item()}.\n"
            f"Absolute difference: {difference.item()}{_allowed(exact, atol)}\n"
            f"Relative difference: {relative.item()}{_allowed(exact, rtol)}"
        )
    return (
        f"Tensor-likes are not {'equal' if exact else 'close'}!\n\n"
        f"Mismatched elements: {mismatched} / {total} ({mismatched / total:.1%})\n"
        f"Greatest absolute difference: {_greatest(difference)}{_allowed(exact, atol)}\n"
        f"Greatest relative difference: {_greatest(relative)}{_allowed(exact, rtol)}"
    )


def _is_close(
    actual: Tensor, expected: Tensor, rtol: float, atol: float, equal_nan: bool
) -> Tensor:
    same = actual == expected
    if equal_nan and actual.is_floating_point():
        same = same | (actual.isnan() & expected.isnan())
    if rtol == atol == 0:
        return same
    difference = (actual.double() - expected.double()).abs()
    bound = expected.double().abs() * rtol + atol
    return same | ((difference <= bound) & difference.isfinite())


def _greatest(values: Tensor) -> str:
    position = int(values.argmax())
    index = []
    for size in reversed(values.shape):
        position, rest = divmod(position, size)
        index.append(rest)
    place = tuple(reversed(index))
    return f"{values[place].item()} at index {place}"


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
) -> Tensor:
    """A tensor of random elements in [low, high): from -9 to 9 by default, or what the dtype has.

    With `noncontiguous` its elements do not lie side by side; with `exclude_zero` none is zero.
    ValueError for bounds that leave nothing.

    >>> from taeda_tensor import float32
    >>> tuple(make_tensor(2, 3, dtype=float32, low=0, high=1).shape)
    (2, 3)
    """
    sizes = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    floating = dtype in _TOLERANCES
    lowest = 0 if dtype in (_tensor.bool, _tensor.uint8) else -9
    highest = 2 if dtype is _tensor.bool else 9 if floating else 10
    low, high = lowest if low is None else low, highest if high is None else high
    if low >= high:
        raise ValueError(f"make_tensor: low must be below high, got {low} and {high}")
    doubled = (*sizes[:-1], 2 * sizes[-1]) if noncontiguous and sizes else sizes
    if floating:
        made = _tensor.rand(doubled, device=device).mul(high - low).add(low).to(dtype)
    else:
        bounds = math.ceil(low), math.ceil(high)
        made = _tensor.randint(*bounds, doubled, device=device).to(dtype)
    if doubled is not sizes:
        made = made[..., ::2]
    if exclude_zero:
        made[made == 0] = 1
    return made.requires_grad_() if requires_grad else made

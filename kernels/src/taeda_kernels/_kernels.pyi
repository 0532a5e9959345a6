# mypy: disable-error-code="override, overload-overlap, overload-cannot-match, misc"
"""Native part of taeda_kernels."""

from collections.abc import Sequence
from typing import Any

def num_threads() -> int:
    """The number of threads that share a loop, the caller's included."""

def set_num_threads(count: int) -> None:
    """
    Set how many threads share a loop; results do not depend on it.

    Raises ValueError below 1.
    """

def memory_stats() -> dict[str, int]:
    """
    Counters of the allocator: allocated_bytes, peak_allocated_bytes, cached_bytes, allocations
    and cache_hits.
    """

def reset_peak_memory() -> None:
    """Let peak_allocated_bytes start again from what is allocated now."""

def empty_cache() -> None:
    """
    Give the cached memory of this thread and of the shared cache back to the system.
    """

def set_cache_limit(bytes: int) -> None:
    """Bound the memory that the shared cache keeps, in bytes."""

def backend_name() -> str:
    """
    The backend in use, such as 'cpu/v3'; the environment variable TAEDA_ISA chooses another.
    """

def _check_kernel_table(library: str, number: int, bytes: int) -> None:
    """
    Refuse a library built for another table of kernels; for tests of the registry.
    """

def _exercise_pool(
    blocks: int, inner: int = 1, failing: int = -1, is_short: bool = False
) -> tuple[int, bool]:
    """Run a nested parallel loop; for tests of the pool."""

def _cuda_device_count() -> int: ...
def _cuda_problem() -> str: ...
def _cuda_current_device() -> int: ...
def _cuda_set_device(arg: int, /) -> None: ...
def _cuda_synchronize(arg: int, /) -> None: ...
def _cuda_facts(arg: int, /) -> tuple[str, int, int, int, int]: ...
def _cuda_memory(arg: int, /) -> tuple[int, int]: ...
def _cuda_memory_stats(arg: int, /) -> dict[str, int]: ...
def _cuda_memory_blocks(arg: int, /) -> list[tuple[int, int, int, int, bool]]: ...
def _cuda_also_used_by(arg0: int, arg1: int, arg2: int, /) -> None: ...
def _cuda_reset_peak_memory(arg: int, /) -> None: ...
def _cuda_empty_cache() -> None: ...
def _cuda_set_memory_limit(arg0: int, arg1: int, /) -> None: ...
def _cuda_current_stream(arg: int, /) -> int: ...
def _cuda_set_stream(arg0: int, arg1: int, /) -> None: ...
def _cuda_create_stream(arg0: int, arg1: int, /) -> int: ...
def _cuda_destroy_stream(arg0: int, arg1: int, /) -> None: ...
def _cuda_synchronize_stream(arg0: int, arg1: int, /) -> None: ...
def _cuda_stream_is_done(arg0: int, arg1: int, /) -> bool: ...
def _cuda_create_event(arg0: int, arg1: bool, /) -> int: ...
def _cuda_destroy_event(arg: int, /) -> None: ...
def _cuda_record_event(arg0: int, arg1: int, arg2: int, /) -> None: ...
def _cuda_wait_event(arg0: int, arg1: int, arg2: int, /) -> None: ...
def _cuda_synchronize_event(arg: int, /) -> None: ...
def _cuda_event_is_done(arg: int, /) -> bool: ...
def _cuda_elapsed_milliseconds(arg0: int, arg1: int, /) -> float: ...
def _cuda_begin_graph(arg: int, /) -> int: ...
def _cuda_end_graph(arg: int, /) -> None: ...
def _cuda_launch_graph(arg0: int, arg1: int, arg2: int, /) -> None: ...
def _cuda_destroy_graph(arg: int, /) -> None: ...
def _cuda_pool_of(arg: int, /) -> int: ...
def _cuda_is_recording() -> bool: ...
def _cuda_new_pool(arg0: int, arg1: int, arg2: bool, /) -> int: ...
def _cuda_hold_pool(arg: int, /) -> None: ...
def _cuda_leave_pool(arg: int, /) -> None: ...
def _cuda_holders_of_pool(arg: int, /) -> int: ...
def _cuda_use_pool(arg0: int, arg1: int, /) -> int: ...
def _cuda_set_memory_source(arg0: int, arg1: int, /) -> None: ...
def _cuda_keep_memory(arg: bool, /) -> None: ...
def _cuda_library_version(arg: str, /) -> tuple[int, str]: ...
def _cuda_setting(arg: str, /) -> bool: ...
def _cuda_set_setting(arg0: str, arg1: bool, /) -> None: ...
def _cuda_set_library_folders(arg: Sequence[str], /) -> None: ...
def neg(x: Any, /, *, out: Any = None) -> Any:
    """
    -x.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def abs(x: Any, /, *, out: Any = None) -> Any:
    """
    The absolute value |x|.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sign(x: Any, /, *, out: Any = None) -> Any:
    """
    -1, 0 or 1 by the sign of x; 0 for NaN.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def square(x: Any, /, *, out: Any = None) -> Any:
    """
    x * x.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def reciprocal(x: Any, /, *, out: Any = None) -> Any:
    """
    1 / x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sqrt(x: Any, /, *, out: Any = None) -> Any:
    """
    The square root of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def rsqrt(x: Any, /, *, out: Any = None) -> Any:
    """
    1 / sqrt(x).

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def floor(x: Any, /, *, out: Any = None) -> Any:
    """
    The largest integer that is not above x.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def ceil(x: Any, /, *, out: Any = None) -> Any:
    """
    The smallest integer that is not below x.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def round(x: Any, /, *, out: Any = None) -> Any:
    """
    The nearest integer; ties go to the even one.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def trunc(x: Any, /, *, out: Any = None) -> Any:
    """
    The integer part of x.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def frac(x: Any, /, *, out: Any = None) -> Any:
    """
    The fractional part x - trunc(x), with the sign of x.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def deg2rad(x: Any, /, *, out: Any = None) -> Any:
    """
    Degrees to radians: x * pi / 180.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def rad2deg(x: Any, /, *, out: Any = None) -> Any:
    """
    Radians to degrees: x * 180 / pi.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def clamp_scalar(
    x: Any, /, *, min: float = float("-inf"), max: float = float("inf"), out: Any = None
) -> Any:
    """
    min(max(x, min), max) with scalar bounds; NaN stays.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def nan_to_num(
    x: Any,
    /,
    *,
    nan: float = 0.0,
    posinf: float = float("nan"),
    neginf: float = float("nan"),
    out: Any = None,
) -> Any:
    """
    x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def pow_scalar(x: Any, /, *, exponent: float = 1.0, out: Any = None) -> Any:
    """
    x^exponent; exact products and roots where the exponent is a small one.

    All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def exp(x: Any, /, *, out: Any = None) -> Any:
    """
    e^x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def exp2(x: Any, /, *, out: Any = None) -> Any:
    """
    2^x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def expm1(x: Any, /, *, out: Any = None) -> Any:
    """
    e^x - 1, exact near zero too.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def log(x: Any, /, *, out: Any = None) -> Any:
    """
    The natural logarithm of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def log2(x: Any, /, *, out: Any = None) -> Any:
    """
    The logarithm of x to base 2.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def log10(x: Any, /, *, out: Any = None) -> Any:
    """
    The logarithm of x to base 10.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def log1p(x: Any, /, *, out: Any = None) -> Any:
    """
    log(1 + x), exact near zero too.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sin(x: Any, /, *, out: Any = None) -> Any:
    """
    The sine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def cos(x: Any, /, *, out: Any = None) -> Any:
    """
    The cosine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def tan(x: Any, /, *, out: Any = None) -> Any:
    """
    The tangent of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def asin(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse sine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def acos(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse cosine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def atan(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse tangent of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sinh(x: Any, /, *, out: Any = None) -> Any:
    """
    The hyperbolic sine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def cosh(x: Any, /, *, out: Any = None) -> Any:
    """
    The hyperbolic cosine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def tanh(x: Any, /, *, out: Any = None) -> Any:
    """
    The hyperbolic tangent of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def asinh(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse hyperbolic sine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def acosh(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse hyperbolic cosine of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def atanh(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse hyperbolic tangent of x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def erf(x: Any, /, *, out: Any = None) -> Any:
    """
    The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def erfc(x: Any, /, *, out: Any = None) -> Any:
    """
    1 - erf(x), exact for large x too.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def erfinv(x: Any, /, *, out: Any = None) -> Any:
    """
    The inverse of erf.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def lgamma(x: Any, /, *, out: Any = None) -> Any:
    """
    log(|gamma(x)|).

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def digamma(x: Any, /, *, out: Any = None) -> Any:
    """
    The derivative of lgamma.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sinc(x: Any, /, *, out: Any = None) -> Any:
    """
    sin(pi x) / (pi x), 1 at zero.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logit(x: Any, /, *, eps: float = -1.0, out: Any = None) -> Any:
    """
    log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logical_not(x: Any, /, *, out: Any = None) -> Any:
    """
    x == 0.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_not(x: Any, /, *, out: Any = None) -> Any:
    """
    Each bit inverted; for bool the logical not.

    Integers and bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def isnan(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether x is NaN.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def isinf(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether x is an infinity.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def isposinf(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether x is positive infinity.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def isneginf(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether x is negative infinity.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def isfinite(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether x is neither an infinity nor NaN.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def signbit(x: Any, /, *, out: Any = None) -> Any:
    """
    Whether the sign bit is set: of -0 it is.

    All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sigmoid(x: Any, /, *, out: Any = None) -> Any:
    """
    1 / (1 + exp(-x)).

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def relu(x: Any, /, *, out: Any = None) -> Any:
    """
    max(x, 0); NaN stays.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def relu6(x: Any, /, *, out: Any = None) -> Any:
    """
    min(max(x, 0), 6); NaN stays.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gelu(x: Any, /, *, out: Any = None) -> Any:
    """
    x * Phi(x), with the distribution function Phi of the standard normal distribution.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gelu_tanh(x: Any, /, *, out: Any = None) -> Any:
    """
    gelu by way of tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def silu(x: Any, /, *, out: Any = None) -> Any:
    """
    x * sigmoid(x).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def mish(x: Any, /, *, out: Any = None) -> Any:
    """
    x * tanh(softplus(x)).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def softplus(x: Any, /, *, beta: float = 1.0, threshold: float = 20.0, out: Any = None) -> Any:
    """
    log(1 + exp(beta * x)) / beta; x where beta * x is above the threshold.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logsigmoid(x: Any, /, *, out: Any = None) -> Any:
    """
    log(sigmoid(x)).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def leaky_relu(x: Any, /, *, negative_slope: float = 0.01, out: Any = None) -> Any:
    """
    x where x > 0, else negative_slope * x.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def elu(
    x: Any, /, *, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0, out: Any = None
) -> Any:
    """
    scale * x where x > 0, else scale * alpha * (exp(input_scale * x) - 1).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def selu(x: Any, /, *, out: Any = None) -> Any:
    """
    scale * (max(x, 0) + min(alpha * (exp(x) - 1), 0)) with alpha 1.673..., scale 1.050....

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def celu(x: Any, /, *, alpha: float = 1.0, out: Any = None) -> Any:
    """
    max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0).

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardtanh(x: Any, /, *, min_val: float = -1.0, max_val: float = 1.0, out: Any = None) -> Any:
    """
    min(max(x, min_val), max_val); NaN stays.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardsigmoid(x: Any, /, *, out: Any = None) -> Any:
    """
    min(max(x + 3, 0), 6) / 6.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardswish(x: Any, /, *, out: Any = None) -> Any:
    """
    x * min(max(x + 3, 0), 6) / 6.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def softsign(x: Any, /, *, out: Any = None) -> Any:
    """
    x / (1 + |x|).

    All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def threshold(x: Any, /, *, threshold: float = 0.0, value: float = 0.0, out: Any = None) -> Any:
    """
    x where x > threshold, else value; NaN stays.

    All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardshrink(x: Any, /, *, lambd: float = 0.5, out: Any = None) -> Any:
    """
    x where abs(x) > lambd, else 0; NaN stays.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def softshrink(x: Any, /, *, lambd: float = 0.5, out: Any = None) -> Any:
    """
    x moved towards 0 by lambd, and 0 where it is nearer; NaN stays.

    Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def add(x: Any, y: Any, /, *, alpha: float = 1.0, out: Any = None) -> Any:
    """
    x + alpha * y.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sub(x: Any, y: Any, /, *, alpha: float = 1.0, out: Any = None) -> Any:
    """
    x - alpha * y.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def mul(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x * y.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def div(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x / y.

    The operands broadcast and promote as in PyTorch. All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def floor_divide(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x / y rounded down; an integer by zero is a RuntimeError.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def trunc_divide(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x / y rounded towards zero; an integer by zero is a RuntimeError.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def remainder(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def fmod(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def maximum(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The larger of x and y; NaN where either is NaN.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def minimum(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The smaller of x and y; NaN where either is NaN.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def fmax(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The larger of x and y; the other where one is NaN.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def fmin(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The smaller of x and y; the other where one is NaN.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def copysign(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    |x| with the sign of y.

    The operands broadcast and promote as in PyTorch. All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def nextafter(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The next number after x in the direction of y, of float32 or float64.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def heaviside(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    0 where x < 0, y where x is 0, 1 where x > 0; NaN stays.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gcd(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The greatest common divisor.

    The operands broadcast and promote as in PyTorch. Integers.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def lcm(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The least common multiple.

    The operands broadcast and promote as in PyTorch. Integers.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def pow(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x^y; integers to a negative power give 0, but 1 and -1 their power.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def atan2(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.

    The operands broadcast and promote as in PyTorch. All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hypot(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    sqrt(x^2 + y^2), which does not overflow on the way.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logaddexp(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    log(exp(x) + exp(y)).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logaddexp2(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    log2(2^x + 2^y).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def xlogy(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x * log(y); 0 where x is 0 and y is not NaN.

    The operands broadcast and promote as in PyTorch. All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def xlog1py(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x * log(1 + y); 0 where x is 0 and y is not NaN.

    The operands broadcast and promote as in PyTorch. All dtypes; integers give float32.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def eq(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x == y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def ne(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x != y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def lt(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x < y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def le(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x <= y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gt(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x > y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def ge(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x >= y.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logical_and(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x != 0 and y != 0.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logical_or(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x != 0 or y != 0.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logical_xor(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    Whether just one of x and y is not 0.

    The operands broadcast and promote as in PyTorch. All dtypes; the result is bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_and(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The bits that x and y have both.

    The operands broadcast and promote as in PyTorch. Integers and bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_or(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The bits that x or y has.

    The operands broadcast and promote as in PyTorch. Integers and bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_xor(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    The bits in which x and y differ.

    The operands broadcast and promote as in PyTorch. Integers and bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_left_shift(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x * 2^y; 0 where y is negative or not below the width.

    The operands broadcast and promote as in PyTorch. Integers.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def bitwise_right_shift(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x / 2^y rounded down; the sign fills where y is negative or not below the width.

    The operands broadcast and promote as in PyTorch. Integers.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def relu_backward(grad: Any, result: Any, /, *, out: Any = None) -> Any:
    """
    grad where result > 0, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def threshold_backward(grad: Any, x: Any, /, *, threshold: float = 0.0, out: Any = None) -> Any:
    """
    grad where x > threshold, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def sigmoid_backward(grad: Any, result: Any, /, *, out: Any = None) -> Any:
    """
    grad * (1 - result) * result.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def tanh_backward(grad: Any, result: Any, /, *, out: Any = None) -> Any:
    """
    grad * (1 - result^2).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gelu_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    grad * (Phi(x) + x * phi(x)).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def gelu_tanh_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    The gradient of gelu by way of tanh.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def silu_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    grad * s * (1 + x * (1 - s)) with s = sigmoid(x).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def mish_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    The gradient of mish.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def leaky_relu_backward(
    grad: Any, x: Any, /, *, negative_slope: float = 0.01, out: Any = None
) -> Any:
    """
    grad where x > 0, else negative_slope * grad.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def elu_backward(
    grad: Any,
    x: Any,
    /,
    *,
    alpha: float = 1.0,
    scale: float = 1.0,
    input_scale: float = 1.0,
    out: Any = None,
) -> Any:
    """
    scale * grad where x > 0, else scale * alpha * input_scale * exp(input_scale * x) * grad.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def softplus_backward(
    grad: Any, x: Any, /, *, beta: float = 1.0, threshold: float = 20.0, out: Any = None
) -> Any:
    """
    grad * sigmoid(beta * x); grad where beta * x is above the threshold.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logsigmoid_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    grad * sigmoid(-x).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardtanh_backward(
    grad: Any, x: Any, /, *, min_val: float = -1.0, max_val: float = 1.0, out: Any = None
) -> Any:
    """
    grad where min_val < x < max_val, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardsigmoid_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    grad / 6 where -3 < x < 3, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardswish_backward(grad: Any, x: Any, /, *, out: Any = None) -> Any:
    """
    grad * (x / 3 + 1 / 2) where -3 < x < 3; 0 below, grad above.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def clamp_scalar_backward(
    grad: Any, x: Any, /, *, min: float = float("-inf"), max: float = float("inf"), out: Any = None
) -> Any:
    """
    grad where min <= x <= max, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def hardshrink_backward(grad: Any, x: Any, /, *, lambd: float = 0.5, out: Any = None) -> Any:
    """
    grad where abs(x) > lambd, else 0.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def squared_difference(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    (x - y) ^ 2.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def huber_distance(x: Any, y: Any, /, *, bound: float = 1.0, out: Any = None) -> Any:
    """
    d^2 / 2 where d = abs(x - y) < bound, else bound * (d - bound / 2).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def logistic_loss(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    y * log(1 + exp(-x)) + (1 - y) * log(1 + exp(x)).

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def parametric_relu(x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x where x > 0, else slope * x.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def where(condition: Any, x: Any, y: Any, /, *, out: Any = None) -> Any:
    """
    x where the condition holds, else y.

    The operands broadcast and promote as in PyTorch. All dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def addcmul(x: Any, y: Any, z: Any, /, *, value: float = 1.0, out: Any = None) -> Any:
    """
    x + value * y * z.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def addcdiv(x: Any, y: Any, z: Any, /, *, value: float = 1.0, out: Any = None) -> Any:
    """
    x + value * y / z.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def clamp(x: Any, y: Any, z: Any, /, *, out: Any = None) -> Any:
    """
    min(max(x, min), max); NaN where any of the three is NaN.

    The operands broadcast and promote as in PyTorch. All dtypes but bool.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def lerp(x: Any, y: Any, z: Any, /, *, out: Any = None) -> Any:
    """
    x + weight * (y - x), exact at both ends.

    The operands broadcast and promote as in PyTorch. Float dtypes.
    Raises TypeError for other dtypes, ValueError for shapes that do not broadcast and for an
    `out` that has another shape or overlaps an operand in part.
    """

def _operations() -> list[dict[str, Any]]:
    """The facts of each elementwise operation, for tests and documentation."""

def copy(out: Any, x: Any) -> None:
    """
    Writes x, broadcast and converted, into out: floats are cut towards zero for integers.

    Raises ValueError where x does not broadcast to the shape of out.
    """

def matmul(
    a: Any,
    b: Any,
    *,
    addend: Any = None,
    alpha: float = 1.0,
    beta: float = 1.0,
    activation: str | None = None,
    out: Any = None,
) -> Any:
    """
    activation(alpha * (a @ b) + beta * addend) of (..., m, k) and (..., k, n): (..., m, n).

    Leading axes broadcast; the addend, a bias say, broadcasts to the product; the activation
    is the name of an elementwise operation of one operand. Each element is summed over k in
    ascending order, so that a row has the same bits alone and in a batch. float16 and
    bfloat16 are summed in float32, integers wrap around. Raises ValueError for shapes that do
    not fit and an `out` that overlaps an operand, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.matmul(numpy.eye(2), numpy.ones((2, 2)), addend=numpy.array([0.0, 1.0]))
    array([[1., 2.],
           [1., 2.]])
    """

def convolution(
    input: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    activation: str | None = None,
    out: Any = None,
) -> Any:
    """
    Correlation of images (n, c, ...) with windows (o, c / groups, ...): (n, o, ...).

    One to three spatial axes; the sizes that describe them are an int or one for each.
    A bias (o,) is added, then an activation applied, the name of an elementwise operation.
    Float dtypes; the sums run over the channels and the window in this order, so that an
    image has the same bits alone and in a batch. Raises ValueError for shapes, TypeError for
    dtypes.

    >>> import numpy, taeda_kernels
    >>> image, window = numpy.ones((1, 1, 3, 3)), numpy.ones((1, 1, 2, 2))
    >>> taeda_kernels.convolution(image, window)
    array([[[[4., 4.],
             [4., 4.]]]])
    """

def convolution_input_gradient(
    grad: Any,
    weight: Any,
    input_size: int | tuple[int, ...],
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    out: Any = None,
) -> Any:
    """
    The gradient of convolution's input, of size input_size, from that of its result.

    grad (n, o, ...) and weight (o, c / groups, ...) give (n, c, ...). Raises ValueError for
    shapes, TypeError for dtypes.
    """

def convolution_weight_gradient(
    grad: Any,
    input: Any,
    kernel_size: int | tuple[int, ...],
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
    out: Any = None,
) -> Any:
    """
    The gradient of convolution's weight, of kernel_size, from that of its result.

    grad (n, o, ...) and input (n, c, ...) give (o, c / groups, ...). Raises ValueError for
    shapes, TypeError for dtypes.
    """

def sum(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The sum over axes; integers and bool give int64.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. The maths runs in dtype. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.sum(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([4., 6.])
    """

def nansum(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The sum over axes, NaN counted as zero.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. The maths runs in dtype. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.nansum(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([4., 6.])
    """

def mean(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The mean over axes; integers give float32, no elements give NaN.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. The maths runs in dtype. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.mean(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([2., 3.])
    """

def prod(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The product over axes; integers and bool give int64.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. The maths runs in dtype. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.prod(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([3., 8.])
    """

def amax(
    x: Any, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False, out: Any = None
) -> Any:
    """
    The largest element over axes, NaN where there is one.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape or an empty axis, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.amax(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([3., 4.])
    """

def amin(
    x: Any, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False, out: Any = None
) -> Any:
    """
    The smallest element over axes, NaN where there is one.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape or an empty axis, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.amin(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([1., 2.])
    """

def any(
    x: Any, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False, out: Any = None
) -> Any:
    """
    Whether an element over axes is not zero.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.any(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([ True,  True])
    """

def all(
    x: Any, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False, out: Any = None
) -> Any:
    """
    Whether all elements over axes are not zero.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.all(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([ True,  True])
    """

def count_nonzero(
    x: Any, axis: int | tuple[int, ...] | None = None, *, keepdims: bool = False, out: Any = None
) -> Any:
    """
    The number of elements over axes that are not zero.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.count_nonzero(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([2, 2])
    """

def logsumexp(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    log(sum(exp(x))) over axes, without overflow; integers give float32.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. The maths runs in dtype. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.logsumexp(numpy.array([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    array([3.12692801, 4.12692801])
    """

def vector_norm(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    ord: float = 2.0,
    dtype: Any = None,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    sum(|x|) for ord=1, sqrt(sum(x^2)) for 2, max(|x|) for infinity, over axes.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Integers give float32.
    Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape, another ord or nothing to choose
    from.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.vector_norm(numpy.array([3.0, 4.0]))
    array(5.)
    """

def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False, out: Any = None) -> Any:
    """
    The int64 position of the first largest element along axis, or in the flat array.

    NaN comes before every number. Raises IndexError for an axis out of range, ValueError for
    an empty axis and an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.argmax(numpy.array([[1, 5, 2], [7, 3, 9]]), axis=1)
    array([1, 2])
    """

def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False, out: Any = None) -> Any:
    """
    The int64 position of the first smallest element along axis, or in the flat array.

    NaN comes before every number. Raises IndexError for an axis out of range, ValueError for
    an empty axis and an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.argmin(numpy.array([[1, 5, 2], [7, 3, 9]]), axis=1)
    array([0, 1])
    """

def var(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    correction: float = 0.0,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The variance over axes: sum((x - mean)^2) / (n - correction).

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Integers give float32.
    Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.var(numpy.array([1.0, 2.0, 3.0]), correction=1)
    array(1.)
    """

def std(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    correction: float = 0.0,
    keepdims: bool = False,
    out: Any = None,
) -> Any:
    """
    The standard deviation over axes: the root of the variance.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. Integers give float32.
    Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.std(numpy.array([1.0, 2.0, 3.0]), correction=1)
    array(1.)
    """

def var_mean(
    x: Any,
    axis: int | tuple[int, ...] | None = None,
    *,
    correction: float = 0.0,
    keepdims: bool = False,
    out: tuple[Any, Any] | None = None,
) -> tuple[Any, Any]:
    """
    The variance and the mean over axes, in two passes.

    axis is an int, a tuple of ints, or None for all; with keepdims the reduced axes stay with
    size 1. `out` is a pair of
    arrays. Raises IndexError for an axis out of range, ValueError for an `out` of
    another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.var_mean(numpy.array([1.0, 2.0, 3.0]), correction=1)
    (array(1.), array(2.))
    """

def cumsum(x: Any, axis: int = -1, *, dtype: Any = None, out: Any = None) -> Any:
    """
    The sum of all elements up to each along axis.

    The shape is that of x; integers give int64 unless dtype names another. `out` may be x.
    Raises IndexError for an axis out of range, ValueError for an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.cumsum(numpy.array([3.0, 1.0, 2.0]))
    array([3., 4., 6.])
    """

def cumprod(x: Any, axis: int = -1, *, dtype: Any = None, out: Any = None) -> Any:
    """
    The product of all elements up to each along axis.

    The shape is that of x; integers give int64 unless dtype names another. `out` may be x.
    Raises IndexError for an axis out of range, ValueError for an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.cumprod(numpy.array([3.0, 1.0, 2.0]))
    array([3., 3., 6.])
    """

def logcumsumexp(x: Any, axis: int = -1, *, dtype: Any = None, out: Any = None) -> Any:
    """
    log(sum(exp(x))) of all elements up to each along axis.

    The shape is that of x; integers give float32 unless dtype names another. `out` may be x.
    Raises IndexError for an axis out of range, ValueError for an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.logcumsumexp(numpy.array([3.0, 1.0, 2.0]))
    array([3.        , 3.12692801, 3.40760596])
    """

def cummax(x: Any, axis: int = -1, *, out: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
    """
    The largest element so far along axis, and where it stands.

    Both have the shape of x; of equal elements the last is named, and after a NaN all are NaN.
    `out` is a pair of arrays. Raises IndexError for an axis out of range.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.cummax(numpy.array([1.0, 3.0, 2.0]))
    (array([1., 3., 3.]), array([0, 1, 1]))
    """

def cummin(x: Any, axis: int = -1, *, out: tuple[Any, Any] | None = None) -> tuple[Any, Any]:
    """
    The smallest element so far along axis, and where it stands.

    Both have the shape of x; of equal elements the last is named, and after a NaN all are NaN.
    `out` is a pair of arrays. Raises IndexError for an axis out of range.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.cummin(numpy.array([1.0, 3.0, 2.0]))
    (array([1., 1., 1.]), array([0, 0, 0]))
    """

def softmax(x: Any, axis: int = -1, *, out: Any = None) -> Any:
    """
    exp(x) / sum(exp(x)) along axis, without overflow.

    Float dtypes; the shape is that of x, and `out` may be x. Raises TypeError for other dtypes,
    IndexError for an axis out of range.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.softmax(numpy.zeros(2))
    array([0.5, 0.5])
    """

def softmax_backward(grad: Any, result: Any, axis: int = -1, *, out: Any = None) -> Any:
    """
    result * (grad - sum(grad * result)): the gradient of softmax.

    Both have one shape, that of the gradient. Raises TypeError for dtypes, ValueError for shapes.

    >>> import numpy, taeda_kernels
    >>> result = taeda_kernels.softmax(numpy.zeros(2))
    >>> taeda_kernels.softmax_backward(numpy.array([1.0, 0.0]), result)
    array([ 0.25, -0.25])
    """

def log_softmax(x: Any, axis: int = -1, *, out: Any = None) -> Any:
    """
    x - log(sum(exp(x))) along axis, without overflow.

    Float dtypes; the shape is that of x, and `out` may be x. Raises TypeError for other dtypes,
    IndexError for an axis out of range.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.log_softmax(numpy.zeros(2))
    array([-0.69314718, -0.69314718])
    """

def log_softmax_backward(grad: Any, result: Any, axis: int = -1, *, out: Any = None) -> Any:
    """
    grad - exp(result) * sum(grad): the gradient of log_softmax.

    Both have one shape, that of the gradient. Raises TypeError for dtypes, ValueError for shapes.

    >>> import numpy, taeda_kernels
    >>> result = taeda_kernels.log_softmax(numpy.zeros(2))
    >>> taeda_kernels.log_softmax_backward(numpy.array([1.0, 0.0]), result)
    array([ 0.5, -0.5])
    """

def attention(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    scale: float | None = None,
    out: Any = None,
) -> tuple[Any, Any]:
    """
    softmax(scale * query @ key^T + mask) @ value, with the softmax's logarithms.

    query (..., n, e), key (..., m, e) and value (..., m, v), of one float dtype, give (..., n, v), which
    `out` takes, and for each query the logarithm of its denominator (..., n). mask broadcasts to
    (..., n, m): bool (True: may attend) or a float that is added. causal lets query i see the keys up
    to i; scale is 1 / sqrt(e) where it is None. A query that may attend to nothing gets zeros, and
    inf for its logarithm. Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.eye(2)
    >>> taeda_kernels.attention(x, x, x, causal=True)[0][0]
    array([1., 0.])
    """

def attention_backward(
    grad: Any,
    query: Any,
    key: Any,
    value: Any,
    result: Any,
    log_sum: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    scale: float | None = None,
) -> tuple[Any, Any, Any]:
    """
    The gradients of attention's query, key and value from that of its result.

    result and log_sum are what attention gave for the same arguments. Raises ValueError for shapes,
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.ones((1, 2))
    >>> result, log_sum = taeda_kernels.attention(x, x, x)
    >>> taeda_kernels.attention_backward(x, x, x, x, result, log_sum)[2]
    array([[1., 1.]])
    """

def recurrence(
    mode: str,
    projected: Any,
    hidden: Any,
    cell: Any,
    weight: Any,
    bias: Any,
    sizes: Any,
    *,
    reverse: bool = False,
) -> tuple[Any, Any, Any, Any]:
    """
    A recurrent layer over sequences: its states, the last ones, the last cells and what the
    gradients need.

    mode is "RNN_TANH", "RNN_RELU", "LSTM" (gates input, forget, cell, output) or "GRU" (reset,
    update, new). projected (rows, gates * h) is the input times its weight, step by step: the rows of a
    step lie side by side, sizes says how many, never more than in the step before. hidden, and of an
    LSTM cell, (n, h) are the initial state, weight (gates * h, h) multiplies the state, bias is the
    one that a GRU's reset gate scales. float32 or float64. Raises ValueError for shapes, TypeError
    for dtypes.

    >>> import numpy, taeda_kernels
    >>> one = numpy.ones((1, 1))
    >>> taeda_kernels.recurrence("RNN_RELU", numpy.ones((3, 1)), one, None, one, None, [1, 1, 1])[0]
    array([[2.],
           [3.],
           [4.]])
    """

def recurrence_backward(
    mode: str,
    grad: Any,
    states: Any,
    kept: Any,
    hidden: Any,
    cell: Any,
    weight: Any,
    sizes: Any,
    *,
    reverse: bool = False,
    grad_last: Any = None,
    grad_last_cell: Any = None,
) -> tuple[Any, Any, Any, Any, Any]:
    """
    The gradients of recurrence from those of its states: of projected, of the products with
    weight, then the state before each row, and the gradients of hidden and cell.

    states and kept are what recurrence gave. The gradient of weight is that of the products, transposed,
    times the states before. Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> one, x = numpy.ones((1, 1)), numpy.ones((3, 1))
    >>> states, _, _, kept = taeda_kernels.recurrence("RNN_RELU", x, one, None, one, None, [1, 1, 1])
    >>> taeda_kernels.recurrence_backward("RNN_RELU", x, states, kept, one, None, one, [1, 1, 1])[3]
    array([[3.]])
    """

def max_pool2d(
    x: Any,
    kernel_size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    ceil_mode: bool = False,
    out: tuple[Any, Any] | None = None,
) -> tuple[Any, Any]:
    """
    The largest element of each window, and its position row * w + column in the plane.

    x (n, c, h, w) or (c, h, w) gives two arrays (..., oh, ow); NaN is larger than any number.
    The stride is kernel_size unless given. Raises ValueError for shapes and windows that do not
    fit, TypeError for dtypes that are not float.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.max_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 2)
    (array([[[3.]]]), array([[[3]]]))
    """

def max_pool2d_backward(
    grad: Any, indices: Any, input_size: int | tuple[int, int], *, out: Any = None
) -> Any:
    """
    The gradient of max_pool2d's operand, whose planes are input_size.

    grad and indices (..., oh, ow) give (..., h, w). Raises ValueError for shapes, IndexError
    for an index outside of the plane, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> indices = numpy.full((1, 1, 1), 3)
    >>> taeda_kernels.max_pool2d_backward(numpy.ones((1, 1, 1)), indices, 2)
    array([[[0., 0.],
            [0., 1.]]])
    """

def avg_pool2d(
    x: Any,
    kernel_size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    out: Any = None,
) -> Any:
    """
    The mean of each window.

    x (n, c, h, w) or (c, h, w) gives (..., oh, ow). The sum is divided by the number of elements,
    those of the padding counted or not, or by divisor_override. Raises ValueError for shapes and
    windows that do not fit, TypeError for dtypes that are not float.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.avg_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 2)
    array([[[1.5]]])
    """

def avg_pool2d_backward(
    grad: Any,
    input_size: int | tuple[int, int],
    kernel_size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    out: Any = None,
) -> Any:
    """
    The gradient of avg_pool2d's operand, whose planes are input_size.

    grad (..., oh, ow) gives (..., h, w). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.avg_pool2d_backward(numpy.ones((1, 1, 1)), 2, 2)
    array([[[0.25, 0.25],
            [0.25, 0.25]]])
    """

def adaptive_avg_pool2d(x: Any, output_size: int | tuple[int, int], *, out: Any = None) -> Any:
    """
    The means of output_size windows that share a plane evenly.

    Output row i covers the rows floor(i h / oh) to ceil((i + 1) h / oh) - 1 of x (..., h, w);
    columns likewise. Raises ValueError for shapes, TypeError for dtypes that are not float.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.adaptive_avg_pool2d(numpy.arange(4.0).reshape(1, 2, 2), 1)
    array([[[1.5]]])
    """

def adaptive_avg_pool2d_backward(
    grad: Any, input_size: int | tuple[int, int], *, out: Any = None
) -> Any:
    """
    The gradient of adaptive_avg_pool2d's operand, whose planes are input_size.

    grad (..., oh, ow) gives (..., h, w). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.adaptive_avg_pool2d_backward(numpy.ones((1, 1, 1)), 2)
    array([[[0.25, 0.25],
            [0.25, 0.25]]])
    """

def sort(
    x: Any, axis: int = -1, *, descending: bool = False, out: tuple[Any, Any] | None = None
) -> tuple[Any, Any]:
    """
    The elements in order along axis, and where each was.

    Both have the shape of x. Equal elements keep their order; NaN is larger than any number.
    Raises IndexError for an axis out of range, ValueError for an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.sort(numpy.array([3, 1, 2]))
    (array([1, 2, 3]), array([1, 2, 0]))
    """

def argsort(x: Any, axis: int = -1, *, descending: bool = False, out: Any = None) -> Any:
    """
    The positions that put x in order along axis; equal elements keep their order.

    The shape is that of x. Raises IndexError for an axis out of range, ValueError for an
    `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.argsort(numpy.array([3, 1, 2]))
    array([1, 2, 0])
    """

def topk(
    x: Any, k: int, axis: int = -1, *, largest: bool = True, out: tuple[Any, Any] | None = None
) -> tuple[Any, Any]:
    """
    The k largest (smallest) elements along axis in their order, and where they stand.

    Both have the shape of x but for k along axis; of equal elements the first are taken.
    Raises IndexError for an axis out of range, ValueError for a k beyond its size.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.topk(numpy.array([3, 1, 2]), 2)
    (array([3, 2]), array([0, 2]))
    """

def searchsorted(sequence: Any, values: Any, *, side: str = "left", out: Any = None) -> Any:
    """
    Where each value belongs in an ascending sequence, before or after its equals.

    sequence (n,), or one for each row of the values (..., m): (..., n). Raises ValueError for
    shapes and another side.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.searchsorted(numpy.array([1, 3, 5]), numpy.array([3, 4]))
    array([1, 2])
    """

def sgd_step(
    params: list[Any],
    grads: list[Any],
    momentum_buffers: list[Any] | None = None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
    first_step: bool = False,
) -> None:
    """
    One step of stochastic gradient descent over all params at once, in place.

    g = grad + weight_decay p; with momentum b = momentum b + (1 - dampening) g (b = g on the
    first step), g = b or with nesterov g + momentum b; p = p - lr g. The arrays of one place
    in the lists have one shape, all have one float dtype. Raises ValueError for lengths and
    shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p = numpy.array([1.0, 2.0])
    >>> taeda_kernels.sgd_step([p], [numpy.array([1.0, -1.0])], lr=0.5)
    >>> p
    array([0.5, 2.5])
    """

def adam_step(
    params: list[Any],
    grads: list[Any],
    exp_avgs: list[Any],
    exp_avg_sqs: list[Any],
    max_exp_avg_sqs: list[Any] | None = None,
    *,
    step: int,
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> None:
    """
    One step of Adam over all params at once, in place; decoupled, it is AdamW.

    m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
    p = p - lr / (1 - beta1^step) m / (sqrt(v) / sqrt(1 - beta2^step) + eps), where v is the
    largest so far if max_exp_avg_sqs are given (AMSGrad). step counts from 1. Raises ValueError
    for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)
    >>> taeda_kernels.adam_step([p], [numpy.array([2.0])], [m], [v], step=1, lr=0.25)
    >>> p.round(6)
    array([0.75])
    """

def rmsprop_step(
    params: list[Any],
    grads: list[Any],
    square_avgs: list[Any],
    momentum_buffers: list[Any] | None = None,
    grad_avgs: list[Any] | None = None,
    *,
    lr: float = 0.01,
    alpha: float = 0.99,
    eps: float = 1e-08,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> None:
    """
    One step of RMSprop over all params at once, in place.

    s = alpha s + (1 - alpha) g^2; with grad_avgs c = c + (1 - alpha) (g - c), and s - c^2 stands for s.
    q = g / (sqrt(s) + eps); with momentum_buffers, needed with momentum, b = momentum b + q stands
    for q. p = p - lr q. Raises ValueError for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, s = numpy.array([1.0]), numpy.zeros(1)
    >>> taeda_kernels.rmsprop_step([p], [numpy.array([2.0])], [s], lr=0.25, alpha=0.75)
    >>> p.round(6)
    array([0.5])
    """

def adagrad_step(
    params: list[Any],
    grads: list[Any],
    sums: list[Any],
    *,
    step: int,
    lr: float = 0.01,
    lr_decay: float = 0.0,
    eps: float = 1e-10,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> None:
    """
    One step of Adagrad over all params at once, in place.

    s = s + g^2, p = p - lr / (1 + (step - 1) lr_decay) g / (sqrt(s) + eps). step counts from 1. Raises
    ValueError for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, s = numpy.array([1.0]), numpy.zeros(1)
    >>> taeda_kernels.adagrad_step([p], [numpy.array([2.0])], [s], step=1, lr=0.25)
    >>> p.round(6)
    array([0.75])
    """

def adadelta_step(
    params: list[Any],
    grads: list[Any],
    square_avgs: list[Any],
    acc_deltas: list[Any],
    *,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-06,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> None:
    """
    One step of Adadelta over all params at once, in place.

    s = rho s + (1 - rho) g^2, d = sqrt(a + eps) / sqrt(s + eps) g, a = rho a + (1 - rho) d^2,
    p = p - lr d. Raises ValueError for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, s, a = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)
    >>> taeda_kernels.adadelta_step([p], [numpy.array([2.0])], [s], [a], rho=0.75, eps=1.0)
    >>> p.round(4)
    array([-0.4142])
    """

def adamax_step(
    params: list[Any],
    grads: list[Any],
    exp_avgs: list[Any],
    exp_infs: list[Any],
    *,
    step: int,
    lr: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> None:
    """
    One step of Adamax over all params at once, in place.

    m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + eps), p = p - lr / (1 - beta1^step) m / u. step
    counts from 1. Raises ValueError for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, m, u = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)
    >>> taeda_kernels.adamax_step([p], [numpy.array([2.0])], [m], [u], step=1, lr=0.25)
    >>> p.round(6)
    array([0.75])
    """

def nadam_step(
    params: list[Any],
    grads: list[Any],
    exp_avgs: list[Any],
    exp_avg_sqs: list[Any],
    *,
    mu_product: float,
    step: int,
    lr: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    momentum_decay: float = 0.004,
    weight_decay: float = 0.0,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> None:
    """
    One step of NAdam over all params at once, in place.

    With mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2) and mu_product that of mu(1) to mu(step),
    p = p - lr (mu(step + 1) m / (1 - mu_product mu(step + 1)) + (1 - mu(step)) g / (1 - mu_product))
    / (sqrt(v / (1 - beta2^step)) + eps), m and v as Adam has them. step counts from 1. Raises ValueError
    for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)
    >>> taeda_kernels.nadam_step([p], [numpy.array([2.0])], [m], [v], mu_product=0.45, step=1,
    ...                          lr=0.25, momentum_decay=0.0)
    >>> p.round(4)
    array([0.7359])
    """

def radam_step(
    params: list[Any],
    grads: list[Any],
    exp_avgs: list[Any],
    exp_avg_sqs: list[Any],
    *,
    step: int,
    lr: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    maximize: bool = False,
    decoupled_weight_decay: bool = False,
) -> None:
    """
    One step of RAdam over all params at once, in place.

    With n = 2 / (1 - beta2) - 1 and l = n - 2 step beta2^step / (1 - beta2^step), the step of Adam times
    sqrt((l - 4) (l - 2) n / ((n - 4) (n - 2) l)) where l > 5, else p = p - lr m / (1 - beta1^step). step
    counts from 1. Raises ValueError for lengths and shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> p, m, v = numpy.array([1.0]), numpy.zeros(1), numpy.zeros(1)
    >>> taeda_kernels.radam_step([p], [numpy.array([2.0])], [m], [v], step=1, lr=0.25)
    >>> p.round(6)
    array([0.5])
    """

def layer_norm(
    x: Any, weight: Any = None, bias: Any = None, *, eps: float = 1e-05, out: Any = None
) -> tuple[Any, Any, Any]:
    """
    (x - mean) / sqrt(var + eps) * weight + bias along the last axis, with mean and rstd.

    x (..., n), of a float dtype, weight and bias (n,) give a result (..., n), which `out` takes,
    and two arrays with an element for each row: mean and rstd = 1 / sqrt(var + eps), var the
    biased variance. A row has the same bits alone and in a batch. Raises ValueError for shapes,
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> result, mean, rstd = taeda_kernels.layer_norm(numpy.array([[1.0, 3.0]]), eps=0)
    >>> result, mean
    (array([[-1.,  1.]]), array([2.]))
    """

def layer_norm_backward(
    grad: Any, x: Any, mean: Any, rstd: Any, weight: Any = None, *, out: Any = None
) -> tuple[Any, Any, Any]:
    """
    The gradients of layer_norm's x, weight and bias from that of its result.

    grad and x (..., n), mean and rstd as layer_norm gave them, weight (n,) give (..., n), which
    `out` takes, (n,) and (n,). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.array([[1.0, 3.0]])
    >>> result, mean, rstd = taeda_kernels.layer_norm(x, eps=0)
    >>> taeda_kernels.layer_norm_backward(numpy.array([[2.0, 5.0]]), x, mean, rstd)[1:]
    (array([-2.,  5.]), array([2., 5.]))
    """

def rms_norm(x: Any, weight: Any = None, *, eps: float = 1e-06, out: Any = None) -> tuple[Any, Any]:
    """
    x / sqrt(mean(x^2) + eps) * weight along the last axis, with the factor.

    x (..., n), of a float dtype, and weight (n,) give a result (..., n), which `out` takes, and
    rstd = 1 / sqrt(mean(x^2) + eps) for each row. Raises ValueError for shapes, TypeError for
    dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.rms_norm(numpy.array([[2.0, 2.0]]), eps=0)
    (array([[1., 1.]]), array([0.5]))
    """

def rms_norm_backward(
    grad: Any, x: Any, rstd: Any, weight: Any = None, *, out: Any = None
) -> tuple[Any, Any]:
    """
    The gradients of rms_norm's x and weight from that of its result.

    grad and x (..., n), rstd as rms_norm gave it, weight (n,) give (..., n), which `out` takes,
    and (n,). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.array([[2.0, 2.0]])
    >>> result, rstd = taeda_kernels.rms_norm(x, eps=0)
    >>> taeda_kernels.rms_norm_backward(numpy.array([[1.0, 3.0]]), x, rstd)
    (array([[-0.5,  0.5]]), array([1., 3.]))
    """

def batch_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    running_mean: Any = None,
    running_var: Any = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
    out: Any = None,
) -> tuple[Any, Any, Any]:
    """
    (x - mean) / sqrt(var + eps) * weight + bias for each channel, with mean and rstd.

    x (n, c, ...), of a float dtype, and vectors (c,) give a result of the shape of x, which `out`
    takes, mean (c,) and rstd (c,) = 1 / sqrt(var + eps). In training mean and the biased variance
    are those of the batch, and move the running ones in place:
    running = (1 - momentum) running + momentum new, of the unbiased variance. Otherwise the
    running ones are used. Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x, running_mean, running_var = numpy.array([[1.0], [3.0]]), numpy.zeros(1), numpy.ones(1)
    >>> taeda_kernels.batch_norm(x, None, None, running_mean, running_var, eps=0)[0]
    array([[-1.],
           [ 1.]])
    >>> running_mean
    array([0.2])
    """

def batch_norm_backward(
    grad: Any,
    x: Any,
    mean: Any,
    rstd: Any,
    weight: Any = None,
    *,
    training: bool = True,
    out: Any = None,
) -> tuple[Any, Any, Any]:
    """
    The gradients of batch_norm's x, weight and bias from that of its result.

    grad and x (n, c, ...), mean and rstd as batch_norm gave them, weight (c,) give an array of the
    shape of x, which `out` takes, (c,) and (c,). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.array([[1.0], [3.0]])
    >>> result, mean, rstd = taeda_kernels.batch_norm(x, eps=0)
    >>> taeda_kernels.batch_norm_backward(numpy.array([[2.0], [5.0]]), x, mean, rstd)[1:]
    (array([3.]), array([7.]))
    """

def group_norm(
    x: Any,
    groups: int,
    weight: Any = None,
    bias: Any = None,
    *,
    eps: float = 1e-05,
    out: Any = None,
) -> tuple[Any, Any, Any]:
    """
    (x - mean) / sqrt(var + eps) * weight + bias, with statistics of groups of channels.

    x (n, c, ...), of a float dtype, and vectors (c,) give a result of the shape of x, which `out`
    takes, and mean and rstd = 1 / sqrt(var + eps) of each sample's groups (n groups,). A sample
    has the same bits alone and in a batch. Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.group_norm(numpy.array([[1.0, 3.0, 5.0, 5.0]]), 2)[1]
    array([2., 5.])
    """

def group_norm_backward(
    grad: Any, x: Any, groups: int, mean: Any, rstd: Any, weight: Any = None, *, out: Any = None
) -> tuple[Any, Any, Any]:
    """
    The gradients of group_norm's x, weight and bias from that of its result.

    grad and x (n, c, ...), mean and rstd as group_norm gave them, weight (c,) give an array of the
    shape of x, which `out` takes, (c,) and (c,). Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x = numpy.array([[1.0, 3.0]])
    >>> result, mean, rstd = taeda_kernels.group_norm(x, 1, eps=0)
    >>> taeda_kernels.group_norm_backward(numpy.array([[2.0, 5.0]]), x, 1, mean, rstd)[2]
    array([2., 5.])
    """

def nll_loss(
    x: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    out: Any = None,
) -> tuple[Any, Any]:
    """
    -weight[target] * x[target] of log-probabilities, and the total weight.

    x (n, c, ...) or (c,), of a float dtype, and a target (n, ...) of classes give for the
    reduction "none" losses of the target's shape, else one, which for "mean" is divided
    by the total weight. A target that is ignore_index counts for nothing. Raises ValueError
    for shapes, IndexError for a target that is no class, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.nll_loss(numpy.array([[-1.0, -2.0], [-3.0, -4.0]]), numpy.array([0, 1]))
    (array(2.5), array(2.))
    """

def nll_loss_backward(
    grad: Any,
    x: Any,
    target: Any,
    total_weight: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    out: Any = None,
) -> Any:
    """
    The gradient of nll_loss's x, of the shape of x, from that of its result.

    total_weight is what nll_loss gave. Raises ValueError for shapes, IndexError for a target that
    is no class, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x, target = numpy.array([[-1.0, -2.0], [-3.0, -4.0]]), numpy.array([0, 1])
    >>> loss, total = taeda_kernels.nll_loss(x, target)
    >>> taeda_kernels.nll_loss_backward(numpy.array(1.0), x, target, total)
    array([[-0.5,  0. ],
           [ 0. , -0.5]])
    """

def cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    out: Any = None,
) -> tuple[Any, Any, Any]:
    """
    The nll_loss of log_softmax(x) along the classes, the total weight, and a state.

    With label_smoothing e the loss is (1 - e) nll - e / c * sum(weight * log_softmax(x)).
    Shapes, reductions and errors are those of nll_loss; the state (2, n, s) serves the
    gradient: the maximum of each row and log(sum(exp(x - maximum))).

    >>> import numpy, taeda_kernels
    >>> loss, total, state = taeda_kernels.cross_entropy(numpy.zeros((1, 2)), numpy.array([0]))
    >>> loss
    array(0.69314718)
    """

def cross_entropy_backward(
    grad: Any,
    x: Any,
    target: Any,
    total_weight: Any,
    row_state: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    out: Any = None,
) -> Any:
    """
    The gradient of cross_entropy's x, of the shape of x, from that of its result.

    total_weight and row_state are what cross_entropy gave. Raises ValueError for shapes,
    IndexError for a target that is no class, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> x, target = numpy.zeros((1, 2)), numpy.array([0])
    >>> loss, total, state = taeda_kernels.cross_entropy(x, target)
    >>> taeda_kernels.cross_entropy_backward(numpy.array(1.0), x, target, total, state)
    array([[-0.5,  0.5]])
    """

def take(x: Any, indices: Any, axis: int = 0, *, out: Any = None) -> Any:
    """
    The slices of x that integer indices name along an axis.

    In the shape of the result the axis gives way to the shape of the indices; negative ones
    count from the end. Raises IndexError for an index or axis that is not there, ValueError
    for an `out` of another shape or overlapping an operand, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.take(numpy.array([[1, 2], [3, 4]]), numpy.array([1, 0, -1]))
    array([[3, 4],
           [1, 2],
           [3, 4]])
    """

def index_copy(x: Any, indices: Any, values: Any, axis: int = 0, *, out: Any = None) -> Any:
    """
    A copy of x in which values replace the slices that indices name along an axis.

    The values broadcast to the shape that take gives, and are converted to the dtype of x;
    `out` may be x. Equal indices are served in their order. Raises IndexError for an index or axis
    that is not there, ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.index_copy(numpy.zeros(3), numpy.array([2, 0]), numpy.array([5.0, 6.0]))
    array([6., 0., 5.])
    """

def index_add(x: Any, indices: Any, values: Any, axis: int = 0, *, out: Any = None) -> Any:
    """
    A copy of x in which values are added to the slices that indices name along an axis.

    The values broadcast to the shape that take gives, and are converted to the dtype of x;
    `out` may be x. Equal indices are served in their order. Raises IndexError for an index or axis
    that is not there, ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.index_add(numpy.zeros(3), numpy.array([2, 2]), numpy.array([5.0, 6.0]))
    array([ 0.,  0., 11.])
    """

def gather(x: Any, indices: Any, axis: int, *, out: Any = None) -> Any:
    """
    For each position of the indices the element of x that they name along an axis.

    result[i, j] = x[indices[i, j], j] for axis 0. The indices have the dimensions of x and are no
    larger but along the axis; so is the result. Raises IndexError for an index or axis that is not
    there, ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.gather(numpy.array([[1, 2], [3, 4]]), numpy.array([[1, 0]]), 0)
    array([[3, 2]])
    """

def scatter(
    x: Any, indices: Any, values: Any, axis: int, *, reduce: str | None = None, out: Any = None
) -> Any:
    """
    A copy of x in which values replace the elements that indices name along an axis.

    result[indices[i, j], j] = values[i, j] for axis 0. With reduce "add", "multiply", "amax" or
    "amin" the values are combined with what is there, in the order of the indices. The values
    broadcast to the shape of the indices; `out` may be x. Raises IndexError for an index or axis that
    is not there, ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.scatter(numpy.zeros(3), numpy.array([1, 1]), numpy.array([2.0, 3.0]), 0, reduce="add")
    array([0., 5., 0.])
    """

def embedding(weight: Any, indices: Any, *, out: Any = None) -> Any:
    """
    The rows of weight (n, d) that indices (...) name: (..., d).

    Raises IndexError for an index that is not there, ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.embedding(numpy.array([[1.0], [2.0]]), numpy.array([1, 1]))
    array([[2.],
           [2.]])
    """

def embedding_backward(
    grad: Any, indices: Any, rows: int, *, padding_idx: int | None = None, out: Any = None
) -> Any:
    """
    The gradient of embedding's weight (rows, d) from that of its result (..., d).

    Rows that were taken several times add up in the order of the indices; the row padding_idx gets
    none. Raises IndexError for an index that is not there, ValueError for shapes, TypeError for
    dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.embedding_backward(numpy.ones((2, 1)), numpy.array([1, 1]), 2)
    array([[0.],
           [2.]])
    """

def masked_select(x: Any, mask: Any, *, out: Any = None) -> Any:
    """
    The elements of x where the mask holds, in row-major order: (count,).

    x and the mask, of bool, broadcast. Raises ValueError for shapes, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.masked_select(numpy.array([1, 2, 3]), numpy.array([True, False, True]))
    array([1, 3])
    """

def masked_fill(x: Any, mask: Any, value: Any, *, out: Any = None) -> Any:
    """
    x with the value, converted to its dtype, where the mask holds.

    x and the mask, of bool, broadcast; `out` may be x. Raises ValueError for shapes, TypeError
    for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.masked_fill(numpy.array([1, 2]), numpy.array([True, False]), 7)
    array([7, 2])
    """

def nonzero(x: Any, *, out: Any = None) -> Any:
    """
    The positions of the elements that are not zero, in row-major order: (count, ndim) of int64.

    Raises ValueError for an `out` of another shape.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.nonzero(numpy.array([[0, 5], [6, 0]]))
    array([[0, 1],
           [1, 0]])
    """

def tril(x: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """
    The elements with column - row <= diagonal of matrices, 0 elsewhere.

    x (..., m, n) gives (..., m, n); `out` may be x. Raises ValueError for fewer than 2 dimensions.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.tril(numpy.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """

def triu(x: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """
    The elements with column - row >= diagonal of matrices, 0 elsewhere.

    x (..., m, n) gives (..., m, n); `out` may be x. Raises ValueError for fewer than 2 dimensions.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.triu(numpy.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """

def cast(x: Any, dtype: Any, *, out: Any = None) -> Any:
    """
    x converted to a dtype: floats are cut towards zero for integers, which wrap around.

    The result has the shape of x; bfloat16, which NumPy lacks, speaks DLPack. Raises TypeError
    for a dtype that is not known.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.cast(numpy.array([1.7, -1.7]), "int64")
    array([ 1, -1])
    """

def fill(out: Any, value: Any) -> None:
    """
    Writes the value, converted to the dtype of out, to every element of out.

    Raises ValueError for a value with dimensions and elements of out that share memory.

    >>> import numpy, taeda_kernels
    >>> x = numpy.zeros(3)
    >>> taeda_kernels.fill(x[::2], 4)
    >>> x
    array([4., 0., 4.])
    """

def uniform(
    shape: int | tuple[int, ...],
    low: float = 0.0,
    high: float = 1.0,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Uniform numbers in [low, high).

    The result has the shape, and the dtype (float32, a float dtype) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: low must not exceed high;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.uniform((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.uniform((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def normal(
    shape: int | tuple[int, ...],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Normal numbers of a mean and a standard deviation.

    The result has the shape, and the dtype (float32, a float dtype) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: std must not be negative;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.normal((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.normal((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def log_normal(
    shape: int | tuple[int, ...],
    mean: float = 0.0,
    std: float = 1.0,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    exp(x) of normal numbers x of a mean and a standard deviation.

    The result has the shape, and the dtype (float32, a float dtype) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: std must not be negative;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.log_normal((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.log_normal((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def exponential(
    shape: int | tuple[int, ...],
    rate: float = 1.0,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Exponential numbers of a rate, of the density rate * exp(-rate * x).

    The result has the shape, and the dtype (float32, a float dtype) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: rate must be positive;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.exponential((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.exponential((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def cauchy(
    shape: int | tuple[int, ...],
    median: float = 0.0,
    scale: float = 1.0,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Cauchy numbers of a median and a scale.

    The result has the shape, and the dtype (float32, a float dtype) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: scale must be positive;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.cauchy((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.cauchy((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def geometric(
    shape: int | tuple[int, ...],
    p: float = 0.5,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Trials until the first success of probability p: 1, 2, ...

    The result has the shape, and the dtype (int64) unless `out` has another. The same seed and
    offset give the same numbers; other offsets others. Raises ValueError: p must lie between 0 and 1;
    TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.geometric((2, 3), seed=1)
    >>> a.shape, bool((a == taeda_kernels.geometric((2, 3), seed=1)).all())
    ((2, 3), True)
    """

def integers(
    shape: int | tuple[int, ...],
    low: int,
    high: int,
    *,
    seed: int,
    offset: int = 0,
    dtype: Any = None,
    out: Any = None,
) -> Any:
    """
    Integers from low to high - 1, all equally likely.

    The result has the shape, and the dtype (int64) unless `out` has another. Raises ValueError for
    bounds that are not ascending or do not fit the dtype.

    >>> import numpy, taeda_kernels
    >>> a = taeda_kernels.integers(100, -1, 2, seed=1)
    >>> numpy.unique(a)
    array([-1,  0,  1])
    """

def bernoulli(p: Any, *, seed: int, offset: int = 0, out: Any = None) -> Any:
    """
    True with the probability of each element of p, of a float dtype.

    The result has the shape of p, of bool unless `out` has another dtype. Raises RuntimeError for
    a probability outside of [0, 1], TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.bernoulli(numpy.array([0.0, 1.0]), seed=1)
    array([False,  True])
    """

def dropout(x: Any, p: float = 0.5, *, seed: int, offset: int = 0, out: Any = None) -> Any:
    """
    x / (1 - p), or 0 with the probability p, for each element.

    The result has the shape of x, of a float dtype; `out` may be x. Run on a gradient with the same
    seed and offset it is its own derivative. Raises ValueError for a p outside of [0, 1], TypeError
    for dtypes.

    >>> import numpy, taeda_kernels
    >>> numpy.unique(taeda_kernels.dropout(numpy.ones(100), 0.75, seed=1))
    array([0., 4.])
    """

def permutation(n: int, *, seed: int, offset: int = 0, out: Any = None) -> Any:
    """
    The numbers 0 to n - 1 in a random order: (n,) of int64.

    Raises ValueError for a negative n.

    >>> import numpy, taeda_kernels
    >>> numpy.sort(taeda_kernels.permutation(4, seed=1))
    array([0, 1, 2, 3])
    """

def multinomial(
    weights: Any,
    samples: int,
    *,
    replacement: bool = False,
    seed: int,
    offset: int = 0,
    out: Any = None,
) -> Any:
    """
    Draws of categories with probabilities in proportion to weights.

    weights (..., categories), of a float dtype, give (..., samples) of int64. Raises ValueError for
    more samples than there are categories to draw without replacement, RuntimeError for weights that
    are negative, not finite or all zero, TypeError for dtypes.

    >>> import numpy, taeda_kernels
    >>> taeda_kernels.multinomial(numpy.array([0.0, 1.0]), 2, replacement=True, seed=1)
    array([1, 1])
    """

__all__ = [
    "num_threads",
    "set_num_threads",
    "memory_stats",
    "reset_peak_memory",
    "empty_cache",
    "set_cache_limit",
    "backend_name",
    "neg",
    "abs",
    "sign",
    "square",
    "reciprocal",
    "sqrt",
    "rsqrt",
    "floor",
    "ceil",
    "round",
    "trunc",
    "frac",
    "deg2rad",
    "rad2deg",
    "clamp_scalar",
    "nan_to_num",
    "pow_scalar",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "erfinv",
    "lgamma",
    "digamma",
    "sinc",
    "logit",
    "logical_not",
    "bitwise_not",
    "isnan",
    "isinf",
    "isposinf",
    "isneginf",
    "isfinite",
    "signbit",
    "sigmoid",
    "relu",
    "relu6",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softplus",
    "logsigmoid",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "hardtanh",
    "hardsigmoid",
    "hardswish",
    "softsign",
    "threshold",
    "hardshrink",
    "softshrink",
    "add",
    "sub",
    "mul",
    "div",
    "floor_divide",
    "trunc_divide",
    "remainder",
    "fmod",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "copysign",
    "nextafter",
    "heaviside",
    "gcd",
    "lcm",
    "pow",
    "atan2",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "xlogy",
    "xlog1py",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "relu_backward",
    "threshold_backward",
    "sigmoid_backward",
    "tanh_backward",
    "gelu_backward",
    "gelu_tanh_backward",
    "silu_backward",
    "mish_backward",
    "leaky_relu_backward",
    "elu_backward",
    "softplus_backward",
    "logsigmoid_backward",
    "hardtanh_backward",
    "hardsigmoid_backward",
    "hardswish_backward",
    "clamp_scalar_backward",
    "hardshrink_backward",
    "squared_difference",
    "huber_distance",
    "logistic_loss",
    "parametric_relu",
    "where",
    "addcmul",
    "addcdiv",
    "clamp",
    "lerp",
    "copy",
    "matmul",
    "convolution",
    "convolution_input_gradient",
    "convolution_weight_gradient",
    "sum",
    "nansum",
    "mean",
    "prod",
    "amax",
    "amin",
    "any",
    "all",
    "count_nonzero",
    "logsumexp",
    "vector_norm",
    "argmax",
    "argmin",
    "var",
    "std",
    "var_mean",
    "cumsum",
    "cumprod",
    "logcumsumexp",
    "cummax",
    "cummin",
    "softmax",
    "softmax_backward",
    "log_softmax",
    "log_softmax_backward",
    "attention",
    "attention_backward",
    "recurrence",
    "recurrence_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "avg_pool2d",
    "avg_pool2d_backward",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool2d_backward",
    "sort",
    "argsort",
    "topk",
    "searchsorted",
    "sgd_step",
    "adam_step",
    "rmsprop_step",
    "adagrad_step",
    "adadelta_step",
    "adamax_step",
    "nadam_step",
    "radam_step",
    "layer_norm",
    "layer_norm_backward",
    "rms_norm",
    "rms_norm_backward",
    "batch_norm",
    "batch_norm_backward",
    "group_norm",
    "group_norm_backward",
    "nll_loss",
    "nll_loss_backward",
    "cross_entropy",
    "cross_entropy_backward",
    "take",
    "index_copy",
    "index_add",
    "gather",
    "scatter",
    "embedding",
    "embedding_backward",
    "masked_select",
    "masked_fill",
    "nonzero",
    "tril",
    "triu",
    "cast",
    "fill",
    "uniform",
    "normal",
    "log_normal",
    "exponential",
    "cauchy",
    "geometric",
    "integers",
    "bernoulli",
    "dropout",
    "permutation",
    "multinomial",
]

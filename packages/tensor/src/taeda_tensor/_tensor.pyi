# mypy: disable-error-code="override, overload-overlap, overload-cannot-match, misc"
"""Native part of taeda_tensor."""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import type as _type
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias, overload

import taeda_tensor.return_types
from taeda_tensor._formats import layout
from taeda_tensor._history import Handle, Node
from taeda_tensor._size import Size
from taeda_tensor._storage import UntypedStorage
from taeda_tensor.linalg import SlogDet

_device: TypeAlias = device
_dtype: TypeAlias = dtype
_layout: TypeAlias = layout

class dtype:
    """The type of a tensor's elements."""

    def __repr__(self) -> str: ...
    def __reduce__(self) -> str: ...
    @property
    def itemsize(self) -> _int:
        """Bytes of an element."""

    @property
    def is_floating_point(self) -> _bool: ...
    @property
    def is_complex(self) -> _bool: ...
    @property
    def is_signed(self) -> _bool: ...

bool: dtype = ...
uint8: dtype = ...
int8: dtype = ...
int16: dtype = ...
int32: dtype = ...
int64: dtype = ...
float16: dtype = ...
bfloat16: dtype = ...
float32: dtype = ...
float64: dtype = ...

class device:
    """Where a tensor's memory lives."""

    @overload
    def __init__(self, type: str, index: _int = -1) -> None: ...
    @overload
    def __init__(self, arg: device | str, /) -> None: ...
    @overload
    def __init__(self, arg: _int, /) -> None: ...
    @property
    def type(self) -> str: ...
    @property
    def index(self) -> _int | None: ...
    def __eq__(self, arg: object, /) -> _bool: ...
    def __hash__(self) -> _int: ...
    def __str__(self) -> str: ...
    def __repr__(self) -> str: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

def _set_size_type(arg: object, /) -> None: ...

class Tensor:
    """A multi-dimensional array: a strided view of a storage."""

    def __hash__(self) -> _int: ...
    def __lt__(self, other: Tensor | _float) -> Tensor: ...
    def __le__(self, other: Tensor | _float) -> Tensor: ...
    def __eq__(self, other: object) -> Tensor: ...
    def __ne__(self, other: object) -> Tensor: ...
    def __gt__(self, other: Tensor | _float) -> Tensor: ...
    def __ge__(self, other: Tensor | _float) -> Tensor: ...
    def __add__(self, other: Tensor | _float) -> Tensor: ...
    def __radd__(self, other: Tensor | _float) -> Tensor: ...
    def __sub__(self, other: Tensor | _float) -> Tensor: ...
    def __rsub__(self, other: Tensor | _float) -> Tensor: ...
    def __mul__(self, other: Tensor | _float) -> Tensor: ...
    def __rmul__(self, other: Tensor | _float) -> Tensor: ...
    def __mod__(self, other: Tensor | _float) -> Tensor: ...
    def __rmod__(self, other: Tensor | _float) -> Tensor: ...
    def __pow__(self, other: Tensor | _float) -> Tensor: ...
    def __rpow__(self, other: Tensor | _float) -> Tensor: ...
    def __neg__(self) -> Tensor: ...
    def __abs__(self) -> Tensor: ...
    def __bool__(self) -> _bool: ...
    def __invert__(self) -> Tensor: ...
    def __lshift__(self, other: Tensor | _float) -> Tensor: ...
    def __rlshift__(self, other: Tensor | _float) -> Tensor: ...
    def __rshift__(self, other: Tensor | _float) -> Tensor: ...
    def __rrshift__(self, other: Tensor | _float) -> Tensor: ...
    def __and__(self, other: Tensor | _float) -> Tensor: ...
    def __rand__(self, other: Tensor | _float) -> Tensor: ...
    def __xor__(self, other: Tensor | _float) -> Tensor: ...
    def __rxor__(self, other: Tensor | _float) -> Tensor: ...
    def __or__(self, other: Tensor | _float) -> Tensor: ...
    def __ror__(self, other: Tensor | _float) -> Tensor: ...
    def __int__(self) -> _int: ...
    def __float__(self) -> _float: ...
    def __iadd__(self, other: Tensor | _float) -> Tensor: ...
    def __isub__(self, other: Tensor | _float) -> Tensor: ...
    def __imul__(self, other: Tensor | _float) -> Tensor: ...
    def __imod__(self, other: Tensor | _float) -> Tensor: ...
    def __ilshift__(self, other: Tensor | _float) -> Tensor: ...
    def __irshift__(self, other: Tensor | _float) -> Tensor: ...
    def __iand__(self, other: Tensor | _float) -> Tensor: ...
    def __ixor__(self, other: Tensor | _float) -> Tensor: ...
    def __ior__(self, other: Tensor | _float) -> Tensor: ...
    def __floordiv__(self, other: Tensor | _float) -> Tensor: ...
    def __rfloordiv__(self, other: Tensor | _float) -> Tensor: ...
    def __truediv__(self, other: Tensor | _float) -> Tensor: ...
    def __rtruediv__(self, other: Tensor | _float) -> Tensor: ...
    def __ifloordiv__(self, other: Tensor | _float) -> Tensor: ...
    def __itruediv__(self, other: Tensor | _float) -> Tensor: ...
    def __index__(self) -> _int: ...
    def __matmul__(self, other: Tensor) -> Tensor: ...
    def __rmatmul__(self, other: Tensor) -> Tensor: ...
    def __len__(self) -> _int: ...
    def __getitem__(self, index: Any) -> Tensor: ...
    def __setitem__(self, index: Any, value: Tensor | _float) -> None: ...
    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""

    @property
    def dtype(self) -> _dtype:
        """The type of the elements."""

    @property
    def device(self) -> _device:
        """Where the memory lives."""

    @property
    def ndim(self) -> _int:
        """The number of dimensions."""

    @property
    def requires_grad(self) -> _bool:
        """Whether operations on the tensor are recorded."""

    @requires_grad.setter
    def requires_grad(self, arg: _bool, /) -> None: ...
    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward() has accumulated, or None."""

    @grad.setter
    def grad(self, grad: object | None) -> None: ...
    @property
    def data(self) -> Tensor:
        """The same memory without history; assigning replaces the memory."""

    @data.setter
    def data(self, arg: Tensor, /) -> None: ...
    @property
    def _base(self) -> Tensor | None: ...
    @property
    def _version(self) -> _int: ...
    def is_inference(self) -> _bool:
        """Whether the memory of the tensor was made in inference mode."""

    @property
    def itemsize(self) -> _int: ...
    @property
    def nbytes(self) -> _int: ...
    @property
    def is_cuda(self) -> _bool: ...
    @property
    def is_cpu(self) -> _bool: ...
    @overload
    def size(self, dim: None = None) -> Size:
        """The sizes, or the size of one dimension."""

    @overload
    def size(self, dim: _int) -> _int: ...
    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]:
        """The strides in elements, or that of one dimension."""

    @overload
    def stride(self, dim: _int) -> _int: ...
    def dim(self) -> _int:
        """The number of dimensions."""

    def ndimension(self) -> _int: ...
    def numel(self) -> _int:
        """The number of elements."""

    def nelement(self) -> _int: ...
    def element_size(self) -> _int:
        """Bytes of an element."""

    def storage_offset(self) -> _int:
        """Where the view begins, in elements."""

    def data_ptr(self) -> _int:
        """The address of the first element."""

    def is_contiguous(self, memory_format: object | None = None) -> _bool:
        """Whether the elements lie row-major (in memory_format) without gaps."""

    def is_floating_point(self) -> _bool: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Tensor:
        """Sets requires_grad and returns the tensor."""

    def item(self) -> _float:
        """The one element as a Python number."""

    def detach(self) -> Tensor:
        """The same memory, without history."""

    @staticmethod
    def _make_subclass(cls: _type[Any], data: Tensor, requires_grad: _bool = False) -> Any: ...
    def neg(self) -> Tensor:
        """-x."""

    def neg_(self) -> Tensor:
        """In place: -x."""

    def abs(self) -> Tensor:
        """The absolute value |x|."""

    def abs_(self) -> Tensor:
        """In place: The absolute value |x|."""

    def sign(self) -> Tensor:
        """-1, 0 or 1 by the sign of x; 0 for NaN."""

    def sign_(self) -> Tensor:
        """In place: -1, 0 or 1 by the sign of x; 0 for NaN."""

    def square(self) -> Tensor:
        """x * x."""

    def square_(self) -> Tensor:
        """In place: x * x."""

    def reciprocal(self) -> Tensor:
        """1 / x."""

    def reciprocal_(self) -> Tensor:
        """In place: 1 / x."""

    def sqrt(self) -> Tensor:
        """The square root of x."""

    def sqrt_(self) -> Tensor:
        """In place: The square root of x."""

    def rsqrt(self) -> Tensor:
        """1 / sqrt(x)."""

    def rsqrt_(self) -> Tensor:
        """In place: 1 / sqrt(x)."""

    def floor(self) -> Tensor:
        """The largest integer that is not above x."""

    def floor_(self) -> Tensor:
        """In place: The largest integer that is not above x."""

    def ceil(self) -> Tensor:
        """The smallest integer that is not below x."""

    def ceil_(self) -> Tensor:
        """In place: The smallest integer that is not below x."""

    def trunc(self) -> Tensor:
        """The integer part of x."""

    def trunc_(self) -> Tensor:
        """In place: The integer part of x."""

    def frac(self) -> Tensor:
        """The fractional part x - trunc(x), with the sign of x."""

    def frac_(self) -> Tensor:
        """In place: The fractional part x - trunc(x), with the sign of x."""

    def deg2rad(self) -> Tensor:
        """Degrees to radians: x * pi / 180."""

    def deg2rad_(self) -> Tensor:
        """In place: Degrees to radians: x * pi / 180."""

    def rad2deg(self) -> Tensor:
        """Radians to degrees: x * 180 / pi."""

    def rad2deg_(self) -> Tensor:
        """In place: Radians to degrees: x * 180 / pi."""

    def nan_to_num(
        self, nan: _float = 0.0, posinf: _float = float("nan"), neginf: _float = float("nan")
    ) -> Tensor:
        """
        x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.
        """

    def nan_to_num_(
        self, nan: _float = 0.0, posinf: _float = float("nan"), neginf: _float = float("nan")
    ) -> Tensor:
        """
        In place: x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.
        """

    def exp(self) -> Tensor:
        """e^x."""

    def exp_(self) -> Tensor:
        """In place: e^x."""

    def exp2(self) -> Tensor:
        """2^x."""

    def exp2_(self) -> Tensor:
        """In place: 2^x."""

    def expm1(self) -> Tensor:
        """e^x - 1, exact near zero too."""

    def expm1_(self) -> Tensor:
        """In place: e^x - 1, exact near zero too."""

    def log(self) -> Tensor:
        """The natural logarithm of x."""

    def log_(self) -> Tensor:
        """In place: The natural logarithm of x."""

    def log2(self) -> Tensor:
        """The logarithm of x to base 2."""

    def log2_(self) -> Tensor:
        """In place: The logarithm of x to base 2."""

    def log10(self) -> Tensor:
        """The logarithm of x to base 10."""

    def log10_(self) -> Tensor:
        """In place: The logarithm of x to base 10."""

    def log1p(self) -> Tensor:
        """log(1 + x), exact near zero too."""

    def log1p_(self) -> Tensor:
        """In place: log(1 + x), exact near zero too."""

    def sin(self) -> Tensor:
        """The sine of x."""

    def sin_(self) -> Tensor:
        """In place: The sine of x."""

    def cos(self) -> Tensor:
        """The cosine of x."""

    def cos_(self) -> Tensor:
        """In place: The cosine of x."""

    def tan(self) -> Tensor:
        """The tangent of x."""

    def tan_(self) -> Tensor:
        """In place: The tangent of x."""

    def asin(self) -> Tensor:
        """The inverse sine of x."""

    def asin_(self) -> Tensor:
        """In place: The inverse sine of x."""

    def acos(self) -> Tensor:
        """The inverse cosine of x."""

    def acos_(self) -> Tensor:
        """In place: The inverse cosine of x."""

    def atan(self) -> Tensor:
        """The inverse tangent of x."""

    def atan_(self) -> Tensor:
        """In place: The inverse tangent of x."""

    def sinh(self) -> Tensor:
        """The hyperbolic sine of x."""

    def sinh_(self) -> Tensor:
        """In place: The hyperbolic sine of x."""

    def cosh(self) -> Tensor:
        """The hyperbolic cosine of x."""

    def cosh_(self) -> Tensor:
        """In place: The hyperbolic cosine of x."""

    def tanh(self) -> Tensor:
        """The hyperbolic tangent of x."""

    def tanh_(self) -> Tensor:
        """In place: The hyperbolic tangent of x."""

    def asinh(self) -> Tensor:
        """The inverse hyperbolic sine of x."""

    def asinh_(self) -> Tensor:
        """In place: The inverse hyperbolic sine of x."""

    def acosh(self) -> Tensor:
        """The inverse hyperbolic cosine of x."""

    def acosh_(self) -> Tensor:
        """In place: The inverse hyperbolic cosine of x."""

    def atanh(self) -> Tensor:
        """The inverse hyperbolic tangent of x."""

    def atanh_(self) -> Tensor:
        """In place: The inverse hyperbolic tangent of x."""

    def erf(self) -> Tensor:
        """The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x."""

    def erf_(self) -> Tensor:
        """
        In place: The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
        """

    def erfc(self) -> Tensor:
        """1 - erf(x), exact for large x too."""

    def erfc_(self) -> Tensor:
        """In place: 1 - erf(x), exact for large x too."""

    def erfinv(self) -> Tensor:
        """The inverse of erf."""

    def erfinv_(self) -> Tensor:
        """In place: The inverse of erf."""

    def lgamma(self) -> Tensor:
        """log(|gamma(x)|)."""

    def lgamma_(self) -> Tensor:
        """In place: log(|gamma(x)|)."""

    def digamma(self) -> Tensor:
        """The derivative of lgamma."""

    def digamma_(self) -> Tensor:
        """In place: The derivative of lgamma."""

    def sinc(self) -> Tensor:
        """sin(pi x) / (pi x), 1 at zero."""

    def sinc_(self) -> Tensor:
        """In place: sin(pi x) / (pi x), 1 at zero."""

    def logit(self, eps: _float = -1.0) -> Tensor:
        """
        log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.
        """

    def logit_(self, eps: _float = -1.0) -> Tensor:
        """
        In place: log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.
        """

    def logical_not(self) -> Tensor:
        """x == 0."""

    def logical_not_(self) -> Tensor:
        """In place: x == 0."""

    def bitwise_not(self) -> Tensor:
        """Each bit inverted; for bool the logical not."""

    def bitwise_not_(self) -> Tensor:
        """In place: Each bit inverted; for bool the logical not."""

    def isnan(self) -> Tensor:
        """Whether x is NaN."""

    def isinf(self) -> Tensor:
        """Whether x is an infinity."""

    def isposinf(self) -> Tensor:
        """Whether x is positive infinity."""

    def isneginf(self) -> Tensor:
        """Whether x is negative infinity."""

    def isfinite(self) -> Tensor:
        """Whether x is neither an infinity nor NaN."""

    def signbit(self) -> Tensor:
        """Whether the sign bit is set: of -0 it is."""

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x))."""

    def sigmoid_(self) -> Tensor:
        """In place: 1 / (1 + exp(-x))."""

    def relu(self) -> Tensor:
        """max(x, 0); NaN stays."""

    def relu_(self) -> Tensor:
        """In place: max(x, 0); NaN stays."""

    def relu6_(self) -> Tensor:
        """In place: min(max(x, 0), 6); NaN stays."""

    def silu_(self) -> Tensor:
        """In place: x * sigmoid(x)."""

    def mish_(self) -> Tensor:
        """In place: x * tanh(softplus(x))."""

    def leaky_relu_(self, negative_slope: _float = 0.01) -> Tensor:
        """In place: x where x > 0, else negative_slope * x."""

    def elu_(self, alpha: _float = 1.0, scale: _float = 1.0, input_scale: _float = 1.0) -> Tensor:
        """
        In place: scale * x where x > 0, else scale * alpha * (exp(input_scale * x) - 1).
        """

    def selu_(self) -> Tensor:
        """
        In place: scale * (max(x, 0) + min(alpha * (exp(x) - 1), 0)) with alpha 1.673..., scale 1.050....
        """

    def celu_(self, alpha: _float = 1.0) -> Tensor:
        """In place: max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)."""

    def hardtanh_(self, min_val: _float = -1.0, max_val: _float = 1.0) -> Tensor:
        """In place: min(max(x, min_val), max_val); NaN stays."""

    def hardsigmoid_(self) -> Tensor:
        """In place: min(max(x + 3, 0), 6) / 6."""

    def hardswish_(self) -> Tensor:
        """In place: x * min(max(x + 3, 0), 6) / 6."""

    def threshold_(self, threshold: _float = 0.0, value: _float = 0.0) -> Tensor:
        """In place: x where x > threshold, else value; NaN stays."""

    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """x where abs(x) > lambd, else 0; NaN stays."""

    def add(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """x + alpha * y."""

    def add_(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """In place: x + alpha * y."""

    def sub(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """x - alpha * y."""

    def sub_(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """In place: x - alpha * y."""

    def mul(self, other: Tensor | _float) -> Tensor:
        """x * y."""

    def mul_(self, other: Tensor | _float) -> Tensor:
        """In place: x * y."""

    def floor_divide(self, other: Tensor | _float) -> Tensor:
        """x / y rounded down; an integer by zero is a RuntimeError."""

    def floor_divide_(self, other: Tensor | _float) -> Tensor:
        """In place: x / y rounded down; an integer by zero is a RuntimeError."""

    def remainder(self, other: Tensor | _float) -> Tensor:
        """
        x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.
        """

    def remainder_(self, other: Tensor | _float) -> Tensor:
        """
        In place: x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.
        """

    def fmod(self, other: Tensor | _float) -> Tensor:
        """
        x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.
        """

    def fmod_(self, other: Tensor | _float) -> Tensor:
        """
        In place: x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.
        """

    def maximum(self, other: Tensor | _float) -> Tensor:
        """The larger of x and y; NaN where either is NaN."""

    def minimum(self, other: Tensor | _float) -> Tensor:
        """The smaller of x and y; NaN where either is NaN."""

    def fmax(self, other: Tensor | _float) -> Tensor:
        """The larger of x and y; the other where one is NaN."""

    def fmin(self, other: Tensor | _float) -> Tensor:
        """The smaller of x and y; the other where one is NaN."""

    def copysign(self, other: Tensor | _float) -> Tensor:
        """|x| with the sign of y."""

    def copysign_(self, other: Tensor | _float) -> Tensor:
        """In place: |x| with the sign of y."""

    def nextafter(self, other: Tensor | _float) -> Tensor:
        """The next number after x in the direction of y, of float32 or float64."""

    def nextafter_(self, other: Tensor | _float) -> Tensor:
        """
        In place: The next number after x in the direction of y, of float32 or float64.
        """

    def heaviside(self, other: Tensor | _float) -> Tensor:
        """0 where x < 0, y where x is 0, 1 where x > 0; NaN stays."""

    def heaviside_(self, other: Tensor | _float) -> Tensor:
        """In place: 0 where x < 0, y where x is 0, 1 where x > 0; NaN stays."""

    def gcd(self, other: Tensor | _float) -> Tensor:
        """The greatest common divisor."""

    def gcd_(self, other: Tensor | _float) -> Tensor:
        """In place: The greatest common divisor."""

    def lcm(self, other: Tensor | _float) -> Tensor:
        """The least common multiple."""

    def lcm_(self, other: Tensor | _float) -> Tensor:
        """In place: The least common multiple."""

    def pow(self, other: Tensor | _float) -> Tensor:
        """x^y; integers to a negative power give 0, but 1 and -1 their power."""

    def pow_(self, other: Tensor | _float) -> Tensor:
        """
        In place: x^y; integers to a negative power give 0, but 1 and -1 their power.
        """

    def atan2(self, other: Tensor | _float) -> Tensor:
        """
        The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
        """

    def atan2_(self, other: Tensor | _float) -> Tensor:
        """
        In place: The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
        """

    def hypot(self, other: Tensor | _float) -> Tensor:
        """sqrt(x^2 + y^2), which does not overflow on the way."""

    def hypot_(self, other: Tensor | _float) -> Tensor:
        """In place: sqrt(x^2 + y^2), which does not overflow on the way."""

    def logaddexp(self, other: Tensor | _float) -> Tensor:
        """log(exp(x) + exp(y))."""

    def logaddexp2(self, other: Tensor | _float) -> Tensor:
        """log2(2^x + 2^y)."""

    def xlogy(self, other: Tensor | _float) -> Tensor:
        """x * log(y); 0 where x is 0 and y is not NaN."""

    def xlogy_(self, other: Tensor | _float) -> Tensor:
        """In place: x * log(y); 0 where x is 0 and y is not NaN."""

    def eq(self, other: Tensor | _float) -> Tensor:
        """x == y."""

    def eq_(self, other: Tensor | _float) -> Tensor:
        """In place: x == y."""

    def ne(self, other: Tensor | _float) -> Tensor:
        """x != y."""

    def ne_(self, other: Tensor | _float) -> Tensor:
        """In place: x != y."""

    def lt(self, other: Tensor | _float) -> Tensor:
        """x < y."""

    def lt_(self, other: Tensor | _float) -> Tensor:
        """In place: x < y."""

    def le(self, other: Tensor | _float) -> Tensor:
        """x <= y."""

    def le_(self, other: Tensor | _float) -> Tensor:
        """In place: x <= y."""

    def gt(self, other: Tensor | _float) -> Tensor:
        """x > y."""

    def gt_(self, other: Tensor | _float) -> Tensor:
        """In place: x > y."""

    def ge(self, other: Tensor | _float) -> Tensor:
        """x >= y."""

    def ge_(self, other: Tensor | _float) -> Tensor:
        """In place: x >= y."""

    def logical_and(self, other: Tensor | _float) -> Tensor:
        """x != 0 and y != 0."""

    def logical_and_(self, other: Tensor | _float) -> Tensor:
        """In place: x != 0 and y != 0."""

    def logical_or(self, other: Tensor | _float) -> Tensor:
        """x != 0 or y != 0."""

    def logical_or_(self, other: Tensor | _float) -> Tensor:
        """In place: x != 0 or y != 0."""

    def logical_xor(self, other: Tensor | _float) -> Tensor:
        """Whether just one of x and y is not 0."""

    def logical_xor_(self, other: Tensor | _float) -> Tensor:
        """In place: Whether just one of x and y is not 0."""

    def bitwise_and(self, other: Tensor | _float) -> Tensor:
        """The bits that x and y have both."""

    def bitwise_and_(self, other: Tensor | _float) -> Tensor:
        """In place: The bits that x and y have both."""

    def bitwise_or(self, other: Tensor | _float) -> Tensor:
        """The bits that x or y has."""

    def bitwise_or_(self, other: Tensor | _float) -> Tensor:
        """In place: The bits that x or y has."""

    def bitwise_xor(self, other: Tensor | _float) -> Tensor:
        """The bits in which x and y differ."""

    def bitwise_xor_(self, other: Tensor | _float) -> Tensor:
        """In place: The bits in which x and y differ."""

    def bitwise_left_shift(self, other: Tensor | _float) -> Tensor:
        """x * 2^y; 0 where y is negative or not below the width."""

    def bitwise_left_shift_(self, other: Tensor | _float) -> Tensor:
        """In place: x * 2^y; 0 where y is negative or not below the width."""

    def bitwise_right_shift(self, other: Tensor | _float) -> Tensor:
        """
        x / 2^y rounded down; the sign fills where y is negative or not below the width.
        """

    def bitwise_right_shift_(self, other: Tensor | _float) -> Tensor:
        """
        In place: x / 2^y rounded down; the sign fills where y is negative or not below the width.
        """

    def addcmul(
        self, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
    ) -> Tensor:
        """x + value * y * z."""

    def addcmul_(
        self, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
    ) -> Tensor:
        """In place: x + value * y * z."""

    def addcdiv(
        self, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
    ) -> Tensor:
        """x + value * y / z."""

    def addcdiv_(
        self, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
    ) -> Tensor:
        """In place: x + value * y / z."""

    def lerp(self, other: Tensor | _float, third: Tensor | _float) -> Tensor:
        """x + weight * (y - x), exact at both ends."""

    def lerp_(self, other: Tensor | _float, third: Tensor | _float) -> Tensor:
        """In place: x + weight * (y - x), exact at both ends."""

    def clamp(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        """
        min(max(x, min), max); the bounds are numbers or tensors, either may be None.

        NaN where any of the three is NaN. RuntimeError without bounds.

        >>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()
        [0.0, 0.5, 1.0]
        """

    def clip(
        self,
        min: Tensor | _float | None = None,
        max: Tensor | _float | None = None,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        """
        min(max(x, min), max); the bounds are numbers or tensors, either may be None.

        NaN where any of the three is NaN. RuntimeError without bounds.

        >>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()
        [0.0, 0.5, 1.0]
        """

    def where(self, condition: Tensor, other: Tensor | _float) -> Tensor:
        """The tensor's elements where the condition holds, else those of other."""

    def split(
        self, split_size_or_sections: _int | Sequence[_int], dim: _int = 0
    ) -> tuple[Tensor, ...]:
        """
        Views of pieces of one size (the last may be smaller) or of the sizes given.

        RuntimeError where the sizes do not add up to the size of the dimension.

        >>> [piece.tolist() for piece in split(arange(5), 2)]
        [[0, 1], [2, 3], [4]]
        """

    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """
        At most this many views of equal size along a dimension; the last may be smaller.

        >>> [piece.tolist() for piece in chunk(arange(5), 2)]
        [[0, 1, 2], [3, 4]]
        """

    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """
        Views of all indices of a dimension, which vanishes.

        >>> unbind(tensor([1, 2]))
        (tensor(1), tensor(2))
        """

    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """A view with two dimensions exchanged."""

    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Same as transpose."""

    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Same as transpose."""

    def t(self) -> Tensor:
        """A matrix transposed; vectors stay."""

    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Dimensions start_dim to end_dim made one."""

    def unsqueeze(self, dim: _int) -> Tensor:
        """A new dimension of size 1 at dim."""

    def squeeze(self, dim: object | None = None) -> Tensor:
        """Without the dimensions of size 1, or without those given."""

    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor:
        """A view of indices start to start + length of one dimension."""

    def select(self, dim: _int, index: _int) -> Tensor:
        """A view of one index of a dimension, which vanishes."""

    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A view of the diagonal of two dimensions, which becomes the last one."""

    def unflatten(self, dim: _int, sizes: _int | Sequence[_int]) -> Tensor:
        """One dimension cut into several."""

    def movedim(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """Dimensions moved to other places; the rest keep their order."""

    def moveaxis(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """Same as movedim."""

    def as_strided(
        self,
        size: _int | Sequence[_int],
        stride: _int | Sequence[_int],
        storage_offset: object | None = None,
    ) -> Tensor: ...
    def view(self, *shape: _int | Sequence[_int] | _dtype) -> Tensor:
        """The same memory in another shape; one size may be -1."""

    def reshape(self, *shape: _int | Sequence[_int]) -> Tensor:
        """The elements in another shape: a view where possible, else a copy."""

    def permute(self, *dims: _int | Sequence[_int]) -> Tensor:
        """A view with the dimensions reordered."""

    def expand(self, *sizes: _int | Sequence[_int]) -> Tensor:
        """A view with dimensions of size 1 repeated; -1 keeps a size."""

    def view_as(self, other: Tensor) -> Tensor: ...
    def reshape_as(self, other: Tensor) -> Tensor: ...
    def expand_as(self, other: Tensor) -> Tensor: ...
    def broadcast_to(self, size: _int | Sequence[_int]) -> Tensor: ...
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Windows of one dimension; the window becomes the last dimension."""

    @property
    def T(self) -> Tensor:
        """All dimensions reversed."""

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""

    def new_empty(
        self,
        *sizes: _int | Sequence[_int],
        size: Sequence[_int] | None = None,
        out: Tensor | None = None,
        dtype: _dtype | _type | None = None,
        layout: object = None,
        device: _device | str | None = None,
        pin_memory: _bool = False,
        requires_grad: _bool = False,
    ) -> Tensor:
        """
        Like the function of the module, with the dtype and device of the tensor.
        """

    def new_zeros(
        self,
        *sizes: _int | Sequence[_int],
        size: Sequence[_int] | None = None,
        out: Tensor | None = None,
        dtype: _dtype | _type | None = None,
        layout: object = None,
        device: _device | str | None = None,
        pin_memory: _bool = False,
        requires_grad: _bool = False,
    ) -> Tensor:
        """
        Like the function of the module, with the dtype and device of the tensor.
        """

    def new_ones(
        self,
        *sizes: _int | Sequence[_int],
        size: Sequence[_int] | None = None,
        out: Tensor | None = None,
        dtype: _dtype | _type | None = None,
        layout: object = None,
        device: _device | str | None = None,
        pin_memory: _bool = False,
        requires_grad: _bool = False,
    ) -> Tensor:
        """
        Like the function of the module, with the dtype and device of the tensor.
        """

    def new_full(
        self,
        size: Sequence[_int],
        fill_value: _float,
        *,
        out: Tensor | None = None,
        dtype: _dtype | _type | None = None,
        layout: object = None,
        device: _device | str | None = None,
        pin_memory: _bool = False,
        requires_grad: _bool = False,
    ) -> Tensor:
        """
        A tensor of this size, filled with one value, with the dtype and device of the tensor.
        """

    def tolist(self) -> Any:
        """
        The elements as nested lists of Python numbers; a number for a zero-dimensional tensor.
        """

    def new_tensor(
        self,
        data: Any,
        *,
        dtype: _dtype | _type | None = None,
        device: _device | str | None = None,
        requires_grad: _bool = False,
        pin_memory: _bool = False,
    ) -> Tensor:
        """A copy of the data with the dtype and device of the tensor."""

    def clone(self, *, memory_format: object | None = None) -> Tensor:
        """A copy of the elements, in memory as they lie (in memory_format)."""

    def contiguous(self, memory_format: object | None = None) -> Tensor:
        """
        The tensor itself if its elements lie row-major (in memory_format), else a copy.
        """

    def to(
        self,
        *args: Any,
        device: _device | str | None = None,
        dtype: _dtype | _type | None = None,
        other: Tensor | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
        memory_format: object = None,
    ) -> Tensor:
        """
        The elements in another dtype or on another device: to(dtype), to(device, dtype), to(other).

        The tensor itself where nothing changes and copy is false; else in memory as the tensor lies, or in memory_format.
        """

    def copy_(self, src: Tensor | _float, non_blocking: _bool = False) -> Tensor:
        """Writes the elements of src, broadcast and converted, into the tensor."""

    def fill_(self, value: object | None) -> Tensor:
        """Writes one value into every element."""

    def zero_(self) -> Tensor:
        """Writes zero into every element."""

    def cpu(self, memory_format: object | None = None) -> Tensor:
        """The elements in the memory of the CPU."""

    def cuda(
        self,
        device: object | None = None,
        non_blocking: _bool = False,
        memory_format: object | None = None,
    ) -> Tensor:
        """The elements in the memory of a CUDA device."""

    def pin_memory(self, device: object | None = None) -> Tensor:
        """
        The elements in page-locked memory of the CPU, which a CUDA device copies by itself.

        Raises RuntimeError without a CUDA device.
        """

    def is_pinned(self, device: object | None = None) -> _bool:
        """Whether the memory is page-locked; never without a CUDA device."""

    def bool(self, memory_format: object | None = None) -> Tensor:
        """The elements as bool."""

    def byte(self, memory_format: object | None = None) -> Tensor:
        """The elements as uint8."""

    def char(self, memory_format: object | None = None) -> Tensor:
        """The elements as int8."""

    def short(self, memory_format: object | None = None) -> Tensor:
        """The elements as int16."""

    def int(self, memory_format: object | None = None) -> Tensor:
        """The elements as int32."""

    def long(self, memory_format: object | None = None) -> Tensor:
        """The elements as int64."""

    def half(self, memory_format: object | None = None) -> Tensor:
        """The elements as float16."""

    def bfloat16(self, memory_format: object | None = None) -> Tensor:
        """The elements as bfloat16."""

    def float(self, memory_format: object | None = None) -> Tensor:
        """The elements as float32."""

    def double(self, memory_format: object | None = None) -> Tensor:
        """The elements as float64."""

    def numpy(self, *, force: _bool = False) -> Any:
        """
        A NumPy array on the same memory. bfloat16 needs the package ml_dtypes.
        """

    def __array__(self, dtype: Any = None, copy: _bool | None = None) -> Any: ...
    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[_int, _int] | None = None,
        dl_device: tuple[_int, _int] | None = None,
        copy: _bool | None = None,
    ) -> Any: ...
    def __dlpack_device__(self) -> tuple[_int, _int]: ...
    def flip(self, *dims: _int | Sequence[_int]) -> Tensor:
        """The order of some dimensions reversed."""

    def repeat(self, *repeats: _int | Sequence[_int]) -> Tensor:
        """The tensor so many times along each dimension."""

    def roll(self, shifts: _int | Sequence[_int], dims: object | None = None) -> Tensor:
        """
        Elements shifted along dims; those that leave come in at the other end.
        """

    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of matrices, the rest zero."""

    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of matrices, the rest zero."""

    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements where the mask holds, as a vector."""

    def masked_fill(self, mask: Tensor, value: Tensor | _float) -> Tensor:
        """The value where the mask holds, else the element."""

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """
        The elements where the mask holds replaced by those of source, in order.
        """

    def masked_fill_(self, mask: Tensor, value: Tensor | _float) -> Tensor:
        """In place: the value where the mask holds."""

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """In place: elements of source where the mask holds."""

    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        """
        The positions of the elements that are not zero, one a row; or a vector for each dimension.
        """

    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
    def argwhere(self) -> Tensor:
        """The positions of the elements that are not zero."""

    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """out[..., i, ...] = input[..., index[..., i, ...], ...] along dim."""

    def take(self, index: Tensor) -> Tensor:
        """Elements of the flattened tensor."""

    def take_along_dim(self, indices: Tensor, dim: object | None = None) -> Tensor:
        """
        gather of input and indices that broadcast; without dim both are flattened.
        """

    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The rows of one dimension that a vector names."""

    @overload
    def scatter(
        self, dim: _int, index: Tensor, src: Tensor | _float, *, reduce: object | None = None
    ) -> Tensor:
        """
        A copy with out[..., index[..., i, ...], ...] = src[..., i, ...] along dim; the last write wins.
        """

    @overload
    def scatter(
        self, dim: _int, index: Tensor, value: Tensor | _float, *, reduce: object | None = None
    ) -> Tensor: ...
    @overload
    def scatter_(
        self, dim: _int, index: Tensor, src: Tensor | _float, *, reduce: object | None = None
    ) -> Tensor:
        """
        A copy with out[..., index[..., i, ...], ...] = src[..., i, ...] along dim; the last write wins.
        """

    @overload
    def scatter_(
        self, dim: _int, index: Tensor, value: Tensor | _float, *, reduce: object | None = None
    ) -> Tensor: ...
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """Adds src at the positions that index names, in order."""

    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """Adds src at the positions that index names, in order."""

    def scatter_reduce(
        self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """
        The values of src that meet in an element, and the element itself, made one: sum, prod, mean, amax or amin.
        """

    def scatter_reduce_(
        self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """
        The values of src that meet in an element, and the element itself, made one: sum, prod, mean, amax or amin.
        """

    def index_add(
        self, dim: _int, index: Tensor, source: Tensor, *, alpha: Tensor | _float = 1
    ) -> Tensor:
        """Adds alpha * source to the rows that index names, in order."""

    def index_add_(
        self, dim: _int, index: Tensor, source: Tensor, *, alpha: Tensor | _float = 1
    ) -> Tensor:
        """Adds alpha * source to the rows that index names, in order."""

    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """Writes source into the rows that index names."""

    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """Writes source into the rows that index names."""

    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
        """Writes a value into the rows that index names."""

    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
        """Writes a value into the rows that index names."""

    def index_put(
        self, indices: object, values: Tensor | _float, accumulate: _bool = False
    ) -> Tensor:
        """
        Writes, or adds, values at the elements that the indices name, in order.
        """

    def index_put_(
        self, indices: object, values: Tensor | _float, accumulate: _bool = False
    ) -> Tensor:
        """
        Writes, or adds, values at the elements that the indices name, in order.
        """

    def bernoulli(
        self,
        p: object | None = None,
        *,
        generator: Generator | None = None,
        out: object | None = None,
    ) -> Tensor:
        """1 with the probability that each element (or p) is, else 0."""

    def multinomial(
        self, num_samples: _int, replacement: _bool = False, *, generator: Generator | None = None
    ) -> Tensor:
        """Categories drawn with the weights in each row of input."""

    def uniform_(
        self, from_: _float = 0.0, to: _float = 1.0, *, generator: Generator | None = None
    ) -> Tensor:
        """Fills with uniform numbers of [from, to)."""

    def normal_(
        self, mean: _float = 0.0, std: _float = 1.0, *, generator: Generator | None = None
    ) -> Tensor:
        """Fills with normal numbers."""

    def log_normal_(
        self, mean: _float = 1.0, std: _float = 2.0, *, generator: Generator | None = None
    ) -> Tensor:
        """Fills with exp of normal numbers."""

    def cauchy_(
        self, median: _float = 0.0, sigma: _float = 1.0, *, generator: Generator | None = None
    ) -> Tensor:
        """Fills with numbers of the Cauchy distribution."""

    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Fills with numbers of the exponential distribution of rate lambd."""

    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Tensor:
        """
        Fills with the number of trials until the first success of probability p.
        """

    def bernoulli_(self, p: Tensor | _float = 0.5, *, generator: Generator | None = None) -> Tensor:
        """Fills with 1 of probability p, a number or a tensor, and 0 else."""

    def random_(
        self,
        from_: _int | None = None,
        to: _int | None = None,
        *,
        generator: Generator | None = None,
    ) -> Tensor:
        """
        Fills with integers of [from, to), of [0, from), or of all that the dtype holds.
        """

    def sort(
        self, dim: _int = -1, descending: _bool = False, stable: _bool = True
    ) -> taeda_tensor.return_types.sort:
        """
        The elements of a dimension in order, equal ones as they were, and where each was.
        """

    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = True) -> Tensor:
        """The indices that sort a dimension."""

    def msort(self) -> Tensor:
        """The elements of the first dimension in order."""

    def topk(
        self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True
    ) -> taeda_tensor.return_types.topk:
        """The k largest or smallest elements in order, and where they were."""

    def kthvalue(
        self, k: _int, dim: _int = -1, keepdim: _bool = False
    ) -> taeda_tensor.return_types.kthvalue:
        """The k-th smallest element, counted from 1, and where it was."""

    @overload
    def median(self) -> Tensor:
        """The lower median of all elements."""

    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.median:
        """The lower median along a dimension and where it was."""

    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: object | None = None,
    ) -> Any:
        """
        The distinct elements in order; with their places in the input and their counts.
        """

    def unique_consecutive(
        self, return_inverse: _bool = False, return_counts: _bool = False, dim: object | None = None
    ) -> Any:
        """The elements without those equal to their predecessor."""

    def bincount(self, weights: Tensor | None | None = None, minlength: _int = 0) -> Tensor:
        """How often each integer occurs, or the sum of its weights."""

    @overload
    def sum(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def sum(
        self,
        *,
        axis: _int | Sequence[_int] | None,
        keepdims: _bool = False,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The sum over dim, or of all elements; of integers in int64."""

    @overload
    def nansum(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def nansum(
        self,
        *,
        axis: _int | Sequence[_int] | None,
        keepdims: _bool = False,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The sum over dim where NaN counts as zero."""

    @overload
    def mean(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def mean(
        self,
        *,
        axis: _int | Sequence[_int] | None,
        keepdims: _bool = False,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The mean over dim, or of all elements, of float tensors."""

    def nanmean(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """The mean over dim of what is not NaN."""

    def prod(
        self,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        dtype: _dtype | None = None,
        out: Tensor | None | None = None,
    ) -> Tensor:
        """The product along dim, or of all elements; of integers in int64."""

    @overload
    def amax(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def amax(self, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
        """The largest element over dim; NaN where there is one."""

    @overload
    def amin(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def amin(self, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
        """The smallest element over dim; NaN where there is one."""

    @overload
    def any(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def any(self, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
        """Whether an element over dim is not zero."""

    @overload
    def all(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        out: Tensor | None | None = None,
    ) -> Tensor: ...
    @overload
    def all(self, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
        """Whether no element over dim is zero."""

    def equal(self, other: Tensor) -> _bool:
        """
        Whether both have the same shape and the same elements.

        >>> equal(tensor([1, 2]), tensor([1, 2]))
        True
        """

    @overload
    def max(self) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.max: ...
    @overload
    def max(self, *, axis: _int, keepdims: _bool = False) -> taeda_tensor.return_types.max: ...
    @overload
    def max(self, other: Tensor) -> Tensor:
        """
        The largest element: of all, along dim with its position, or of each pair with other.
        """

    @overload
    def min(self) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.min: ...
    @overload
    def min(self, *, axis: _int, keepdims: _bool = False) -> taeda_tensor.return_types.min: ...
    @overload
    def min(self, other: Tensor) -> Tensor:
        """
        The smallest element: of all, along dim with its position, or of each pair with other.
        """

    @overload
    def argmax(
        self, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None | None = None
    ) -> Tensor: ...
    @overload
    def argmax(self, *, axis: _int | None, keepdims: _bool = False) -> Tensor:
        """
        The first position of the largest element along dim, or among all in row-major order.
        """

    @overload
    def argmin(
        self, dim: _int | None = None, keepdim: _bool = False, *, out: Tensor | None | None = None
    ) -> Tensor: ...
    @overload
    def argmin(self, *, axis: _int | None, keepdims: _bool = False) -> Tensor:
        """
        The first position of the smallest element along dim, or among all in row-major order.
        """

    @overload
    def var(self, unbiased: _bool) -> Tensor: ...
    @overload
    def var(
        self, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
    ) -> Tensor: ...
    @overload
    def var(
        self,
        dim: _int | Sequence[_int] | None = None,
        *,
        correction: _float | None = 1.0,
        keepdim: _bool = False,
    ) -> Tensor: ...
    @overload
    def var(
        self,
        *,
        axis: _int | Sequence[_int] | None,
        correction: _float | None = 1.0,
        keepdims: _bool = False,
    ) -> Tensor:
        """sum (x - mean)^2 / (n - correction) over dim, or of all elements."""

    @overload
    def std(self, unbiased: _bool) -> Tensor: ...
    @overload
    def std(
        self, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
    ) -> Tensor: ...
    @overload
    def std(
        self,
        dim: _int | Sequence[_int] | None = None,
        *,
        correction: _float | None = 1.0,
        keepdim: _bool = False,
    ) -> Tensor: ...
    @overload
    def std(
        self,
        *,
        axis: _int | Sequence[_int] | None,
        correction: _float | None = 1.0,
        keepdims: _bool = False,
    ) -> Tensor:
        """The square root of the variance over dim, or of all elements."""

    def count_nonzero(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """How many elements over dim are not zero."""

    def logsumexp(self, dim: _int | Sequence[_int], keepdim: _bool = False) -> Tensor:
        """log(sum(exp(x))) over dim, without overflow."""

    def norm(
        self,
        p: object | None = "fro",
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        dtype: _dtype | None = None,
    ) -> Tensor:
        """(sum |x|^p)^(1/p) over dim, or of all elements; "fro" is p = 2."""

    def cumsum(
        self, dim: _int, *, dtype: _dtype | None = None, out: Tensor | None | None = None
    ) -> Tensor:
        """Sums of all elements up to each along dim; of integers in int64."""

    def cumprod(
        self, dim: _int, *, dtype: _dtype | None = None, out: Tensor | None | None = None
    ) -> Tensor:
        """Products of all elements up to each along dim; of integers in int64."""

    def logcumsumexp(self, dim: _int) -> Tensor:
        """log(sum(exp)) of all elements up to each along dim, without overflow."""

    def cummax(self, dim: _int) -> taeda_tensor.return_types.cummax:
        """The largest elements up to each along dim and their positions."""

    def cummin(self, dim: _int) -> taeda_tensor.return_types.cummin:
        """The smallest elements up to each along dim and their positions."""

    def softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """exp(x) / sum(exp(x)) along dim, without overflow."""

    def log_softmax(self, dim: _int, dtype: _dtype | None = None) -> Tensor:
        """x - log(sum(exp(x))) along dim, without overflow."""

    def matmul(self, other: Tensor) -> Tensor:
        """
        The product of (..., m, k) and (..., k, n): (..., m, n); leading dimensions broadcast.

        A vector on the left is a row, one on the right a column, and the result lacks that
        dimension. Raises RuntimeError where inner sizes or dtypes differ.

        >>> (tensor([[1., 2.]]) @ tensor([3., 4.])).tolist()
        [11.0]
        """

    def mm(self, mat2: Tensor) -> Tensor:
        """The product of matrices (m, k) and (k, n): (m, n)."""

    def bmm(self, mat2: Tensor) -> Tensor:
        """Products of matrices (b, m, k) and (b, k, n), one by one: (b, m, n)."""

    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix (m, k) and a vector (k,): (m,)."""

    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of the products of two vectors' elements."""

    def addmm(
        self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1.0, alpha: _float = 1.0
    ) -> Tensor:
        """beta * input + alpha * (mat1 @ mat2); input broadcasts to the product."""

    def addmm_(
        self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1.0, alpha: _float = 1.0
    ) -> Tensor:
        """In place: beta * self + alpha * (a @ b)."""

    def baddbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1.0, alpha: _float = 1.0
    ) -> Tensor:
        """beta * input + alpha * (batch1 @ batch2), matrix by matrix."""

    def baddbmm_(
        self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1.0, alpha: _float = 1.0
    ) -> Tensor:
        """In place: beta * self + alpha * (a @ b)."""

    def _view_as_dtype(self, dtype: _dtype) -> Tensor: ...
    def _storage_address(self) -> _int: ...
    def is_signed(self) -> _bool:
        """Whether the dtype has negative numbers.

        >>> from taeda_tensor import tensor
        >>> is_signed(tensor([1.0])), is_signed(tensor([True]))
        (True, False)"""

    def round(self, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor:
        """The nearest number of so many decimals (before the point where negative); ties go to even.

        >>> from taeda_tensor import tensor
        >>> round(tensor([0.5, 1.5, 2.5])).tolist()
        [0.0, 2.0, 2.0]"""

    def round_(self, *, decimals: _int = 0) -> Tensor:
        """In place: the nearest number of so many decimals."""

    def div(
        self, other: Tensor | _float, *, rounding_mode: str | None = None, out: Tensor | None = None
    ) -> Tensor:
        """x / y; with rounding_mode "trunc" or "floor" a whole number in the dtype of the operands.

        >>> from taeda_tensor import tensor
        >>> div(tensor([-7, 7]), 2, rounding_mode="trunc").tolist()
        [-3, 3]"""

    def div_(self, other: Tensor | _float, *, rounding_mode: str | None = None) -> Tensor:
        """In place: x / y, rounded where a mode is given."""

    def __repr__(self) -> str: ...
    def __format__(self, specification: str) -> str: ...
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Adds the gradient of this tensor to the `.grad` of the leaves that it came from.

        Needs the package taeda-autograd. What is saved is freed unless `retain_graph`; with
        `create_graph` the gradients can be differentiated again. RuntimeError where the tensor does
        not require grad, has more than one element and no `gradient` is given, or its graph is freed."""

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Handle:
        """Calls `hook(grad)` whenever the gradient of this tensor has been computed.

        Needs the package taeda-autograd. What the hook returns, unless it is None, takes the
        gradient's place. RuntimeError where the tensor does not require grad."""

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Handle:
        """Calls `hook(tensor)` after a gradient has been added to the `.grad` of this leaf.

        Needs the package taeda-autograd. RuntimeError where the tensor is not a leaf or does not
        require grad."""

    def retain_grad(self) -> None:
        """Keeps the gradient of a tensor that is not a leaf in its `.grad`; needs taeda-autograd."""

    def detach_(self) -> Tensor:
        """Cuts the tensor off its history: it becomes a leaf. RuntimeError for a view."""

    @property
    def is_leaf(self) -> _bool:
        """Whether the tensor is not the result of a recorded operation."""

    @property
    def grad_fn(self) -> Node | None:
        """The step of the tape that made the tensor; None for a leaf."""

    @property
    def retains_grad(self) -> _bool:
        """Whether the gradient of this tensor, not a leaf, is kept in `.grad`."""

    @property
    def output_nr(self) -> _int:
        """Which result of its grad_fn the tensor is."""

    def type_as(self, other: Tensor) -> Tensor:
        """The elements in the dtype and on the device of another tensor."""

    def get_device(self) -> _int:
        """The index of the CUDA device, or -1 for the CPU."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """The memory on a CUDA device, as other libraries of arrays read it."""

    def record_stream(self, stream: Any) -> None:
        """Let the memory, once it is free, wait for what a stream of the device has been given by then.

        Raises RuntimeError of a tensor on the CPU."""

    def is_same_size(self, other: Tensor) -> _bool:
        """Whether both have the same shape."""

    def is_nonzero(self) -> _bool:
        """Whether the one element is not zero; RuntimeError for more or fewer elements."""

    def is_complex(self) -> _bool:
        """Whether the elements are complex numbers; none are."""

    def is_conj(self) -> _bool:
        """Whether the tensor is a conjugate view; none is."""

    def is_shared(self) -> _bool:
        """Whether the memory is shared with other processes."""

    def dim_order(self) -> tuple[_int, ...]:
        """The dimensions from the outermost in memory to the innermost."""

    def conj(self) -> Tensor:
        """The complex conjugate: of real numbers the tensor itself."""

    def resolve_conj(self) -> Tensor:
        """The tensor itself: there are no conjugate views."""

    def resolve_neg(self) -> Tensor:
        """The tensor itself: there are no negated views."""

    def apply_(self, callable: Callable[[Any], Any]) -> Tensor:
        """Replaces each element of a CPU tensor by what a Python function makes of it; slow."""

    def _become(self, view: Tensor, name: str) -> Tensor:
        """Makes a tensor a view of itself: the in-place twin of a view; autograd records it."""

    def squeeze_(self, dim: Any = None) -> Tensor:
        """In place: without the dimensions of size 1, or without those given."""

    def unsqueeze_(self, dim: _int) -> Tensor:
        """In place: a new dimension of size 1."""

    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """In place: two dimensions exchanged."""

    def t_(self) -> Tensor:
        """In place: a matrix transposed."""

    def as_strided_(self, size: Any, stride: Any, storage_offset: _int | None = None) -> Tensor:
        """In place: another shape and strides of the same memory."""

    def set_(
        self,
        source: Tensor | None = None,
        storage_offset: _int = 0,
        size: Any = None,
        stride: Any = None,
    ) -> Tensor:
        """Shows the memory of another tensor instead, or none."""

    def resize_(self, *sizes: Any, memory_format: Any = None) -> Tensor:
        """Another shape in place; the elements stay where they are, new memory is not set."""

    def resize_as_(self, the_template: Tensor, memory_format: Any = None) -> Tensor:
        """In place: the shape of another tensor."""

    @property
    def layout(self) -> _layout:
        """How the elements are stored."""

    @property
    def is_sparse(self) -> _bool:
        """Whether the layout is sparse; never."""

    @property
    def is_quantized(self) -> _bool:
        """Whether the elements are quantised; never."""

    @property
    def is_meta(self) -> _bool:
        """Whether the tensor has no memory; never."""

    @property
    def is_mps(self) -> _bool:
        """Whether the memory is on an Apple GPU; never."""

    @property
    def is_nested(self) -> _bool:
        """Whether the tensor is a list of tensors; never."""

    @property
    def names(self) -> tuple[str | None, ...]:
        """The names of the dimensions: none have any."""

    @property
    def H(self) -> Tensor:
        """The conjugate transpose of a matrix."""

    @property
    def mH(self) -> Tensor:
        """The last two dimensions exchanged and conjugated."""

    @property
    def real(self) -> Tensor:
        """The real part of each element: the tensor itself."""

    def __iter__(self) -> Iterator[Tensor]: ...
    def __contains__(self, element: Any) -> _bool: ...
    def __reversed__(self) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def type(self, dtype: Any = None, non_blocking: _bool = False, **_: Any) -> Any:
        """The name of the tensor's type, or the elements in another dtype (a dtype or such a name).

        >>> from taeda_tensor import tensor
        >>> tensor([1.0]).type()
        'taeda.FloatTensor'"""

    def clamp_(
        self, min: Tensor | _float | None = None, max: Tensor | _float | None = None
    ) -> Tensor:
        """In place: min(max(x, min), max)."""

    def clamp_min(self, min: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """max(x, min)."""

    def clamp_max(self, max: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """min(x, max)."""

    def clamp_min_(self, min: Tensor | _float) -> Tensor:
        """In place: max(x, min)."""

    def clamp_max_(self, max: Tensor | _float) -> Tensor:
        """In place: min(x, max)."""

    def clip_(
        self, min: Tensor | _float | None = None, max: Tensor | _float | None = None
    ) -> Tensor:
        """In place: min(max(x, min), max)."""

    def isclose(
        self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False
    ) -> Tensor:
        """|x - y| <= atol + rtol |y|, element by element; infinities are close to themselves.

        >>> from taeda_tensor import tensor
        >>> isclose(tensor([1.0, 2.0]), tensor([1.0, 2.1])).tolist()
        [True, False]"""

    def allclose(
        self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False
    ) -> _bool:
        """Whether all elements are close; see isclose."""

    def isreal(self) -> Tensor:
        """Whether each element is real: all are."""

    def greater(self, other: Tensor | _float) -> Tensor:
        """x > y."""

    def greater_(self, other: Tensor | _float) -> Tensor:
        """In place: x > y."""

    def greater_equal(self, other: Tensor | _float) -> Tensor:
        """x >= y."""

    def greater_equal_(self, other: Tensor | _float) -> Tensor:
        """In place: x >= y."""

    def less(self, other: Tensor | _float) -> Tensor:
        """x < y."""

    def less_(self, other: Tensor | _float) -> Tensor:
        """In place: x < y."""

    def less_equal(self, other: Tensor | _float) -> Tensor:
        """x <= y."""

    def less_equal_(self, other: Tensor | _float) -> Tensor:
        """In place: x <= y."""

    def not_equal(self, other: Tensor | _float) -> Tensor:
        """x != y."""

    def not_equal_(self, other: Tensor | _float) -> Tensor:
        """In place: x != y."""

    def rsub(self, other: Tensor | _float, *, alpha: _float = 1) -> Tensor:
        """y - alpha x."""

    def float_power(self, exponent: Tensor | _float, *, out: Tensor | None = None) -> Tensor:
        """x^y in float64."""

    def positive(self) -> Tensor:
        """The tensor itself; RuntimeError for bool."""

    def sgn(self) -> Tensor:
        """-1, 0 or 1 by the sign."""

    def diff(
        self,
        n: _int = 1,
        dim: _int = -1,
        prepend: Tensor | None = None,
        append: Tensor | None = None,
    ) -> Tensor:
        """The n-th differences of neighbours along a dimension.

        >>> from taeda_tensor import tensor
        >>> diff(tensor([1, 4, 9])).tolist()
        [3, 5]"""

    def absolute(self) -> Tensor:
        """The absolute value |x|."""

    def absolute_(self) -> Tensor:
        """In place: The absolute value |x|."""

    def arccos(self) -> Tensor:
        """The inverse cosine of x."""

    def arccos_(self) -> Tensor:
        """In place: The inverse cosine of x."""

    def arccosh(self) -> Tensor:
        """The inverse hyperbolic cosine of x."""

    def arccosh_(self) -> Tensor:
        """In place: The inverse hyperbolic cosine of x."""

    def arcsin(self) -> Tensor:
        """The inverse sine of x."""

    def arcsin_(self) -> Tensor:
        """In place: The inverse sine of x."""

    def arcsinh(self) -> Tensor:
        """The inverse hyperbolic sine of x."""

    def arcsinh_(self) -> Tensor:
        """In place: The inverse hyperbolic sine of x."""

    def arctan(self) -> Tensor:
        """The inverse tangent of x."""

    def arctan_(self) -> Tensor:
        """In place: The inverse tangent of x."""

    def arctan2(self, other: Tensor | _float) -> Tensor:
        """
        The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
        """

    def arctan2_(self, other: Tensor | _float) -> Tensor:
        """
        In place: The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
        """

    def arctanh(self) -> Tensor:
        """The inverse hyperbolic tangent of x."""

    def arctanh_(self) -> Tensor:
        """In place: The inverse hyperbolic tangent of x."""

    def divide(
        self, other: Tensor | _float, *, rounding_mode: str | None = None, out: Tensor | None = None
    ) -> Tensor:
        """x / y; with rounding_mode "trunc" or "floor" a whole number in the dtype of the operands.

        >>> from taeda_tensor import tensor
        >>> div(tensor([-7, 7]), 2, rounding_mode="trunc").tolist()
        [-3, 3]"""

    def divide_(self, other: Tensor | _float, *, rounding_mode: str | None = None) -> Tensor:
        """In place: x / y, rounded where a mode is given."""

    def fix(self) -> Tensor:
        """The integer part of x."""

    def fix_(self) -> Tensor:
        """In place: The integer part of x."""

    def multiply(self, other: Tensor | _float) -> Tensor:
        """x * y."""

    def multiply_(self, other: Tensor | _float) -> Tensor:
        """In place: x * y."""

    def negative(self) -> Tensor:
        """-x."""

    def negative_(self) -> Tensor:
        """In place: -x."""

    def subtract(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """x - alpha * y."""

    def subtract_(self, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
        """In place: x - alpha * y."""

    def true_divide(
        self, other: Tensor | _float, *, rounding_mode: str | None = None, out: Tensor | None = None
    ) -> Tensor:
        """x / y; with rounding_mode "trunc" or "floor" a whole number in the dtype of the operands.

        >>> from taeda_tensor import tensor
        >>> div(tensor([-7, 7]), 2, rounding_mode="trunc").tolist()
        [-3, 3]"""

    def true_divide_(self, other: Tensor | _float, *, rounding_mode: str | None = None) -> Tensor:
        """In place: x / y, rounded where a mode is given."""

    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """The p-norm of the difference."""

    def split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Views of pieces of these sizes."""

    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Same as split."""

    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Same as chunk."""

    def tensor_split(
        self, indices_or_sections: _int | Sequence[_int] | Tensor, dim: _int = 0
    ) -> tuple[Tensor, ...]:
        """Views of as many pieces as asked, as equal as possible, or cut before the indices given."""

    def hsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """tensor_split along the dimension that hsplit is named for, in equal pieces."""

    def vsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """tensor_split along the dimension that vsplit is named for, in equal pieces."""

    def dsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """tensor_split along the dimension that dsplit is named for, in equal pieces."""

    def ravel(self) -> Tensor:
        """All elements in one dimension: a view where possible."""

    def tile(self, *dims: Any) -> Tensor:
        """The tensor so many times along each dimension, counted from the last.

        >>> from taeda_tensor import tensor
        >>> tile(tensor([1, 2]), (2,)).tolist()
        [1, 2, 1, 2]"""

    def repeat_interleave(
        self,
        repeats: _int | Tensor | None = None,
        dim: _int | None = None,
        *,
        output_size: _int | None = None,
    ) -> Tensor:
        """Each element of a dimension (or of all) repeated in place, by one number or one each.

        >>> from taeda_tensor import tensor
        >>> repeat_interleave(tensor([1, 2]), 2).tolist()
        [1, 1, 2, 2]"""

    def fliplr(self) -> Tensor:
        """The order of the columns reversed."""

    def flipud(self) -> Tensor:
        """The order of the rows reversed."""

    def rot90(self, k: _int = 1, dims: Sequence[_int] = (0, 1)) -> Tensor:
        """A plane of two dimensions turned by 90 degrees k times, from the first to the second."""

    def tril_(self, diagonal: _int = 0) -> Tensor:
        """In place: zero above a diagonal."""

    def triu_(self, diagonal: _int = 0) -> Tensor:
        """In place: zero below a diagonal."""

    def diag(self, diagonal: _int = 0) -> Tensor:
        """The matrix with a vector on a diagonal, or a diagonal of a matrix.

        >>> from taeda_tensor import tensor
        >>> diag(tensor([1, 2])).tolist()
        [[1, 0], [0, 2]]"""

    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices with the last dimension on a diagonal; dim1 and dim2 are their rows and columns."""

    def diagflat(self, offset: _int = 0) -> Tensor:
        """The matrix with all elements on a diagonal."""

    def trace(self) -> Tensor:
        """The sum of a matrix's diagonal."""

    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged."""

    def ldexp(self, other: Tensor) -> Tensor:
        """x 2^y.

        >>> from taeda_tensor import tensor
        >>> ldexp(tensor([1.0]), tensor([3])).tolist()
        [8.0]"""

    def sum_to_size(self, *size: Any) -> Tensor:
        """The sum over what was broadcast from that size; RuntimeError where none leads there.

        >>> from taeda_tensor import ones
        >>> ones(2, 3).sum_to_size(1, 3).tolist()
        [[2.0, 2.0, 2.0]]"""

    def is_set_to(self, tensor: Tensor) -> _bool:
        """Whether both are the same view of the same memory."""

    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """In place: two dimensions exchanged."""

    def new(self, *args: Any) -> Tensor:
        """A tensor of the same dtype and device: of data, or of sizes without values."""

    def slice_scatter(
        self,
        src: Tensor,
        dim: _int = 0,
        start: _int | None = None,
        end: _int | None = None,
        step: _int = 1,
    ) -> Tensor:
        """A copy in which `src` stands in the places start:end:step of a dimension.

        >>> from taeda_tensor import ones, zeros
        >>> slice_scatter(zeros(3), ones(2), start=1).tolist()
        [0.0, 1.0, 1.0]"""

    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """A copy in which `src` stands in one place of a dimension.

        >>> from taeda_tensor import ones, zeros
        >>> select_scatter(zeros(2, 2), ones(2), 0, 1).tolist()
        [[0.0, 0.0], [1.0, 1.0]]"""

    def diagonal_scatter(
        self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1
    ) -> Tensor:
        """A copy with `src` as its diagonal.

        >>> from taeda_tensor import ones, zeros
        >>> diagonal_scatter(zeros(2, 2), ones(2)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]"""

    def fill_diagonal_(self, fill_value: _float, wrap: _bool = False) -> Tensor:
        """In place: one value on the diagonal; with `wrap` it starts again below a tall matrix.

        >>> from taeda_tensor import zeros
        >>> zeros(2, 2).fill_diagonal_(1).tolist()
        [[1.0, 0.0], [0.0, 1.0]]"""

    def outer(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """x_i y_j for all elements of two vectors.

        >>> from taeda_tensor import tensor
        >>> outer(tensor([1, 2]), tensor([3, 4])).tolist()
        [[3, 4], [6, 8]]"""

    def ger(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """x_i y_j for all elements of two vectors.

        >>> from taeda_tensor import tensor
        >>> outer(tensor([1, 2]), tensor([3, 4])).tolist()
        [[3, 4], [6, 8]]"""

    def inner(self, other: Tensor) -> Tensor:
        """Sums of products over the last dimension of both."""

    def vdot(self, other: Tensor) -> Tensor:
        """The sum of products of two vectors."""

    def kron(self, other: Tensor) -> Tensor:
        """The Kronecker product: each element of the first times the whole second.

        >>> from taeda_tensor import tensor
        >>> kron(tensor([1, 10]), tensor([1, 2, 3])).tolist()
        [1, 2, 3, 10, 20, 30]"""

    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """The vector product along a dimension of size 3: the first such one by default."""

    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta input + alpha mat @ vec; the input does not count where beta is 0.

        >>> from taeda_tensor import ones
        >>> addmv(ones(2), ones(2, 3), ones(3), alpha=2).tolist()
        [7.0, 7.0]"""

    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta input + alpha outer(vec1, vec2); the input does not count where beta is 0.

        >>> from taeda_tensor import ones
        >>> addr(ones(1, 2), ones(1), ones(2)).tolist()
        [[2.0, 2.0]]"""

    def addbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1
    ) -> Tensor:
        """beta input + alpha times the sum of batch1[i] @ batch2[i].

        >>> from taeda_tensor import ones
        >>> addbmm(ones(1, 1), ones(2, 1, 3), ones(2, 3, 1)).tolist()
        [[7.0]]"""

    def quantile(
        self,
        q: _float | Tensor,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = "linear",
    ) -> Tensor:
        """The q-quantiles of the elements, or along a dimension; NaN where there is one.

        The element at position q (n - 1) of n in order; between two of them `interpolation` decides:
        linear, lower, higher, midpoint or nearest. A vector of k fractions q gives results stacked in
        front: (k, ...). RuntimeError for q outside of [0, 1] and for dtypes but float32 and float64.

        >>> from taeda_tensor import tensor
        >>> quantile(tensor([4.0, 1.0, 3.0, 2.0]), 0.5).item()
        2.5
        >>> quantile(tensor([[0.0, 10.0], [5.0, 6.0]]), tensor([0.1, 0.5]), dim=1).tolist()
        [[1.0, 5.099999904632568], [5.0, 5.5]]"""

    def nanquantile(
        self,
        q: _float | Tensor,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = "linear",
    ) -> Tensor:
        """The q-quantiles of what is not NaN, as `quantile` has them; NaN where all are.

        >>> from taeda_tensor import nan, tensor
        >>> nanquantile(tensor([1.0, nan, 3.0]), 0.5).item()
        2.0"""

    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> Any:
        """The smallest and the largest element, of all or along a dimension.

        >>> from taeda_tensor import tensor
        >>> low, high = aminmax(tensor([3, 1, 2]))
        >>> low.item(), high.item()
        (1, 3)"""

    def cov(
        self,
        *,
        correction: _int = 1,
        fweights: Tensor | None = None,
        aweights: Tensor | None = None,
    ) -> Tensor:
        """The covariances of variables (rows) over observations (columns).

        `fweights` says how often an observation was made, `aweights` how much it counts. RuntimeError
        for more than two dimensions.

        >>> from taeda_tensor import tensor
        >>> cov(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]"""

    def corrcoef(self) -> Tensor:
        """The correlation coefficients of variables (rows), within -1 and 1.

        >>> from taeda_tensor import tensor
        >>> corrcoef(tensor([[0.0, 1.0, 2.0], [4.0, 2.0, 0.0]])).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]"""

    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """How many elements lie in each of `bins` equal parts of [min, max]; others are left out.

        The range is that of the elements where both are 0. RuntimeError for max < min.

        >>> from taeda_tensor import tensor
        >>> histc(tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3).tolist()
        [0.0, 2.0, 1.0, 0.0]"""

    def untyped_storage(self) -> UntypedStorage:
        """The memory that the tensor shares with its views."""

    def storage(self) -> UntypedStorage:
        """Same as untyped_storage."""

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor: ...
    def __reduce_ex__(self, protocol: Any) -> Any: ...
    def __copy__(self) -> Tensor: ...
    def share_memory_(self) -> Tensor:
        """Moves the elements into memory that processes made by fork share with this one.

        >>> from taeda_tensor import ones
        >>> ones(2).share_memory_().is_shared()
        True"""

    def det(self) -> Tensor:
        """The determinant."""

    def inverse(self) -> Tensor:
        """The inverse; LinAlgError where there is none."""

    def matrix_power(self, n: _int) -> Tensor:
        """A multiplied with itself n times; the inverse for negative n."""

    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The Moore-Penrose inverse; singular values below rcond times the largest count as zero."""

    def slogdet(self) -> SlogDet:
        """The sign and the logarithm of the absolute value of the determinant."""

    def cholesky(self, upper: _bool = False) -> Tensor:
        """The Cholesky factor of a positive definite matrix; see linalg.cholesky."""

    def svd(self, some: _bool = True, compute_uv: _bool = True) -> Any:
        """U, S and V (not V transposed) of the singular value decomposition; see linalg.svd."""

    def qr(self, some: _bool = True) -> Any:
        """The QR decomposition; see linalg.qr."""

    def logdet(self) -> Tensor:
        """The logarithm of the determinant; NaN where it is negative."""

def neg(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """-x."""

def neg_(input: Tensor) -> Tensor:
    """In place: -x."""

def abs(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The absolute value |x|."""

def abs_(input: Tensor) -> Tensor:
    """In place: The absolute value |x|."""

def sign(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """-1, 0 or 1 by the sign of x; 0 for NaN."""

def sign_(input: Tensor) -> Tensor:
    """In place: -1, 0 or 1 by the sign of x; 0 for NaN."""

def square(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x * x."""

def square_(input: Tensor) -> Tensor:
    """In place: x * x."""

def reciprocal(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """1 / x."""

def reciprocal_(input: Tensor) -> Tensor:
    """In place: 1 / x."""

def sqrt(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The square root of x."""

def sqrt_(input: Tensor) -> Tensor:
    """In place: The square root of x."""

def rsqrt(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """1 / sqrt(x)."""

def rsqrt_(input: Tensor) -> Tensor:
    """In place: 1 / sqrt(x)."""

def floor(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The largest integer that is not above x."""

def floor_(input: Tensor) -> Tensor:
    """In place: The largest integer that is not above x."""

def ceil(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The smallest integer that is not below x."""

def ceil_(input: Tensor) -> Tensor:
    """In place: The smallest integer that is not below x."""

def round(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The nearest integer; ties go to the even one."""

def round_(input: Tensor) -> Tensor:
    """In place: The nearest integer; ties go to the even one."""

def trunc(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The integer part of x."""

def trunc_(input: Tensor) -> Tensor:
    """In place: The integer part of x."""

def frac(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The fractional part x - trunc(x), with the sign of x."""

def frac_(input: Tensor) -> Tensor:
    """In place: The fractional part x - trunc(x), with the sign of x."""

def deg2rad(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Degrees to radians: x * pi / 180."""

def deg2rad_(input: Tensor) -> Tensor:
    """In place: Degrees to radians: x * pi / 180."""

def rad2deg(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Radians to degrees: x * 180 / pi."""

def rad2deg_(input: Tensor) -> Tensor:
    """In place: Radians to degrees: x * 180 / pi."""

def clamp_scalar(
    input: Tensor | _float,
    min: _float = float("-inf"),
    max: _float = float("inf"),
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """min(max(x, min), max) with scalar bounds; NaN stays."""

def nan_to_num(
    input: Tensor | _float,
    nan: _float = 0.0,
    posinf: _float = float("nan"),
    neginf: _float = float("nan"),
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """
    x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.
    """

def nan_to_num_(
    input: Tensor, nan: _float = 0.0, posinf: _float = float("nan"), neginf: _float = float("nan")
) -> Tensor:
    """
    In place: x with NaN and the infinities replaced; bounds of NaN mean the largest finite value.
    """

def pow_scalar(
    input: Tensor | _float, exponent: _float = 1.0, *, out: Tensor | None | None = None
) -> Tensor:
    """
    x^exponent; exact products and roots where the exponent is a small one.
    """

def exp(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """e^x."""

def exp_(input: Tensor) -> Tensor:
    """In place: e^x."""

def exp2(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """2^x."""

def exp2_(input: Tensor) -> Tensor:
    """In place: 2^x."""

def expm1(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """e^x - 1, exact near zero too."""

def expm1_(input: Tensor) -> Tensor:
    """In place: e^x - 1, exact near zero too."""

def log(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The natural logarithm of x."""

def log_(input: Tensor) -> Tensor:
    """In place: The natural logarithm of x."""

def log2(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The logarithm of x to base 2."""

def log2_(input: Tensor) -> Tensor:
    """In place: The logarithm of x to base 2."""

def log10(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The logarithm of x to base 10."""

def log10_(input: Tensor) -> Tensor:
    """In place: The logarithm of x to base 10."""

def log1p(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """log(1 + x), exact near zero too."""

def log1p_(input: Tensor) -> Tensor:
    """In place: log(1 + x), exact near zero too."""

def sin(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The sine of x."""

def sin_(input: Tensor) -> Tensor:
    """In place: The sine of x."""

def cos(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The cosine of x."""

def cos_(input: Tensor) -> Tensor:
    """In place: The cosine of x."""

def tan(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The tangent of x."""

def tan_(input: Tensor) -> Tensor:
    """In place: The tangent of x."""

def asin(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse sine of x."""

def asin_(input: Tensor) -> Tensor:
    """In place: The inverse sine of x."""

def acos(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse cosine of x."""

def acos_(input: Tensor) -> Tensor:
    """In place: The inverse cosine of x."""

def atan(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse tangent of x."""

def atan_(input: Tensor) -> Tensor:
    """In place: The inverse tangent of x."""

def sinh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The hyperbolic sine of x."""

def sinh_(input: Tensor) -> Tensor:
    """In place: The hyperbolic sine of x."""

def cosh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The hyperbolic cosine of x."""

def cosh_(input: Tensor) -> Tensor:
    """In place: The hyperbolic cosine of x."""

def tanh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The hyperbolic tangent of x."""

def tanh_(input: Tensor) -> Tensor:
    """In place: The hyperbolic tangent of x."""

def asinh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse hyperbolic sine of x."""

def asinh_(input: Tensor) -> Tensor:
    """In place: The inverse hyperbolic sine of x."""

def acosh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse hyperbolic cosine of x."""

def acosh_(input: Tensor) -> Tensor:
    """In place: The inverse hyperbolic cosine of x."""

def atanh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse hyperbolic tangent of x."""

def atanh_(input: Tensor) -> Tensor:
    """In place: The inverse hyperbolic tangent of x."""

def erf(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x."""

def erf_(input: Tensor) -> Tensor:
    """
    In place: The error function 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x.
    """

def erfc(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """1 - erf(x), exact for large x too."""

def erfc_(input: Tensor) -> Tensor:
    """In place: 1 - erf(x), exact for large x too."""

def erfinv(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The inverse of erf."""

def erfinv_(input: Tensor) -> Tensor:
    """In place: The inverse of erf."""

def lgamma(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """log(|gamma(x)|)."""

def lgamma_(input: Tensor) -> Tensor:
    """In place: log(|gamma(x)|)."""

def digamma(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """The derivative of lgamma."""

def digamma_(input: Tensor) -> Tensor:
    """In place: The derivative of lgamma."""

def sinc(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """sin(pi x) / (pi x), 1 at zero."""

def sinc_(input: Tensor) -> Tensor:
    """In place: sin(pi x) / (pi x), 1 at zero."""

def logit(
    input: Tensor | _float, eps: _float = -1.0, *, out: Tensor | None | None = None
) -> Tensor:
    """
    log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.
    """

def logit_(input: Tensor, eps: _float = -1.0) -> Tensor:
    """
    In place: log(x / (1 - x)), x first clamped to [eps, 1 - eps] where eps is not negative.
    """

def logical_not(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x == 0."""

def logical_not_(input: Tensor) -> Tensor:
    """In place: x == 0."""

def bitwise_not(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Each bit inverted; for bool the logical not."""

def bitwise_not_(input: Tensor) -> Tensor:
    """In place: Each bit inverted; for bool the logical not."""

def isnan(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether x is NaN."""

def isinf(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether x is an infinity."""

def isposinf(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether x is positive infinity."""

def isneginf(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether x is negative infinity."""

def isfinite(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether x is neither an infinity nor NaN."""

def signbit(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """Whether the sign bit is set: of -0 it is."""

def sigmoid(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """1 / (1 + exp(-x))."""

def sigmoid_(input: Tensor) -> Tensor:
    """In place: 1 / (1 + exp(-x))."""

def relu(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """max(x, 0); NaN stays."""

def relu_(input: Tensor) -> Tensor:
    """In place: max(x, 0); NaN stays."""

def relu6(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """min(max(x, 0), 6); NaN stays."""

def relu6_(input: Tensor) -> Tensor:
    """In place: min(max(x, 0), 6); NaN stays."""

def gelu(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """
    x * Phi(x), with the distribution function Phi of the standard normal distribution.
    """

def gelu_tanh(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """
    gelu by way of tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
    """

def silu(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x * sigmoid(x)."""

def silu_(input: Tensor) -> Tensor:
    """In place: x * sigmoid(x)."""

def mish(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x * tanh(softplus(x))."""

def mish_(input: Tensor) -> Tensor:
    """In place: x * tanh(softplus(x))."""

def softplus(
    input: Tensor | _float,
    beta: _float = 1.0,
    threshold: _float = 20.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """
    log(1 + exp(beta * x)) / beta; x where beta * x is above the threshold.
    """

def logsigmoid(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """log(sigmoid(x))."""

def leaky_relu(
    input: Tensor | _float, negative_slope: _float = 0.01, *, out: Tensor | None | None = None
) -> Tensor:
    """x where x > 0, else negative_slope * x."""

def leaky_relu_(input: Tensor, negative_slope: _float = 0.01) -> Tensor:
    """In place: x where x > 0, else negative_slope * x."""

def elu(
    input: Tensor | _float,
    alpha: _float = 1.0,
    scale: _float = 1.0,
    input_scale: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """
    scale * x where x > 0, else scale * alpha * (exp(input_scale * x) - 1).
    """

def elu_(
    input: Tensor, alpha: _float = 1.0, scale: _float = 1.0, input_scale: _float = 1.0
) -> Tensor:
    """
    In place: scale * x where x > 0, else scale * alpha * (exp(input_scale * x) - 1).
    """

def selu(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """
    scale * (max(x, 0) + min(alpha * (exp(x) - 1), 0)) with alpha 1.673..., scale 1.050....
    """

def selu_(input: Tensor) -> Tensor:
    """
    In place: scale * (max(x, 0) + min(alpha * (exp(x) - 1), 0)) with alpha 1.673..., scale 1.050....
    """

def celu(
    input: Tensor | _float, alpha: _float = 1.0, *, out: Tensor | None | None = None
) -> Tensor:
    """max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)."""

def celu_(input: Tensor, alpha: _float = 1.0) -> Tensor:
    """In place: max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)."""

def hardtanh(
    input: Tensor | _float,
    min_val: _float = -1.0,
    max_val: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """min(max(x, min_val), max_val); NaN stays."""

def hardtanh_(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0) -> Tensor:
    """In place: min(max(x, min_val), max_val); NaN stays."""

def hardsigmoid(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """min(max(x + 3, 0), 6) / 6."""

def hardsigmoid_(input: Tensor) -> Tensor:
    """In place: min(max(x + 3, 0), 6) / 6."""

def hardswish(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x * min(max(x + 3, 0), 6) / 6."""

def hardswish_(input: Tensor) -> Tensor:
    """In place: x * min(max(x + 3, 0), 6) / 6."""

def softsign(input: Tensor | _float, *, out: Tensor | None | None = None) -> Tensor:
    """x / (1 + |x|)."""

def threshold(
    input: Tensor | _float,
    threshold: _float = 0.0,
    value: _float = 0.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x where x > threshold, else value; NaN stays."""

def threshold_(input: Tensor, threshold: _float = 0.0, value: _float = 0.0) -> Tensor:
    """In place: x where x > threshold, else value; NaN stays."""

def hardshrink(
    input: Tensor | _float, lambd: _float = 0.5, *, out: Tensor | None | None = None
) -> Tensor:
    """x where abs(x) > lambd, else 0; NaN stays."""

def softshrink(
    input: Tensor | _float, lambd: _float = 0.5, *, out: Tensor | None | None = None
) -> Tensor:
    """x moved towards 0 by lambd, and 0 where it is nearer; NaN stays."""

def add(
    input: Tensor | _float,
    other: Tensor | _float,
    alpha: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x + alpha * y."""

def add_(input: Tensor, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
    """In place: x + alpha * y."""

def sub(
    input: Tensor | _float,
    other: Tensor | _float,
    alpha: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x - alpha * y."""

def sub_(input: Tensor, other: Tensor | _float, alpha: _float = 1.0) -> Tensor:
    """In place: x - alpha * y."""

def mul(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x * y."""

def mul_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x * y."""

def div(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x / y."""

def div_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x / y."""

def floor_divide(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x / y rounded down; an integer by zero is a RuntimeError."""

def floor_divide_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x / y rounded down; an integer by zero is a RuntimeError."""

def trunc_divide(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x / y rounded towards zero; an integer by zero is a RuntimeError."""

def remainder(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """
    x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.
    """

def remainder_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: x - y * floor(x / y), which has the sign of y; an integer by zero is a RuntimeError.
    """

def fmod(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """
    x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.
    """

def fmod_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: x - y * trunc(x / y), which has the sign of x; an integer by zero is a RuntimeError.
    """

def maximum(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The larger of x and y; NaN where either is NaN."""

def minimum(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The smaller of x and y; NaN where either is NaN."""

def fmax(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The larger of x and y; the other where one is NaN."""

def fmin(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The smaller of x and y; the other where one is NaN."""

def copysign(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """|x| with the sign of y."""

def copysign_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: |x| with the sign of y."""

def nextafter(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The next number after x in the direction of y, of float32 or float64."""

def nextafter_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: The next number after x in the direction of y, of float32 or float64.
    """

def heaviside(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """0 where x < 0, y where x is 0, 1 where x > 0; NaN stays."""

def heaviside_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: 0 where x < 0, y where x is 0, 1 where x > 0; NaN stays."""

def gcd(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The greatest common divisor."""

def gcd_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: The greatest common divisor."""

def lcm(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The least common multiple."""

def lcm_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: The least common multiple."""

def pow(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x^y; integers to a negative power give 0, but 1 and -1 their power."""

def pow_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: x^y; integers to a negative power give 0, but 1 and -1 their power.
    """

def atan2(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """
    The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
    """

def atan2_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: The angle of the point (y, x): the inverse tangent of x / y in the right quadrant.
    """

def hypot(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """sqrt(x^2 + y^2), which does not overflow on the way."""

def hypot_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: sqrt(x^2 + y^2), which does not overflow on the way."""

def logaddexp(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """log(exp(x) + exp(y))."""

def logaddexp2(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """log2(2^x + 2^y)."""

def xlogy(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x * log(y); 0 where x is 0 and y is not NaN."""

def xlogy_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x * log(y); 0 where x is 0 and y is not NaN."""

def xlog1py(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x * log(1 + y); 0 where x is 0 and y is not NaN."""

def eq(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x == y."""

def eq_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x == y."""

def ne(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x != y."""

def ne_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x != y."""

def lt(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x < y."""

def lt_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x < y."""

def le(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x <= y."""

def le_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x <= y."""

def gt(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x > y."""

def gt_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x > y."""

def ge(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x >= y."""

def ge_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x >= y."""

def logical_and(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x != 0 and y != 0."""

def logical_and_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x != 0 and y != 0."""

def logical_or(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x != 0 or y != 0."""

def logical_or_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x != 0 or y != 0."""

def logical_xor(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """Whether just one of x and y is not 0."""

def logical_xor_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: Whether just one of x and y is not 0."""

def bitwise_and(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The bits that x and y have both."""

def bitwise_and_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: The bits that x and y have both."""

def bitwise_or(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The bits that x or y has."""

def bitwise_or_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: The bits that x or y has."""

def bitwise_xor(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The bits in which x and y differ."""

def bitwise_xor_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: The bits in which x and y differ."""

def bitwise_left_shift(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x * 2^y; 0 where y is negative or not below the width."""

def bitwise_left_shift_(input: Tensor, other: Tensor | _float) -> Tensor:
    """In place: x * 2^y; 0 where y is negative or not below the width."""

def bitwise_right_shift(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """
    x / 2^y rounded down; the sign fills where y is negative or not below the width.
    """

def bitwise_right_shift_(input: Tensor, other: Tensor | _float) -> Tensor:
    """
    In place: x / 2^y rounded down; the sign fills where y is negative or not below the width.
    """

def relu_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad where result > 0, else 0."""

def threshold_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    threshold: _float = 0.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad where x > threshold, else 0."""

def sigmoid_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * (1 - result) * result."""

def tanh_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * (1 - result^2)."""

def gelu_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * (Phi(x) + x * phi(x))."""

def gelu_tanh_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The gradient of gelu by way of tanh."""

def silu_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * s * (1 + x * (1 - s)) with s = sigmoid(x)."""

def mish_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """The gradient of mish."""

def leaky_relu_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    negative_slope: _float = 0.01,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad where x > 0, else negative_slope * grad."""

def elu_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    alpha: _float = 1.0,
    scale: _float = 1.0,
    input_scale: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """
    scale * grad where x > 0, else scale * alpha * input_scale * exp(input_scale * x) * grad.
    """

def softplus_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    beta: _float = 1.0,
    threshold: _float = 20.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad * sigmoid(beta * x); grad where beta * x is above the threshold."""

def logsigmoid_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * sigmoid(-x)."""

def hardtanh_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    min_val: _float = -1.0,
    max_val: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad where min_val < x < max_val, else 0."""

def hardsigmoid_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad / 6 where -3 < x < 3, else 0."""

def hardswish_backward(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """grad * (x / 3 + 1 / 2) where -3 < x < 3; 0 below, grad above."""

def clamp_scalar_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    min: _float = float("-inf"),
    max: _float = float("inf"),
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad where min <= x <= max, else 0."""

def hardshrink_backward(
    input: Tensor | _float,
    other: Tensor | _float,
    lambd: _float = 0.5,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """grad where abs(x) > lambd, else 0."""

def squared_difference(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """(x - y) ^ 2."""

def huber_distance(
    input: Tensor | _float,
    other: Tensor | _float,
    bound: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """d^2 / 2 where d = abs(x - y) < bound, else bound * (d - bound / 2)."""

def logistic_loss(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """y * log(1 + exp(-x)) + (1 - y) * log(1 + exp(x))."""

def parametric_relu(
    input: Tensor | _float, other: Tensor | _float, *, out: Tensor | None | None = None
) -> Tensor:
    """x where x > 0, else slope * x."""

def addcmul(
    input: Tensor | _float,
    other: Tensor | _float,
    third: Tensor | _float,
    value: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x + value * y * z."""

def addcmul_(
    input: Tensor, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
) -> Tensor:
    """In place: x + value * y * z."""

def addcdiv(
    input: Tensor | _float,
    other: Tensor | _float,
    third: Tensor | _float,
    value: _float = 1.0,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x + value * y / z."""

def addcdiv_(
    input: Tensor, other: Tensor | _float, third: Tensor | _float, value: _float = 1.0
) -> Tensor:
    """In place: x + value * y / z."""

def lerp(
    input: Tensor | _float,
    other: Tensor | _float,
    third: Tensor | _float,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """x + weight * (y - x), exact at both ends."""

def lerp_(input: Tensor, other: Tensor | _float, third: Tensor | _float) -> Tensor:
    """In place: x + weight * (y - x), exact at both ends."""

def clamp(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """
    min(max(x, min), max); the bounds are numbers or tensors, either may be None.

    NaN where any of the three is NaN. RuntimeError without bounds.

    >>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()
    [0.0, 0.5, 1.0]
    """

def clip(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """
    min(max(x, min), max); the bounds are numbers or tensors, either may be None.

    NaN where any of the three is NaN. RuntimeError without bounds.

    >>> clamp(tensor([-2.0, 0.5, 3.0]), 0, 1).tolist()
    [0.0, 0.5, 1.0]
    """

@overload
def where(
    condition: Tensor | _float,
    input: Tensor | _float,
    other: Tensor | _float,
    *,
    out: Tensor | None | None = None,
) -> Tensor:
    """
    input where the condition holds, else other; the positions of true elements without them.

    >>> where(tensor([True, False]), 1.0, 0.0).tolist()
    [1.0, 0.0]
    """

@overload
def where(condition: Tensor) -> tuple[Tensor, ...]:
    """
    The positions of the elements that are true: a vector for each dimension.
    """

def split(
    tensor: Tensor, split_size_or_sections: _int | Sequence[_int], dim: _int = 0
) -> tuple[Tensor, ...]:
    """
    Views of pieces of one size (the last may be smaller) or of the sizes given.

    RuntimeError where the sizes do not add up to the size of the dimension.

    >>> [piece.tolist() for piece in split(arange(5), 2)]
    [[0, 1], [2, 3], [4]]
    """

def chunk(input: Tensor, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
    """
    At most this many views of equal size along a dimension; the last may be smaller.

    >>> [piece.tolist() for piece in chunk(arange(5), 2)]
    [[0, 1, 2], [3, 4]]
    """

def unbind(input: Tensor, dim: _int = 0) -> tuple[Tensor, ...]:
    """
    Views of all indices of a dimension, which vanishes.

    >>> unbind(tensor([1, 2]))
    (tensor(1), tensor(2))
    """

def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """A view with two dimensions exchanged."""

def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor:
    """Same as transpose."""

def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """Same as transpose."""

def t(input: Tensor) -> Tensor:
    """A matrix transposed; vectors stay."""

def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
    """Dimensions start_dim to end_dim made one."""

def unsqueeze(input: Tensor, dim: _int) -> Tensor:
    """A new dimension of size 1 at dim."""

def squeeze(input: Tensor, dim: object | None = None) -> Tensor:
    """Without the dimensions of size 1, or without those given."""

def narrow(input: Tensor, dim: _int, start: _int, length: _int) -> Tensor:
    """A view of indices start to start + length of one dimension."""

def select(input: Tensor, dim: _int, index: _int) -> Tensor:
    """A view of one index of a dimension, which vanishes."""

def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
    """A view of the diagonal of two dimensions, which becomes the last one."""

def unflatten(input: Tensor, dim: _int, sizes: _int | Sequence[_int]) -> Tensor:
    """One dimension cut into several."""

def movedim(
    input: Tensor, source: _int | Sequence[_int], destination: _int | Sequence[_int]
) -> Tensor:
    """Dimensions moved to other places; the rest keep their order."""

def moveaxis(
    input: Tensor, source: _int | Sequence[_int], destination: _int | Sequence[_int]
) -> Tensor:
    """Same as movedim."""

def reshape(input: Tensor, shape: _int | Sequence[_int]) -> Tensor:
    """The elements in another shape: a view where possible, else a copy."""

def permute(input: Tensor, dims: _int | Sequence[_int]) -> Tensor:
    """A view with the dimensions reordered."""

def broadcast_to(input: Tensor, size: _int | Sequence[_int]) -> Tensor:
    """A view expanded to a shape."""

def _slice(input: Tensor, dim: _int, start: _int, end: _int, step: _int) -> Tensor:
    """A view of start:end:step along one dimension."""

def as_strided(
    input: Tensor,
    size: _int | Sequence[_int],
    stride: _int | Sequence[_int],
    storage_offset: object | None = None,
) -> Tensor:
    """A view of any shape and strides within the storage."""

def empty(
    *sizes: _int | Sequence[_int],
    size: Sequence[_int] | None = None,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """A tensor of these sizes, its elements not set."""

def empty_like(
    input: Tensor,
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """
    A tensor of the shape, dtype and device of input, its elements not set.
    """

def zeros(
    *sizes: _int | Sequence[_int],
    size: Sequence[_int] | None = None,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """A tensor of these sizes filled with zeros."""

def zeros_like(
    input: Tensor,
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """A tensor of the shape, dtype and device of input filled with zeros."""

def ones(
    *sizes: _int | Sequence[_int],
    size: Sequence[_int] | None = None,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """A tensor of these sizes filled with ones."""

def ones_like(
    input: Tensor,
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """A tensor of the shape, dtype and device of input filled with ones."""

def full(
    size: Sequence[_int],
    fill_value: _float,
    *,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """
    A tensor of this size, filled with one value, whose kind decides the dtype.

    >>> full((2,), 7).tolist()
    [7, 7]
    """

def full_like(
    input: Tensor,
    fill_value: object | None,
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """
    A tensor of the shape, dtype and device of input, filled with one value.
    """

def arange(
    *bounds: _float,
    start: _float | None = None,
    end: _float | None = None,
    step: _float | None = None,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """
    start, start + step, ... below end: arange(end), arange(start, end) or arange(start, end, step).

    >>> arange(1, 10, 3).tolist()
    [1, 4, 7]
    """

def linspace(
    start: _float,
    end: _float,
    steps: _int,
    *,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """
    `steps` elements at equal distances from start to end, both included.

    >>> linspace(0, 1, 5).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """

def logspace(
    start: _float,
    end: _float,
    steps: _int,
    base: _float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """
    base to the power of `steps` exponents at equal distances from start to end.

    >>> logspace(0, 2, 3).tolist()
    [1.0, 10.0, 100.0]
    """

def eye(
    n: _int,
    m: _int | None = None,
    *,
    out: Tensor | None = None,
    dtype: _dtype | _type | None = None,
    layout: object = None,
    device: device | str | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """
    A matrix of n rows and m columns with ones on the diagonal.

    >>> eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

def empty_strided(
    size: _int | Sequence[_int],
    stride: _int | Sequence[_int],
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """A tensor of this size and these strides, its elements not set."""

def scalar_tensor(
    s: object | None,
    *,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    pin_memory: _bool = False,
    requires_grad: _bool = False,
) -> Tensor:
    """A zero-dimensional tensor of this value."""

def get_default_dtype() -> dtype:
    """The dtype of new float tensors."""

def set_default_dtype(d: dtype) -> None:
    """Sets the dtype of new float tensors."""

def tensor(
    data: Any,
    *,
    dtype: _dtype | _type | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """
    A tensor of numbers, nested sequences of numbers or an array; the data is always copied.

    Raises ValueError for sequences of unequal length, TypeError for other elements.

    >>> tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """

def as_tensor(
    data: Any, dtype: _dtype | _type | None = None, device: device | str | None = None
) -> Tensor:
    """
    A tensor of the data, without copying where it is a tensor or an array of the dtype.

    >>> as_tensor([1.5]).tolist()
    [1.5]
    """

def clone(input: Tensor, *, memory_format: object | None = None) -> Tensor:
    """A copy of the elements, in memory as they lie (in memory_format)."""

def from_numpy(ndarray: object | None) -> Tensor:
    """
    A tensor on the memory of a NumPy array: a write into one is seen in the other.

    A read-only array makes a tensor that cannot be written.
    """

def from_dlpack(ext_tensor: object | None) -> Tensor:
    """A tensor on the memory of any object with __dlpack__."""

def _from_buffer(buffer: object) -> Tensor: ...
def _is_array(object: object) -> _bool: ...
def cat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension."""

def concat(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension."""

def concatenate(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors one after the other along a dimension."""

def stack(tensors: Sequence[Tensor], dim: _int = 0, *, out: Tensor | None = None) -> Tensor:
    """The tensors, all of one shape, along a new dimension."""

def flip(input: Tensor, dims: _int | Sequence[_int]) -> Tensor:
    """The order of some dimensions reversed."""

def roll(input: Tensor, shifts: _int | Sequence[_int], dims: object | None = None) -> Tensor:
    """
    Elements shifted along dims; those that leave come in at the other end.
    """

def tril(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The lower triangle of matrices, the rest zero."""

def triu(input: Tensor, diagonal: _int = 0) -> Tensor:
    """The upper triangle of matrices, the rest zero."""

def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, as a vector."""

def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _float) -> Tensor:
    """The value where the mask holds, else the element."""

def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """
    The elements where the mask holds replaced by those of source, in order.
    """

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False) -> Tensor:
    """
    The positions of the elements that are not zero, one a row; or a vector for each dimension.
    """

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
def argwhere(input: Tensor) -> Tensor:
    """The positions of the elements that are not zero."""

def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
    """out[..., i, ...] = input[..., index[..., i, ...], ...] along dim."""

def take(input: Tensor, index: Tensor) -> Tensor:
    """Elements of the flattened tensor."""

def take_along_dim(input: Tensor, indices: Tensor, dim: object | None = None) -> Tensor:
    """
    gather of input and indices that broadcast; without dim both are flattened.
    """

def index_select(input: Tensor, dim: _int, index: Tensor) -> Tensor:
    """The rows of one dimension that a vector names."""

def embedding(weight: Tensor, indices: Tensor, padding_idx: _int = -1) -> Tensor:
    """The rows of a table; the row padding_idx gets no gradient."""

@overload
def scatter(
    input: Tensor, dim: _int, index: Tensor, src: Tensor | _float, *, reduce: object | None = None
) -> Tensor:
    """
    A copy with out[..., index[..., i, ...], ...] = src[..., i, ...] along dim; the last write wins.
    """

@overload
def scatter(
    input: Tensor, dim: _int, index: Tensor, value: Tensor | _float, *, reduce: object | None = None
) -> Tensor: ...
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor) -> Tensor:
    """Adds src at the positions that index names, in order."""

def scatter_reduce(
    input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True
) -> Tensor:
    """
    The values of src that meet in an element, and the element itself, made one: sum, prod, mean, amax or amin.
    """

def index_add(
    input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: Tensor | _float = 1
) -> Tensor:
    """Adds alpha * source to the rows that index names, in order."""

def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor) -> Tensor:
    """Writes source into the rows that index names."""

def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
    """Writes a value into the rows that index names."""

def index_put(
    input: Tensor, indices: object, values: Tensor | _float, accumulate: _bool = False
) -> Tensor:
    """
    Writes, or adds, values at the elements that the indices name, in order.
    """

class Generator:
    """
    A stream of random numbers: the seed, and the count of calls that drew from it.
    """

    def __init__(self, device: _device | str = ...) -> None: ...
    def manual_seed(self, seed: _int) -> Generator:
        """Starts the stream of this seed; returns the generator."""

    def initial_seed(self) -> _int:
        """The seed of the stream."""

    def seed(self) -> _int:
        """Seeds from the system's randomness and returns the seed."""

    def get_state(self) -> Tensor:
        """The state as a tensor of bytes."""

    def set_state(self, new_state: Tensor) -> None:
        """Takes up a state of get_state()."""

    @property
    def device(self) -> _device: ...

default_generator: Generator = ...

def manual_seed(seed: _int) -> Generator:
    """Starts the default generator anew; returns it."""

def seed() -> _int:
    """
    Seeds the default generator from the system's randomness and returns the seed.
    """

def initial_seed() -> _int:
    """The seed of the default generator."""

def get_rng_state() -> Tensor:
    """The state of the default generator as a tensor of bytes."""

def set_rng_state(new_state: Tensor) -> None:
    """Sets the state of the default generator."""

def rand(
    *args: _int | Sequence[_int],
    size: Sequence[_int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _dtype | None = None,
    layout: object | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """Uniform numbers of [0, 1)."""

def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _dtype | None = None,
    layout: object | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """The same in the shape, dtype and device of input."""

def randn(
    *args: _int | Sequence[_int],
    size: Sequence[_int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _dtype | None = None,
    layout: object | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """Normal numbers of mean 0 and variance 1."""

def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: _dtype | None = None,
    layout: object | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """The same in the shape, dtype and device of input."""

def randint(
    *args: _int | Sequence[_int],
    low: _int | None = None,
    high: _int | None = None,
    size: Sequence[_int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: _dtype | None = None,
    layout: object | None = None,
    device: device | str | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """
    Integers of [low, high): randint(high, size) or randint(low, high, size).
    """

def randint_like(
    input: Tensor,
    low: _int,
    high: object | None = None,
    *,
    generator: Generator | None = None,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    requires_grad: _bool = False,
    memory_format: object | None = None,
) -> Tensor:
    """
    Integers of [low, high), or of [0, low) without high, in the shape of input.
    """

def randperm(
    n: _int,
    *,
    generator: Generator | None = None,
    out: object | None = None,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """A random permutation of 0 ... n - 1."""

def normal(
    mean: Tensor | _float = 0.0,
    std: Tensor | _float = 1.0,
    size: object | None = None,
    *,
    generator: Generator | None = None,
    out: object | None = None,
    dtype: object | None = None,
    layout: object | None = None,
    device: object | None = None,
    requires_grad: _bool = False,
    pin_memory: _bool = False,
) -> Tensor:
    """Normal numbers; mean and std are tensors, or numbers beside a size."""

def bernoulli(
    input: Tensor,
    p: object | None = None,
    *,
    generator: Generator | None = None,
    out: object | None = None,
) -> Tensor:
    """1 with the probability that each element of input (or p) is, else 0."""

def multinomial(
    input: Tensor,
    num_samples: _int,
    replacement: _bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Categories drawn with the weights in each row of input."""

def dropout(input: Tensor, p: _float = 0.5, training: _bool = True) -> Tensor:
    """
    In training elements are 0 with probability p, the rest is multiplied by 1 / (1 - p).
    """

def _fused_sgd_(
    params: object,
    grads: object,
    momentum_buffers: object,
    lr: _float,
    momentum: _float,
    dampening: _float,
    weight_decay: _float,
    nesterov: _bool,
    maximize: _bool,
    first_step: _bool,
) -> None:
    """
    A step of gradient descent over lists of tensors, in place and not recorded.
    """

def _fused_rmsprop_(
    params: object,
    grads: object,
    square_avgs: object,
    momentum_buffers: object,
    grad_avgs: object,
    lr: _float,
    alpha: _float,
    eps: _float,
    weight_decay: _float,
    momentum: _float,
    centered: _bool,
    maximize: _bool,
) -> None:
    """A step of RMSprop over lists of tensors, in place and not recorded."""

def _fused_adagrad_(
    params: object,
    grads: object,
    sums: object,
    step: _int,
    lr: _float,
    lr_decay: _float,
    weight_decay: _float,
    eps: _float,
    maximize: _bool,
) -> None:
    """A step of Adagrad over lists of tensors, in place and not recorded."""

def _fused_adadelta_(
    params: object,
    grads: object,
    square_avgs: object,
    acc_deltas: object,
    lr: _float,
    rho: _float,
    eps: _float,
    weight_decay: _float,
    maximize: _bool,
) -> None:
    """A step of Adadelta over lists of tensors, in place and not recorded."""

def _fused_adamax_(
    params: object,
    grads: object,
    exp_avgs: object,
    exp_infs: object,
    step: _int,
    lr: _float,
    beta1: _float,
    beta2: _float,
    eps: _float,
    weight_decay: _float,
    maximize: _bool,
) -> None:
    """A step of Adamax over lists of tensors, in place and not recorded."""

def _fused_adam_(
    params: object,
    grads: object,
    exp_avgs: object,
    exp_avg_sqs: object,
    max_exp_avg_sqs: object,
    step: _int,
    lr: _float,
    beta1: _float,
    beta2: _float,
    eps: _float,
    weight_decay: _float,
    amsgrad: _bool,
    maximize: _bool,
    decoupled_weight_decay: _bool,
) -> None:
    """A step of Adam over lists of tensors, in place and not recorded."""

def _fused_nadam_(
    params: object,
    grads: object,
    exp_avgs: object,
    exp_avg_sqs: object,
    mu_product: _float,
    step: _int,
    lr: _float,
    beta1: _float,
    beta2: _float,
    eps: _float,
    weight_decay: _float,
    momentum_decay: _float,
    decoupled_weight_decay: _bool,
    maximize: _bool,
) -> None:
    """
    A step of NAdam over lists of tensors, in place and not recorded; mu_product counts it.
    """

def _fused_radam_(
    params: object,
    grads: object,
    exp_avgs: object,
    exp_avg_sqs: object,
    step: _int,
    lr: _float,
    beta1: _float,
    beta2: _float,
    eps: _float,
    weight_decay: _float,
    decoupled_weight_decay: _bool,
    maximize: _bool,
) -> None:
    """A step of RAdam over lists of tensors, in place and not recorded."""

def _fused_norm(tensors: object, order: _float) -> _float:
    """The norm of all elements of the tensors together."""

def _fused_scale_(tensors: object, factor: _float) -> None:
    """Multiplies all tensors in place, not recorded."""

def _fused_clamp_(tensors: object, low: _float, high: _float) -> None:
    """Clamps all tensors in place, not recorded."""

def sort(
    input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = True
) -> taeda_tensor.return_types.sort:
    """
    The elements of a dimension in order, equal ones as they were, and where each was.
    """

def argsort(
    input: Tensor, dim: _int = -1, descending: _bool = False, stable: _bool = True
) -> Tensor:
    """The indices that sort a dimension."""

def msort(input: Tensor) -> Tensor:
    """The elements of the first dimension in order."""

def topk(
    input: Tensor, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True
) -> taeda_tensor.return_types.topk:
    """The k largest or smallest elements in order, and where they were."""

def kthvalue(
    input: Tensor, k: _int, dim: _int = -1, keepdim: _bool = False
) -> taeda_tensor.return_types.kthvalue:
    """The k-th smallest element, counted from 1, and where it was."""

@overload
def median(input: Tensor) -> Tensor:
    """The lower median of all elements."""

@overload
def median(input: Tensor, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.median:
    """The lower median along a dimension and where it was."""

def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    dim: object | None = None,
) -> Any:
    """
    The distinct elements in order; with their places in the input and their counts.
    """

def unique_consecutive(
    input: Tensor,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    dim: object | None = None,
) -> Any:
    """The elements without those equal to their predecessor."""

def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | _float,
    *,
    out_int32: _bool = False,
    right: _bool = False,
    side: object | None = None,
) -> Tensor:
    """Where each value would be inserted to keep the sequence ascending."""

def bucketize(
    input: Tensor | _float, boundaries: Tensor, *, out_int32: _bool = False, right: _bool = False
) -> Tensor:
    """The number of the interval between boundaries for each value."""

def bincount(input: Tensor, weights: Tensor | None | None = None, minlength: _int = 0) -> Tensor:
    """How often each integer occurs, or the sum of its weights."""

@overload
def sum(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def sum(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    keepdims: _bool = False,
    dtype: dtype | None = None,
) -> Tensor:
    """The sum over dim, or of all elements; of integers in int64."""

@overload
def nansum(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def nansum(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    keepdims: _bool = False,
    dtype: dtype | None = None,
) -> Tensor:
    """The sum over dim where NaN counts as zero."""

@overload
def mean(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def mean(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    keepdims: _bool = False,
    dtype: dtype | None = None,
) -> Tensor:
    """The mean over dim, or of all elements, of float tensors."""

def nanmean(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
) -> Tensor:
    """The mean over dim of what is not NaN."""

def prod(
    input: Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None | None = None,
) -> Tensor:
    """The product along dim, or of all elements; of integers in int64."""

@overload
def amax(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def amax(input: Tensor, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
    """The largest element over dim; NaN where there is one."""

@overload
def amin(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def amin(input: Tensor, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
    """The smallest element over dim; NaN where there is one."""

@overload
def any(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def any(input: Tensor, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
    """Whether an element over dim is not zero."""

@overload
def all(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def all(input: Tensor, *, axis: _int | Sequence[_int] | None, keepdims: _bool = False) -> Tensor:
    """Whether no element over dim is zero."""

def equal(input: Tensor, other: Tensor) -> _bool:
    """
    Whether both have the same shape and the same elements.

    >>> equal(tensor([1, 2]), tensor([1, 2]))
    True
    """

@overload
def max(input: Tensor) -> Tensor: ...
@overload
def max(input: Tensor, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.max: ...
@overload
def max(input: Tensor, *, axis: _int, keepdims: _bool = False) -> taeda_tensor.return_types.max: ...
@overload
def max(input: Tensor, other: Tensor) -> Tensor:
    """
    The largest element: of all, along dim with its position, or of each pair with other.
    """

@overload
def min(input: Tensor) -> Tensor: ...
@overload
def min(input: Tensor, dim: _int, keepdim: _bool = False) -> taeda_tensor.return_types.min: ...
@overload
def min(input: Tensor, *, axis: _int, keepdims: _bool = False) -> taeda_tensor.return_types.min: ...
@overload
def min(input: Tensor, other: Tensor) -> Tensor:
    """
    The smallest element: of all, along dim with its position, or of each pair with other.
    """

@overload
def argmax(
    input: Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def argmax(input: Tensor, *, axis: _int | None, keepdims: _bool = False) -> Tensor:
    """
    The first position of the largest element along dim, or among all in row-major order.
    """

@overload
def argmin(
    input: Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    out: Tensor | None | None = None,
) -> Tensor: ...
@overload
def argmin(input: Tensor, *, axis: _int | None, keepdims: _bool = False) -> Tensor:
    """
    The first position of the smallest element along dim, or among all in row-major order.
    """

@overload
def var(input: Tensor, unbiased: _bool) -> Tensor: ...
@overload
def var(
    input: Tensor, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
) -> Tensor: ...
@overload
def var(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    *,
    correction: _float | None = 1.0,
    keepdim: _bool = False,
) -> Tensor: ...
@overload
def var(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    correction: _float | None = 1.0,
    keepdims: _bool = False,
) -> Tensor:
    """sum (x - mean)^2 / (n - correction) over dim, or of all elements."""

@overload
def std(input: Tensor, unbiased: _bool) -> Tensor: ...
@overload
def std(
    input: Tensor, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
) -> Tensor: ...
@overload
def std(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    *,
    correction: _float | None = 1.0,
    keepdim: _bool = False,
) -> Tensor: ...
@overload
def std(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    correction: _float | None = 1.0,
    keepdims: _bool = False,
) -> Tensor:
    """The square root of the variance over dim, or of all elements."""

@overload
def var_mean(input: Tensor, unbiased: _bool) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    *,
    correction: _float | None = 1.0,
    keepdim: _bool = False,
) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    correction: _float | None = 1.0,
    keepdims: _bool = False,
) -> tuple[Tensor, Tensor]:
    """The variance and the mean over dim, or of all elements."""

@overload
def std_mean(input: Tensor, unbiased: _bool) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor, dim: _int | Sequence[_int] | None, unbiased: _bool, keepdim: _bool = False
) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    dim: _int | Sequence[_int] | None = None,
    *,
    correction: _float | None = 1.0,
    keepdim: _bool = False,
) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    *,
    axis: _int | Sequence[_int] | None,
    correction: _float | None = 1.0,
    keepdims: _bool = False,
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean over dim, or of all elements."""

def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = None) -> Tensor:
    """How many elements over dim are not zero."""

def logsumexp(input: Tensor, dim: _int | Sequence[_int], keepdim: _bool = False) -> Tensor:
    """log(sum(exp(x))) over dim, without overflow."""

def norm(
    input: Tensor,
    p: object | None = "fro",
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    dtype: dtype | None = None,
) -> Tensor:
    """(sum |x|^p)^(1/p) over dim, or of all elements; "fro" is p = 2."""

def linalg_vector_norm(
    x: Tensor,
    ord: _float = 2.0,
    dim: _int | Sequence[_int] | None = None,
    keepdim: _bool = False,
    *,
    dtype: dtype | None = None,
) -> Tensor:
    """(sum |x|^ord)^(1/ord) over dim, or of all elements."""

def cumsum(
    input: Tensor, dim: _int, *, dtype: dtype | None = None, out: Tensor | None | None = None
) -> Tensor:
    """Sums of all elements up to each along dim; of integers in int64."""

def cumprod(
    input: Tensor, dim: _int, *, dtype: dtype | None = None, out: Tensor | None | None = None
) -> Tensor:
    """Products of all elements up to each along dim; of integers in int64."""

def logcumsumexp(input: Tensor, dim: _int) -> Tensor:
    """log(sum(exp)) of all elements up to each along dim, without overflow."""

def cummax(input: Tensor, dim: _int) -> taeda_tensor.return_types.cummax:
    """The largest elements up to each along dim and their positions."""

def cummin(input: Tensor, dim: _int) -> taeda_tensor.return_types.cummin:
    """The smallest elements up to each along dim and their positions."""

def softmax(input: Tensor, dim: _int, dtype: dtype | None = None) -> Tensor:
    """exp(x) / sum(exp(x)) along dim, without overflow."""

def log_softmax(input: Tensor, dim: _int, dtype: dtype | None = None) -> Tensor:
    """x - log(sum(exp(x))) along dim, without overflow."""

def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None | None = None,
    reduction: str = "mean",
    ignore_index: _int = -100,
) -> Tensor:
    """
    -weight[target] * input[target] of log-probabilities (N, C, ...) and class indices.
    """

def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None | None = None,
    ignore_index: _int = -100,
    reduction: str = "mean",
    label_smoothing: _float = 0.0,
) -> Tensor:
    """
    nll_loss(log_softmax(input)) of logits (N, C, ...) and class indices or probabilities.
    """

def layer_norm(
    input: Tensor,
    normalized_shape: _int | Sequence[_int],
    weight: Tensor | None | None = None,
    bias: Tensor | None | None = None,
    eps: _float = 1e-05,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions."""

def rms_norm(
    input: Tensor,
    normalized_shape: _int | Sequence[_int],
    weight: Tensor | None | None = None,
    eps: _float | None = None,
) -> Tensor:
    """x / sqrt(mean(x^2) + eps) * weight over the last dimensions."""

def group_norm(
    input: Tensor,
    num_groups: _int,
    weight: Tensor | None | None = None,
    bias: Tensor | None | None = None,
    eps: _float = 1e-05,
) -> Tensor:
    """
    (x - mean) / sqrt(var + eps) * weight + bias over groups of channels of (N, C, ...).
    """

def batch_norm(
    input: Tensor,
    weight: Tensor | None | None,
    bias: Tensor | None | None,
    running_mean: Tensor | None | None,
    running_var: Tensor | None | None,
    training: _bool,
    momentum: _float,
    eps: _float,
) -> Tensor:
    """
    (x - mean) / sqrt(var + eps) * weight + bias for each channel of (N, C, ...): with the statistics of the batch in training, which move the running ones, else with those.
    """

def max_pool2d(
    input: Tensor,
    kernel_size: _int | Sequence[_int],
    stride: _int | Sequence[_int] | None = None,
    padding: _int | Sequence[_int] = 0,
    dilation: _int | Sequence[_int] = 1,
    ceil_mode: _bool = False,
) -> Tensor:
    """The largest element of each window of (N, C, H, W) or (C, H, W)."""

def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: _int | Sequence[_int],
    stride: _int | Sequence[_int] | None = None,
    padding: _int | Sequence[_int] = 0,
    dilation: _int | Sequence[_int] = 1,
    ceil_mode: _bool = False,
) -> tuple[Tensor, Tensor]:
    """
    The largest element of each window and its position row * W + column in the plane.
    """

def avg_pool2d(
    input: Tensor,
    kernel_size: _int | Sequence[_int],
    stride: _int | Sequence[_int] | None = None,
    padding: _int | Sequence[_int] = 0,
    ceil_mode: _bool = False,
    count_include_pad: _bool = True,
    divisor_override: _int | None = None,
) -> Tensor:
    """The mean of each window of (N, C, H, W) or (C, H, W)."""

def adaptive_avg_pool2d(input: Tensor, output_size: _int | Sequence[_int]) -> Tensor:
    """
    Means of output_size windows that cover (N, C, H, W) or (C, H, W) evenly.
    """

def _resample(
    input: Tensor,
    dim: _int,
    windows: Tensor,
    weights: Tensor,
    back_windows: Tensor,
    back_weights: Tensor,
) -> Tensor:
    """
    Weighted sums of neighbours along a dimension: weights (n, t) of the elements from begin to end, windows (n, 2) of int64; `back` are those of the transposed sum.
    """

def _pad(input: Tensor, sizes: _int | Sequence[_int], mode: str, value: _float = 0) -> Tensor:
    """
    What lies beyond the borders around the last dimensions, of which up to three have a (left, right) pair, the last one first.
    """

def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: _int, padding_mode: _int, align_corners: _bool
) -> Tensor:
    """
    The values of images (N, C, ...) at the places of a grid (N, ..., D): (N, C, ...). Modes are 0 bilinear, 1 nearest and 2 bicubic, paddings 0 zeros, 1 border and 2 reflection.
    """

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None | None = None) -> Tensor:
    """
    The product of (..., m, k) and (..., k, n): (..., m, n); leading dimensions broadcast.

    A vector on the left is a row, one on the right a column, and the result lacks that
    dimension. Raises RuntimeError where inner sizes or dtypes differ.

    >>> (tensor([[1., 2.]]) @ tensor([3., 4.])).tolist()
    [11.0]
    """

def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None | None = None) -> Tensor:
    """The product of matrices (m, k) and (k, n): (m, n)."""

def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None | None = None) -> Tensor:
    """Products of matrices (b, m, k) and (b, k, n), one by one: (b, m, n)."""

def mv(input: Tensor, vec: Tensor, *, out: Tensor | None | None = None) -> Tensor:
    """The product of a matrix (m, k) and a vector (k,): (m,)."""

def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None | None = None) -> Tensor:
    """The sum of the products of two vectors' elements."""

def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: _float = 1.0,
    alpha: _float = 1.0,
    out: Tensor | None | None = None,
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2); input broadcasts to the product."""

def baddbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: _float = 1.0,
    alpha: _float = 1.0,
    out: Tensor | None | None = None,
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2), matrix by matrix."""

def linear(input: Tensor, weight: Tensor, bias: Tensor | None | None = None) -> Tensor:
    """
    input @ weight.T + bias of (..., in), (out, in) and (out,): (..., out).
    """

def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] | str = 0,
    dilation: _int | Sequence[_int] = 1,
    groups: _int = 1,
) -> Tensor:
    """
    Correlation of signals (N, C, L) or (C, L) with windows (O, C / groups, k), plus bias (O,).
    """

def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] | str = 0,
    dilation: _int | Sequence[_int] = 1,
    groups: _int = 1,
) -> Tensor:
    """
    Correlation of images (N, C, H, W) or (C, H, W) with windows (O, C / groups, kH, kW), plus bias (O,).
    """

def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] | str = 0,
    dilation: _int | Sequence[_int] = 1,
    groups: _int = 1,
) -> Tensor:
    """
    Correlation of volumes (N, C, D, H, W) or (C, D, H, W) with windows (O, C / groups, kD, kH, kW), plus bias (O,).
    """

def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] = 0,
    output_padding: _int | Sequence[_int] = 0,
    groups: _int = 1,
    dilation: _int | Sequence[_int] = 1,
) -> Tensor:
    """
    The transpose of conv1d, seen as a matrix: signals (N, C, L) or (C, L), windows (C, O / groups, k), plus bias (O,).
    """

def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] = 0,
    output_padding: _int | Sequence[_int] = 0,
    groups: _int = 1,
    dilation: _int | Sequence[_int] = 1,
) -> Tensor:
    """
    The transpose of conv2d, seen as a matrix: images (N, C, H, W) or (C, H, W), windows (C, O / groups, kH, kW), plus bias (O,).
    """

def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None | None = None,
    stride: _int | Sequence[_int] = 1,
    padding: _int | Sequence[_int] = 0,
    output_padding: _int | Sequence[_int] = 0,
    groups: _int = 1,
    dilation: _int | Sequence[_int] = 1,
) -> Tensor:
    """
    The transpose of conv3d, seen as a matrix: volumes (N, C, D, H, W) or (C, D, H, W), windows (C, O / groups, kD, kH, kW), plus bias (O,).
    """

def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None | None = None,
    dropout_p: _float = 0.0,
    is_causal: _bool = False,
    *,
    scale: _float | None = None,
    enable_gqa: _bool = False,
) -> Tensor:
    """
    softmax(scale * query @ key.mT + attn_mask) @ value of (..., L, E), (..., S, E) and (..., S, V): (..., L, V).
    """

def recurrence(
    mode: str,
    projected: Tensor,
    hidden: Tensor,
    cell: Tensor | None | None,
    weight: Tensor,
    bias: Tensor | None | None,
    sizes: Sequence[_int],
    by_sequence: _bool = False,
    reverse: _bool = False,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """
    A recurrent layer over sequences: hidden (rows, H), the last hidden and the last cell (N, H).

    projected (rows, gates * H) is the input times its weight, plus biases (of a GRU its own alone);
    hidden and cell (N, H) are the initial state. sizes says how many sequences take part in each step,
    never more than in the one before. The rows of a step lie side by side, or with by_sequence those of
    a sequence.
    """

def result_type(tensor1: Tensor | _float, tensor2: Tensor | _float) -> dtype:
    """
    The dtype of the result of an operation on the two.

    >>> result_type(tensor([1, 2]), 1.0)
    taeda.float32
    """

def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype to which both can be cast."""

def can_cast(from_: dtype, to: dtype) -> _bool:
    """Whether a result of one dtype may be written into another."""

def _storage_bytes(tensor: Tensor) -> Tensor: ...
def _on_storage(
    memory: Tensor,
    dtype: dtype,
    shape: _int | Sequence[_int],
    strides: _int | Sequence[_int],
    offset: _int,
) -> Tensor: ...
def is_grad_enabled() -> _bool:
    """Whether operations are recorded in this thread."""

def _set_grad_enabled(enabled: _bool) -> None: ...
def is_inference_mode_enabled() -> _bool: ...
def _set_inference_enabled(enabled: _bool) -> None: ...
def get_num_threads() -> _int:
    """The number of threads that share a parallel loop."""

def set_num_threads(count: _int) -> None:
    """
    Sets the number of threads that share a parallel loop; results do not depend on it.
    """

def _backend_name() -> str: ...
def _has_device(device: device | str) -> _bool: ...
def _operation_names() -> list[str]: ...
def _memory_stats() -> dict[str, _int]: ...
def _reset_peak_memory() -> None: ...
def _empty_cache() -> None: ...
def _set_cache_limit(bytes: _int) -> None: ...
def _is_autocast_enabled(device_type: str) -> _bool: ...
def _autocast_operations() -> list[str]: ...
def _is_any_autocast_enabled() -> _bool: ...
def _set_autocast_enabled(device_type: str, enabled: _bool) -> None: ...
def get_autocast_dtype(device_type: str) -> dtype:
    """
    The dtype of lower precision that autocast uses for devices of that type, in this thread.
    """

def set_autocast_dtype(device_type: str, dtype: dtype) -> None:
    """Sets the dtype of lower precision that autocast uses in this thread."""

def is_autocast_cache_enabled() -> _bool:
    """
    Whether autocast keeps the casts of parameters until its outermost context ends.
    """

def set_autocast_cache_enabled(enabled: _bool) -> None:
    """Sets whether autocast keeps the casts of parameters."""

def clear_autocast_cache() -> None:
    """Forgets the casts that autocast keeps."""

def autocast_increment_nesting() -> _int:
    """Enters a context of autocast; gives the number of contexts."""

def autocast_decrement_nesting() -> _int:
    """Leaves a context of autocast; gives the number of contexts."""

__all__ = [
    "dtype",
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "device",
    "Tensor",
    "neg",
    "neg_",
    "abs",
    "abs_",
    "sign",
    "sign_",
    "square",
    "square_",
    "reciprocal",
    "reciprocal_",
    "sqrt",
    "sqrt_",
    "rsqrt",
    "rsqrt_",
    "floor",
    "floor_",
    "ceil",
    "ceil_",
    "round_",
    "trunc",
    "trunc_",
    "frac",
    "frac_",
    "deg2rad",
    "deg2rad_",
    "rad2deg",
    "rad2deg_",
    "clamp_scalar",
    "nan_to_num",
    "nan_to_num_",
    "pow_scalar",
    "exp",
    "exp_",
    "exp2",
    "exp2_",
    "expm1",
    "expm1_",
    "log",
    "log_",
    "log2",
    "log2_",
    "log10",
    "log10_",
    "log1p",
    "log1p_",
    "sin",
    "sin_",
    "cos",
    "cos_",
    "tan",
    "tan_",
    "asin",
    "asin_",
    "acos",
    "acos_",
    "atan",
    "atan_",
    "sinh",
    "sinh_",
    "cosh",
    "cosh_",
    "tanh",
    "tanh_",
    "asinh",
    "asinh_",
    "acosh",
    "acosh_",
    "atanh",
    "atanh_",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfinv",
    "erfinv_",
    "lgamma",
    "lgamma_",
    "digamma",
    "digamma_",
    "sinc",
    "sinc_",
    "logit",
    "logit_",
    "logical_not",
    "logical_not_",
    "bitwise_not",
    "bitwise_not_",
    "isnan",
    "isinf",
    "isposinf",
    "isneginf",
    "isfinite",
    "signbit",
    "sigmoid",
    "sigmoid_",
    "relu",
    "relu_",
    "relu6",
    "relu6_",
    "gelu_tanh",
    "silu",
    "silu_",
    "mish",
    "mish_",
    "softplus",
    "logsigmoid",
    "leaky_relu",
    "leaky_relu_",
    "elu",
    "elu_",
    "selu",
    "selu_",
    "celu",
    "celu_",
    "hardtanh",
    "hardtanh_",
    "hardsigmoid",
    "hardsigmoid_",
    "hardswish",
    "hardswish_",
    "softsign",
    "threshold",
    "threshold_",
    "hardshrink",
    "softshrink",
    "add",
    "add_",
    "sub",
    "sub_",
    "mul",
    "mul_",
    "div_",
    "floor_divide",
    "floor_divide_",
    "trunc_divide",
    "remainder",
    "remainder_",
    "fmod",
    "fmod_",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "copysign",
    "copysign_",
    "nextafter",
    "nextafter_",
    "heaviside",
    "heaviside_",
    "gcd",
    "gcd_",
    "lcm",
    "lcm_",
    "pow",
    "pow_",
    "atan2",
    "atan2_",
    "hypot",
    "hypot_",
    "logaddexp",
    "logaddexp2",
    "xlogy",
    "xlogy_",
    "xlog1py",
    "eq",
    "eq_",
    "ne",
    "ne_",
    "lt",
    "lt_",
    "le",
    "le_",
    "gt",
    "gt_",
    "ge",
    "ge_",
    "logical_and",
    "logical_and_",
    "logical_or",
    "logical_or_",
    "logical_xor",
    "logical_xor_",
    "bitwise_and",
    "bitwise_and_",
    "bitwise_or",
    "bitwise_or_",
    "bitwise_xor",
    "bitwise_xor_",
    "bitwise_left_shift",
    "bitwise_left_shift_",
    "bitwise_right_shift",
    "bitwise_right_shift_",
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
    "addcmul",
    "addcmul_",
    "addcdiv",
    "addcdiv_",
    "lerp",
    "lerp_",
    "clamp",
    "clip",
    "where",
    "split",
    "chunk",
    "unbind",
    "transpose",
    "swapaxes",
    "swapdims",
    "t",
    "flatten",
    "unsqueeze",
    "squeeze",
    "narrow",
    "select",
    "diagonal",
    "unflatten",
    "movedim",
    "moveaxis",
    "reshape",
    "permute",
    "broadcast_to",
    "as_strided",
    "empty",
    "empty_like",
    "zeros",
    "zeros_like",
    "ones",
    "ones_like",
    "full",
    "full_like",
    "arange",
    "linspace",
    "logspace",
    "eye",
    "empty_strided",
    "scalar_tensor",
    "get_default_dtype",
    "set_default_dtype",
    "tensor",
    "as_tensor",
    "clone",
    "from_numpy",
    "from_dlpack",
    "cat",
    "concat",
    "concatenate",
    "stack",
    "flip",
    "roll",
    "tril",
    "triu",
    "masked_select",
    "masked_fill",
    "masked_scatter",
    "nonzero",
    "argwhere",
    "gather",
    "take",
    "take_along_dim",
    "index_select",
    "embedding",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "Generator",
    "default_generator",
    "manual_seed",
    "seed",
    "initial_seed",
    "get_rng_state",
    "set_rng_state",
    "rand",
    "rand_like",
    "randn",
    "randn_like",
    "randint",
    "randint_like",
    "randperm",
    "normal",
    "bernoulli",
    "multinomial",
    "dropout",
    "sort",
    "argsort",
    "msort",
    "topk",
    "kthvalue",
    "median",
    "unique",
    "unique_consecutive",
    "searchsorted",
    "bucketize",
    "bincount",
    "sum",
    "nansum",
    "mean",
    "nanmean",
    "prod",
    "amax",
    "amin",
    "any",
    "all",
    "equal",
    "max",
    "min",
    "argmax",
    "argmin",
    "var",
    "std",
    "var_mean",
    "std_mean",
    "count_nonzero",
    "logsumexp",
    "norm",
    "linalg_vector_norm",
    "cumsum",
    "cumprod",
    "logcumsumexp",
    "cummax",
    "cummin",
    "softmax",
    "log_softmax",
    "nll_loss",
    "cross_entropy",
    "layer_norm",
    "rms_norm",
    "group_norm",
    "batch_norm",
    "max_pool2d",
    "max_pool2d_with_indices",
    "avg_pool2d",
    "adaptive_avg_pool2d",
    "grid_sampler",
    "matmul",
    "mm",
    "bmm",
    "mv",
    "dot",
    "addmm",
    "baddbmm",
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "scaled_dot_product_attention",
    "recurrence",
    "result_type",
    "promote_types",
    "can_cast",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "get_num_threads",
    "set_num_threads",
    "get_autocast_dtype",
    "set_autocast_dtype",
    "is_autocast_cache_enabled",
    "set_autocast_cache_enabled",
    "clear_autocast_cache",
    "autocast_increment_nesting",
    "autocast_decrement_nesting",
]

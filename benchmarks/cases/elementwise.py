"""Elementwise operations on contiguous arrays: small enough for the caches, and not."""

from benchmarks.builders import both_directions, normal
from benchmarks.case import case

GROUP = "elementwise"
LARGE = 16 * 1024 * 1024
MEDIUM = 1024 * 1024
BOTH = (None, 1)


@case(GROUP, "add 16M", bytes=3 * 4 * LARGE, threads=BOTH)
def add(torch):
    a, b = torch.ones(LARGE), torch.ones(LARGE)
    return lambda: a + b


@add.numpy
def add_numpy(np):
    a, b = np.ones(LARGE, np.float32), np.ones(LARGE, np.float32)
    return lambda: a + b


@case(GROUP, "add 16M, out=", bytes=3 * 4 * LARGE)
def add_out(torch):
    a, b, out = torch.ones(LARGE), torch.ones(LARGE), torch.ones(LARGE)
    return lambda: torch.add(a, b, out=out)


@add_out.numpy
def add_out_numpy(np):
    a, b, out = (np.ones(LARGE, np.float32) for _ in range(3))
    return lambda: np.add(a, b, out=out)


@case(GROUP, "add_ 16M", bytes=3 * 4 * LARGE)
def add_in_place(torch):
    a, b = torch.ones(LARGE), torch.zeros(LARGE)
    return lambda: a.add_(b)


@add_in_place.numpy
def add_in_place_numpy(np):
    a, b = np.ones(LARGE, np.float32), np.zeros(LARGE, np.float32)
    return lambda: np.add(a, b, out=a)


@case(GROUP, "mul 16M, number", bytes=2 * 4 * LARGE)
def scale(torch):
    a = torch.ones(LARGE)
    return lambda: a * 2.5


@scale.numpy
def scale_numpy(np):
    a, factor = np.ones(LARGE, np.float32), np.float32(2.5)
    return lambda: a * factor


@case(GROUP, "relu 16M", bytes=2 * 4 * LARGE)
def relu(torch):
    a = torch.randn(LARGE)
    return lambda: torch.relu(a)


@case(GROUP, "exp 16M", bytes=2 * 4 * LARGE)
def exp_large(torch):
    a = torch.randn(LARGE)
    return lambda: torch.exp(a)


@exp_large.numpy
def exp_large_numpy(np):
    a = normal(np, LARGE)
    return lambda: np.exp(a)


def declare_unary(name, function, numpy_name=None, threads=(None,), dtype="float32"):
    """A function of 1 M positive numbers, which every domain holds."""
    size = 8 if dtype == "float64" else 4
    label = f"{name} 1M" + ("" if dtype == "float32" else f", {dtype}")

    @case(GROUP, label, bytes=2 * size * MEDIUM, threads=threads)
    def unary(torch):
        a = torch.rand(MEDIUM, dtype=getattr(torch, dtype)) + 0.5
        call = function(torch)
        return lambda: call(a)

    if numpy_name is not None:

        @unary.numpy
        def unary_numpy(np):
            a = np.random.default_rng(0).random(MEDIUM, dtype) + getattr(np, dtype)(0.5)
            call = getattr(np, numpy_name)
            return lambda: call(a)


declare_unary("exp", lambda torch: torch.exp, "exp", BOTH)
declare_unary("log", lambda torch: torch.log, "log")
declare_unary("log1p", lambda torch: torch.log1p, "log1p")
declare_unary("sin", lambda torch: torch.sin, "sin")
declare_unary("cos", lambda torch: torch.cos, "cos")
declare_unary("tanh", lambda torch: torch.tanh, "tanh")
declare_unary("sqrt", lambda torch: torch.sqrt, "sqrt")
declare_unary("erf", lambda torch: torch.erf)
declare_unary("rsqrt", lambda torch: torch.rsqrt)
declare_unary("sigmoid", lambda torch: torch.sigmoid)
declare_unary("silu", lambda torch: torch.nn.functional.silu)
declare_unary("gelu", lambda torch: torch.nn.functional.gelu, threads=BOTH)
declare_unary("gelu tanh", lambda torch: lambda a: torch.nn.functional.gelu(a, approximate="tanh"))
declare_unary("clamp", lambda torch: lambda a: torch.clamp(a, 0.75, 1.25))
declare_unary("exp", lambda torch: torch.exp, "exp", dtype="float64")


@case(GROUP, "pow 1M, exponent 2.5", bytes=2 * 4 * MEDIUM)
def power(torch):
    a = torch.rand(MEDIUM) + 0.5
    return lambda: a**2.5


@power.numpy
def power_numpy(np):
    a, exponent = np.random.default_rng(0).random(MEDIUM, np.float32), np.float32(2.5)
    return lambda: a**exponent


@case(GROUP, "div 1M", bytes=3 * 4 * MEDIUM)
def divide(torch):
    a, b = torch.randn(MEDIUM), torch.rand(MEDIUM) + 0.5
    return lambda: a / b


@divide.numpy
def divide_numpy(np):
    a, b = normal(np, MEDIUM), np.ones(MEDIUM, np.float32)
    return lambda: a / b


@case(GROUP, "a > b, 1M", bytes=9 * MEDIUM)
def compare(torch):
    a, b = torch.randn(MEDIUM), torch.randn(MEDIUM)
    return lambda: a > b


@compare.numpy
def compare_numpy(np):
    a, b = normal(np, MEDIUM), np.ones(MEDIUM, np.float32)
    return lambda: a > b


@case(GROUP, "where 1M", bytes=13 * MEDIUM)
def where(torch):
    mask, a, b = torch.rand(MEDIUM) < 0.5, torch.randn(MEDIUM), torch.randn(MEDIUM)
    return lambda: torch.where(mask, a, b)


@where.numpy
def where_numpy(np):
    mask, a, b = normal(np, MEDIUM) < 0, normal(np, MEDIUM), np.ones(MEDIUM, np.float32)
    return lambda: np.where(mask, a, b)


@case(GROUP, "addcmul 1M", bytes=4 * 4 * MEDIUM)
def addcmul(torch):
    a, b, c = torch.randn(MEDIUM), torch.randn(MEDIUM), torch.randn(MEDIUM)
    return lambda: torch.addcmul(a, b, c, value=0.5)


@case(GROUP, "add 1M, bfloat16", bytes=3 * 2 * MEDIUM)
def add_bfloat16(torch):
    a, b = (torch.randn(MEDIUM).to(torch.bfloat16) for _ in range(2))
    return lambda: a + b


@case(GROUP, "add 1M, int64", bytes=3 * 8 * MEDIUM)
def add_int64(torch):
    a, b = torch.arange(MEDIUM), torch.arange(MEDIUM)
    return lambda: a + b


@add_int64.numpy
def add_int64_numpy(np):
    a, b = np.arange(MEDIUM), np.arange(MEDIUM)
    return lambda: a + b


@case(GROUP, "float32 to float64, 1M", bytes=12 * MEDIUM)
def convert(torch):
    a = torch.randn(MEDIUM)
    return lambda: a.to(torch.float64)


@convert.numpy
def convert_numpy(np):
    a = normal(np, MEDIUM)
    return lambda: a.astype(np.float64)


def declare_backward(name, function):
    """A function of 1 M numbers and its gradient."""

    @case(GROUP, f"{name} 1M, forward + backward", bytes=5 * 4 * MEDIUM)
    def unary(torch):
        a, gradient = torch.randn(MEDIUM, requires_grad=True), torch.randn(MEDIUM)
        call = function(torch)
        return both_directions(lambda: call(a), (a,), gradient)


declare_backward("tanh", lambda torch: torch.tanh)
declare_backward("gelu", lambda torch: torch.nn.functional.gelu)
declare_backward("mul", lambda torch: lambda a: a * a)

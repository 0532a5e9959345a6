"""Reductions: to one number, along rows, along columns."""

from benchmarks.builders import normal
from benchmarks.case import case

GROUP = "reductions"
LARGE = 16 * 1024 * 1024
SIZE = 4096


def declare(label, shape, function, numpy_function=None, threads=(None,)):
    """A reduction of normal numbers of a shape."""
    count = 1
    for length in shape:
        count *= length

    @case(GROUP, label, bytes=4 * count, threads=threads)
    def reduction(torch):
        a = torch.randn(shape)
        return lambda: function(torch, a)

    if numpy_function is not None:

        @reduction.numpy
        def reduction_numpy(np):
            a = normal(np, *shape)
            return lambda: numpy_function(np, a)


WHOLE, SQUARE, ROWS = (LARGE,), (SIZE, SIZE), (2048, 1024)

declare("sum 16M", WHOLE, lambda _, a: a.sum(), lambda _, a: a.sum(), threads=(None, 1))
declare("mean 16M", WHOLE, lambda _, a: a.mean(), lambda _, a: a.mean())
declare("max 16M", WHOLE, lambda _, a: a.max(), lambda _, a: a.max())
declare("argmax 16M", WHOLE, lambda _, a: a.argmax(), lambda _, a: a.argmax())
declare("norm 16M", WHOLE, lambda _, a: a.norm(), lambda np, a: np.linalg.norm(a))
declare("var 16M", WHOLE, lambda _, a: a.var(), lambda _, a: a.var(ddof=1))
declare("sum 4096x4096, rows", SQUARE, lambda _, a: a.sum(1), lambda _, a: a.sum(1))
declare("sum 4096x4096, columns", SQUARE, lambda _, a: a.sum(0), lambda _, a: a.sum(0))
declare("sum 4096x4096, transposed", SQUARE, lambda _, a: a.t().sum(), lambda _, a: a.T.sum())
declare("max 4096x4096, columns", SQUARE, lambda _, a: a.amax(0), lambda _, a: a.max(0))
declare("var 2048x1024, rows", ROWS, lambda _, a: a.var(1), lambda _, a: a.var(1, ddof=1))
declare("std 2048x1024, columns", ROWS, lambda _, a: a.std(0), lambda _, a: a.std(0, ddof=1))
declare("max and place 2048x1024, rows", ROWS, lambda _, a: a.max(1))
declare("argmax 2048x1024, rows", ROWS, lambda _, a: a.argmax(1), lambda _, a: a.argmax(1))
declare("logsumexp 2048x1024, rows", ROWS, lambda _, a: a.logsumexp(1))
declare("prod 2048x1024, rows", ROWS, lambda _, a: a.prod(1), lambda _, a: a.prod(1))
declare("norm 2048x1024, rows", ROWS, lambda _, a: a.norm(dim=1))
declare(
    "mean 32x64x28x28, all but channels",
    (32, 64, 28, 28),
    lambda _, a: a.mean((0, 2, 3)),
    lambda _, a: a.mean((0, 2, 3)),
)
declare(
    "any 1M of a comparison",
    (1024, 1024),
    lambda _, a: (a > 100).any(),
    lambda _, a: (a > 100).any(),
)

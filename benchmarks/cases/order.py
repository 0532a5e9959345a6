"""Sorting, the largest values, running sums, distinct values."""

from benchmarks.builders import normal
from benchmarks.case import case

GROUP = "order"
ROWS, COLUMNS = 64, 8192
MEDIUM = 1024 * 1024


def declare(label, shape, function, numpy_function=None):
    """A function of normal numbers of a shape."""

    @case(GROUP, label)
    def order(torch):
        a = torch.randn(shape)
        return lambda: function(torch, a)

    if numpy_function is not None:

        @order.numpy
        def order_numpy(np):
            a = normal(np, *shape)
            return lambda: numpy_function(np, a)


BATCH, WHOLE = (ROWS, COLUMNS), (MEDIUM,)

# NumPy's sorts give values or places, PyTorch's sort both.
declare("sort 64x8192", BATCH, lambda _, a: a.sort(), lambda np, a: np.sort(a, kind="stable"))
declare("argsort 64x8192", BATCH, lambda _, a: a.argsort(), lambda _, a: a.argsort(kind="stable"))
declare("sort 1M", WHOLE, lambda _, a: a.sort(), lambda np, a: np.sort(a, kind="stable"))
declare("sort 4096x32", (4096, 32), lambda _, a: a.sort(), lambda np, a: np.sort(a, kind="stable"))
declare("topk 64x8192, 10", BATCH, lambda _, a: a.topk(10))
declare("topk 64x50257, 50", (64, 50257), lambda _, a: a.topk(50))
declare("median 64x8192, rows", BATCH, lambda _, a: a.median(1))
declare(
    "cumsum 1024x1024, rows",
    (1024, 1024),
    lambda _, a: a.cumsum(1),
    lambda _, a: a.cumsum(1),
)
declare(
    "cumsum 1024x1024, columns",
    (1024, 1024),
    lambda _, a: a.cumsum(0),
    lambda _, a: a.cumsum(0),
)
declare("cumsum 1M", WHOLE, lambda _, a: a.cumsum(0), lambda _, a: a.cumsum())


@case(GROUP, "unique 1M of 1000")
def unique(torch):
    a = torch.randint(0, 1000, (MEDIUM,))
    return lambda: torch.unique(a)


@unique.numpy
def unique_numpy(np):
    a = np.random.default_rng(0).integers(0, 1000, MEDIUM)
    return lambda: np.unique(a)


@case(GROUP, "searchsorted 1M in 1024")
def searchsorted(torch):
    edges, values = torch.linspace(-3, 3, 1024), torch.randn(MEDIUM)
    return lambda: torch.searchsorted(edges, values)


@searchsorted.numpy
def searchsorted_numpy(np):
    edges, values = np.linspace(-3, 3, 1024, dtype=np.float32), normal(np, MEDIUM)
    return lambda: np.searchsorted(edges, values)

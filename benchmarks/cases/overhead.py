"""Small operations: what is timed is the way to the kernel, not the kernel.

A call of the lambda itself, some 30 ns, is in every number.
"""

from benchmarks.case import case

GROUP = "overhead"


@case(GROUP, "a + b, 8x8")
def add(torch):
    a, b = torch.randn(8, 8), torch.randn(8, 8)
    return lambda: a + b


@add.numpy
def add_numpy(np):
    a, b = np.ones((8, 8), np.float32), np.ones((8, 8), np.float32)
    return lambda: a + b


@case(GROUP, "a @ b, 8x8")
def matmul(torch):
    a, b = torch.randn(8, 8), torch.randn(8, 8)
    return lambda: a @ b


@matmul.numpy
def matmul_numpy(np):
    a, b = np.ones((8, 8), np.float32), np.ones((8, 8), np.float32)
    return lambda: a @ b


@case(GROUP, "relu(a), 8x8")
def relu(torch):
    a, function = torch.randn(8, 8), torch.relu
    return lambda: function(a)


@relu.numpy
def relu_numpy(np):
    a, zero = np.ones((8, 8), np.float32), np.float32(0)
    return lambda: np.maximum(a, zero)


@case(GROUP, "a.sum(), 8x8")
def total(torch):
    a = torch.randn(8, 8)
    return lambda: a.sum()


@total.numpy
def total_numpy(np):
    a = np.ones((8, 8), np.float32)
    return lambda: a.sum()


@case(GROUP, "a[0], 8x8")
def index(torch):
    a = torch.randn(8, 8)
    return lambda: a[0]


@index.numpy
def index_numpy(np):
    a = np.ones((8, 8), np.float32)
    return lambda: a[0]


@case(GROUP, "a[1:5, 2], 8x8")
def index_slice(torch):
    a = torch.randn(8, 8)
    return lambda: a[1:5, 2]


@index_slice.numpy
def index_slice_numpy(np):
    a = np.ones((8, 8), np.float32)
    return lambda: a[1:5, 2]


@case(GROUP, "Linear(8, 8) on 8x8, no grad")
def linear(torch):
    layer, x = torch.nn.Linear(8, 8).requires_grad_(False), torch.randn(8, 8)
    return lambda: layer(x)


@case(GROUP, "Linear(8, 8) on 8x8, recorded")
def linear_recorded(torch):
    layer, x = torch.nn.Linear(8, 8), torch.randn(8, 8)
    return lambda: layer(x)

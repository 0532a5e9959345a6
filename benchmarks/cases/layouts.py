"""The same addition on other layouts than contiguous ones, on matrices that no cache holds."""

from benchmarks.builders import both_directions, normal
from benchmarks.case import case

GROUP = "layouts"
SIZE = 4096
MATRIX = 4 * SIZE * SIZE


@case(GROUP, "add 4096x4096, row", bytes=2 * MATRIX)
def row(torch):
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE)
    return lambda: a + b


@row.numpy
def row_numpy(np):
    a, b = normal(np, SIZE, SIZE), normal(np, SIZE)
    return lambda: a + b


@case(GROUP, "add 4096x4096, column", bytes=2 * MATRIX)
def column(torch):
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, 1)
    return lambda: a + b


@column.numpy
def column_numpy(np):
    a, b = normal(np, SIZE, SIZE), normal(np, SIZE, 1)
    return lambda: a + b


@case(GROUP, "add 4096x4096, one transposed", bytes=3 * MATRIX)
def transposed(torch):
    a, b = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE).t()
    return lambda: a + b


@transposed.numpy
def transposed_numpy(np):
    a, b = normal(np, SIZE, SIZE), normal(np, SIZE, SIZE).T
    return lambda: a + b


@case(GROUP, "add 4096x4096, both transposed", bytes=3 * MATRIX)
def both_transposed(torch):
    a, b = torch.randn(SIZE, SIZE).t(), torch.randn(SIZE, SIZE).t()
    return lambda: a + b


@both_transposed.numpy
def both_transposed_numpy(np):
    a, b = normal(np, SIZE, SIZE).T, normal(np, SIZE, SIZE).T
    return lambda: a + b


@case(GROUP, "add 4096x2048, every second column", bytes=5 * MATRIX // 2)
def strided(torch):
    a, b = torch.randn(SIZE, SIZE)[:, ::2], torch.randn(SIZE, SIZE)[:, ::2]
    return lambda: a + b


@strided.numpy
def strided_numpy(np):
    a, b = normal(np, SIZE, SIZE)[:, ::2], normal(np, SIZE, SIZE)[:, ::2]
    return lambda: a + b


@case(GROUP, "exp 1M, every second", bytes=3 * 4 * 1024 * 1024)
def strided_exp(torch):
    a = torch.randn(2 * 1024 * 1024)[::2]
    return lambda: torch.exp(a)


@strided_exp.numpy
def strided_exp_numpy(np):
    a = normal(np, 2 * 1024 * 1024)[::2]
    return lambda: np.exp(a)


@case(GROUP, "add 16384x64, row", bytes=2 * 4 * 16384 * 64)
def short_rows(torch):
    a, b = torch.randn(16384, 64), torch.randn(64)
    return lambda: a + b


@short_rows.numpy
def short_rows_numpy(np):
    a, b = normal(np, 16384, 64), normal(np, 64)
    return lambda: a + b


@case(GROUP, "mul 32x64x28x28, channel", bytes=2 * 4 * 32 * 64 * 28 * 28)
def channel(torch):
    a, b = torch.randn(32, 64, 28, 28), torch.randn(64, 1, 1)
    return lambda: a * b


@channel.numpy
def channel_numpy(np):
    a, b = normal(np, 32, 64, 28, 28), normal(np, 64, 1, 1)
    return lambda: a * b


@case(GROUP, "mul 2048x1024, row, forward + backward", bytes=5 * 4 * 2048 * 1024)
def row_backward(torch):
    a = torch.randn(2048, 1024, requires_grad=True)
    b = torch.randn(1024, requires_grad=True)
    return both_directions(lambda: a * b, (a, b), torch.randn(2048, 1024))

"""Matrix products: sizes, dtypes, layouts, batches, and layers made of them."""

from benchmarks.builders import both_directions, normal
from benchmarks.case import case

GROUP = "matmul"
BOTH = (None, 1)
PEAKS = {"float32": "f32", "float64": "f64", "bfloat16": "bf16", "float16": "f32"}


def declare_square(size, dtype="float32", threads=(None,)):
    """A square product."""
    label = f"{size}" + ("" if dtype == "float32" else f", {dtype}")

    @case(GROUP, label, flops=2 * size**3, peak=PEAKS[dtype], threads=threads)
    def product(torch):
        a, b = (torch.randn(size, size).to(getattr(torch, dtype)) for _ in range(2))
        return lambda: a @ b

    if dtype in ("float32", "float64"):

        @product.numpy
        def product_numpy(np):
            a, b = (normal(np, size, size).astype(dtype) for _ in range(2))
            return lambda: a @ b


for each in (384, 512, 768, 1024, 1536, 2048):
    declare_square(each, threads=BOTH if each == 1024 else (None,))
for each in (384, 768, 1024):
    declare_square(each, "float64")
for each in (768, 1024):
    declare_square(each, "bfloat16")
declare_square(1024, "float16")


def declare(label, left, right, view=None):
    """A product of two shapes, of which `view` may make another pair first."""
    *batch, rows, depth = left if view is None else view[0]
    columns = (right if view is None else view[1])[-1]
    count = 2 * rows * depth * columns
    for length in batch:
        count *= length

    @case(GROUP, label, flops=count)
    def product(torch):
        a, b = torch.randn(left), torch.randn(right)
        if view is not None:
            a, b = view[2](a, b)
        return lambda: a @ b

    @product.numpy
    def product_numpy(np):
        a, b = normal(np, *left), normal(np, *right)
        if view is not None:
            a, b = view[2](a, b)
        return lambda: a @ b


SQUARE = (1024, 1024)
declare("1024, a transposed", SQUARE, SQUARE, (SQUARE, SQUARE, lambda a, b: (a.T, b)))
declare("1024, b transposed", SQUARE, SQUARE, (SQUARE, SQUARE, lambda a, b: (a, b.T)))
WIDE, HALF = (1024, 2048), (1024, 1024)
declare(
    "1024, every second column",
    WIDE,
    WIDE,
    (HALF, HALF, lambda a, b: (a[:, ::2], b[:, ::2])),
)
declare("32x32", (32, 32), (32, 32))
declare("64x64", (64, 64), (64, 64))
declare("128x128", (128, 128), (128, 128))
declare("200x300 by 300x100", (200, 300), (300, 100))
declare("64 of 128x128", (64, 128, 128), (64, 128, 128))
declare("1024 of 16x16", (1024, 16, 16), (1024, 16, 16))
declare("32x128x256 by 256x256", (32, 128, 256), (256, 256))
declare("4x8x256x64 by 4x8x64x256", (4, 8, 256, 64), (4, 8, 64, 256))
declare("8x4096 by 4096x4096", (8, 4096), (4096, 4096))
declare("4096x4096 by 4096x8", (4096, 4096), (4096, 8))
declare("65536x16 by 16x16", (65536, 16), (16, 16))
declare("16x65536 by 65536x16", (16, 65536), (65536, 16))


@case(GROUP, "matrix by vector, 4096x4096", bytes=4 * 4096 * 4096)
def matrix_vector(torch):
    a, x = torch.randn(4096, 4096), torch.randn(4096)
    return lambda: a @ x


@matrix_vector.numpy
def matrix_vector_numpy(np):
    a, x = normal(np, 4096, 4096), normal(np, 4096)
    return lambda: a @ x


@case(GROUP, "vector by matrix, 4096x4096", bytes=4 * 4096 * 4096)
def vector_matrix(torch):
    a, x = torch.randn(4096, 4096), torch.randn(4096)
    return lambda: x @ a


@vector_matrix.numpy
def vector_matrix_numpy(np):
    a, x = normal(np, 4096, 4096), normal(np, 4096)
    return lambda: x @ a


ROWS, INPUTS, OUTPUTS = 512, 1024, 1024
LAYER = 2 * ROWS * INPUTS * OUTPUTS


@case(GROUP, "Linear(1024, 1024) on 512", flops=LAYER)
def linear(torch):
    layer, x = torch.nn.Linear(INPUTS, OUTPUTS).requires_grad_(False), torch.randn(ROWS, INPUTS)
    return lambda: layer(x)


@case(GROUP, "Linear(1024, 1024) and gelu on 512", flops=LAYER)
def linear_gelu(torch):
    layer, x = torch.nn.Linear(INPUTS, OUTPUTS).requires_grad_(False), torch.randn(ROWS, INPUTS)
    gelu = torch.nn.functional.gelu
    return lambda: gelu(layer(x))


@case(GROUP, "Linear(1024, 1024) on 512, forward + backward", flops=3 * LAYER)
def linear_backward(torch):
    layer = torch.nn.Linear(INPUTS, OUTPUTS)
    x = torch.randn(ROWS, INPUTS, requires_grad=True)
    inputs = (x, *layer.parameters())
    return both_directions(lambda: layer(x), inputs, torch.randn(ROWS, OUTPUTS))


@case(GROUP, "Linear(784, 128) on 64, forward + backward", flops=3 * 2 * 64 * 784 * 128)
def small_linear_backward(torch):
    layer = torch.nn.Linear(784, 128)
    x = torch.randn(64, 784, requires_grad=True)
    return both_directions(lambda: layer(x), (x, *layer.parameters()), torch.randn(64, 128))


@case(GROUP, "addmm 512, scaled", flops=2 * 512**3)
def addmm(torch):
    a, b, c = (torch.randn(512, 512) for _ in range(3))
    return lambda: torch.addmm(c, a, b, beta=0.5, alpha=2.0)


@case(GROUP, "einsum bthd,bshd->bhts, 4x256x8x64", flops=2 * 4 * 8 * 256 * 256 * 64)
def einsum(torch):
    a, b = torch.randn(4, 256, 8, 64), torch.randn(4, 256, 8, 64)
    return lambda: torch.einsum("bthd,bshd->bhts", a, b)


@einsum.numpy
def einsum_numpy(np):
    a, b = normal(np, 4, 256, 8, 64), normal(np, 4, 256, 8, 64)
    return lambda: np.einsum("bthd,bshd->bhts", a, b, optimize=True)

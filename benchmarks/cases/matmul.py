"""Matrix products."""

from benchmarks.case import case

GROUP = "matmul"


def declare(size):
    """A square product of one size, in all libraries."""

    @case(GROUP, f"matmul {size}", flops=2 * size**3, threads=(None, 1))
    def product(torch):
        a, b = torch.randn(size, size), torch.randn(size, size)
        return lambda: a @ b

    @product.numpy
    def product_numpy(np):
        generator = np.random.default_rng(0)
        a, b = (generator.standard_normal((size, size), np.float32) for _ in range(2))
        return lambda: a @ b


for each in (512, 1024):
    declare(each)

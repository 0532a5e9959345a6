"""Random numbers."""

from benchmarks.builders import both_directions
from benchmarks.case import case

GROUP = "random"
MEDIUM = 1024 * 1024
SIZE = 4 * MEDIUM


@case(GROUP, "randn 1M", bytes=SIZE)
def randn(torch):
    return lambda: torch.randn(MEDIUM)


@randn.numpy
def randn_numpy(np):
    generator = np.random.default_rng(0)
    return lambda: generator.standard_normal(MEDIUM, np.float32)


@case(GROUP, "rand 1M", bytes=SIZE)
def rand(torch):
    return lambda: torch.rand(MEDIUM)


@rand.numpy
def rand_numpy(np):
    generator = np.random.default_rng(0)
    return lambda: generator.random(MEDIUM, np.float32)


@case(GROUP, "normal_ 1M", bytes=SIZE)
def normal_in_place(torch):
    a = torch.empty(MEDIUM)
    return lambda: a.normal_(0.0, 0.02)


@case(GROUP, "bernoulli 1M", bytes=2 * SIZE)
def bernoulli(torch):
    a = torch.rand(MEDIUM)
    return lambda: torch.bernoulli(a)


@case(GROUP, "randint 1M", bytes=2 * SIZE)
def randint(torch):
    return lambda: torch.randint(0, 1000, (MEDIUM,))


@randint.numpy
def randint_numpy(np):
    generator = np.random.default_rng(0)
    return lambda: generator.integers(0, 1000, MEDIUM)


@case(GROUP, "randperm 1M", bytes=2 * SIZE)
def randperm(torch):
    return lambda: torch.randperm(MEDIUM)


@randperm.numpy
def randperm_numpy(np):
    generator = np.random.default_rng(0)
    return lambda: generator.permutation(MEDIUM)


@case(GROUP, "dropout 1M", bytes=2 * SIZE)
def dropout(torch):
    a, function = torch.randn(MEDIUM), torch.nn.functional.dropout
    return lambda: function(a, 0.1)


@case(GROUP, "dropout 1M, forward + backward", bytes=4 * SIZE)
def dropout_backward(torch):
    a, function = torch.randn(MEDIUM, requires_grad=True), torch.nn.functional.dropout
    return both_directions(lambda: function(a, 0.1), (a,), torch.randn(MEDIUM))


@case(GROUP, "multinomial 64x8192, 1")
def multinomial(torch):
    weights = torch.rand(64, 8192)
    return lambda: torch.multinomial(weights, 1)

"""Operations that move memory more than they compute."""

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


@case(GROUP, "add 16M, out=", bytes=3 * 4 * LARGE, threads=BOTH)
def add_out(torch):
    a, b, out = torch.ones(LARGE), torch.ones(LARGE), torch.ones(LARGE)
    return lambda: torch.add(a, b, out=out)


@add_out.numpy
def add_out_numpy(np):
    a, b, out = (np.ones(LARGE, np.float32) for _ in range(3))
    return lambda: np.add(a, b, out=out)


@case(GROUP, "sum 16M", bytes=4 * LARGE, threads=BOTH)
def total(torch):
    a = torch.ones(LARGE)
    return lambda: a.sum()


@total.numpy
def total_numpy(np):
    a = np.ones(LARGE, np.float32)
    return lambda: a.sum()


@case(GROUP, "exp 1M", bytes=2 * 4 * MEDIUM, threads=BOTH)
def exp(torch):
    a = torch.randn(MEDIUM)
    return lambda: torch.exp(a)


@exp.numpy
def exp_numpy(np):
    a = np.random.default_rng(0).standard_normal(MEDIUM, np.float32)
    return lambda: np.exp(a)


@case(GROUP, "gelu 1M", bytes=2 * 4 * MEDIUM, threads=BOTH)
def gelu(torch):
    a, function = torch.randn(MEDIUM), torch.nn.functional.gelu
    return lambda: function(a)

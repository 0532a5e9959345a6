"""Reading and writing at computed places."""

from benchmarks.builders import both_directions, normal
from benchmarks.case import case

GROUP = "indexing"
MEDIUM = 1024 * 1024
SIZE = 1024
# A vocabulary, its width, and the tokens of a batch.
WORDS, WIDTH, TOKENS = 32768, 256, 8192


@case(GROUP, "mask select 1M", bytes=7 * MEDIUM)
def mask_select(torch):
    a, mask = torch.randn(MEDIUM), torch.rand(MEDIUM) < 0.5
    return lambda: a[mask]


@mask_select.numpy
def mask_select_numpy(np):
    a = normal(np, MEDIUM)
    mask = np.random.default_rng(1).random(MEDIUM) < 0.5
    return lambda: a[mask]


@case(GROUP, "mask assign 1M", bytes=5 * MEDIUM)
def mask_assign(torch):
    a, mask = torch.randn(MEDIUM), torch.rand(MEDIUM) < 0.5

    def work():
        a[mask] = 0.0

    return work


@mask_assign.numpy
def mask_assign_numpy(np):
    a = normal(np, MEDIUM)
    mask = np.random.default_rng(1).random(MEDIUM) < 0.5

    def work():
        a[mask] = 0.0

    return work


@case(GROUP, "masked_fill 1M", bytes=9 * MEDIUM)
def masked_fill(torch):
    a, mask = torch.randn(MEDIUM), torch.rand(MEDIUM) < 0.5
    return lambda: a.masked_fill(mask, -1.0)


@case(GROUP, "nonzero 1M", bytes=5 * MEDIUM)
def nonzero(torch):
    mask = torch.rand(MEDIUM) < 0.5
    return lambda: torch.nonzero(mask)


@nonzero.numpy
def nonzero_numpy(np):
    mask = np.random.default_rng(1).random(MEDIUM) < 0.5
    return lambda: np.argwhere(mask)


@case(GROUP, "gather 1024x1024, rows", bytes=16 * MEDIUM)
def gather(torch):
    a, places = torch.randn(SIZE, SIZE), torch.randint(0, SIZE, (SIZE, SIZE))
    return lambda: torch.gather(a, 1, places)


@gather.numpy
def gather_numpy(np):
    a, places = normal(np, SIZE, SIZE), np.random.default_rng(1).integers(0, SIZE, (SIZE, SIZE))
    return lambda: np.take_along_axis(a, places, 1)


@case(GROUP, "gather 1024x1024, columns", bytes=16 * MEDIUM)
def gather_columns(torch):
    a, places = torch.randn(SIZE, SIZE), torch.randint(0, SIZE, (SIZE, SIZE))
    return lambda: torch.gather(a, 0, places)


@case(GROUP, "scatter 1024x1024, rows", bytes=20 * MEDIUM)
def scatter(torch):
    a, source = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    places = torch.randint(0, SIZE, (SIZE, SIZE))
    return lambda: torch.scatter(a, 1, places, source)


@case(GROUP, "scatter_add 1024x1024, rows", bytes=20 * MEDIUM)
def scatter_add(torch):
    a, source = torch.randn(SIZE, SIZE), torch.randn(SIZE, SIZE)
    places = torch.randint(0, SIZE, (SIZE, SIZE))
    return lambda: torch.scatter_add(a, 1, places, source)


@case(GROUP, "index_select 8192 of 32768x256", bytes=8 * TOKENS * WIDTH)
def index_select(torch):
    table, places = torch.randn(WORDS, WIDTH), torch.randint(0, WORDS, (TOKENS,))
    return lambda: torch.index_select(table, 0, places)


@index_select.numpy
def index_select_numpy(np):
    table, places = normal(np, WORDS, WIDTH), np.random.default_rng(1).integers(0, WORDS, TOKENS)
    return lambda: table.take(places, 0)


@case(GROUP, "index_add 8192 to 1024x256", bytes=12 * TOKENS * WIDTH)
def index_add(torch):
    table, source = torch.zeros(1024, WIDTH), torch.randn(TOKENS, WIDTH)
    places = torch.randint(0, 1024, (TOKENS,))
    return lambda: torch.index_add(table, 0, places, source)


@case(GROUP, "rows by a list of 8192", bytes=8 * TOKENS * WIDTH)
def rows(torch):
    table, places = torch.randn(WORDS, WIDTH), torch.randint(0, WORDS, (TOKENS,))
    return lambda: table[places]


@rows.numpy
def rows_numpy(np):
    table, places = normal(np, WORDS, WIDTH), np.random.default_rng(1).integers(0, WORDS, TOKENS)
    return lambda: table[places]


@case(GROUP, "a[rows, columns] of 1M", bytes=24 * MEDIUM)
def pairs(torch):
    a = torch.randn(SIZE, SIZE)
    first, second = (torch.randint(0, SIZE, (MEDIUM,)) for _ in range(2))
    return lambda: a[first, second]


@pairs.numpy
def pairs_numpy(np):
    a = normal(np, SIZE, SIZE)
    first, second = np.random.default_rng(1).integers(0, SIZE, (2, MEDIUM))
    return lambda: a[first, second]


@case(GROUP, "embedding 8192 of 32768x256", bytes=8 * TOKENS * WIDTH)
def embedding(torch):
    table, tokens = torch.randn(WORDS, WIDTH), torch.randint(0, WORDS, (32, TOKENS // 32))
    function = torch.nn.functional.embedding
    return lambda: function(tokens, table)


@case(GROUP, "embedding 8192 of 4096x256, forward + backward", bytes=20 * TOKENS * WIDTH)
def embedding_backward(torch):
    table = torch.randn(4096, WIDTH, requires_grad=True)
    tokens = torch.randint(0, 4096, (32, TOKENS // 32))
    function = torch.nn.functional.embedding
    gradient = torch.randn(32, TOKENS // 32, WIDTH)
    return both_directions(lambda: function(tokens, table), (table,), gradient)

"""Random tensors: distributions against SciPy, streams, and independence of threads and strides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import taeda_tensor as tt

COUNT = 100_000


def values(tensor: tt.Tensor) -> np.ndarray:
    return tensor.numpy().astype(np.float64)


DISTRIBUTIONS = {
    "uniform_": (lambda x, g: x.uniform_(-2, 3, generator=g), stats.uniform(-2, 5)),
    "normal_": (lambda x, g: x.normal_(1, 2, generator=g), stats.norm(1, 2)),
    "log_normal_": (
        lambda x, g: x.log_normal_(0.5, 0.7, generator=g),
        stats.lognorm(0.7, scale=np.exp(0.5)),
    ),
    "exponential_": (lambda x, g: x.exponential_(2, generator=g), stats.expon(scale=0.5)),
    "cauchy_": (lambda x, g: x.cauchy_(1, 3, generator=g), stats.cauchy(1, 3)),
}


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distribution(name: str, dtype: tt.dtype) -> None:
    draw, expected = DISTRIBUTIONS[name]
    generator = tt.Generator().manual_seed(11)
    sample = values(draw(tt.empty(COUNT, dtype=dtype), generator))
    assert stats.kstest(sample, expected.cdf).pvalue > 1e-3
    # Neighbours are independent.
    first, second = stats.rankdata(sample[:-1]), stats.rankdata(sample[1:])
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(COUNT)


def test_geometric_and_bernoulli() -> None:
    trials = values(tt.empty(COUNT).geometric_(0.3))
    observed = [(trials == k).sum() for k in range(1, 8)] + [(trials > 7).sum()]
    expected = [stats.geom(0.3).pmf(k) * COUNT for k in range(1, 8)]
    assert stats.chisquare(observed, [*expected, COUNT - sum(expected)]).pvalue > 1e-3
    p = tt.tensor([[0.0], [0.25], [1.0]])
    drawn = values(tt.empty(3, COUNT).bernoulli_(p))
    assert drawn[0].sum() == 0
    assert drawn[2].sum() == COUNT
    assert abs(drawn[1].mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / COUNT)
    with pytest.raises(RuntimeError, match=r"bernoulli.*\[0, 1\].*1.5"):
        tt.bernoulli(tt.tensor([1.5]))


def test_integers() -> None:
    drawn = values(tt.randint(-3, 4, (COUNT,)))
    counts = [(drawn == k).sum() for k in range(-3, 4)]
    assert sum(counts) == COUNT
    assert stats.chisquare(counts).pvalue > 1e-3
    assert tt.randint(5, (2, 3), dtype=tt.int32).dtype is tt.int32
    bytes_drawn = values(tt.empty(COUNT, dtype=tt.uint8).random_())
    assert stats.chisquare(np.bincount(bytes_drawn.astype(int), minlength=256)).pvalue > 1e-3
    assert values(tt.empty(1000, dtype=tt.int64).random_()).min() >= 0
    with pytest.raises(RuntimeError, match="from=3 >= to=3"):
        tt.randint(3, 3, (1,))


@pytest.mark.parametrize("n", [0, 1, 2, 1000, 70_001])
def test_permutation(n: int) -> None:
    drawn = tt.randperm(n).numpy()
    assert np.array_equal(np.sort(drawn), np.arange(n))
    if n >= 1000:
        assert abs(np.corrcoef(drawn, np.arange(n))[0, 1]) < 5 / np.sqrt(n)


def test_permutations_are_equally_likely() -> None:
    seen = [tuple(tt.randperm(3).tolist()) for _ in range(6000)]
    assert stats.chisquare([seen.count(p) for p in set(seen)]).pvalue > 1e-3
    assert len(set(seen)) == 6


def test_multinomial() -> None:
    weights = tt.tensor([[1.0, 0.0, 3.0], [2.0, 2.0, 0.0]])
    drawn = tt.multinomial(weights, COUNT, replacement=True).numpy()
    assert abs((drawn[0] == 2).mean() - 0.75) < 0.01
    assert not (drawn[0] == 1).any()
    assert abs((drawn[1] == 0).mean() - 0.5) < 0.01
    assert not (drawn[1] == 2).any()
    order = tt.multinomial(tt.tensor([1.0, 2.0, 7.0]).expand(5000, 3), 2).numpy()
    assert (order[:, 0] != order[:, 1]).all()
    assert abs((order[:, 0] == 2).mean() - 0.7) < 0.03
    once = tt.multinomial(tt.tensor([1.0, 2.0, 7.0] + [0.0] * 20).expand(5000, 23), 1).numpy()
    assert abs((once == 2).mean() - 0.7) < 0.03
    assert once.max() == 2
    hardly = tt.tensor([0.0, 5e-324, 0.0], dtype=tt.float64)
    assert tt.multinomial(hardly, 1).item() == 1
    with pytest.raises(RuntimeError, match="without replacement"):
        tt.multinomial(weights, 3)
    with pytest.raises(RuntimeError, match="sum of probabilities"):
        tt.multinomial(tt.zeros(3), 1)


def test_element_depends_on_the_stream_and_its_place_alone() -> None:
    generator = tt.Generator()

    def draw(*shape: int) -> tt.Tensor:
        return tt.randn(*shape, generator=generator.manual_seed(7))

    whole = draw(50_000).numpy()
    assert np.array_equal(draw(777).numpy(), whole[:777])
    assert np.array_equal(draw(500, 100).numpy().ravel(), whole)
    strided = tt.empty(100, 500).t().normal_(generator=generator.manual_seed(7))
    assert np.array_equal(strided.numpy().ravel(), whole)
    for count in (1, 2, 3):
        tt.set_num_threads(count)
        assert np.array_equal(draw(50_000).numpy(), whole)


def test_generators() -> None:
    first, second = tt.Generator().manual_seed(3), tt.Generator().manual_seed(3)
    a = tt.rand(5, generator=first)
    assert a.tolist() == tt.rand(5, generator=second).tolist()
    assert a.tolist() != tt.rand(5, generator=first).tolist()
    state = first.get_state()
    b = tt.rand(5, generator=first)
    first.set_state(state)
    assert b.tolist() == tt.rand(5, generator=first).tolist()
    assert first.initial_seed() == 3
    assert first.manual_seed(-1).initial_seed() == 2**64 - 2
    assert first.seed() == first.initial_seed()
    assert tt.manual_seed(4) is tt.default_generator
    assert tt.initial_seed() == 4
    with pytest.raises(RuntimeError, match="64 bits"):
        first.manual_seed(2**70)
    with pytest.raises(RuntimeError, match="uint8"):
        first.set_state(tt.zeros(3))


@pytest.mark.parametrize("dtype", [tt.float16, tt.bfloat16, tt.float32, tt.float64])
def test_uniform_stays_below_its_bound(dtype: tt.dtype) -> None:
    drawn = tt.empty(COUNT, dtype=dtype).uniform_(0, 1).to(tt.float64).numpy()
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert drawn.max() > 0.99


def test_shapes_and_options() -> None:
    assert tt.rand(()).shape == ()
    assert tt.rand(0, 3).shape == (0, 3)
    assert tt.rand(size=(2, 3)).shape == (2, 3)
    assert tt.randn(2, requires_grad=True).requires_grad
    like = tt.rand_like(tt.zeros(2, 3, dtype=tt.float64))
    assert like.dtype is tt.float64
    assert like.shape == (2, 3)
    out = tt.empty(3)
    assert tt.rand(3, out=out) is out
    assert tt.normal(tt.full((4,), 100.0), 1e-3).round().tolist() == [100.0] * 4
    with pytest.raises(RuntimeError, match="std must not be negative"):
        tt.empty(1).normal_(0, -1)
    with pytest.raises(RuntimeError, match="floating-point"):
        tt.empty(1, dtype=tt.int64).uniform_()


def test_dropout() -> None:
    dropped = tt.dropout(tt.ones(COUNT), 0.25).numpy()
    assert set(np.unique(dropped)) == {0.0, np.float32(4 / 3)}
    assert abs((dropped == 0).mean() - 0.25) < 0.01
    x = tt.ones(3)
    assert tt.dropout(x, 0.5, False).tolist() == [1, 1, 1]
    assert tt.dropout(x, 1.0).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="between 0 and 1"):
        tt.dropout(x, 1.5)

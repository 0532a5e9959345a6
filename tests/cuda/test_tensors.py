"""Tensors on a device: moving, printing, indexing, random numbers, errors, models."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import taeda_autograd  # noqa: F401  (the tape)
import taeda_tensor as tt
from taeda import nn
from taeda_data import DataLoader, IterableDataset, TensorDataset
from tests.cuda.placed import assert_same

DTYPES = [
    tt.bool,
    tt.uint8,
    tt.int8,
    tt.int16,
    tt.int32,
    tt.int64,
    tt.float16,
    tt.bfloat16,
    tt.float32,
    tt.float64,
]


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_conversion(source: Any, target: Any) -> None:
    values = tt.tensor([0.0, 1.0, 2.5, -3.0, 117.0]).to(source)
    for x in (values, values[::2], values[1]):
        assert_same(x.cuda().to(target), x.to(target))
        assert_same(x.to("cuda", target), x.to(target))
        assert_same(x.cuda().to("cpu", target), x.to(target))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": (3, 2), "stride": (2, 1), "dilation": (2, 3), "padding": (1, 1)},
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel_size": 2, "stride": 5},
    ],
)
def test_gradients_of_maxima(options: dict[str, Any]) -> None:
    """Windows that share their maximum add in one order: the CPU's bits."""
    tt.manual_seed(3)
    x = tt.randint(0, 4, (2, 3, 12, 11)).float()
    gradients = []
    for device in ("cpu", "cuda"):
        leaf = x.to(device, copy=True).requires_grad_()
        y = nn.functional.max_pool2d(leaf, **options)
        weight = tt.randn(*y.shape, generator=tt.Generator().manual_seed(7)).to(device)
        (y * weight).sum().backward()
        gradients.append(leaf.grad)
    assert_same(gradients[1], gradients[0])


def test_moving_there_and_back() -> None:
    x = tt.arange(24.0).reshape(2, 3, 4)
    y = x.cuda()
    assert y.is_cuda
    assert y.device == tt.device("cuda:0")
    assert y.cuda() is y
    assert not y.cpu().is_cuda
    assert_same(y.transpose(0, 2), x.transpose(0, 2))
    assert y[1, 2, 3].item() == 23.0
    assert y.tolist() == x.tolist()
    assert repr(y[0, 0]) == "tensor([0., 1., 2., 3.], device='cuda:0')"


def test_copy_between_devices() -> None:
    x = tt.zeros(3, 4, device="cuda")
    x[:, 1::2].copy_(tt.arange(6.0).reshape(3, 2))
    x[0] = tt.ones(4)
    there = x.cpu()
    assert there.tolist() == [[1, 1, 1, 1], [0, 2, 0, 3], [0, 4, 0, 5]]
    there.copy_(x + 1)
    assert there[1].tolist() == [1, 3, 1, 4]


def test_numbers_of_the_cpu_meet_any_device() -> None:
    x = tt.arange(3.0, device="cuda", dtype=tt.float32)
    assert_same(x * 2 + tt.tensor(1.0, dtype=tt.float64), x.cpu() * 2 + 1)
    with pytest.raises(RuntimeError, match=r"add: all tensors must be on one device"):
        x + tt.ones(3)


def test_numpy_needs_the_cpu() -> None:
    with pytest.raises(TypeError, match=r"Tensor\.cpu\(\)"):
        tt.ones(3, device="cuda").numpy()


@pytest.mark.parametrize("make", [tt.arange, tt.zeros, tt.ones])
def test_creation(make: Any) -> None:
    assert_same(make(7, device="cuda"), make(7))


def draws(device: str) -> list[tt.Tensor]:
    tt.manual_seed(11)
    return [
        tt.rand(1001, device=device),
        tt.rand(33, dtype=tt.float64, device=device),
        tt.randn(1001, device=device),
        tt.randint(-3, 100, (500,), device=device),
        tt.empty(50, device=device).exponential_(),
        tt.empty(50, device=device).log_normal_(),
        tt.empty(50, device=device).cauchy_(),
        tt.empty(50, device=device).geometric_(0.3),
        tt.bernoulli(tt.full((500,), 0.3, device=device)),
        tt.dropout(tt.ones(500, device=device), 0.4, True),
        tt.randperm(3000, device=device),
        tt.multinomial(tt.arange(1.0, 9.0).to(device), 200, replacement=True),
        tt.multinomial(tt.arange(1.0, 9.0).to(device), 5),
    ]


def test_the_same_random_numbers() -> None:
    for ours, theirs in zip(draws("cuda"), draws("cpu"), strict=True):
        # Logarithms and sines of another library; what is decided by comparisons is the same.
        assert_same(ours, theirs, rtol=1e-5, atol=1e-6)


def test_equal_bits_every_time_and_in_any_batch() -> None:
    x = tt.randn(64, 1000, device="cuda")
    index = tt.randint(0, 10, (1000,), device="cuda")
    for function in (
        lambda t: t.sum(1),
        lambda t: t.softmax(1),
        lambda t: t @ t[0, :, None],
        lambda t: tt.zeros(len(t), 10, device="cuda").index_add(1, index, t),
    ):
        whole = function(x).cpu().numpy()
        np.testing.assert_array_equal(function(x).cpu().numpy(), whole)
        np.testing.assert_array_equal(function(x[:5]).cpu().numpy(), whole[:5])


def test_long_reductions() -> None:
    x = tt.ones(100_000, device="cuda")
    assert x.sum().item() == 100_000
    assert (x > 0).all().item()
    assert x.cumsum(0)[-1].item() == 100_000


def test_long_rows_are_folded_in_pieces() -> None:
    values = np.random.default_rng(1).standard_normal((3, 50_000)).astype(np.float32)
    values[1, 40_000] = values[1, 7] = 9.0  # of equal ones the first
    values[2, 33_000] = np.nan
    x = tt.from_numpy(values).to("cuda")
    largest, index = x.max(1)
    assert index.tolist()[1:] == [7, 33_000] == np.argmax(values, 1).tolist()[1:]
    assert index[0].item() == np.argmax(values[0])
    assert largest[1].item() == 9.0
    assert x[:2].argmin().item() == np.argmin(values[:2])
    variance, mean = tt.var_mean(x[:2], 1)
    wide = values[:2].astype(np.float64)
    # Sums of float32 in trees of 256: a few units in the last place.
    np.testing.assert_allclose(variance.cpu().numpy(), wide.var(1, ddof=1), rtol=1e-6)
    np.testing.assert_allclose(mean.cpu().numpy(), wide.mean(1), atol=1e-7)
    assert x[:2].var().item() == pytest.approx(wide.var(ddof=1), rel=1e-6)


def test_masks() -> None:
    x = tt.randn(50, 60)
    mask = x > 0.5
    assert_same(x.cuda()[mask.cuda()], x[mask])
    assert_same(mask.cuda().nonzero(), mask.nonzero())
    assert_same(x.cuda()[[1, 2, 0]], x[[1, 2, 0]])


def test_counting() -> None:
    numbers = tt.randint(0, 9, (500,))
    for ours, theirs in zip(
        numbers.cuda().unique(return_inverse=True, return_counts=True),
        numbers.unique(return_inverse=True, return_counts=True),
        strict=True,
    ):
        assert_same(ours, theirs)
    assert_same(numbers.cuda().bincount(), numbers.bincount())
    values, index = numbers.cuda().sort()
    assert_same(values, numbers.sort().values)
    assert_same(index, numbers.sort().indices)


@pytest.mark.parametrize(
    "use",
    [
        lambda x, i: x[i],
        lambda x, i: x.index_select(0, i),
        lambda x, i: x.gather(0, i),
        lambda x, i: tt.zeros(4, device="cuda").scatter(0, i, x[:1]),
    ],
)
def test_a_bad_index_is_told_and_the_device_lives_on(use: Any) -> None:
    x = tt.arange(4.0, device="cuda")
    use(x, tt.tensor([7], device="cuda"))
    with pytest.raises(IndexError, match=r"index 7 is out of bounds for dimension 0 with size 4"):
        tt.cuda.synchronize()
    tt.cuda.synchronize()
    assert x.sum().item() == 6


def test_faults_of_numbers() -> None:
    tt.arange(3, device="cuda") // tt.zeros(3, dtype=tt.int64, device="cuda")
    with pytest.raises(RuntimeError, match=r"ZeroDivisionError: floor_divide"):
        tt.cuda.synchronize()
    scores = tt.zeros(2, 3, device="cuda")
    loss = tt.cross_entropy(scores, tt.tensor([0, 5], device="cuda"))
    with pytest.raises(IndexError, match=r"target 5 is out of bounds for 3 classes"):
        loss.item()


def test_gradients_cross_devices() -> None:
    x = tt.arange(3.0).requires_grad_()
    (x.cuda() * 2).sum().backward()
    assert x.grad is not None
    assert x.grad.device.type == "cpu"
    assert x.grad.tolist() == [2, 2, 2]


def test_no_such_device() -> None:
    with pytest.raises(RuntimeError, match=r"cuda: no device 40"):
        tt.zeros(1, device="cuda:40")


def test_pinned_memory() -> None:
    x = tt.arange(5.0)
    pinned = x.pin_memory()
    assert pinned.is_pinned()
    assert not x.is_pinned()
    assert pinned.pin_memory() is pinned
    there = pinned.to("cuda", non_blocking=True)
    tt.cuda.synchronize()
    assert_same(there, x)


def test_old_types_know_the_device() -> None:
    x = tt.cuda.FloatTensor([1.0, 2.0])
    assert x.is_cuda
    assert x.type() == "taeda.cuda.FloatTensor"
    assert isinstance(x, tt.cuda.FloatTensor)
    assert not isinstance(x, tt.FloatTensor)
    assert tt.ones(2).type(tt.cuda.LongTensor).device.type == "cuda"
    assert x.type("torch.DoubleTensor").device.type == "cpu"
    assert tuple(tt.cuda.HalfTensor(2, 3).shape) == (2, 3)


def test_dimensions_that_cannot_be_merged_are_bounded() -> None:
    x = tt.arange(2.0**17).reshape((2,) * 17)
    there = x.to("cuda")
    assert_same(there + there, x + x)
    with pytest.raises(NotImplementedError, match="more than 16 dimensions"):
        there + there.permute(*range(16, -1, -1))


def test_devices_by_their_number() -> None:
    assert tt.device(0) == tt.device("cuda:0")
    assert tt.ones(2).to(0).device == tt.device("cuda", 0)
    with pytest.raises(RuntimeError, match="no device has the index -1"):
        tt.device(-1)


def test_masks_of_the_cpu_are_indices() -> None:
    x, mask = tt.arange(6.0).reshape(2, 3), tt.tensor([[True, False, True], [False, True, True]])
    there = x.cuda()
    assert there[mask].tolist() == x[mask].tolist()
    assert there[tt.tensor([False, True])].tolist() == x[1:].tolist()
    there[mask] = 7
    there[mask] = tt.tensor([1.0, 2, 3, 4]).cuda()
    x[mask] = tt.tensor([1.0, 2, 3, 4])
    assert there.tolist() == x.tolist()


def test_quantiles() -> None:
    x = tt.randn(4, 9)
    assert_same(x.cuda().quantile(0.3, dim=1), x.quantile(0.3, dim=1))
    fractions = tt.tensor([0.1, 0.8])
    assert_same(x.cuda().quantile(fractions.cuda()), x.quantile(fractions))


SAMPLED = {
    "pad": lambda x, _: nn.functional.pad(x, (2, 1, 0, 3), mode="reflect"),
    "pad around volumes": lambda x, _: nn.functional.pad(x, (1, 2, 3, 0, 1, 1), mode="circular"),
    "pad by a value": lambda x, _: nn.functional.pad(x, (2, -1, 0, 3), value=1.5),
    "grid_sample": lambda x, grid: nn.functional.grid_sample(x, grid, align_corners=False),
    "grid_sample bicubic": lambda x, grid: nn.functional.grid_sample(
        x, grid, "bicubic", "reflection", True
    ),
    "grid_sample of volumes": lambda x, grid: nn.functional.grid_sample(
        x[None], grid.reshape(1, 4, 1, 5, -1)[..., :3], "bilinear", "border", False
    ),
}


@pytest.mark.parametrize("name", SAMPLED)
def test_gradients_of_what_is_sampled(name: str) -> None:
    tt.manual_seed(3)
    results = []
    x, grid = tt.randn(2, 3, 6, 5), tt.randn(2, 5, 6, 2)
    for device in ("cpu", "cuda"):
        leaves = [t.to(device, copy=True).requires_grad_() for t in (x, grid)]
        y = SAMPLED[name](*leaves)
        (y * y).sum().backward()
        results.append([y, *(leaf.grad for leaf in leaves if leaf.grad is not None)])
    for ours, theirs in zip(results[1], results[0], strict=True):
        assert ours.device.type == "cuda"
        assert_same(ours, theirs, rtol=1e-5, atol=1e-5)


COMPOSED = {
    "block_diag": lambda x: tt.block_diag(x, x[0]),
    "diag_embed": lambda x: tt.diag_embed(x[:, :0], 1),
    "vander": lambda x: tt.vander(x[0], 3),
    "repeat_interleave": lambda x: x.repeat_interleave(2, 0),
    "repeat_interleave of counts": lambda x: x.repeat_interleave(tt.tensor([2, 0, 1]), 0),
    "combinations": lambda x: tt.combinations(x[0]),
    "no combinations": lambda x: tt.combinations(x[0], 9),
    "matrix_power": lambda x: tt.linalg.matrix_power(x[:, :3], 0),
    "inv_ex": lambda x: tt.linalg.inv_ex(x[:, :3])[1],
    "pad_sequence": lambda x: nn.utils.rnn.pad_sequence([x[0], x[1][:2]]),
    "nearest": lambda x: nn.functional.interpolate(x[None], 7),
    "linear": lambda x: nn.functional.interpolate(x[None], 7, mode="linear"),
    "area": lambda x: nn.functional.interpolate(x[None], 2, mode="area"),
    "bicubic": lambda x: nn.functional.interpolate(x[None, None], (5, 6), mode="bicubic"),
    "one_hot": lambda x: nn.functional.one_hot((x > 0).long()),
    "scatter of a number": lambda x: x.scatter(1, (x > 0).long(), 2.5),
    "pad": lambda x: nn.functional.pad(x[None], (2, 1, 1, 2), mode="reflect"),
    "pad by a value": lambda x: nn.functional.pad(x, (-1, 2, 1, 0), value=2.5),
    "fold": lambda x: nn.functional.fold(x.reshape(1, 4, 3), (2, 4), 2),
    "grid_sample": lambda x: nn.functional.grid_sample(
        x[None, None], x.reshape(1, 2, 3, 2), align_corners=False
    ),
    "grid_sample of volumes, reflected": lambda x: nn.functional.grid_sample(
        x.reshape(1, 2, 1, 3, 2), 2 * x.reshape(1, 2, 2, 1, 3), "bilinear", "reflection", True
    ),
    "grid_sample bicubic": lambda x: nn.functional.grid_sample(
        x[None, None], x.reshape(1, 2, 3, 2), "bicubic", "border", align_corners=False
    ),
    "einsum": lambda x: tt.einsum("ij,kj->ik", x, x),
    "diag": lambda x: tt.diag(x[0], 1),
    "isin": lambda x: tt.isin(x, x[0]),
    "isin of many": lambda x: tt.isin(x, x[:, :3].abs().reshape(-1)),
    "cov": tt.cov,
    "histc": lambda x: tt.histc(x, 4),
    "trapezoid": tt.trapezoid,
}


@pytest.mark.parametrize("name", COMPOSED)
def test_what_is_composed_stays_on_the_device(name: str) -> None:
    tt.manual_seed(0)
    x = tt.randn(3, 4)
    ours, theirs = COMPOSED[name](x.cuda()), COMPOSED[name](x)
    assert ours.device.type == "cuda"
    assert_same(ours, theirs, rtol=1e-5, atol=1e-6)


def test_masks_of_attention_of_both_kinds() -> None:
    layer = nn.MultiheadAttention(8, 2, add_zero_attn=True).to("cuda")
    x = tt.randn(3, 2, 8).cuda()
    masks = {"attn_mask": tt.zeros(3, 3).cuda(), "key_padding_mask": tt.zeros(2, 3).bool().cuda()}
    assert layer(x, x, x, **masks)[0].device.type == "cuda"


def test_factorisations_take_the_cpu() -> None:
    a = tt.randn(4, 4) + 4 * tt.eye(4)
    b = tt.randn(4, 2)
    assert_same(tt.linalg.solve(a.cuda(), b.cuda()), tt.linalg.solve(a, b))
    for ours, theirs in zip(tt.linalg.svd(a.cuda()), tt.linalg.svd(a), strict=True):
        assert_same(ours, theirs)
    for name in ("inv", "det", "slogdet", "pinv", "cond", "matrix_rank", "qr", "eigvalsh"):
        ours, theirs = (getattr(tt.linalg, name)(x) for x in (a.cuda(), a))
        pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
        for mine, other in pairs:
            assert_same(mine, other, rtol=1e-5)
    upper = a.triu()
    assert_same(
        tt.linalg.solve_triangular(upper.cuda(), b.cuda(), upper=True),
        tt.linalg.solve_triangular(upper, b, upper=True),
        rtol=1e-5,
        atol=1e-5,
    )
    with pytest.raises(RuntimeError, match="solve: all tensors must be on one device"):
        tt.linalg.solve(a.cuda(), b)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers(kind: str) -> None:
    tt.manual_seed(0)
    options = {"num_layers": 2, "bidirectional": True, "batch_first": True}
    layer = getattr(nn, kind)(5, 7, **options)
    there = getattr(nn, kind)(5, 7, **options).to("cuda")
    there.load_state_dict(layer.state_dict())
    x = tt.randn(3, 11, 5)
    packed = nn.utils.rnn.pack_padded_sequence(x, tt.tensor([11, 6, 2]), batch_first=True)
    for ours, theirs in ((x.cuda(), x), (packed.to("cuda"), packed)):
        results = there(ours)[0], layer(theirs)[0]
        mine, other = (r if isinstance(r, tt.Tensor) else r.data for r in results)
        assert_same(mine, other, rtol=1e-4, atol=1e-5)
        there.zero_grad(), layer.zero_grad()
        mine.square().sum().backward()
        other.square().sum().backward()
        for a, b in zip(there.parameters(), layer.parameters(), strict=True):
            assert_same(a.grad, b.grad, rtol=1e-4, atol=1e-4)
    tt.backends.cuda.preferred_blas_library("own")
    try:
        alone, together = there(x[1:2].cuda())[0], there(x.cuda())[0]
    finally:
        tt.backends.cuda.preferred_blas_library("default")
    assert (alone == together[1:2]).all()  # the bits of a sequence are its own


def test_files_and_pickles_know_the_device() -> None:
    x = {"a": tt.arange(4.0).cuda(), "b": tt.ones(2)}
    x["c"] = x["a"][1:]
    again = pickle.loads(pickle.dumps(x))
    assert [again[k].device for k in "abc"] == [x[k].device for k in "abc"]
    assert again["c"].tolist() == [1, 2, 3]
    file = io.BytesIO()
    tt.save(x, file)

    def read(**options: Any) -> list[str]:
        file.seek(0)
        found = tt.load(file, **options)
        assert found["a"].tolist() == [0, 1, 2, 3]
        found["a"][1] = 9
        assert found["c"][0] == 9
        return [str(found[k].device) for k in "abc"]

    assert read() == ["cuda:0", "cpu", "cuda:0"]
    assert read(map_location="cpu") == ["cpu"] * 3
    assert read(map_location={"cuda:0": "cpu", "cpu": "cuda:0"}) == ["cpu", "cuda:0", "cpu"]
    assert read(map_location=lambda memory, _: memory) == ["cpu"] * 3
    assert read(map_location=lambda memory, _: None) == ["cuda:0", "cpu", "cuda:0"]


def test_memory_is_shared_by_dlpack() -> None:
    x = tt.arange(6.0).cuda().reshape(2, 3)
    y = tt.from_dlpack(x.t())
    assert y.device == x.device
    y[0, 0] = 7
    assert x[0, 0].item() == 7
    with tt.cuda.stream(tt.cuda.Stream()):
        assert tt.from_dlpack(x).tolist() == x.tolist()
    assert tt.from_dlpack(x.__dlpack__(stream=-1)).tolist() == x.tolist()
    with pytest.raises(BufferError, match="export to another device"):
        x.__dlpack__(dl_device=(1, 0))


def test_the_array_interface() -> None:
    x = tt.arange(6, dtype=tt.int32).cuda().reshape(2, 3)
    interface = x.__cuda_array_interface__
    assert interface["data"] == (x.data_ptr(), False)
    assert (interface["shape"], interface["strides"]) == ((2, 3), None)
    assert interface["typestr"] == "<i4"
    assert x.t().__cuda_array_interface__["strides"] == (4, 12)
    assert not hasattr(tt.ones(2), "__cuda_array_interface__")
    with pytest.raises(RuntimeError, match="requires grad"):
        tt.ones(2, device="cuda", requires_grad=True).__cuda_array_interface__  # noqa: B018


@pytest.mark.parametrize("workers", [0, 1])
def test_batches_in_pinned_memory(workers: int) -> None:
    data = TensorDataset(tt.arange(8.0), tt.arange(8))
    loader = DataLoader(data, batch_size=4, pin_memory=True, num_workers=workers)
    batches = list(loader)
    assert all(part.is_pinned() for batch in batches for part in batch)
    there = [batch[0].to("cuda", non_blocking=True) for batch in batches]
    assert tt.cat(there).tolist() == list(range(8))
    streamed = DataLoader(Numbers(), batch_size=2, pin_memory=True, num_workers=workers)
    assert [batch.is_pinned() for batch in streamed] == [True, True]


class Numbers(IterableDataset):
    def __iter__(self) -> Iterator[int]:
        return iter(range(4))

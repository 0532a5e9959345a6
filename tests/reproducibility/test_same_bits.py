"""The same bits for any number of threads, for a row alone or in its batch, and run after run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import taeda as torch
import taeda.nn.functional as F
from tests.reproducibility import training


def values(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.tensor(np.random.default_rng(seed).standard_normal(shape))


@dataclass(frozen=True)
class Row:
    """An operation on a batch, and the shape of the batch: large enough for several blocks."""

    function: Callable[..., torch.Tensor]
    shape: tuple[int, ...]
    # Of weights, which all rows share.
    others: tuple[tuple[int, ...], ...] = ()


def conv(**options: int) -> Callable[..., torch.Tensor]:
    return lambda x, *others: F.conv2d(x, *others, **options)


def places(x: torch.Tensor) -> torch.Tensor:
    """Places along dimension 1, some of them often; the same for each row."""
    length = x.shape[1]
    return (torch.arange(length) ** 2 % length).expand(x.shape[:2])


def recurrent(dtype: torch.dtype) -> torch.nn.LSTM:
    torch.manual_seed(0)
    return torch.nn.LSTM(20, 40, num_layers=2, bidirectional=True, batch_first=True).to(dtype)


FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
LSTM_OF = {dtype: recurrent(dtype) for dtype in FLOATS}

ROWS = {
    "sum": Row(lambda x: x.sum(1), (40, 5001)),
    "sum of planes": Row(lambda x: x.sum((1, 3)), (16, 33, 7, 65)),
    "mean": Row(lambda x: x.mean(1), (40, 5001)),
    "prod": Row(lambda x: x.prod(1), (40, 501)),
    "var": Row(lambda x: x.var(1), (40, 5001)),
    "norm": Row(lambda x: x.norm(dim=1), (40, 5001)),
    "norm of order 3": Row(lambda x: x.norm(3, dim=1), (40, 501)),
    "logsumexp": Row(lambda x: x.logsumexp(1), (40, 1501)),
    "cumsum": Row(lambda x: x.cumsum(1), (40, 1501)),
    "cumsum of long rows": Row(lambda x: x.cumsum(1), (4, 70_001)),
    "sum of short rows": Row(lambda x: x.sum(1), (5000, 13)),
    "max of short rows": Row(lambda x: x.max(1).values, (5000, 13)),
    "matmul": Row(lambda x, w: x @ w, (67, 301), ((301, 97),)),
    "matmul of few columns": Row(lambda x, w: x @ w, (67, 301), ((301, 3),)),
    "matmul of a vector of columns": Row(lambda x, w: x @ w, (67, 301), ((301, 16),)),
    "matmul with a vector": Row(lambda x, w: x @ w, (67, 301), ((301,),)),
    "matmul of batches": Row(lambda x: x @ x.transpose(1, 2), (9, 33, 65)),
    "linear": Row(F.linear, (67, 301), ((97, 301), (97,))),
    "linear of sequences": Row(F.linear, (9, 11, 301), ((97, 301), (97,))),
    "conv2d": Row(conv(padding=1), (9, 8, 21, 20), ((24, 8, 3, 3), (24,))),
    "conv2d of many channels": Row(conv(padding=1), (9, 24, 21, 18), ((40, 24, 3, 3), (40,))),
    "conv2d with strides": Row(conv(stride=2, dilation=2), (9, 8, 21, 20), ((24, 8, 3, 3), (24,))),
    "conv2d of many channels in parts": Row(
        conv(padding=2, dilation=2, groups=2), (9, 34, 21, 18), ((40, 17, 3, 3), (40,))
    ),
    "conv2d of wide windows with strides": Row(
        conv(stride=2, padding=3), (9, 3, 36, 38), ((40, 3, 7, 7), (40,))
    ),
    "conv2d of groups": Row(conv(groups=4, padding=2), (9, 8, 11, 10), ((16, 2, 5, 5),)),
    "conv2d depthwise": Row(conv(groups=8, padding=1), (9, 8, 21, 20), ((8, 1, 3, 3),)),
    "conv2d of few channels": Row(conv(padding=1), (9, 3, 21, 20), ((2, 3, 3, 3), (2,))),
    "conv2d of small images": Row(conv(padding=1), (41, 20, 4, 4), ((40, 20, 3, 3), (40,))),
    "conv2d of single positions": Row(conv(), (9, 24, 21, 20), ((48, 24, 1, 1), (48,))),
    "conv1d": Row(lambda x, w, b: F.conv1d(x, w, b, 1, 2), (9, 8, 700), ((24, 8, 5), (24,))),
    "conv3d": Row(lambda x, w: F.conv3d(x, w, None, 2, 1), (5, 4, 6, 9, 8), ((8, 4, 3, 3, 3),)),
    "conv3d of many channels": Row(
        lambda x, w: F.conv3d(x, w, None, 1, 1), (4, 17, 5, 9, 8), ((18, 17, 3, 3, 3),)
    ),
    "conv_transpose2d": Row(
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, 1), (9, 8, 11, 10), ((8, 24, 3, 3), (24,))
    ),
    "max_pool2d": Row(lambda x: F.max_pool2d(x, 3, 2, 1), (9, 8, 21, 20)),
    "avg_pool2d": Row(lambda x: F.avg_pool2d(x, 3, 2, 1), (9, 8, 21, 20)),
    "adaptive_avg_pool2d": Row(lambda x: F.adaptive_avg_pool2d(x, (4, 3)), (9, 8, 21, 20)),
    "interpolate": Row(lambda x: F.interpolate(x, (35, 47), mode="bicubic"), (9, 8, 21, 20)),
    "grid_sample": Row(
        lambda x: F.grid_sample(x, x[:, :2].movedim(1, -1), "bicubic", align_corners=False),
        (9, 40, 21, 20),
    ),
    "interpolate to less": Row(lambda x: F.interpolate(x, 90, mode="linear"), (9, 8, 1501)),
    "softmax": Row(lambda x: x.softmax(1), (40, 1501)),
    "softmax of channels": Row(lambda x: x.softmax(1), (9, 31, 7, 5)),
    "log_softmax": Row(lambda x: x.log_softmax(1), (40, 1501)),
    "attention": Row(lambda x: F.scaled_dot_product_attention(x, x.sin(), x.cos()), (7, 150, 20)),
    "attention, causal": Row(
        lambda x: F.scaled_dot_product_attention(x, x.sin(), x.cos(), is_causal=True), (7, 150, 20)
    ),
    "lstm": Row(lambda x: LSTM_OF[x.dtype](x)[0], (9, 11, 20)),
    "layer_norm": Row(
        lambda x, w, b: F.layer_norm(x, (1501,), w, b), (40, 1501), ((1501,), (1501,))
    ),
    "rms_norm": Row(lambda x, w: torch.rms_norm(x, (1501,), w), (40, 1501), ((1501,),)),
    "group_norm": Row(lambda x, w, b: torch.group_norm(x, 4, w, b), (9, 8, 21, 20), ((8,), (8,))),
    "batch_norm, evaluated": Row(
        lambda x, w, b: F.batch_norm(x, w, b.square() + 1, w, b), (9, 8, 21, 20), ((8,), (8,))
    ),
    "gelu": Row(F.gelu, (9, 20011)),
    "sigmoid": Row(torch.sigmoid, (9, 20011)),
    "sort": Row(lambda x: x.sort(1).values, (40, 1501)),
    "sort of short rows": Row(lambda x: x.sort(1).values, (403, 100)),
    "topk": Row(lambda x: x.topk(50, 1).values, (40, 1501)),
    "gather": Row(lambda x: x.gather(1, places(x)), (40, 1501)),
    "scatter_add": Row(lambda x: x.scatter_add(1, places(x), x), (40, 1501)),
    "index_add": Row(lambda x: x.index_add(1, places(x)[0], x), (9, 1501, 30)),
    "index_select": Row(lambda x: x.index_select(1, places(x)[0]), (9, 1501, 30)),
    "flip": Row(lambda x: x.flip(1), (40, 1501)),
    "roll": Row(lambda x: x.roll((3, 5), (1, 2)), (9, 150, 30)),
    "cross_entropy": Row(
        lambda x: F.cross_entropy(
            x, torch.full((x.shape[0],), 3), reduction="none", label_smoothing=0.1
        ),
        (40, 1501),
    ),
}
DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def leaves(row: Row, dtype: torch.dtype) -> list[torch.Tensor]:
    shapes = [row.shape, *row.others]
    return [values(*s, seed=i).to(dtype).requires_grad_() for i, s in enumerate(shapes)]


def bits(tensor: torch.Tensor) -> bytes:
    # NumPy has no bfloat16; float32 holds each of its values.
    plain = tensor.detach()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy().tobytes()


def run(row: Row, tensors: list[torch.Tensor]) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
    """The result and the gradients of all operands."""
    result = row.function(*tensors)
    weight = values(*result.shape[1:], seed=9).to(result.dtype)
    return result, torch.autograd.grad(result, tensors, weight.expand(result.shape))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ROWS)
def test_threads_and_runs(name: str, dtype: str) -> None:
    row = ROWS[name]
    found = set()
    for count in (1, 2, 3, 1):
        torch.set_num_threads(count)
        result, gradients = run(row, leaves(row, DTYPES[dtype]))
        found.add((bits(result), *map(bits, gradients)))
    assert len(found) == 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ROWS)
def test_a_row_alone_or_in_its_batch(name: str, dtype: str) -> None:
    """The result, and the gradient that the row gets, of batches of one, some and all rows."""
    row = ROWS[name]
    whole, *others = leaves(row, DTYPES[dtype])
    result, gradients = run(row, [whole, *others])
    rows = row.shape[0]
    for start, stop in [(0, 1), (rows // 2, rows // 2 + 1), (rows - 1, rows), (3, rows - 2)]:
        part = whole.detach()[start:stop].clone().requires_grad_()
        part_result, part_gradients = run(row, [part, *others])
        assert bits(part_result) == bits(result[start:stop])
        assert bits(part_gradients[0]) == bits(gradients[0][start:stop])


@pytest.mark.parametrize("name", ROWS)
def test_layouts(name: str) -> None:
    """Elements that lie apart in memory give what neighbours give."""
    row = ROWS[name]
    whole, *others = leaves(row, torch.float32)
    strided = whole.detach().transpose(0, -1).contiguous().transpose(0, -1).requires_grad_()
    assert not strided.is_contiguous() or min(row.shape[0], row.shape[-1]) == 1
    first, second = run(row, [whole, *others]), run(row, [strided, *others])
    assert bits(first[0]) == bits(second[0].contiguous())
    for a, b in zip(first[1], second[1], strict=True):
        assert bits(a) == bits(b.contiguous())


OPTIMIZERS = ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Adam", "NAdam", "RAdam"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_optimizers(name: str) -> None:
    """Clipped gradients and steps, over tensors of one and of many blocks."""
    found = set()
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        params = [
            values(size, seed=i).float().requires_grad_() for i, size in enumerate((3, 70_001))
        ]
        optimizer = getattr(torch.optim, name)(params, lr=0.1)
        for step in range(2):
            for p in params:
                p.grad = values(*p.shape, seed=5 + step).float()
            norms = [torch.nn.utils.clip_grad_norm_(params, 1.0, n) for n in (2, 3, 1)]
            optimizer.step()
        found.add((*map(bits, params), *map(bits, norms)))
    assert len(found) == 1


def test_training_in_one_process() -> None:
    torch.set_num_threads(1)
    expected = training.train()
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        found = training.train()
        assert found.keys() == expected.keys()
        different = [name for name in found if found[name] != expected[name]]
        assert not different


def test_training_run_after_run() -> None:
    """Processes of one, two and two threads, with different hash seeds."""
    digests = set()
    for run_number, count in enumerate(["1", "2", "2"]):
        environment = {
            **os.environ,
            "TAEDA_NUM_THREADS": count,
            "PYTHONHASHSEED": str(run_number),
        }
        output = subprocess.run(
            [sys.executable, "-m", "tests.reproducibility.training"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout.split()
        assert output[0] == count
        digests.add(output[1])
    assert digests == {training.digest(training.train())}

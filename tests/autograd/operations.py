"""The spec rows of the derivatives: for each operation that is not elementwise, calls of it.

Shapes with a size of zero and without dimensions stand in the rows too, as far as the operation
takes them. The elementwise operations have a table of their own in test_elementwise_rules.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import taeda_tensor as tt

Function = Callable[..., Any]
Shape = tuple[int, ...]


class Case(NamedTuple):
    """A call: what is run, and the shapes of its arguments."""

    function: Function
    shapes: tuple[Shape, ...]


def case(function: Function, *shapes: Shape) -> Case:
    return Case(function, shapes)


def inputs_of(case: Case) -> list[tt.Tensor]:
    """Normal numbers, no two alike: a gradient is not defined at a tie."""
    random = np.random.default_rng(8)
    return [tt.tensor(random.standard_normal(s) + 0.1).requires_grad_() for s in case.shapes]


LIST = tt.tensor([2, 0, 2])
MASK = tt.tensor([[True, False, True, True], [False] * 4, [True] * 4])
PAIRS = tt.tensor([[0, 2, 1, 0], [1, 1, 0, 0]])
NOWHERE = tt.zeros(0, dtype=tt.int64)
TARGET = tt.tensor([[1, 0, 2], [-100, 2, 1]])  # of logits (2, 3, 3); one is ignored
WEIGHT = tt.tensor([0.6, 1.3, 0.9], dtype=tt.float64)


def conv(**options: Any) -> Function:
    return lambda x, weight, *bias: tt.conv2d(x, weight, *bias, **options)


def transposed(**options: Any) -> Function:
    return lambda x, weight, *bias: tt.conv_transpose2d(x, weight, *bias, **options)


def seeded(function: Function) -> Function:
    """Draws the same numbers in each call."""

    def run(*args: tt.Tensor) -> tt.Tensor:
        tt.manual_seed(3)
        result: tt.Tensor = function(*args)
        return result

    return run


def overwritten(name: str, *args: Any) -> Case:
    return case(seeded(lambda x: getattr(x * 2, name)(*args)), (2, 3))


def batch_norm(x: tt.Tensor, weight: Any = None, bias: Any = None) -> tt.Tensor:
    return tt.batch_norm(x, weight, bias, None, None, True, 0.1, 1e-5)


def batch_norm_evaluation(x: tt.Tensor, weight: tt.Tensor, bias: tt.Tensor) -> tt.Tensor:
    mean, variance = WEIGHT - 1, WEIGHT
    return tt.batch_norm(x, weight, bias, mean, variance, False, 0.1, 1e-5)


def resample(x: tt.Tensor) -> tt.Tensor:
    windows, back = tt.tensor([[0, 2], [1, 3]]), tt.tensor([[0, 1], [0, 2], [1, 2]])
    weights = tt.tensor([[0.5, 2.0], [3.0, 0.25]], dtype=tt.float64)
    back_weights = tt.tensor([[0.5, 0.0], [2.0, 3.0], [0.25, 0.0]], dtype=tt.float64)
    return tt._resample(x, 1, windows, weights, back, back_weights)


def sampled(mode: int, padding: int, *shapes: tuple[int, ...]) -> Case:
    # Some places lie outside.
    return case(lambda x, grid: tt.grid_sampler(x, grid * 0.8, mode, padding, False), *shapes)


def losses(function: Function, **options: Any) -> list[Case]:
    return [
        case(lambda x, r=r, w=w: function(x, TARGET, w, reduction=r, **options), (2, 3, 3))
        for r in ("none", "mean", "sum")
        for w in (None, WEIGHT)
    ]


def recurrence(mode: str, sizes: list[int], **options: Any) -> Function:
    """All results of a recurrent layer from projected, hidden, weight and what else it takes."""

    def run(*args: tt.Tensor) -> tt.Tensor:
        projected, hidden, weight = args[:3]
        rest: dict[str, Any] = {"cell": None, "bias": None}
        if len(args) > 3:
            rest["cell" if mode == "LSTM" else "bias"] = args[3]
        results = tt.recurrence(
            mode, projected, hidden, weight=weight, sizes=sizes, **rest, **options
        )
        return tt.cat([result.flatten() for result in results if result is not None])

    return run


PRODUCTS = {
    "matmul": [
        case(tt.matmul, (3, 4), (4, 2)),
        case(tt.matmul, (4,), (4,)),
        case(tt.matmul, (3, 4), (4,)),
        case(tt.matmul, (4,), (4, 2)),
        case(tt.matmul, (2, 3, 4), (4, 2)),
        case(tt.matmul, (2, 3, 4), (4,)),
        case(tt.matmul, (4,), (2, 4, 3)),
        case(tt.matmul, (3, 4), (2, 4, 2)),
        case(tt.matmul, (2, 1, 3, 4), (3, 4, 2)),
        case(lambda a, b: a.t() @ b.t(), (4, 3), (2, 4)),
        case(lambda a: a @ a, (3, 3)),
        case(tt.matmul, (3, 0), (0, 2)),
        case(tt.matmul, (0, 3), (3, 2)),
        case(tt.matmul, (0, 2, 3), (3, 2)),
    ],
    "addmm": [
        case(lambda c, a, b: tt.addmm(c, a, b, beta=0.5, alpha=2), (2,), (3, 4), (4, 2)),
        case(tt.addmm, (), (3, 4), (4, 2)),
        case(tt.addmm, (2,), (3, 0), (0, 2)),
        case(tt.baddbmm, (1, 3, 1), (2, 3, 4), (2, 4, 2)),
    ],
    "linear": [
        case(tt.linear, (3, 4), (5, 4), (5,)),
        case(tt.linear, (2, 3, 4), (5, 4), (5,)),
        case(tt.linear, (4,), (5, 4), (5,)),
        case(tt.linear, (3, 4), (5, 4)),
        case(lambda x, w: tt.linear(x.transpose(0, 1), w), (3, 2, 4), (5, 4)),
        case(tt.linear, (0, 4), (3, 4), (3,)),
        case(tt.linear, (2, 0, 4), (3, 4), (3,)),
    ],
    "convolution": [
        case(conv(), (2, 3, 5, 4), (2, 3, 3, 2), (2,)),
        case(conv(padding=1), (2, 2, 3, 3), (3, 2, 3, 3), (3,)),
        case(conv(stride=(2, 3), padding=(1, 0)), (1, 2, 6, 8), (2, 2, 3, 2)),
        case(conv(stride=2), (1, 1, 6, 6), (1, 1, 3, 3)),  # a row that no window reaches
        case(conv(stride=3), (1, 1, 7, 7), (1, 1, 2, 2)),
        case(conv(dilation=2, padding=2), (1, 1, 5, 5), (2, 1, 3, 3)),
        case(conv(groups=2, padding=1), (1, 4, 3, 3), (6, 2, 3, 3), (6,)),
        case(conv(groups=3), (2, 3, 4, 4), (3, 1, 2, 2)),
        case(conv(padding="same"), (1, 1, 3, 4), (1, 1, 2, 2)),
        case(conv(), (2, 4, 4), (2, 2, 2, 2)),
        case(conv(), (0, 2, 4, 4), (2, 2, 2, 2)),
        case(lambda x, w, b: tt.conv1d(x, w, b, stride=2), (2, 2, 7), (3, 2, 3), (3,)),
        case(
            lambda x, w, b: tt.conv3d(x, w, b, 1, (1, 0, 1)), (1, 2, 2, 3, 2), (2, 2, 2, 2, 3), (2,)
        ),
        case(
            lambda x, w: tt.conv3d(x, w, stride=(1, 2, 1), groups=2),
            (1, 2, 2, 3, 3),
            (4, 1, 1, 2, 2),
        ),
    ],
    "transposed_convolution": [
        case(transposed(), (2, 3, 3, 2), (3, 2, 2, 3), (2,)),
        case(
            transposed(stride=(2, 3), padding=1, output_padding=(1, 2)),
            (1, 2, 2, 3),
            (2, 3, 3, 2),
            (3,),
        ),
        case(transposed(dilation=3, output_padding=2), (1, 1, 2, 2), (1, 2, 2, 2)),
        case(transposed(dilation=2, groups=2), (1, 4, 2, 2), (4, 1, 2, 2)),
        case(transposed(stride=3), (2, 2, 2), (2, 1, 2, 2)),
        case(lambda x, w, b: tt.conv_transpose1d(x, w, b, 2), (2, 2, 3), (2, 3, 3), (3,)),
        case(lambda x, w: tt.conv_transpose3d(x, w, stride=2), (1, 1, 2, 1, 2), (1, 2, 2, 2, 1)),
    ],
}

INDEXING = {
    "index": [
        case(lambda x: x[LIST, [1, 0, 1]], (3, 4)),
        case(lambda x: x[:, LIST], (2, 3, 4)),
        case(lambda x: x[[0, 1], :, [1, 1]], (2, 3, 4)),
        case(lambda x: x[tt.tensor([True, False, True])], (3, 4)),
        case(lambda x: x[NOWHERE], (3, 4)),
        case(lambda x: x.index_select(1, LIST), (2, 3)),
    ],
    "index_put": [
        case(lambda x, v: x.index_put((tt.tensor([2, 0]),), v), (3, 4), (2, 4)),
        case(lambda x, v: x.index_put((tt.tensor([2, 0]),), v), (3, 4), (4,)),
        case(lambda x, v: x.index_put((LIST,), v, True), (3, 4), (3, 4)),
        case(lambda x, v: x.index_put((MASK,), v), (3, 4), ()),
        case(lambda x, v: x.index_put((NOWHERE,), v), (3, 4), (0, 4)),
        case(lambda x, v: x.index_add(1, LIST, v, alpha=2), (2, 3), (2, 3)),
    ],
    "gather": [
        case(lambda x: x.gather(0, PAIRS), (3, 4)),
        case(lambda x: x.gather(0, PAIRS[:0]), (3, 4)),
        case(lambda x: x.gather(0, tt.tensor(0)), ()),
        case(lambda x: x.take_along_dim(tt.tensor([[1], [0]]), 1), (1, 3)),
    ],
    "scatter": [
        case(lambda x, v: x.scatter(1, tt.tensor([[0, 2], [1, 3]]), v), (3, 4), (2, 3)),
        case(lambda x, v: x.scatter_add(0, PAIRS, v), (3, 4), (2, 4)),
        case(lambda x, v: x.scatter_add(0, tt.tensor(0), v), (), ()),
        case(lambda x, v: x.scatter_add(0, PAIRS[:0], v), (3, 4), (2, 4)),
    ],
    "scatter_reduce": [
        case(lambda x, v, r=r: x.scatter(0, PAIRS, v, reduce=r), (3, 4), (2, 4))
        for r in ("multiply", "amax")
    ]
    + [
        case(
            lambda x, v, r=r, s=s: x.scatter_reduce(0, PAIRS, v, r, include_self=s), (3, 4), (3, 4)
        )
        for r in ("prod", "mean", "amin")
        for s in (True, False)
    ],
    "masked_fill": [
        case(lambda x, v: x.masked_fill(MASK, v), (3, 4), ()),
        case(lambda x, v: x.masked_fill(MASK, v), (4,), ()),
        case(lambda x, v: x.masked_fill(tt.tensor(True), v), (), ()),
        case(lambda x: x.masked_fill(MASK[:0], 2.0), (0, 4)),
    ],
    "masked_select": [
        case(lambda x: x[MASK], (3, 4)),
        case(lambda x: x.masked_select(MASK), (4,)),
        case(lambda x: x.masked_select(MASK & False), (3, 4)),
        case(lambda x: x.masked_select(tt.tensor(True)), ()),
    ],
    "roll": [
        case(lambda x: x.roll((1, -6), (0, 1)), (3, 4)),
        case(lambda x: x.roll(2), (3, 4)),
        case(lambda x: x.roll(1, 0), (3, 0)),
    ],
    "masked_scatter": [
        case(lambda x, v: x.masked_scatter(MASK, v), (3, 4), (9,)),
        case(lambda x, v: x.index_put((MASK,), v), (3, 4), (7,)),
        case(lambda x, v: x.masked_scatter(MASK & False, v), (3, 4), (0,)),
        case(lambda x, v: x.masked_scatter(tt.tensor(True), v), (), (2,)),
    ],
    "cat": [
        case(lambda x, y: tt.cat([x, y, x], 1), (2, 3), (2, 1)),
        case(lambda x, y: tt.cat([x, y]), (0,), (2, 3)),
        case(lambda x: x.repeat(2, 1, 3), (2, 3)),
    ],
    "stack": [
        case(lambda x, y: tt.stack([x, y], 1), (2, 3), (2, 3)),
        case(lambda x, y: tt.stack([x, y]), (), ()),
        case(lambda x, y: tt.stack([x, y]), (0, 2), (0, 2)),
    ],
    "embedding": [
        case(lambda w: tt.embedding(w, PAIRS), (3, 5)),
        case(lambda w: tt.embedding(w, tt.tensor(1)), (3, 5)),
        case(lambda w: tt.embedding(w, NOWHERE), (3, 5)),
    ],
    "flip": [case(lambda x: x.flip(0, 1), (2, 3)), case(lambda x: x.flip(0), (0, 3))],
    "triangle": [
        case(lambda x: x.tril(-1), (3, 4)),
        case(lambda x: x.triu(1), (2, 3, 4)),
        case(lambda x: x.triu(), (0, 3)),
    ],
    "sort": [
        case(lambda x: x.sort(0, descending=True).values, (5, 3)),
        case(lambda x: x.sort().values, (0, 3)),
        case(lambda x: x.sort(0).values, ()),
        case(lambda x: x.median(1).values, (3, 4)),
    ],
    "topk": [
        case(lambda x: x.topk(2, 0).values, (5, 3)),
        case(lambda x: x.topk(0).values, (3,)),
        case(lambda x: x.topk(1, 0).values, ()),
    ],
}

VIEWS = {
    "view": [
        case(lambda x: x.view(3, 2), (2, 3)),
        case(lambda x: x.view(1), ()),
        case(lambda x: x.view(3, 0), (0, 2)),
        case(lambda x: x[..., None].squeeze(-1), (2, 3)),
    ],
    "permute": [case(lambda x: x.permute(2, 0, 1), (2, 3, 4)), case(lambda x: x.t(), (0, 2))],
    "expand": [
        case(lambda x: x.expand(3, 2), (2,)),
        case(lambda x: x.expand(2, 3), ()),
        case(lambda x: x.expand(0, 2), (1, 2)),
    ],
    "slice": [
        case(lambda x: x[1:, ::2], (3, 4)),
        case(lambda x: x[1:1], (3, 4)),
        case(lambda x: x.narrow(1, 1, 2), (2, 3)),
    ],
    "select": [case(lambda x: x[1], (2, 3)), case(lambda x: x[:, -1], (0, 3))],
    "diagonal": [case(lambda x: x.diagonal(1), (2, 3)), case(lambda x: x.diagonal(), (0, 3))],
    "unfold": [case(lambda x: x.unfold(1, 2, 1), (2, 4)), case(lambda x: x.unfold(0, 1, 1), ())],
    "as_strided": [
        case(lambda x: x.as_strided((2, 2), (1, 2), 1), (2, 3)),
        case(lambda x: x.as_strided((3, 3), (1, 1), 0), (2, 3)),
        case(lambda x: x.as_strided((2, 4), (0, 1), 1), (2, 3)),
    ],
}

REDUCTIONS = {
    "sum": [
        case(lambda x: x.sum(), (3, 4, 2)),
        case(lambda x: x.sum((0, 2)), (3, 4, 2)),
        case(lambda x: x.sum(1, keepdim=True), (3, 4, 2)),
        case(lambda x: x.sum(), ()),
        case(lambda x: x.sum(0), (0, 2)),
    ],
    "logsumexp": [
        case(lambda x: x.logsumexp((0, 1)), (3, 4, 2)),
        case(lambda x: x.logsumexp(1, keepdim=True), (3, 4)),
        case(lambda x: x.logsumexp(0), ()),
    ],
    "nansum": [case(lambda x: x.nansum(0), (3, 4)), case(lambda x: x.nansum(), ())],
    "mean": [
        case(lambda x: x.mean(-1), (3, 4)),
        case(lambda x: x.mean(), ()),
        case(lambda x: x.mean(1), (0, 2)),
    ],
    "prod": [
        case(lambda x: x.prod(), (3, 2)),
        case(lambda x: x.prod(1), (3, 4, 2)),
        case(lambda x: x.prod(), ()),
        case(lambda x: x.prod(0), (0, 2)),
    ],
    "amax": [
        case(lambda x: x.amax((0, 1)), (3, 4, 2)),
        case(lambda x: x.max(), (3, 4)),
        case(lambda x: x.amax(), ()),
        case(lambda x: x.amax(1), (0, 2)),
    ],
    "amin": [case(lambda x: x.amin(2, keepdim=True), (3, 4, 2)), case(lambda x: x.min(), ())],
    "max": [case(lambda x: x.max(1).values, (3, 4)), case(lambda x: x.max(0).values, ())],
    "min": [
        case(lambda x: x.min(-1, keepdim=True).values, (3, 4)),
        case(lambda x: x.min(1).values, (0, 2)),
    ],
    "var": [
        case(lambda x: x.var(), (3, 4)),
        case(lambda x: x.var((0, 2), correction=0, keepdim=True), (3, 4, 2)),
        case(lambda x: x.std(1), (3, 4)),
        case(lambda x: tt.var_mean(x, 1), (3, 4)),
        case(lambda x: tt.std_mean(x, (0, 1)), (3, 4, 2)),
        case(lambda x: x.var(correction=0), ()),
        case(lambda x: x.var(1), (0, 2)),
    ],
    "norm_1": [case(lambda x: x.norm(1, 1), (3, 4)), case(lambda x: x.norm(1), ())],
    "norm_2": [
        case(lambda x: x.norm(2, (0, 2)), (3, 4, 2)),
        case(lambda x: x.norm(), (0, 2)),
        case(lambda x: x.norm(3, 0, keepdim=True), (3, 4)),
    ],
    "norm_inf": [
        case(lambda x: x.norm(float("inf"), 0), (3, 4)),
        case(lambda x: x.norm(float("-inf")), (3, 4)),
    ],
    "cumsum": [case(lambda x: x.cumsum(1), (3, 4)), case(lambda x: x.cumsum(0), ())],
    "cumprod": [
        case(lambda x: x.cumprod(0), (3, 4)),
        case(lambda x: x.cumprod(0), ()),
        case(lambda x: x.cumprod(1), (2, 0)),
    ],
    "cummax": [case(lambda x: x.cummax(1).values, (3, 4)), case(lambda x: x.cummax(0).values, ())],
    "cummin": [
        case(lambda x: x.cummin(0).values, (3, 4)),
        case(lambda x: x.cummin(1).values, (2, 0)),
    ],
    "logcumsumexp": [
        case(lambda x: x.logcumsumexp(1), (3, 4)),
        case(lambda x: x.logcumsumexp(0), ()),
    ],
}

NEURAL = {
    "softmax": [
        case(lambda x: x.softmax(1), (2, 4, 3)),
        case(lambda x: x.softmax(0), ()),
        case(lambda x: x.softmax(1), (0, 3)),
    ],
    "log_softmax": [
        case(lambda x: x.log_softmax(-1), (2, 4, 3)),
        case(lambda x: x.log_softmax(0), ()),
        case(lambda x: x.log_softmax(1), (0, 3)),
    ],
    "scaled_dot_product_attention": [
        case(tt.scaled_dot_product_attention, (2, 3, 4), (2, 5, 4), (2, 5, 2)),
        case(
            lambda *x: tt.scaled_dot_product_attention(*x, scale=0.3), (2, 1, 3, 4), (5, 4), (5, 2)
        ),
        case(lambda x: tt.scaled_dot_product_attention(x, x, x, is_causal=True), (4, 3)),
        case(lambda x: tt.scaled_dot_product_attention(x, x, x, MASK[:, :3]), (2, 3, 3)),
        case(
            lambda *x: tt.scaled_dot_product_attention(*x, enable_gqa=True),
            *((4, 3, 2), (2, 3, 2), (2, 3, 2)),
        ),
        case(tt.scaled_dot_product_attention, (3, 4), (5, 4), (5, 2), (3, 5)),
        case(
            seeded(lambda *x: tt.scaled_dot_product_attention(*x, dropout_p=0.4)),
            *((3, 4), (5, 4), (5, 2)),
        ),
        case(tt.scaled_dot_product_attention, (0, 3, 4), (5, 4), (5, 2)),
        case(tt.scaled_dot_product_attention, (3, 4), (0, 4), (0, 2)),
    ],
    "recurrence": [
        case(recurrence("RNN_TANH", [2, 2]), (4, 3), (2, 3), (3, 3)),
        case(recurrence("RNN_RELU", [2, 1], reverse=True), (3, 2), (2, 2), (2, 2)),
        case(recurrence("LSTM", [2, 2, 1]), (5, 8), (2, 2), (8, 2), (2, 2)),
        case(recurrence("LSTM", [2, 2], by_sequence=True), (4, 8), (2, 2), (8, 2), (2, 2)),
        case(recurrence("GRU", [2, 1, 1], reverse=True), (4, 6), (2, 2), (6, 2), (6,)),
        case(recurrence("GRU", [2, 2]), (4, 6), (2, 2), (6, 2)),
    ],
    "layer_norm": [
        case(lambda x, w, b: tt.layer_norm(x, (4, 3), w, b), (2, 4, 3), (4, 3), (4, 3)),
        case(lambda x: tt.layer_norm(x, (3,)), (2, 3)),
        case(lambda x, w: tt.layer_norm(x, (3,), w), (0, 3), (3,)),
        case(lambda x, w: tt.rms_norm(x, (3,), w), (2, 4, 3), (3,)),
    ],
    "group_norm": [
        case(lambda x, w, b: tt.group_norm(x, 2, w, b), (2, 4, 3), (4,), (4,)),
        case(lambda x: tt.group_norm(x, 2), (2, 4, 3)),
    ],
    "batch_norm": [
        case(batch_norm, (2, 3, 4), (3,), (3,)),
        case(batch_norm, (5, 4)),
        case(batch_norm_evaluation, (2, 3, 4), (3,), (3,)),
    ],
    "max_pool2d": [
        case(lambda x: tt.max_pool2d(x, 2), (2, 4, 5)),
        case(lambda x: tt.max_pool2d(x, 3, 1, 1), (1, 2, 4, 5)),
        case(lambda x: tt.max_pool2d(x, 2), (0, 1, 4, 4)),
    ],
    "avg_pool2d": [
        case(lambda x: tt.avg_pool2d(x, 2, 1, 1, True, False), (2, 4, 5)),
        case(lambda x: tt.avg_pool2d(x, 2), (0, 1, 4, 4)),
    ],
    "resample": [case(resample, (2, 3, 4))],
    "pad": [
        case(lambda x: tt._pad(x, [2, 1], "reflect"), (3, 4)),
        case(lambda x: tt._pad(x, [1, -1, 2, 0, 0, 1], "replicate"), (2, 3, 2, 4)),
        case(lambda x: tt._pad(x, [3, 2, -1, 2], "circular"), (1, 3, 3)),
        case(lambda x: tt._pad(x, [1, 1], "reflect"), (0, 3)),
        case(lambda x: tt._pad(x, [1, -1, 2, 0, 0, 1], "constant", 2), (2, 3, 2, 4)),
        case(lambda x: tt._pad(x, [2, 0], "constant"), (2, 3)),
    ],
    "grid_sampler": [
        *(sampled(mode, pad, (2, 3, 4, 5), (2, 3, 1, 2)) for mode in (0, 2) for pad in (0, 1, 2)),
        sampled(0, 0, (1, 2, 3, 3, 4), (1, 2, 1, 2, 3)),
        sampled(2, 2, (1, 1, 1, 2), (1, 2, 2, 2)),
    ],
    "adaptive_avg_pool2d": [case(lambda x: tt.adaptive_avg_pool2d(x, (2, 3)), (2, 4, 5))],
    "nll_loss": losses(tt.nll_loss),
    "cross_entropy": [
        *losses(tt.cross_entropy),
        *losses(tt.cross_entropy, label_smoothing=0.2),
        case(lambda x, p: tt.cross_entropy(x, p, WEIGHT, label_smoothing=0.1), (2, 3), (2, 3)),
        case(lambda x: tt.cross_entropy(x, tt.tensor(2)), (3,)),
    ],
    "dropout": [case(seeded(lambda x: tt.dropout(x, 0.4)), (3, 4))],
}

WRITES = {
    "to": [case(lambda x: x.clone(), (2, 3)), case(lambda x: x.clone(), ())],
    "copy_": [
        case(lambda x: tt.zeros(2, 3, dtype=tt.float64).copy_(x), (3,)),
        case(lambda x, y: (x * 2).copy_(y), (), ()),
    ],
    "fill_": [case(lambda x: (x * 2).fill_(3), (2, 3))],
    "uniform_": [overwritten("uniform_")],
    "normal_": [overwritten("normal_")],
    "log_normal_": [overwritten("log_normal_")],
    "exponential_": [overwritten("exponential_")],
    "cauchy_": [overwritten("cauchy_")],
    "geometric_": [overwritten("geometric_", 0.5)],
    "bernoulli_": [overwritten("bernoulli_", 0.5)],
    "random_": [overwritten("random_", 9)],
}

ROWS: dict[str, list[Case]] = PRODUCTS | INDEXING | VIEWS | REDUCTIONS | NEURAL | WRITES

# Operations that are derivatives: the derivatives of these reach them.
DERIVATIVES = {
    "convolution_weight_gradient": "convolution",
    "linear_weight_gradient": "linear",
    "embedding_backward": "embedding",
    "max_pool2d_backward": "max_pool2d",
    "avg_pool2d_backward": "avg_pool2d",
    "adaptive_avg_pool2d_backward": "adaptive_avg_pool2d",
    "pad_backward": "pad",
    "grid_sampler_backward": "grid_sampler",
    "grid_sampler_grid_backward": "grid_sampler",
    "nll_loss_backward": "nll_loss",
}

# With a rule, yet without a row.
NO_ROW = {"randperm": "writes into tensors of its own only"}

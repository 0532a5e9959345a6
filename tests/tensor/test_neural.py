"""Softmax, normalisation, pooling and losses against their formulas in NumPy and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import taeda_tensor as tt

TOLERANCE = {tt.float32: 2e-5, tt.float64: 1e-11, tt.float16: 5e-3, tt.bfloat16: 4e-2}
DTYPES = list(TOLERANCE)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape) * 2


def double(x: tt.Tensor) -> np.ndarray:
    return np.asarray(x.to(tt.float64).numpy())


def assert_close(actual: tt.Tensor, expected: np.ndarray) -> None:
    tolerance = TOLERANCE[actual.dtype]
    np.testing.assert_allclose(double(actual), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(4, 10), (3, 5000), (7, 33, 5), (1,), (130, 8)])
def test_softmax(shape: tuple[int, ...], dtype: tt.dtype) -> None:
    x = tt.tensor(random(*shape)).to(dtype)
    for view in (x, x.transpose(0, -1), x[..., ::2]):
        for dim in range(view.ndim):
            assert_close(tt.softmax(view, dim), special.softmax(double(view), dim))
            assert_close(view.log_softmax(dim), special.log_softmax(double(view), dim))


def test_softmax_does_not_overflow_and_knows_dtypes() -> None:
    assert tt.tensor([1000.0, 1000.0]).softmax(0).tolist() == [0.5, 0.5]
    assert np.isnan(tt.tensor([float("nan"), 1.0]).softmax(0).numpy()).all()
    assert tt.tensor([1, 2]).softmax(0, dtype=tt.float64).dtype is tt.float64


@pytest.mark.parametrize("dtype", [tt.float32, tt.float64])
def test_rows_do_not_depend_on_their_batch(dtype: tt.dtype) -> None:
    x = tt.tensor(random(50, 777)).to(dtype)
    weight, bias = tt.tensor(random(777)).to(dtype), tt.tensor(random(777, seed=1)).to(dtype)
    strided = x.t().contiguous().t()
    assert np.array_equal(strided.softmax(1).numpy(), x.softmax(1).numpy())
    operations = [
        lambda x: x.softmax(1),
        lambda x: x.log_softmax(1),
        lambda x: tt.layer_norm(x, (777,), weight, bias),
        lambda x: tt.rms_norm(x, (777,), weight),
        lambda x: tt.cross_entropy(x, tt.zeros(x.shape[0]).long(), reduction="none"),
    ]
    for operation in operations:
        tt.set_num_threads(2)
        whole = operation(x).numpy()
        assert np.array_equal(operation(x[7:8]).numpy()[0], whole[7])
        tt.set_num_threads(1)
        assert np.array_equal(operation(x).numpy(), whole)


def normalized(x: np.ndarray, axes: tuple[int, ...], eps: float = 1e-5) -> np.ndarray:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_layer_and_rms_norm(dtype: tt.dtype) -> None:
    x, weight, bias = (
        tt.tensor(random(*shape, seed=i)).to(dtype)
        for i, shape in enumerate([(6, 5, 33), (33,), (33,)])
    )
    expected = normalized(double(x), (2,)) * double(weight) + double(bias)
    assert_close(tt.layer_norm(x, (33,), weight, bias), expected)
    assert_close(tt.layer_norm(x, (5, 33)), normalized(double(x), (1, 2)))
    mean_square = (double(x) ** 2).mean(-1, keepdims=True)
    expected = double(x) / np.sqrt(mean_square + 1e-5) * double(weight)
    assert_close(tt.rms_norm(x, (33,), weight, 1e-5), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(8, 6), (4, 6, 10), (3, 6, 5, 4)])
def test_batch_and_group_norm(shape: tuple[int, ...], dtype: tt.dtype) -> None:
    x = tt.tensor(random(*shape) + 1).to(dtype)
    weight, bias, mean = (tt.tensor(random(6, seed=i)).to(dtype) for i in (1, 2, 3))
    variance = (tt.tensor(random(6, seed=4)).abs() + 0.5).to(dtype)
    along = (1, 6) + (1,) * (len(shape) - 2)
    axes = (0, *range(2, len(shape)))
    w, b = double(weight).reshape(along), double(bias).reshape(along)

    expected = (double(x) - double(mean).reshape(along)) / np.sqrt(
        double(variance).reshape(along) + 1e-5
    ) * w + b
    assert_close(tt.batch_norm(x, weight, bias, mean, variance, False, 0.1, 1e-5), expected)

    moved = 0.9 * double(mean) + 0.1 * double(x).mean(axes)
    moved_variance = 0.9 * double(variance) + 0.1 * double(x).var(axes, ddof=1)
    actual = tt.batch_norm(x, weight, bias, mean, variance, True, 0.1, 1e-5)
    assert_close(actual, normalized(double(x), axes) * w + b)
    assert_close(mean, moved)
    assert_close(variance, moved_variance)

    grouped = double(x).reshape(shape[0], 2, -1)
    expected = normalized(grouped, (2,)).reshape(shape) * w + b
    assert_close(tt.group_norm(x, 2, weight, bias), expected)


def windows(
    x: np.ndarray, kernel: tuple[int, int], stride: int, padding: int, fill: float
) -> np.ndarray:
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding)), constant_values=fill)
    seen = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(1, 2))
    return seen[:, ::stride, ::stride].reshape(*seen[:, ::stride, ::stride].shape[:3], -1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [((2, 2), 2, 0), ((3, 2), 1, 1), ((3, 3), 2, 1), ((1, 4), 3, 0)],
)
def test_pools(kernel: tuple[int, int], stride: int, padding: int, dtype: tt.dtype) -> None:
    x = tt.tensor(random(3, 11, 13)).to(dtype)
    exact = double(x)
    actual, positions = tt.max_pool2d_with_indices(x, kernel, stride, padding)
    expected = windows(exact, kernel, stride, padding, -np.inf).max(-1)
    assert np.array_equal(double(actual), expected)
    taken = np.take_along_axis(exact.reshape(3, -1), positions.numpy().reshape(3, -1), 1)
    assert np.array_equal(taken.reshape(expected.shape), expected)
    assert np.array_equal(tt.max_pool2d(x, kernel, stride, padding).numpy(), actual.numpy())

    zero_filled = windows(exact, kernel, stride, padding, 0)
    assert_close(tt.avg_pool2d(x, kernel, stride, padding), zero_filled.mean(-1))
    counted = windows(np.ones_like(exact), kernel, stride, padding, 0).sum(-1)
    assert_close(
        tt.avg_pool2d(x, kernel, stride, padding, count_include_pad=False),
        zero_filled.sum(-1) / counted,
    )
    assert_close(
        tt.avg_pool2d(x, kernel, stride, padding, divisor_override=3), zero_filled.sum(-1) / 3
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [(2, 2, 0), (3, 2, 1), (3, 1, 1), ((5, 4), (1, 3), (2, 2)), ((1, 2), 2, 0)],
)
def test_maxima_among_equals(
    kernel: int | tuple[int, int],
    stride: int | tuple[int, int],
    padding: int | tuple[int, int],
    dtype: type[np.floating[Any]],
) -> None:
    """The first of equal ones, the last NaN; without gradients the same values."""
    generator = np.random.default_rng(3)
    values = np.round(generator.standard_normal((2, 14, 40)) * 2).astype(dtype)
    values[generator.random(values.shape) < 0.1] = np.nan
    values[generator.random(values.shape) < 0.3] = -np.inf
    values[1, :9] = -np.inf
    x = tt.tensor(values).requires_grad_()
    found, positions = tt.max_pool2d_with_indices(x, kernel, stride, padding)
    k, s, p = ((n, n) if isinstance(n, int) else n for n in (kernel, stride, padding))
    for plane, i, j in np.ndindex(*found.shape):
        best = -1
        for row in range(max(i * s[0] - p[0], 0), min(i * s[0] - p[0] + k[0], 14)):
            for column in range(max(j * s[1] - p[1], 0), min(j * s[1] - p[1] + k[1], 40)):
                value, at = values[plane, row, column], row * 40 + column
                if best < 0 or value > values[plane].flat[best] or np.isnan(value):
                    best = at
        assert positions[plane, i, j].item() == best
        np.testing.assert_equal(found[plane, i, j].item(), values[plane].flat[best].item())
    with tt.no_grad():
        np.testing.assert_array_equal(
            tt.max_pool2d(x, kernel, stride, padding).numpy(), found.detach().numpy()
        )


def test_ceil_mode_and_adaptive() -> None:
    x = tt.arange(25).float().reshape(1, 5, 5)
    assert tt.max_pool2d(x, 2, ceil_mode=True).tolist() == [[[6, 8, 9], [16, 18, 19], [21, 23, 24]]]
    assert tt.max_pool2d(x, 2).shape == (1, 2, 2)
    assert tt.avg_pool2d(x, 2, ceil_mode=True)[0, 2].tolist() == [20.5, 22.5, 24.0]
    assert tt.adaptive_avg_pool2d(x, 1).item() == 12.0
    assert tt.adaptive_avg_pool2d(x, (2, -1))[0].tolist()[0] == [5.0, 6.0, 7.0, 8.0, 9.0]
    assert np.isnan(tt.max_pool2d(tt.tensor([[[1.0, float("nan")]]]), (1, 2)).item())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(6, 5), (2, 5, 3), (5,), (2, 5, 2, 3)])
def test_classification_losses(
    shape: tuple[int, ...], weighted: bool, reduction: str, dtype: tt.dtype
) -> None:
    logits = tt.tensor(random(*shape)).to(dtype)
    classes = 1 if len(shape) > 1 else 0
    rest = shape[:classes] + shape[classes + 1 :]
    target = np.random.default_rng(1).integers(0, 5, rest)
    if rest:
        target.flat[0] = -100
    weight = tt.tensor(np.random.default_rng(2).random(5) + 0.1).to(dtype) if weighted else None
    weights = double(weight) if weight is not None else np.ones(5)
    scores = np.moveaxis(special.log_softmax(double(logits), classes), classes, -1)
    counted = target != -100
    safe = np.where(counted, target, 0)
    share = np.where(counted, weights[safe], 0)

    def reduced(losses: np.ndarray) -> np.ndarray:
        if reduction == "none":
            return losses
        return losses.sum() / (share.sum() if reduction == "mean" else 1)

    hard = -share * np.take_along_axis(scores, safe[..., None], -1)[..., 0]
    log_probabilities = tt.tensor(np.ascontiguousarray(np.moveaxis(scores, -1, classes))).to(dtype)
    index = tt.tensor(target)
    assert_close(tt.nll_loss(log_probabilities, index, weight, reduction), reduced(hard))
    assert_close(tt.cross_entropy(logits, index, weight, reduction=reduction), reduced(hard))
    smooth = np.where(counted, -(scores * weights).sum(-1), 0) / 5
    assert_close(
        tt.cross_entropy(logits, index, weight, reduction=reduction, label_smoothing=0.2),
        reduced(0.8 * hard + 0.2 * smooth),
    )


def test_cross_entropy_of_probabilities() -> None:
    logits, goal = random(4, 5), special.softmax(random(4, 5, seed=1), 1)
    expected = -(special.log_softmax(logits, 1) * goal).sum(1)
    x, p = tt.tensor(logits), tt.tensor(goal)
    assert_close(tt.cross_entropy(x, p, reduction="none"), expected)
    assert_close(tt.cross_entropy(x, p), expected.mean())


X = tt.tensor(random(2, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: tt.nll_loss(X, tt.tensor([0, 3])),
            IndexError,
            "nll_loss: target 3 at position 1 is out of range: there are 3 classes, 0 to 2",
        ),
        (
            lambda: tt.cross_entropy(X, tt.tensor([-1, 0])),
            IndexError,
            "cross_entropy: target -1 at position 0",
        ),
        (
            lambda: tt.cross_entropy(X, tt.tensor([1, 0, 0])),
            ValueError,
            r"cross_entropy: for an input of shape \(2, 3\) the target must have the shape \(2,\)",
        ),
        (lambda: tt.cross_entropy(X, tt.tensor([1.0, 0.0])), RuntimeError, r"convert.*\.long\(\)"),
        (lambda: tt.nll_loss(X, tt.tensor([0, 1]), reduction="avg"), ValueError, "reduction must"),
        (
            lambda: tt.cross_entropy(X, tt.tensor([0, 1]), label_smoothing=2.0),
            ValueError,
            "label_smoothing must be between 0 and 1",
        ),
        (
            lambda: tt.cross_entropy(X, tt.tensor([0, 1]), X[0, :2]),
            RuntimeError,
            "weight must have one element for each of the 3 classes",
        ),
        (lambda: tt.layer_norm(X, (2,)), RuntimeError, r"must end with normalized_shape \(2,\)"),
        (lambda: tt.layer_norm(X, (3,), X[0, :2]), RuntimeError, "weight must have the shape"),
        (lambda: tt.group_norm(X, 2), RuntimeError, "must be divisible by num_groups"),
        (
            lambda: tt.batch_norm(X[:1], None, None, None, None, True, 0.1, 1e-5),
            ValueError,
            "Expected more than 1 value per channel when training",
        ),
        (
            lambda: tt.batch_norm(X, None, None, None, None, False, 0.1, 1e-5),
            RuntimeError,
            "running_mean and running_var are needed in evaluation",
        ),
        (lambda: tt.max_pool2d(X, 2), RuntimeError, r"must be \(C, H, W\) or \(N, C, H, W\)"),
        (lambda: tt.max_pool2d(X[None], 3), RuntimeError, "max_pool2d: the kernel's extent 3"),
        (lambda: tt.max_pool2d(X[None], 2, padding=2), RuntimeError, "padding may be at most half"),
        (lambda: tt.max_pool2d(X[None], 0), RuntimeError, "kernel_size must be at least 1"),
        (lambda: tt.avg_pool2d(X[None], 2, divisor_override=0), RuntimeError, "must not be zero"),
        (lambda: tt.avg_pool2d(X[None].long(), 2), RuntimeError, "takes floating-point tensors"),
    ],
)
def test_errors(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]

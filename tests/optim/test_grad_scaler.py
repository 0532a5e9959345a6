"""GradScaler: scaled losses, skipped steps, the scale's way, its errors."""

from __future__ import annotations

import math
import pickle
import warnings

import pytest

import taeda_tensor as tt
from taeda_optim import SGD
from taeda_optim.grad_scaler import CpuGradScaler, CudaGradScaler, GradScaler


def parameter(*gradient: float) -> tt.Tensor:
    p = tt.zeros(len(gradient), requires_grad=True)
    p.grad = tt.tensor(gradient)
    return p


def scaler_in_use(**options: float) -> GradScaler:
    scaler = GradScaler("cpu", **{"init_scale": 8.0, **options})  # type: ignore[arg-type]
    scaler.scale(tt.tensor(1.0))
    return scaler


def test_scale_takes_tensors_and_nested_iterables() -> None:
    scaler = GradScaler("cpu", init_scale=4.0)
    assert scaler.scale(tt.tensor([1.0, 2.0])).tolist() == [4.0, 8.0]
    half = scaler.scale(tt.tensor(2.0, dtype=tt.float16))
    assert half.dtype is tt.float16
    pair, rest = scaler.scale(((tt.tensor(1.0), tt.tensor(2.0)), [tt.tensor(3.0)]))
    assert [x.item() for x in pair] == [4.0, 8.0]
    assert isinstance(pair, tuple) and isinstance(rest, list)  # noqa: PT018
    with pytest.raises(ValueError, match="outputs must be a Tensor or an iterable of Tensors"):
        scaler.scale(1.0)


def test_a_step_takes_the_gradients_without_the_scale() -> None:
    p, q = parameter(8.0, -16.0), tt.zeros(2, dtype=tt.float64, requires_grad=True)
    q.grad = tt.tensor([24.0, 4.0], dtype=tt.float64)
    scaler = scaler_in_use()
    scaler.step(SGD([p, q], lr=1.0))
    scaler.update()
    assert p.tolist() == [-1.0, 2.0]
    assert q.tolist() == [-3.0, -0.5]
    assert scaler.get_scale() == 8.0


def test_unscale_before_the_step_is_not_done_twice() -> None:
    p = parameter(8.0)
    scaler, optimizer = scaler_in_use(), None
    optimizer = SGD([p], lr=1.0)
    scaler.unscale_(optimizer)
    assert p.grad is not None
    assert p.grad.tolist() == [1.0]
    scaler.step(optimizer)
    assert p.tolist() == [-1.0]


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_step_that_is_not_finite_is_skipped(value: float) -> None:
    good, bad = parameter(1.0, 2.0), parameter(3.0, value, 1.0)
    scaler = scaler_in_use()
    optimizer = SGD([good, bad], lr=1.0)
    assert scaler.step(optimizer) is None
    (found,) = scaler._found_inf_per_device(optimizer).values()
    assert found.item() == 1.0
    scaler.update()
    assert good.tolist() == [0.0, 0.0]
    assert scaler.get_scale() == 4.0


def test_the_scale_grows_after_an_interval_without_a_skip() -> None:
    scaler = scaler_in_use(growth_interval=2, growth_factor=3.0)
    scales = []
    for gradient in (1.0, math.inf, 1.0, 1.0, 1.0, 1.0):
        scaler.step(SGD([parameter(gradient)], lr=1.0))
        scaler.update()
        scales.append(scaler.get_scale())
    assert scales == [8.0, 4.0, 4.0, 12.0, 12.0, 36.0]


def test_the_scale_stays_finite() -> None:
    scaler = scaler_in_use(init_scale=2.0**127, growth_interval=1)
    scaler.step(SGD([parameter(0.0)], lr=1.0))
    scaler.update()
    assert scaler.get_scale() == 2.0**127


def test_two_optimisers_share_a_scale() -> None:
    scaler = scaler_in_use()
    first, second = parameter(8.0), parameter(math.inf)
    scaler.step(SGD([first], lr=1.0))
    scaler.step(SGD([second], lr=1.0))
    scaler.update()
    assert first.tolist() == [-1.0]
    assert second.tolist() == [0.0]
    assert scaler.get_scale() == 4.0


def test_calls_out_of_order() -> None:
    fresh, optimizer = GradScaler("cpu"), SGD([parameter(1.0)], lr=1.0)
    for call in (lambda: fresh.unscale_(optimizer), lambda: fresh.step(optimizer), fresh.update):
        with pytest.raises(AssertionError, match="but _scale is None"):
            call()  # type: ignore[no-untyped-call]
    scaler = scaler_in_use()
    with pytest.raises(AssertionError, match="No inf checks were recorded prior to update"):
        scaler.update()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match=r"unscale_\(\) has already been called"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"step\(\) has already been called"):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"unscale_\(\) is being called after step\(\)"):
        scaler.unscale_(optimizer)
    with pytest.raises(AssertionError, match="may only be pickled at the beginning"):
        pickle.dumps(scaler)
    scaler.update()
    scaler.step(optimizer)


def test_a_step_without_gradients() -> None:
    p = tt.zeros(2, requires_grad=True)
    with pytest.raises(AssertionError, match="No inf checks were recorded for this optimizer"):
        scaler_in_use().step(SGD([p], lr=1.0))


def test_what_cannot_be_scaled() -> None:
    p = tt.zeros(1, dtype=tt.float16, requires_grad=True)
    p.grad = tt.ones(1, dtype=tt.float16)
    with pytest.raises(ValueError, match="Attempting to unscale FP16 gradients"):
        scaler_in_use().step(SGD([p], lr=1.0))
    with pytest.raises(RuntimeError, match="Closure use is not currently supported"):
        scaler_in_use().step(SGD([parameter(1.0)], lr=1.0), closure=lambda: None)
    with pytest.raises(AssertionError, match=r"growth factor must be > 1\.0"):
        GradScaler("cpu", growth_factor=1.0)
    with pytest.raises(AssertionError, match=r"backoff factor must be < 1\.0"):
        GradScaler("cpu", backoff_factor=1.0)


def test_a_scale_can_be_set() -> None:
    scaler = scaler_in_use()
    scaler.update(2.0)
    assert scaler.get_scale() == 2.0
    scaler.update(tt.tensor([3.0]))
    assert scaler.get_scale() == 3.0
    with pytest.raises(AssertionError, match="new_scale should be a float or a 1-element"):
        scaler.update(tt.ones(2))


def test_state_and_options_come_back() -> None:
    scaler = scaler_in_use(growth_interval=3)
    scaler.step(SGD([parameter(1.0)], lr=1.0))
    scaler.update()
    state = scaler.state_dict()
    assert state == {
        "scale": 8.0,
        "growth_factor": 2.0,
        "backoff_factor": 0.5,
        "growth_interval": 3,
        "_growth_tracker": 1,
    }
    other = GradScaler("cpu")
    other.load_state_dict(state)
    assert other.state_dict() == pickle.loads(pickle.dumps(scaler)).state_dict() == state
    other.set_growth_factor(4.0)
    other.set_backoff_factor(0.25)
    other.set_growth_interval(5)
    assert other.get_growth_factor() == 4.0
    assert other.get_backoff_factor() == 0.25
    assert other.get_growth_interval() == 5
    with pytest.raises(RuntimeError, match="The source state dict is empty"):
        other.load_state_dict({})


def test_a_disabled_scaler_steps_as_without() -> None:
    p = parameter(1.0)
    scaler = GradScaler("cpu", enabled=False)
    assert not scaler.is_enabled()
    assert scaler.scale(p) is p
    optimizer = SGD([p], lr=1.0)
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert p.tolist() == [-1.0]
    assert scaler.state_dict() == {}
    assert scaler.get_scale() == 1.0
    scaler.load_state_dict({})


@pytest.mark.skipif(tt.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_it_is_disabled() -> None:
    with pytest.warns(UserWarning, match="GradScaler is enabled, but CUDA is not available"):
        assert not GradScaler().is_enabled()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not GradScaler(enabled=False).is_enabled()


def test_old_forms_warn() -> None:
    with pytest.warns(FutureWarning, match=r"torch\.cpu\.amp\.GradScaler\(args\.\.\.\)` is depre"):
        assert CpuGradScaler(2.0).get_scale() == 2.0
    with pytest.warns(FutureWarning, match=r"Please use `torch\.amp\.GradScaler\('cuda', args"):
        CudaGradScaler(enabled=False)

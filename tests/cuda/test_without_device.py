"""What taeda.cuda answers where there is no device: as PyTorch does."""

from __future__ import annotations

import pytest

import taeda_tensor as tt

pytestmark = pytest.mark.skipif(tt.cuda.is_available(), reason="there is a CUDA device")


def test_questions_have_answers() -> None:
    assert not tt.cuda.is_available()
    assert tt.cuda.device_count() == 0
    assert not tt.cuda.is_initialized()
    assert tt.cuda.memory_allocated() == 0
    assert tt.cuda.max_memory_allocated() == 0
    assert tt.cuda.memory_reserved() == 0
    assert tt.cuda.memory_stats() == {}
    assert tt.cuda.get_arch_list() == []
    assert not tt.cuda.is_bf16_supported()
    tt.cuda.empty_cache()
    tt.cuda.reset_peak_memory_stats()
    tt.cuda.manual_seed(3)
    tt.cuda.manual_seed_all(3)


@pytest.mark.parametrize(
    "name",
    [
        "init",
        "synchronize",
        "current_device",
        "mem_get_info",
        "get_device_name",
        "get_device_properties",
        "current_stream",
        "Stream",
        "Event",
    ],
)
def test_demands_say_what_is_missing(name: str) -> None:
    with pytest.raises(RuntimeError, match=r"^cuda: "):
        getattr(tt.cuda, name)()


def test_other_names_answer_too() -> None:
    assert tt.cuda.memory_cached() == tt.cuda.max_memory_cached() == 0
    assert tt.cuda.get_rng_state_all() == []
    assert tt.cuda.get_gencode_flags() == ""
    assert tt.cuda.memory.memory_allocated() == 0
    assert tt.cuda.initial_seed() == tt.initial_seed()
    assert not isinstance(tt.ones(1), tt.cuda.FloatTensor)
    assert tt.accelerator.current_accelerator() is None
    assert tt.accelerator.device_count() == 0
    assert tt.get_device_module() is tt.cpu
    assert tt.cpu.is_available()
    assert tt.cpu.device_count() == 1
    tt.cuda.reset_max_memory_allocated()
    tt.cpu.synchronize()
    with pytest.raises(RuntimeError, match=r"^cuda: "):
        tt.cuda.can_device_access_peer(0, 1)


def test_ranges_of_profilers_nest() -> None:
    assert tt.cuda.nvtx.range_push("outer") == 0
    with tt.cuda.nvtx.range("inner {}", 1):
        tt.cuda.nvtx.mark("here")
    assert tt.cuda.nvtx.range_pop() == 0

"""Memory, streams and events of a device."""

from __future__ import annotations

import os

import pytest

import taeda_tensor as tt

MIB = 1 << 20


def test_memory_is_counted_and_used_again() -> None:
    tt.cuda.empty_cache()
    before = tt.cuda.memory_allocated()
    tt.cuda.reset_peak_memory_stats()
    x = tt.zeros(MIB, device="cuda")
    address = x.data_ptr()
    assert tt.cuda.memory_allocated() - before == 4 * MIB
    del x
    assert tt.cuda.memory_allocated() == before
    assert tt.cuda.memory_reserved() >= 4 * MIB
    assert tt.cuda.max_memory_allocated() >= before + 4 * MIB
    assert tt.zeros(MIB, device="cuda").data_ptr() == address
    tt.cuda.empty_cache()
    assert tt.cuda.memory_reserved() == tt.cuda.memory_allocated()


def test_exhaustion_names_what_holds_the_memory() -> None:
    kept = tt.zeros(8 * MIB, device="cuda")
    allowed = tt.cuda.memory_reserved() + 4 * MIB
    total = tt.cuda.get_device_properties().total_memory
    tt.cuda.set_per_process_memory_fraction(allowed / total)
    try:
        with pytest.raises(
            MemoryError, match=r"cuda:0: out of memory: 16 MiB are wanted.*the largest of 32 MiB"
        ):
            tt.zeros(4 * MIB, device="cuda")
    finally:
        tt.cuda.set_per_process_memory_fraction(1.0)
    assert (kept + tt.zeros(8 * MIB, device="cuda")).sum().item() == 0


def test_streams_and_events() -> None:
    stream = tt.cuda.Stream()
    start = tt.cuda.Event(enable_timing=True)
    end = tt.cuda.Event(enable_timing=True)
    x = tt.ones(1000, device="cuda")
    stream.wait_stream(tt.cuda.current_stream())
    with tt.cuda.stream(stream):
        assert tt.cuda.current_stream() == stream
        start.record()
        y = x * 2
        end.record()
    assert tt.cuda.current_stream() == tt.cuda.default_stream()
    end.synchronize()
    assert end.query()
    assert start.elapsed_time(end) >= 0
    stream.synchronize()
    assert stream.query()
    assert y.sum().item() == 2000


def test_waiting_for_an_event_tells_what_kernels_found_wrong() -> None:
    index = tt.tensor([7]).to("cuda")
    tt.zeros(4, device="cuda")[index]
    event = tt.cuda.Event()
    event.record()
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        event.synchronize()
    event.synchronize()


def test_the_first_of_several_faults_names_its_operation() -> None:
    tt.bernoulli(tt.full((3,), 2.0, device="cuda"))
    tt.zeros(4, device="cuda")[tt.tensor([7]).to("cuda")]
    with pytest.raises(RuntimeError, match=r"bernoulli: probabilities must lie in \[0, 1\], got 2"):
        tt.cuda.synchronize()
    tt.cuda.synchronize()


def test_the_snapshot_lists_the_blocks() -> None:
    x = tt.zeros(MIB, device="cuda")
    segments = {segment["address"]: segment for segment in tt.cuda.memory_snapshot()}
    assert segments[x.data_ptr()]["allocated_size"] == 4 * MIB
    assert sum(s["total_size"] for s in segments.values()) == tt.cuda.memory_reserved()
    address = tt.cuda.caching_allocator_alloc(MIB)
    assert address in {segment["address"] for segment in tt.cuda.memory_snapshot()}
    tt.cuda.caching_allocator_delete(address)


def test_the_counters_have_the_usual_names() -> None:
    x = tt.zeros(MIB, device="cuda")
    stats = tt.cuda.memory_stats()
    assert stats["allocated_bytes.all.current"] == tt.cuda.memory_allocated()
    assert stats["reserved_bytes.all.peak"] >= stats["reserved_bytes.all.current"]
    assert stats["segment.all.current"] >= stats["allocation.all.current"] >= 1
    assert f"{x.data_ptr():#022x}" in tt.cuda.memory_summary()
    assert f"{x.data_ptr():#022x}" not in tt.cuda.memory_summary(abbreviated=True)


def test_facts() -> None:
    assert tt.cuda.device_count() >= 1
    assert tt.cuda.current_device() == 0
    assert tt.cuda.get_device_name()
    assert tt.cuda.get_device_capability() >= (8, 0)
    free, total = tt.cuda.mem_get_info()
    assert 0 < free <= total


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_is_told() -> None:
    tt.zeros(1, device="cuda")
    child = os.fork()
    if child == 0:
        try:
            tt.zeros(1, device="cuda")
        except RuntimeError as error:
            os._exit(0 if "forked" in str(error) else 1)
        os._exit(2)
    assert os.waitpid(child, 0)[1] == 0

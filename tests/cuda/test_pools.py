"""Pools of memory, and memory that is not kept for reuse."""

from __future__ import annotations

import threading

import pytest

import taeda as torch

MIB = 1 << 20


def addresses(pool: torch.cuda.MemPool) -> set[int]:
    return {segment["address"] for segment in pool.snapshot()}


def test_a_pool_gives_its_blocks_to_nobody_else() -> None:
    pool = torch.cuda.MemPool()
    with torch.cuda.use_mem_pool(pool):
        x = torch.zeros(MIB, device="cuda")
    address = x.data_ptr()
    assert address in addresses(pool)
    del x
    assert torch.zeros(MIB, device="cuda").data_ptr() != address
    with torch.cuda.use_mem_pool(pool):
        assert torch.zeros(MIB, device="cuda").data_ptr() == address


def test_what_is_left_of_a_pool_is_like_any_memory() -> None:
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved()
    pool = torch.cuda.MemPool()
    with torch.cuda.use_mem_pool(pool, device="cuda:0"):
        kept, gone = torch.ones(MIB, device="cuda"), torch.ones(MIB, device="cuda")
    del gone
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() == before + 8 * MIB
    del pool
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() == before + 4 * MIB
    assert kept.sum().item() == MIB
    del kept
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() == before


def test_pools_within_one_another_and_other_threads() -> None:
    outer, inner = torch.cuda.MemPool(), torch.cuda.MemPool()
    found = []
    with torch.cuda.use_mem_pool(outer):
        with torch.cuda.use_mem_pool(inner):
            a = torch.zeros(MIB, device="cuda")
        b = torch.zeros(MIB, device="cuda")
        thread = threading.Thread(target=lambda: found.append(torch.zeros(MIB, device="cuda")))
        thread.start()
        thread.join()
    c = torch.zeros(MIB, device="cuda")
    assert addresses(inner) == {a.data_ptr()}
    assert addresses(outer) == {b.data_ptr()}
    assert not {c.data_ptr(), found[0].data_ptr()} & (addresses(inner) | addresses(outer))


def test_an_error_ends_the_use_of_a_pool() -> None:
    pool = torch.cuda.MemPool()
    with pytest.raises(KeyError), torch.cuda.use_mem_pool(pool):
        raise KeyError
    assert torch.zeros(MIB, device="cuda").data_ptr() not in addresses(pool)


def test_who_holds_a_pool_is_counted() -> None:
    pool = torch.cuda.MemPool()
    assert pool.id[1] > 0
    assert pool.allocator is None
    assert pool.use_count() == 1
    with torch.cuda.use_mem_pool(pool):
        assert pool.use_count() == 2
    graph = torch.cuda.CUDAGraph()
    x = torch.zeros(3, device="cuda")
    with torch.cuda.graph(graph, pool=pool.id):
        y = x + 1
    assert pool.use_count() == 2
    assert y.data_ptr() in addresses(pool)
    graph.reset()
    assert pool.use_count() == 1


def test_a_graph_that_is_recorded_within_a_pool_gives_it_back() -> None:
    pool = torch.cuda.MemPool()
    x = torch.zeros(3, device="cuda")
    with torch.cuda.use_mem_pool(pool):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            y = x + 1
        z = torch.zeros(MIB, device="cuda")
    assert addresses(pool) == {z.data_ptr()}
    assert y.data_ptr() not in addresses(pool)


@pytest.mark.parametrize("last_resort", [False, True])
def test_pools_are_the_last_resort_if_they_say_so(last_resort: bool) -> None:
    def block() -> torch.Tensor:
        return torch.empty(64 * MIB, dtype=torch.uint8, device="cuda")

    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info()
    room = torch.cuda.memory_reserved() + 160 * MIB  # for two
    torch.cuda.set_per_process_memory_fraction(room / total)
    try:
        pool = torch.cuda.MemPool(use_on_oom=last_resort)
        with torch.cuda.use_mem_pool(pool):
            block()
        others = [block()]
        if last_resort:
            others.append(block())
            assert others[1].data_ptr() in addresses(pool)
        else:
            with pytest.raises(torch.OutOfMemoryError, match="kept for pools and recorded graphs"):
                block()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


def test_memory_is_kept_only_where_that_is_wanted() -> None:
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved()
    torch.cuda.caching_allocator_enable(False)
    try:
        x = torch.ones(MIB, device="cuda")
        assert (x + x).sum().item() == 2 * MIB
        assert torch.cuda.memory_reserved() == before + 4 * MIB
        del x
        assert torch.cuda.memory_reserved() == before
    finally:
        torch.cuda.caching_allocator_enable(True)
    x = torch.ones(MIB, device="cuda")
    del x
    assert torch.cuda.memory_reserved() == before + 4 * MIB


def test_the_memory_module_has_the_names_too() -> None:
    for name in ("MemPool", "CUDAPluggableAllocator", "change_current_allocator"):
        assert getattr(torch.cuda.memory, name) is getattr(torch.cuda, name)

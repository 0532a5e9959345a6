"""Graphs: operations that are recorded once and replayed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import taeda as torch
from taeda import nn


def recorded(work: Callable[[], object], **options: object) -> torch.cuda.CUDAGraph:
    """After once outside, since libraries take memory of their own at their first call."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, **options):
        work()
    return graph


def test_a_replay_computes_from_what_is_in_the_inputs_by_then() -> None:
    x = torch.zeros(1000, device="cuda")
    results = []
    graph = recorded(lambda: results.append((x * 2 + 1).sum()))
    for value in (1.0, 5.0):
        x.fill_(value)
        graph.replay()
        assert results[-1].item() == 1000 * (2 * value + 1)


def test_nothing_is_done_while_it_is_recorded() -> None:
    x = torch.zeros(3, device="cuda")
    graph = torch.cuda.CUDAGraph()
    assert not torch.cuda.is_current_stream_capturing()
    with torch.cuda.graph(graph):
        assert torch.cuda.is_current_stream_capturing()
        x.add_(1)
    assert x.tolist() == [0, 0, 0]
    graph.replay()
    graph.replay()
    assert x.tolist() == [2, 2, 2]


def test_others_do_not_get_the_memory_of_a_graph() -> None:
    x = torch.ones(4096, device="cuda")
    results = []

    def work() -> None:
        results.append(((x + 1) * 3).sum())  # two temporaries are freed while it is recorded

    graph = recorded(work)
    others = [torch.full((4096,), 7.0, device="cuda") for _ in range(8)]
    graph.replay()
    assert results[-1].item() == 4096 * 6
    assert all(other.sum().item() == 4096 * 7 for other in others)


def test_the_memory_of_a_graph_comes_back() -> None:
    x = torch.ones(1 << 20, device="cuda")
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y = x + 1
        del y
    pool = graph.pool()
    kept = sum(segment["total_size"] for segment in torch.cuda.memory_snapshot(pool))
    assert kept >= 4 << 20
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() >= before + kept
    graph.reset()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved() == before


def test_graphs_share_a_pool() -> None:
    pool = torch.cuda.graph_pool_handle()
    x = torch.ones(1 << 20, device="cuda")
    graphs = []
    for _ in range(2):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            y = x + 1
            del y
        graphs.append(graph)
        assert graph.pool() == pool
    sizes = [segment["total_size"] for segment in torch.cuda.memory_snapshot(pool)]
    assert sum(size >= 4 << 20 for size in sizes) == 1


def test_random_numbers_are_drawn_anew() -> None:
    results = []
    graph = recorded(lambda: results.append(torch.rand(100, device="cuda")))
    torch.manual_seed(3)
    expected = [torch.rand(100) for _ in range(3)]
    torch.manual_seed(3)
    for draw in expected:
        graph.replay()
        assert results[-1].tolist() == draw.tolist()
    # The stream goes on behind them.
    torch.manual_seed(3)
    torch.rand(300), torch.rand(300), torch.rand(300)
    after = torch.rand(5)
    torch.manual_seed(3)
    for _ in range(3):
        graph.replay()
    assert torch.rand(5).tolist() == after.tolist()


def test_a_whole_step_as_a_graph() -> None:
    def model_and_optimizer() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)).to("cuda")
        return model, torch.optim.SGD(model.parameters(), lr=0.1)

    data = [torch.randn(32, 8) for _ in range(5)]
    model, optimizer = model_and_optimizer()
    x = torch.zeros(32, 8, device="cuda")

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=False)
        (model(x) - x.sum(1, keepdim=True)).square().mean().backward()
        optimizer.step()

    start = [parameter.detach().clone() for parameter in model.parameters()]
    graph = recorded(lambda: step(model, optimizer, x))
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start, strict=True):
            parameter.copy_(value)
    other, other_optimizer = model_and_optimizer()
    for batch in data:
        x.copy_(batch)
        graph.replay()
        step(other, other_optimizer, batch.to("cuda"))
    for ours, theirs in zip(model.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(ours.detach().cpu().numpy(), theirs.detach().cpu().numpy())


def test_what_cannot_be_recorded_is_an_error_and_the_device_goes_on() -> None:
    x = torch.ones(3, device="cuda")
    with pytest.raises(RuntimeError, match="captur"), torch.cuda.graph(torch.cuda.CUDAGraph()):
        x.sum().item()
    assert not torch.cuda.is_current_stream_capturing()
    assert (x + 1).sum().item() == 6


def test_a_bad_index_of_a_replay_is_raised() -> None:
    x = torch.arange(4.0).to("cuda")
    index = torch.zeros(2, dtype=torch.int64).to("cuda")
    graph = recorded(lambda: x[index])
    index.fill_(9)
    graph.replay()
    with pytest.raises(IndexError, match="index 9 is out of bounds"):
        torch.cuda.synchronize()


def test_the_default_stream_cannot_be_recorded() -> None:
    with pytest.raises(RuntimeError, match="the default stream cannot be recorded"):
        torch.cuda.CUDAGraph().capture_begin()


class TestGraphedCallables:
    def test_a_module(self) -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 3)).to("cuda")
        plain = nn.Sequential(nn.Linear(6, 12), nn.GELU(), nn.Linear(12, 3)).to("cuda")
        plain.load_state_dict(model.state_dict())
        sample = torch.randn(5, 6).to("cuda").requires_grad_()
        assert torch.cuda.make_graphed_callables(model, (sample,)) is model
        for _ in range(3):
            x = torch.randn(5, 6).to("cuda").requires_grad_()
            y = x.detach().requires_grad_()
            ours, theirs = model(x), plain(y)
            np.testing.assert_array_equal(
                ours.detach().cpu().numpy(), theirs.detach().cpu().numpy()
            )
            ours.square().sum().backward()
            theirs.square().sum().backward()
            assert x.grad.tolist() == y.grad.tolist()
        for mine, other in zip(model.parameters(), plain.parameters(), strict=True):
            assert mine.grad.tolist() == other.grad.tolist()
        model.eval()
        assert model(torch.randn(2, 6).to("cuda")).shape == (2, 3)  # as it was: any batch

    def test_functions_that_follow_one_another(self) -> None:
        def first(x: torch.Tensor) -> torch.Tensor:
            return x.tanh() * 2

        def second(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x * y, x + y

        def sample() -> torch.Tensor:
            return torch.randn(7).to("cuda").requires_grad_()

        graphed = torch.cuda.make_graphed_callables(
            (first, second), ((sample(),), (sample(), sample()))
        )
        x, y = sample(), sample()
        for _ in range(2):
            x.grad = y.grad = None
            product, total = graphed[1](graphed[0](x), y)
            (product.sum() + total.sum()).backward()
            grads = x.grad.tolist(), y.grad.tolist()
            x.grad = y.grad = None
            product, total = second(first(x), y)
            (product.sum() + total.sum()).backward()
            assert grads == (x.grad.tolist(), y.grad.tolist())

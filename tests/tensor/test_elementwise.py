"""How results of elementwise operations lie in memory, and powers of one number."""

from __future__ import annotations

import numpy as np
import pytest

import taeda_tensor as torch


def numbered(*shape: int) -> torch.Tensor:
    return torch.arange(int(np.prod(shape)), dtype=torch.float32).reshape(shape)


def test_results_lie_as_their_operands_do() -> None:
    x = numbered(3, 4, 5)
    turned = x.permute(2, 0, 1)
    assert torch.exp(turned).stride() == turned.stride()
    assert (turned + turned).stride() == turned.stride()
    assert (turned * 2.0).stride() == turned.stride()
    assert (turned > 3).stride() == turned.stride()
    np.testing.assert_array_equal((turned * 2.0).numpy(), turned.numpy() * 2)
    # The first operand of the result's shape decides.
    plain = numbered(5, 3, 4)
    assert (plain + turned).is_contiguous()
    assert (turned + plain).stride() == turned.stride()
    assert (numbered(4) + turned).stride() == turned.stride()
    assert torch.where(turned > 3, turned, plain).stride() == turned.stride()
    np.testing.assert_array_equal((turned + plain).numpy(), turned.numpy() + plain.numpy())


def test_results_leave_no_gaps() -> None:
    x = numbered(6, 8)
    assert (-x[:, ::2]).stride() == (4, 1)
    assert (-x.t()[::2]).stride() == (1, 4)
    assert (-x.t()[1:, 2:]).stride() == (1, 7)
    # A repeated dimension has no place in the order of memory.
    assert (-x[:1].t().expand(8, 3)).is_contiguous()
    assert (-numbered(3, 1, 2).transpose(0, 1)).is_contiguous()
    assert torch.exp(torch.empty(0, 3).t()).shape == (3, 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_powers_of_one_number(dtype: torch.dtype) -> None:
    x = torch.tensor(np.random.default_rng(1).uniform(0.1, 9, 1000)).to(dtype)
    same = {
        2: x * x,
        3: (x.float() * x.float() * x.float()).to(dtype) if dtype != torch.float64 else x * x * x,
        0.5: torch.sqrt(x),
        -1: torch.reciprocal(x),
        1: x,
    }
    for exponent, wanted in same.items():
        number = torch.tensor(exponent, dtype=dtype)
        for result in (
            x**exponent,
            torch.pow(x, exponent),
            x.pow(number),
            x.clone().pow_(exponent),
        ):
            assert result.dtype == dtype
            assert torch.equal(result, wanted)
    if dtype == torch.float64:
        np.testing.assert_allclose((x**2.7).numpy(), x.numpy() ** 2.7, rtol=1e-15)


def test_powers_promote_as_before() -> None:
    whole = torch.tensor([1, -2, 3])
    assert (whole**2).tolist() == [1, 4, 9]
    assert (whole**3).dtype == torch.int64
    assert (whole**-1).tolist() == [1, 0, 0]
    assert (whole**2.0).dtype == torch.float32
    assert (whole ** torch.tensor(2.0, dtype=torch.float64)).dtype == torch.float64
    out = torch.empty(3)
    torch.pow(whole, 2, out=out)
    assert out.tolist() == [1, 4, 9]


def test_equal() -> None:
    assert torch.equal(torch.tensor([1, 2]), torch.tensor([1, 2]))
    assert not torch.equal(torch.tensor([1, 2]), torch.tensor([1, 3]))
    assert not torch.equal(torch.tensor([1, 2]), torch.tensor([[1, 2]]))
    assert torch.empty(0).equal(torch.empty(0))

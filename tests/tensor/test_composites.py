"""Operations in Python: composites.json holds what PyTorch 2.13 prints for each."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taeda_tensor
from taeda_tensor import arange, einsum, tensor

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "composites.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["make"] for case in CASES])
def test_gives_what_pytorch_gives(case: dict[str, Any]) -> None:
    names = {"torch": taeda_tensor, "t": tensor, "A": arange, "nan": nan, "inf": inf}
    assert repr(eval(case["make"], names)) == case["text"]


EQUATIONS = [
    ("ij,jk->ik", (3, 4), (4, 5)),
    ("ij,jk,kl->il", (3, 4), (4, 5), (5, 2)),
    ("bij,bkj->bik", (2, 3, 4), (2, 5, 4)),
    ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    ("i,i->", (7,), (7,)),
    ("iij->j", (3, 3, 2)),
    ("ij->j", (3, 4)),
    ("abc,cd,b->ad", (2, 3, 4), (4, 5), (3,)),
    ("ab,cd->dbca", (2, 3), (4, 5)),
    ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)),
    ("ij,ij,ij->i", (3, 4), (3, 4), (3, 4)),
    ("ijij->ji", (3, 4, 3, 4)),
    ("ij->ij", (3, 4)),
    ("bij,bjk->bik", (0, 3, 4), (0, 4, 2)),
    ("ij,jk->ik", (3, 0), (0, 2)),
    ("ijk,jlk->il", (3, 4, 5), (4, 2, 5)),
    ("aij,bjk,ckd->abcid", (2, 3, 4), (3, 4, 2), (2, 2, 3)),
]


@pytest.mark.parametrize("case", EQUATIONS, ids=[case[0] for case in EQUATIONS])
def test_einsum_against_numpy(case: tuple[Any, ...]) -> None:
    equation, *shapes = case
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape) for shape in shapes]
    result = einsum(equation, *(taeda_tensor.from_numpy(array) for array in arrays))
    np.testing.assert_allclose(result.numpy(), np.einsum(equation, *arrays), rtol=1e-12, atol=1e-12)


def test_einsum_gives_a_tensor_of_its_own() -> None:
    x = taeda_tensor.ones(2, 3)
    same = einsum("ij->ij", x)
    assert same is not x
    assert same.data_ptr() == x.data_ptr()
    # A size of one stands for every row, as in PyTorch.
    assert einsum("bi,bi->b", taeda_tensor.ones(1, 3), taeda_tensor.ones(4, 3)).tolist() == [3] * 4


KRONECKER = [((2, 3), (4, 5)), ((3,), (2, 2)), ((2, 1, 3), (4,)), ((), (3, 2)), ((0, 3), (2, 2))]


@pytest.mark.parametrize(("first", "second"), KRONECKER)
def test_kron_against_numpy(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    a, b = random.standard_normal(first), random.standard_normal(second)
    result = taeda_tensor.kron(tensor(a), tensor(b))
    np.testing.assert_array_equal(result.numpy(), np.kron(a, b))


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.float16, np.float64])
@pytest.mark.parametrize("count", [0, 1, 3, 9, 200])
def test_isin_against_numpy(count: int, dtype: type) -> None:
    random = np.random.default_rng(count)
    elements = random.integers(0, 100, (7, 30)).astype(dtype)
    others = random.integers(0, 100, count).astype(dtype)
    if np.issubdtype(dtype, np.floating):
        elements[0, :3] = [nan, inf, -inf]
        others[-2:] = [nan, inf][: min(count, 2)]
    found = taeda_tensor.isin(tensor(elements), tensor(others))
    np.testing.assert_array_equal(found.numpy(), np.isin(elements, others))
    found = taeda_tensor.isin(tensor(elements), tensor(others), invert=True)
    np.testing.assert_array_equal(found.numpy(), np.isin(elements, others, invert=True))


def test_isin_of_two_dtypes() -> None:
    halves = taeda_tensor.arange(40) / 2
    assert taeda_tensor.isin(arange(25), halves).sum().item() == 20
    assert taeda_tensor.isin(halves, arange(25)).sum().item() == 20
    assert taeda_tensor.isin(3, arange(25)).item() is True


def test_split_gives_views() -> None:
    base = taeda_tensor.zeros(6)
    base.split(2)[1].fill_(1)
    assert base.tolist() == [0, 0, 1, 1, 0, 0]


def test_in_place_view_operations_refuse_leaves() -> None:
    weight = taeda_tensor.ones(1, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"squeeze_: a leaf Variable that requires grad"):
        weight.squeeze_()
    with taeda_tensor.no_grad():
        assert tuple(weight.squeeze_().shape) == (2,)


def test_linalg_against_numpy() -> None:
    random = np.random.default_rng(1)
    matrix = random.standard_normal((2, 4, 4))
    t = taeda_tensor.from_numpy(matrix)
    u, s, vh = taeda_tensor.linalg.svd(t)
    rebuilt = (u.numpy() * s.numpy()[..., None, :]) @ vh.numpy()
    np.testing.assert_allclose(rebuilt, matrix, atol=1e-12)
    q, r = taeda_tensor.linalg.qr(t)
    np.testing.assert_allclose(q.numpy() @ r.numpy(), matrix, atol=1e-12)
    sign, logarithm = taeda_tensor.linalg.slogdet(t)
    np.testing.assert_allclose(
        sign.numpy() * np.exp(logarithm.numpy()), np.linalg.det(matrix), rtol=1e-10
    )
    symmetric = matrix + matrix.transpose(0, 2, 1)
    values, vectors = taeda_tensor.linalg.eigh(taeda_tensor.from_numpy(symmetric))
    np.testing.assert_allclose(
        symmetric @ vectors.numpy(), vectors.numpy() * values.numpy()[:, None, :], atol=1e-10
    )
    solution = taeda_tensor.linalg.lstsq(t[0], taeda_tensor.from_numpy(matrix[1])).solution
    np.testing.assert_allclose(matrix[0] @ solution.numpy(), matrix[1], atol=1e-9)
    with pytest.raises(RuntimeError, match=r"linalg\.inv: Singular matrix"):
        taeda_tensor.linalg.inv(taeda_tensor.zeros(2, 2))
    with pytest.raises(RuntimeError, match=r"linalg\.det: has no derivative here"):
        taeda_tensor.linalg.det(taeda_tensor.eye(2).requires_grad_())


@pytest.mark.parametrize(("mode", "expected"), [("trunc", [-3, 3]), ("floor", [-4, 3])])
def test_division_in_place_rounds(mode: str, expected: list[int]) -> None:
    x = tensor([-7, 7])
    assert x.div_(2, rounding_mode=mode) is x
    assert x.tolist() == expected


def test_division_in_place_keeps_the_dtype() -> None:
    with pytest.raises(RuntimeError, match=r"div_: result type .*float32 can't be cast"):
        tensor([1]).div_(0.5, rounding_mode="trunc")


def test_names_that_ask() -> None:
    assert taeda_tensor.typename(tensor([1])) == "taeda.LongTensor"
    assert taeda_tensor.typename(3) == "int"
    assert taeda_tensor.get_default_device() == taeda_tensor.device("cpu")
    assert taeda_tensor.get_device_module("cpu") is taeda_tensor.cpu
    x = arange(3.0)
    assert taeda_tensor.from_dlpack(x).data_ptr() == x.data_ptr()
    assert type(taeda_tensor.to_dlpack(x)).__name__ == "PyCapsule"
    assert taeda_tensor.index_put_(x, [tensor([0])], tensor(5.0)) is x
    assert x.tolist() == [5, 1, 2]
    with pytest.raises(RuntimeError, match="range: step must lead from start to end"):
        taeda_tensor.range(1, 3, -1)
    with pytest.raises(RuntimeError, match=r"sum_to_size: size .* is not expandable"):
        taeda_tensor.ones(2, 3).sum_to_size(2, 2)


def test_clamp_of_integers_that_no_double_holds() -> None:
    x = tensor([2**62, 2**62 + 1, -(2**62) - 1])
    assert x.clamp(max=2**62 + 1).tolist() == [2**62, 2**62 + 1, -(2**62) - 1]
    assert x.clamp(-(2**62), 2**62).tolist() == [2**62, 2**62, -(2**62)]


@pytest.mark.parametrize("bounds", [(nan, None), (None, nan), (nan, 1.0), (tensor(nan), None)])
def test_clamp_by_nan_gives_nan(bounds: tuple[Any, Any]) -> None:
    assert tensor([1.0, -inf, nan]).clamp(*bounds).isnan().all()

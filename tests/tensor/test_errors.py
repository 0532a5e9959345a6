"""Bad input: each case gives one error of PyTorch's type that names what was wrong."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest

import taeda_tensor as torch
from taeda_tensor import arange, ones, tensor, zeros

Case = tuple[str, Callable[[], Any], type[Exception], str]

A23 = ones(2, 3)
A12 = arange(12.0).reshape(3, 4)

SHAPES: list[Case] = [
    (
        "add shapes",
        lambda: A23 + ones(4),
        RuntimeError,
        r"add: shapes \(2, 3\) and \(4,\) do not broadcast",
    ),
    (
        "mul shapes",
        lambda: A23 * ones(3, 2),
        RuntimeError,
        r"mul: shapes \(2, 3\) and \(3, 2\) do not",
    ),
    (
        "in-place shape",
        lambda: ones(3).add_(A23),
        RuntimeError,
        r"add: output shape \(3,\) does not match",
    ),
    (
        "out shape",
        lambda: torch.add(A23, 1, out=ones(5)),
        RuntimeError,
        r"add: output shape \(5,\)",
    ),
    ("matmul inner", lambda: A23 @ ones(4, 5), RuntimeError, r"matmul: .*\(2, 3\).*\(4, 5\)"),
    (
        "reshape",
        lambda: A23.reshape(4),
        RuntimeError,
        r"reshape: shape \(4,\) is invalid for input of size 6",
    ),
    (
        "view two -1",
        lambda: A23.view(-1, -1),
        RuntimeError,
        r"view: only one dimension can be inferred",
    ),
    ("view -2", lambda: A23.view(-2, 3), RuntimeError, r"view: invalid shape dimension -2"),
    ("view of strided", lambda: A23.t().view(6), RuntimeError, r"view: .* strides .*use .reshape"),
    ("expand", lambda: A23.expand(4, 3), RuntimeError, r"expand: size 4 at dimension 0 .*\(2, 3\)"),
    ("expand fewer", lambda: A23.expand(3), RuntimeError, r"expand: the number of sizes in \(3,\)"),
    ("copy_", lambda: ones(2).copy_(ones(3)), RuntimeError, r"copy_: shapes \(2,\) and \(3,\)"),
    (
        "cat",
        lambda: torch.cat([A23, ones(2, 4)]),
        RuntimeError,
        r"cat: .*\(2, 3\).*\(2, 4\)|cat: .*3.*4",
    ),
    ("stack", lambda: torch.stack([ones(2), ones(3)]), RuntimeError, r"stack: .*\(2,\).*\(3,\)"),
    (
        "ragged list",
        lambda: tensor([[1, 2], [3]]),
        ValueError,
        r"tensor: expected sequence of length 2 at dim 1 \(got 1\)",
    ),
    ("uneven depth", lambda: tensor([1, [2]]), ValueError, r"tensor: .* same depth"),
    ("zeros negative", lambda: zeros(-1), RuntimeError, r"^zeros: negative size -1"),
    ("too large", lambda: torch.empty(2**40, 2**40), RuntimeError, r"larger than any memory"),
    (
        "split sizes",
        lambda: A23.split([1, 3]),
        RuntimeError,
        r"split: the sizes \(1, 3\) must .* add up to 2",
    ),
    (
        "broadcast_to",
        lambda: torch.broadcast_to(A23, (2, 4)),
        RuntimeError,
        r"expand: size 4 at dimension 1",
    ),
    ("unfold", lambda: ones(3).unfold(0, 5, 1), RuntimeError, r"unfold: size 5 does not fit"),
    (
        "as_strided",
        lambda: ones(3).as_strided((5,), (1,)),
        RuntimeError,
        r"as_strided: .* reaches outside",
    ),
    (
        "einsum sizes",
        lambda: torch.einsum("ij,jk", A23, A23),
        RuntimeError,
        r"einsum: the subscript 'j'",
    ),
    (
        "einsum operands",
        lambda: torch.einsum("ij,jk", A23),
        RuntimeError,
        r"einsum: .* names 2 operands, got 1",
    ),
    (
        "tensordot",
        lambda: torch.tensordot(A23, A23, 1),
        RuntimeError,
        r"tensordot: contracted dimensions",
    ),
    ("outer", lambda: torch.outer(A23, A23), RuntimeError, r"outer: two vectors are needed"),
    (
        "solve",
        lambda: torch.linalg.solve(torch.eye(2), ones(3, 1)),
        RuntimeError,
        r"linalg.solve: the rows",
    ),
    ("not square", lambda: torch.linalg.inv(A23), RuntimeError, r"linalg.inv: square matrices"),
    ("item", lambda: A23.item(), RuntimeError, r"item: .*exactly one element .*\(2, 3\)"),
    ("bool", lambda: bool(A23), RuntimeError, r"bool: .*ambiguous; use .any\(\)"),
    ("bool empty", lambda: bool(ones(0)), RuntimeError, r"bool: a tensor without elements"),
    ("int", lambda: int(A23), ValueError, r"int: only one element tensors"),
    ("float", lambda: float(A23), ValueError, r"float: only one element tensors"),
    ("len", lambda: len(tensor(1)), TypeError, r"len\(\) of a 0-d tensor"),
    ("iterate", lambda: list(tensor(1)), TypeError, r"iteration over a 0-d tensor"),
    ("t of 3", lambda: zeros(1, 1, 1).t(), RuntimeError, r"t: at most 2 dimensions"),
]

DIMS: list[Case] = [
    (
        "sum dim",
        lambda: A23.sum(2),
        IndexError,
        r"sum: Dimension out of range .*\[-2, 1\], but got 2",
    ),
    ("sum twice", lambda: A23.sum((0, 0)), RuntimeError, r"sum: .*0"),
    (
        "transpose dim",
        lambda: A23.transpose(0, 5),
        IndexError,
        r"transpose: Dimension out of range .*got 5",
    ),
    ("permute count", lambda: A23.permute(0), RuntimeError, r"permute: 2 dims are needed"),
    ("permute twice", lambda: A23.permute(0, 0), RuntimeError, r"permute: dim 0 appears twice"),
    ("unsqueeze dim", lambda: A23.unsqueeze(4), IndexError, r"unsqueeze: Dimension out of range"),
    ("softmax dim", lambda: A23.softmax(3), IndexError, r"softmax: Dimension out of range"),
    (
        "flatten order",
        lambda: zeros(1, 1, 1).flatten(2, 0),
        RuntimeError,
        r"flatten: start_dim 2 comes after",
    ),
    ("diagonal dims", lambda: A23.diagonal(0, 1, 1), RuntimeError, r"diagonal: two different dims"),
    ("unbind dim", lambda: A23.unbind(2), IndexError, r"unbind: Dimension out of range"),
    ("chunk count", lambda: A23.chunk(0), RuntimeError, r"chunk: .* greater than 0, got 0"),
    ("cat dim", lambda: torch.cat([A23, A23], 2), IndexError, r"cat: Dimension out of range"),
    ("movedim twice", lambda: A23.movedim((0, 0), (0, 1)), RuntimeError, r"movedim: .* twice"),
]

INDICES: list[Case] = [
    ("row", lambda: A23[2], IndexError, r"index 2 is out of bounds for dimension 0 with size 2"),
    (
        "column",
        lambda: A23[0, -4],
        IndexError,
        r"index -4 is out of bounds for dimension .* with size 3",
    ),
    ("too many", lambda: A23[0, 0, 0], IndexError, r"too many indices .*\(2, 3\)"),
    ("zero-dim", lambda: tensor(1)[0], IndexError, r"use .item\(\)|too many indices"),
    (
        "negative step",
        lambda: A23[::-1],
        ValueError,
        r"step .*must be positive, got -1; use flip\(\)",
    ),
    ("text", lambda: A23["a"], (TypeError, IndexError), r"index"),
    ("float index", lambda: A23[1.5], (TypeError, IndexError), r"index"),
    ("mask shape", lambda: A23[tensor([True, False, True])], IndexError, r"mask.*\(3,\)|3"),
    ("index tensor", lambda: A23[tensor([5])], IndexError, r"index 5 is out of"),
    ("narrow", lambda: A23.narrow(0, 1, 3), RuntimeError, r"narrow: start 1 \+ length 3 exceeds"),
    ("select", lambda: A23.select(1, 3), IndexError, r"index 3 is out of bounds for dimension 1"),
    (
        "index_select",
        lambda: A23.index_select(0, tensor([9])),
        IndexError,
        r"index 9 is out of bounds for dimension 0",
    ),
    ("gather", lambda: A23.gather(1, tensor([[7]])), (IndexError, RuntimeError), r"gather: .*7"),
    ("embedding", lambda: torch.embedding(A23, tensor([4])), IndexError, r"embedding: .*4"),
    ("delete", lambda: A23.__delitem__(0), TypeError, r"cannot be deleted"),
    (
        "assign shape",
        lambda: zeros(2, 3).__setitem__(0, ones(4)),
        RuntimeError,
        r"copy_: shapes \(3,\) and \(4,\)",
    ),
    ("not an index", lambda: [1, 2][tensor(1.0)], TypeError, r"index: only integer tensors"),
    (
        "index of many",
        lambda: [1, 2][tensor([0, 1])],
        TypeError,
        r"index: only one element tensors",
    ),
]

DTYPES: list[Case] = [
    (
        "in-place cast",
        lambda: tensor([1]).add_(1.5),
        RuntimeError,
        r"add: result type float32 can't be cast to .* int64",
    ),
    (
        "out cast",
        lambda: torch.sqrt(ones(1), out=tensor([1])),
        RuntimeError,
        r"sqrt: result type float32 can't",
    ),
    (
        "floor_divide by 0",
        lambda: tensor([3, 4]) // tensor([1, 0]),
        RuntimeError,
        r"ZeroDivisionError: floor_divide: an integer is divided by zero",
    ),
    ("remainder by 0", lambda: tensor([3, 4]) % 0, RuntimeError, r"ZeroDivisionError: remainder"),
    (
        "div trunc by 0",
        lambda: torch.div(tensor([3]), 0, rounding_mode="trunc"),
        RuntimeError,
        r"ZeroDivisionError: trunc_divide",
    ),
    ("fmod by 0", lambda: torch.fmod(tensor([3]), 0), RuntimeError, r"ZeroDivisionError: fmod"),
    (
        "shift bool",
        lambda: torch.bitwise_left_shift(tensor([True]), tensor([True])),
        RuntimeError,
        r"bitwise_left_shift: takes integers, not bool, got bool",
    ),
    (
        "gcd bool",
        lambda: torch.gcd(tensor([True]), tensor([True])),
        RuntimeError,
        r"gcd: takes integers, not bool, got bool",
    ),
    ("neg bool", lambda: -tensor([True]), RuntimeError, r"neg: takes numbers, not bool"),
    (
        "and float",
        lambda: A23 & 1,
        RuntimeError,
        r"bitwise_and: takes integers or bool, got float32",
    ),
    ("mean of ints", lambda: arange(3).mean(), RuntimeError, r"mean: .*int64"),
    (
        "grad of ints",
        lambda: tensor([1], requires_grad=True),
        RuntimeError,
        r"only floating-point .* got int64",
    ),
    (
        "dtype text",
        lambda: zeros(1, dtype="float32"),
        TypeError,
        r"zeros: dtype must be one .*'float32' \(str\)",
    ),
    (
        "tensor of text",
        lambda: tensor("a"),
        TypeError,
        r"tensor: no element can be made from 'a' \(str\)",
    ),
    (
        "tensor of None",
        lambda: tensor([1, None]),
        TypeError,
        r"tensor: no element can be made from None",
    ),
    ("complex", lambda: tensor(1j), TypeError, r"tensor: complex numbers have no dtype"),
    (
        "overflow",
        lambda: tensor(300, dtype=torch.uint8),
        RuntimeError,
        r"value 300 cannot be converted to type uint8",
    ),
    ("int too large", lambda: tensor(2**70), ValueError, r"does not fit int64"),
    (
        "default dtype",
        lambda: torch.set_default_dtype(torch.int64),
        TypeError,
        r"set_default_dtype: only floating",
    ),
    (
        "uint16 array",
        lambda: torch.from_numpy(np.ones(1, np.uint16)),
        TypeError,
        r"from_numpy: .*'H'.*supported are",
    ),
    (
        "byte order",
        lambda: torch.from_numpy(np.ones(1, ">f4")),
        ValueError,
        r"from_numpy: the byte order",
    ),
    (
        "list for array",
        lambda: torch.from_numpy([1]),
        TypeError,
        r"expected np.ndarray \(got list\)",
    ),
    (
        "view bits",
        lambda: ones(3).view(torch.float64),
        RuntimeError,
        r"view: viewing float32 as float64",
    ),
    (
        "isclose dtypes",
        lambda: torch.isclose(A23, A23.double()),
        RuntimeError,
        r"isclose: the dtypes",
    ),
    ("finfo", lambda: torch.finfo(torch.int8), TypeError, r"finfo: a floating-point dtype"),
]

ARGUMENTS: list[Case] = [
    ("arange step", lambda: arange(0, 5, 0), RuntimeError, r"arange: step must be nonzero"),
    (
        "arange sign",
        lambda: arange(0, 5, -1),
        RuntimeError,
        r"arange: .*inconsistent with step sign",
    ),
    ("linspace", lambda: torch.linspace(0, 1, -1), RuntimeError, r"linspace: number of steps"),
    (
        "zeros none",
        lambda: zeros(),
        TypeError,
        r"zeros: missing 1 required positional argument: 'size'",
    ),
    ("zeros float", lambda: zeros(2.5), TypeError, r"zeros: sizes must be ints"),
    ("full int size", lambda: torch.full(2, 3), TypeError, r"full: size must be a sequence"),
    (
        "fill of many",
        lambda: A23.clone().fill_(ones(2)),
        RuntimeError,
        r"fill_: only a zero-dimensional",
    ),
    (
        "cat empty",
        lambda: torch.cat([]),
        (RuntimeError, ValueError),
        r"cat: .*(empty|at least one)",
    ),
    (
        "stack empty",
        lambda: torch.stack([]),
        (RuntimeError, ValueError),
        r"stack: .*(empty|at least one)",
    ),
    ("hstack empty", lambda: torch.hstack([]), RuntimeError, r"hstack: a non-empty sequence"),
    ("clamp none", lambda: A23.clamp(), RuntimeError, r"clamp: at least one of 'min' or 'max'"),
    ("clamp text", lambda: A23.clamp("a"), TypeError, r"clamp: min and max must be numbers"),
    (
        "full of what does not fit",
        lambda: torch.full((2,), 300, dtype=torch.uint8),
        RuntimeError,
        r"full: the value 300 cannot be converted to uint8 without overflow",
    ),
    (
        "fill with nan",
        lambda: torch.zeros(2, dtype=torch.int64).fill_(float("nan")),
        RuntimeError,
        r"fill_: the value nan",
    ),
    ("where text", lambda: torch.where(A23 > 0, A23, "a"), TypeError, r"where: input and other"),
    ("where half", lambda: torch.where(A23 > 0, A23), TypeError, r"where: input and other"),
    (
        "rounding mode",
        lambda: torch.div(A23, 2, rounding_mode="up"),
        RuntimeError,
        r"rounding_mode must be .*'up'",
    ),
    ("add text", lambda: A23 + "a", TypeError, r"unsupported operand type"),
    (
        "add method text",
        lambda: A23.add("a"),
        TypeError,
        r"add\(\): incompatible function arguments",
    ),
    (
        "meshgrid",
        lambda: torch.meshgrid(ones(2), indexing="a"),
        RuntimeError,
        r'meshgrid: indexing must be "ij"',
    ),
    ("max of nothing", lambda: ones(0).max(), (RuntimeError, IndexError), r"max: "),
    (
        "writing expanded",
        lambda: ones(1).expand(3).add_(1),
        RuntimeError,
        r"single memory location; clone\(\)",
    ),
    (
        "own gradient",
        lambda: setattr(A12, "grad", ones(2)),
        RuntimeError,
        r"grad: the gradient has shape \(2,\)",
    ),
    (
        "grad of text",
        lambda: setattr(A12, "grad", 1),
        TypeError,
        r"grad: expected a Tensor or None, got int",
    ),
    (
        "channels last",
        lambda: A23.contiguous(memory_format=torch.channels_last),
        RuntimeError,
        r"channels_last needs 4",
    ),
    (
        "printing",
        lambda: torch.set_printoptions(profile="x"),
        ValueError,
        r"profile must be one of",
    ),
    ("threads", lambda: torch.set_num_threads(0), (RuntimeError, ValueError), r"thread"),
    ("pin", lambda: A23.pin_memory(), RuntimeError, r"pin_memory: needs a CUDA device"),
    ("dlpack object", lambda: torch.from_dlpack(3), TypeError, r"from_dlpack: .*__dlpack__"),
    ("as type", lambda: A23.type("x"), ValueError, r"type: invalid type: 'x'"),
]

DEVICES: list[Case] = [
    (
        "unknown device",
        lambda: zeros(1, device="gpu"),
        RuntimeError,
        r"zeros: unknown device 'gpu'; expected",
    ),
    ("device text", lambda: torch.device("cpux"), RuntimeError, r"device: expected"),
    ("device type", lambda: zeros(1, device=1.5), TypeError, r"zeros: device must be"),
    (
        "default device",
        lambda: torch.set_default_device("cuda"),
        RuntimeError,
        r"set_default_device",
    ),
]

# tests/cuda has what is said with the plug-in.
WITHOUT_PLUGIN: list[Case] = [
    (
        "no cuda",
        lambda: zeros(1, device="cuda"),
        RuntimeError,
        r"cuda:0 has no kernels; installed: cpu",
    ),
    ("to cuda", lambda: A23.to("cuda"), RuntimeError, r"to: device cuda:0 has no kernels"),
    ("cuda()", lambda: A23.cuda(), RuntimeError, r"cuda: device cuda:0 has no kernels"),
]
if entry_points(group="taeda.plugins", name="cuda"):
    WITHOUT_PLUGIN = []

CASES = [*SHAPES, *DIMS, *INDICES, *DTYPES, *ARGUMENTS, *DEVICES, *WITHOUT_PLUGIN]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_error(case: Case) -> None:
    _, action, kind, message = case
    with pytest.raises(kind, match=message):
        action()


def test_nothing_is_lost() -> None:
    """A refused operation leaves its operands as they were."""
    for _, action, _, _ in CASES:
        with pytest.raises(Exception):  # noqa: B017, PT011
            action()
    assert A23.tolist() == [[1.0] * 3] * 2
    assert A12.tolist() == np.arange(12.0).reshape(3, 4).tolist()
    assert torch.get_default_dtype() is torch.float32


@pytest.mark.parametrize(
    "name", ["backward", "register_hook", "retain_grad", "register_post_accumulate_grad_hook"]
)
def test_gradients_say_which_package_they_need(name: str) -> None:
    absent = getattr(torch._history, name)
    arguments = (print,) if name.endswith("hook") else ()
    with pytest.raises(RuntimeError, match=f"{name}: gradients need the package taeda-autograd"):
        absent(A23, *arguments)

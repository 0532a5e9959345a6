"""Matrix products by cuBLASLt and convolutions by cuDNN, against libraries that stand in for them.

The stand-ins in tests/cuda/fakes are written from the documentation, compute what they are asked
for and keep a log of it. They serve the simulated device; what the true libraries take of our
declarations is asked of them where they are installed.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taeda_tensor as tt
from taeda_kernels import _plugins

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIMULATED = ROOT / "build" / "cuda-simulated" / "libtaeda_cuda.so"
COMPILER = shutil.which(os.environ.get("CC", "cc"))

needs_simulation = [
    pytest.mark.slow,
    pytest.mark.skipif(not SIMULATED.exists(), reason="make cuda-simulated has not run"),
    pytest.mark.skipif("TAEDA_CUDA_LIBRARY" in os.environ, reason="runs on a chosen library"),
    pytest.mark.skipif(COMPILER is None, reason="no C compiler"),
]


@pytest.fixture(scope="module")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    assert COMPILER
    folder = tmp_path_factory.mktemp("fakes")
    built = {}
    for name in ("cublaslt", "cudnn"):
        built[name] = folder / f"lib{name}.so"
        options = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
        subprocess.run(
            [COMPILER, *options, "-o", built[name], HERE / "fakes" / f"{name}.c"], check=True
        )
    return built


PRELUDE = """
import numpy as np
import taeda_tensor as tt
from taeda_tensor.backends import cuda, cudnn
def cuda_of(*shape, dtype=tt.float32):
    return tt.randn(*shape).to("cuda", dtype)
def close(result, expected, tolerance=1e-5):
    expected = np.asarray(expected)
    assert tuple(result.shape) == expected.shape, (result.shape, expected.shape)
    np.testing.assert_allclose(
        result.cpu().double().numpy(), expected, rtol=tolerance, atol=tolerance
    )
def array(x):
    return x.cpu().double().numpy()
"""


def run(
    program: str, fakes: dict[str, Path], tmp_path: Path, **variables: str
) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    """Runs a program on the simulated device; how it ended and the calls that were logged."""
    log = tmp_path / "calls"
    log.unlink(missing_ok=True)
    environment = os.environ | {
        "TAEDA_CUDA_LIBRARY": str(SIMULATED),
        "TAEDA_CUBLASLT_LIBRARY": str(fakes["cublaslt"]),
        "TAEDA_CUDNN_LIBRARY": str(fakes["cudnn"]),
        "FAKE_LOG": str(log),
        **variables,
    }
    ended = subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        env=environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return ended, calls


def calls_of(
    program: str, fakes: dict[str, Path], tmp_path: Path, **variables: str
) -> list[dict[str, Any]]:
    ended, calls = run(program, fakes, tmp_path, **variables)
    assert ended.returncode == 0, ended.stderr
    return calls


class TestOnTheSimulatedDevice:
    pytestmark = needs_simulation

    def test_all_tests_of_the_device_pass_with_the_libraries(
        self, fakes: dict[str, Path], tmp_path: Path
    ) -> None:
        program = (
            "import pytest, sys\n"
            "sys.exit(pytest.main(['-q', '-x', '-p', 'no:cacheprovider', 'tests/cuda', '-k', "
            "'row or training or backward']))\n"
        )
        calls = calls_of(program, fakes, tmp_path)
        assert {call.get("call", "product") for call in calls} == {
            "product",
            "forward",
            "input",
            "weight",
        }

    def test_layouts_and_transposes(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
a, b = cuda_of(3, 5), cuda_of(5, 4)
close(a @ b, array(a) @ array(b))
left, right = cuda_of(5, 3).t(), cuda_of(4, 5).t()
close(left @ right, array(left) @ array(right))
wide = cuda_of(3, 20)[:, ::4]
close(wide @ b, array(wide) @ array(b))
rows = cuda_of(3, 9)[:, :5]
close(rows @ b, array(rows) @ array(b))
"""
        plain, both, copied, steps = calls_of(program, fakes, tmp_path)
        # The transposed problem: 4 x 5 times 5 x 3, by columns.
        assert plain["sizes"] == [4, 3, 5]
        assert plain["transposed"] == [0, 0]
        assert plain["steps"] == [4, 5, 4, 4]
        assert plain["in_place"]
        assert both["transposed"] == [1, 1]
        assert both["steps"] == [5, 3, 4, 4]
        assert copied["steps"] == [4, 5, 4, 4]
        assert steps["steps"] == [4, 9, 4, 4]

    def test_batches(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
a, b = cuda_of(6, 3, 5), cuda_of(6, 5, 4)
close(a @ b, array(a) @ array(b))
close(a @ b[0], array(a) @ array(b[0]))
heads = cuda_of(2, 7, 3, 4).transpose(1, 2)
keys = heads.transpose(2, 3)
close(heads @ keys, array(heads) @ array(keys))
"""
        calls = calls_of(program, fakes, tmp_path)
        assert calls[0]["count"] == 6
        assert calls[0]["strides"] == [20, 15, 12, 12]
        # (batch, head): not one stride for both, so one call a batch.
        heads = calls[-2:]
        assert [call["count"] for call in heads] == [3, 3]
        assert heads[0]["strides"][:2] == [4, 4]
        assert heads[0]["steps"][:2] == [12, 12]

    def test_bias_and_addend(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
from taeda_tensor import addmm
a, b, bias, c = cuda_of(3, 5), cuda_of(5, 4), cuda_of(4), cuda_of(3, 4)
close(addmm(bias, a, b), array(bias) + array(a) @ array(b))
close(addmm(c, a, b, beta=0.5, alpha=2), 0.5 * array(c) + 2 * array(a) @ array(b))
column = cuda_of(3, 1)
close(addmm(column, a, b), array(column) + array(a) @ array(b))
"""
        bias, addend, column = calls_of(program, fakes, tmp_path)
        assert bias["epilogue"] == 4
        assert bias["beta"] == 0
        assert addend["epilogue"] == 1
        assert addend["beta"] == 0.5
        assert not addend["in_place"]
        assert column["in_place"]
        assert column["beta"] == 1
        # A library without the epilogue is given the bias as an addend.
        again = calls_of(program, fakes, tmp_path, FAKE_REFUSE_BIAS="1")
        assert [call["epilogue"] for call in again] == [1, 1, 1]

    def test_dtypes_and_precision(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
for dtype, tolerance in (
    (tt.float32, 1e-5), (tt.float64, 1e-12), (tt.float16, 2e-3), (tt.bfloat16, 2e-2)
):
    a, b = cuda_of(3, 5, dtype=dtype), cuda_of(5, 4, dtype=dtype)
    close(a @ b, array(a) @ array(b), tolerance)
cuda.matmul.allow_tf32 = True
cuda.matmul.allow_bf16_reduced_precision_reduction = True
cuda_of(3, 5) @ cuda_of(5, 4)
i = tt.ones(3, 5, dtype=tt.int64, device="cuda")
assert (i @ i.t()).sum().item() == 45
"""
        calls = calls_of(program, fakes, tmp_path)
        assert [call["types"] for call in calls] == [[t] * 4 for t in (0, 1, 2, 14, 0)]
        assert [call["compute"] for call in calls] == [68, 70, 68, 68, 77]
        assert [call["scale"] for call in calls] == [0, 1, 0, 0, 0]
        # Partial sums of the dtype of the maths only, unless the program allows others.
        assert [call["schemes"] for call in calls] == [2, 2, 2, 2, 6]

    def test_convolutions(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
from taeda_autograd import grad
def check(shape, weight, dtype=tt.float32, tolerance=1e-4, **options):
    convolution = getattr(tt._tensor, "conv%dd" % (len(shape) - 2))
    x = cuda_of(*shape, dtype=dtype).requires_grad_()
    w = cuda_of(*weight, dtype=dtype).requires_grad_()
    b = cuda_of(weight[0], dtype=dtype).requires_grad_()
    y = convolution(x, w, b, **options)
    seed = tt.ones_like(y)
    results = [y, *grad([y], [x, w, b], [seed])]
    x, w, b = (t.detach().cpu().double().requires_grad_() for t in (x, w, b))
    y = convolution(x, w, b, **options)
    expected = [y, *grad([y], [x, w, b], [seed.cpu().double()])]
    for ours, theirs in zip(results, expected):
        close(ours.detach(), theirs.detach().numpy(), tolerance)
check((2, 4, 6, 7), (6, 2, 3, 2), stride=2, padding=1, dilation=(1, 2), groups=2)
check((2, 3, 9), (4, 3, 3), padding=1)
check((1, 2, 4, 5, 4), (3, 2, 2, 3, 2), stride=(1, 2, 1))
check((2, 3, 6, 6), (4, 3, 3, 3), dtype=tt.float64, tolerance=1e-10)
check((2, 3, 6, 6), (4, 3, 3, 3), dtype=tt.float16, tolerance=2e-2)
check((2, 3, 6, 6), (4, 3, 3, 3), dtype=tt.bfloat16, tolerance=1e-1)
"""
        calls = calls_of(program, fakes, tmp_path)
        assert {call["call"] for call in calls} == {"forward", "input", "weight"}
        forward = [call for call in calls if call["call"] == "forward"]
        assert [call["ndim"] for call in forward] == [4, 4, 5, 4, 4, 4]
        assert [call["type"] for call in forward] == [0, 0, 0, 1, 2, 9]
        assert [call["compute"] for call in forward] == [0, 0, 0, 1, 0, 0]
        assert [call["maths"] for call in forward] == [0, 0, 0, 0, 1, 1]
        assert forward[0]["groups"] == 2

    def test_settings_of_convolutions(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
x, w = cuda_of(1, 2, 5, 5), cuda_of(3, 2, 3, 3)
conv = tt._tensor.conv2d
conv(x, w)
cudnn.deterministic = False
conv(x, w)
cudnn.deterministic, cudnn.benchmark = True, True
conv(x, w)
cudnn.benchmark, cudnn.allow_tf32 = False, False
conv(x, w)
with cudnn.flags(enabled=False):
    conv(x, w)
"""
        calls = calls_of(program, fakes, tmp_path)
        assert [call["algorithm"] for call in calls] == [1, 7, 2, 1]
        assert [call["maths"] for call in calls] == [0, 0, 0, 3]

    @pytest.mark.parametrize(
        "variables",
        [
            {"FAKE_REFUSE": "1"},
            {"TAEDA_CUBLASLT_LIBRARY": "", "TAEDA_CUDNN_LIBRARY": ""},
            {"TAEDA_CUBLASLT_LIBRARY": "/nowhere.so", "TAEDA_CUDNN_LIBRARY": "/nowhere.so"},
        ],
    )
    def test_own_kernels_stand_in(
        self, fakes: dict[str, Path], tmp_path: Path, variables: dict[str, str]
    ) -> None:
        program = """
a, b, x, w = cuda_of(3, 5), cuda_of(5, 4), cuda_of(1, 2, 5, 5), cuda_of(3, 2, 3, 3)
close(a @ b, array(a) @ array(b))
close(tt._tensor.conv2d(x, w), array(tt._tensor.conv2d(x.cpu(), w.cpu())), 1e-4)
"""
        assert calls_of(program, fakes, tmp_path, **variables) == []

    def test_a_device_that_the_library_cannot_use(
        self, fakes: dict[str, Path], tmp_path: Path
    ) -> None:
        program = "a = cuda_of(3, 3)\nclose(a @ a, array(a) @ array(a))\n"
        assert calls_of(program, fakes, tmp_path, FAKE_NO_DEVICE="1") == []

    def test_own_kernels_on_demand(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
assert cuda.preferred_blas_library("own") == "own"
a = cuda_of(3, 3)
close(a @ a, array(a) @ array(a))
"""
        assert calls_of(program, fakes, tmp_path) == []

    def test_failures_name_operation_library_and_status(
        self, fakes: dict[str, Path], tmp_path: Path
    ) -> None:
        program = """
for use in (
    lambda: cuda_of(3, 3) @ cuda_of(3, 3),
    lambda: tt._tensor.conv2d(cuda_of(1, 2, 5, 5), cuda_of(3, 2, 3, 3)),
):
    try:
        use()
    except RuntimeError as error:
        print(error)
"""
        ended, _ = run(program, fakes, tmp_path, FAKE_FAIL="1")
        assert ended.stdout.splitlines() == [
            "matmul: cuBLASLt: product: it failed (13)",
            "convolution: cuDNN: it failed (5000)",
        ], ended.stderr

    def test_versions(self, fakes: dict[str, Path], tmp_path: Path) -> None:
        program = """
assert cudnn.is_available() and cudnn.version() == 90099, cudnn.version()
assert cuda._kernels._cuda_library_version("cublas") == (130099, "")
"""
        calls_of(program, fakes, tmp_path)
        program = """
assert cudnn.version() is None and not cudnn.is_available()
print(cuda._kernels._cuda_library_version("cudnn")[1])
"""
        ended, _ = run(program, fakes, tmp_path, TAEDA_CUDNN_LIBRARY="/nowhere.so")
        assert "nowhere.so" in ended.stdout, ended.stderr


def test_settings_without_a_device() -> None:
    from taeda_tensor.backends import cuda, cudnn

    assert cudnn.enabled
    assert cudnn.deterministic
    assert not cudnn.benchmark
    with cudnn.flags(enabled=False, benchmark=True):
        assert not cudnn.enabled
        assert cudnn.benchmark
    assert cudnn.enabled
    assert not cudnn.benchmark
    assert not cuda.matmul.allow_tf32
    tt.set_float32_matmul_precision("high")
    assert cuda.matmul.allow_tf32
    assert cuda.matmul.fp32_precision == "tf32"
    tt.set_float32_matmul_precision("highest")
    assert cuda.matmul.fp32_precision == "ieee"
    assert cuda.flash_sdp_enabled()
    cuda.enable_flash_sdp(False)
    assert not cuda.flash_sdp_enabled()
    assert cuda.math_sdp_enabled()
    cuda.enable_flash_sdp(True)
    with pytest.raises(ValueError, match="preferred_blas_library"):
        cuda.preferred_blas_library("mkl")


def installed(name: str) -> ctypes.CDLL:
    for folder in [*_plugins.wheel_folders(), ""]:
        try:
            return ctypes.CDLL(os.path.join(folder, name))
        except OSError:
            continue
    pytest.skip(f"{name} is not installed")


def test_cublaslt_takes_what_is_declared() -> None:
    library = installed("libcublasLt.so.13")

    def created(function: str, *values: Any) -> ctypes.c_void_p:
        made = ctypes.c_void_p()
        assert getattr(library, function)(ctypes.byref(made), *values) == 0
        return made

    def set_in(kind: str, made: ctypes.c_void_p, attribute: int, value: Any) -> None:
        size = ctypes.c_size_t(ctypes.sizeof(value))
        function = getattr(library, f"cublasLt{kind}SetAttribute")
        assert function(made, attribute, ctypes.byref(value), size) == 0

    operation = created("cublasLtMatmulDescCreate", 68, 0)
    for attribute, value in (3, 1), (4, 1), (7, 4):
        set_in("MatmulDesc", operation, attribute, ctypes.c_int32(value))
    set_in("MatmulDesc", operation, 8, ctypes.c_void_p(256))
    sizes = ctypes.c_uint64(5), ctypes.c_uint64(6), ctypes.c_int64(7)
    layout = created("cublasLtMatrixLayoutCreate", 14, *sizes)
    set_in("MatrixLayout", layout, 5, ctypes.c_int32(3))
    set_in("MatrixLayout", layout, 6, ctypes.c_int64(100))
    preference = created("cublasLtMatmulPreferenceCreate")
    set_in("MatmulPreference", preference, 1, ctypes.c_size_t(1 << 25))
    for attribute in (3, 5, 6, 7, 8):
        set_in("MatmulPreference", preference, attribute, ctypes.c_uint32(2))


def test_cudnn_takes_what_is_declared() -> None:
    library = installed("libcudnn.so.9")
    four, two = ctypes.c_int * 4, ctypes.c_int * 2

    def created(kind: str) -> ctypes.c_void_p:
        made = ctypes.c_void_p()
        assert getattr(library, f"cudnnCreate{kind}Descriptor")(ctypes.byref(made)) == 0
        return made

    x, w, convolution = created("Tensor"), created("Filter"), created("Convolution")
    sizes, strides = four(2, 3, 8, 9), four(216, 72, 9, 1)
    assert library.cudnnSetTensorNdDescriptor(x, 9, 4, sizes, strides) == 0
    assert library.cudnnSetFilterNdDescriptor(w, 9, 0, 4, four(4, 3, 3, 3)) == 0
    once = two(1, 1)
    assert library.cudnnSetConvolutionNdDescriptor(convolution, 2, once, once, once, 1, 0) == 0
    assert library.cudnnSetConvolutionGroupCount(convolution, 1) == 0
    for maths in (0, 1, 3):
        assert library.cudnnSetConvolutionMathType(convolution, maths) == 0
    result = four()
    assert library.cudnnGetConvolutionNdForwardOutputDim(convolution, x, w, 4, result) == 0
    np.testing.assert_array_equal(list(result), [2, 4, 8, 9])

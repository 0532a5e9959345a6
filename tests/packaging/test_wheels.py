"""Each distribution, installed from its wheel into an empty environment, does its work there."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.environment import Environment

PROGRAMS = Path(__file__).with_name("programs")
BASE = {"taeda-kernels", "taeda-tensor", "numpy"}
EVERYTHING = BASE | {"taeda", "taeda-autograd", "taeda-nn", "taeda-optim", "taeda-data"}

# program, what is installed, what it needs besides, all that is then there
CASES = [
    ("kernels", ["taeda-kernels"], ["numpy>=2"], {"taeda-kernels", "numpy"}),
    ("tensor", ["taeda-tensor"], [], BASE),
    ("autograd", ["taeda-autograd"], [], BASE | {"taeda-autograd"}),
    ("nn", ["taeda-nn"], [], BASE | {"taeda-nn"}),
    ("optim", ["taeda-optim"], [], BASE | {"taeda-optim"}),
    ("data", ["taeda-data"], [], BASE | {"taeda-data"}),
    ("umbrella", ["taeda"], [], EVERYTHING),
]


@pytest.mark.parametrize(
    ("program", "names", "guests", "expected"), CASES, ids=[case[0] for case in CASES]
)
def test_distribution_works_alone(
    install: Callable[..., Environment],
    program: str,
    names: list[str],
    guests: list[str],
    expected: set[str],
) -> None:
    environment = install(names, guests)
    assert environment.distributions == expected
    result = environment.run(PROGRAMS / f"{program}.py")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{program} works\n"
    assert result.stderr == ""


def test_kernels_need_nothing(install: Callable[..., Environment]) -> None:
    environment = install(["taeda-kernels"])
    assert environment.distributions == {"taeda-kernels"}
    result = environment.run("-c", "import taeda_kernels")
    assert result.returncode == 0, result.stderr


def test_script_of_pytorch_runs(install: Callable[..., Environment]) -> None:
    result = install(["taeda"]).run("-m", "taeda", PROGRAMS / "pytorch_script.py", "--steps", "30")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "trained\n"


def test_wheels_carry_what_others_build_on(wheels: dict[str, Path]) -> None:
    for layer in ("kernels", "tensor", "autograd"):
        package = f"taeda_{layer}"
        names = zipfile.ZipFile(wheels[f"taeda-{layer}"]).namelist()
        assert f"{package}/lib/lib{package}.so" in names
        assert f"{package}/lib/cmake/{package}/{package}-config.cmake" in names
        assert f"{package}/_{layer}.pyi" in names
        assert any(name.startswith(f"{package}/include/taeda/{layer}/") for name in names)
    for distribution, path in wheels.items():
        names = zipfile.ZipFile(path).namelist()
        assert f"{distribution.replace('-', '_')}/py.typed" in names
        assert not [name for name in names if name.endswith((".cpp", ".o", ".pyc"))]


def test_wheels_carry_the_licence(wheels: dict[str, Path]) -> None:
    text = (Path(__file__).parents[2] / "LICENSE").read_bytes()
    for name, path in wheels.items():
        with zipfile.ZipFile(path) as wheel:
            files = [file for file in wheel.namelist() if file.endswith("/licenses/LICENSE")]
            assert [wheel.read(file) for file in files] == [text], name

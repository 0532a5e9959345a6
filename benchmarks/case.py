"""What is timed: cases, declared once for taeda and PyTorch, with a NumPy twin where there is one.

A case is a function of a library (the module `taeda` or `torch`, which have the same names) that
makes its inputs and returns the call to be timed:

    @case("elementwise", "add 16M", bytes=3 * 4 * N)
    def add_large(torch):
        a, b = torch.randn(N), torch.randn(N)
        return lambda: a + b

    @add_large.numpy
    def _(np):
        ...
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LIBRARIES = ("taeda", "torch", "numpy")
# What moves less may stay in the caches, and copies of memory are no limit for it.
LEAST_BYTES = 64_000_000

Work = Callable[[], Any]
Build = Callable[[Any], Work]


@dataclass
class Case:
    """One row of the table."""

    group: str
    name: str
    build: Build
    numpy_build: Build | None = None
    # What one call computes and moves, for GF/s and GB/s.
    flops: float | None = None
    bytes: float | None = None
    # What one call processes, for a rate such as samples/s.
    items: float | None = None
    # The limit of the flops: a name of `peaks.NAMES`.
    peak: str = "f32"
    # Whether the memory of a process of its own is measured too.
    memory: bool = False
    # None is the library's default.
    threads: tuple[int | None, ...] = (None,)

    @property
    def key(self) -> str:
        """The name by which `--only` and the workers know the case."""
        return f"{self.group}/{self.name}"

    @property
    def limit(self) -> str | None:
        """What bounds the rate: a name of `peaks.NAMES`."""
        if self.flops:
            return self.peak
        return "copy" if (self.bytes or 0) >= LEAST_BYTES else None

    def numpy(self, build: Build) -> Build:
        """A decorator: the same work in NumPy, a function of the module `numpy`."""
        self.numpy_build = build
        return build

    def builder(self, library: str) -> Build | None:
        """The function for a library, None if the case has none."""
        return self.numpy_build if library == "numpy" else self.build


@dataclass
class ProcessCase:
    """A row that is the wall time of a fresh process running a line of Python."""

    group: str
    name: str
    code: dict[str, str]
    threads: tuple[int | None, ...] = (None,)

    @property
    def key(self) -> str:
        """The name by which `--only` knows the case."""
        return f"{self.group}/{self.name}"


@dataclass
class Registry:
    """All cases, in the order in which they were declared."""

    cases: dict[str, Case | ProcessCase] = field(default_factory=dict)

    def add(self, case: Case | ProcessCase) -> None:
        """Add a case; ValueError if its key is taken."""
        if case.key in self.cases:
            raise ValueError(f"benchmarks: two cases are called {case.key!r}")
        self.cases[case.key] = case


REGISTRY = Registry()


def case(group: str, name: str, **facts: Any) -> Callable[[Build], Case]:
    """A decorator that registers a function as a case; `facts` are the other fields of Case."""

    def register(build: Build) -> Case:
        result = Case(group, name, build, **facts)
        REGISTRY.add(result)
        return result

    return register


def process_case(group: str, name: str, code: dict[str, str]) -> None:
    """Register a line of Python for each library, timed as a process of its own."""
    REGISTRY.add(ProcessCase(group, name, code))


def load_cases() -> dict[str, Case | ProcessCase]:
    """Import every module of `benchmarks.cases` and return what they declared."""
    import benchmarks.cases as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return REGISTRY.cases

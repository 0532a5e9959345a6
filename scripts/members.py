"""The distributions of this workspace and the arrows between them, lowest layer first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Member:
    """One distribution: its folder, what it may import of ours, whether it has C++."""

    name: str
    folder: str
    imports: tuple[str, ...] = ()
    native: bool = False

    @property
    def distribution(self) -> str:
        return self.name.replace("_", "-")

    @property
    def path(self) -> Path:
        return ROOT / self.folder

    @property
    def package(self) -> Path:
        return self.path / "src" / self.name

    @property
    def extension(self) -> str:
        """The dotted name of the extension module of a native member."""
        return f"{self.name}._{self.name.removeprefix('taeda_')}"


MEMBERS = (
    Member("taeda_kernels", "kernels", native=True),
    Member("taeda_tensor", "packages/tensor", ("taeda_kernels",), native=True),
    Member("taeda_autograd", "packages/autograd", ("taeda_tensor",), native=True),
    Member("taeda_nn", "packages/nn", ("taeda_tensor",)),
    Member("taeda_optim", "packages/optim", ("taeda_tensor",)),
    Member("taeda_data", "packages/data", ("taeda_tensor",)),
    Member(
        "taeda",
        "packages/taeda",
        (
            "taeda_kernels",
            "taeda_tensor",
            "taeda_autograd",
            "taeda_nn",
            "taeda_optim",
            "taeda_data",
        ),
    ),
)
NATIVE = tuple(member for member in MEMBERS if member.native)

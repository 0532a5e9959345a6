"""The note an error gets on its way out of nested modules: the path to the one that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._tree import ModuleTree


class _PathNote(str):
    """A note that remembers its outermost module, so that the next one out can extend it."""

    __slots__ = ("failed", "path", "start")
    start: ModuleTree
    failed: str
    path: str

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # An error sent to another process takes the text along, not the model.
        return str, (str(self),)


def _make_note(start: ModuleTree, path: str, failed: str) -> _PathNote:
    note = _PathNote(f"in model{path} ({failed})")
    note.start, note.path, note.failed = start, path, failed
    return note


def _find_path(root: ModuleTree, target: ModuleTree) -> str | None:
    """The way from `root` to `target` as attribute accesses, shortest first; None without one."""
    seen = {id(root)}
    level: list[tuple[ModuleTree, str]] = [(root, "")]
    while level:
        below: list[tuple[ModuleTree, str]] = []
        for module, path in level:
            for name, child in module.named_children():
                child_path = path + _step(module, name)
                if child is target:
                    return child_path
                if id(child) not in seen:
                    seen.add(id(child))
                    below.append((child, child_path))
        level = below
    return None


def _step(module: ModuleTree, name: str) -> str:
    if name.isdecimal():
        return f"[{name}]"
    if name.isidentifier() and not module._children_by_key:
        return f".{name}"
    return f"[{name!r}]"


def add_path_note(error: BaseException, module: ModuleTree) -> None:
    """Notes that `error` left `module`, in one note that grows outwards from call to call."""
    notes: list[str] = getattr(error, "__notes__", [])
    for index in range(len(notes) - 1, -1, -1):
        note = notes[index]
        if isinstance(note, _PathNote):
            if note.start is module:
                return
            path = _find_path(module, note.start)
            if path is not None:
                notes[index] = _make_note(module, path + note.path, note.failed)
                return
            break
    error.add_note(_make_note(module, "", type(module).__name__))

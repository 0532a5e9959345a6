"""save and load: any object of tensors and plain Python values in one file.

The file is a ZIP archive of a pickle, `data.pkl`, and the memory of each tensor, `data/0`,
`data/1`, ... Views that share memory share it again when they are read. load() reads the pickle
through an unpickler that knows only tensors and plain containers, so a file cannot run code.
"""

from __future__ import annotations

import collections
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO

from taeda_tensor import _storage, _tensor
from taeda_tensor._cuda_devices import is_available
from taeda_tensor._size import Size
from taeda_tensor._tensor import Tensor

__all__ = ["load", "save"]

_FORMAT = b"taeda 1"
# Where the memory goes that was saved from the place of that name.
Place = Callable[[Tensor, str], Tensor]


class _Memory:
    """Stands for the memory of tensors inside the pickle."""

    def __init__(self, bytes: Tensor) -> None:
        self.bytes = bytes


class _Pickler(pickle.Pickler):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, protocol=4)
        self.memories: dict[int, tuple[int, _Memory]] = {}

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, _Memory):
            return None
        number, device = self.memories[id(obj.bytes)][0], obj.bytes.device
        return number if device.type == "cpu" else (number, str(device))

    def _memory_of(self, tensor: Tensor) -> _Memory:
        address = tensor._storage_address()
        for _, memory in self.memories.values():
            if memory.bytes._storage_address() == address:
                return memory
        memory = _Memory(_tensor._storage_bytes(tensor.detach()))
        self.memories[id(memory.bytes)] = (len(self.memories), memory)
        return memory

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is not Tensor:
            return NotImplemented
        if not obj.is_leaf:
            obj = obj.detach()
        layout = (obj.dtype, tuple(obj.shape), obj.stride(), obj.storage_offset())
        return rebuild, (self._memory_of(obj), *layout, obj.requires_grad, dict(obj.__dict__))


def rebuild(
    memory: Tensor,
    dtype: Any,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int,
    requires_grad: bool,
    state: dict[str, Any],
) -> Tensor:
    """The tensor of a saved file on its memory."""
    tensor: Tensor = _tensor._on_storage(memory, dtype, shape, strides, offset)
    tensor.requires_grad = requires_grad
    for name, value in state.items():
        setattr(tensor, name, value)
    return tensor


_PLAIN: dict[tuple[str, str], Any] = {
    ("builtins", name): value
    for name, value in {
        "set": set,
        "frozenset": frozenset,
        "complex": complex,
        "slice": slice,
        "range": range,
        "bytearray": bytearray,
        "bool": bool,
        "int": int,
        "float": float,
        "str": str,
    }.items()
} | {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "Counter"): collections.Counter,
    ("collections", "deque"): collections.deque,
    ("collections", "defaultdict"): collections.defaultdict,
    ("taeda_tensor._serialization", "rebuild"): rebuild,
    ("taeda_tensor._storage", "rebuild"): _storage.rebuild,
    ("taeda_tensor._size", "Size"): Size,
    ("taeda_tensor._tensor", "Tensor"): Tensor,
}
# Classes of other packages that a file may name once those packages are imported.
_TRUSTED = {("taeda_nn.parameter", "Parameter"), ("taeda_nn.parameter", "_rebuild_parameter")}
_safe_globals: dict[tuple[str, str], Any] = {}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Lets load() use these classes and functions when a file names them."""
    for known in safe_globals:
        _safe_globals[(known.__module__, known.__qualname__)] = known


def clear_safe_globals() -> None:
    """Forgets what add_safe_globals has allowed."""
    _safe_globals.clear()


def get_safe_globals() -> list[Any]:
    """What add_safe_globals has allowed."""
    return list(_safe_globals.values())


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, place: Place, safe: bool):
        super().__init__(io.BytesIO(archive.read("data.pkl")))
        self.archive = archive
        self.place = place
        self.safe = safe
        self.memories: dict[int, Tensor] = {}

    def persistent_load(self, pid: Any) -> Tensor:
        if pid not in self.memories:
            number, location = pid if isinstance(pid, tuple) else (pid, "cpu")
            content = bytearray(self.archive.read(f"data/{int(number)}"))
            self.memories[pid] = self.place(_tensor._from_buffer(content), location)
        return self.memories[pid]

    def find_class(self, module: str, name: str) -> Any:
        if not self.safe:
            return super().find_class(module, name)
        key = (module, name)
        if module in ("taeda_tensor._tensor", "taeda_tensor"):
            found = getattr(_tensor, name, None)
            if isinstance(found, _tensor.dtype) or found is _tensor.device:
                return found
        if key in _PLAIN:
            return _PLAIN[key]
        if key in _safe_globals:
            return _safe_globals[key]
        if key in _TRUSTED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(
            f"load: the file names {module}.{name}, which a file that is not trusted may not use. "
            f"Allow it with serialization.add_safe_globals([{name}]), or, for a file you trust, "
            "pass weights_only=False"
        )


def save(obj: Any, f: Any, pickle_protocol: int = 4) -> None:
    """Writes an object of tensors and plain values to a path or a binary file.

    A path is written whole or not at all: first beside it, then renamed.

    >>> import io
    >>> from taeda_tensor import tensor
    >>> file = io.BytesIO()
    >>> save({"weight": tensor([1.0, 2.0])}, file)
    >>> load(file)
    {'weight': tensor([1., 2.])}
    """
    if isinstance(f, (str, os.PathLike)):
        path = os.fspath(f)
        beside = f"{path}.{os.getpid()}.part"
        try:
            with open(beside, "wb") as file:
                _write(obj, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            if os.path.exists(beside):
                os.unlink(beside)
            raise
    elif hasattr(f, "write"):
        _write(obj, f)
        if hasattr(f, "seek") and isinstance(f, io.BytesIO):
            f.seek(0)
    else:
        raise TypeError(f"save: a path or a binary file is needed, got {type(f).__name__}")


def _write(obj: Any, file: Any) -> None:
    content = io.BytesIO()
    pickler = _Pickler(content)
    pickler.dump(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr("version", _FORMAT)
        archive.writestr("data.pkl", content.getvalue())
        for number, memory in pickler.memories.values():
            archive.writestr(f"data/{number}", memoryview(memory.bytes.cpu()).tobytes())  # type: ignore[arg-type]


def _placement(map_location: Any) -> Place:
    if map_location is None:
        return _restored
    if isinstance(map_location, (str, _tensor.device)):
        return lambda memory, _: memory.to(map_location)
    if isinstance(map_location, dict):
        return lambda memory, location: (
            memory.to(map_location[location])
            if location in map_location
            else _restored(memory, location)
        )
    if callable(map_location):
        return lambda memory, location: _moved(memory, location, map_location(memory, location))
    raise TypeError(
        "load: map_location must be None, a device or its name, a dictionary of names, or a "
        f"function, got {type(map_location).__name__}"
    )


def _restored(memory: Tensor, location: str) -> Tensor:
    """To where it was saved from."""
    if location != "cpu" and not is_available():
        raise RuntimeError(
            f"load: the file holds tensors of {location}, and there is no CUDA device; pass "
            'map_location="cpu"'
        )
    return memory.to(location)


def _moved(memory: Tensor, location: str, answer: Any) -> Tensor:
    if answer is None:
        return _restored(memory, location)
    if isinstance(answer, Tensor):
        return answer
    raise TypeError(
        "load: a function given as map_location must return what it was given, moved, or None, "
        f"got {type(answer).__name__}"
    )


def load(f: Any, map_location: Any = None, *, weights_only: bool = True, **_: Any) -> Any:
    """Reads what save() has written.

    With `weights_only` (the default) only tensors, numbers, texts and plain containers are made;
    UnpicklingError names anything else. RuntimeError where the file is no such file, or torn.
    """
    try:
        with zipfile.ZipFile(f) as archive:
            if archive.read("version") != _FORMAT:
                raise RuntimeError(f"load: {f!r} was written by a later version of save()")
            return _Unpickler(archive, _placement(map_location), weights_only).load()
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise RuntimeError(
            f"load: {f!r} is not a file of save(), or it is damaged: {error}"
        ) from error

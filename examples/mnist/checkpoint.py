"""Checkpoints: folders `step-00000469` with `tensors.safetensors` and `state.json`.

A folder is written under a hidden name, synced, and renamed into place, so that one which has its
name is complete. `state.json` holds a checksum of both files: a folder that was damaged later is
noticed. The last two are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import safetensors.numpy
from safetensors import SafetensorError

from examples.mnist.encoding import Arrays, decode, encode
from examples.mnist.errors import UsageError
from examples.mnist.files import sync_folder, write_synced

FORMAT = 1
KEEP = 2
TENSORS = "tensors.safetensors"
STATE = "state.json"
_NAME = re.compile(r"step-(\d{8})")


class CheckpointStore:
    """The checkpoints of one run, newest last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """The steps that have a checkpoint, in order; UsageError if the folder is not readable."""
        if not self.folder.is_dir():
            return []
        try:
            matches = [_NAME.fullmatch(path.name) for path in self.folder.iterdir()]
        except OSError as error:
            raise UsageError(f"cannot read {self.folder}: {error.strerror or error}") from error
        return sorted(int(match[1]) for match in matches if match)

    def path(self, step: int) -> Path:
        """The folder of the checkpoint of a step."""
        return self.folder / f"step-{step:08d}"

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """Write `state` as the checkpoint of `step`, then remove all but the last two.

        Raises UsageError if the disk is full or not writable; earlier checkpoints then stay.
        """
        arrays: Arrays = {}
        encoded = encode(state, arrays, "state")
        tensors = safetensors.numpy.save(arrays)
        document = {
            "format": FORMAT,
            "tensor_bytes": len(tensors),
            "sha256": _checksum(encoded, tensors),
            "state": encoded,
        }
        target = self.path(step)
        temporary = self.folder / f".tmp-{target.name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_hidden()
            temporary.mkdir()
            write_synced(temporary / TENSORS, tensors)
            write_synced(temporary / STATE, json.dumps(document, indent=1).encode())
            sync_folder(temporary)
            if target.exists():
                self._discard(target)
            os.rename(temporary, target)
            sync_folder(self.folder)
            for old in self.steps()[:-KEEP]:
                self._discard(self.path(old))
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise UsageError(f"cannot write {target}: {error.strerror or error}") from error
        return target

    def load(self, step: int) -> dict[str, Any]:
        """The state saved at `step`; raises UsageError if the folder is torn."""
        path = self.path(step)
        try:
            document = json.loads((path / STATE).read_bytes())
            tensors = (path / TENSORS).read_bytes()
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']}, this program reads {FORMAT}")
            if len(tensors) != document["tensor_bytes"]:
                sizes = f"{len(tensors)} bytes of {document['tensor_bytes']}"
                raise ValueError(f"{TENSORS} has {sizes}")
            if _checksum(document["state"], tensors) != document["sha256"]:
                raise ValueError(f"the content does not have the checksum in {STATE}")
            state: dict[str, Any] = decode(document["state"], safetensors.numpy.load(tensors))
        except OSError as error:
            reason = f"{error.strerror}: {Path(error.filename or '').name}"
        except (KeyError, TypeError) as error:
            reason = f"{STATE} lacks an entry: {error}"
        except (ValueError, SafetensorError) as error:
            reason = str(error)
        else:
            return state
        others = [other for other in self.steps() if other < step]
        advice = f"resume at step {others[-1]}" if others else "start from the beginning"
        raise UsageError(f"torn checkpoint {path}: {reason}; delete that folder to {advice}")

    def clear(self) -> None:
        """Remove every checkpoint."""
        if self.folder.is_dir():
            self._remove_hidden()
        for step in self.steps():
            self._discard(self.path(step))

    def _discard(self, path: Path) -> None:
        # Renamed first: one that is killed half-way must not look like a checkpoint.
        hidden = self.folder / f".old-{path.name}"
        os.rename(path, hidden)
        shutil.rmtree(hidden)

    def _remove_hidden(self) -> None:
        for pattern in (".tmp-step-*", ".old-step-*"):
            for path in self.folder.glob(pattern):
                shutil.rmtree(path)


def _checksum(encoded: Any, tensors: bytes) -> str:
    return hashlib.sha256(json.dumps(encoded).encode() + tensors).hexdigest()

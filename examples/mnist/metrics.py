"""Metrics as JSON lines: one object an epoch."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from examples.mnist.errors import UsageError
from examples.mnist.files import replace_file


class MetricsLog:
    """An append-only file of records, each with the `step` it was measured at."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: dict[str, Any]) -> None:
        """Add a line and wait until the disk has it."""
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error.strerror or error}") from error

    def read(self) -> list[dict[str, Any]]:
        """All complete records; a last line cut off by a kill is no record."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"cannot read {self.path}: {error.strerror or error}") from error
        records = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                break
            if not isinstance(record, dict) or "step" not in record:
                break
            records.append(record)
        return records

    def rewind(self, step: int) -> None:
        """Drop what was written after `step`: a resumed run writes it again."""
        kept = [record for record in self.read() if record["step"] <= step]
        replace_file(self.path, "".join(json.dumps(record) + "\n" for record in kept).encode())

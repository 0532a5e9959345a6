"""Steps of a check: each in processes of its own, with a time limit, its end kept at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from members import MEMBERS, ROOT

BUILD = ROOT / "build" / "cuda-check"
SITE = BUILD / "site"


class Results:
    """What is known so far, on disk after every change."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.end = time.monotonic() + seconds
        self.kept: dict[str, Any] = {"facts": {}, "steps": {}}
        self.guard = threading.Lock()

    def left(self) -> float:
        return self.end - time.monotonic()

    def put(self, kind: str, name: str, value: Any) -> None:
        with self.guard:
            self.kept[kind][name] = value
            partial = self.path.with_suffix(".partial")
            partial.write_text(json.dumps(self.kept, indent=2) + "\n")
            partial.replace(self.path)

    def skip(self, name: str, reason: str) -> dict[str, Any]:
        print(f"=== {name}: skipped: {reason}", flush=True)
        step = {"passed": None, "skipped": reason}
        self.put("steps", name, step)
        return step

    def failed(self) -> list[str]:
        return [name for name, step in self.kept["steps"].items() if step.get("passed") is False]


def environment(**more: str) -> dict[str, str]:
    sources = [member.path / "src" for member in MEMBERS if not member.native]
    places = [SITE, *sources, ROOT, ROOT / "scripts", os.environ.get("PYTHONPATH", "")]
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(str(place) for place in places if place),
        PYTHONDONTWRITEBYTECODE="1",
        CMAKE_BUILD_PARALLEL_LEVEL=os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL")
        or str(os.cpu_count() or 1),
        **more,
    )


def log_of(name: str) -> Path:
    """What a step has printed."""
    return BUILD / f"{name.replace(' ', '-')}.log"


def run(
    results: Results, name: str, command: list[str], limit: float, cwd: Path = ROOT, **more: str
) -> dict[str, Any]:
    """Runs a step in a process group of its own, ends it at its limit, keeps the end of what it
    printed."""
    limit = min(limit, results.left())
    if limit < 5:
        return results.skip(name, "no time is left")
    print(f"==> {name} (at most {limit:.0f} s)", flush=True)
    start = time.monotonic()
    log = log_of(name)
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**more),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            ended: int | str = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            ended = f"stopped after {limit:.0f} s"
    step: dict[str, Any] = {
        "passed": ended == 0,
        "seconds": round(time.monotonic() - start, 1),
    }
    if ended != 0:
        step |= {"ended": ended, "tail": log.read_text(errors="replace")[-3000:]}
        print(step["tail"], flush=True)
    results.put("steps", name, step)
    print(f"<== {name}: {'passed' if ended == 0 else ended} in {step['seconds']} s", flush=True)
    return step

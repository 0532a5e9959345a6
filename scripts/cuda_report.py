"""A pytest plug-in: one line of JSON a test in the file that TAEDA_REPORT names, as soon as it is
known.

A process that is started anew leaves out what a former one has done, or has died of. One that has
lost the device ends, since every test after that would fail.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

PATH = os.environ.get("TAEDA_REPORT")
# Errors after which the driver refuses everything.
LOST = (
    "illegal memory access",
    "misaligned address",
    "unspecified launch failure",
    "device-side assert",
    "cudaErrorLaunchFailure",
    "illegal instruction",
)
LOST_DEVICE = 77


def keep(**record: Any) -> None:
    if PATH:
        with Path(PATH).open("a") as file:
            file.write(json.dumps(record) + "\n")


def known() -> set[str]:
    if not PATH or not Path(PATH).exists():
        return set()
    return {json.loads(line)["test"] for line in Path(PATH).read_text().splitlines()}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    done = known()
    left = [item for item in items if item.nodeid not in done]
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
    items[:] = left


def pytest_runtest_logstart(nodeid: str) -> None:
    keep(test=nodeid, outcome="started")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call" and report.outcome == "passed":
        return
    text = "" if report.outcome == "passed" else str(report.longrepr)[-1500:]
    keep(test=report.nodeid, outcome=report.outcome, seconds=round(report.duration, 3), text=text)
    if any(words in text for words in LOST):
        os._exit(LOST_DEVICE)

"""The MNIST program: a short run, resumption after a kill, errors of one line."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Runner = Callable[..., "subprocess.CompletedProcess[str]"]

PICTURES = ["learning_curve.png", "confusion_matrix.png", "misclassified.png"]
# Two epochs of eight steps, the last of them with fewer images, a checkpoint after every step.
SHORT = ["--limit", "500", "--epochs", "2", "--batch-size", "64", "--checkpoint-every", "1"]
SHORT_STEPS = 16


def program(out: Path, *options: object) -> list[str]:
    return ["-m", "examples.mnist", "--out", str(out), *map(str, options)]


def model_hash(out: Path) -> str:
    return hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()


def lines(out: Path) -> list[dict[str, float]]:
    """The metrics but for the speed, the one thing that differs from run to run."""
    records = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    for record in records:
        assert record.pop("images_per_second") > 0
    return records


def checkpoints(out: Path) -> list[str]:
    folder = out / "checkpoints"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run that nothing interrupted."""
    out = tmp_path_factory.mktemp("mnist") / "run"
    command = [sys.executable, *program(out, *SHORT)]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "images/s" in result.stderr
    assert "loss=" in result.stderr
    assert "accuracy=" in result.stderr
    assert "epoch 2: train loss" in result.stdout
    return out


def test_a_short_run_learns_and_writes_everything(finished: Path) -> None:
    records = lines(finished)
    assert [record["epoch"] for record in records] == [1, 2]
    assert [record["step"] for record in records] == [SHORT_STEPS // 2, SHORT_STEPS]
    assert records[1]["train_loss"] < records[0]["train_loss"]
    assert records[1]["test_accuracy"] > 0.5
    assert records[1]["lr"] == pytest.approx(0, abs=1e-12)
    assert checkpoints(finished) == ["step-00000015", "step-00000016"]
    for name in PICTURES:
        assert (finished / name).read_bytes().startswith(b"\x89PNG\r\n")


def test_the_same_seed_gives_the_same_bits(
    finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = tmp_path / "run"
    # Neither the loader's processes nor the checkpoints may change anything.
    changed = [*SHORT[:-1], "0", "--workers", "1"]
    assert run_python(*program(out, *changed)).returncode == 0
    assert model_hash(out) == model_hash(finished)
    assert lines(out) == lines(finished)


def step_is_there(step: int) -> Callable[[Path], bool]:
    return lambda out: f"step-{step:08d}" in checkpoints(out)


def writing_begins_after(step: int) -> Callable[[Path], bool]:
    """True while a checkpoint later than `step` is half-written."""

    def check(out: Path) -> bool:
        return any(name.startswith(".tmp-") and int(name[-8:]) > step for name in checkpoints(out))

    return check


def kill_when(ready: Callable[[Path], bool], out: Path, *options: object) -> None:
    """Start the program and send SIGKILL as soon as `ready`."""
    command = [sys.executable, *program(out, *options)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 240
        while not ready(out):
            assert process.poll() is None, "the program ended before it could be killed"
            assert time.monotonic() < deadline, "the program made no progress"
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param([Path.is_dir], id="before the first"),
        pytest.param([writing_begins_after(2), step_is_there(8)], id="writing, between epochs"),
        pytest.param(
            [step_is_there(5), writing_begins_after(9), step_is_there(13)],
            id="three times",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_killed_and_resumed_ends_with_the_same_bits(
    moments: list[Callable[[Path], bool]], finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = tmp_path / "run"
    resume: list[str] = []
    for moment in moments:
        kill_when(moment, out, *SHORT, *resume)
        resume = ["--resume"]
    result = run_python(*program(out, *SHORT, "--resume"))
    assert result.returncode == 0, result.stderr
    assert "resuming at step" in result.stdout or "from the beginning" in result.stdout
    assert model_hash(out) == model_hash(finished)
    assert lines(out) == lines(finished)
    assert checkpoints(out) == checkpoints(finished)


def test_resuming_a_finished_run_changes_nothing(
    finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = shutil.copytree(finished, tmp_path / "run")
    result = run_python(*program(out, *SHORT, "--resume"))
    assert result.returncode == 0, result.stderr
    assert model_hash(out) == model_hash(finished)
    assert lines(out) == lines(finished)


def test_interrupt_is_one_line(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, *program(out, *SHORT)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while not step_is_there(3)(out) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith("mnist: interrupted; continue")


def assert_one_line(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert result.returncode == 2, result.stderr
    # A progress bar may stand before the message.
    *before, message = result.stderr.rstrip("\n").replace("\r", "\n").split("\n")
    assert message.startswith("mnist: ")
    assert not any("Traceback" in line or "mnist:" in line for line in before)
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs", "0"], "argument --epochs: must be at least 1, got 0"),
        (["--epochs", "many"], "argument --epochs: 'many' is not an integer"),
        (["--batch-size", "-4"], "argument --batch-size: must be between 1 and 60000, got -4"),
        (["--lr", "nan"], "argument --lr: must be positive and finite, got nan"),
        (["--lr", "fast"], "argument --lr: 'fast' is not a number"),
        (["--threads", "0"], "argument --threads: must be between 1 and 1024, got 0"),
        (["--limit", "70000"], "argument --limit: must be between 1 and 60000, got 70000"),
        (["--seed", "-1"], "argument --seed: must be between 0 and"),
        (["--sed", "1"], "unrecognized arguments: --sed 1"),
        (["--out"], "argument --out: expected one argument"),
    ],
)
def test_bad_option_is_one_line(options: list[str], message: str, run_python: Runner) -> None:
    result = run_python("-m", "examples.mnist", *options)
    assert_one_line(result, message)
    assert result.stderr.count("\n") == 1


def test_help_names_every_option(run_python: Runner) -> None:
    result = run_python("-m", "examples.mnist", "--help")
    assert result.returncode == 0
    names = (
        "epochs batch-size lr seed workers threads device data out limit checkpoint-every resume"
    )
    for name in names.split():
        assert f"--{name}" in result.stdout


def test_missing_files_and_devices_are_one_line(tmp_path: Path, run_python: Runner) -> None:
    out = tmp_path / "run"
    absent = tmp_path / "absent.gz"
    result = run_python(*program(out, "--data", absent))
    assert_one_line(result, f"cannot read {absent}: No such file or directory")
    assert_one_line(run_python(*program(out, "--resume")), f"there is no run in {out}")
    assert_one_line(run_python(*program(out, "--device", "abacus")), "--device abacus: ")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    result = run_python(*program(in_the_way, *SHORT))
    assert_one_line(result, f"cannot write {in_the_way}: File exists")


def test_other_options_are_refused_on_resume(
    finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = shutil.copytree(finished, tmp_path / "run")
    result = run_python(*program(out, *SHORT, "--lr", "0.5", "--resume"))
    assert_one_line(result, "resume: --lr 0.5 differs from the run's 0.01")


def test_torn_checkpoint_is_one_line_and_the_one_before_it_serves(
    finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = shutil.copytree(finished, tmp_path / "run")
    newest = out / "checkpoints" / "step-00000016"
    os.truncate(newest / "tensors.safetensors", 1000)
    result = run_python(*program(out, *SHORT, "--resume"))
    assert_one_line(result, f"torn checkpoint {newest}", "delete that folder to resume at step 15")
    shutil.rmtree(newest)
    (out / "model.safetensors").unlink()
    assert run_python(*program(out, *SHORT, "--resume")).returncode == 0
    assert model_hash(out) == model_hash(finished)
    assert lines(out) == lines(finished)


def test_full_disk_is_one_line_and_loses_nothing(
    finished: Path, tmp_path: Path, run_python: Runner
) -> None:
    out = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(out / "checkpoints" / "step-00000016")

    def no_file_over_100_kb() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    result = run_python(*program(out, *SHORT, "--resume"), preexec_fn=no_file_over_100_kb)
    assert_one_line(result, "cannot write", "step-00000016: File too large")
    assert checkpoints(out) == ["step-00000015"]
    assert run_python(*program(out, *SHORT, "--resume")).returncode == 0
    assert model_hash(out) == model_hash(finished)

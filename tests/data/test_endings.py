"""How workers end: killed, exiting, hanging, abandoned, interrupted, orphaned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from taeda_data import DataLoader, Dataset

WAIT_SECONDS = 30


class Odd(Dataset):
    def __init__(self, function):
        self.function = function

    def __getitem__(self, index):
        return self.function(index)

    def __len__(self):
        return 6


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill_self(index):
    if index == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return index


def exit_self(index):
    if index == 3:
        os._exit(7)
    return index


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize(
    ("function", "what"),
    [
        (kill_self, r"was killed by SIGKILL \(signal 9\)"),
        (exit_self, "exited unexpectedly with exit code 7"),
    ],
)
def test_a_worker_that_dies_is_reported(function, what, persistent):
    dataset = Odd(function)
    loader = DataLoader(dataset, 1, num_workers=2, persistent_workers=persistent)
    iterator = iter(loader)
    with pytest.raises(RuntimeError, match=rf"DataLoader worker 1 \(pid \d+\) {what}"):
        list(iterator)
    with pytest.raises(RuntimeError, match="iterate the loader again"):
        next(iterator)
    dataset.function = int
    assert [batch.item() for batch in loader] == list(range(6))


def test_a_worker_that_dies_between_epochs_is_replaced():
    loader = DataLoader(range(4), 1, num_workers=2, persistent_workers=True)
    list(loader)
    victim = multiprocessing.active_children()[0]
    os.kill(victim.pid, signal.SIGKILL)
    wait_until(lambda: not victim.is_alive())
    assert [batch.item() for batch in loader] == [0, 1, 2, 3]


def hang(index):
    if index == 1:
        time.sleep(60)
    return index


def test_timeout_ends_the_workers():
    dataset = Odd(hang)
    loader = DataLoader(dataset, 1, num_workers=1, timeout=0.3)
    with pytest.raises(RuntimeError, match=r"timed out after 0\.3 seconds, while batch 1 was"):
        list(loader)
    assert multiprocessing.active_children() == []
    dataset.function = int
    assert len(list(loader)) == 6


def give_up(number, frame):
    raise TimeoutError("the caller's own")


def test_a_timeout_of_the_caller_is_passed_on():
    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(TimeoutError, match="the caller's own"):
            list(DataLoader(Odd(hang), 1, num_workers=1))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert multiprocessing.active_children() == []


def load_inside(index):
    return len(list(DataLoader(range(4), num_workers=1)))


def test_a_loader_with_workers_inside_a_worker_is_refused():
    # A worker is forked while its parent holds the lock of starting workers.
    loader = DataLoader(Odd(load_inside), 1, num_workers=1, timeout=30)
    with pytest.raises(AssertionError, match="daemonic processes are not allowed"):
        list(loader)


def test_a_stopped_worker_can_be_ended():
    iterator = iter(DataLoader(range(9), 1, num_workers=1, prefetch_factor=1))
    os.kill(iterator._pool.pids[0], signal.SIGSTOP)
    pids = iterator._pool.pids
    del iterator
    assert not any(map(is_alive, pids))


def test_dropping_the_iterator_ends_its_workers():
    pids = []
    for number, _ in enumerate(iterator := iter(DataLoader(range(9), 1, num_workers=2))):
        pids = iterator._pool.pids
        if number == 2:
            break
    assert all(map(is_alive, pids))
    del iterator
    assert not any(map(is_alive, pids))


PROGRAM = """
import os, signal, sys, time
from taeda_data import DataLoader, Dataset

class Slow(Dataset):
    def __getitem__(self, index):
        if index >= 4:
            time.sleep({pause})
        return index
    def __len__(self):
        return 8

if __name__ == "__main__":
    loader = DataLoader(Slow(), 1, num_workers=2, persistent_workers={persistent},
                        multiprocessing_context={context!r})
    iterator = iter(loader)
    batches = [next(iterator).item()]
    print(*iterator._pool.pids, flush=True)
    {then}
"""


def start(tmp_path, then, pause=60, persistent=False, context="fork"):
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent(PROGRAM).format(
            then=then, pause=pause, persistent=persistent, context=context
        )
    )
    # What this interpreter can import, a child of it shall too.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    return process, pids


def test_ctrl_c_reaches_everyone(tmp_path):
    process, pids = start(tmp_path, "list(iterator)")
    assert len(pids) == 2
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    assert errors.count("KeyboardInterrupt") == 1, errors
    assert process.returncode == -signal.SIGINT
    assert not any(map(is_alive, pids))


def test_workers_end_when_their_parent_is_killed(tmp_path):
    process, pids = start(tmp_path, "list(iterator)")
    assert len(pids) == 2
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)
    wait_until(lambda: not any(map(is_alive, pids)))


@pytest.mark.parametrize("persistent", [False, True])
def test_the_interpreter_can_end_in_the_midst_of_an_epoch(tmp_path, persistent):
    process, pids = start(tmp_path, "sys.exit(3)", persistent=persistent)
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, errors) == (3, "")
    assert not any(map(is_alive, pids))


@pytest.mark.parametrize("context", ["spawn", "forkserver"])
def test_other_start_methods(tmp_path, context):
    then = (
        "print(batches + [batch.item() for batch in iterator], flush=True); "
        "iterator = iter(loader); time.sleep(60)"
    )
    process, pids = start(tmp_path, then, pause=0, persistent=True, context=context)
    assert process.stdout.readline().strip() == str(list(range(8)))
    assert all(map(is_alive, pids))
    process.kill()
    _, errors = process.communicate(timeout=WAIT_SECONDS)
    assert errors == ""
    wait_until(lambda: not any(map(is_alive, pids)))

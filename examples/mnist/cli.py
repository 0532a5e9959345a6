"""The command line: `python -m examples.mnist [options]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from examples.mnist.errors import UsageError

PROGRAM = "python -m examples.mnist"
# As shells report a program stopped by Ctrl-C: 128 + SIGINT.
INTERRUPTED = 130


class OneLineParser(argparse.ArgumentParser):
    """argparse prints its usage before an error; one line that names the error is enough."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"mnist: {message}\n")


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """A parser of integers between `low` and `high`."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from None
        if value < low or (high is not None and value > high):
            limits = f"at least {low}" if high is None else f"between {low} and {high}"
            raise argparse.ArgumentTypeError(f"must be {limits}, got {value}")
        return value

    return parse


def learning_rate(text: str) -> float:
    """A parser of positive, finite numbers."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be positive and finite, got {text}")
    return value


def parser() -> argparse.ArgumentParser:
    """All options with their defaults."""
    result = OneLineParser(
        prog=PROGRAM,
        description="Train a small convolutional network on MNIST and test it.",
        epilog="A new run replaces the one in --out; --resume continues it and ends with the "
        "same bits as a run that was never interrupted.",
        allow_abbrev=False,
    )
    add = result.add_argument
    add(
        "--epochs",
        type=integer(1),
        default=3,
        metavar="N",
        help="passes over the data (default: %(default)s)",
    )
    add(
        "--batch-size",
        type=integer(1, 60_000),
        default=128,
        metavar="N",
        help="images a step (default: %(default)s)",
    )
    add(
        "--lr",
        type=learning_rate,
        default=0.01,
        metavar="RATE",
        help="highest learning rate (default: %(default)s)",
    )
    add(
        "--seed",
        type=integer(0, 2**63 - 1),
        default=0,
        metavar="N",
        help="seed of all randomness (default: %(default)s)",
    )
    add(
        "--workers",
        type=integer(0, 64),
        default=0,
        metavar="N",
        help="loader processes (default: %(default)s, none)",
    )
    add(
        "--threads",
        type=integer(1, 1024),
        metavar="N",
        help="threads of the tensor library (default: its own choice)",
    )
    add("--device", default="cpu", help="where to compute (default: %(default)s)")
    add("--data", type=Path, metavar="FILE", help="mnist.pkl.gz instead of the package's")
    add(
        "--out",
        type=Path,
        default=Path("runs/mnist"),
        metavar="DIR",
        help="folder of the run (default: %(default)s)",
    )
    add(
        "--limit",
        type=integer(1, 60_000),
        metavar="N",
        help="use only the first N images of each part",
    )
    add(
        "--checkpoint-every",
        type=integer(0),
        default=0,
        metavar="STEPS",
        help="a checkpoint every so many steps besides the one after each epoch",
    )
    add("--resume", action="store_true", help="continue the run in --out")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status: 0, 2 for what the user can put right, 130."""
    options = parser().parse_args(arguments)
    try:
        # Imported here: --help and a bad option need no tensors.
        from examples.mnist.train import run

        run(options)
    except UsageError as error:
        print(f"mnist: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(
            f"mnist: the package {error.name} is missing: install the dependency group 'examples'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(
            "mnist: interrupted; continue from the last checkpoint with --resume", file=sys.stderr
        )
        return INTERRUPTED
    return 0

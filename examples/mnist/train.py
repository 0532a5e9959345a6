"""The run: loader, model, optimiser and schedule, saved whole and continued exactly."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors.numpy
from tqdm import tqdm

import taeda as torch
import taeda.nn as nn
from examples.mnist import data, plots
from examples.mnist.checkpoint import CheckpointStore
from examples.mnist.data import Array, Digits
from examples.mnist.encoding import Arrays, encode
from examples.mnist.errors import UsageError
from examples.mnist.files import replace_file
from examples.mnist.metrics import MetricsLog
from examples.mnist.model import Net
from taeda.optim import AdamW
from taeda.optim.lr_scheduler import LambdaLR
from taeda.utils.data import DataLoader, TensorDataset

EVALUATION_BATCH = 1000
# A resumed run must agree in these, or its bits would differ.
FIXED_OPTIONS = ("epochs", "batch_size", "lr", "seed", "limit", "device")


def one_cycle(steps: int) -> Callable[[int], float]:
    """The factor of the learning rate: a linear rise over a fifth of the steps, then a cosine.

    >>> factor = one_cycle(10)
    >>> [round(factor(step), 3) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    rise = max(steps // 5, 1)

    def factor(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(steps - rise, 1)))

    return factor


class Trainer:
    """Everything that changes during a run; `state_dict` holds all that decides its future."""

    def __init__(self, options: argparse.Namespace, train: Digits, test: Digits) -> None:
        self.options = options
        self.device = _device(options.device)
        self.test = test
        torch.manual_seed(options.seed)
        self.model = Net().to(self.device)
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = AdamW(self.model.parameters(), lr=options.lr, weight_decay=0.01)
        self.loader = DataLoader(
            TensorDataset(torch.from_numpy(train.images), torch.from_numpy(train.labels)),
            batch_size=options.batch_size,
            shuffle=True,
            num_workers=options.workers,
            generator=torch.Generator().manual_seed(options.seed),
        )
        self.images = len(train.labels)
        self.total_steps = options.epochs * len(self.loader)
        self.scheduler = LambdaLR(self.optimizer, one_cycle(self.total_steps))
        self.step = 0
        self.epoch = 0
        self.running = {"images": 0, "loss": 0.0, "correct": 0}
        self.store = CheckpointStore(options.out / "checkpoints")
        self.metrics = MetricsLog(options.out / "metrics.jsonl")

    def state_dict(self) -> dict[str, Any]:
        """The run at this step."""
        return {
            "options": {name: getattr(self.options, name) for name in FIXED_OPTIONS},
            "step": self.step,
            "epoch": self.epoch,
            "running": dict(self.running),
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "loader": self.loader.state_dict(),
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state`; raises UsageError if it was made with other options."""
        for name, saved in state["options"].items():
            given = getattr(self.options, name)
            if given != saved:
                option = "--" + name.replace("_", "-")
                raise UsageError(f"resume: {option} {given} differs from the run's {saved}")
        self.step = state["step"]
        self.epoch = state["epoch"]
        self.running = state["running"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.loader.load_state_dict(state["loader"])
        torch.set_rng_state(state["random"])

    def train_step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """One step of the optimiser, and its share of the epoch's loss and accuracy."""
        images, labels = images.to(self.device), labels.to(self.device)
        scores = self.model(images)
        loss = self.criterion(scores, labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        self.step += 1
        self.running["images"] += len(labels)
        self.running["loss"] += loss.item() * len(labels)
        self.running["correct"] += int((scores.argmax(dim=1) == labels).sum().item())

    def train_epoch(self) -> None:
        """The rest of this epoch, its test, its line of metrics and its checkpoint."""
        self.model.train()
        start, seen_before = time.perf_counter(), self.running["images"]
        with tqdm(
            total=self.images,
            initial=seen_before,
            desc=f"epoch {self.epoch + 1}/{self.options.epochs}",
            unit=" images",
            dynamic_ncols=True,
            mininterval=0.2,
        ) as bar:
            for images, labels in self.loader:
                self.train_step(images, labels)
                bar.set_postfix(refresh=False, **self.averages())
                bar.update(len(labels))
                every = self.options.checkpoint_every
                if every and self.step % every == 0 and self.step % len(self.loader):
                    self.store.save(self.step, self.state_dict())
        seconds = time.perf_counter() - start
        averages = self.averages()
        test_loss, predictions = self.evaluate()
        record = {
            "epoch": self.epoch + 1,
            "step": self.step,
            "train_loss": averages["loss"],
            "train_accuracy": averages["accuracy"],
            "test_loss": test_loss,
            "test_accuracy": float((predictions == self.test.labels).mean()),
            "lr": self.optimizer.param_groups[0]["lr"],
            "images_per_second": round((self.images - seen_before) / max(seconds, 1e-9), 1),
        }
        self.metrics.append(record)
        self.epoch += 1
        self.running = {"images": 0, "loss": 0.0, "correct": 0}
        self.store.save(self.step, self.state_dict())
        print(
            f"epoch {self.epoch}: train loss {record['train_loss']:.4f}, "
            f"accuracy {record['train_accuracy']:.2%}; test loss {test_loss:.4f}, "
            f"accuracy {record['test_accuracy']:.2%}; "
            f"{record['images_per_second']:,.0f} images/s",
            flush=True,
        )

    def averages(self) -> dict[str, float]:
        """Mean loss and accuracy over this epoch so far."""
        count = max(self.running["images"], 1)
        return {
            "loss": self.running["loss"] / count,
            "accuracy": self.running["correct"] / count,
        }

    def evaluate(self) -> tuple[float, Array]:
        """Mean loss and predicted digits, int64 (N,), over the test images."""
        self.model.eval()
        total, predictions = 0.0, []
        with torch.no_grad():
            for start in range(0, len(self.test.labels), EVALUATION_BATCH):
                part = slice(start, start + EVALUATION_BATCH)
                images = torch.from_numpy(self.test.images[part]).to(self.device)
                labels = torch.from_numpy(self.test.labels[part]).to(self.device)
                scores = self.model(images)
                total += self.criterion(scores, labels).item() * len(labels)
                predictions.append(scores.argmax(dim=1).cpu().numpy())
        return total / len(self.test.labels), np.concatenate(predictions)

    def finish(self) -> None:
        """Write the trained model and the pictures."""
        arrays: Arrays = {}
        for name, tensor in self.model.state_dict().items():
            encode(tensor, arrays, name)
        out = self.options.out
        replace_file(out / "model.safetensors", safetensors.numpy.save(arrays))
        _, predictions = self.evaluate()
        paths = plots.save_all(out, self.metrics.read(), self.test, predictions)
        accuracy = float((predictions == self.test.labels).mean())
        print(
            f"test accuracy {accuracy:.2%}; wrote {out}/model.safetensors, metrics.jsonl, ", end=""
        )
        print(", ".join(path.name for path in paths))


def run(options: argparse.Namespace) -> None:
    """Train from the start or from the last checkpoint; raises UsageError."""
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    if options.resume and not options.out.is_dir():
        raise UsageError(f"resume: there is no run in {options.out}: no such folder")
    train, test = data.load(options.data)
    if options.limit is not None:
        train, test = train.first(options.limit), test.first(options.limit)
    trainer = Trainer(options, train, test)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        if not options.resume:
            trainer.store.clear()
            trainer.metrics.path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {options.out}: {error.strerror or error}") from error
    if options.resume:
        _resume(trainer)
    while trainer.epoch < options.epochs:
        trainer.train_epoch()
    trainer.finish()


def _resume(trainer: Trainer) -> None:
    steps = trainer.store.steps()
    if steps:
        try:
            trainer.load_state_dict(trainer.store.load(steps[-1]))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise UsageError(
                f"resume: {trainer.store.path(steps[-1])} is of another program: {reason}"
            ) from error
        print(f"resuming at step {trainer.step} of {trainer.total_steps}", flush=True)
    else:
        # Killed before its first checkpoint: the start is its last complete state.
        print("no checkpoint yet: starting from the beginning", flush=True)
    trainer.metrics.rewind(trainer.step)


def _device(name: str) -> torch.device:
    """The device, after one allocation that shows that it works."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, ValueError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UsageError(f"--device {name}: {reason}") from error
    return device

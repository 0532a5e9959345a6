"""Pictures of a run: learning curve, confusion matrix, misclassified digits."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from examples.mnist.data import CLASSES, Array, Digits
from examples.mnist.files import replace_file

ROWS, COLUMNS = 5, 8


def save_all(
    folder: Path, records: list[dict[str, Any]], test: Digits, predictions: Array
) -> list[Path]:
    """Draw and write the three pictures; returns their paths."""
    figures = {
        "learning_curve.png": learning_curve(records),
        "confusion_matrix.png": confusion_matrix(test.labels, predictions),
        "misclassified.png": misclassified(test, predictions),
    }
    for name, figure in figures.items():
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
        plt.close(figure)
        replace_file(folder / name, buffer.getvalue())
    return [folder / name for name in figures]


def learning_curve(records: list[dict[str, Any]]) -> Figure:
    """Loss and accuracy on training and test images over the epochs."""
    epochs = [record["epoch"] for record in records]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    for axis, quantity, scale in zip(axes, ("loss", "accuracy"), (1, 100), strict=True):
        for part in ("train", "test"):
            values = [scale * record[f"{part}_{quantity}"] for record in records]
            axis.plot(epochs, values, marker="o", label=part)
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity if scale == 1 else f"{quantity} [%]")
        axis.set_xticks(epochs)
        axis.grid(alpha=0.3)
        axis.legend()
    return figure


def confusion_counts(labels: Array, predictions: Array) -> Array:
    """Counts (10, 10): row the true digit, column the predicted one.

    >>> confusion_counts(np.array([0, 1, 1]), np.array([0, 1, 7]))[1, [1, 7]].tolist()
    [1, 1]
    """
    counts = np.bincount(labels * CLASSES + predictions, minlength=CLASSES**2)
    return counts.reshape(CLASSES, CLASSES)


def confusion_matrix(labels: Array, predictions: Array) -> Figure:
    """The counts as a picture; colours show the share of the true digit's images."""
    counts = confusion_counts(labels, predictions)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, axis = plt.subplots(figsize=(6, 5.5))
    # The square root lets single errors be seen beside a thousand correct images.
    axis.imshow(np.sqrt(share), cmap="Blues", vmin=0, vmax=1)
    for true, predicted in np.argwhere(counts):
        colour = "white" if share[true, predicted] > 0.25 else "black"
        text = str(counts[true, predicted])
        axis.text(predicted, true, text, ha="center", va="center", color=colour, fontsize=8)
    axis.set_xticks(range(CLASSES))
    axis.set_yticks(range(CLASSES))
    axis.set_xlabel("predicted")
    axis.set_ylabel("true")
    accuracy = np.trace(counts) / max(counts.sum(), 1)
    axis.set_title(f"{counts.sum():,} test images, {accuracy:.2%} correct")
    return figure


def misclassified(test: Digits, predictions: Array) -> Figure:
    """The first digits that the model got wrong, each with 'true -> predicted'."""
    wrong = np.flatnonzero(test.labels != predictions)
    figure, axes = plt.subplots(ROWS, COLUMNS, figsize=(COLUMNS * 1.1, ROWS * 1.3))
    figure.suptitle(f"{len(wrong)} of {len(predictions):,} test images misclassified")
    for axis in axes.flat:
        axis.axis("off")
    for axis, index in zip(axes.flat, wrong, strict=False):
        axis.imshow(test.images[index, 0], cmap="gray_r", vmin=0, vmax=255)
        axis.set_title(f"{test.labels[index]} \N{RIGHTWARDS ARROW} {predictions[index]}", size=9)
    return figure

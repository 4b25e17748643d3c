"""When training stops before its end: no improvement for some epochs, judged per network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jit import kernel
from tunescape.errors import InputError

MONITORS = ("validation_loss", "train_loss", "running_loss")
"""What may be watched: a loss measured after each epoch, or the mean loss of its batches, penalties included."""


@dataclass(frozen=True)
class EarlyStopping:
    """A rule for stopping.

    Args:
        patience: Epochs without improvement that are waited for.
        min_delta: Smallest decrease that counts as an improvement.
        monitor: One of `MONITORS`.
        restore_best: Whether the weights go back to those of the best epoch.
        rule: ``"keras"``: an epoch improves when it is below the best by more than `min_delta`, and
            training stops at the `patience`-th epoch in a row that does not (Keras's EarlyStopping).
            ``"sklearn"``: an epoch fails when it is above the best minus `min_delta`, any lower value
            is the new best, and training stops when more than `patience` epochs in a row fail.

    Raises:
        InputError: A value is not allowed.
    """

    patience: int
    min_delta: float = 0.0
    monitor: Literal["validation_loss", "train_loss", "running_loss"] = "validation_loss"
    restore_best: bool = True
    rule: Literal["keras", "sklearn"] = "keras"

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise InputError(f"`patience` must be at least 1. Got patience={self.patience!r}.")
        if self.monitor not in MONITORS:
            raise InputError(f"`monitor` must be one of {', '.join(MONITORS)}. Got monitor={self.monitor!r}.")


@dataclass(frozen=True)
class Waiting:
    """How long each of some networks has been waiting for an improvement.

    Args:
        best: Lowest value so far, shape (n,).
        epochs: Epochs since it, shape (n,).
    """

    best: NDArray[np.float64]
    epochs: NDArray[np.int64]


def begin_waiting(n: int) -> Waiting:
    """Nothing was seen yet."""
    return Waiting(np.full(n, np.inf), np.zeros(n, dtype=np.int64))


def look(
    rule: EarlyStopping, waiting: Waiting, value: NDArray[np.float64]
) -> tuple[Waiting, NDArray[np.bool_], NDArray[np.bool_]]:
    """Judge one epoch of each network.

    Args:
        rule: The rule.
        waiting: What was seen before.
        value: What the monitor shows now, shape (n,); NaN counts as no improvement.

    Returns:
        What was seen so far, which networks are at their best, and which stop.
    """
    value = np.where(np.isnan(value), np.inf, value)
    if rule.rule == "sklearn":
        failed = ~(value <= waiting.best - rule.min_delta)
        best = value < waiting.best
        epochs = np.where(failed, waiting.epochs + 1, 0)
        stops = epochs > rule.patience
    else:
        best = value < waiting.best - rule.min_delta
        epochs = np.where(best, 0, waiting.epochs + 1)
        stops = epochs >= rule.patience
    return Waiting(np.where(best, value, waiting.best), epochs), best, stops


class Rule(NamedTuple):
    """A rule as kernels read it.

    Attributes:
        is_on: 1 where there is one.
        monitor: Which of `MONITORS`.
        patience: Epochs that are waited for.
        min_delta: Smallest decrease that counts.
        restores: 1 where the best weights are gone back to.
        is_sklearn: 1 for scikit-learn's rule.
    """

    is_on: int
    monitor: int
    patience: int
    min_delta: float
    restores: int
    is_sklearn: int


def as_rule(rule: EarlyStopping | None) -> Rule:
    """The rule as kernels read it."""
    if rule is None:
        return Rule(0, 0, 1, 0.0, 0, 0)
    monitor = MONITORS.index(rule.monitor)
    return Rule(1, monitor, rule.patience, rule.min_delta, int(rule.restore_best), int(rule.rule == "sklearn"))


@kernel
def judge(
    rule: Rule, best: NDArray[np.float64], waited: NDArray[np.int64], lane: int, value: float
) -> tuple[bool, bool]:
    """`look` for one lane, whose lowest value and epochs since then are changed in place.

    Returns:
        Whether it is at its best, and whether it stops.
    """
    if np.isnan(value):
        value = np.inf
    if rule.is_sklearn == 1:
        failed = not value <= best[lane] - rule.min_delta
        is_best = value < best[lane]
        waited[lane] = waited[lane] + 1 if failed else 0
        stops = waited[lane] > rule.patience
    else:
        is_best = value < best[lane] - rule.min_delta
        waited[lane] = 0 if is_best else waited[lane] + 1
        stops = waited[lane] >= rule.patience
    if is_best:
        best[lane] = value
    return is_best, stops

"""From what was measured of one network to its finished trial: metrics, curve, and whether it diverged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import DIVERGED, divergence, sentence
from tunescape.study import Curve, Objective, Status, Trial

HOPELESS = 1000
"""A regression whose loss exceeds that of a constant prediction so many times has diverged."""

_SERIES = tuple(m * 10**e for e in range(1, 9) for m in (1, 2, 5))


MOST_POINTS = 500
"""Points of a curve that is measured by epochs; longer trainings are measured every few epochs."""


def curve_points(n_steps: int, per_epoch: int | None = None) -> list[int]:
    """Steps at which a trial is measured.

    Args:
        n_steps: Its steps.
        per_epoch: Steps of an epoch, to measure at the end of each (or of every few, evenly, where
            there are more than `MOST_POINTS`); by default 10, 20, 50, 100, … and the last step.
    """
    if per_epoch is None:
        return [point for point in _SERIES if point < n_steps] + [n_steps]
    every = per_epoch * max(1, -(-n_steps // (per_epoch * MOST_POINTS)))
    return [*range(every, n_steps, every), n_steps]


def in_words_of_task(loss: str, name: str) -> str:
    """The engine's name of a measurement as the task calls it: the loss of a regression is its mse."""
    return name.replace("_loss", "_mse") if loss == "squared_error" else name


def finished(
    trial: Trial,
    *,
    steps: int,
    curves: Mapping[str, NDArray[np.float32]],
    measured_at: NDArray[np.int64],
    weights_stopped: int,
    objective: Objective,
    loss: str,
    constant_loss: float,
    started: float,
    seconds: float,
) -> Trial:
    """Return the trial with everything that was measured.

    Args:
        trial: As planned.
        steps: Optimiser steps that it spent.
        curves: Measurements by the engine's names, each of shape (n_points,).
        measured_at: Steps of the points, shape (n_points,), the last one being `steps`.
        weights_stopped: Step at which a weight became non-finite, or -1.
        objective: Which measurement is the value.
        loss: The task's loss.
        constant_loss: Training loss of predicting the mean, for a squared error.
        started: Start in seconds since 1970.
        seconds: How long it took.
    """
    curve = Curve(measured_at, {in_words_of_task(loss, name): values for name, values in curves.items()})
    metrics = {name: float(values[-1]) for name, values in curve.values.items()}
    reason = _divergence(curve, weights_stopped if weights_stopped <= steps else -1, loss, constant_loss)
    value = metrics.pop(objective.name, math.nan)
    return replace(
        trial,
        status=Status.DIVERGED if reason else Status.COMPLETED,
        value=None if reason else value,
        budget=float(steps),
        metrics={} if reason else metrics,
        curve=curve,
        started=started,
        seconds=seconds,
        reason=reason,
    )


def _divergence(curve: Curve, weights_stopped: int, loss: str, constant_loss: float) -> str:
    """Why a network diverged, or nothing; it looks at the trial's own curve only."""
    own = {name: values[None] for name, values in curve.values.items()}
    stopped = int(divergence(curve.steps, own, np.array([weights_stopped]))[0])
    if stopped >= 0:
        return sentence(DIVERGED, stopped)
    last = curve.values[in_words_of_task(loss, "train_loss")][-1]
    if loss == "squared_error" and 0 < HOPELESS * constant_loss < last:
        step = int(curve.steps[-1])
        return f"the training loss at step {step} is more than {HOPELESS} times that of a constant prediction"
    return ""


def loss_of_constant(targets: NDArray) -> float:
    """Mean squared error of predicting the mean of the targets, shape (n, n_outputs)."""
    return float(np.mean(np.var(targets, axis=0)))

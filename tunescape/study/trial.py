"""One evaluation of a configuration at a budget and a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.study.status import Status


@dataclass(frozen=True)
class Curve:
    """Learning curves of one trial.

    Args:
        steps: Optimiser steps at which was measured, increasing, shape (n_points,), int64.
        values: For each name (``"train_loss"``, ``"validation_accuracy"``, …) the measurements,
            shape (n_points,), float32; NaN after divergence.
    """

    steps: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float32]]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Curve)
            and np.array_equal(self.steps, other.steps)
            and list(self.values) == list(other.values)
            and all(np.array_equal(v, other.values[k], equal_nan=True) for k, v in self.values.items())
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Trial:
    """One evaluation of a configuration.

    Args:
        number: Position in the study, from 0; reserved before the trial starts.
        configuration: Value of every active hyperparameter by name.
        replicate: Which repetition of the configuration this is, from 0.
        seed: Seed of its randomness (weights, shuffling, dropout).
        trajectory: Number of the first trial that was read off the same training run; trials with
            equal trajectory share their randomness and differ in budget only.
        status: How it ended.
        value: The objective; None where there is none.
        budget: What it was allowed to spend, in the study's unit; None where unknown.
        metrics: Everything else that was measured at its end.
        curve: Learning curves, or None.
        started: Start in seconds since 1970, or None.
        seconds: How long it took; shares of a batch are equal parts of the batch's time.
        reason: Why it ended as it did, where the status does not say all ("… at step 120").
        note: The user's words.
    """

    number: int
    configuration: Mapping[str, Any]
    replicate: int = 0
    seed: int = 0
    trajectory: int = -1
    status: Status = Status.WAITING
    value: float | None = None
    budget: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: Curve | None = None
    started: float | None = None
    seconds: float | None = None
    reason: str = ""
    note: str = ""

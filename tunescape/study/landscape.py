"""The landscape of two hyperparameters: one trained network per pixel, as arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.space import Float, Integer, Ordinal, from_unit, to_unit

WAITING, LEARNED, NOT_LEARNED, DIVERGED = -1, 0, 1, 2
"""What became of a pixel's network; `WAITING` was not trained yet."""

OUTCOMES = {LEARNED: "learned", NOT_LEARNED: "not_learned", DIVERGED: "diverged"}
"""Outcomes by the name they have in documents."""


@dataclass(frozen=True)
class Axis:
    """One hyperparameter of a landscape, cut into pixels.

    Args:
        name: The hyperparameter.
        parameter: Its range. A `Float` is cut evenly on its scale; whole numbers and ordered levels have
            one pixel per value at most.
        wanted: Pixels that were asked for.
    """

    name: str
    parameter: Float | Integer | Ordinal
    wanted: int

    @property
    def values(self) -> NDArray[Any]:
        """Values at the middle of the pixels, lowest first, shape (n_pixels,)."""
        parameter, n = self.parameter, self.wanted
        if isinstance(parameter, Ordinal):
            n = len(parameter.choices)
        elif isinstance(parameter, Integer):
            n = min(n, parameter.high - parameter.low + 1)
            if n == parameter.high - parameter.low + 1:
                return np.arange(parameter.low, parameter.high + 1)
        return np.array(list(dict.fromkeys(from_unit(parameter, (np.arange(n) + 0.5) / n))))

    @property
    def is_continuous(self) -> bool:
        """Whether pixels stand evenly on a scale of numbers."""
        return isinstance(self.parameter, Float)

    @property
    def is_log(self) -> bool:
        """Whether that scale is logarithmic."""
        return isinstance(self.parameter, Float) and self.parameter.scale == "log"

    @property
    def digits(self) -> int:
        """Significant digits that tell neighbouring pixels apart, three or more."""
        if not self.is_continuous or len(self.values) < 2:
            return 3
        sizes = np.abs(self.values)
        apart = float((np.abs(np.diff(self.values)) / np.maximum(sizes[1:], sizes[:-1])).min())
        return max(3, math.ceil(-math.log10(apart)) + 1)

    def position(self, value: float) -> float:
        """Where a value of a continuous axis stands: 0 at the low end, 1 at the high end."""
        return float(to_unit(self.parameter, [value])[0])


@dataclass(frozen=True, eq=False)
class Landscape:
    """One trained network per pixel of the plane of two hyperparameters.

    Args:
        task: What the networks learn.
        x: The hyperparameter from left to right.
        y: The hyperparameter from below to above.
        n_steps: Optimiser steps of every network.
        constant_loss: Training loss of the best constant prediction.
        settings: What all networks share and how they were made, as plain data; two landscapes with the
            same settings are the same.
        outcome: What became of each network (`OUTCOMES`, or `WAITING`), shape (n_y, n_x), int8.
        loss: Training loss at the end, the mean of the last few measurements; infinite where it overflowed,
            NaN where not trained yet. Shape (n_y, n_x), float32, as all that follow but `stopped_at`.
        mean_loss: Mean training loss over all steps.
        lasted: How many steps the loss stayed near where it began: each step counts by the share of the
            loss at the start (or of a constant prediction, whichever is higher) in the loss then, at most 1.
        stopped_at: Step at which a weight or a measured loss became non-finite, or -1, shape (n_y, n_x), int32.
        seconds: Time spent on training, all sittings together.
    """

    task: str
    x: Axis
    y: Axis
    n_steps: int
    constant_loss: float
    settings: Mapping[str, Any]
    outcome: NDArray[np.int8]
    loss: NDArray[np.float32]
    mean_loss: NDArray[np.float32]
    lasted: NDArray[np.float32]
    stopped_at: NDArray[np.int32]
    seconds: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (pixels of `y`) and columns (pixels of `x`)."""
        return len(self.y.values), len(self.x.values)

    @property
    def is_complete(self) -> bool:
        """Whether every network was trained."""
        return not (self.outcome == WAITING).any()

    @property
    def fixed(self) -> dict[str, Any]:
        """Settings that all networks share."""
        return dict(self.settings["network"])

    def after(self, seconds: float) -> Landscape:
        """The same landscape after more time was spent on it."""
        return replace(self, seconds=self.seconds + seconds)

    def configuration(self, row: int, column: int) -> dict[str, Any]:
        """The settings of one pixel's network."""
        return {
            **self.fixed,
            self.x.name: self.x.values[column].item(),
            self.y.name: self.y.values[row].item(),
        }

    def __repr__(self) -> str:
        n_y, n_x = self.shape
        done = int((self.outcome != WAITING).sum())
        words = f"{n_x} x {n_y} networks" + ("" if self.is_complete else f", {done} of them trained")
        return f"Landscape({self.task!r}: {self.x.name} by {self.y.name}, {words}, {self.n_steps} steps)"


def empty_landscape(
    task: str, x: Axis, y: Axis, *, n_steps: int, constant_loss: float, settings: Mapping[str, Any]
) -> Landscape:
    """Return a landscape of which no network was trained yet; arguments as for `Landscape`."""
    shape = (len(y.values), len(x.values))
    loss, mean_loss, lasted = (np.full(shape, np.nan, np.float32) for _ in range(3))
    outcome, stopped_at = np.full(shape, WAITING, np.int8), np.full(shape, -1, np.int32)
    return Landscape(task, x, y, n_steps, constant_loss, settings, outcome, loss, mean_loss, lasted, stopped_at)

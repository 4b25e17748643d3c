"""Runs drawn as curves: replicates gathered by configuration, their median, and the range of the axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.labels import plain

MOST_POINTS = 200
_DECADE = 10.0
_ABOVE_START = 3.0


@dataclass(frozen=True, eq=False)
class Runs:
    """All runs of one configuration.

    Args:
        configuration: Its hyperparameters.
        steps: Where was measured, for each run, shape (n_points,).
        losses: What was measured, for each run, shape (n_points,); NaN after divergence.
    """

    configuration: Mapping[str, Any]
    steps: tuple[NDArray[np.float64], ...]
    losses: tuple[NDArray[np.float64], ...]

    @property
    def final(self) -> float:
        """The median of the last losses; infinite where most runs diverged or did not learn at all."""
        ends = [loss[-1] if len(loss) and np.isfinite(loss[-1]) else np.inf for loss in self.losses]
        with np.errstate(invalid="ignore"):  # the mean of two infinities
            return float(np.nan_to_num(np.median(ends), nan=np.inf, posinf=np.inf)) if ends else np.inf

    @property
    def diverged(self) -> int:
        """How many runs end without a finite loss."""
        return sum(not (len(loss) and np.isfinite(loss[-1])) for loss in self.losses)


def gathered(
    configurations: Sequence[Mapping[str, Any]], steps: Sequence[ArrayLike], losses: Sequence[ArrayLike]
) -> list[Runs]:
    """Gather runs by configuration, in order of first appearance.

    Raises:
        InputError: The three differ in length, or a run has more losses than steps.
    """
    if not len(configurations) == len(steps) == len(losses):
        raise InputError(
            "`configurations`, `steps` and `losses` must have one entry per run. "
            f"Got {len(configurations)}, {len(steps)} and {len(losses)} entries."
        )
    if not len(configurations):
        raise InputError("`configurations` must hold at least one run. Got none; train a network first.")
    found: dict[Any, tuple[Mapping[str, Any], list, list]] = {}
    for i, (configuration, at, loss) in enumerate(zip(configurations, steps, losses, strict=True)):
        x, y = np.asarray(at, dtype=float).ravel(), np.asarray(loss, dtype=float).ravel()
        if len(x) != len(y):
            raise InputError(f"`steps` and `losses` must match. Got {len(x)} steps and {len(y)} losses for run {i}.")
        key = tuple(sorted((name, repr(plain(value))) for name, value in configuration.items()))
        _, all_steps, all_losses = found.setdefault(key, (configuration, [], []))
        all_steps.append(x)
        all_losses.append(y)
    return [Runs(c, tuple(s), tuple(y)) for c, s, y in found.values()]


def median(runs: Runs) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """The curve that stands for all runs of a configuration.

    Returns:
        Steps, losses, and whether it is the median at each step. A run that diverged counts as
        infinitely bad, so that the median ends where most runs have diverged. Runs that were
        measured at different steps have no such median: then the run whose last loss is in the
        middle stands for them.
    """
    first = runs.steps[0]
    if all(np.array_equal(first, other) for other in runs.steps):
        table = np.where(np.isfinite(runs.losses), runs.losses, np.inf)  # (n_runs, n_points)
        with np.errstate(invalid="ignore"):  # the mean of two infinities
            middle = np.median(table, axis=0)
        return first, np.where(np.isfinite(middle), middle, np.nan), True
    ends = [loss[-1] if len(loss) and np.isfinite(loss[-1]) else np.inf for loss in runs.losses]
    i = int(np.argsort(ends, kind="stable")[(len(ends) - 1) // 2])
    return runs.steps[i], runs.losses[i], False


def loss_range(all_runs: Sequence[Runs], reference: float | None = None) -> tuple[float, float, bool]:
    """The range of the axis that all panels share.

    Returns:
        Low end, high end, and whether the axis is logarithmic: where positive losses span more than
        a decade. Losses far above every start are left outside the picture, so that one run that
        explodes does not flatten the others.
    """
    losses = [loss for runs in all_runs for loss in runs.losses]
    values = np.concatenate(losses) if losses else np.empty(0)
    values = values[np.isfinite(values)]
    if reference is not None:
        values = np.append(values, reference)
    if not len(values):
        return 0.0, 1.0, False
    starts = [loss[np.isfinite(loss)][:1] for loss in losses]
    start = max((float(s[0]) for s in starts if len(s)), default=0.0)
    high = float(values.max())
    if start > 0:
        usual = [s for s in np.concatenate(starts) if s > 0]
        high = min(high, _ABOVE_START * max(float(np.median(usual)), reference or 0.0, *np.quantile(usual, [0.9])))
    low, positive = float(values.min()), values[values > 0]
    if low >= 0 and len(positive) and high > _DECADE * float(positive.min()):
        return float(positive.min()) / 1.25, high * 1.25, True
    pad = 0.04 * (high - low) or 0.1 * abs(high) or 0.1
    return low - pad, high + pad, False


def outside(all_runs: Sequence[Runs], low: float, high: float, log: bool) -> tuple[int, int]:
    """How many runs rise above the picture, and how many fall out of a logarithmic one at zero."""
    losses = [loss for runs in all_runs for loss in runs.losses]
    above = sum(bool(np.any(loss[np.isfinite(loss)] > high)) for loss in losses)
    zero = sum(bool(np.any(loss <= 0)) for loss in losses) if log else 0
    return above, zero


def thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most 200 points of a curve, evenly taken, both ends among them."""
    if len(x) <= MOST_POINTS:
        return x, y
    keep = np.round(np.linspace(0, len(x) - 1, MOST_POINTS)).astype(int)
    return x[keep], y[keep]


def geometric(all_runs: Sequence[Runs]) -> bool:
    """Whether steps were measured ever more rarely, so that a logarithmic axis spreads them evenly."""
    longest = max((s for runs in all_runs for s in runs.steps), key=len)
    positive = longest[longest > 0]
    if len(positive) < 4 or positive[-1] < 30 * positive[0]:
        return False
    gaps = np.diff(positive)
    return bool(gaps[-1] > 4 * gaps[0])

"""The best of many noisy means: how noisy it is, what ties with it, what it is worth without luck."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.clusters import Configurations
from tunescape.explanation.intervals import best_of_many, largest_of_many, student_quantile
from tunescape.study import Objective, TrialTable

LEVEL = 0.9
GOOD_SHARE = 0.1
FEWEST_GOOD = 10
MANY_RUNS = 8
SAME = 1e-6  # values kept in single precision are equal within this


@dataclass(frozen=True)
class Noise:
    """Standard deviation of one run near the best configurations.

    Args:
        sd: The standard deviation; None where nothing is known of it.
        df: Its degrees of freedom.
        replicated: Whether it was seen in replicates (else it is a bound from neighbours).
    """

    sd: float | None
    df: float
    replicated: bool


def noise_near_best(table: TrialTable, cells: Configurations, bound: float | None = None) -> Noise:
    """Pool the replicate variance of the best tenth of the configurations (at least ten, or one of eight runs).

    The part is widened until it gives ten degrees of freedom or nothing is left. Where values come
    in steps (accuracies), the variance of rounding to a step is added: configurations that are picked
    for good replicates on a coarse grid show too little of their noise.

    Args:
        table: Completed trials with finite values.
        cells: Its configurations.
        bound: An upper bound on the standard deviation known from elsewhere, used without replicates.
    """
    order = np.argsort(-table.objective.sign * cells.means, kind="stable")
    df = np.cumsum(cells.counts[order] - 1)
    if df[-1] < 3 and (cells.counts > 1).mean() < 0.5:
        neighbours = _neighbour_sd(table, cells, order)
        known = [sd for sd in (neighbours, bound) if sd is not None]
        return Noise(min(known, default=None), float(len(order) - 1), replicated=False)
    enough = cells.counts[order[0]] >= MANY_RUNS  # the best one's own runs tell
    part = max(math.ceil(GOOD_SHARE * len(order)), 1 if enough else FEWEST_GOOD)
    part = min(max(part, int(np.searchsorted(df, MANY_RUNS - 1 if enough else 10)) + 1), len(order))
    part = max(part, int(np.searchsorted(df, 1)) + 1)
    good = order[:part]
    freedom = float(df[part - 1])
    variance = cells.squares[good].sum() / freedom + _grain(table.values) ** 2 / 12
    return Noise(math.sqrt(variance), freedom, replicated=True)


def _grain(values: NDArray[np.float64]) -> float:
    """The step in which the values come, the smallest difference of two; 0 where few values repeat."""
    seen = np.unique(values)
    steps = np.diff(seen)
    steps = steps[steps > SAME * np.abs(seen[1:])]
    return float(steps.min()) if 0 < len(steps) < len(values) / 2 else 0.0


def _steps_to(table: TrialTable, cells: Configurations, i: int) -> NDArray[np.float64]:
    """Distance of every configuration from one: its steps in the unit cube, 1 for another choice.

    A hyperparameter that is active on one side only counts 1. The configuration itself is infinitely far.
    """
    away = np.nan_to_num(table.unit[cells.first], nan=9.0)
    step = np.abs(away - away[i])
    step = np.where(table.is_categorical, step > 0, np.minimum(step, 1.0)).sum(axis=1)
    step[i] = np.inf
    return step


def _affordable(n: int) -> int:
    """Of how many configurations among n the neighbours are looked for: 200, fewer where n is large."""
    return max(20, min(200, 2_000_000 // n))


def _neighbour_sd(table: TrialTable, cells: Configurations, order: NDArray[np.int64]) -> float | None:
    """Standard deviation that the differences between good configurations and their neighbours show.

    The difference of two neighbours holds twice the noise variance and the step between them, so
    this errs to the high side (Evans and Jones 2002, the Gamma test). The median square is used,
    which is 0.455 of the mean square of normal differences: some neighbours lie over an edge.
    """
    if len(order) < 3:
        return None
    good = order[: min(max(math.ceil(GOOD_SHARE * len(order)), FEWEST_GOOD), _affordable(len(order)))]
    nearest = [int(np.argmin(_steps_to(table, cells, i))) for i in good]
    squares = (cells.means[good] - cells.means[nearest]) ** 2 / 2
    middle = float(np.median(squares)) / 0.455
    return math.sqrt(middle if middle > 0 else squares.mean())


def best_configuration(table: TrialTable, cells: Configurations) -> int:
    """Number of the recommended configuration: best mean, shrunken where replicates are few.

    Means of fewer replicates are drawn further towards the mean of the best tenth; with equal
    replicates that changes no order. Equal means are told apart by the validation loss where it was
    measured, then by how good their neighbours are, then by the number of the trial.
    """
    score = _shrunken(table, cells)
    tied = np.flatnonzero(score >= score.max() - SAME * abs(score.max()))
    loss = table.metrics.get("validation_loss")
    if loss is not None and len(tied) > 1:
        mean_loss = np.bincount(cells.cell, loss, minlength=len(cells))[tied] / cells.counts[tied]
        if np.isfinite(mean_loss).any():
            tied = tied[mean_loss <= np.nanmin(mean_loss)]
    if len(tied) > 1:
        tied = tied[: _affordable(len(cells))]
        around = np.array([_neighbourhood(table, cells, int(i)) for i in tied])
        tied = tied[around >= around.max() - 1e-12]
    return int(tied[np.argmin(table.numbers[cells.first[tied]])])


def _shrunken(table: TrialTable, cells: Configurations) -> NDArray[np.float64]:
    """Means, larger is better, drawn towards the mean of the best tenth by their standard error."""
    signed = table.objective.sign * cells.means
    if cells.counts.min() == cells.counts.max():
        return signed
    noise = noise_near_best(table, cells)
    good = np.sort(signed)[-max(math.ceil(GOOD_SHARE * len(signed)), FEWEST_GOOD) :]
    error = (noise.sd or 0.0) ** 2 / cells.counts
    spread = max(float(good.var()), 1e-300)
    drawn = good.mean() + (signed - good.mean()) * spread / (spread + error)
    return np.where(signed > good.mean(), drawn, signed)


def _neighbourhood(table: TrialTable, cells: Configurations, i: int) -> float:
    """Mean, larger is better, of the nearest other configurations, two for each hyperparameter."""
    near = np.argsort(_steps_to(table, cells, i), kind="stable")[: min(2 * len(table.names), len(cells) - 1)]
    return float(table.objective.sign * cells.means[near].mean()) if len(near) else 0.0


def cross_fitted(table: TrialTable, cells: Configurations) -> float | None:
    """The value of the winner without its luck: chosen on all replicates but one, read on that one.

    Returns:
        The mean over which replicate is left out; configurations that tie exactly count alike. None
        without replicates.
    """
    signed = table.objective.sign * table.values
    order = np.lexsort((table.replicates, cells.cell))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(cells.counts) - cells.counts, cells.counts)
    kept_out = []
    for j in range(int(cells.counts.max())):
        out = np.flatnonzero((place == j) & (cells.counts[cells.cell] > 1))
        if not len(out):
            continue
        cell = cells.cell[out]
        total = table.objective.sign * cells.means[cell] * cells.counts[cell]
        others = (total - signed[out]) / (cells.counts[cell] - 1)
        winners = others >= others.max() - SAME * abs(others.max())
        kept_out.append(signed[out][winners].mean())
    return float(table.objective.sign * np.mean(kept_out)) if kept_out else None


def estimate(
    table: TrialTable, cells: Configurations, best: int, noise: Noise, n_tied: int
) -> tuple[float, float | None, float | None]:
    """The recommended configuration's value without its luck, and a 90 % interval.

    The interval's end on the bad side holds whichever of the tied configurations was picked for
    looking best; the end on the good side is that of a single mean, since being picked does not make
    a mean too bad. The value is the mean of two estimates: the cross-fitted one, which has no bias
    but scatters, held inside the interval; and the middle between the bad end and the configuration's
    own mean, which is steady but somewhat too good. Without replicates it is the latter.
    """
    sign = table.objective.sign
    mean = float(cells.means[best])
    if noise.sd is None:
        return mean, None, None
    error = noise.sd / math.sqrt(cells.counts[best])
    side = 0.5 + LEVEL / 2
    bad = mean - sign * largest_of_many(n_tied + 1, noise.df, side) * error
    good = mean + sign * student_quantile(side, noise.df) * error
    value = (bad + mean) / 2
    fitted = cross_fitted(table, cells) if noise.replicated else None
    if fitted is not None:
        value = (value + sign * min(max(sign * fitted, sign * bad), sign * mean)) / 2
    return _within_range(table, value, min(bad, good), max(bad, good))


def resolution(objective: Objective, value: float, settings: Mapping[str, Any]) -> float:
    """Standard error of an accuracy over the validation rows; 0 for others or unknown rows.

    With two successes and two failures added, so that a perfect score is not taken for certain
    (Agresti and Coull 1998, The American Statistician 52, 119).
    """
    n = settings.get("n_validation")
    if not n or "accuracy" not in objective.name:
        return 0.0
    share = (n * min(max(value, 0.0), 1.0) + 2) / (n + 4)
    return math.sqrt(share * (1 - share) / (n + 4))


def tied_with_best(
    table: TrialTable, cells: Configurations, best: int, noise: Noise, step: float = 0.0
) -> NDArray[np.int64]:
    """Numbers of the other configurations that cannot be told from the best, best first."""
    signed = table.objective.sign * cells.means
    d = best_of_many(len(cells), noise.df, LEVEL) if noise.sd else 0.0
    margin = d * (noise.sd or 0.0) * np.sqrt(1 / cells.counts + 1 / cells.counts[best])
    gap = signed[best] - signed
    near = gap <= np.maximum(margin, step) + SAME * abs(signed[best])
    near[best] = False
    found = np.flatnonzero(near)
    return found[np.argsort(gap[found], kind="stable")]


def _is_accuracy(table: TrialTable) -> bool:
    """Whether the objective is an accuracy, which lies between 0 and 1."""
    inside = table.values.min() >= 0 and table.values.max() <= 1 + 1e-9
    return "accuracy" in table.objective.name and bool(inside)


def _within_range(
    table: TrialTable, value: float, low: float | None, high: float | None
) -> tuple[float, float | None, float | None]:
    """Hold an accuracy's estimate and interval inside 0 and 1."""
    if not _is_accuracy(table):
        return value, low, high
    clip = [None if v is None else min(max(v, 0.0), 1.0) for v in (value, low, high)]
    return float(clip[0] or 0.0), clip[1], clip[2]

"""How well a model predicts values it has not seen: cross-validated R2 with an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.leave_out import cluster_sums, ratio_half_width

Fit = Callable[[NDArray[np.float64], NDArray[np.float64]], Callable[[NDArray[np.float64]], NDArray[np.float64]]]
"""From points and values to a function that predicts at other points."""


@dataclass(frozen=True)
class RSquared:
    """Share of the variance of single values that is predicted, with its interval."""

    value: float
    low: float
    high: float


def folds_of(clusters: NDArray[np.int64], n_folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Fold of each row; clusters are never split and folds are of nearly equal size."""
    n = int(clusters.max()) + 1
    return (rng.permutation(n) % min(n_folds, n))[clusters]


def cross_validated_r2(
    fit: Fit,
    unit: NDArray[np.float64],
    y: NDArray[np.float64],
    within: NDArray[np.float64],
    clusters: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    n_folds: int = 10,
    n_repeats: int = 1,
) -> RSquared:
    """Cross-validated R2 of single measurements.

    Args:
        fit: Fits the model to points and values and returns its predictor.
        unit: Points, shape (n, k).
        y: Mean of the measurements at each point, shape (n,).
        within: Mean squared deviation of single measurements from it, shape (n,).
        clusters: Rows that stay together, numbered from 0, shape (n,).
        rng: Source of the folds.
        n_folds: Number of folds.
        n_repeats: Splits over which squared errors are averaged.

    Returns:
        1 - squared errors / squared errors of the training mean, negative where the model predicts
        worse than that, with the delta method's 90 % interval over clusters.
    """
    errors, spread = np.zeros(len(y)), np.zeros(len(y))
    for _ in range(n_repeats):
        fold = folds_of(clusters, n_folds, rng)
        for k in range(int(fold.max()) + 1):
            out, into = fold == k, fold != k
            predicted = fit(unit[into], y[into])(unit[out])
            errors[out] += ((y[out] - predicted) ** 2 + within[out]) / n_repeats
            spread[out] += ((y[out] - y[into].mean()) ** 2 + within[out]) / n_repeats
    total = float(spread.sum())
    if total <= 0:
        return RSquared(0.0, 0.0, 0.0)
    ratio = float(errors.sum()) / total
    changes = cluster_sums(errors - ratio * spread, clusters) / total
    half = ratio_half_width(changes, 0.0, len(changes) - 1)
    return RSquared(1 - ratio, 1 - ratio - half, min(1 - ratio + half, 1.0))

"""Shares of the variance of a single run, with intervals, from a replicated full grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.box_test import NullMoments
from tunescape.numerics.replicated_grid import ReplicatedGrid, linear_error


@dataclass(frozen=True)
class Share:
    """A share of a variance: an estimate without bias (it may be negative) and its interval."""

    value: float
    low: float
    high: float


def run_variance(grid: ReplicatedGrid) -> float:
    """Variance of a single run over the grid: that of the true cell means, plus noise.

    The variance of the measured cell means holds noise / r too much, less what the grand mean holds.
    """
    grand = float(np.einsum("pst->", grid.covariances)) / grid.means.size**2
    excess = (grid.noise - grand) / grid.replicates
    return float(grid.means.var() - excess + grid.noise)


def share_of(
    grid: ReplicatedGrid,
    parts: Sequence[NDArray[np.float64]],
    nulls: Sequence[NullMoments],
    confidence: float = 0.9,
) -> Share:
    """Share of some effects together in the variance of a single run.

    Cells are fixed and units random. The interval is the delta method's for the ratio of two
    quadratic forms in the runs: the scatter, over units, of the first-order change that each
    causes, plus the spread of the second-order terms.

    Args:
        grid: The measured grid; its run variance is not 0.
        parts: The effects, each broadcasting over the grid.
        nulls: What noise alone gives the sum of squares of each of them.
        confidence: Probability that the interval covers the truth.
    """
    from scipy.special import stdtrit

    n, variance = grid.means.size, run_variance(grid)
    effect = sum(parts, np.zeros(grid.means.shape))
    value = (float((effect**2).sum()) - sum(null.mean for null in nulls)) / n / variance
    slope = 2 / n * (effect - value * (grid.means - grid.means.mean()))
    linear, freedom = linear_error(grid, slope)
    quadratic = sum(null.variance for null in nulls) / n**2 + value**2 * _noise_of_variance(grid)
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * math.sqrt(linear + quadratic) / variance
    return Share(value, value - half, value + half)


def _noise_of_variance(grid: ReplicatedGrid) -> float:
    """Variance of the second-order part of `run_variance`: squares of noise.

    That of the mean variance within plots is the larger of its value under normal noise and of
    what the scatter of the plots' variances says, which heavy tails raise.
    """
    r, nu = grid.replicates, grid.freedom
    squares = float(np.einsum("pst,pts->", grid.covariances, grid.covariances)) * nu / (nu + 2)
    traces = np.einsum("pss->p", grid.covariances)
    within = max(2 * squares / nu, traces.size * float(traces.var()))
    return (2 * squares / r**2 + (1 - 1 / r) ** 2 * within) / grid.means.size**2

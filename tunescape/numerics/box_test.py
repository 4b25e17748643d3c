"""F tests of the effects of a grid whose noise differs from cell to cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.replicated_grid import ReplicatedGrid, contrasts, plot_axes
from tunescape.numerics.variance_decomposition import Subset, degrees_of_freedom


@dataclass(frozen=True)
class NullMoments:
    """What noise alone gives the sum of squares of an effect over all cells.

    Args:
        mean: Expectation.
        variance: Variance.
        freedom: Degrees of freedom of the estimate of `mean`.
    """

    mean: float
    variance: float
    freedom: float


def null_moments(grid: ReplicatedGrid, subset: Subset) -> NullMoments:
    """Moments of the sum of squares of an effect that is not there.

    Noise may differ between plots and be correlated within units in any way. With P the projection
    on the effect and D the covariance of the plot means, the mean is tr(P D) and the variance
    2 tr(P D P D). In a balanced grid the mean is exact whatever the noise.
    """
    within = grid.shared in subset
    basis = contrasts(grid.deviations.shape[2], within)
    turned = grid.deviations @ basis
    covariances = np.einsum("prm,prn->pmn", turned, turned) / grid.freedom
    axes, r = plot_axes(grid, subset), grid.replicates
    mean = degrees_of_freedom(grid.plot_shape, axes) * float(np.einsum("pmm->", covariances)) / len(covariances) / r
    by_level = _level_means(covariances, grid.plot_shape, axes)
    centre = _centring([grid.plot_shape[axis] for axis in axes])
    variance = 2 * float(np.einsum("ab,amn,bnm->", centre**2, by_level, by_level)) / r**2
    limit = float(grid.errors[within])
    freedom = _freedom(covariances, grid.freedom, limit)
    if grid.pooled and variance > 0:
        variance, freedom = _cautious(mean, variance, freedom, limit / covariances.shape[0] / covariances.shape[1])
    return NullMoments(mean, variance, float(np.clip(freedom, 1.0, limit)))


def _freedom(covariances: NDArray[np.float64], nu: int, limit: float) -> float:
    """Freedom of the mean variance of plots whose variances differ (Satterthwaite)."""
    total = float(np.einsum("pmm->", covariances))
    squares = float(np.einsum("pmn,pnm->", covariances, covariances))
    return total**2 * (nu + 2) / squares - 2 if squares > 0 else limit


def _cautious(mean: float, variance: float, freedom: float, residual: float) -> tuple[float, float]:
    """Move the moments towards the safe side where the scatter is that of fitted residuals.

    Fitting smears the noise of one cell over others, so noise looks more even than it is. The
    freedom of the numerator, 2 mean^2 / variance, is moved to its lowest possible value 1 by the
    share of freedom that the fit took, and that of the denominator is scaled by what is left.
    """
    numerator = 1 + (2 * mean**2 / variance - 1) * residual
    return 2 * mean**2 / numerator, freedom * residual


def _level_means(values: NDArray[np.float64], shape: tuple[int, ...], axes: Subset) -> NDArray[np.float64]:
    """Mean of (plots, m, m) matrices over all axes but the given, shape (cells of the axes, m, m)."""
    others = tuple(axis for axis in range(len(shape)) if axis not in axes)
    size = values.shape[-1]
    return values.reshape(*shape, size, size).mean(axis=others).reshape(-1, size, size)


def _centring(lengths: list[int]) -> NDArray[np.float64]:
    """Projection on the interaction of axes of the given lengths, over the cells of these axes."""
    projection: NDArray[np.float64] = np.ones((1, 1))
    for n in lengths:
        projection = np.asarray(np.kron(projection, np.eye(n) - 1.0 / n), dtype=float)
    return projection


def box_test(sum_of_squares: float, null: NullMoments, scale: float) -> float:
    """P-value of the sum of squares of an effect.

    Args:
        sum_of_squares: Of the effect, over all cells.
        null: What noise alone gives.
        scale: Total sum of squares; what is below 1e-20 of it counts as rounding.

    Source:
        G. E. P. Box (1954), theorem 6.1; E. Brunner, H. Dette, A. Munk (1997), JASA 92, 1494.
    """
    from scipy.special import fdtrc

    if null.mean <= 1e-20 * scale:
        return 1.0 if sum_of_squares <= 1e-20 * scale else 0.0
    freedom = 2 * null.mean**2 / null.variance if null.variance > 0 else math.inf
    return float(fdtrc(freedom, null.freedom, max(sum_of_squares, 0.0) / null.mean))

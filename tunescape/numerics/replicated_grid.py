"""A full grid measured several times: cell means, and how single runs scatter about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.variance_decomposition import Subset, degrees_of_freedom, effects, subsets


@dataclass(frozen=True)
class ReplicatedGrid:
    """Cell means of a full grid and the scatter of its units.

    A unit is what was run once. It gives one number, or, where an axis is shared, one number for
    every level of that axis (a split plot: the unit is the whole plot). Units with the same levels
    of all other axes form a plot.

    Args:
        means: Shape (L_1, …, L_K); the shared axis, if any, is the last.
        deviations: Of each unit from the mean of its plot, shape (plots, r, S), S = 1 where no axis
            is shared. The sum of their outer products over the r units of a plot, divided by
            `freedom`, estimates the covariance of one unit.
        freedom: Degrees of freedom of the covariance of one plot.
        pooled: Whether the scatter was estimated from interactions of high order (r = 1).
        errors: Degrees of freedom of the error between units, and within units.
    """

    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    freedom: int
    pooled: bool
    errors: tuple[int, int]

    @property
    def replicates(self) -> int:
        """Units per plot."""
        return self.deviations.shape[1]

    @property
    def shared(self) -> int | None:
        """The axis along which a unit was measured several times."""
        return self.means.ndim - 1 if self.deviations.shape[2] > 1 else None

    @property
    def plot_shape(self) -> tuple[int, ...]:
        """Levels of the axes that are not shared."""
        return self.means.shape if self.shared is None else self.means.shape[:-1]

    @cached_property
    def covariances(self) -> NDArray[np.float64]:
        """Covariance of one unit in each plot, shape (plots, S, S)."""
        return np.einsum("prs,prt->pst", self.deviations, self.deviations) / self.freedom

    @cached_property
    def noise(self) -> float:
        """Variance of a single measurement about its cell mean, averaged over cells."""
        return float(np.einsum("pss->", self.covariances) / self.means.size)


def replicated_grid(runs: NDArray[np.float64], *, shared: bool = False, order: int = 2) -> ReplicatedGrid:
    """Split runs into cell means and scatter.

    With one run per cell the scatter is what interactions above `order` leave, so it is noise and
    interactions of high order together.

    Args:
        runs: Shape (L_1, …, L_K, r); where the last of the K axes is shared, runs with the same
            index on the last axis came from one unit.
        shared: Whether the last of the K axes is shared.
        order: Order of the interactions that are studied.

    Raises:
        ValueError: There is one run per cell and no error left to estimate.
    """
    grid, replicates = runs.mean(axis=-1), runs.shape[-1]
    size = grid.shape[-1] if shared else 1
    plots = grid.size // size
    if replicates == 1:
        return _pooled_grid(grid, plots, size, order)
    scatter = (runs - grid[..., None]).reshape(plots, size, replicates).transpose(0, 2, 1)
    errors = (plots * (replicates - 1), plots * (replicates - 1) * (size - 1))
    return ReplicatedGrid(grid, scatter, replicates - 1, False, errors)


def _pooled_grid(grid: NDArray[np.float64], plots: int, size: int, order: int) -> ReplicatedGrid:
    """One run per cell: the scatter is what the studied effects leave, scaled up to full freedom."""
    errors = pooled_errors(grid.shape, size > 1, order)
    if errors[0] < 1 or (size > 1 and errors[1] < 1):
        raise ValueError("no interaction of higher order is left to estimate the error from")
    left = grid - grid.mean() - sum(effects(grid, subsets(grid.ndim, order)).values())
    scaled = np.zeros((plots, size))
    for within in (False, True)[: 1 + (size > 1)]:
        basis = contrasts(size, within)
        inflation = math.sqrt(plots * basis.shape[1] / errors[within])
        scaled += left.reshape(plots, size) @ basis @ basis.T * inflation
    return ReplicatedGrid(grid, scaled[:, None, :], 1, True, errors)


def pooled_errors(shape: tuple[int, ...], shared: bool, order: int) -> tuple[int, int]:
    """Degrees of freedom, between and within units, of the interactions above the given order."""
    last = len(shape) - 1
    errors = [0, 0]
    for subset in subsets(len(shape), len(shape)):
        if len(subset) > order:
            errors[shared and last in subset] += degrees_of_freedom(shape, subset)
    return errors[0], errors[1]


def contrasts(n_levels: int, within: bool) -> NDArray[np.float64]:
    """Orthonormal directions within units, shape (n, n - 1), or their mean direction, (n, 1)."""
    mean = np.full((n_levels, 1), 1.0 / math.sqrt(n_levels))
    if not within:
        return mean
    return np.linalg.svd(np.eye(n_levels) - mean @ mean.T)[0][:, : n_levels - 1]


def plot_axes(grid: ReplicatedGrid, subset: Subset) -> Subset:
    """The axes of an effect that are not shared."""
    return tuple(axis for axis in subset if axis != grid.shared)


def linear_error(grid: ReplicatedGrid, slope: NDArray[np.float64]) -> tuple[float, float]:
    """Variance of a weighted sum of the cell means, and the freedom of its estimate.

    Args:
        grid: The measured grid.
        slope: Weight of each cell, in the shape of the grid.

    Source:
        F. E. Satterthwaite (1946); squares of estimated variances are corrected for their own
        spread under normal noise.
    """
    nu = grid.freedom
    by_unit = (slope.reshape(len(grid.deviations), 1, -1) * grid.deviations).sum(axis=2)
    by_plot = (by_unit**2).sum(axis=1) / (nu * grid.replicates)
    variance, squares = float(by_plot.sum()), float((by_plot**2).sum())
    freedom = variance**2 * (nu + 2) / squares - 2 if squares > 0 else math.inf
    return variance, float(np.clip(freedom, 2.0, max(sum(grid.errors), 2)))

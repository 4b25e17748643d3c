"""The readable twin of the analysis of variance: one loop per sum, no clever line."""

from __future__ import annotations

import itertools
import math

import numpy as np


def mean_where(grid, fixed):
    """Mean of all cells whose level on each axis of `fixed` is the one given."""
    total, count = 0.0, 0
    for cell in itertools.product(*(range(n) for n in grid.shape)):
        if all(cell[axis] == level for axis, level in fixed.items()):
            total, count = total + grid[cell], count + 1
    return total / count


def effect_at(grid, subset, cell):
    """Effect of a set of axes at a cell: sum over its subsets of +- their marginal means."""
    value = 0.0
    for size in range(len(subset) + 1):
        for inner in itertools.combinations(subset, size):
            value += (-1) ** (len(subset) - size) * mean_where(grid, {axis: cell[axis] for axis in inner})
    return value


def sum_of_squares(grid, subset):
    """Sum over all cells of the squared effect."""
    cells = itertools.product(*(range(n) for n in grid.shape))
    return sum(effect_at(grid, subset, cell) ** 2 for cell in cells)


def classical(runs, order=2):
    """Sum of squares, freedom and F test of every effect, the noise the same in all cells.

    Runs of shape (L_1, …, L_K, r); with r = 1 effects above `order` are the error.
    """
    from scipy.stats import f

    *shape, r = runs.shape
    grid = runs.mean(axis=-1)
    sets = [s for k in range(1, len(shape) + 1) for s in itertools.combinations(range(len(shape)), k)]
    squares = {s: r * sum_of_squares(grid, s) for s in sets}
    freedom = {s: math.prod(shape[axis] - 1 for axis in s) for s in sets}
    if r > 1:
        error = sum((runs[(*c, k)] - grid[c]) ** 2 for c in np.ndindex(*shape) for k in range(r))
        error_freedom = grid.size * (r - 1)
    else:
        error = sum(squares[s] for s in sets if len(s) > order)
        error_freedom = sum(freedom[s] for s in sets if len(s) > order)
    mean_square = error / error_freedom
    tested = [s for s in sets if len(s) <= order]
    p_values = {s: f.sf(squares[s] / freedom[s] / mean_square, freedom[s], error_freedom) for s in tested}
    return squares, freedom, mean_square, p_values


def split_plot(runs):
    """Sums of squares and error mean squares where the last factor was measured on the same unit."""
    *shape, n_shared, r = runs.shape
    plots = list(np.ndindex(*shape))
    between, within = 0.0, 0.0
    for plot in plots:
        for k in range(r):
            unit = runs[(*plot, slice(None), k)]
            plot_mean = runs[plot].mean(axis=-1)
            between += n_shared * (unit.mean() - plot_mean.mean()) ** 2
            for s in range(n_shared):
                left = (unit[s] - unit.mean()) - (plot_mean[s] - plot_mean.mean())
                within += left**2
    return between / (len(plots) * (r - 1)), within / (len(plots) * (r - 1) * (n_shared - 1))


def holm(p_values):
    """Holm's adjustment by its definition."""
    n = len(p_values)
    order = sorted(range(n), key=lambda i: p_values[i])
    adjusted, largest = [0.0] * n, 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min((n - rank) * p_values[i], 1.0))
        adjusted[i] = largest
    return adjusted


def left_out_residuals(y, design, clusters):
    """Residual of each row from the least-squares fit to all rows outside its cluster."""
    residuals = np.empty(len(y))
    for cluster in set(clusters.tolist()):
        out = clusters == cluster
        beta = np.linalg.lstsq(design[~out], y[~out], rcond=None)[0]
        residuals[out] = y[out] - design[out] @ beta
    return residuals


def step_down(observed, null):
    """Westfall and Young's step-down adjustment by its definition."""
    order = sorted(range(len(observed)), key=lambda i: -observed[i])
    adjusted, largest = [0.0] * len(observed), 0.0
    for rank, i in enumerate(order):
        rest = order[rank:]
        reached = sum(max(draw[j] for j in rest) >= observed[i] for draw in null)
        largest = max(largest, (1 + reached) / (1 + len(null)))
        adjusted[i] = largest
    return adjusted

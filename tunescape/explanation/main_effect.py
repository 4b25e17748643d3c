"""How the objective moves along each hyperparameter, over all others."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.configuration_means import ConfigurationMeans
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.variance_analysis import Effect, MainEffect, VarianceAnalysis, first_few
from tunescape.explanation.wording import level, number
from tunescape.numerics.directions import Partial
from tunescape.numerics.leave_out import fitted_errors
from tunescape.numerics.replicated_grid import ReplicatedGrid, linear_error
from tunescape.space import Categorical, Ordinal, from_unit
from tunescape.study import TrialTable
from tunescape.surrogates.basis import FEW_LEVELS, ColumnBasis, evaluate

QUESTION = "How does the objective move along each hyperparameter?"
GRID_POINTS = 25


def kind_of(table: TrialTable, column: int) -> tuple[str, str]:
    """Kind and scale of a hyperparameter, in the words of charts."""
    parameter = table.space.parameters[table.names[column]]
    if isinstance(parameter, Categorical):
        return "categorical", "linear"
    return ("ordinal" if isinstance(parameter, Ordinal) else "numeric"), getattr(parameter, "scale", "linear")


def level_values(table: TrialTable, column: int, positions: NDArray[np.float64]) -> tuple[Any, ...]:
    """The values of a hyperparameter, as the configurations have them, at positions that occur."""
    rows = [int(np.flatnonzero(table.unit[:, column] == position)[0]) for position in positions]
    return tuple(table.configurations[row][table.names[column]] for row in rows)


def few_levels(table: TrialTable, column: int) -> NDArray[np.float64] | None:
    """Positions of the levels of a hyperparameter that is best shown level by level, else None."""
    positions = np.unique(table.unit[table.active[:, column], column])
    return positions if table.is_categorical[column] or len(positions) <= FEW_LEVELS else None


def level_means(
    table: TrialTable,
    column: int,
    positions: NDArray[np.float64],
    grid: ReplicatedGrid,
    axis: int,
    effect: Effect,
) -> MainEffect:
    """Mean over all cells of each level of a factorial; bands from the scatter of the runs.

    Args:
        table: Usable rows.
        column: The hyperparameter's column in the table.
        positions: Its levels in the unit cube.
        grid: The factorial.
        axis: The hyperparameter's axis in the grid.
        effect: Its share.
    """
    from scipy.special import stdtrit

    n_levels = grid.means.shape[axis]
    mean = grid.means.mean(axis=tuple(a for a in range(grid.means.ndim) if a != axis))
    half = np.zeros(n_levels)
    for i in range(n_levels):
        slope = np.zeros(grid.means.shape)
        np.moveaxis(slope, axis, 0)[i] = n_levels / grid.means.size
        variance, freedom = linear_error(grid, slope)
        half[i] = stdtrit(freedom, 0.95) * math.sqrt(variance)
    counts = (len(table) // n_levels,) * n_levels
    return _main_effect(table, column, level_values(table, column, positions), mean, half, counts, effect)


def curve(
    table: TrialTable, column: int, basis: ColumnBasis, block: Partial, points: ConfigurationMeans, effect: Effect
) -> MainEffect:
    """The fitted curve of one hyperparameter over a grid of its own scale, or over its levels.

    Args:
        table: Usable rows.
        column: The hyperparameter's column in the table.
        basis: Its directions.
        block: The same at the configurations, after the others.
        points: The configurations.
        effect: Its share.
    """
    from scipy.special import stdtrit

    positions, x = _grid(table, column)
    rows = evaluate(basis, positions)[:, block.kept] - block.centre
    mean = points.y.mean() + rows @ (block.solve @ (block.directions.T @ points.y))
    freedom = max(points.n_clusters - block.nuisance.shape[1] - block.directions.shape[1], 2)
    half = stdtrit(freedom, 0.95) * fitted_errors(block, points.y, points.clusters, rows)
    inside = table.unit[table.active[:, column], column]
    nearest = np.abs(inside[:, None] - positions).argmin(axis=1)
    counts = tuple(np.bincount(nearest, minlength=len(x)).tolist())
    return _main_effect(table, column, x, mean, half, counts, effect)


def _grid(table: TrialTable, column: int) -> tuple[NDArray[np.float64], tuple[Any, ...]]:
    """Positions and values at which a curve is drawn: all levels, or a grid over what was tried."""
    positions = few_levels(table, column)
    if positions is not None:
        return positions, level_values(table, column, positions)
    tried = table.unit[table.active[:, column], column]
    grid = np.linspace(tried.min(), tried.max(), GRID_POINTS)
    x = from_unit(table.space.parameters[table.names[column]], grid)
    first = [i for i, value in enumerate(x) if i == 0 or value != x[i - 1]]
    return grid[first], tuple(x[i] for i in first)


def _main_effect(
    table: TrialTable,
    column: int,
    x: tuple[Any, ...],
    mean: NDArray[np.float64],
    half: NDArray[np.float64],
    n: tuple[int, ...],
    effect: Effect,
) -> MainEffect:
    kind, scale = kind_of(table, column)
    low, high = (tuple((mean + sign * half).tolist()) for sign in (-1, 1))
    return MainEffect(
        table.names[column], kind, scale, x, tuple(mean.tolist()), low, high, n, effect.detectable
    )


def main_effects_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"main_effects"``: means by level, or curves, with bands."""
    if not analysis.applicable:
        return not_applicable("main_effects", QUESTION, analysis.reason, effects=[])
    said = [_sentence(effect) for effect in analysis.main_effects if effect.detectable]
    answer = (
        f"Mean {analysis.objective} over all other settings: {'; '.join(first_few(said))}."
        if said
        else f"No hyperparameter moves the mean {analysis.objective} by more than noise does."
    )
    effects = [{key: _plain(value) for key, value in asdict(e).items()} for e in analysis.main_effects]
    return Finding(
        "main_effects", QUESTION, answer, data={"effects": effects},
        caveats=("Bands are pointwise 90 % intervals.", *analysis.caveats), citation=analysis.citation,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _sentence(effect: MainEffect) -> str:
    worst, best = int(np.argmin(effect.mean)), int(np.argmax(effect.mean))
    return (
        f"{effect.parameter} from {number(effect.mean[worst])} at {level(effect.x[worst])} "
        f"to {number(effect.mean[best])} at {level(effect.x[best])}"
    )

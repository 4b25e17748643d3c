"""The exact analysis of variance of a balanced full factorial, replicated or not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.configuration_means import trajectories
from tunescape.explanation.interaction import cell_means
from tunescape.explanation.main_effect import level_means
from tunescape.explanation.shares import effects_of
from tunescape.explanation.variance_analysis import LEVEL, SPENT, Effect, VarianceAnalysis, by_share, shown_pairs
from tunescape.numerics.box_test import NullMoments, box_test, null_moments
from tunescape.numerics.multiplicity import holm
from tunescape.numerics.replicated_grid import ReplicatedGrid, pooled_errors, replicated_grid
from tunescape.numerics.variance_decomposition import Subset, effects, sums_of_squares
from tunescape.numerics.variance_shares import run_variance, share_of
from tunescape.study import TrialTable

MAX_LEVELS = 16
"""A hyperparameter with more levels is taken as continuous."""

MIN_ERROR = 16
"""Degrees of freedom that high-order interactions must leave where there are no replicates."""


@dataclass(frozen=True)
class FactorialLayout:
    """The rows of a balanced factorial as one array.

    Args:
        columns: Columns of the table that vary; the shared one, if any, is the last.
        positions: Levels of each in the unit cube.
        runs: Row of the table in each cell and replicate, shape (L_1, …, L_K, r).
        shared: Whether the levels of the last column were read off the same training runs.
    """

    columns: tuple[int, ...]
    positions: tuple[NDArray[np.float64], ...]
    runs: NDArray[np.int64]
    shared: bool


def factorial_layout(table: TrialTable, settings: Mapping[str, Any]) -> FactorialLayout | None:
    """Lay the rows out as a balanced factorial; None where they are not one.

    Args:
        table: Usable rows.
        settings: Of the study; ``"shared_budget"`` may name the hyperparameter whose levels were
            read off the same training runs. It is also seen from equal trajectories.
    """
    varying = [j for j in range(table.unit.shape[1]) if len(np.unique(table.unit[:, j])) > 1]
    if not varying or np.isnan(table.unit[:, varying]).any():
        return None
    shared = shared_column(table, settings.get("shared_budget"))
    if shared is None:
        return None
    columns = tuple(sorted(varying, key=lambda j: j == shared))
    levels = [np.unique(table.unit[:, j], return_inverse=True) for j in columns]
    shape = tuple(len(values) for values, _ in levels)
    replicates = len(table) // math.prod(shape)
    if max(shape) > MAX_LEVELS or replicates < 1 or len(table) != math.prod(shape) * replicates:
        return None
    cell = np.ravel_multi_index([index.reshape(-1) for _, index in levels], shape)
    if (np.bincount(cell, minlength=math.prod(shape)) != replicates).any():
        return None
    runs = np.lexsort((trajectories(table), cell)).reshape(*shape, replicates)
    layout = FactorialLayout(columns, tuple(values for values, _ in levels), runs, shared in columns)
    return layout if _units_agree(layout, table) and _has_error(shape, replicates, layout.shared) else None


def why_not_exact(table: TrialTable) -> str:
    """Say why rows that are nearly a full factorial are not analysed as one; empty for other designs."""
    varying = [j for j in range(table.unit.shape[1]) if len(np.unique(table.unit[:, j])) > 1]
    if not varying or np.isnan(table.unit[:, varying]).any():
        return ""
    shape = tuple(len(np.unique(table.unit[:, j])) for j in varying)
    counts, cells = np.bincount(table.points), math.prod(shape)
    if max(shape) > MAX_LEVELS or len(counts) < cells / 2:
        return ""
    if len(counts) == cells and counts.min() == counts.max():
        why = "its runs are too few, or too entangled, to estimate the error"
    else:
        why = f"{len(counts)} of {cells} cells have a value, with {counts.min()} to {counts.max()} runs each"
    return f"This is nearly a full factorial, but {why}; so effects were fitted rather than computed exactly."


def shared_column(table: TrialTable, named: str | None) -> int | None:
    """The column whose levels share training runs, -1 where none does, None where several do."""
    _, run = np.unique(trajectories(table), return_inverse=True)
    if int(run.max()) + 1 == len(table):
        return -1
    first = np.zeros(int(run.max()) + 1, dtype=int)
    first[run[::-1]] = np.arange(len(table))[::-1]
    differs = (table.unit != table.unit[first[run]]) & ~(np.isnan(table.unit) & np.isnan(table.unit[first[run]]))
    columns = np.flatnonzero(differs.any(axis=0))
    if len(columns) != 1 or (named in table.names and table.names[columns[0]] != named):
        return None
    return int(columns[0])


def _units_agree(layout: FactorialLayout, table: TrialTable) -> bool:
    """Whether, with a shared column, each training run gave every level of it, once."""
    if not layout.shared:
        return True
    run = trajectories(table)[layout.runs]
    return bool((run == run[..., :1, :]).all())


def _has_error(shape: tuple[int, ...], replicates: int, shared: bool) -> bool:
    """Whether there is enough to estimate the error from."""
    if replicates > 1:
        return True
    between, within = pooled_errors(shape, shared, 2)
    return between >= MIN_ERROR and (not shared or within >= MIN_ERROR)


def analyse_factorial(table: TrialTable, values: NDArray[np.float64], layout: FactorialLayout) -> VarianceAnalysis:
    """Split the variance of a single run into main effects, pairs, the rest and noise.

    Args:
        table: Usable rows.
        values: The objective, or its logarithm, of each row.
        layout: How the rows form a factorial.
    """
    grid = replicated_grid(values[layout.runs], shared=layout.shared)
    parts = effects(grid.means)
    nulls = {subset: null_moments(grid, subset) for subset in parts}
    names = tuple(table.names[j] for j in layout.columns)
    found = _effects(grid, parts, nulls, names)
    mains = by_share([e for e in found if len(e.parameters) == 1])
    pairs = by_share([e for e in found if len(e.parameters) == 2])
    fit = share_of(grid, list(parts.values()), list(nulls.values()))
    unexplained = 1.0 - sum(e.share for e in found)
    noise = None if grid.pooled else min(grid.noise / run_variance(grid), unexplained)
    return VarianceAnalysis(
        objective=table.objective.name,
        method="factorial",
        n_rows=len(table),
        n_configurations=grid.means.size,
        mains=mains,
        pairs=pairs,
        r2=float(np.clip(fit.value, 0.0, 1.0)),
        low=float(np.clip(fit.low, 0.0, 1.0)),
        high=float(np.clip(fit.high, 0.0, 1.0)),
        noise_ceiling=None if noise is None else 1.0 - noise,
        unexplained=unexplained,
        noise=noise,
        higher_order=None if noise is None else unexplained - noise,
        sd=None if grid.pooled else math.sqrt(grid.noise),
        main_effects=tuple(
            level_means(table, layout.columns[axis], layout.positions[axis], grid, axis, e)
            for e in mains
            for axis in [names.index(e.parameters[0])]
        ),
        pair_means=tuple(
            cell_means(table, names, layout.columns, layout.positions, grid, e) for e in shown_pairs(pairs)
        ),
        why_no_pairs="" if pairs else "Only one hyperparameter varies, so there is no pair.",
        caveats=_caveats(grid, names),
        citation="Fisher (1925); tests: Box (1954), Brunner, Dette and Munk (1997), Holm (1979)",
    )


def _effects(
    grid: ReplicatedGrid,
    parts: Mapping[Subset, NDArray[np.float64]],
    nulls: Mapping[Subset, NullMoments],
    names: tuple[str, ...],
) -> list[Effect]:
    """Shares, intervals and family-wise p-values of all main effects and pairs."""
    squares, variance, n = sums_of_squares(grid.means.shape, parts), run_variance(grid), grid.means.size
    p_values = [box_test(squares[subset], nulls[subset], n * variance) for subset in parts]
    return effects_of(
        [tuple(names[axis] for axis in subset) for subset in parts],
        [share_of(grid, [parts[subset]], [nulls[subset]]) for subset in parts],
        np.array([nulls[subset].variance for subset in parts]) / (n * variance) ** 2,
        np.minimum(holm(p_values) * LEVEL / SPENT, 1.0),
        0.0 if grid.pooled else grid.noise / variance,
    )


def _caveats(grid: ReplicatedGrid, names: tuple[str, ...]) -> tuple[str, ...]:
    said = []
    if grid.pooled:
        said.append(
            "There is one run per cell, so noise cannot be told from interactions of three and more "
            "hyperparameters; both together serve as the error."
        )
    if grid.shared is not None:
        said.append(
            f"The levels of {names[-1]} were read off the same training runs, so {names[-1]} is judged "
            "against the noise within runs and the others against the noise between runs."
        )
    return tuple(said)

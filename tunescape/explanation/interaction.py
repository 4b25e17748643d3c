"""Which hyperparameters act together, and how the objective looks over two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.main_effect import few_levels, level_values
from tunescape.explanation.variance_analysis import Effect, PairMeans, VarianceAnalysis, first_few
from tunescape.explanation.wording import listed, percent
from tunescape.numerics.replicated_grid import ReplicatedGrid
from tunescape.space import from_unit
from tunescape.study import TrialTable

QUESTION = "Which hyperparameters act together?"
QUESTION_EFFECTS = "How does the objective look over two hyperparameters?"
BINS = 6


def cell_means(
    table: TrialTable,
    names: Sequence[str],
    columns: Sequence[int],
    positions: Sequence[NDArray[np.float64]],
    grid: ReplicatedGrid,
    effect: Effect,
) -> PairMeans:
    """Mean over all cells of a factorial for each pair of levels.

    Args:
        table: Usable rows.
        names: Hyperparameter of each axis of the grid.
        columns: Its column in the table.
        positions: Its levels in the unit cube.
        grid: The factorial.
        effect: The pair.
    """
    a, b = (names.index(name) for name in effect.parameters)
    z = grid.means.mean(axis=tuple(axis for axis in range(grid.means.ndim) if axis not in (a, b)))
    z = z.T if a < b else z
    counts = ((len(table) // z.size,) * z.shape[1],) * z.shape[0]
    x, y = (level_values(table, columns[axis], positions[axis]) for axis in (a, b))
    rows = tuple(tuple(row) for row in z.tolist())
    return PairMeans((names[a], names[b]), x, y, rows, counts, effect.share, effect.detectable)


def binned_means(table: TrialTable, values: NDArray[np.float64], effect: Effect) -> PairMeans:
    """Mean of the trials in each pair of levels, or of six equal bins of what was tried.

    Args:
        table: Usable rows.
        values: The objective, or its logarithm, of each row.
        effect: The pair.
    """
    a, b = (table.names.index(name) for name in effect.parameters)
    (x, into_x), (y, into_y) = _bins(table, a), _bins(table, b)
    both = (into_x >= 0) & (into_y >= 0)
    cell = into_y[both] * len(x) + into_x[both]
    size = len(x) * len(y)
    counts = np.bincount(cell, minlength=size).reshape(len(y), len(x))
    sums = np.bincount(cell, values[both], size).reshape(len(y), len(x))
    z = tuple(
        tuple(float(s / n) if n else None for s, n in zip(row, ns)) for row, ns in zip(sums, counts.tolist())
    )
    n = tuple(tuple(row) for row in counts.tolist())
    return PairMeans((table.names[a], table.names[b]), x, y, z, n, effect.share, effect.detectable)


def _bins(table: TrialTable, column: int) -> tuple[tuple[Any, ...], NDArray[np.int64]]:
    """Levels or middles of bins of a hyperparameter, and the bin of each row, -1 where inactive."""
    active = table.active[:, column]
    tried, into = table.unit[active, column], np.full(len(table), -1)
    positions = few_levels(table, column)
    if positions is not None:
        into[active] = np.searchsorted(positions, tried)
        return level_values(table, column, positions), into
    edges = np.linspace(tried.min(), tried.max(), BINS + 1)
    into[active] = np.clip(np.searchsorted(edges, tried, side="right") - 1, 0, BINS - 1)
    parameter = table.space.parameters[table.names[column]]
    return tuple(from_unit(parameter, (edges[1:] + edges[:-1]) / 2)), into


def interactions_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"interactions"``: shares of pairs beyond their main effects."""
    reason = analysis.reason or analysis.why_no_pairs
    if reason:
        return not_applicable("interactions", QUESTION, reason)
    found = [e for e in analysis.pairs if e.detectable]
    answer = (
        f"{listed(first_few([f'{e.name} ({percent(e.share)})' for e in found]))} "
        f"{'acts' if len(found) == 1 else 'act'} together beyond what each does alone."
        if found
        else f"No interaction is detectable among {len(analysis.pairs)} pairs."
    )
    rows = tuple(
        {"parameters": list(e.parameters), "share": e.share, "low": e.low, "high": e.high,
         "p_value": e.p_value, "detectable": e.detectable}
        for e in analysis.pairs
    )  # fmt: skip
    return Finding("interactions", QUESTION, answer, rows, caveats=analysis.caveats, citation=analysis.citation)


def interaction_effects_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"interaction_effects"``: means over the pairs that matter most."""
    reason = analysis.reason or analysis.why_no_pairs
    if reason:
        return not_applicable("interaction_effects", QUESTION_EFFECTS, reason, pairs=[])
    names = [" x ".join(pair.parameters) for pair in analysis.pair_means]
    any_found = any(pair.detectable for pair in analysis.pair_means)
    answer = (
        f"Mean {analysis.objective} over {listed(names)}."
        + ("" if any_found else " No interaction is detectable, so the maps show main effects and noise.")
    )
    data = [
        {"parameters": list(pair.parameters), "x": list(pair.x), "y": list(pair.y),
         "z": [list(row) for row in pair.z], "n": [list(row) for row in pair.n],
         "share": pair.share, "detectable": pair.detectable}
        for pair in analysis.pair_means
    ]  # fmt: skip
    return Finding(
        "interaction_effects", QUESTION_EFFECTS, answer, data={"pairs": data},
        caveats=analysis.caveats, citation=analysis.citation,
    )  # fmt: skip

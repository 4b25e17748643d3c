"""Hyperparameters as columns of numbers: levels or bins of one, one-hot words of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.wording import level, number
from tunescape.space import Categorical, Ordinal, from_unit
from tunescape.study import TrialTable

MOST_LEVELS = 12
N_BINS = 6


@dataclass(frozen=True)
class Levels:
    """One hyperparameter cut into levels.

    Args:
        codes: Which level each row has, shape (n,); -1 where inactive.
        labels: The levels themselves, or for bins of a continuous one words such as "0.01 to 0.1".
    """

    codes: NDArray[np.int64]
    labels: tuple[Any, ...]


def is_ordered(table: TrialTable, name: str) -> bool:
    """Whether the values of a hyperparameter have an order."""
    return not isinstance(table.space.parameters[name], Categorical)


def levels_of(table: TrialTable, name: str) -> Levels:
    """Cut a hyperparameter into the levels it took, or into bins where they are many.

    A hyperparameter with at most twelve values (and any with choices) keeps them. Others are cut
    into six bins of equal width between the ends that occurred, on their own scale.
    """
    unit = table.unit[:, table.names.index(name)]
    active = ~np.isnan(unit)
    seen = np.unique(unit[active])
    codes = np.full(len(unit), -1, dtype=np.int64)
    parameter = table.space.parameters[name]
    if len(seen) <= MOST_LEVELS or isinstance(parameter, Categorical | Ordinal):
        codes[active] = np.searchsorted(seen, unit[active])
        return Levels(codes, tuple(value_at(table, name, u) for u in seen))
    edges = np.linspace(seen[0], seen[-1], N_BINS + 1)
    codes[active] = np.clip(np.searchsorted(edges, unit[active], side="right") - 1, 0, N_BINS - 1)
    ends = [number(v) for v in from_unit(parameter, edges)]
    return Levels(codes, tuple(f"{low} to {high}" for low, high in pairwise(ends)))


def value_at(table: TrialTable, name: str, unit: float) -> Any:
    """The value of a hyperparameter at a position of the unit cube that occurs in the table."""
    row = int(np.flatnonzero(table.unit[:, table.names.index(name)] == unit)[0])
    return table.configurations[row][name]


def grouping_parameter(table: TrialTable, importance: tuple[Mapping[str, Any], ...] = ()) -> str | None:
    """The categorical hyperparameter by which results are shown side by side.

    It is the activation where that varies; otherwise the categorical with the largest share of
    the variance, otherwise the first; None where no categorical takes two values.
    """
    names = [
        name
        for j, name in enumerate(table.names)
        if table.is_categorical[j] and len(np.unique(table.unit[table.active[:, j], j])) > 1
    ]
    ranked = [row["parameter"] for row in importance if row["parameter"] in names]
    first = ["activation"] if "activation" in names else ranked or names
    return first[0] if first else None


def one_hot(table: TrialTable) -> tuple[list[str], NDArray[np.float64]]:
    """All hyperparameters as numbers.

    Returns:
        Names and columns, shape (n, n_columns): ordered hyperparameters on their own scale in
        [0, 1], categoricals as one 0/1 column per choice that occurs (``"activation=relu"``);
        NaN where inactive.
    """
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for j, name in enumerate(table.names):
        unit = table.unit[:, j]
        if is_ordered(table, name):
            names.append(name)
            columns.append(unit)
            continue
        for u in np.unique(unit[~np.isnan(unit)]):
            names.append(f"{name}={level(value_at(table, name, u))}")
            columns.append(np.where(np.isnan(unit), np.nan, unit == u))
    return names, np.column_stack(columns) if columns else np.empty((len(table), 0))

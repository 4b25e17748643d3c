"""Which rows belong together: replicates of a configuration, and rows read off one training run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.study import TrialTable


def shared_budget(table: TrialTable, settings: Mapping[str, Any]) -> str | None:
    """Name of the hyperparameter whose levels are read off one training run, or None."""
    name = settings.get("shared_budget")
    return name if name in table.names else None


def training_groups(table: TrialTable, settings: Mapping[str, Any]) -> NDArray[np.int64]:
    """Number the rows so that rows which are not independent of each other share a number.

    All replicates of a configuration share one; so do configurations that differ only in the
    hyperparameter that is read off one run (the shared budget), or that share a trajectory.

    Returns:
        Shape (n,), from 0 without gaps.
    """
    shared = shared_budget(table, settings)
    if shared is None:
        return table.points
    rest = np.delete(table.unit, table.names.index(shared), axis=1)
    _, inverse = np.unique(np.nan_to_num(rest, nan=-1.0), axis=0, return_inverse=True)
    return inverse.reshape(-1).astype(np.int64)


def runs(table: TrialTable) -> NDArray[np.int64]:
    """The training run each row was read off, shape (n,); a row without one is its own run."""
    return np.where(table.trajectories < 0, table.numbers, table.trajectories)


@dataclass(frozen=True)
class Configurations:
    """The distinct configurations of a table with what their replicates say.

    Args:
        first: Position of the first row of each configuration, shape (k,).
        cell: Number of the configuration of each row, shape (n,).
        counts: Replicates of each, shape (k,).
        means: Mean objective of each, shape (k,).
        squares: Sum of squared deviations from the mean of each, shape (k,).
    """

    first: NDArray[np.int64]
    cell: NDArray[np.int64]
    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


def by_configuration(table: TrialTable) -> Configurations:
    """Average the replicates of each configuration; every row must have a finite value."""
    _, first, cell = np.unique(table.points, return_index=True, return_inverse=True)
    counts = np.bincount(cell, minlength=len(first)).astype(np.int64)
    means = np.bincount(cell, table.values, minlength=len(first)) / counts
    squares = np.bincount(cell, (table.values - means[cell]) ** 2, minlength=len(first))
    return Configurations(first, cell, counts, means, squares.astype(float))

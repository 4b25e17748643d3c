"""The trials of a study as arrays: the only currency between a study and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.space import Categorical, SearchSpace, encode
from tunescape.study.objective import Objective
from tunescape.study.status import CODE_OF, Status
from tunescape.study.trial import Trial


@dataclass(frozen=True)
class TrialTable:
    """Trials as columns, one row a trial; rows keep the order of the study.

    Args:
        space: What varied.
        objective: What was to be improved.
        unit: Position in the unit cube, shape (n, n_parameters), NaN where inactive; columns are
            `space.varying`.
        values: The objective, shape (n,); NaN where there is none.
        status: Codes (`tunescape.study.CODES`), shape (n,), int8.
        numbers: Trial numbers, shape (n,).
        seeds: Shape (n,).
        replicates: Shape (n,).
        trajectories: Shape (n,); rows with equal numbers were read off one training run.
        budgets: Shape (n,); NaN where unknown.
        seconds: Shape (n,); NaN where unknown.
        configurations: The configurations themselves, length n.
        metrics: Other measurements by name, each of shape (n,), NaN where missing.
    """

    space: SearchSpace
    objective: Objective
    unit: NDArray[np.float64]
    values: NDArray[np.float64]
    status: NDArray[np.int8]
    numbers: NDArray[np.int64]
    seeds: NDArray[np.int64]
    replicates: NDArray[np.int64]
    trajectories: NDArray[np.int64]
    budgets: NDArray[np.float64]
    seconds: NDArray[np.float64]
    configurations: tuple[Mapping[str, Any], ...]
    metrics: Mapping[str, NDArray[np.float64]]

    @classmethod
    def of(cls, space: SearchSpace, objective: Objective, trials: Sequence[Trial]) -> TrialTable:
        """Build the table of some trials."""

        def column(name: str, dtype: type) -> NDArray[Any]:
            return np.array([getattr(t, name) for t in trials], dtype=dtype)  # None becomes NaN

        configurations = tuple(t.configuration for t in trials)
        names = dict.fromkeys(name for t in trials for name in t.metrics)
        return cls(
            space=space,
            objective=objective,
            unit=encode(space, configurations),
            values=column("value", float),
            status=np.array([CODE_OF[t.status] for t in trials], dtype=np.int8),
            numbers=column("number", np.int64),
            seeds=column("seed", np.int64),
            replicates=column("replicate", np.int64),
            trajectories=column("trajectory", np.int64),
            budgets=column("budget", float),
            seconds=column("seconds", float),
            configurations=configurations,
            metrics={n: np.array([t.metrics.get(n, np.nan) for t in trials], dtype=float) for n in names},
        )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `unit`."""
        return self.space.varying

    @cached_property
    def active(self) -> NDArray[np.bool_]:
        """Which hyperparameters took part, shape (n, n_parameters)."""
        return ~np.isnan(self.unit)

    @cached_property
    def is_categorical(self) -> NDArray[np.bool_]:
        """Which columns of `unit` have no order, shape (n_parameters,)."""
        return np.array([isinstance(self.space.parameters[n], Categorical) for n in self.names], dtype=bool)

    @cached_property
    def points(self) -> NDArray[np.int64]:
        """Number of the distinct configuration of each row, shape (n,); replicates share it."""
        _, inverse = np.unique(np.nan_to_num(self.unit, nan=-1.0), axis=0, return_inverse=True)
        return inverse.reshape(-1).astype(np.int64)

    def is_status(self, *wanted: Status) -> NDArray[np.bool_]:
        """Which rows have one of the given statuses, shape (n,)."""
        return np.isin(self.status, [CODE_OF[s] for s in wanted])

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Rows that completed with a finite value, shape (n,)."""
        return self.is_status(Status.COMPLETED) & np.isfinite(self.values)

    def rows(self, keep: NDArray[Any]) -> TrialTable:
        """Return the table of some rows (a mask or positions)."""
        index = np.flatnonzero(keep) if keep.dtype == bool else keep
        arrays = {
            name: getattr(self, name)[index]
            for name in ("unit", "values", "status", "numbers", "seeds", "replicates",
                         "trajectories", "budgets", "seconds")
        }  # fmt: skip
        return TrialTable(
            space=self.space,
            objective=self.objective,
            configurations=tuple(self.configurations[i] for i in index),
            metrics={name: column[index] for name, column in self.metrics.items()},
            **arrays,
        )

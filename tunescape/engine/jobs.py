"""Jobs: networks to be trained, with everything that decides what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.network import Network
from tunescape.engine.population_state import PopulationState


@dataclass(frozen=True, eq=False)
class Jobs:
    """Networks to be trained, one job each.

    Args:
        networks: Their descriptions, one per job.
        seeds: One per job, shape (n,).
        n_steps: Optimiser steps of each, those before `start` included, shape (n,).
        record_at: Steps at which each is measured, ascending.
        hyperparameters: Numbers by name, each one for all or one per job: the names of
            `optimisers.SETTINGS`, ``initial_accumulator``, ``init_scale`` and ``dropout`` (which may have
            shape (n, n_hidden_layers)).
        rows: Training rows that each may see; needs ``batching="stream"``.
        initial: Starting weights of each, as `Trained.layers` gives them.
        start: Networks to go on with.
    """

    networks: Sequence[Network]
    seeds: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    record_at: Sequence[NDArray[np.int64]]
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[NDArray[np.int64]] | None = None
    initial: Sequence[Sequence[Any]] | None = None
    start: PopulationState | None = None

    def __len__(self) -> int:
        return len(self.seeds)

    def take(self, chosen: NDArray[np.int64]) -> Jobs:
        """The chosen jobs, in that order."""
        n = len(self)
        return replace(
            self,
            networks=[self.networks[i] for i in chosen],
            seeds=self.seeds[chosen],
            n_steps=self.n_steps[chosen],
            record_at=[self.record_at[i] for i in chosen],
            hyperparameters={
                name: value if np.ndim(value) == 0 or len(value) != n else np.asarray(value)[chosen]
                for name, value in self.hyperparameters.items()
            },
            rows=None if self.rows is None else [self.rows[i] for i in chosen],
            initial=None if self.initial is None else [self.initial[i] for i in chosen],
            start=None if self.start is None else self.start.take(chosen),
        )

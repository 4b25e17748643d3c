"""The state of some networks in training: saved, loaded, chosen from, and taken up again, bit for bit.

A scheduler pauses networks by keeping it, promotes them by training on, and forks one by choosing it
twice (with other hyperparameters, as population based training does).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.network import Network
from tunescape.errors import InputError

KEPT = ("weights", "first", "second", "running", "powers", "rows", "n_rows", "position", "epoch", "stopped_at")
"""Arrays of a `Queue` that the next step of a network depends on."""


@dataclass(frozen=True, eq=False)
class PopulationState:
    """Networks of one kind, stopped after some step.

    Args:
        network: What they share.
        step: Optimiser steps that were done.
        seeds: One per network, shape (n_networks,).
        arrays: By name of `KEPT`, one row per network: parameters, the optimiser's state, running
            statistics, row orders and positions.
    """

    network: Network
    step: int
    seeds: NDArray[np.int64]
    arrays: dict[str, NDArray]

    def __len__(self) -> int:
        return len(self.seeds)

    def take(self, chosen: Sequence[int] | NDArray[np.int64]) -> PopulationState:
        """The chosen networks, in that order; one that is chosen twice is forked."""
        index = np.asarray(chosen, dtype=np.int64)
        return replace(self, seeds=self.seeds[index], arrays={n: a[index] for n, a in self.arrays.items()})

    def save(self, path: str | Path) -> None:
        """Write to a file of NumPy arrays (.npz)."""
        about = json.dumps({"network": asdict(self.network), "step": self.step})
        with Path(path).open("wb") as file:
            arrays: dict[str, Any] = {"about": np.array(about), "seeds": self.seeds, **self.arrays}
            np.savez_compressed(file, **arrays)


def load_state(path: str | Path) -> PopulationState:
    """Read what `PopulationState.save` wrote.

    Raises:
        InputError: The file holds something else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in KEPT}
            seeds = file["seeds"]
        network = Network(**{**about["network"], "widths": tuple(about["network"]["widths"])})
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{str(path)!r} is not a saved population ({error}); give a file that `PopulationState.save` wrote."
        ) from error
    return PopulationState(network, int(about["step"]), seeds, arrays)


def joined(states: Sequence[PopulationState]) -> PopulationState:
    """States of several blocks of the same networks at the same step, one after the other."""
    arrays = {name: np.concatenate([state.arrays[name] for state in states]) for name in KEPT}
    return PopulationState(states[0].network, states[0].step, np.concatenate([s.seeds for s in states]), arrays)

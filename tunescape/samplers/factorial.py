"""The full factorial: every combination of levels, in the order of the space, the last running fastest."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunescape.errors import InputError
from tunescape.samplers.base import Sampler
from tunescape.space import SearchSpace, active_part, levels, n_cells
from tunescape.study import Study

MOST_CELLS = 200_000
"""Largest factorial that is laid out."""


@dataclass(frozen=True)
class Factorial(Sampler):
    """Every combination of levels.

    Args:
        levels: Levels of numeric hyperparameters that do not list their own (default 4).
    """

    levels: int | None = None

    def cells(self, space: SearchSpace) -> list[dict[str, Any]]:
        """All different configurations of the design, in order; conditions merge equal ones.

        Raises:
            InputError: There are more than 200 000 cells; says how many, and what to do.
        """
        count = n_cells(space, self.levels)
        if count > MOST_CELLS:
            counts = " x ".join(str(len(levels(p, self.levels))) for p in space.parameters.values())
            raise InputError(
                f"The factorial of this space has {count:,} cells ({counts}), more than {MOST_CELLS:,}. "
                "Give fewer levels (--levels 3), fix some hyperparameters (--fix), "
                "or draw at random (--sampler random --trials 500)."
            )
        names = list(space.parameters)
        grid = itertools.product(*(levels(p, self.levels) for p in space.parameters.values()))
        cells = [active_part(space, dict(zip(names, values, strict=True))) for values in grid]
        return list({tuple(cell.items()): cell for cell in cells}.values())

    def propose(self, study: Study, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Propose the first `n` cells that the history does not hold."""
        there = {tuple(sorted(t.configuration.items())) for t in study.trials}
        missing = (c for c in self.cells(study.space) if tuple(sorted(c.items())) not in there)
        return list(itertools.islice(missing, n))

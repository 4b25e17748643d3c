"""Independent uniform draws from the search space (on each hyperparameter's own scale)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tunescape.samplers.base import Sampler
from tunescape.space import decode
from tunescape.study import Study

MOST_ROUNDS = 100
"""Rounds without a new configuration after which a space counts as used up."""


@dataclass(frozen=True)
class Random(Sampler):
    """Random search (Bergstra & Bengio 2012): uniform in the unit cube, without repeats."""

    def propose(self, study: Study, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Draw `n` configurations that are new; fewer where a discrete space is used up."""
        there = {tuple(sorted(t.configuration.items())) for t in study.trials}
        fresh: dict[tuple, dict[str, Any]] = {}
        fruitless = 0
        while len(fresh) < n and fruitless < MOST_ROUNDS:
            before = len(fresh)
            for configuration in decode(study.space, rng.random((n, len(study.space.varying)))):
                key = tuple(sorted(configuration.items()))
                if key not in there and len(fresh) < n:
                    fresh.setdefault(key, configuration)
            fruitless = 0 if len(fresh) > before else fruitless + 1
        return list(fresh.values())

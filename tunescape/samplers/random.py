"""Independent uniform draws from the search space (on each hyperparameter's own scale)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tunescape.samplers.base import Sampler
from tunescape.space import decode
from tunescape.study import Study


@dataclass(frozen=True)
class Random(Sampler):
    """Random search (Bergstra & Bengio 2012): uniform in the unit cube."""

    def propose(self, study: Study, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Draw `n` configurations; the history does not matter."""
        return decode(study.space, rng.random((n, len(study.space.varying))))

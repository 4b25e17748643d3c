"""The contract of a sampler: settings only; a proposal is a pure function of the history."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np

from tunescape.study import Study


class Sampler(abc.ABC):
    """Proposes configurations."""

    @abc.abstractmethod
    def propose(self, study: Study, n: int, rng: np.random.Generator) -> list[dict[str, Any]]:
        """Propose `n` configurations to try next.

        Args:
            study: The history, pending trials included.
            n: How many.
            rng: The only source of randomness, derived from the study's seed and the number of the
                first trial that will be reserved.

        Returns:
            At most `n` configurations; fewer where the space is used up.
        """

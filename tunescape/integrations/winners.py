"""Which configurations of a study won: the recommended one, then the next best."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tunescape.errors import InputError
from tunescape.explanation import recommended
from tunescape.study import Status, Study, Trial

USUAL = 10
"""Networks of an ensemble where the user does not say: one that won a large space may owe it to luck."""


def winners(study: Study, count: int | None) -> list[Trial]:
    """The best trial of each of the best configurations, best first; fewer where fewer completed, which is said.

    The first is the configuration that the study recommends. The others follow by their mean over
    replicates, equal ones by their mean validation loss, then by their number.

    Args:
        study: A finished study.
        count: How many configurations; None for the ten best, or as many as learned.

    Raises:
        InputError: No trial completed.
    """
    first = recommended(study)
    if first is None:
        raise InputError(
            f"None of the {len(study.trials)} networks learned ({study.trials[0].reason or 'no value'}). Give a "
            "`space` with lower learning rates, or more `n_trials`."
        )
    found: dict[tuple, list[Trial]] = defaultdict(list)
    for trial in study.trials:
        if trial.status is Status.COMPLETED and trial.value is not None and math.isfinite(trial.value):
            found[tuple(sorted(trial.configuration.items()))].append(trial)
    sign = study.objective.sign

    def place(trials: Sequence[Trial]) -> tuple[bool, float, float, int]:
        loss = float(np.mean([trial.metrics.get("validation_loss", math.inf) for trial in trials]))
        mean = float(np.mean([trial.value for trial in trials if trial.value is not None]))
        return dict(trials[0].configuration) != first, -sign * mean, loss, trials[0].number

    best = sorted(found.values(), key=place)[: count or USUAL]
    if count is not None and len(best) < count:
        warnings.warn(
            f"The ensemble has {len(best)} networks instead of {count}: of the {len(study.trials)} trials, "
            f"{len(found)} configurations learned.",
            stacklevel=4,
        )
    return [min(trials, key=lambda trial: (-sign * (trial.value or 0.0), trial.number)) for trials in best]

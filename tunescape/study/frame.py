"""A study as a pandas DataFrame: hyperparameters, metrics, then what is known of each trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunescape.study.status import Status
from tunescape.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

ABOUT = (
    "number", "status", "replicate", "seed", "trajectory", "budget", "started", "seconds", "reason", "note",
)  # fmt: skip


def to_frame(study: Study, *, finished: bool = False) -> pd.DataFrame:
    """Return the trials as a DataFrame, one row a trial, by number.

    Columns: one per hyperparameter under its own name (empty where inactive), the objective, the
    other metrics, then `number`, `status`, `replicate`, `seed`, `trajectory`, `budget`, `started`,
    `seconds`, `reason`, `note`; a column of the last group whose name is taken by a hyperparameter
    or a metric is called ``trial_…``.

    Args:
        study: The study.
        finished: Leave out trials that have not ended.
    """
    import pandas as pd

    trials = [t for t in study.trials if t.status.is_final] if finished else list(study.trials)
    columns: dict[str, list] = {}
    for name in study.space.parameters:
        columns[name] = [t.configuration.get(name) for t in trials]
    columns[_free(study.objective.name, columns, "objective_")] = [t.value for t in trials]
    for name in dict.fromkeys(name for t in trials for name in t.metrics):
        columns[_free(name, columns, "metric_")] = [t.metrics.get(name) for t in trials]
    for name in ABOUT:
        values = [getattr(t, name) for t in trials]
        if name == "status":
            values = [s.word if isinstance(s, Status) else s for s in values]
        columns[_free(name, columns, "trial_")] = values
    return pd.DataFrame(columns)


def _free(name: str, taken: dict[str, list], prefix: str) -> str:
    """The name itself, or with a prefix where a column already has it."""
    while name in taken:
        name = prefix + name
    return name

"""A study as named columns of plain values: hyperparameters, measurements, then what is known of each trial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tunescape.study.study import Study

ABOUT = (
    "status", "seed", "budget", "started", "seconds", "note", "replicate", "trajectory", "number", "reason",
)  # fmt: skip
"""What is known of each trial beside its configuration and its measurements."""


def columns(study: Study) -> dict[str, list[Any]]:
    """The trials as columns, one row a trial, by number.

    One column a hyperparameter under its own name (None where inactive), then the objective and the
    other metrics under theirs, then `ABOUT`. A name that is taken gets ``objective_``, ``metric_``
    or ``trial_`` before it.
    """
    trials = study.trials
    found: dict[str, list[Any]] = {}
    for name in study.space.parameters:
        found[name] = [_plain(t.configuration.get(name)) for t in trials]
    found[_free(study.objective.name, found, "objective_")] = [_plain(t.value) for t in trials]
    for name in dict.fromkeys(name for t in trials for name in t.metrics):
        found[_free(name, found, "metric_")] = [_plain(t.metrics.get(name)) for t in trials]
    for name in ABOUT:
        values = [_plain(getattr(t, name)) for t in trials]
        if name == "status":
            values = [status.word for status in values]
        elif name in ("note", "reason"):
            values = [text or None for text in values]
        found[_free(name, found, "trial_")] = values
    return found


def _plain(value: Any) -> Any:
    """A scalar of NumPy as what it holds."""
    return value.item() if hasattr(value, "item") else value


def _free(name: str, taken: Iterable[str], prefix: str) -> str:
    while name in taken:
        name = prefix + name
    return name

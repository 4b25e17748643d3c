"""Tasks by name: the built-in ones, those made by formulas, and csv files by their path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.tasks.builtin import DESCRIPTIONS, builtin
from tunescape.tasks.csv import csv_task
from tunescape.tasks.iris import iris
from tunescape.tasks.split import SplitOptions
from tunescape.tasks.synthetic import FORMULAS, synthetic
from tunescape.tasks.task import Task

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def task_names() -> tuple[str, ...]:
    """Return the names of the built-in tasks."""
    return ("iris", *DESCRIPTIONS, *FORMULAS)


def load_task(
    name: str | Path,
    *,
    target: str | None = None,
    kind: str | None = None,
    split: str | None = None,
    split_seed: int = 0,
    test_size: float | None = None,
    validation_size: float | None = None,
    n_points: int | None = None,
    noise: float | None = None,
) -> Task:
    """Return a task by name.

    Args:
        name: A built-in name (see `task_names`; capitals do not matter) or the path of a csv file.
        target: The column of a csv file to predict; csv files only.
        kind: ``"classification"`` or ``"regression"``, where a csv file's target does not tell.
        split: ``"2017"`` or ``"stratified"``, for iris only.
        split_seed: Seed of the split, or of the points of a synthetic task.
        test_size: Share of the rows that test; None for 0.2. Not for synthetic tasks.
        validation_size: Share of the rows that validate; None for 0.2. Not for synthetic tasks.
        n_points: Training rows of a synthetic task; None for 2500.
        noise: Noise of a synthetic task: the standard deviation added to values, or the share of
            labels changed; None for 0.

    Raises:
        InputError: The task is unknown, or an option does not apply to it or does not fit.
    """
    options = SplitOptions(split_seed, validation_size, test_size)
    known = _known(name)
    if known is None and not str(name).lower().endswith(_ENDINGS) and not os.path.exists(name):
        raise InputError(
            f"There is no task {str(name)!r}; name one of {', '.join(task_names())}, or a csv file with its "
            f"target, as in data.csv --target COLUMN.{did_you_mean(str(name), task_names())}"
        )
    if known is not None:
        _refuse(f"csv files, and {known!r} is a built-in task", target=target, kind=kind)
    if known != "iris":
        _refuse("the task 'iris' only", split=split)
    if known in FORMULAS:
        drawn = f"tables that are split, but the parts of {known!r} are drawn by formula"
        _refuse(drawn, test_size=test_size, validation_size=validation_size)
        return synthetic(known, n_points=n_points, noise=noise, split_seed=options.split_seed)
    _refuse(f"tasks made by a formula only ({', '.join(FORMULAS)})", n_points=n_points, noise=noise)
    if known is None:
        return csv_task(name, target, kind=kind, split_options=options)
    return iris(split, options) if known == "iris" else builtin(known, options)


def _refuse(what_for: str, **options: Any) -> None:
    """Refuse options that are given and do not apply."""
    for option, value in options.items():
        if value is not None:
            raise InputError(f"`{option}` is for {what_for}; leave out {option}={value!r}.")


def _known(name: str | Path) -> str | None:
    """The built-in task that is meant, however it is capitalised; None where a file is."""
    if str(name) in task_names():
        return str(name)
    if os.path.exists(name):
        return None
    return {known.lower(): known for known in task_names()}.get(str(name).lower())

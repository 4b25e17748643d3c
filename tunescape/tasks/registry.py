"""Tasks by name: the built-in ones, and csv files by their path."""

from __future__ import annotations

import os
from pathlib import Path

from tunescape.errors import InputError, did_you_mean
from tunescape.tasks.builtin import DESCRIPTIONS, builtin
from tunescape.tasks.csv import csv_task
from tunescape.tasks.iris import iris
from tunescape.tasks.split import SplitOptions
from tunescape.tasks.task import Task

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def task_names() -> tuple[str, ...]:
    """Return the names of the built-in tasks."""
    return ("iris", *DESCRIPTIONS)


def load_task(
    name: str | Path,
    *,
    target: str | None = None,
    kind: str | None = None,
    split: str | None = None,
    split_seed: int = 0,
    test_size: float | None = None,
    validation_size: float | None = None,
) -> Task:
    """Return a task by name.

    Args:
        name: A built-in name (see `task_names`) or the path of a csv file.
        target: The column of a csv file to predict; csv files only.
        kind: ``"classification"`` or ``"regression"``, where a csv file's target does not tell.
        split: ``"2017"`` or ``"stratified"``, for iris only.
        split_seed: Seed of the split.
        test_size: Share of the rows that test; None for 0.2.
        validation_size: Share of the rows that validate; None for 0.2.

    Raises:
        InputError: The task is unknown, or an option does not apply to it or does not fit.
    """
    options = SplitOptions(split_seed, validation_size, test_size)
    if str(name) in task_names():
        for option, value in (("target", target), ("kind", kind)):
            if value is not None:
                raise InputError(
                    f"`{option}` is for csv files, and {str(name)!r} is a built-in task; "
                    f"leave out {option}={value!r} or name a csv file."
                )
    if split is not None and name != "iris":
        raise InputError(f"`split` is for the task 'iris' only; leave out split={split!r}.")
    if name == "iris":
        return iris(split, options)
    if str(name) in DESCRIPTIONS:
        return builtin(str(name), options)
    if str(name).lower().endswith(_ENDINGS) or os.path.exists(name):
        return csv_task(name, target, kind=kind, split_options=options)
    raise InputError(
        f"There is no task {str(name)!r}; name one of {', '.join(task_names())}, or a csv file with its "
        f"target, as in data.csv --target COLUMN.{did_you_mean(str(name), task_names())}"
    )

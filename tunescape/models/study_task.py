"""The task of a study, made again from what the study remembers of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tunescape.errors import InputError
from tunescape.study import Study
from tunescape.tasks import Task, load_task, task_names

NOT_ASKED = ("digest",)
"""Options of a task that follow from the others."""


def task_of(study: Study) -> Task:
    """Make the task of a study again.

    Args:
        study: A study that a survey made.

    Raises:
        InputError: The study was made elsewhere, or its data are gone or were changed since.
    """
    options = study.settings.get("task_options")
    if options is None:
        raise InputError(
            f"{study.name!r} was not made by a survey here, so its networks cannot be trained again; take the model "
            "out where it was trained."
        )
    asked = {name: value for name, value in options.items() if name not in NOT_ASKED}
    if study.task not in task_names() and "target" not in options:
        raise InputError(
            f"{study.name!r} learned from data in memory, which are not kept; give the task that it was made with."
        )
    task = load_task(study.task if study.task in task_names() else _file(study), **asked)
    if _plain(task.options) != _plain(options):
        raise InputError(
            f"The data of {study.name!r} were changed since: {_difference(task.options, options)}; survey them again, "
            "or put the old file back."
        )
    return task


def _file(study: Study) -> str:
    """Path of the study's csv file: where it was, or in the current folder."""
    there = [str(study.settings["source"])] if study.settings.get("source") else []
    for path in (*there, study.task):
        if Path(path).is_file():
            return path
    raise InputError(
        f"The data of {study.name!r} are not there any more ({' or '.join(map(repr, there or [study.task]))}); "
        "put the file back, or give the task: task=load_task(path, target=…)."
    )


def _plain(options: Any) -> Any:
    """Options as a store gives them back."""
    return json.loads(json.dumps(dict(options)))


def _difference(now: Any, then: Any) -> str:
    now, then = _plain(now), _plain(then)
    changed = [name for name in {**now, **then} if now.get(name) != then.get(name)]
    return "; ".join(f"{name} is {now.get(name)!r} instead of {then.get(name)!r}" for name in changed)

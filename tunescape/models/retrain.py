"""The network of a study's trial, trained again from its seed, because studies keep measurements and not weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tunescape.engine import Data
from tunescape.errors import InputError
from tunescape.evaluators import Backends, Framework, Population
from tunescape.explanation import recommended
from tunescape.models.make import make_model
from tunescape.models.model import Model
from tunescape.models.study_task import task_of
from tunescape.study import Curve, Status, Study, Trial
from tunescape.tasks import Task

Trainer = Backends | Population | Framework
"""What gives away the networks that it trains."""

NO_CURVE = Curve(np.zeros(0, dtype=np.int64), {})


def model_of(
    study: Study, *, trial: int | None = None, task: Task | None = None, evaluator: Trainer | None = None
) -> Model:
    """Train the network of a trial again, and return it; in the population engine it is the same bit for bit.

    Args:
        study: The study.
        trial: Number of the trial; by default the best run of the recommended configuration.
        task: What the networks learned; by default made again by `task_of`.
        evaluator: What trains; by default the backend that the trial names, in the precision of the study.

    Raises:
        InputError: There is no such trial, none completed, the network diverges, or the data are gone.
    """
    chosen = trial_to_train(study, trial)
    task = task if task is not None else task_of(study)
    [trained] = (evaluator or _evaluator(study, task)).networks([chosen])
    done = trained.trial
    _check_completed(study, done)
    value = {} if done.value is None else {study.objective.name: done.value}
    return make_model(
        task,
        trained.specification,
        trained.layers,
        history=done.curve or NO_CURVE,
        metrics={**value, **done.metrics},
        seed=chosen.seed,
        settings=chosen.configuration,
        backend=trained.specification.backend,
    )


def _evaluator(study: Study, task: Task) -> Backends:
    """What trained the networks of a study that a survey made."""
    data = Data(task.train.inputs, task.train.targets, task.validation.inputs, task.validation.targets)
    settings = study.settings.get("network", task.network)
    dtype = "float64" if study.settings.get("precision") == "exact" else "float32"
    return Backends(data, task.loss, task.n_outputs, study.objective, dict(settings), dtype=dtype)


def trial_to_train(study: Study, number: int | None = None) -> Trial:
    """The trial whose network is wanted.

    Args:
        study: The study.
        number: Its number; None for the recommended configuration, and of its runs the one with the
            best value (the first of equals).

    Raises:
        InputError: There is no such trial, it did not complete, or none did.
    """
    if number is None:
        configuration = recommended(study)
        runs = tuple(t for t in study.trials if dict(t.configuration) == configuration)
        best = replace(study, trials=runs).best
        if best is None:
            raise InputError(f"No trial of {study.name!r} completed, so there is no network to take out.")
        return best
    found = [t for t in study.trials if t.number == number]
    if not found:
        there = f"0 to {study.trials[-1].number}" if study.trials else "none yet"
        raise InputError(f"`trial` must be the number of a trial of {study.name!r} ({there}). Got trial={number!r}.")
    _check_completed(study, found[0])
    return found[0]


def _check_completed(study: Study, trial: Trial) -> None:
    if trial.status is not Status.COMPLETED:
        reason = f" ({trial.reason.rstrip('.')})" if trial.reason else ""
        raise InputError(
            f"A network is taken out of a completed trial. Trial {trial.number} of {study.name!r} is "
            f"{trial.status.word}{reason}; choose another trial."
        )

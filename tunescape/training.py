"""One network by hand: trained by any backend, or taken out of a study, with its history and its pictures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from tunescape.errors import InputError, did_you_mean
from tunescape.evaluators import SETTINGS, check_settings
from tunescape.models import Model, make_model, model_of, task_of, trial_to_train
from tunescape.space import SearchSpace, house_name
from tunescape.study import Status, Study, Trial
from tunescape.surveying import TASK_OPTIONS, evaluator_of
from tunescape.tasks import Task, load_task

__all__ = ["TrainedModel", "model", "train"]


@dataclass(frozen=True, eq=False, repr=False)
class TrainedModel(Model):
    """A model together with the task that it learned, so that it can be drawn.

    Args:
        learned: The task.
    """

    learned: Task | None = None

    def plot_history(self) -> Any:
        """Draw training and validation loss by epoch, as a Plotly figure."""
        from tunescape.picturing import history_figure

        return history_figure(self)

    def plot_estimate(self) -> Any:
        """Draw what the network says beside the truth, and their difference; for tasks of two inputs.

        Raises:
            InputError: The task has more or fewer inputs.
        """
        from tunescape.picturing import estimate_figure

        return estimate_figure(self, self._task())

    def plot_data(self) -> Any:
        """Draw the rows that the network learned from; for tasks of two inputs.

        Raises:
            InputError: The task has more or fewer inputs.
        """
        from tunescape.picturing import data_figure

        return data_figure(self._task())

    def plot_network(self) -> Any:
        """Draw the network: its layers, and its weights by sign and size."""
        from tunescape.picturing import network_figure

        return network_figure(self)

    def _task(self) -> Task:
        if self.learned is None:
            raise InputError(f"The data of {self.task!r} did not come with the model; train it here to draw them.")
        return self.learned


def train(
    task: str | Task,
    *,
    backend: str | None = None,
    like: str | None = None,
    exact: bool = False,
    seed: int = 0,
    n_threads: int | None = None,
    **settings: Any,
) -> TrainedModel:
    """Train one network of a task.

    Args:
        task: A built-in name, a CSV file, or a `Task`.
        backend: Who trains: ``"population"`` (the default), ``"sklearn"``, ``"keras"``, ``"tensorflow"`` or
            ``"torch"``.
        like: Whose formulas and defaults the network has: one of these frameworks.
        exact: Double precision in place of single.
        seed: Seed of weights, row orders and dropout.
        n_threads: Threads; by default one per core.
        **settings: Settings of the network (``units=[16, 16]``, ``activation="relu"``, …; see
            `evaluators.SETTINGS`) and options of the task (``noise``, ``target``, …). What is not given is
            what the task says, then the default of its space; where `like` is given, the framework's
            formulas come before the task's and its defaults in place of the space's.

    Returns:
        The model, with its history.

    Raises:
        InputError: Something given cannot be used, the backend cannot express it, or the network diverged.
        MissingExtraError: The backend is not installed.
    """
    _check_arguments(task, seed, settings)
    options = {name: settings.pop(name) for name in TASK_OPTIONS if name in settings}
    given = {house_name(name): tuple(v) if isinstance(v, list | np.ndarray) else v for name, v in settings.items()}
    for name, value in (("backend", backend), ("like", like)):
        if value is not None:
            given[name] = value
    _check_names(given)
    check_settings(given)
    learned = task if isinstance(task, Task) else load_task(task, **options)
    evaluator = evaluator_of(learned, learned.network, exact=exact, n_threads=n_threads, by_epoch=True)
    configuration = {**({} if like else default_configuration(learned.space, given)), **given}
    evaluator.of(backend or "population").check(SearchSpace({}))
    evaluator.population.check_size(configuration)
    [trained] = evaluator.networks([Trial(0, configuration, seed=seed)])
    done = trained.trial
    if done.status is not Status.COMPLETED:
        raise InputError(f"The network diverged: {done.reason}. Lower the learning rate or the initial scale.")
    assert done.value is not None
    assert done.curve is not None
    made = make_model(
        learned, trained.specification, trained.layers, history=done.curve,
        metrics={learned.objective.name: done.value, **done.metrics}, seed=seed, settings=configuration,
        backend=trained.specification.backend,
    )  # fmt: skip
    return _with_task(made, learned)


def _check_arguments(task: Any, seed: Any, settings: dict[str, Any]) -> None:
    """Check kinds at the door.

    Raises:
        InputError: Something given cannot be used.
    """
    if not isinstance(task, str | Path | Task):
        raise InputError(
            f"`task` must be a built-in name, a CSV file or a Task. Got a {type(task).__name__}; make a task of "
            "arrays with tunescape.tasks.array_task(X, y)."
        )
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise InputError(f"`seed` must be a whole number from 0 to 2^63 - 1. Got seed={seed!r}.")
    for ours, other in (("optimiser", "optimizer"), ("initialiser", "initializer")):
        if ours in settings and other in settings:
            raise InputError(f"`{ours}` and `{other}` are the same setting; keep one of them.")


def _check_names(given: dict[str, Any]) -> None:
    """Check names before a task is loaded, so that a slip of the pen is said at once."""
    known = (*SETTINGS, *TASK_OPTIONS)
    for name in given:
        if name not in known and not name.rpartition("_")[2].isdigit():
            raise InputError(f"A network has no setting {name!r}.{did_you_mean(name, known)}")


def default_configuration(space: SearchSpace, given: dict[str, Any]) -> dict[str, Any]:
    """The defaults of a space, as far as they can stand beside what is given.

    Args:
        space: The space.
        given: Settings that are given; they decide which conditions hold.
    """
    without = {"steps": "epochs", "epochs": "steps"}
    left_out = {without[name] for name in given if name in without}
    if isinstance(given.get("units"), tuple) or any(name.startswith("units_") for name in given):
        left_out |= {"layers", "units"}
    found: dict[str, Any] = {}
    for name in space.order:
        default = getattr(space.parameters[name], "default", getattr(space.parameters[name], "value", None))
        if default is not None and name not in left_out and space.is_active(name, {**found, **given}):
            found[name] = default
    return {name: value for name, value in found.items() if name not in given}


def model(study: Study, *, trial: int | None = None, task: Task | None = None) -> TrainedModel:
    """Take a trained network out of a study: it is trained again from its seed, bit for bit in the population engine.

    Args:
        study: The study.
        trial: Number of the trial; by default the best run of the recommended configuration.
        task: What the networks learned, where the study does not remember (data in memory).

    Returns:
        The model, with its history.

    Raises:
        InputError: There is no such trial, it did not complete, or its data are gone.
    """
    trial_to_train(study, trial)  # a wrong number is said before the data are looked for
    learned = task if task is not None else task_of(study)
    evaluator = evaluator_of(
        learned, study.settings.get("network", learned.network), exact=study.settings.get("precision") == "exact",
        by_epoch=True,
    )  # fmt: skip
    return _with_task(model_of(study, trial=trial, task=learned, evaluator=evaluator), learned)


def _with_task(made: Model, learned: Task) -> TrainedModel:
    return TrainedModel(**{field.name: getattr(made, field.name) for field in fields(Model)}, learned=learned)

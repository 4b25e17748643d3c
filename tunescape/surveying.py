"""How a survey is put together from a task: planned, checked against the store, run, measured on the test part."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.evaluators import Backends, check_settings, without_conventions
from tunescape.explanation import recommended, wilson
from tunescape.runner import Progress, run
from tunescape.samplers import Factorial, Sampler, named
from tunescape.space import Parameter, SearchSpace, differences, digest, to_dict
from tunescape.stores import Store
from tunescape.study import Status, Study
from tunescape.tasks import Task, comparison, load_task

__all__ = ["Survey", "check_same_study", "plan_survey", "run_survey"]

OPTIONS = (
    "n_trials", "replicates", "sampler", "levels", "vary", "preset", "backend", "like", "exact", "name", "seed",
    "independent_steps", "store", "n_threads", "progress",
)  # fmt: skip
"""Names of everything that can be told a survey, beside the options of its task."""

TASK_OPTIONS = ("target", "kind", "split", "split_seed", "test_size", "validation_size", "n_points", "noise")
"""Names of everything that can be told a task."""

MOST_TRIALS = 300_000
"""Largest survey that is planned."""


@dataclass(frozen=True)
class Survey:
    """A survey that is planned and not yet run: everything that `survey` will use.

    Args:
        study: The study without trials.
        evaluator: What trains its networks.
        sampler: What proposes configurations.
        n_points: How many configurations.
        replicates: How many networks of each.
        task: What is learned.
    """

    study: Study
    evaluator: Backends
    sampler: Sampler
    n_points: int
    replicates: int
    task: Task


def plan_survey(
    task: str | Task,
    space: SearchSpace | None = None,
    *,
    n_trials: int | None = None,
    replicates: int | None = None,
    sampler: str | None = None,
    levels: int | None = None,
    vary: Mapping[str, Parameter] | None = None,
    preset: str | None = None,
    backend: str | None = None,
    like: str | None = None,
    exact: bool = False,
    name: str | None = None,
    seed: int = 0,
    independent_steps: bool = False,
    n_threads: int | None = None,
    **task_options: Any,
) -> Survey:
    """Work out what a survey would do; arguments as for `survey`."""
    _check_arguments(task, task_options, trials=n_trials, replicates=replicates, levels=levels, threads=n_threads)
    task = task if isinstance(task, Task) else load_task(task, **task_options)
    base = _base(task, space, preset)
    space = _with(base.space, vary or {})
    chosen = named(sampler or base.sampler, levels)
    if levels is not None and not isinstance(chosen, Factorial):
        raise InputError(f"`levels` is for factorial designs; leave out levels={levels!r} or use sampler='factorial'.")
    network = dict(base.network) if like is None else without_conventions(base.network)
    if backend is not None or "backend" in space.parameters:
        network.pop("like", None)  # a preset's: each backend has its own formulas
    network = {**network, **_given(space, backend=backend, like=like)}
    evaluator = evaluator_of(
        task, network, independent_steps=independent_steps, exact=exact, n_threads=n_threads,
        by_epoch=preset is not None,
    )  # fmt: skip
    evaluator.check(space)
    settings = _settings(task, space, evaluator, sampler or base.sampler, levels)
    identity = [to_dict(space), settings["sampler"], levels, seed, settings["network"], settings["task_options"],
                independent_steps, settings["precision"]]  # fmt: skip
    study = Study(
        name=name or f"{Path(task.name).stem}-{digest(identity)}",
        space=space,
        objective=task.objective,
        seed=seed,
        task=task.name,
        settings=settings,
    )
    points = _n_points(chosen, space, n_trials, task)
    each = base.replicates if replicates is None else replicates
    if points * each > MOST_TRIALS:
        raise InputError(
            f"A survey has at most {MOST_TRIALS:,} trials. Got {points:,} configurations x {each:,} replicates; "
            "ask for fewer (--trials, --replicates)."
        )
    return Survey(study, evaluator, chosen, points, each, task)


@dataclass(frozen=True)
class _Base:
    """What a survey does where the user does not say: the task's design, or that of a preset."""

    space: SearchSpace
    network: Mapping[str, Any]
    sampler: str
    replicates: int


def _base(task: Task, space: SearchSpace | None, preset: str | None) -> _Base:
    if space is not None and not isinstance(space, SearchSpace):
        space = SearchSpace(space)
    if preset is None:
        return _Base(space or task.space, task.network, task.design.sampler, task.design.replicates)
    if space is not None:
        raise InputError(f"`preset` brings its own space; leave out preset={preset!r} or the space.")
    ready = comparison(task.name, preset)
    return _Base(ready.space, {**task.network, **ready.network}, "factorial", ready.replicates)


def _given(space: SearchSpace, **settings: Any) -> dict[str, Any]:
    """Settings of every network that are given by name.

    Raises:
        InputError: One is varied too, or has a value that is not allowed.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    check_settings(given)
    for name, value in given.items():
        if name in space.parameters:
            raise InputError(f"`{name}` is part of the search space; leave out {name}={value!r} or the hyperparameter.")
    return given


def _check_arguments(task: Any, task_options: Mapping[str, Any], **counts: int | None) -> None:
    """Check types and counts at the door, before anything is loaded.

    Raises:
        InputError: Something given cannot be used.
    """
    for argument, value in counts.items():
        if value is not None and value < 1:
            raise InputError(f"`{argument}` must be at least 1. Got {argument}={value!r}.")
    if not isinstance(task, str | Path | Task):
        raise InputError(
            f"`task` must be a built-in name, a CSV file or a Task. Got a {type(task).__name__}; "
            "write a DataFrame to a CSV file first."
        )
    unknown = sorted(set(task_options) - set(TASK_OPTIONS))
    if unknown:
        hint = did_you_mean(unknown[0], OPTIONS + TASK_OPTIONS)
        raise InputError(f"A survey has no option {unknown[0]!r}.{hint}")


def _settings(
    task: Task, space: SearchSpace, evaluator: Backends, sampler: str, levels: int | None
) -> dict[str, Any]:
    """What a study remembers of how it was made, as plain data."""
    shared = evaluator.shared_budget(space)
    return {
        "sampler": sampler,
        "levels": levels,
        "network": {k: list(v) if isinstance(v, tuple) else v for k, v in evaluator.settings.items()},
        "precision": "exact" if evaluator.dtype == "float64" else "fast",
        "task_options": dict(task.options),
        "shared_budget": shared,
        "constant_value": task.constant_value,
        "n_validation": len(task.validation),
        "notes": [*task.notes, *_held(evaluator.settings, space)],
        "data_left_out": [dict(row) for row in task.left_out],
        "source": task.source,
    }


def _with(space: SearchSpace, vary: Mapping[str, Parameter]) -> SearchSpace:
    """The space with some hyperparameters replaced or added; `epochs` and `steps` replace one another."""
    other = {"epochs": "steps", "steps": "epochs"}
    drop = {other[name] for name in vary if name in other} & set(space.parameters) - set(vary)
    kept = {name: parameter for name, parameter in space.parameters.items() if name not in drop}
    return SearchSpace(kept, space.conditions).replace(**vary)


def _held(network: Mapping[str, Any], space: SearchSpace) -> list[str]:
    """A sentence that says what all networks have in common."""
    held = {name: value for name, value in network.items() if name not in space.parameters}
    words = [f"{name} {'-'.join(map(str, v)) if isinstance(v, list | tuple) else v}" for name, v in held.items()]
    return [f"Every network has {', '.join(words)}."] if words else []


def evaluator_of(
    task: Task,
    network: Mapping[str, Any],
    *,
    independent_steps: bool = False,
    exact: bool = False,
    n_threads: int | None = None,
    by_epoch: bool = False,
) -> Backends:
    """What trains the networks of a task.

    Args:
        task: The task.
        network: Settings of every network.
        independent_steps: As for `survey`.
        exact: As for `survey`.
        n_threads: As for `survey`.
        by_epoch: Measure after every epoch.
    """
    from tunescape.engine import Data

    data = Data(task.train.inputs, task.train.targets, task.validation.inputs, task.validation.targets)
    return Backends(
        data=data,
        loss=task.loss,
        n_outputs=task.n_outputs,
        objective=task.objective,
        settings=dict(network),
        independent_steps=independent_steps,
        dtype="float64" if exact else "float32",
        n_threads=n_threads,
        by_epoch=by_epoch,
    )


def _n_points(sampler: Sampler, space: SearchSpace, n_trials: int | None, task: Task) -> int:
    if isinstance(sampler, Factorial):
        if n_trials is not None:
            raise InputError(
                f"A factorial has as many configurations as its levels say; leave out trials={n_trials!r}, "
                "or draw at random (--sampler random)."
            )
        return len(sampler.cells(space))
    return n_trials if n_trials is not None else task.design.n_points or 500


def run_survey(planned: Survey, store: Store, progress: Progress | None = None) -> Study:
    """Run a planned survey in a store, and measure its recommended configuration on the test part."""
    check_same_study(planned.study, store)
    study = run(
        planned.study, planned.evaluator, planned.sampler, n_points=planned.n_points,
        replicates=planned.replicates, store=store, progress=progress,
    )  # fmt: skip
    return _measure_test_part(planned, study, store)


def check_same_study(study: Study, store: Store) -> None:
    """Check that a study of the same name in the store asks the same.

    Raises:
        InputError: It does not; names the difference.
    """
    if study.name not in [summary.name for summary in store.summaries()]:
        return
    there = store.load(study.name)
    said = differences(there.space, study.space)
    said += [
        f"{what} is {new!r} instead of {old!r}"
        for what, old, new in (
            ("the task", there.task, study.task),
            ("the seed", there.seed, study.seed),
            *((key, there.settings.get(key), _as_kept(study.settings.get(key)))
              for key in ("sampler", "levels", "shared_budget", "task_options", "network", "precision")),
        )
        if old != new
    ]  # fmt: skip
    if said:
        raise InputError(
            f"The store already has a study {study.name!r} that asks something else: {'; '.join(said)}. "
            "Choose another --study name, or leave it out."
        )


def _as_kept(value: Any) -> Any:
    """Plain data as a store gives it back (tuples as lists)."""
    return json.loads(json.dumps(value))


def _measure_test_part(planned: Survey, study: Study, store: Store) -> Study:
    """Train the recommended configuration's networks again and read them on the test part, once."""
    test, configuration = planned.task.test, recommended(study)
    if test is None or configuration is None:
        return study
    known = study.attributes.get("test")
    if known and known["configuration"] == configuration:
        return study
    trials = [t for t in study.trials if dict(t.configuration) == configuration and t.status is Status.COMPLETED]
    judge = planned.evaluator.on_part(test.inputs, test.targets)
    values = [t.value for batch in judge.evaluate(trials) for t in sorted(batch, key=lambda t: t.number)]
    store.set_attribute(study.name, "test", {
        "metric": study.objective.name.replace("validation", "test"),
        "configuration": configuration,
        "replicates_values": values,
        "networks": len(values),
        "rows": len(test),
        "times_measured": (known or {}).get("times_measured", 0) + 1,
        **_mean_interval([v for v in values if v is not None], len(test) if planned.task.is_classification else None),
    })  # fmt: skip
    return store.load(study.name)


def _mean_interval(values: Sequence[float], n_rows: int | None) -> dict[str, float | None]:
    """Mean and 90 % interval of a few measurements: over seeds (t), and over rows where they are shares (Wilson).

    Args:
        values: One per network.
        n_rows: Rows on which a share of right answers was read; None for other measurements.

    Returns:
        ``value``, ``low`` and ``high``; the interval holds both.
    """
    import numpy as np
    from scipy.special import stdtrit

    if not values:
        return {"value": None, "low": None, "high": None}
    mean, half = float(np.mean(values)), 0.0
    if len(values) > 1:
        half = float(stdtrit(len(values) - 1, 0.95) * np.std(values, ddof=1) / np.sqrt(len(values)))
    elif n_rows is None:
        return {"value": mean, "low": None, "high": None}
    if n_rows is None:
        return {"value": mean, "low": max(0.0, mean - half), "high": mean + half}  # no loss is negative
    low, high = wilson(mean * n_rows, n_rows)
    return {"value": mean, "low": max(0.0, min(low, mean - half)), "high": min(1.0, max(high, mean + half))}

"""The verbs of the front door: survey, explain, report, and reading studies from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunescape.errors import InputError
from tunescape.evaluators import Population
from tunescape.explanation import Explanation, Finding
from tunescape.explanation.explain import explain as explain_study
from tunescape.runner import Progress, run
from tunescape.samplers import Sampler, named
from tunescape.space import Parameter, SearchSpace, differences, digest, to_dict
from tunescape.stores import Memory, Store, open_store
from tunescape.study import Status, Study
from tunescape.tasks import Task, load_task

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Survey", "explain", "importance", "import_study", "interaction", "main_effect", "plan_survey", "report",
    "run", "survey",
]  # fmt: skip


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
    evaluator: Population
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
    name: str | None = None,
    seed: int = 0,
    independent_steps: bool = False,
    target: str | None = None,
    n_threads: int | None = None,
    **task_options: Any,
) -> Survey:
    """Work out what a survey would do; arguments as for `survey`."""
    task = task if isinstance(task, Task) else load_task(task, target=target, **task_options)
    space = _with(space or task.space, vary or {})
    chosen = named(sampler or task.design.sampler, levels)
    evaluator = _evaluator(task, independent_steps, n_threads)
    evaluator.check(space)
    settings = {
        "sampler": sampler or task.design.sampler,
        "levels": levels,
        "network": {k: list(v) if isinstance(v, tuple) else v for k, v in task.network.items()},
        "task_options": dict(task.options),
        "shared_budget": evaluator.shared_budget if evaluator.shared_budget in space.parameters else None,
        "constant_value": task.constant_value,
        "n_validation": len(task.validation),
        "notes": list(task.notes),
        "left_out": [dict(row) for row in task.left_out],
    }
    identity = [to_dict(space), settings["sampler"], levels, seed, settings["network"], settings["task_options"],
                independent_steps]  # fmt: skip
    study = Study(
        name=name or f"{Path(task.name).stem}-{digest(identity)}",
        space=space,
        objective=task.objective,
        seed=seed,
        task=task.name,
        settings=settings,
    )
    points = _n_points(chosen, space, n_trials, task)
    return Survey(study, evaluator, chosen, points, replicates or task.design.replicates, task)


def _with(space: SearchSpace, vary: Mapping[str, Parameter]) -> SearchSpace:
    """The space with some hyperparameters replaced; conditions that no longer fit are dropped."""
    if not vary:
        return space
    parameters = {**space.parameters, **vary}
    if "epochs" in vary:
        parameters.pop("steps", None)
    return SearchSpace(parameters, _still_possible(space, parameters))


def _still_possible(space: SearchSpace, parameters: Mapping[str, Parameter]) -> tuple:
    """Conditions of a space, without values that hyperparameters can no longer take."""
    kept = []
    for condition in space.conditions:
        try:
            SearchSpace(parameters, (condition,))
        except InputError:
            possible = {
                other: tuple(v for v in allowed if v in _values(parameters[other]))
                for other, allowed in condition.when.items()
            }
            if not all(possible.values()):
                parameters.pop(condition.parameter, None)  # type: ignore[attr-defined]
                continue
            condition = replace(condition, when=possible)
        kept.append(condition)
    return tuple(kept)


def _values(parameter: Parameter) -> tuple[Any, ...]:
    if hasattr(parameter, "choices"):
        return parameter.choices
    return (parameter.value,) if hasattr(parameter, "value") else ()


def _evaluator(task: Task, independent_steps: bool, n_threads: int | None) -> Population:
    from tunescape.engine import Data

    data = Data(task.train.inputs, task.train.targets, task.validation.inputs, task.validation.targets)
    return Population(
        data=data,
        loss=task.loss,
        n_outputs=task.n_outputs,
        objective=task.objective,
        settings=dict(task.network),
        independent_steps=independent_steps,
        n_threads=n_threads,
    )


def _n_points(sampler: Sampler, space: SearchSpace, n_trials: int | None, task: Task) -> int:
    from tunescape.samplers import Factorial

    if isinstance(sampler, Factorial):
        if n_trials is not None:
            raise InputError(
                f"A factorial has as many configurations as its levels say; leave out trials={n_trials!r}, "
                "or draw at random (--sampler random)."
            )
        return len(sampler.cells(space))
    return n_trials if n_trials is not None else task.design.n_points or 500


def survey(
    task: str | Task,
    space: SearchSpace | None = None,
    *,
    n_trials: int | None = None,
    replicates: int | None = None,
    sampler: str | None = None,
    levels: int | None = None,
    vary: Mapping[str, Parameter] | None = None,
    name: str | None = None,
    seed: int = 0,
    independent_steps: bool = False,
    target: str | None = None,
    store: str | Path | Store | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
    **task_options: Any,
) -> Study:
    """Train networks over a search space of a task, thousands at once.

    The same call again, with the same store, resumes and adds nothing that is already there; more
    `n_trials` or `replicates` extend the study.

    Args:
        task: A built-in name (``"iris"``, ``"digits"``, …), a CSV file, or a `Task`.
        space: What may vary; by default what suits the task.
        n_trials: Configurations to try (random designs), each `replicates` times.
        replicates: Networks of different seeds per configuration.
        sampler: ``"factorial"`` or ``"random"``; by default the task's.
        levels: Levels of numeric hyperparameters in a factorial that do not list their own.
        vary: Hyperparameters to replace in, or add to, the space.
        name: Name of the study; by default the task and a digest of the design.
        seed: Seed of everything random.
        independent_steps: Train every number of steps from scratch instead of reading it off one run.
        target: The column to predict, for a CSV file.
        store: Where the study is kept: a URL, a file, a store; by default in memory.
        n_threads: Threads; by default one per core.
        progress: Told how far the work is.
        **task_options: How the task is made (see `tasks.load_task`).

    Returns:
        The study.

    Raises:
        InputError: Something given cannot be used; nothing is written then.
    """
    planned = plan_survey(
        task, space, n_trials=n_trials, replicates=replicates, sampler=sampler, levels=levels, vary=vary, name=name,
        seed=seed, independent_steps=independent_steps, target=target, n_threads=n_threads, **task_options,
    )  # fmt: skip
    opened = Memory() if store is None else open_store(store)
    with opened if opened is not store else nullcontext(opened):
        return run_survey(planned, opened, progress)


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
              for key in ("sampler", "levels", "shared_budget", "task_options", "network")),
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
    from tunescape.explanation.optimum import recommended

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
        **_mean_interval([v for v in values if v is not None]),
    })  # fmt: skip
    return store.load(study.name)


def _mean_interval(values: Sequence[float]) -> dict[str, float | None]:
    """Mean and 90 % t-interval of a few values."""
    import numpy as np
    from scipy.special import stdtrit

    if not values:
        return {"value": None, "low": None, "high": None}
    mean = float(np.mean(values))
    if len(values) < 2:
        return {"value": mean, "low": None, "high": None}
    half = float(stdtrit(len(values) - 1, 0.95) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return {"value": mean, "low": mean - half, "high": mean + half}


def with_costs(study: Study) -> Study:
    """The study with what its training cost: networks trained, and core-seconds of training."""
    seconds: dict[int, float] = {}
    for trial in study.trials:
        if trial.status.is_final and trial.seconds is not None:
            seconds[trial.trajectory] = max(seconds.get(trial.trajectory, 0.0), trial.seconds)
    costs = {"networks_trained": len(seconds), "seconds_training": round(sum(seconds.values()), 3)}
    return replace(study, attributes={**study.attributes, **costs})


def import_study(
    source: str | Path | Sequence[str | Path] | pd.DataFrame,
    *,
    study: str | None = None,
    objective: str | None = None,
    direction: str | None = None,
    parameters: Sequence[str] | None = None,
) -> Study:
    """Read a study from a store or from a table made elsewhere.

    Args:
        source: A store's URL or file, a CSV, JSONL or Parquet file (or several), or a DataFrame.
        study: Which study of the store; by default its only one, else the latest.
        objective: The column to explain, for a table.
        direction: ``"minimize"`` or ``"maximize"``, where the name does not tell.
        parameters: The columns that are hyperparameters, where the names do not tell.

    Raises:
        InputError: The source cannot be read, or does not tell what was asked for.
    """
    if isinstance(source, str | Path) and is_store(source):
        with open_store(source, must_exist=True) as store:
            return store.load(study or _latest(store, str(source)))
    from tunescape.importers import import_table

    return import_table(source, objective=objective, direction=direction, parameters=parameters)


def is_store(source: str | Path) -> bool:
    """Whether a source is the URL of a store or a SQLite file, told by its content."""
    text = str(source)
    if "://" in text or text == "memory":
        return True
    path = Path(text)
    if not path.is_file():
        return path.suffix in (".db", ".sqlite", ".sqlite3")
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


def _latest(store: Store, source: str) -> str:
    summaries = store.summaries()
    if not summaries:
        raise InputError(f"The store {source!r} holds no study yet.")
    return max(summaries, key=lambda s: s.updated).name


def explain(
    source: Study | str | Path | Sequence[str | Path] | pd.DataFrame,
    *,
    study: str | None = None,
    objective: str | None = None,
    direction: str | None = None,
    parameters: Sequence[str] | None = None,
    quality: bool = True,
    cuts: tuple[float, float] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Say what the trials of a study show: what matters, how sure, what breaks, what is best.

    Args:
        source: A `Study`, or anything that `import_study` reads.
        study: As for `import_study`.
        objective: As for `import_study`.
        direction: As for `import_study`.
        parameters: As for `import_study`.
        quality: Whether to predict classes of quality from the hyperparameters.
        cuts: Where low quality ends and where high quality begins.
        seed: Seed of permutations, bootstraps and splits.
        progress: Told which question is being answered.
    """
    if not isinstance(source, Study):
        source = import_study(source, study=study, objective=objective, direction=direction, parameters=parameters)
    return explain_study(with_costs(source), quality=quality, cuts=cuts, seed=seed, progress=progress)


def report(explanation: Explanation | Study, path: str | Path) -> Path:
    """Write an explanation as one self-contained HTML page.

    Args:
        explanation: What to show; a study is explained first.
        path: File to write.

    Returns:
        The path written.
    """
    from tunescape.reports import write_report

    if isinstance(explanation, Study):
        explanation = explain(explanation)
    return Path(write_report(explanation, path))


def _question(key: str) -> Callable[[Explanation | Study], Finding]:
    def ask(source: Explanation | Study) -> Finding:
        found = source if isinstance(source, Explanation) else explain(source, quality=False)
        return found[key]

    return ask


def importance(source: Explanation | Study) -> Finding:
    """Which hyperparameters matter, and how sure is that?"""
    return _question("importance")(source)


def main_effect(source: Explanation | Study) -> Finding:
    """What does each hyperparameter do on its own?"""
    return _question("main_effects")(source)


def interaction(source: Explanation | Study) -> Finding:
    """Which hyperparameters act together?"""
    return _question("interactions")(source)


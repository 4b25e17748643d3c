"""The verbs of the front door: survey, explain, report, and reading studies from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunescape.errors import InputError
from tunescape.explanation import Explanation, Finding
from tunescape.explanation import explain as explain_study
from tunescape.explanation import next_space as next_round
from tunescape.runner import Progress, run
from tunescape.space import Parameter, SearchSpace
from tunescape.stores import Memory, Store, open_store
from tunescape.study import Direction, Study
from tunescape.surveying import plan_survey, run_survey
from tunescape.tasks import Task

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "explain",
    "import_study",
    "importance",
    "interaction",
    "main_effect",
    "next_space",
    "report",
    "run",
    "survey",
]


def survey(
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
        preset: A ready design of the task (see `tasks.COMPARISONS`) in place of a space.
        backend: Who trains: ``"population"`` (the default), ``"sklearn"``, ``"keras"``, ``"tensorflow"`` or
            ``"torch"``; a hyperparameter of this name compares them.
        like: Whose formulas and defaults the networks have: one of these frameworks.
        exact: Double precision in place of single.
        name: Name of the study; by default the task and a digest of the design.
        seed: Seed of everything random.
        independent_steps: Train every number of steps from scratch instead of reading it off one run.
        store: Where the study is kept: a URL, a file, a store; by default in memory.
        n_threads: Threads; by default one per core.
        progress: Told how far the work is.
        **task_options: How the task is made (see `tasks.load_task`): ``target`` of a CSV file, ``noise``, …

    Returns:
        The study.

    Raises:
        InputError: Something given cannot be used; nothing is written then.
    """
    planned = plan_survey(
        task, space, n_trials=n_trials, replicates=replicates, sampler=sampler, levels=levels, vary=vary,
        preset=preset, backend=backend, like=like, exact=exact, name=name, seed=seed,
        independent_steps=independent_steps, n_threads=n_threads, **task_options,
    )  # fmt: skip
    opened = Memory() if store is None else open_store(store)
    with opened if opened is not store else nullcontext(opened):
        return run_survey(planned, opened, progress)


def with_costs(study: Study) -> Study:
    """The study with what its training cost: networks trained, and core-seconds of training."""
    seconds: dict[int, float] = {}
    for trial in study.trials:
        if trial.status.is_final and trial.seconds is not None:
            run_number = trial.trajectory if trial.trajectory >= 0 else trial.number
            seconds[run_number] = max(seconds.get(run_number, 0.0), trial.seconds)
    costs = {"networks_trained": len(seconds), "seconds_training": round(sum(seconds.values()), 3)}
    return replace(study, attributes={**study.attributes, **costs})


def import_study(
    source: str | Path | Sequence[str | Path] | pd.DataFrame,
    *,
    study: str | None = None,
    objective: str | None = None,
    direction: Direction | None = None,
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
        for name, value in (("objective", objective), ("direction", direction), ("parameters", parameters)):
            if value is not None:
                raise InputError(
                    f"`{name}` is for tables; {str(source)!r} is a store, whose studies know theirs. "
                    f"Leave out {name}={value!r}, or export the study to a table first."
                )
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
    direction: Direction | None = None,
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


def report(
    explanation: Explanation | Study,
    path: str | Path,
    *,
    pictures: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write an explanation as one self-contained HTML page, with pictures where the study can be drawn.

    Args:
        explanation: What to show; a study is explained first.
        path: File to write.
        pictures: Whether to draw its data and networks, for which some are trained again.
        progress: Told what had to be left out.

    Returns:
        The path written.
    """
    from tunescape.reports import write_report

    if isinstance(explanation, Study):
        explanation = explain(explanation)
    drawn, left_out = None, ""
    if pictures:
        from tunescape.picturing import pictures_of

        drawn, left_out = pictures_of(explanation)
    if left_out and progress is not None:
        progress(left_out)
    return Path(write_report(explanation, path, drawn))


def next_space(source: Explanation | Study) -> SearchSpace:
    """Return the search space for the next round: narrower, where the trials clearly allow it.

    Args:
        source: What the trials so far say; a study is explained first.
    """
    return next_round(source if isinstance(source, Explanation) else explain(source, quality=False))


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

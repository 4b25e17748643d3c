"""A study of the networks that suit some rows: split, standardised, searched, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data
from tunescape.errors import InputError
from tunescape.evaluators import Population
from tunescape.integrations.asked_space import asked_space
from tunescape.integrations.rows import Rows, Seen, seen
from tunescape.runner import Progress, run
from tunescape.samplers import SAMPLERS, Factorial, Random, Sampler, named
from tunescape.space import SearchSpace
from tunescape.study import Study
from tunescape.tasks.split import SplitOptions, split_few_rows


@dataclass(frozen=True)
class Search:
    """How a population is searched.

    Args:
        space: What may vary; None for what suits the rows.
        settings: Settings of the networks that the space does not vary.
        sampler: Proposes configurations.
        n_trials: How many of them (a factorial has as many as its levels say).
        replicates: Networks of different seeds per configuration.
        validation_size: Share of the rows that choose.
        seed: Seed of everything random.
        dtype: ``"float32"`` or ``"float64"``.
        n_threads: Threads; None for one per core.
    """

    space: SearchSpace | Mapping[str, Any] | None
    settings: Mapping[str, Any]
    sampler: Sampler | str | None
    n_trials: int
    replicates: int
    validation_size: float
    seed: int
    dtype: str
    n_threads: int | None


@dataclass(frozen=True, eq=False)
class Searched:
    """What a search found.

    Args:
        study: All trials.
        evaluator: What trained them.
        part: The training and validation part.
        validation: Positions of the rows that chose, shape (n_validation,).
    """

    study: Study
    evaluator: Population
    part: Seen
    validation: NDArray[np.int64]


def search(rows: Rows, how: Search, name: str, progress: Progress | None = None) -> Searched:
    """Train a population on a part of the rows and judge it on the others.

    Args:
        rows: All rows, at least two.
        how: What is tried.
        name: Name of the study.
        progress: Told how far the work is.

    Raises:
        InputError: There is one row only, or something asked for cannot be used.
    """
    if len(rows) < 2:
        raise InputError(
            f"Choosing among networks needs a row to learn from and a row to judge by. Got n_samples={len(rows)}; "
            "give more rows."
        )
    options = SplitOptions(how.seed, how.validation_size, 0)
    (train, validation, _), _ = split_few_rows(len(rows), rows.targets if rows.classes else None, options)
    part = seen(rows.at(train), rows.at(validation))
    space, settings = asked_space(how.space, how.settings, len(train), rows.inputs.shape[1], rows.kind)
    evaluator = Population(
        data=part.data, loss=rows.loss, n_outputs=rows.n_outputs, objective=rows.objective, settings=settings,
        dtype=how.dtype, n_threads=how.n_threads,
    )  # fmt: skip
    sampler = _sampler(how.sampler)
    remembered = {
        "sampler": next((known for known, cls in SAMPLERS.items() if type(sampler) is cls), type(sampler).__name__),
        "network": {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()},
        "task_options": {"validation_size": how.validation_size, "split_seed": how.seed},
        "shared_budget": evaluator.shared_budget(space),
        "constant_value": _constant_value(part.data, rows.kind),
        "n_validation": len(validation),
    }
    study = Study(name=name, space=space, objective=rows.objective, seed=how.seed, task="arrays", settings=remembered)
    n_points = len(sampler.cells(space)) if isinstance(sampler, Factorial) else how.n_trials
    study = run(study, evaluator, sampler, n_points=n_points, replicates=how.replicates, progress=progress)
    return Searched(study, evaluator, part, validation)


def _sampler(asked: Sampler | str | None) -> Sampler:
    if asked is None:
        return Random()
    if isinstance(asked, str):
        return named(asked)
    if not isinstance(asked, Sampler):
        raise InputError(f"`sampler` must be a name or a sampler such as samplers.Random(). Got sampler={asked!r}.")
    return asked


def _constant_value(data: Data, kind: str) -> float:
    """The objective of the best constant prediction: the most frequent class, or the mean of the training part."""
    targets = np.asarray(data.validation_targets)
    if kind == "regression":
        return float(np.mean((targets - np.mean(data.train_targets, axis=0)) ** 2))
    return float(np.bincount(targets).max() / len(targets))

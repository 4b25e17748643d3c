"""Which trials a study still needs: configurations from a sampler, replicates, seeds, shared runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tunescape.errors import InputError
from tunescape.evaluators import Evaluator
from tunescape.samplers import Sampler
from tunescape.study import Study, Trial

_Key = tuple[tuple[str, Any], ...]


def seed_of(study_seed: int, configuration: Mapping[str, Any], replicate: int) -> int:
    """Seed of a training run: a digest of the study's seed, the configuration and the replicate.

    It does not depend on numbers or order, so extending a study changes no trial.

    Returns:
        A whole number from 0 to 2^63 - 1.
    """
    text = json.dumps([study_seed, sorted(configuration.items()), replicate], default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def _key(configuration: Mapping[str, Any], without: str | None = None) -> _Key:
    return tuple(sorted((n, v) for n, v in configuration.items() if n != without))


def plan(study: Study, evaluator: Evaluator, sampler: Sampler, n_points: int, replicates: int) -> list[Trial]:
    """Plan the trials that are missing for `n_points` configurations of `replicates` trials each.

    Numbers follow those of the study. Trials that differ in the evaluator's shared budget only get
    one seed and one trajectory. Where the sampler finds fewer different configurations than asked
    for, there are fewer.

    Args:
        study: What is there already.
        evaluator: Tells which hyperparameter, if any, is read off one run.
        sampler: Proposes configurations.
        n_points: How many configurations the study should hold.
        replicates: How many trials of each.

    Returns:
        The new trials, waiting, replicate by replicate.

    Raises:
        InputError: A number is not positive.
    """
    for name, value in (("trials", n_points), ("replicates", replicates)):
        if value < 1:
            raise InputError(f"`{name}` must be at least 1. Got {name}={value!r}.")
    first = len(study.trials)
    counts: dict[_Key, int] = {}
    points: dict[_Key, Mapping[str, Any]] = {}
    for trial in study.trials:
        key = _key(trial.configuration)
        points[key] = trial.configuration
        counts[key] = max(counts.get(key, 0), trial.replicate + 1)
    if n_points > len(points):
        rng = np.random.default_rng([study.seed, first])
        points |= {_key(c): c for c in sampler.propose(study, n_points - len(points), rng)}
    shared = evaluator.shared_budget(study.space)
    trajectories = {(_key(t.configuration, shared), t.replicate): t.trajectory for t in reversed(study.trials)}
    planned: list[Trial] = []
    for replicate in range(replicates):
        for key, point in points.items():
            if counts.get(key, 0) <= replicate:
                planned.append(_trial(study, evaluator, point, replicate, first + len(planned), trajectories))
    return planned


def _trial(
    study: Study,
    evaluator: Evaluator,
    configuration: Mapping[str, Any],
    replicate: int,
    number: int,
    trajectories: dict[tuple[_Key, int], int],
) -> Trial:
    """One planned trial; the first of a shared run gives its number to the trajectory."""
    shared = evaluator.shared_budget(study.space)
    run = {n: v for n, v in configuration.items() if n != shared}
    trial = Trial(
        number=number,
        configuration=dict(configuration),
        replicate=replicate,
        seed=seed_of(study.seed, run, replicate),
        trajectory=trajectories.setdefault((_key(configuration, shared), replicate), number),
    )
    return replace(trial, budget=evaluator.budget(trial))

"""From a task and two hyperparameters to a planned landscape: rows, recipe, axes, and what makes it itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data, is_wide
from tunescape.errors import InputError
from tunescape.evaluators import Population, Specification, check_settings
from tunescape.map_axes import axes_of
from tunescape.study import Landscape, Trial, empty_landscape
from tunescape.tasks import Task, load_task

__all__ = ["MapPlan", "plan_map"]

ROWS = 128
"""Training rows that the networks of a map learn, where the user does not say; all of them at every step."""

RECIPE: dict[str, Any] = {"units": 16, "activation": "tanh", "optimiser": "sgd", "shuffle": False, "steps": 300}
"""The network of a map where the user does not say: plain gradient descent has the sharpest border."""


@dataclass(frozen=True)
class MapPlan:
    """A map that is planned and not yet trained.

    Args:
        start: The landscape without a trained network.
        population: What tells every pixel's network in full, and holds the data.
        fixed: What the user says of all networks.
        seed: Seed of the first weights and of the order of rows, the same for every pixel.
        n_threads: Threads; None for one per core.
        notes: Sentences that the user should read.
    """

    start: Landscape
    population: Population
    fixed: Mapping[str, Any]
    seed: int
    n_threads: int | None
    notes: tuple[str, ...]

    def specification(self, settings: Mapping[str, Any]) -> Specification:
        """The network of one pixel, told in full."""
        return self.population.specification(Trial(0, {**self.fixed, **settings}))

    @property
    def has_wide(self) -> bool:
        """Whether a network of a corner of the map, so the largest too, is trained one per core."""
        x, y = self.start.x, self.start.y
        corners = [(x.values[i].item(), y.values[j].item()) for i in (0, -1) for j in (0, -1)]
        return any(is_wide(self.specification({x.name: one, y.name: other}).network) for one, other in corners)


def plan_map(
    task: str | Task,
    x: tuple[str, Any] | None = None,
    y: tuple[str, Any] | None = None,
    *,
    size: tuple[int, int] = (256, 256),
    fix: Mapping[str, Any] | None = None,
    steps: int | None = None,
    rows: int | None = None,
    zoom: Sequence[float] | None = None,
    seed: int = 0,
    exact: bool = False,
    n_threads: int | None = None,
    **task_options: Any,
) -> MapPlan:
    """Work out what a map would do; arguments as for `landscape`."""
    fixed = _settings(fix or {}, steps)
    _check_whole(rows=rows, n_threads=n_threads)
    if not isinstance(seed, int) or seed < 0:
        raise InputError(f"`seed` must be a whole number from 0. Got seed={seed!r}.")
    across, up = axes_of(x, y, size, zoom, fixed, np.dtype("float64" if exact else "float32"))
    learned = task if isinstance(task, Task) else load_task(task, **task_options)
    inputs, targets, note = _rows(learned, rows, seed)
    network = {**RECIPE, "batch_size": len(inputs)}
    population = Population(
        Data(inputs, targets), learned.loss, learned.n_outputs, learned.objective, network,
        dtype="float64" if exact else "float32",
    )  # fmt: skip
    first, last = ({axis.name: axis.values[i].item() for axis in (across, up)} for i in (0, -1))
    population.check_size({**fixed, **last})
    told = population.specification(Trial(0, {**fixed, **first}))
    _check_length(told)
    start = empty_landscape(
        learned.name, across, up, n_steps=told.n_steps,
        constant_loss=_constant_loss(told.network.loss, targets, learned.n_outputs),
        settings={
            "network": _shared(network, fixed, (across.name, up.name)),
            "seed": seed,
            "precision": population.dtype,
            "rows": len(inputs),
            "task_options": dict(learned.options),
            "data": hashlib.blake2b(inputs.tobytes() + targets.tobytes(), digest_size=8).hexdigest(),
        },
    )  # fmt: skip
    return MapPlan(start, population, fixed, seed, n_threads, note)


def _settings(fix: Mapping[str, Any], steps: int | None) -> dict[str, Any]:
    """What the user says of all networks, checked."""
    fixed = dict(fix)
    if steps is not None:
        for name in ("steps", "epochs"):
            if name in fixed:
                raise InputError(f"`steps` and {name}={fixed[name]!r} both say how long to train; keep one of them.")
        fixed["steps"] = steps
    check_settings(fixed)
    if fixed.get("backend", "population") != "population":
        raise InputError(
            f"A map is trained by the population engine only. Got backend={fixed['backend']!r}; leave it out "
            "(like= takes a framework's formulas)."
        )
    return fixed


def _check_whole(**counts: int | None) -> None:
    for name, value in counts.items():
        if value is not None and (not isinstance(value, int) or value < 1):
            raise InputError(f"`{name}` must be a whole number of at least 1. Got {name}={value!r}.")


def _check_length(told: Specification) -> None:
    if told.early_stopping is not None:
        raise InputError(
            "Every network of a map is trained for all its steps, so there is no early stopping. "
            "Leave `patience` out, or give patience=0."
        )


def _rows(task: Task, rows: int | None, seed: int) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Inputs and targets of the rows that are learned, and a sentence where these are not all."""
    there = len(task.train)
    if rows is not None and rows > there:
        raise InputError(f"`rows` must be at most the {there:,} training rows of {task.name}. Got rows={rows!r}.")
    wanted = rows or min(there, ROWS)
    if wanted == there:
        return task.train.inputs, task.train.targets, ()
    chosen = np.sort(np.random.default_rng(seed).permutation(there)[:wanted])
    note = f"The networks learn {wanted:,} of the {there:,} training rows, drawn once (--rows takes more)."
    return task.train.inputs[chosen], task.train.targets[chosen], (note,)


def _shared(network: Mapping[str, Any], fixed: Mapping[str, Any], axes: Sequence[str]) -> dict[str, Any]:
    """What all networks share, as plain data: the recipe as far as it holds, then what the user says."""
    base = dict(network)
    if "epochs" in fixed:
        del base["steps"]
    words = {**base, **fixed}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in words.items() if name not in axes}


def _constant_loss(loss: str, targets: NDArray[Any], n_outputs: int) -> float:
    """Training loss of the best constant prediction: the spread of numbers, the entropy of classes."""
    if loss.endswith("squared_error"):
        spread = float(np.mean(np.var(targets, axis=0)))
        return spread / 2 if loss.startswith("half") else spread
    shares = np.bincount(targets, minlength=max(n_outputs, 2)) / len(targets)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())

"""The networks of a landscape: pixels of one kind of network become one population, and curves become outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data, Jobs, Network, row_weights, train_jobs
from tunescape.evaluators import SETTINGS, Specification
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, Axis

AT_END = 8
"""Measurements in the last twenty-fifth of the training, whose mean is the loss at the end."""

BELOW, ABOVE = 0.99, 1.1
"""A network has learned below this share of a constant prediction's loss; one whose loss rose above this multiple
of where it began, and that has not learned, has diverged."""

_WORKED_OUT = ("dropout", "dropout_1", "warmup_steps", "decay_steps", "nesterov")
"""Numbers that `specify` derives from what it is told."""


@dataclass(frozen=True)
class Pixels:
    """Pixels whose networks are of one kind.

    Args:
        network: What they share.
        class_weight: ``"none"`` or ``"balanced"``.
        places: Numbers of the pixels, counted row by row from below, shape (n,).
        shared: Numeric settings that all of them have, as numbers; dropout as one rate per hidden layer.
        numbers: Numeric settings that differ, each of shape (n,); dropout of shape (n, n_hidden_layers).
    """

    network: Network
    class_weight: str
    places: NDArray[np.int64]
    shared: Mapping[str, Any]
    numbers: Mapping[str, NDArray[np.float64]]

    def take(self, chosen: NDArray[np.bool_] | slice) -> Pixels:
        """Some of the pixels."""
        numbers = {name: values[chosen] for name, values in self.numbers.items()}
        return replace(self, places=self.places[chosen], numbers=numbers)

    def flop(self, n_steps: int) -> float:
        """Floating point operations of so many steps of all of them."""
        return float(self.network.flop_per_row * self.network.batch_size) * n_steps * len(self.places)

    def all_numbers(self) -> dict[str, NDArray[np.float64]]:
        """Every numeric setting, each of shape (n,); dropout of shape (n, n_hidden_layers)."""
        n = len(self.places)
        spread = {name: np.broadcast_to(np.asarray(v, float), (n, *np.shape(v))) for name, v in self.shared.items()}
        return {**spread, **self.numbers}


@dataclass(frozen=True)
class Outcomes:
    """What became of some pixels: the arrays of `Landscape` by their names, each of shape (n,)."""

    places: NDArray[np.int64]
    values: Mapping[str, NDArray[Any]]


def grouped(x: Axis, y: Axis, specified: Callable[[Mapping[str, Any]], Specification]) -> list[Pixels]:
    """Put the pixels of a plane into groups of one kind of network.

    A number that differs from lane to lane and enters nothing else is written into all pixels at once;
    of every other setting each value is worked out on its own.

    Args:
        x: From left to right.
        y: From below to above.
        specified: Works out the network of the two settings.
    """
    across, up = x.values, y.values
    parts: dict[tuple, list[Pixels]] = defaultdict(list)
    for columns in _alike(x):
        for rows in _alike(y):
            told = specified({x.name: across[columns[0]].item(), y.name: up[rows[0]].item()})
            places = (rows[:, None] * len(across) + columns).reshape(-1)
            numbers = {}
            if _is_plain(x):
                numbers[x.name] = np.tile(across[columns], len(rows)).astype(np.float64)
            if _is_plain(y):
                numbers[y.name] = np.repeat(up[rows], len(columns)).astype(np.float64)
            shared = {name: v for name, v in told.numbers.items() if name not in numbers and np.size(v)}
            one = Pixels(told.network, told.class_weight, places, shared, numbers)
            parts[told.network, told.class_weight].append(one)
    return [_joined(own) for own in parts.values()]


def _joined(parts: list[Pixels]) -> Pixels:
    """Pixels of one kind as one group; a number that is the same in all parts stays one number."""
    first = parts[0]
    shared = {name: v for name, v in first.shared.items() if all(part.shared[name] == v for part in parts)}
    every = [(part, part.all_numbers()) for part in parts]
    return Pixels(
        first.network, first.class_weight, np.concatenate([part.places for part in parts]), shared,
        {name: np.concatenate([numbers[name] for _, numbers in every]) for name in every[0][1] if name not in shared},
    )  # fmt: skip


def _is_plain(axis: Axis) -> bool:
    return axis.name in SETTINGS and SETTINGS[axis.name].is_lane_number and axis.name not in _WORKED_OUT


def _alike(axis: Axis) -> list[NDArray[np.int64]]:
    """Pixels of an axis that one specification serves: all of a plain number, else one by one."""
    every = np.arange(len(axis.values))
    return [every] if _is_plain(axis) else [every[i : i + 1] for i in every]


def measured_at(n_steps: int) -> NDArray[np.int64]:
    """Steps at which pixels are measured: the start, ever more seldom, and the end several times."""
    early = np.geomspace(1, n_steps, min(n_steps, 24)).round()
    late = np.linspace(0.96 * n_steps, n_steps, AT_END).round()
    return np.unique(np.concatenate([[0], early, late])).astype(np.int64)


def train_pixels(
    pixels: Pixels,
    data: Data,
    *,
    seed: int,
    n_steps: int,
    constant_loss: float,
    dtype: str,
    n_threads: int | None,
    on_flop: Callable[[float], None] | None = None,
) -> Iterator[Outcomes]:
    """Train the networks of some pixels and yield what became of them, some at a time, in any order."""
    steps = measured_at(n_steps)
    weights = row_weights(data, pixels.class_weight)
    for chosen, losses, stopped in _train(pixels, data, seed, n_steps, steps, weights, dtype, n_threads, on_flop):
        yield Outcomes(pixels.places[chosen], judged(losses, steps, stopped, constant_loss))


def _train(
    pixels: Pixels,
    data: Data,
    seed: int,
    n_steps: int,
    steps: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    dtype: str,
    n_threads: int | None,
    on_flop: Callable[[float], None] | None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]]:
    """The one place that calls the engine.

    Yields:
        Which pixels, their training losses of shape (n, n_points), the step at which each became non-finite or -1.
    """
    n = len(pixels.places)
    shared = {name: np.atleast_2d(value) if name == "dropout" else value for name, value in pixels.shared.items()}
    jobs = Jobs(
        [pixels.network] * n, np.full(n, seed, dtype=np.int64), np.full(n, n_steps, dtype=np.int64), [steps] * n,
        {**shared, **pixels.numbers},
    )  # fmt: skip
    for chosen, trained in train_jobs(
        jobs, data, dtype=dtype, row_weights=weights, n_threads=n_threads, on_flop=on_flop
    ):
        yield chosen, trained.curves["train_loss"], trained.stopped_at


def judged(
    losses: NDArray[np.float32], steps: NDArray[np.int64], stopped_at: NDArray[np.int64], constant_loss: float
) -> dict[str, NDArray[Any]]:
    """Say of each network whether it learned, and how well or how fast it was lost.

    Args:
        losses: Training losses, shape (n, n_points), the first one before the first step.
        steps: Steps of the points, shape (n_points,), from 0.
        stopped_at: Step at which a weight or a loss became non-finite, or -1, shape (n,).
        constant_loss: Loss of the best constant prediction.

    Returns:
        ``outcome``, ``loss``, ``mean_loss``, ``lasted`` and ``stopped_at`` as `Landscape` has them, each of
        shape (n,).
    """
    loss = np.where(np.isfinite(losses), losses.astype(np.float64), np.inf)
    usual = np.maximum(loss[:, 0], constant_loss)  # where the loss began, or what saying nothing costs
    end = loss[:, steps >= 0.96 * steps[-1]].mean(axis=1)
    took = np.diff(steps)  # each measurement stands for the steps since the one before
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(np.isfinite(loss), np.minimum(1.0, usual[:, None] / loss), 0.0)
    kept[np.isnan(kept)] = 0.0
    learned = end < BELOW * constant_loss
    diverged = ~learned & ((loss.max(axis=1) > ABOVE * usual) | (stopped_at >= 0) | ~np.isfinite(end))
    with np.errstate(over="ignore"):  # beyond single precision a loss is infinite
        end, mean = end.astype(np.float32), ((loss[:, 1:] * took).sum(axis=1) / steps[-1]).astype(np.float32)
    return {
        "outcome": np.where(learned, LEARNED, np.where(diverged, DIVERGED, NOT_LEARNED)).astype(np.int8),
        "loss": end,
        "mean_loss": mean,
        "lasted": (kept[:, 1:] * took).sum(axis=1).astype(np.float32),
        "stopped_at": stopped_at.astype(np.int32),
    }

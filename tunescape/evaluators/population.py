"""Networks of the population engine: a batch of trials becomes blocks of lanes, trained at once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import (
    Data,
    EarlyStopping,
    Jobs,
    Layer,
    Trained,
    flop_of,
    is_wide,
    row_weights,
    train_jobs,
)
from tunescape.errors import InputError
from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.network_settings import check_space, largest_settings
from tunescape.evaluators.reading import curve_points, finished, loss_of_constant
from tunescape.evaluators.specification import Specification, specify
from tunescape.space import SearchSpace
from tunescape.study import Objective, Trial

MOST_WEIGHTS = 4_000_000
"""Largest network: a block of sixteen takes a gibibyte with its gradient and its optimiser's state."""

MUST_END_APART = ("patience", "schedule", "like", "backend")
"""Settings that may make the course of a training depend on its length; steps are not shared then."""


@dataclass(frozen=True)
class TrainedNetwork:
    """One trial with the network that it trained.

    Args:
        trial: Finished.
        specification: The network, told in full.
        layers: Its weights.
    """

    trial: Trial
    specification: Specification
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class Training:
    """One training run, and the trials that are read off it at their numbers of steps."""

    specification: Specification
    seed: int
    trials: tuple[tuple[int, Trial], ...]

    @property
    def n_steps(self) -> int:
        """Steps of the longest trial."""
        return max(steps for steps, _ in self.trials)


@dataclass(frozen=True)
class Population(Evaluator):
    """Trains the networks of a batch of trials, one per SIMD lane.

    Args:
        data: Training and validation part.
        loss: The engine's loss.
        n_outputs: Units of the output layer.
        objective: Which measurement is the trial's value: ``validation_accuracy``,
            ``validation_loss`` or ``validation_mse``.
        settings: Settings of the networks that configurations do not give.
        independent_steps: Train every number of steps from scratch.
        dtype: ``"float32"`` (fast) or ``"float64"`` (exact).
        n_threads: Threads; by default one per core.
        regime: How networks are trained: ``"lanes"``, ``"single"`` or ``"auto"`` (see `engine.train`).
        by_epoch: Measure at the end of every epoch instead of at 10, 20, 50, 100, … steps.
    """

    data: Data
    loss: str
    n_outputs: int
    objective: Objective
    settings: Mapping[str, Any] = field(default_factory=dict)
    independent_steps: bool = False
    dtype: str = "float32"
    n_threads: int | None = None
    by_epoch: bool = False
    regime: str = "auto"

    def check(self, space: SearchSpace) -> None:
        """Check that every hyperparameter is a setting of a network, and that the largest network can be held."""
        check_space(space)
        self.check_size(largest_settings(space))

    def check_size(self, settings: Mapping[str, Any]) -> None:
        """Check that a network can be held.

        Raises:
            InputError: It has too many weights.
        """
        largest = self._specify(settings).network
        if largest.n_weights > MOST_WEIGHTS:
            raise InputError(
                f"The largest network has {largest.n_weights:,} weights, above {MOST_WEIGHTS:,}. "
                "Give fewer `units` or `layers`."
            )

    def has_wide(self, space: SearchSpace) -> bool:
        """Whether the largest network of a space is trained one per core."""
        return is_wide(self._specify(largest_settings(space)).network)

    def shared_budget(self, space: SearchSpace) -> str | None:
        """``"steps"``: networks that differ in their number of steps only are trained once, where that is the same."""
        apart = any(name in space.parameters or self.settings.get(name) for name in MUST_END_APART)
        return None if self.independent_steps or apart or "steps" not in space.parameters else "steps"

    def budget(self, trial: Trial) -> float:
        """Optimiser steps of a trial."""
        return float(self.specification(trial).n_steps)

    def work(self, trials: Sequence[Trial]) -> float:
        """Floating point operations of the batch."""
        return sum(flop_of(_jobs(runs, self._points)) for runs in self._rounds(self._trainings(trials)).values())

    def n_networks(self, trials: Sequence[Trial]) -> int:
        """Networks that are trained for the batch."""
        return len(self._trainings(trials))

    def evaluate(
        self, trials: Sequence[Trial], *, progress: Progress | None = None
    ) -> Generator[list[Trial], None, None]:
        """Train the networks of planned trials and yield the trials pack by pack."""
        for runs, trained, started in self._train(self._trainings(trials), progress):
            steps = sum(run.n_steps for run in runs)
            for i, run in enumerate(runs):
                yield self._read(run, i, trained, started, trained.seconds * run.n_steps / steps)

    def networks(self, trials: Sequence[Trial]) -> list[TrainedNetwork]:
        """Train the networks of some trials (again: the same ones, bit for bit) and keep their weights.

        Returns:
            One for each trial, in their order.
        """
        runs = [Training(s, t.seed, ((s.n_steps, t),)) for t in trials for s in (self.specification(t),)]
        found = {}
        for pack, trained, started in self._train(runs, None):
            for i, run in enumerate(pack):
                [done] = self._read(run, i, trained, started, trained.seconds / len(pack))
                found[done.number] = TrainedNetwork(done, run.specification, tuple(trained.layers(i)))
        return [found[trial.number] for trial in trials]

    def on_part(self, inputs: NDArray, targets: NDArray) -> Population:
        """The same evaluator, judged on another part of the data (the test part)."""
        data = replace(self.data, validation_inputs=inputs, validation_targets=targets)
        return replace(self, data=data)

    # ---- from trials to blocks

    def specification(self, trial: Trial) -> Specification:
        """The trial's network, told in full."""
        return self._specified(tuple(trial.configuration.items()))

    @cached_property
    def _specified(self) -> Callable[[tuple], Specification]:
        return lru_cache(maxsize=100_000)(lambda items: self._specify(dict(items)))

    def _specify(self, configuration: Mapping[str, Any]) -> Specification:
        return specify(
            configuration, n_inputs=np.shape(self.data.train_inputs)[1], n_outputs=self.n_outputs,
            n_rows=len(self.data.train_inputs), loss=self.loss, task=self.settings,
        )  # fmt: skip

    def _trainings(self, trials: Sequence[Trial]) -> list[Training]:
        """Training runs of a batch; trials that differ in steps only and share a seed share a run."""
        runs: dict[tuple, list[tuple[int, Trial]]] = defaultdict(list)
        specifications: dict[tuple, Specification] = {}
        for trial in trials:
            told = self.specification(trial)
            apart = self.independent_steps or told.depends_on_length or told.early_stopping is not None
            key = (told.network, tuple(told.numbers.values()), told.early_stopping, told.class_weight, trial.seed,
                   trial.number if apart else None)  # fmt: skip
            runs[key].append((told.n_steps, trial))
            specifications[key] = told
        return [Training(specifications[key], key[4], tuple(rows)) for key, rows in runs.items()]

    def _rounds(self, trainings: Sequence[Training]) -> dict[tuple[EarlyStopping | None, str], list[Training]]:
        """Training runs by their rule for stopping and their weights of classes, which a call has in common."""
        rounds: dict[tuple[EarlyStopping | None, str], list[Training]] = defaultdict(list)
        for run in trainings:
            rounds[run.specification.early_stopping, run.specification.class_weight].append(run)
        return rounds

    def _train(
        self, trainings: Sequence[Training], progress: Progress | None
    ) -> Iterator[tuple[list[Training], Trained, float]]:
        """Train and yield, pack by pack, the runs, what became of them and when the pack was begun."""
        for (rule, class_weight), runs in self._rounds(trainings).items():
            for chosen, trained in train_jobs(
                _jobs(runs, self._points), self.data, dtype=self.dtype, early_stopping=rule,
                row_weights=self._row_weights(class_weight), n_threads=self.n_threads, on_flop=progress,
                regime=self.regime,
            ):  # fmt: skip
                yield [runs[i] for i in chosen], trained, time.time() - trained.seconds

    def _points(self, run: Training, steps: int) -> list[int]:
        """Steps at which a trial of `steps` steps is measured."""
        return curve_points(steps, run.specification.per_epoch if self.by_epoch else None)

    def _row_weights(self, class_weight: str) -> NDArray[np.float64] | None:
        return row_weights(self.data, class_weight)

    # ---- from blocks to trials

    def _read(self, run: Training, i: int, trained: Trained, started: float, seconds: float) -> list[Trial]:
        """The trials of one run, which is number `i` of what was trained."""
        done = []
        for steps, trial in run.trials:
            ended, points, curves = _curves(trained, i, steps, self._points(run, steps))
            done.append(finished(
                trial, steps=ended, curves=curves, measured_at=points, objective=self.objective, loss=self.loss,
                weights_stopped=int(trained.weights_stopped[i]), constant_loss=self._constant_loss,
                started=started, seconds=seconds * steps / run.n_steps,
            ))  # fmt: skip
        return done

    @cached_property
    def _constant_loss(self) -> float:
        """Training loss of predicting the mean (squared error only)."""
        return loss_of_constant(self.data.train_targets) if self.loss == "squared_error" else float("inf")


def _curves(
    trained: Trained, lane: int, steps: int, points: Sequence[int]
) -> tuple[int, NDArray[np.int64], dict[str, NDArray[np.float32]]]:
    """Last step, steps of the points and measurements of a trial of `steps` steps, up to where it ended."""
    own = set(points)
    ended = int(trained.ended_at[lane]) if trained.ended_at[lane] >= 0 else steps
    if not trained.final:
        keep = np.array([int(s) in own for s in trained.steps])
        return steps, trained.steps[keep], {name: values[lane, keep] for name, values in trained.curves.items()}
    keep = np.array([int(s) in own and int(s) < ended for s in trained.steps])
    curves = {
        name: np.append(values[lane, keep], trained.final[name][lane]).astype(np.float32)
        for name, values in trained.curves.items()
    }
    return ended, np.append(trained.steps[keep], ended), curves


def _jobs(runs: Sequence[Training], points: Callable[[Training, int], list[int]]) -> Jobs:
    """Training runs as the engine takes them; `points` says at which steps a trial is measured."""
    told = [run.specification for run in runs]
    names = [name for name in told[0].numbers if name != "dropout"]
    numbers: dict[str, NDArray] = {name: np.array([t.numbers[name] for t in told], dtype=np.float64) for name in names}
    deepest = max(1, *(len(t.numbers["dropout"]) for t in told))
    numbers["dropout"] = np.array([[*t.numbers["dropout"]] + [0.0] * (deepest - len(t.numbers["dropout"]))
                                   for t in told])  # fmt: skip
    record = [
        np.array(sorted({point for steps, _ in run.trials for point in points(run, steps)}), dtype=np.int64)
        for run in runs
    ]
    return Jobs([t.network for t in told], np.array([run.seed for run in runs], dtype=np.int64),
                np.array([run.n_steps for run in runs], dtype=np.int64), record, numbers)  # fmt: skip

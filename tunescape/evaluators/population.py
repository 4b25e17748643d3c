"""Networks of the population engine: a batch of trials becomes blocks of lanes, trained at once."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import (
    DIVERGED,
    LANES,
    Block,
    Data,
    Network,
    Trained,
    divergence,
    make_block,
    sentence,
    train_blocks,
)
from tunescape.errors import InputError
from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.network_settings import NUMBERS, check_space, hidden_widths, largest_settings
from tunescape.space import SearchSpace
from tunescape.study import Curve, Objective, Status, Trial

MOST_WEIGHTS = 4_000_000
"""Largest network: a block of sixteen takes a gibibyte with its gradient and its optimiser's state."""

HOPELESS = 1000
"""A regression whose loss exceeds that of a constant prediction so many times has diverged."""

_SERIES = tuple(m * 10**e for e in range(1, 9) for m in (1, 2, 5))


@dataclass(frozen=True)
class Training:
    """One training run, and the trials that are read off it at their numbers of steps."""

    network: Network
    numbers: Mapping[str, float]
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
        dtype: ``"float32"`` or ``"float64"``.
        n_threads: Threads; by default one per core.
    """

    data: Data
    loss: str
    n_outputs: int
    objective: Objective
    settings: Mapping[str, Any] = field(default_factory=dict)
    independent_steps: bool = False
    dtype: str = "float32"
    n_threads: int | None = None

    def check(self, space: SearchSpace) -> None:
        """Check that every hyperparameter is a setting of a network, and that the largest network can be held."""
        check_space(space)
        largest = self._network({**self.settings, **largest_settings(space)})
        if largest.n_weights > MOST_WEIGHTS:
            raise InputError(
                f"The largest network of this space has {largest.n_weights:,} weights, above {MOST_WEIGHTS:,}. "
                "Give fewer `units` or `layers`."
            )

    @property
    def shared_budget(self) -> str | None:
        """``"steps"``: networks that differ in their number of steps only are trained once."""
        return None if self.independent_steps else "steps"

    def budget(self, trial: Trial) -> float:
        """Optimiser steps of a trial."""
        return float(self._steps(self._settings_of(trial)))

    def work(self, trials: Sequence[Trial]) -> float:
        """Floating point operations of all lanes that the batch occupies, idle ones included."""
        return float(sum(_flop(part, self.dtype) for part in self._packs(trials)))

    def n_networks(self, trials: Sequence[Trial]) -> int:
        """Networks that are trained for the batch."""
        return len(self._trainings(trials))

    def evaluate(
        self, trials: Sequence[Trial], *, progress: Progress | None = None
    ) -> Generator[list[Trial], None, None]:
        """Train the networks of planned trials and yield the trials block by block."""
        packs = self._packs(trials)
        started: dict[int, float] = {}

        def maker(i: int) -> Callable[[], Block]:
            def make() -> Block:
                started[i] = time.time()
                return self._block(packs[i])

            return make

        def tell(i: int, steps: int) -> None:
            if progress is not None:
                progress(_flop(packs[i], self.dtype) * steps / max(t.n_steps for t in packs[i]))

        for i, trained in train_blocks([maker(i) for i in range(len(packs))], n_threads=self.n_threads, on_steps=tell):
            yield [done for lane in range(len(packs[i])) for done in self._read(packs[i], lane, trained, started[i])]

    def on_part(self, inputs: NDArray, targets: NDArray) -> Population:
        """The same evaluator, judged on another part of the data (the test part)."""
        data = replace(self.data, validation_inputs=inputs, validation_targets=targets)
        return replace(self, data=data)

    # ---- from trials to blocks

    def _settings_of(self, trial: Trial) -> dict[str, Any]:
        return {**self.settings, **trial.configuration}

    def _steps(self, settings: Mapping[str, Any]) -> int:
        if "steps" in settings:
            return int(settings["steps"])
        n = len(self.data.train_inputs)
        batch = min(int(settings.get("batch_size", 32)), n)
        return max(1, math.ceil(float(settings.get("epochs", 20)) * math.ceil(n / batch)))

    def _network(self, settings: Mapping[str, Any]) -> Network:
        return Network(
            widths=(np.shape(self.data.train_inputs)[1], *hidden_widths(settings), self.n_outputs),
            activation=settings.get("activation", "relu"),
            optimiser=settings.get("optimiser", "adam"),
            loss=self.loss,
            batch_size=int(settings.get("batch_size", 32)),
            reduction=settings.get("reduction", "mean"),
            batching=settings.get("batching", "partial"),
            initialiser=settings.get("initialiser", "glorot_uniform"),
        )

    def _trainings(self, trials: Sequence[Trial]) -> list[Training]:
        """Training runs of a batch; trials that differ in steps only and share a seed share a run."""
        runs: dict[tuple, list[tuple[int, Trial]]] = defaultdict(list)
        for trial in trials:
            settings = self._settings_of(trial)
            numbers = tuple((n, float(settings[n])) for n in NUMBERS if n in settings)
            alone = trial.number if self.independent_steps else None
            runs[self._network(settings), numbers, trial.seed, alone].append((self._steps(settings), trial))
        return [Training(net, dict(numbers), seed, tuple(rows)) for (net, numbers, seed, _), rows in runs.items()]

    def _packs(self, trials: Sequence[Trial]) -> list[list[Training]]:
        """Training runs in blocks: of one network and one set of numbers, longest first."""
        buckets: dict[tuple, list[Training]] = defaultdict(list)
        for run in self._trainings(trials):
            buckets[run.network, tuple(run.numbers)].append(run)
        n_lanes = LANES[np.dtype(self.dtype)]
        packs = []
        for runs in buckets.values():
            runs.sort(key=lambda run: -run.n_steps)
            packs += [runs[i : i + n_lanes] for i in range(0, len(runs), n_lanes)]
        return sorted(packs, key=lambda pack: -_flop(pack, self.dtype))

    def _block(self, pack: Sequence[Training]) -> Block:
        network = pack[0].network
        n_steps = max(run.n_steps for run in pack)
        record = sorted({point for run in pack for steps, _ in run.trials for point in curve_points(steps)})
        numbers = {name: np.array([run.numbers[name] for run in pack]) for name in pack[0].numbers}
        return make_block(
            network, self.data, np.array([run.seed for run in pack], dtype=np.int64), n_steps, numbers,
            rows=None, order=None, initial=None, record_at=np.array(record, dtype=np.int64), dtype=self.dtype,
        )  # fmt: skip

    # ---- from blocks to trials

    def _read(self, pack: Sequence[Training], lane: int, trained: Trained, started: float) -> list[Trial]:
        run = pack[lane]
        longest = max(r.n_steps for r in pack)
        done = []
        for steps, trial in run.trials:
            seconds = trained.seconds / len(pack) * steps / longest
            metrics, curve = self._measurements(trained, lane, steps)
            reason = self._divergence(trained, lane, steps, curve)
            diverged = bool(reason)
            value = metrics.pop(self.objective.name, math.nan)
            done.append(replace(
                trial,
                status=Status.DIVERGED if diverged else Status.COMPLETED,
                value=None if diverged else value,
                budget=float(steps),
                metrics={} if diverged else metrics,
                curve=curve,
                started=started,
                seconds=seconds,
                reason=reason,
            ))  # fmt: skip
        return done

    def _divergence(self, trained: Trained, lane: int, steps: int, curve: Curve) -> str:
        """Why a trial of `steps` steps diverged, or nothing; it looks at the trial's own curve only."""
        own = {name: values[None] for name, values in curve.values.items()}
        weights = trained.weights_stopped[lane : lane + 1]
        stopped = int(divergence(curve.steps, own, np.where(weights <= steps, weights, -1))[0])
        if stopped >= 0:
            return sentence(DIVERGED, stopped)
        loss = curve.values[self._metric("train_loss")][-1]
        if self.loss == "squared_error" and loss > HOPELESS * self._constant_loss:
            return f"the training loss at step {steps} is more than {HOPELESS} times that of a constant prediction"
        return ""

    @cached_property
    def _constant_loss(self) -> float:
        """Training loss of predicting the mean (squared error only)."""
        return float(np.mean(np.var(self.data.train_targets, axis=0)))

    def _measurements(self, trained: Trained, lane: int, steps: int) -> tuple[dict[str, float], Curve]:
        """Metrics at the trial's last step, and its learning curves up to there."""
        points = set(curve_points(steps))
        keep = np.array([int(s) in points for s in trained.steps])
        curves = {self._metric(name): values[lane, keep] for name, values in trained.curves.items()}
        metrics = {name: float(values[-1]) for name, values in curves.items()}
        return metrics, Curve(trained.steps[keep], curves)

    def _metric(self, name: str) -> str:
        """The engine's name of a measurement in the words of the task."""
        return name.replace("_loss", "_mse") if self.loss == "squared_error" else name


def curve_points(n_steps: int) -> list[int]:
    """Steps at which a trial of `n_steps` is measured: 10, 20, 50, 100, … and its last."""
    return [point for point in _SERIES if point < n_steps] + [n_steps]


def _flop(pack: Sequence[Training], dtype: str) -> float:
    """Operations of one block: all its lanes are worked on until its longest run ends."""
    network = pack[0].network
    per_step = network.flop_per_row * network.batch_size * LANES[np.dtype(dtype)]
    return float(per_step * max(run.n_steps for run in pack))

"""The contract of a framework: one network inside it, in training, and the evaluator that trains many of them."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from itertools import islice
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import (
    Data,
    EarlyStopping,
    Layer,
    as_matrix,
    batches,
    begin_waiting,
    initial_layers,
    look,
    measure,
    row_weights,
)
from tunescape.errors import InputError, MissingExtraError
from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.network_settings import check_space
from tunescape.evaluators.population import TrainedNetwork
from tunescape.evaluators.reading import curve_points, finished, loss_of_constant
from tunescape.evaluators.refusals import refusal
from tunescape.evaluators.specification import Specification, specify
from tunescape.space import SearchSpace
from tunescape.study import Objective, Status, Trial

WORK_PER_STEP = 1e7
"""Operations that the population engine does in the time of one step of a framework, for progress bars."""


class FrameworkNetwork(abc.ABC):
    """One network inside a framework, in training."""

    @abc.abstractmethod
    def train(
        self, inputs: NDArray, targets: NDArray, weights: NDArray | None, rows: Sequence[NDArray[np.int64]]
    ) -> float:
        """Take one optimiser step per batch.

        Args:
            inputs: All training inputs, shape (n, n_inputs).
            targets: All training targets as a matrix, shape (n, n_outputs): one-hot classes, 0/1, or numbers.
            weights: Weight of each row in the loss, shape (n,), or None.
            rows: The rows of each batch, in the order of training.

        Returns:
            Mean over the rows of the loss during these steps, penalties included, as the framework reports it.
        """

    @abc.abstractmethod
    def outputs(self, inputs: NDArray) -> NDArray:
        """Linear outputs (before softmax or sigmoid) as in evaluation, shape (n, n_outputs)."""

    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """The weights, in the engine's layout."""

    @abc.abstractmethod
    def restore(self, layers: Sequence[Layer]) -> None:
        """Put weights back; the optimiser's state stays."""


@dataclass(frozen=True)
class Run:
    """What became of one network.

    Args:
        steps: Steps at which was measured, shape (n_points,).
        curves: Measurements by name, each of shape (n_points,), float32.
        ended_at: Steps that were done.
        layers: The weights at the end (the best ones where early stopping restores them).
        seconds: How long it took.
    """

    steps: NDArray[np.int64]
    curves: Mapping[str, NDArray[np.float32]]
    ended_at: int
    layers: tuple[Layer, ...]
    seconds: float


@dataclass(frozen=True)
class Framework(Evaluator):
    """Trains the networks of a batch of trials one after the other in a framework.

    Initial weights and row orders are those of the population engine for the same seed, so that
    results agree to rounding; dropout masks are the framework's own.

    Args:
        data: Training and validation part.
        loss: The engine's loss.
        n_outputs: Units of the output layer.
        objective: Which measurement is the trial's value.
        settings: Settings of the networks that configurations do not give.
        dtype: ``"float32"`` or ``"float64"``.
        by_epoch: Measure at the end of every epoch instead of at 10, 20, 50, 100, … steps.
    """

    data: Data
    loss: str
    n_outputs: int
    objective: Objective
    settings: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    by_epoch: bool = False

    name: ClassVar[str]
    """The framework, as `backend` calls it."""

    @abc.abstractmethod
    def start(self, specification: Specification, layers: Sequence[Layer], seed: int) -> FrameworkNetwork:
        """Build one network with the given weights.

        Raises:
            MissingExtraError: The framework is not installed.
        """

    def require(self) -> None:
        """Check that the framework is installed, without loading it.

        Raises:
            MissingExtraError: It is not; says how to install it.
        """
        if find_spec(self.name) is None:
            raise MissingExtraError(
                f"backend={self.name!r} needs a package that is not installed; "
                f"install it with: pip install 'tunescape[{self.name}]'"
            )

    def check(self, space: SearchSpace) -> None:
        """Check names and values; what only some configurations cannot express is checked when they are planned."""
        check_space(space)

    def specification(self, trial: Trial) -> Specification:
        """The trial's network, told in full.

        Raises:
            InputError: The framework cannot express it.
        """
        specification = self._specify(trial.configuration)
        reason = self.refusal(specification)
        if reason:
            raise InputError(reason)
        return specification

    def _specify(self, configuration: Mapping[str, Any]) -> Specification:
        return specify(
            {**configuration, "backend": self.name}, n_inputs=np.shape(self.data.train_inputs)[1],
            n_outputs=self.n_outputs, n_rows=len(self.data.train_inputs), loss=self.loss, task=self.settings,
        )  # fmt: skip

    def refused(self, configuration: Mapping[str, Any]) -> str:
        """Why the framework cannot express a configuration, or nothing."""
        return self.refusal(self._specify(configuration))

    def refusal(self, specification: Specification) -> str:
        """Why the framework cannot train a network on these data, or nothing."""
        return refusal(specification, self.name)

    def budget(self, trial: Trial) -> float | None:
        """Optimiser steps of a trial; None where it cannot be expressed."""
        return None if self.refused(trial.configuration) else float(self.specification(trial).n_steps)

    def work(self, trials: Sequence[Trial]) -> float:
        """Operations that the population engine would do in about the time of all trials."""
        return WORK_PER_STEP * sum(self.budget(trial) or 0.0 for trial in trials)

    def evaluate(
        self, trials: Sequence[Trial], *, progress: Progress | None = None
    ) -> Generator[list[Trial], None, None]:
        """Train the networks of planned trials one by one; what cannot be expressed is infeasible."""
        for trial in trials:
            reason = self.refused(trial.configuration)
            if reason:
                yield [replace(trial, status=Status.INFEASIBLE, reason=reason)]
                continue
            trained = self._one(trial)
            if progress is not None:
                progress(WORK_PER_STEP * trained.specification.n_steps)
            yield [trained.trial]

    def networks(self, trials: Sequence[Trial]) -> list[TrainedNetwork]:
        """Train the networks of some trials (again) and keep their weights, in the order of the trials."""
        return [self._one(trial) for trial in trials]

    def _one(self, trial: Trial) -> TrainedNetwork:
        started = time.time()
        specification = self.specification(trial)
        run = self.train(specification, trial.seed)
        unsound = not is_finite(run.layers)
        done = finished(
            trial, steps=run.ended_at, curves=run.curves, measured_at=run.steps,
            weights_stopped=run.ended_at if unsound else -1, objective=self.objective, loss=self.loss,
            constant_loss=self._constant_loss, started=started, seconds=run.seconds,
        )  # fmt: skip
        return TrainedNetwork(done, specification, run.layers)

    def train(
        self,
        specification: Specification,
        seed: int,
        *,
        layers: Sequence[Layer] | None = None,
        order: NDArray[np.int32] | None = None,
    ) -> Run:
        """Train one network.

        Args:
            specification: The network.
            seed: Seed of its weights, row orders and dropout.
            layers: Initial weights; by default the engine's for this seed.
            order: Row order of each epoch, shape (n_epochs, n_rows); by default the engine's.
        """
        began = time.perf_counter()
        network, kind = specification.network, np.dtype(self.dtype)
        x = np.ascontiguousarray(self.data.train_inputs, dtype=kind)
        y = as_matrix(self.data.train_targets, network.widths[-1], kind)
        weights = row_weights(self.data, specification.class_weight)
        first = initial_layers(network, seed, specification.numbers["init_scale"]) if layers is None else layers
        inside = self.start(specification, first, seed)
        stream = batches(network, len(x), seed, order)
        notes = _Notes(specification, inside, self._measure, self.by_epoch)
        while notes.goes_on:
            rows = list(islice(stream, notes.next_stop() - notes.step))
            loss = inside.train(x, y, None if weights is None else weights.astype(kind), rows)
            notes.look(len(rows), loss, sum(map(len, rows)))
        return notes.finish(time.perf_counter() - began)

    def on_part(self, inputs: NDArray, targets: NDArray) -> Framework:
        """The same evaluator, judged on another part of the data (the test part)."""
        data = replace(self.data, validation_inputs=inputs, validation_targets=targets)
        return replace(self, data=data)

    @cached_property
    def _constant_loss(self) -> float:
        return loss_of_constant(self.data.train_targets) if self.loss == "squared_error" else float("inf")

    def _measure(self, inside: FrameworkNetwork) -> dict[str, float]:
        """Losses (and accuracies, for classes) on both parts."""
        found: dict[str, float] = {}
        kind = np.dtype(self.dtype)
        parts = (("train", self.data.train_inputs, self.data.train_targets),
                 ("validation", self.data.validation_inputs, self.data.validation_targets))  # fmt: skip
        for part, inputs, targets in parts:
            if inputs is not None and targets is not None:
                outputs = inside.outputs(np.ascontiguousarray(inputs, dtype=kind))
                loss, correct = measure(outputs, as_matrix(targets, self.n_outputs, kind), self.loss)
                found[f"{part}_loss"] = loss
                if self.loss != "squared_error":
                    found[f"{part}_accuracy"] = correct
        return found


def is_finite(layers: Sequence[Layer]) -> bool:
    """Whether every number of some layers is finite."""
    return all(np.isfinite(array).all() for layer in layers for array in layer if array is not None)


class _Notes:
    """What is written down while one network is trained: curves, and how long it waits for an improvement."""

    def __init__(
        self,
        specification: Specification,
        inside: FrameworkNetwork,
        measure_it: Callable[[FrameworkNetwork], dict[str, float]],
        by_epoch: bool,
    ) -> None:
        self.specification, self.inside, self.measure_it = specification, inside, measure_it
        self.per_epoch, self.n_steps = specification.per_epoch, specification.n_steps
        self.record = curve_points(self.n_steps, self.per_epoch if by_epoch else None)
        self.step, self.stopped = 0, False
        self.points: list[int] = []
        self.measured: list[dict[str, float]] = []
        self.waiting = begin_waiting(1)
        self.best: list[Layer] | None = None
        self.best_step = 0
        self.epoch_loss, self.epoch_rows = 0.0, 0

    @property
    def goes_on(self) -> bool:
        """Whether there are steps left to do."""
        return self.step < self.n_steps and not self.stopped

    def next_stop(self) -> int:
        """The next step after which something is measured or an epoch ends."""
        end_of_epoch = (self.step // self.per_epoch + 1) * self.per_epoch
        return min(next(point for point in self.record if point > self.step), end_of_epoch)

    def look(self, n_steps: int, loss: float, n_rows: int) -> None:
        """Note what some steps brought: their mean loss over so many rows."""
        self.step += n_steps
        self.epoch_loss, self.epoch_rows = self.epoch_loss + loss * n_rows, self.epoch_rows + n_rows
        if self.step in self.record:
            self.points.append(self.step)
            self.measured.append(self.measure_it(self.inside))
        if self.step % self.per_epoch == 0:
            if self.specification.early_stopping is not None:
                self._judge(self.specification.early_stopping)
            if not is_finite(self.inside.layers()):  # there is no way back, as in the population engine
                self.stopped, self.best = True, None
            self.epoch_loss, self.epoch_rows = 0.0, 0

    def _judge(self, rule: EarlyStopping) -> None:
        """Look whether the epoch that ended was an improvement, and whether that is worth waiting for."""
        running = self.epoch_loss / max(self.epoch_rows, 1)
        value = running if rule.monitor == "running_loss" else self.measure_it(self.inside)[rule.monitor]
        self.waiting, is_best, stops = look(rule, self.waiting, np.array([value]))
        if is_best[0] and rule.restore_best:
            self.best, self.best_step = self.inside.layers(), self.step
        self.stopped = bool(stops[0])

    def finish(self, seconds: float) -> Run:
        """Go back to the best weights where that is asked for, and measure the end."""
        goes_back = self.best is not None and self.best_step != self.step
        if goes_back and self.best is not None:
            self.inside.restore(self.best)
        if goes_back or self.step not in self.record:
            before = [i for i, point in enumerate(self.points) if point < self.step]
            self.measured = [*(self.measured[i] for i in before), self.measure_it(self.inside)]
            self.points = [*(self.points[i] for i in before), self.step]
        with np.errstate(over="ignore"):  # beyond single precision a loss is infinite
            curves = {n: np.array([row[n] for row in self.measured]).astype(np.float32) for n in self.measured[0]}
        return Run(np.array(self.points, dtype=np.int64), curves, self.step, tuple(self.inside.layers()), seconds)

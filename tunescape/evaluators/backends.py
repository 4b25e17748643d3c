"""Who trains: the population engine, or scikit-learn, Keras, TensorFlow or PyTorch, chosen trial by trial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any

from numpy.typing import NDArray

from tunescape.engine import Data
from tunescape.errors import InputError
from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.framework import Framework
from tunescape.evaluators.network_settings import check_space, extremes
from tunescape.evaluators.population import Population, TrainedNetwork
from tunescape.space import SearchSpace
from tunescape.study import Objective, Trial

CLASSES = {"sklearn": "Sklearn", "keras": "Keras", "tensorflow": "TensorFlow", "torch": "Torch"}
"""Class of each framework, in the file ``<framework>_network``."""


@dataclass(frozen=True)
class Backends(Evaluator):
    """Hands each trial to the backend that its setting ``backend`` names; arguments as for `Population`."""

    data: Data
    loss: str
    n_outputs: int
    objective: Objective
    settings: Mapping[str, Any] = field(default_factory=dict)
    independent_steps: bool = False
    dtype: str = "float32"
    n_threads: int | None = None
    by_epoch: bool = False

    @cached_property
    def population(self) -> Population:
        """The population engine."""
        return Population(
            self.data, self.loss, self.n_outputs, self.objective, self.settings, self.independent_steps, self.dtype,
            self.n_threads, self.by_epoch,
        )  # fmt: skip

    @cached_property
    def _frameworks(self) -> dict[str, Framework]:
        return {}

    def of(self, name: str) -> Population | Framework:
        """The evaluator of one backend, loaded when it is first asked for."""
        if name == "population":
            return self.population
        if name not in self._frameworks:
            kind = getattr(import_module(f"tunescape.evaluators.{name}_network"), CLASSES[name])
            self._frameworks[name] = kind(
                self.data, self.loss, self.n_outputs, self.objective, self.settings, self.dtype, self.by_epoch
            )
        return self._frameworks[name]

    def check(self, space: SearchSpace) -> None:
        """Check the space, and that every backend that it names is installed.

        A single framework must be able to express every level of the space; where the backend is a
        factor, configurations that one cannot express become infeasible trials.
        """
        check_space(space)
        self.population.check(space)
        named = extremes(space.parameters["backend"]) if "backend" in space.parameters else ()
        backends = [self.of(name) for name in named or (self.settings.get("backend", "population"),)]
        for backend in backends:
            if isinstance(backend, Framework):
                backend.require()
                if len(backends) == 1:
                    _check_levels(backend, space)

    def uses_population(self, space: SearchSpace) -> bool:
        """Whether any network of a space is trained by the population engine."""
        usual = (self.settings.get("backend", "population"),)
        return "population" in (extremes(space.parameters["backend"]) if "backend" in space.parameters else usual)

    def has_wide(self, space: SearchSpace) -> bool:
        """Whether the population engine trains its largest network one per core."""
        return self.population.has_wide(space)

    def shared_budget(self, space: SearchSpace) -> str | None:
        """That of the population engine."""
        return self.population.shared_budget(space)

    def budget(self, trial: Trial) -> float | None:
        """Optimiser steps of a trial."""
        return self.of(self._name(trial)).budget(trial)

    def work(self, trials: Sequence[Trial]) -> float:
        """Operations of the engine, or what they would be in the time that a framework takes."""
        return sum(self.of(name).work(own) for name, own in self._groups(trials).items())

    def n_networks(self, trials: Sequence[Trial]) -> int:
        """Networks that are trained for the batch."""
        groups = self._groups(trials)
        return sum(self.population.n_networks(t) if name == "population" else len(t) for name, t in groups.items())

    def evaluate(
        self, trials: Sequence[Trial], *, progress: Progress | None = None
    ) -> Generator[list[Trial], None, None]:
        """Train the networks of planned trials, backend by backend, the population engine first."""
        for name, own in sorted(self._groups(trials).items(), key=lambda item: item[0] != "population"):
            yield from self.of(name).evaluate(own, progress=progress)

    def networks(self, trials: Sequence[Trial]) -> list[TrainedNetwork]:
        """Train the networks of some trials (again) and keep their weights, in the order of the trials."""
        found: dict[int, TrainedNetwork] = {}
        for name, own in self._groups(trials).items():
            found |= {network.trial.number: network for network in self.of(name).networks(own)}
        return [found[trial.number] for trial in trials]

    def on_part(self, inputs: NDArray, targets: NDArray) -> Backends:
        """The same evaluator, judged on another part of the data (the test part)."""
        return replace(self, data=replace(self.data, validation_inputs=inputs, validation_targets=targets))

    def _name(self, trial: Trial) -> str:
        return str(trial.configuration.get("backend", self.settings.get("backend", "population")))

    def _groups(self, trials: Sequence[Trial]) -> dict[str, list[Trial]]:
        groups: dict[str, list[Trial]] = defaultdict(list)
        for trial in trials:
            groups[self._name(trial)].append(trial)
        return groups


def _check_levels(framework: Framework, space: SearchSpace) -> None:
    """Check that a framework can express every level of a space, beside the defaults of the others.

    Raises:
        InputError: It cannot; says what.
    """
    usual = {name: default if (default := getattr(parameter, "default", None)) is not None else extremes(parameter)[0]
             for name, parameter in space.parameters.items()}  # fmt: skip
    for name, parameter in space.parameters.items():
        for value in extremes(parameter):
            reason = framework.refused({**usual, name: value})
            if reason:
                raise InputError(reason)

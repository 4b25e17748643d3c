"""The contract of an evaluator: a batch of planned trials in, the same trials finished out."""

from __future__ import annotations

import abc
from collections.abc import Callable, Generator, Sequence

from tunescape.space import SearchSpace
from tunescape.study import Trial

Progress = Callable[[float], None]
"""Called with the work done since the last call, in the unit of `Evaluator.work`; from any thread."""


class Evaluator(abc.ABC):
    """Turns configurations into measurements, a batch at a time."""

    @abc.abstractmethod
    def check(self, space: SearchSpace) -> None:
        """Check once, at the door, that every configuration of a space can be evaluated.

        Raises:
            InputError: A hyperparameter is unknown to the evaluator or may take an impossible value.
        """

    def shared_budget(self, space: SearchSpace) -> str | None:
        """The hyperparameter of a space whose levels are read off one run, or None."""
        return None

    @abc.abstractmethod
    def budget(self, trial: Trial) -> float | None:
        """What the trial will spend, in steps; None where that is unknown."""

    @abc.abstractmethod
    def work(self, trials: Sequence[Trial]) -> float:
        """How much work a batch is, in the unit that `evaluate` reports to `progress`."""

    @abc.abstractmethod
    def evaluate(
        self, trials: Sequence[Trial], *, progress: Progress | None = None
    ) -> Generator[list[Trial], None, None]:
        """Evaluate planned trials and yield them, finished, in parts as they end.

        A failure of one trial is a status of that trial, not an exception. Closing the iterator
        stops the work; trials that were not yielded are not finished.
        """

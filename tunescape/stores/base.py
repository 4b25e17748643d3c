"""The contract of a store: it appends whole batches atomically and reads them back."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tunescape.errors import InputError, did_you_mean
from tunescape.study import Study, Trial


class TrialExistsError(InputError):
    """A number is reserved already: another worker was faster. Read the study and take the next ones."""


@dataclass(frozen=True)
class StudySummary:
    """What a list of studies shows of one of them, without reading its trials.

    Args:
        name: Its name in the store.
        task: What was learned.
        objective: Name of the metric to improve.
        direction: ``"minimize"`` or ``"maximize"``.
        counts: Number of trials by the word of their status; only statuses that occur.
        created: When it was created, seconds since 1970.
        updated: When it was last written to, seconds since 1970.
    """

    name: str
    task: str
    objective: str
    direction: str
    counts: Mapping[str, int]
    created: float
    updated: float


class Store(abc.ABC):
    """Where studies are kept.

    A trial is kept in two parts that are only ever added: the plan (`reserve`) and the result
    (`append`). A trial without a result is waiting. Every call is one transaction: it happens
    wholly or not at all, also when the process is killed. Plain data comes back as JSON would give
    it (a tuple as a list); an infinite number survives, a value that is not a number (NaN) is none.
    """

    @abc.abstractmethod
    def summaries(self) -> list[StudySummary]:
        """List the studies, in the order in which they were created."""

    @abc.abstractmethod
    def create(self, study: Study) -> None:
        """Add a study with the trials that it has.

        Raises:
            InputError: The name is empty or taken, or something in the study cannot be kept.
        """

    @abc.abstractmethod
    def reserve(self, name: str, trials: Iterable[Trial]) -> None:
        """Add planned trials.

        Raises:
            TrialExistsError: One of the numbers is reserved already; none is added then.
            InputError: The study is unknown, or a trial cannot be kept.
        """

    @abc.abstractmethod
    def append(self, name: str, trials: Iterable[Trial]) -> None:
        """Add the results of finished trials; those that were not reserved are added whole.

        A result that is there already is left as it is, and so is a plan: the first wins.

        Raises:
            InputError: The study is unknown, or a trial has not ended or cannot be kept.
        """

    @abc.abstractmethod
    def load(self, name: str) -> Study:
        """Read a study with all its trials, by number.

        Raises:
            InputError: The study is unknown.
        """

    @abc.abstractmethod
    def set_attribute(self, name: str, key: str, value: Any) -> None:
        """Note something about a study as a whole, as plain data; an older value is replaced.

        Raises:
            InputError: The study is unknown, or the value is not plain data.
        """

    @abc.abstractmethod
    def delete(self, name: str) -> None:
        """Remove a study with its trials.

        Raises:
            InputError: The study is unknown.
        """

    @abc.abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a study another name.

        Raises:
            InputError: The study is unknown, or the new name is empty or taken.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Give back what the store holds open; it must not be used afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def unknown_study(name: str, known: Iterable[str]) -> InputError:
    """The error that a study is not in the store."""
    known = list(known)
    there = f"it holds {', '.join(known[:10])}{', …' if len(known) > 10 else ''}" if known else "it is empty"
    return InputError(f"There is no study {name!r} in the store; {there}.{did_you_mean(name, known)}")


def name_taken(name: str) -> InputError:
    """The error that a study's name is in use."""
    return InputError(f"There is already a study {name!r} in the store. Choose another name, or delete it.")


def number_taken(name: str, numbers: Iterable[int]) -> TrialExistsError:
    """The error that trials are reserved already."""
    first = sorted(numbers)
    more = f" and {len(first) - 1} more" if len(first) > 1 else ""
    return TrialExistsError(f"Trial {first[0]}{more} of study {name!r} is reserved already.")

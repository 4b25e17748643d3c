"""How a trial ended; the value of each status is the sentence that the reader sees."""

from __future__ import annotations

import enum


class Status(enum.Enum):
    """How a trial ended, or that it has not."""

    WAITING = "The trial is planned and has not started."
    RUNNING = "The trial is being evaluated."
    COMPLETED = "The trial ran to the end of its budget."
    DIVERGED = "The loss or a weight became non-finite. Lower the learning rate or the initial scale."
    INFEASIBLE = "The configuration cannot be evaluated."
    FAILED = "The evaluation ended with an error."
    PRUNED = "A scheduler stopped the trial before the end of its budget."

    @property
    def word(self) -> str:
        """The status in lower case, as tables and files write it."""
        return self.name.lower()

    @property
    def is_final(self) -> bool:
        """Whether the trial has ended, well or badly."""
        return self not in (Status.WAITING, Status.RUNNING)


CODES: tuple[Status, ...] = tuple(Status)
"""Statuses by the small code that tables and stores keep."""

CODE_OF: dict[Status, int] = {status: code for code, status in enumerate(CODES)}

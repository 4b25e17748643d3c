"""What a study tries to make good, in which direction, and what one trial may spend on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tunescape.errors import InputError

Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Objective:
    """The measured quantity to improve.

    Args:
        name: Name of the metric, for example ``"validation_accuracy"``.
        direction: ``"minimize"`` or ``"maximize"``.

    Raises:
        InputError: The direction is another word.
    """

    name: str
    direction: Direction = "minimize"

    def __post_init__(self) -> None:
        if self.direction not in ("minimize", "maximize"):
            raise InputError(
                f"`direction` must be 'minimize' or 'maximize'. Got direction={self.direction!r}."
            )

    @property
    def sign(self) -> int:
        """+1 where larger is better, -1 where smaller is better."""
        return 1 if self.direction == "maximize" else -1


@dataclass(frozen=True)
class Budget:
    """What one trial may spend.

    Args:
        unit: What is counted, for example ``"steps"`` (minibatches) or ``"epochs"``.
        amount: How many of them.
    """

    unit: str
    amount: float

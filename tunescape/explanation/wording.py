"""Numbers and levels as the words of an answer: "22 %", "0.0512", "1 trial", "a, b and c"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def number(value: float | None) -> str:
    """Write a number with three significant digits; an empty one as a dash."""
    if value is None or value != value:
        return "–"
    return f"{value:.3g}" if abs(value) < 1e6 else f"{value:.3e}"


def percent(share: float | None) -> str:
    """Write a share as a percentage: whole, or "under 1 %" where that would read as nothing."""
    if share is None or share != share:
        return "–"
    if 0 < share < 0.005:
        return "under 1 %"
    return f"{100 * share:.0f} %"


def within(low: float | None, high: float | None) -> str:
    """Write an interval in brackets after a number; nothing where it is not known."""
    return "" if low is None or high is None else f" (90 % interval {number(low)} to {number(high)})"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Write how many of something: "1 trial", "3456 trials"."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: "a", "a and b", "a, b and c"."""
    if len(words) <= 1:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def level(value: Any) -> str:
    """Write one value of a hyperparameter."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def assignment(configuration: Mapping[str, Any]) -> str:
    """Write a configuration in one line: "learning_rate = 0.0512, activation = elu"."""
    return ", ".join(f"{name} = {level(value)}" for name, value in configuration.items())

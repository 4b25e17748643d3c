"""What one hyperparameter may be: Float, Integer, Ordinal, Categorical, Constant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from tunescape.errors import InputError

Scale = Literal["linear", "log"]
Value = float | int | str | bool
"""A value of a hyperparameter: what stands in a configuration."""


def is_number(value: Any) -> bool:
    """Whether a value is a real number that a float can hold; truth values are not numbers."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _check_range(low: Any, high: Any, scale: Any) -> None:
    """Check the two ends and the scale of a numeric range.

    Raises:
        InputError: An end is not a finite number, the ends are in the wrong order, or the scale
            does not fit them.
    """
    for argument, value in (("low", low), ("high", high)):
        if not is_number(value):
            raise InputError(f"`{argument}` must be a finite number. Got {argument}={value!r}.")
    if not low < high:
        raise InputError(
            f"`low` must be below `high`. Got low={low!r}, high={high!r}. "
            "Use a constant for a value that does not vary."
        )
    if scale not in ("linear", "log"):
        raise InputError(f"`scale` must be 'linear' or 'log'. Got scale={scale!r}.")
    if scale == "log" and low <= 0:
        raise InputError(
            f"`low` must be positive when scale='log'. Got low={low!r}. "
            "Use scale='linear' for a range that includes zero."
        )
    width = math.log(high) - math.log(low) if scale == "log" else float(high) - float(low)
    if not 0 < width < math.inf:
        raise InputError(
            f"`low` and `high` must be a finite, non-zero distance apart on the {scale} scale. "
            f"Got low={low!r}, high={high!r}. Use a constant, or a narrower range."
        )


def _check_levels(levels: Any, low: float, high: float) -> tuple[Value, ...] | int | None:
    """Return levels as None, a count of at least one, or an increasing tuple inside the range."""
    if levels is None:
        return None
    if isinstance(levels, Integral) and not isinstance(levels, bool):
        if levels < 1:
            raise InputError(f"`levels` must be at least 1. Got levels={levels!r}.")
        return int(levels)
    if not _is_list(levels):
        raise InputError(f"`levels` must be a count or a list of values. Got levels={levels!r}.")
    values = tuple(levels)
    if not values:
        raise InputError("`levels` must list at least one value. Got an empty list.")
    for value in values:
        if not is_number(value):
            raise InputError(f"Every one of `levels` must be a number. Got {value!r}.")
        if not low <= value <= high:
            raise InputError(
                f"Every one of `levels` must lie between low={low!r} and high={high!r}. "
                f"Got {value!r}. Widen the range or drop the level."
            )
    if any(b <= a for a, b in pairwise(values)):
        raise InputError(f"`levels` must increase. Got {list(values)!r}.")
    return values


def _is_list(values: Any) -> bool:
    """Whether values come in an order: a list, tuple, array or range, not a word, set or mapping."""
    return hasattr(values, "__iter__") and not isinstance(values, str | bytes | Set | Mapping)


def _check_default(default: Any, fits: bool, rule: str) -> None:
    if default is not None and not fits:
        raise InputError(f"`default` must be {rule}. Got default={default!r}.")


@dataclass(frozen=True)
class Float:
    """A real hyperparameter between two ends, both included.

    Args:
        low: Smallest value.
        high: Largest value.
        scale: ``"linear"``, or ``"log"`` where ratios matter rather than differences.
        levels: For factorial designs: how many levels, or the levels themselves.
        default: The value that is used when nothing is known.

    Raises:
        InputError: The range is empty, or the scale, levels or default do not fit it.
    """

    low: float
    high: float
    scale: Scale = "linear"
    levels: tuple[Value, ...] | int | None = None
    default: float | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.scale)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        levels = _check_levels(self.levels, self.low, self.high)
        levels = tuple(float(level) for level in levels) if isinstance(levels, tuple) else levels
        object.__setattr__(self, "levels", levels)
        inside = is_number(self.default) and self.low <= self.default <= self.high  # type: ignore[operator]
        _check_default(self.default, inside, f"a number between {self.low!r} and {self.high!r}")
        object.__setattr__(self, "default", None if self.default is None else float(self.default))


@dataclass(frozen=True)
class Integer:
    """A whole-number hyperparameter between two ends, both included.

    Args:
        low: Smallest value.
        high: Largest value.
        scale: ``"linear"`` or ``"log"``.
        levels: For factorial designs: how many levels, or the levels themselves.
        default: The value that is used when nothing is known.

    Raises:
        InputError: The range is empty or not whole, or the scale, levels or default do not fit it.
    """

    low: int
    high: int
    scale: Scale = "linear"
    levels: tuple[Value, ...] | int | None = None
    default: int | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.scale)
        for argument in ("low", "high"):
            value = getattr(self, argument)
            if value != int(value):
                raise InputError(
                    f"`{argument}` of an integer must be whole. Got {argument}={value!r}. "
                    "Use a float for values between whole numbers."
                )
            object.__setattr__(self, argument, int(value))
        levels = _check_levels(self.levels, self.low, self.high)
        if isinstance(levels, tuple):
            if any(level != int(level) for level in levels):
                raise InputError(f"`levels` of an integer must be whole. Got {list(levels)!r}.")
            levels = tuple(int(level) for level in levels)
        if isinstance(levels, int) and levels > self.high - self.low + 1:
            raise InputError(
                f"`levels` must be at most the {self.high - self.low + 1} whole numbers from "
                f"{self.low} to {self.high}. Got levels={levels!r}."
            )
        object.__setattr__(self, "levels", levels)
        whole = isinstance(self.default, Integral) and not isinstance(self.default, bool)
        inside = whole and self.low <= self.default <= self.high  # type: ignore[operator]
        _check_default(self.default, inside, f"a whole number from {self.low} to {self.high}")
        object.__setattr__(self, "default", None if self.default is None else int(self.default))


def _plain(value: Any, who: str) -> Value:
    """Return a choice as a plain Python value (a NumPy scalar as what it holds).

    Args:
        value: What the user gave.
        who: Subject of the sentence that refuses it.

    Raises:
        InputError: It is not a finite number, a word or a truth value.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str | bool):
        return value
    if not isinstance(value, Real):
        raise InputError(f"{who} must be a number or a word. Got {value!r}.")
    if not is_number(value):
        raise InputError(f"{who} must be finite. Got {value!r}.")
    return int(value) if isinstance(value, Integral) else float(value)


def _check_choices(choices: Any) -> tuple[Value, ...]:
    """Return choices as plain values that are different, both as values and as written in a file."""
    if not _is_list(choices):
        raise InputError(f"`choices` must be a list of values. Got choices={choices!r}.")
    values = tuple(_plain(value, "Every one of `choices`") for value in choices)
    if not values:
        raise InputError("`choices` must hold at least one value. Got an empty list.")
    if len({str(value) for value in values}) < len(values) or len(set(values)) < len(values):
        raise InputError(f"`choices` must be different from one another. Got {list(values)!r}.")
    return values


def _default_choice(default: Any, choices: tuple[Value, ...]) -> Value | None:
    """Return the choice that equals the default."""
    _check_default(default, default in choices, f"one of {list(choices)!r}")
    return None if default is None else choices[choices.index(default)]


@dataclass(frozen=True)
class Ordinal:
    """A hyperparameter with ordered levels, numbers or words, taken as evenly spaced.

    Args:
        choices: The levels in their order.
        default: The level that is used when nothing is known.

    Raises:
        InputError: The choices are empty, repeated or of another type, or do not hold the default.
    """

    choices: tuple[Value, ...]
    default: Value | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", _check_choices(self.choices))
        object.__setattr__(self, "default", _default_choice(self.default, self.choices))


@dataclass(frozen=True)
class Categorical:
    """A hyperparameter whose values have no order.

    Args:
        choices: The values.
        default: The value that is used when nothing is known.

    Raises:
        InputError: The choices are empty, repeated or of another type, or do not hold the default.
    """

    choices: tuple[Value, ...]
    default: Value | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", _check_choices(self.choices))
        object.__setattr__(self, "default", _default_choice(self.default, self.choices))


@dataclass(frozen=True)
class Constant:
    """A hyperparameter that is held fixed and recorded with every trial.

    Args:
        value: Its one value.

    Raises:
        InputError: The value is neither a number nor a word.
    """

    value: Value

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _plain(self.value, "The `value` of a constant"))

    @property
    def default(self) -> Value:
        """The constant's value."""
        return self.value


Parameter = Float | Integer | Ordinal | Categorical | Constant

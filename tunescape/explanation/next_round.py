"""Question: where to look next? A narrower search space, cut only where the trials clearly allow it.

A level is kept when the band of its main effect reaches that of the best level, or when the
recommended configuration or one that ties with it uses it; one further level is kept on either
side. Hyperparameters without a detectable effect stay as they are. (A main effect is a mean over
everything else; keeping what the best configurations use guards against cutting off an optimum
that only an interaction makes.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tunescape.explanation.document import Explanation
from tunescape.space import Categorical, Float, Integer, Ordinal, Parameter, SearchSpace


def next_space(explanation: Explanation) -> SearchSpace:
    """Return the search space for the next round.

    Args:
        explanation: What the trials so far say.

    Returns:
        The space of the study, with the ranges and choices of some hyperparameters narrowed.
    """
    space = explanation.study.space
    if "main_effects" not in explanation or "best" not in explanation:
        return space
    sign = explanation.study.objective.sign
    used = [explanation["best"].data["configuration"], *(t["configuration"] for t in explanation["best"].data["tied"])]
    for effect in explanation["main_effects"].data["effects"]:
        name = effect["parameter"]
        if effect["detectable"]:
            inside = _good(effect, sign)
            values = {configuration[name] for configuration in used if name in configuration}
            space = space.replace(**{name: _narrowed(space, name, effect["x"], inside, values)})
    return space


def _good(effect: Mapping[str, Any], sign: int) -> list[bool]:
    """Which levels' bands reach the band of the best level."""
    low, high = ("low", "high") if sign > 0 else ("high", "low")
    worst_of_best = max(sign * value for value in effect[low])
    return [sign * value >= worst_of_best for value in effect[high]]


def _narrowed(space: SearchSpace, name: str, x: list[Any], good: list[bool], used: set[Any]) -> Parameter:
    parameter = space.parameters[name]
    if isinstance(parameter, Categorical):
        kept = tuple(c for c in parameter.choices if c in used or (c in x and good[x.index(c)]))
        return replace(parameter, choices=kept, default=parameter.default if parameter.default in kept else None)
    if isinstance(parameter, Ordinal):
        first, last = _hull([c in used or (c in x and good[x.index(c)]) for c in parameter.choices])
        kept = parameter.choices[first : last + 1]
        return replace(parameter, choices=kept, default=parameter.default if parameter.default in kept else None)
    if isinstance(parameter, Float | Integer):
        first, last = _hull(good)
        low, high = min([x[first], *used]), max([x[last], *used])
        return _within(parameter, max(parameter.low, low), min(parameter.high, high))
    return parameter


def _hull(good: list[bool]) -> tuple[int, int]:
    """First and last good position, with one more on either side."""
    positions = [i for i, yes in enumerate(good) if yes]
    return max(positions[0] - 1, 0), min(positions[-1] + 1, len(good) - 1)


def _within(parameter: Float | Integer, low: float, high: float) -> Float | Integer:
    """The hyperparameter between two ends; levels and default outside are dropped."""
    if isinstance(parameter, Integer):
        low, high = round(low), round(high)
    if not low < high:
        return parameter
    levels = parameter.levels
    if isinstance(levels, tuple):
        levels = tuple(level for level in levels if low <= float(level) <= high) or None
    default = parameter.default if parameter.default is not None and low <= parameter.default <= high else None
    if isinstance(parameter, Integer):
        if isinstance(levels, int):
            levels = min(levels, int(high) - int(low) + 1)
        return Integer(int(low), int(high), parameter.scale, levels, None if default is None else int(default))
    return Float(float(low), float(high), parameter.scale, levels, default)

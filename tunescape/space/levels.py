"""The levels of a hyperparameter in a factorial design, and how many cells a design has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tunescape.errors import InputError
from tunescape.space.parameters import Categorical, Constant, Float, Integer, Ordinal, Parameter
from tunescape.space.search_space import SearchSpace

DEFAULT_LEVELS = 4


def levels(parameter: Parameter, count: int | None = None) -> tuple[Any, ...]:
    """The levels of one hyperparameter: those it lists, else evenly spaced on its own scale.

    Args:
        parameter: The hyperparameter.
        count: How many, where the hyperparameter does not say (default 4). Choices are always
            taken whole; an integer gives at most as many levels as it has values.

    Returns:
        The levels in increasing order, or the choices in theirs.
    """
    if isinstance(parameter, Constant):
        return (parameter.value,)
    if isinstance(parameter, Ordinal | Categorical):
        return parameter.choices
    if isinstance(parameter.levels, tuple):
        return parameter.levels
    spaced = _spaced(parameter, n_levels(parameter, count))
    if isinstance(parameter, Integer):
        return tuple(_distinct([int(v) for v in np.rint(spaced)], parameter.low, parameter.high))
    return tuple(float(v) for v in spaced)


def n_levels(parameter: Parameter, count: int | None = None) -> int:
    """Number of the levels of one hyperparameter, without making them."""
    if isinstance(parameter, Constant | Ordinal | Categorical) or isinstance(parameter.levels, tuple):
        return len(levels(parameter))
    if count is not None and count < 1:
        raise InputError(f"`levels` must be at least 1. Got levels={count!r}.")
    n = parameter.levels or count or DEFAULT_LEVELS
    return min(n, parameter.high - parameter.low + 1) if isinstance(parameter, Integer) else n


def _distinct(rounded: list[int], low: int, high: int) -> list[int]:
    """Move increasing whole numbers apart where rounding made some equal, staying in the range."""
    for i, value in enumerate(rounded):  # upwards: each at least one above the one before
        rounded[i] = max(value, low if i == 0 else rounded[i - 1] + 1)
    for i in reversed(range(len(rounded))):  # downwards: each at least one below the next
        rounded[i] = min(rounded[i], high if i == len(rounded) - 1 else rounded[i + 1] - 1)
    return rounded


def _spaced(parameter: Float | Integer, n: int) -> np.ndarray:
    """`n` evenly spaced values from low to high on the hyperparameter's scale, ends exact."""
    if n == 1:
        middle = (
            math.sqrt(parameter.low) * math.sqrt(parameter.high) if parameter.scale == "log"
            else parameter.low + (parameter.high - parameter.low) / 2
        )
        middle = min(max(middle, parameter.low), parameter.high)
        return np.array([parameter.default if parameter.default is not None else middle])
    space = np.geomspace if parameter.scale == "log" else np.linspace
    values = space(parameter.low, parameter.high, n)
    values[0], values[-1] = parameter.low, parameter.high
    return values


def n_cells(space: SearchSpace, count: int | None = None) -> int:
    """Number of cells of the full factorial before conditions merge those that are equal."""
    return math.prod(n_levels(p, count) for p in space.parameters.values())

"""Configuration <-> unit cube: the only place that knows log, steps and positions of choices.

Every varying hyperparameter is one column in [0, 1]. A Float maps its ends to 0 and 1 on its own
scale. An Integer is cut into as many cells as it has values (on its scale), a value standing at the
middle of its cell; Ordinal and Categorical likewise, with cells of equal width. An inactive
hyperparameter is NaN. Constants have no column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError, did_you_mean
from tunescape.space.parameters import (
    Categorical,
    Constant,
    Float,
    Integer,
    Ordinal,
    Parameter,
    is_number,
)
from tunescape.space.search_space import Configuration, SearchSpace


def _ends(parameter: Float | Integer) -> tuple[float, float]:
    """The ends of a numeric hyperparameter on its own scale; an integer's cells are half wider."""
    half = 0.5 if isinstance(parameter, Integer) else 0.0
    low, high = parameter.low - half, parameter.high + half
    return (math.log(low), math.log(high)) if parameter.scale == "log" else (low, high)


def to_unit(parameter: Parameter, values: Sequence[Any] | NDArray) -> NDArray[np.float64]:
    """Map values of one hyperparameter to [0, 1].

    Args:
        parameter: The hyperparameter.
        values: Its values, shape (n,); None where inactive.

    Returns:
        Shape (n,); NaN where the value is None.

    Raises:
        InputError: A value is outside the range or not one of the choices.
    """
    if isinstance(parameter, Ordinal | Categorical):
        return _positions(parameter.choices, values)
    if isinstance(parameter, Constant):
        return np.where(np.isnan(_positions((parameter.value,), values)), math.nan, 0.5)
    number = _numbers(values)
    misfit = (number < parameter.low) | (number > parameter.high)
    if isinstance(parameter, Integer):
        misfit |= ~np.isnan(number) & (number != np.rint(number))
    if misfit.any():
        kind = "whole number" if isinstance(parameter, Integer) else "number"
        raise InputError(
            f"The value must be a {kind} between {parameter.low!r} and {parameter.high!r}. "
            f"Got {values[int(np.flatnonzero(misfit)[0])]!r}."
        )
    low, high = _ends(parameter)
    return ((np.log(number) if parameter.scale == "log" else number) - low) / (high - low)


def _positions(choices: Sequence[Any], values: Sequence[Any] | NDArray) -> NDArray[np.float64]:
    """Middle of the cell of each value among choices, NaN where it is None, shape (n,)."""
    position: dict[Any, float] = {c: (i + 0.5) / len(choices) for i, c in enumerate(choices)}
    position[None] = math.nan
    try:
        return np.array([position[v] for v in values], dtype=float)
    except (KeyError, TypeError):
        bad = next(v for v in values if v is not None and v not in choices)
        raise InputError(f"The value must be one of {list(choices)!r}. Got {bad!r}.") from None


def _numbers(values: Sequence[Any] | NDArray) -> NDArray[np.float64]:
    """Values as floats, NaN where they are None, shape (n,).

    Raises:
        InputError: A value is a word, a truth value, not finite, or not a number at all.
    """
    try:
        given = np.asarray(values)
        number = np.array(values, dtype=float)  # None becomes NaN
    except (TypeError, ValueError, OverflowError):
        given, number = np.asarray(values, dtype=object), np.full(len(values), math.nan)
    plain = given.dtype.kind in "iuf" and number.ndim == 1 and bool(np.isfinite(number).all())
    for value in () if plain else values:
        if value is not None and not is_number(value):
            raise InputError(f"The value must be a finite number. Got {value!r}.")
    return number


def from_unit(parameter: Parameter, unit: NDArray[np.float64]) -> list[Any]:
    """Map positions in [0, 1] to values of one hyperparameter; the inverse of `to_unit`.

    Args:
        parameter: The hyperparameter.
        unit: Positions, shape (n,); NaN where inactive.

    Returns:
        Plain Python values, length n; None where the position is NaN.
    """
    unit = np.asarray(unit, dtype=float)
    missing = np.isnan(unit)
    values = _values(parameter, np.where(missing, 0.5, unit))
    return [None if gone else v for v, gone in zip(values, missing)] if missing.any() else values


def _values(parameter: Parameter, unit: NDArray[np.float64]) -> list[Any]:
    if isinstance(parameter, Constant):
        return [parameter.value] * len(unit)
    if isinstance(parameter, Ordinal | Categorical):
        n = len(parameter.choices)
        index = np.clip((unit * n).astype(int), 0, n - 1)
        return [parameter.choices[i] for i in index]
    low, high = _ends(parameter)
    value = low + unit * (high - low)
    if parameter.scale == "log":
        value = np.exp(value)
    if isinstance(parameter, Integer):
        return [min(max(int(v), parameter.low), parameter.high) for v in np.rint(value)]
    value = np.clip(value, parameter.low, parameter.high)
    value[unit <= 0.0], value[unit >= 1.0] = parameter.low, parameter.high  # the ends are exact
    return [float(v) for v in value]


def encode(space: SearchSpace, configurations: Sequence[Configuration]) -> NDArray[np.float64]:
    """Map configurations to the unit cube.

    Returns:
        Shape (n, len(space.varying)); NaN where a hyperparameter is inactive.

    Raises:
        InputError: A value does not fit its hyperparameter; the message names both.
    """
    unit = np.empty((len(configurations), len(space.varying)))
    for j, name in enumerate(space.varying):
        try:
            unit[:, j] = to_unit(space.parameters[name], [c.get(name) for c in configurations])
        except InputError as error:
            raise InputError(f"Hyperparameter {name!r}: {error}") from None
    return unit


def decode(space: SearchSpace, unit: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Map points of the unit cube to configurations that hold the active hyperparameters only.

    Args:
        space: The search space.
        unit: Shape (n, len(space.varying)).
    """
    columns = {name: from_unit(space.parameters[name], unit[:, j]) for j, name in enumerate(space.varying)}
    for name, parameter in space.parameters.items():
        if isinstance(parameter, Constant):
            columns[name] = [parameter.value] * len(unit)
    return [
        active_part(space, {name: column[i] for name, column in columns.items()})
        for i in range(len(unit))
    ]


def active_part(space: SearchSpace, configuration: Configuration) -> dict[str, Any]:
    """Drop the inactive hyperparameters of a full configuration, keeping the space's order."""
    if not space.conditions:
        return {name: configuration[name] for name in space.parameters}
    active: dict[str, Any] = {}
    for name in space.order:
        if space.is_active(name, active):
            active[name] = configuration[name]
    return {name: active[name] for name in space.parameters if name in active}


def _plain(parameter: Parameter, value: Any) -> Any:
    """The value as the space would write it: one of its choices, a Python float or int.

    Raises:
        InputError: The value does not fit.
    """
    to_unit(parameter, [value])
    if isinstance(parameter, Ordinal | Categorical):
        return parameter.choices[parameter.choices.index(value)]
    if isinstance(parameter, Constant):
        return parameter.value
    return int(value) if isinstance(parameter, Integer) else float(value)


def check_configuration(space: SearchSpace, configuration: Configuration) -> dict[str, Any]:
    """Return a configuration given by hand, checked and completed with constants and defaults.

    Returns:
        The active hyperparameters in the space's order, as plain Python values.

    Raises:
        InputError: A name is unknown, a value does not fit, a value without default is missing, or
            a value is given for a hyperparameter that takes no part.
    """
    for name in configuration:
        if name not in space.parameters:
            raise InputError(
                f"{name!r} is not a hyperparameter of the space ({', '.join(space.parameters)})."
                f"{did_you_mean(name, space.parameters)}"
            )
    full: dict[str, Any] = {}
    for name, parameter in space.parameters.items():
        value = configuration.get(name, parameter.default)
        try:
            full[name] = None if value is None else _plain(parameter, value)
        except InputError as error:
            raise InputError(f"Hyperparameter {name!r}: {error}") from None
    active = active_part(space, full)
    for name, value in active.items():
        if value is None:
            raise InputError(f"Hyperparameter {name!r} has no default and needs a value.")
    for name, value in configuration.items():
        if value is not None and name not in active:
            when = next(c.when for c in space.conditions if c.parameter == name)
            needs = " and ".join(f"{other} is one of {list(allowed)!r}" for other, allowed in when.items())
            raise InputError(f"Hyperparameter {name!r} takes part only when {needs}. Leave {name} out.")
    return active

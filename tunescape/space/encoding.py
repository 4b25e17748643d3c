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

from tunescape.errors import InputError
from tunescape.space.parameters import Categorical, Constant, Float, Integer, Ordinal, Parameter
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
        position = {c: (i + 0.5) / len(parameter.choices) for i, c in enumerate(parameter.choices)}
        position[None] = math.nan
        try:
            return np.array([position[v] for v in values], dtype=float)
        except (KeyError, TypeError):
            bad = next(v for v in values if v is not None and v not in parameter.choices)
            raise InputError(
                f"The value must be one of {list(parameter.choices)!r}. Got {bad!r}."
            ) from None
    if isinstance(parameter, Constant):
        return np.full(len(values), 0.5)
    try:
        number = np.array(values, dtype=float)  # None becomes NaN
    except (TypeError, ValueError):
        raise InputError(f"The value must be a number. Got {list(values)[:3]!r}.") from None
    outside = (number < parameter.low) | (number > parameter.high)
    if outside.any():
        raise InputError(
            f"The value must lie between {parameter.low!r} and {parameter.high!r}. "
            f"Got {values[int(np.flatnonzero(outside)[0])]!r}."
        )
    low, high = _ends(parameter)
    return ((np.log(number) if parameter.scale == "log" else number) - low) / (high - low)


def from_unit(parameter: Parameter, unit: NDArray[np.float64]) -> list[Any]:
    """Map positions in [0, 1] to values of one hyperparameter; the inverse of `to_unit`."""
    if isinstance(parameter, Constant):
        return [parameter.value] * len(unit)
    if isinstance(parameter, Ordinal | Categorical):
        n = len(parameter.choices)
        index = np.clip((np.asarray(unit) * n).astype(int), 0, n - 1)
        return [parameter.choices[i] for i in index]
    low, high = _ends(parameter)
    value = low + np.asarray(unit, dtype=float) * (high - low)
    if parameter.scale == "log":
        value = np.exp(value)
    value = np.clip(value, parameter.low, parameter.high)
    if isinstance(parameter, Integer):
        return [int(v) for v in np.clip(np.rint(value), parameter.low, parameter.high)]
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


def check_configuration(space: SearchSpace, configuration: Configuration) -> dict[str, Any]:
    """Return a configuration given by hand, checked and completed with constants and defaults.

    Raises:
        InputError: A name is unknown, a value does not fit, or a value without default is missing.
    """
    for name in configuration:
        if name not in space.parameters:
            raise InputError(f"{name!r} is not a hyperparameter of the space ({', '.join(space.parameters)}).")
    full: dict[str, Any] = {}
    for name, parameter in space.parameters.items():
        value = configuration.get(name, parameter.default)
        full[name] = value
        if value is not None:
            try:
                to_unit(parameter, [value])
            except InputError as error:
                raise InputError(f"Hyperparameter {name!r}: {error}") from None
    active = active_part(space, full)
    for name, value in active.items():
        if value is None:
            raise InputError(f"Hyperparameter {name!r} has no default and needs a value.")
    return active

"""The two axes of a landscape: their defaults, what may be one, and the part that a zoom leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tunescape.errors import InputError
from tunescape.evaluators import SETTINGS, check_settings
from tunescape.space import Constant, Float, Integer, Ordinal, house_name
from tunescape.study import Axis

__all__ = ["USUAL", "axes_of"]

USUAL = {"learning_rate": Float(1e-3, 1e3, "log"), "init_scale": Float(0.05, 20.0, "log")}
"""The axes where the user does not say; both reach from learning too slowly to breaking."""

LENGTHS = ("steps", "epochs", "patience", "min_delta")
"""Settings that say how long a network is trained."""

MOST_PIXELS = 4096
ZOOM = 10.0
"""How much a zoom enlarges where the user does not say."""

Asked = tuple[str, Any] | None


def axes_of(
    x: Asked,
    y: Asked,
    size: tuple[int, int],
    zoom: Sequence[float] | None,
    fixed: Mapping[str, Any],
    dtype: np.dtype,
) -> tuple[Axis, Axis]:
    """Work out both axes.

    Args:
        x: Name and range, or None for the usual one.
        y: The same.
        size: Pixels of `x` and of `y`.
        zoom: Centre and, if given, factor.
        fixed: Settings of all networks, which cannot be axes.
        dtype: Precision, in which neighbouring pixels must differ.

    Raises:
        InputError: Something cannot be an axis.
    """
    named = [_named(asked) for asked in (x, y)]
    free = [name for name in USUAL if name not in {one[0] for one in named if one} and name not in fixed]
    if named.count(None) > len(free):
        gone = [f"{name} is {'fixed' if name in fixed else 'drawn already'}" for name in USUAL if name not in free]
        raise InputError(
            f"The usual axes are {' and '.join(USUAL)}, but {' and '.join(gone)}; say which other hyperparameter to "
            "draw (--x, --y)."
        )
    asked = [one or (name := free.pop(0), USUAL[name]) for one in named]
    if asked[0][0] == asked[1][0]:
        raise InputError(f"`x` and `y` must be two hyperparameters. Got {asked[0][0]} twice.")
    for name, parameter in asked:
        _check(name, parameter, fixed)
    for n in _sizes(size):
        if isinstance(n, bool) or not isinstance(n, int) or not 2 <= n <= MOST_PIXELS:
            raise InputError(f"`size` must be two whole numbers from 2 to {MOST_PIXELS}. Got size={size!r}.")
    if zoom is not None:
        asked = _zoomed(asked, zoom)
    axes = [Axis(name, parameter, n) for (name, parameter), n in zip(asked, size, strict=True)]
    for axis in axes:
        _check_values(axis, dtype)
    return axes[0], axes[1]


def _named(asked: Asked) -> tuple[str, Any] | None:
    """Name as the house spells it, and range.

    Raises:
        InputError: It is not a pair.
    """
    if asked is None:
        return None
    if not isinstance(asked, tuple | list) or len(asked) != 2 or not isinstance(asked[0], str):
        raise InputError(
            f"`x` and `y` must be a name and a range, as in ('learning_rate', Float(1e-3, 1e3, 'log')). Got {asked!r}."
        )
    return house_name(asked[0]), asked[1]


def _sizes(size: Any) -> tuple[Any, Any]:
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise InputError(f"`size` must be two whole numbers from 2 to {MOST_PIXELS}. Got size={size!r}.")
    return size[0], size[1]


def _check(name: str, parameter: Any, fixed: Mapping[str, Any]) -> None:
    """Check that a hyperparameter can be an axis.

    Raises:
        InputError: It is not a number, says how long to train, is fixed, or has levels.
    """
    if name in LENGTHS:
        raise InputError(
            f"`{name}` cannot be an axis: every network of a map is trained for the same steps. Give --steps."
        )
    numbers = isinstance(parameter, Float | Integer) or (
        isinstance(parameter, Ordinal) and all(type(c) in (int, float) for c in parameter.choices)
    )
    setting = SETTINGS.get(name)
    if not numbers or (setting is not None and setting.choices):
        raise InputError(
            f"An axis must be a range of numbers, such as 'learning_rate=log(1e-4,1)', 'momentum=(0,0.99)' or "
            f"'units=4|8|16'. Got {name!r} with {_told(parameter)}."
        )
    if len(getattr(parameter, "choices", (0, 0))) < 2:
        raise InputError(f"An axis needs two values or more. Got {name}={parameter.choices[0]!r}; use --fix for one.")
    if getattr(parameter, "levels", None) is not None:
        raise InputError(f"The pixels of `{name}` are told by --size, not by levels. Got levels={parameter.levels!r}.")
    if name in fixed:
        raise InputError(f"`{name}` is an axis of the map; leave out {name}={fixed[name]!r}, or choose other axes.")


def _told(parameter: Any) -> str:
    """What was given in place of a range of numbers, as it was typed."""
    if isinstance(parameter, Constant):
        return f"the value {parameter.value}"
    choices = getattr(parameter, "choices", None)
    return repr(parameter) if choices is None else f"the values {', '.join(map(str, choices))}"


def _zoomed(asked: Sequence[tuple[str, Any]], zoom: Sequence[float]) -> list[tuple[str, Any]]:
    """Both ranges, enlarged around a centre.

    Raises:
        InputError: Centre or factor do not fit.
    """
    said = "`zoom` must be a centre and a factor above 1, such as 0.5,1,10"
    if len(zoom) not in (2, 3) or not all(isinstance(v, int | float) and math.isfinite(v) for v in zoom):
        raise InputError(f"{said}. Got {zoom!r}.")
    factor = float(zoom[2]) if len(zoom) == 3 else ZOOM
    if factor <= 1:
        raise InputError(f"{said}. Got a factor of {factor:g}.")
    return [(name, _enlarged(name, parameter, float(at), factor)) for (name, parameter), at in zip(asked, zoom)]


def _enlarged(name: str, parameter: Any, centre: float, factor: float) -> Float:
    if not isinstance(parameter, Float):
        raise InputError(f"Whole numbers and levels cannot be enlarged. Got {name}; give its range instead of --zoom.")
    if not parameter.low <= centre <= parameter.high:
        raise InputError(
            f"The centre of `zoom` must be inside the map, {name} from {parameter.low:g} to {parameter.high:g}. "
            f"Got {centre:g}."
        )
    if parameter.scale == "log":
        half = math.log(parameter.high / parameter.low) / (2 * factor)
        return replace(parameter, low=centre * math.exp(-half), high=centre * math.exp(half))
    half = (parameter.high - parameter.low) / (2 * factor)
    return replace(parameter, low=centre - half, high=centre + half)


def _check_values(axis: Axis, dtype: np.dtype) -> None:
    """Check that every pixel is allowed and differs from its neighbours.

    Raises:
        InputError: A value is not allowed, or two pixels are the same network.
    """
    values = axis.values
    for value in (values[0].item(), values[-1].item()):
        try:
            check_settings({axis.name: value})
        except InputError as error:
            reach = f"from {values[0].item():.4g} to {values[-1].item():.4g}"
            raise InputError(f"The pixels of {axis.name} reach {reach}, but {error}") from error
    if len(np.unique(values.astype(dtype))) < len(values):
        single = dtype == np.float32
        remedy = "zoom less, or ask for double precision (--exact)" if single else "zoom less"
        raise InputError(
            f"Neighbouring pixels of {axis.name} are the same number in {'single' if single else 'double'} precision; "
            f"{remedy}."
        )

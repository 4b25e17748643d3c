"""A column of values as a hyperparameter: its type, its range, its scale and its levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.importers.cells import kind_of
from tunescape.space import Categorical, Constant, Float, Integer, Parameter

MOST_LEVELS = 12
"""So many different numbers, each of them repeated, are levels of a design."""
MOST_CHOICES = 50


def parameter_of(values: Sequence[Any], whole_is_integer: bool = True) -> Parameter:
    """What the hyperparameter may be that took these values.

    Args:
        values: The values where it was active; at least one.
        whole_is_integer: Whether numbers written as ``2.0`` are whole.

    Returns:
        Constant for a single value, Categorical for words and truth values (in the order in which
        they appear), Integer or Float for numbers.

    Raises:
        InputError: The values cannot be those of one hyperparameter.
    """
    if kind_of(values) in ("other", "time", "empty"):
        raise InputError("neither numbers nor words")
    counts = Counter(values)
    if len(counts) == 1:
        return Constant(values[0])
    if kind_of(counts) != "number":
        if len(counts) > MOST_CHOICES:
            raise InputError("too many different words")
        choices = tuple(sorted(counts) if set(counts) == {False, True} else counts)
        return Categorical(choices)
    if not all(abs(v) < float("inf") for v in counts):
        raise InputError("numbers that are not finite")
    distinct = sorted(counts)
    is_design = len(distinct) <= MOST_LEVELS and min(counts.values()) > 1
    whole = all(isinstance(v, int) or (whole_is_integer and v == int(v)) for v in distinct)
    cls, kind = (Integer, int) if whole else (Float, float)
    levels = tuple(map(kind, distinct)) if is_design else None
    try:
        return cls(kind(distinct[0]), kind(distinct[-1]), scale_of(values), levels)  # type: ignore[arg-type]
    except InputError:
        raise InputError("numbers that are too large or too close together") from None


def cast(parameter: Parameter, value: Any) -> Any:
    """A value as its hyperparameter writes it: whole for an Integer, a float for a Float."""
    if isinstance(parameter, Integer):
        return int(value)
    return float(value) if isinstance(parameter, Float) else value


def scale_of(values: Sequence[float]) -> Any:
    """``"log"`` where values lie clearly more evenly on a log scale, else ``"linear"``.

    Few different values are compared by the variation of their spacing, many by the distance of the
    whole sample from uniform (Kolmogorov-Smirnov). Two say nothing of their spacing: log from a
    ratio of 100.

    Args:
        values: The values, at least two different ones, in any order.
    """
    x = np.unique(np.array(values, dtype=float))
    x = x if len(x) <= MOST_LEVELS else np.sort(np.array(values, dtype=float))
    if x[0] <= 0 or not np.isfinite(x).all():
        return "linear"
    ratio, logarithm = np.log(x[-1]) - np.log(x[0]), np.log(x)
    if len(x) == 2:
        is_log = ratio >= np.log(100)
    elif len(x) <= MOST_LEVELS:
        is_log = ratio >= np.log(3.9) and _unevenness(logarithm) < 0.5 * _unevenness(x)
    else:
        clearly = 1.0 if ratio >= np.log(1000) else 0.8 if ratio >= np.log(100) else 0.6
        is_log = ratio >= np.log(10) and _distance(logarithm) < clearly * _distance(x)
    return "log" if is_log else "linear"


def _unevenness(x: NDArray[np.float64]) -> float:
    """Coefficient of variation of the distances between neighbours."""
    steps = np.diff(x / np.abs(x).max())
    return float(steps.std() / steps.mean())


def _distance(x: NDArray[np.float64]) -> float:
    """Largest distance of the empirical distribution from the uniform one between its ends."""
    unit = (x - x[0]) / (x[-1] - x[0])
    rank = np.arange(len(x)) / (len(x) - 1)
    return float(np.abs(unit - rank).max())

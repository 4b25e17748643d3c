"""The plane of two inputs: square axes, colour scales of values, colours of classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.keys import class_colour, entries, entry, legend_group, scale
from tunescape.reports.figures.style import BETTER, DIVERGING, axis

_POINTS = {DIVERGING: "var(--scale-points-diverging)", BETTER: "var(--scale-points-better)"}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ColourScale:
    """How values become colours: diverging around zero where they have both signs, else from low to high."""

    name: str
    low: float
    high: float

    def key(self, title: str) -> dict[str, Any]:
        """The block of a key that shows it."""
        return scale(title, self.name, self.low, self.high)

    def for_points(self) -> ColourScale:
        """The same scale for dots, whose middle and lower end stand out from the paper."""
        return replace(self, name=_POINTS.get(self.name, self.name))

    @property
    def decimals(self) -> int:
        """How many decimals tell two hundred steps of the scale apart."""
        return max(0, int(np.ceil(-np.log10((self.high - self.low) / 200))))


def colour_scale(values: Iterable[ArrayLike | None]) -> ColourScale:
    """The scale that serves all of some arrays."""
    known = [np.asarray(v, dtype=float).ravel() for v in values if v is not None]
    every = np.concatenate(known) if known else np.empty(0)
    every = every[np.isfinite(every)]
    if not len(every):
        return ColourScale(BETTER, 0.0, 1.0)
    low, high = float(every.min()), float(every.max())
    if low < 0 < high:
        return symmetric(max(-low, high))
    return ColourScale(BETTER, low, high if high > low else low + (abs(low) or 1.0))


def symmetric(size: float) -> ColourScale:
    """A diverging scale from `-size` to `size`."""
    size = size if size > 0 and np.isfinite(size) else 1.0
    return ColourScale(DIVERGING, -size, size)


def class_key(classes: Sequence[str], target: str, mark: str, pickable: bool = True) -> dict[str, Any]:
    """The block of a key that names the classes."""
    lines = [
        entry(c, class_colour(i), mark=mark, group=legend_group(c) if pickable else "") for i, c in enumerate(classes)
    ]
    return entries(target, lines)


def square_axes(names: Sequence[str], x: tuple[float, float], y: tuple[float, float], small: bool) -> dict[str, Any]:
    """Two axes of equal length whatever their units are; without marks where the panel is small."""
    quiet: dict[str, Any] = {"showgrid": False, "constrain": "domain"}
    if small:
        quiet |= {"showticklabels": False, "ticks": "", "automargin": False}
    else:
        quiet |= {"nticks": 6}
    ratio = (x[1] - x[0]) / (y[1] - y[0])
    return {
        "xaxis": axis("" if small else names[0], range=list(x), **quiet),
        "yaxis": axis("" if small else names[1], range=list(y), scaleanchor="x", scaleratio=ratio, **quiet),
        "margin": {"l": 2, "r": 2, "t": 2, "b": 2} if small else {"l": 40, "r": 8, "t": 8, "b": 40},
    }


def extent(values: ArrayLike, pad: float = 0.0) -> tuple[float, float]:
    """Lowest and highest of some numbers, a little apart where all are equal."""
    numbers = np.asarray(values, dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)
    more = pad * (high - low) if high > low else 0.5
    return float(f"{low - more:.6g}"), float(f"{high + more:.6g}")


def two_inputs(name: str, inputs: ArrayLike) -> Array:
    """Rows of two inputs, checked.

    Raises:
        InputError: They are not two columns.
    """
    rows = np.asarray(inputs, dtype=float)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise InputError(
            f"`{name}` must have shape (n, 2): only tasks with two inputs can be drawn in a plane. "
            f"Got shape {rows.shape}."
        )
    return rows

"""How a landscape is coloured: cool for what learned, warm for what diverged, grey for what did neither."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.reports.pictures.colours import variables
from tunescape.space import Float
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, Axis, Landscape

COOL = ("#07103f", "#173a86", "#1f66ad", "#2c96bf", "#5fbfb4", "#a8dba3", "#e0f0a8")
WARM = ("#3d0212", "#7d0a1e", "#b91f26", "#e24a33", "#f58560", "#fbbd9b")
PLAIN, EMPTY = "--grid", "--paper"
"""Colours of the page for networks that did neither, and for those not trained yet."""

LEAST = 1e-6
"""Smallest number on a scale."""


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale of colours.

    Args:
        title: What it shows.
        low: Number of the first colour.
        high: Number of the last colour.
        colours: Evenly spaced on the logarithms.
    """

    title: str
    low: float
    high: float
    colours: tuple[str, ...]

    def place(self, values: ArrayLike) -> NDArray[np.float64]:
        """Where numbers stand on the scale, from 0 to 1."""
        clipped = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        return np.asarray(np.log(clipped / self.low) / math.log(self.high / self.low))

    def paint(self, places: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Colours at places from 0 to 1, shape (..., 3)."""
        known = np.array([rgb(colour) for colour in self.colours], dtype=float)
        stops = np.linspace(0.0, 1.0, len(known))
        channels = [np.interp(places, stops, known[:, i]) for i in range(3)]
        return np.stack(channels, axis=-1).round().astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def learned_scale(landscape: Landscape) -> Scale:
    """The scale of losses at the end: from the best hundredth to the loss of a constant prediction."""
    losses = landscape.loss[landscape.outcome == LEARNED]
    return _scale("learned: training loss at the end", losses, COOL, landscape.constant_loss)


def diverged_scale(landscape: Landscape) -> Scale:
    """The scale of how many steps the loss stayed near where it began."""
    return _scale("diverged: steps it lasted", landscape.lasted[landscape.outcome == DIVERGED], WARM)


def _scale(title: str, values: NDArray, colours: tuple[str, ...], high: float | None = None) -> Scale:
    low, usual = (float(v) for v in np.quantile(values, (0.01, 0.99))) if len(values) else (0.1, 1.0)
    low, high = max(low, LEAST), max(usual if high is None else high, LEAST)
    return Scale(title, low if low < 0.9 * high else high / 10, high, colours)


def painted(landscape: Landscape) -> NDArray[np.uint8]:
    """The colours of all pixels, shape (n_y, n_x, 3), the lowest row first."""
    style = variables("light")
    image = np.empty((*landscape.shape, 3), np.uint8)
    image[:] = rgb(style[EMPTY].strip())
    image[landscape.outcome == NOT_LEARNED] = rgb(style[PLAIN].strip())
    for code, scale, values in (
        (LEARNED, learned_scale(landscape), landscape.loss),
        (DIVERGED, diverged_scale(landscape), landscape.lasted),
    ):
        chosen = landscape.outcome == code
        image[chosen] = scale.paint(scale.place(values[chosen]))
    return image


# ---- ticks


def axis_ticks(axis: Axis, most: int = 8) -> list[tuple[float, str]]:
    """Marks of an axis: places from 0 to 1 and what they say."""
    if isinstance(axis.parameter, Float):
        low, high = axis.parameter.low, axis.parameter.high
        marks = log_marks(low, high, most) if axis.is_log else even_marks(low, high, most)
        return [(axis.position(value), words) for value, words in marks]
    values = axis.values
    every = math.ceil(len(values) / most)
    return [((i + 0.5) / len(values), f"{values[i].item():g}") for i in range(0, len(values), every)]


def log_marks(low: float, high: float, most: int = 8) -> list[tuple[float, str]]:
    """Round numbers between two ends of a logarithmic scale: powers of ten, else 1, 2, 5, else even ones."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    tens = [10.0**k for k in range(first, last + 1) if _inside(10.0**k, low, high)]
    if len(tens) > 2:
        tens = tens[:: math.ceil(len(tens) / most)]
    else:
        fine = [m * 10.0**k for k in range(first, last + 1) for m in (1, 2, 5)]
        tens = [v for v in fine if _inside(v, low, high)]
    return [(v, _short(v)) for v in tens] if len(tens) > 2 else even_marks(low, high, most)


def even_marks(low: float, high: float, most: int = 8) -> list[tuple[float, str]]:
    """Evenly spaced round numbers between two ends."""
    rough = (high - low) / max(most - 2, 1)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(min(max(i * step, low), high), f"{i * step:.{digits}f}") for i in range(first, last + 1)]


def _inside(value: float, low: float, high: float) -> bool:
    return low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


def _short(value: float) -> str:
    return f"{value:g}" if 1e-4 < value < 1e5 else f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")

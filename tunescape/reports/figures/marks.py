"""Round values to mark an axis with, on a linear and on a log scale."""

from __future__ import annotations

import math


def round_marks(low: float, high: float, scale: str, most: int = 6) -> list[float]:
    """Round values between two ends, both included where they are round.

    Args:
        low: Lower end; positive on a log scale.
        high: Upper end.
        scale: ``"linear"`` or ``"log"``.
        most: About how many values.
    """
    if not low < high:
        return [low]
    return _log(low, high, most) if scale == "log" else _linear(low, high, most)


def _log(low: float, high: float, most: int) -> list[float]:
    """Powers of ten, thinned; with their halves and fifths where the range is short."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for leading in ((1, 2, 5), (1, 3), (1,)):
        marks = [m * 10.0**k for k in range(first, last + 1) for m in leading]
        marks = [v for v in marks if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
        if len(marks) <= most:
            return marks
    return marks[:: math.ceil(len(marks) / most)]


def _linear(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    size *= next((m for m in (1, 2, 5, 10) if (high - low) / (size * m) <= most), 10)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return [round(k * size, 12) for k in range(first, last + 1)]

"""What colours and dashes mean: keys that stand beside figures as words, and groups of figures under one key.

A key is a list of blocks. A block of entries is ``{"title", "entries"}`` with entries ``{"label",
"mark", "colour", "dash", "group"}``; a block of a colour scale is ``{"title", "scale", "marks", "low", "high"}``.
The page writes keys as text that wraps, so that they stay readable at any width; where a figure
leaves the page (saved, or as a Plotly object) they become its legend.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunescape.reports.figures.style import Figure, plotted, shown
from tunescape.reports.words import number

Key = list[dict[str, Any]]
Group = dict[str, Any]

RAMP = tuple(f"var(--ramp-{i})" for i in range(1, 13))
CLASSES = tuple(f"var(--series-{i})" for i in (1, 2, 4, 5, 6, 7, 8, 9, 10, 3))  # grey last


def ramp(n: int) -> list[str]:
    """Colours for `n` ordered levels, from the lowest to the highest."""
    if n == 1:
        return [RAMP[5]]
    return [RAMP[round(i * (len(RAMP) - 1) / (n - 1))] for i in range(n)]


def class_colour(i: int) -> str:
    """The colour of class number `i`; ten differ."""
    return CLASSES[i % len(CLASSES)]


def entry(label: Any, colour: str, mark: str = "line", dash: str = "solid", group: str = "") -> dict[str, str]:
    """One line of a key.

    Args:
        label: What it says.
        colour: Colour by role.
        mark: ``"line"``, ``"dot"``, ``"ring"`` or ``"patch"``.
        dash: As Plotly names it.
        group: The legend group of the traces that it names; empty where they cannot be picked out.
    """
    return {"label": shown(label, 120), "colour": colour, "mark": mark, "dash": dash, "group": group}


def entries(title: Any, lines: Sequence[dict[str, str]]) -> dict[str, Any]:
    """A block of a key: a title and its lines."""
    return {"title": shown(title, 60), "entries": list(lines)}


def scale(title: Any, name: str, low: float, high: float) -> dict[str, Any]:
    """A block of a key that shows a colour scale with its two ends and its middle."""
    marks = [number(v).replace("-", "−") for v in (low, (low + high) / 2, high)]
    return {"title": shown(title, 60), "scale": name, "marks": marks, "low": low, "high": high}


def group(figures: Sequence[Figure], caption: str, **more: Any) -> Group:
    """Figures that share a key.

    Args:
        figures: The panels.
        caption: The sentences under them.
        **more: ``key``; ``least``, the least width of a panel in pixels; ``columns``, how many stand
            side by side where there is room; ``lead``, whether the first panel has a row of its own;
            ``title``, a heading.
    """
    base: Group = {
        "figures": list(figures),
        "caption": caption,
        "key": [],
        "least": 300,
        "columns": min(max(len(figures), 1), 3),
        "lead": False,
        "title": "",
    }
    return base | more


def legend_group(words: Any) -> str:
    """The name under which the traces of one label are found."""
    return plotted(words, 120)

"""How all figures look: colours by role, quiet axes, names made harmless; plain dictionaries only.

A figure is ``{"data", "layout", "height", "caption"}``. Colours are written as CSS variables of the
page (``"var(--accent)"``), which the page resolves when it draws, so that one figure serves light
and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from tunescape.reports.words import brief_level

Figure = dict[str, Any]

INK = "var(--ink)"
QUIET = "var(--quiet)"
GRID = "var(--grid)"
PAPER = "var(--paper)"
ACCENT = "var(--accent)"
SECOND = "var(--second)"
FAINT = "var(--faint)"
BAND = "var(--band)"
BETTER = "var(--scale-better)"
DIVERGING = "var(--scale-diverging)"
SERIES = tuple(f"var(--series-{i})" for i in range(1, 7))


def shown(words: Any, most: int = 200) -> str:
    """Return words on one line, without control characters, not too long."""
    text = "".join(c if c.isprintable() else " " for c in brief_level(words))
    return text if len(text) <= most else text[: most - 1] + "…"


def plotted(words: Any, most: int = 200) -> str:
    """Return words as Plotly shows them letter by letter: no markup, no templates, no variables."""
    return escape(shown(words, most), quote=False).replace("%{", "&#37;{").replace("var(", "var&#40;")


def ticks(words: Iterable[Any], most: int = 20) -> list[str]:
    """Return short names for an axis."""
    return [plotted(word, most) for word in words]


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """A quiet axis with a title in plain words."""
    base: dict[str, Any] = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "tickfont": {"color": QUIET, "size": 12},
        "automargin": True,
        "fixedrange": True,
    }
    if title:
        base["title"] = {"text": plotted(title, 60), "font": {"color": QUIET, "size": 12}, "standoff": 8}
    return base | more


def layout(**more: Any) -> dict[str, Any]:
    """The layout of a figure; `more` replaces its entries."""
    base: dict[str, Any] = {
        "font": {"family": "var(--sans)", "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 48, "r": 16, "t": 12, "b": 44},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "var(--card)", "bordercolor": GRID, "font": {"color": INK, "size": 13}},
    }
    return base | more


def figure(data: Sequence[dict], caption: str, *, height: int, **more: Any) -> Figure:
    """A figure as the page takes it.

    Args:
        data: Plotly traces.
        caption: The sentence under it, which also stands for it where it cannot be seen.
        height: In pixels.
        **more: Entries of the layout.
    """
    return {"data": list(data), "layout": layout(**more), "height": height, "caption": caption}


def colour_bar(title: str) -> dict[str, Any]:
    """A slim colour bar."""
    return {
        "thickness": 10,
        "outlinewidth": 0,
        "len": 0.9,
        "tickfont": {"color": QUIET, "size": 11},
        "title": {"text": plotted(title, 40), "side": "right", "font": {"color": QUIET, "size": 12}},
    }


WIDE = 30.0
"""Losses that span more than this factor are drawn on logarithmic axes."""


def is_wide(ends: Iterable[float | None], sign: int) -> bool:
    """Whether values of an objective to minimise (sign -1) are all positive and span decades."""
    known = [v for v in ends if v is not None]
    return sign < 0 and bool(known) and min(known) > 0 and max(known) > WIDE * min(known)


def rounded(values: Iterable[float | None], digits: int = 5) -> list[float | None]:
    """Numbers with so many significant digits, to keep pages small."""
    return [None if v is None or v != v else float(f"{v:.{digits}g}") for v in values]

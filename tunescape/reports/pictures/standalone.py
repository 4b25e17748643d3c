"""One figure as a page of its own, or as JSON: the same page as the report's, with nothing but it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tunescape.errors import InputError
from tunescape.reports.figures.keys import Group
from tunescape.reports.figures.style import Figure
from tunescape.reports.page import filled_page, written_page
from tunescape.reports.pictures.panels import as_group
from tunescape.reports.pictures.plotly_object import as_plotly


def figure_html(drawing: Figure | Group | Sequence[Figure], title: str = "") -> str:
    """Return a figure as one self-contained HTML page, light and dark, without network.

    Args:
        drawing: A figure, a group of figures, or a list of figures.
        title: The page's heading.
    """
    single = isinstance(drawing, dict) and "figures" not in drawing
    group = as_group(drawing)
    panels: Sequence[Figure] = group["figures"]
    section = {"figures": [drawing], "groups": []} if single else {"figures": [], "groups": [group]}
    words = [str(group["caption"]), *(f.get("alt", "") for f in panels)]
    plain = f"<h1>{escape(title)}</h1>" + "".join(f"<p>{escape(w)}</p>" for w in dict.fromkeys(words) if w)
    return filled_page(title or "tunescape", plain, {"title": title, "drawing": section})


def save_figure(drawing: Figure | Group | Sequence[Figure], path: str | Path, title: str = "") -> Path:
    """Write a figure to a file.

    Args:
        drawing: A figure, a group of figures, or a list of figures.
        path: ``.html`` for a self-contained page, ``.json`` for Plotly's JSON; it is replaced where
            it exists.
        title: The page's heading.

    Returns:
        The path of the file.

    Raises:
        InputError: The ending is another, or the file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in (".html", ".json"):
        raise InputError(f"`path` must end in .html or .json. Got {str(target)!r}.")
    words = figure_html(drawing, title) if ending == ".html" else str(as_plotly(drawing).to_json())
    return written_page(words, target)

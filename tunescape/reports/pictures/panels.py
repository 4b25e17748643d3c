"""Many small figures as one: axes renamed, each panel in a cell of a grid, keys as legends."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.keys import Group
from tunescape.reports.figures.keys import group as group_of
from tunescape.reports.figures.style import INK, PAPER, QUIET, Figure, colour_bar, plotted

_TITLE = 26  # pixels above a panel for its name
_BAR = 30  # pixels of Plotly's own buttons
_LINE = 110  # letters of a caption in one line
_WIDTH = 940  # pixels across, for the height of square panels


def as_group(drawing: Figure | Group | Sequence[Figure]) -> Group:
    """What is to be drawn, always as a group of panels."""
    if not isinstance(drawing, Mapping):
        blocks = [block for figure in drawing for block in figure.get("key", [])]
        key = [block for i, block in enumerate(blocks) if block not in blocks[:i]]
        drawing = {"figures": list(drawing), "key": key}
    if "figures" in drawing:
        return group_of(drawing["figures"], "") | dict(drawing)
    return group_of([drawing], drawing["caption"], key=drawing.get("key", []))


def joined(group: Group) -> dict[str, Any]:
    """Return one Plotly figure, a dictionary with ``data`` and ``layout``, of a group of panels."""
    figures, columns = group["figures"], max(group["columns"], 1)
    data, layout = _one(figures[0]) if len(figures) == 1 else _many(figures, columns, group["lead"])
    if group["key"]:
        for trace in data:
            trace["showlegend"] = False
        layout["showlegend"] = any("entries" in block for block in group["key"])
        n_scales = sum("scale" in block for block in group["key"])
        layout["legend"] = {
            "x": 1.02 + 0.13 * n_scales,
            "y": 1,
            "font": {"size": 12},
            "itemsizing": "constant",
            "title": {"text": plotted(next((b["title"] for b in group["key"] if "entries" in b), ""))},
        }
        data += _legend(group["key"])
    _say(group["caption"], layout)
    layout |= {"paper_bgcolor": PAPER, "plot_bgcolor": PAPER, "hovermode": "closest"}
    layout.pop("dragmode", None)
    return {"data": data, "layout": layout}


def _say(caption: str, layout: dict[str, Any]) -> None:
    """Write the caption under the picture, in lines of its own."""
    lines = textwrap.wrap(caption, _LINE)
    if not lines:
        return
    below = layout["margin"]["b"]
    note = {
        "text": "<br>".join(plotted(line) for line in lines),
        "x": 0,
        "y": 0,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "yshift": -below,
        "align": "left",
        "showarrow": False,
        "font": {"size": 12, "color": QUIET},
    }
    room = 17 * len(lines) + 12
    layout["annotations"] = [*layout.get("annotations", ()), note]
    layout["margin"] = layout["margin"] | {"b": below + room}
    layout["height"] += room


def _one(figure: Figure) -> tuple[list[dict], dict[str, Any]]:
    layout = dict(figure["layout"])
    if figure.get("name"):
        layout["title"] = {"text": plotted(figure["name"], 90), "font": {"size": 14}}
    layout["margin"] = layout["margin"] | {"t": layout["margin"]["t"] + _BAR}
    return [dict(trace) for trace in figure["data"]], layout | {"height": figure["height"] + _BAR}


def _many(figures: Sequence[Figure], columns: int, lead: bool) -> tuple[list[dict], dict[str, Any]]:
    skipped = columns - 1 if lead else 0  # places that stay empty beside a first panel that leads
    rows = math.ceil((len(figures) + skipped) / columns)
    bare = all(f["layout"]["margin"]["b"] < 10 for f in figures)
    below = 6 if bare else 46
    above = _TITLE + (14 if any(f.get("detail") for f in figures) else 0)
    each = max(f["height"] if "aspect" not in f else min(f["height"], _WIDTH / columns) for f in figures)
    tall = rows * (each + above + below)
    gap = (0.02 if bare else 0.07) * (1 if columns < 4 else 0.7)
    data: list[dict] = []
    layout: dict[str, Any] = dict(figures[0]["layout"])
    layout = {k: v for k, v in layout.items() if not re.fullmatch(r"[xy]axis\d*|annotations", k)}
    layout |= {
        "height": int(tall) + _BAR,
        "margin": {"l": 8 if bare else 50, "r": 8, "t": _BAR, "b": 6},
        "annotations": [],
    }
    width = (1 - gap * (columns - 1)) / columns
    for i, figure in enumerate(figures):
        row, column = divmod(i + skipped if i else 0, columns)
        left = column * (width + gap)
        top = 1 - (row * (each + above + below) + above) / tall
        cell = ((left, min(left + width, 1.0)), (max(top - each / tall, 0.0), top))
        data += _placed(figure, i, cell, layout)
        first = layout["yaxis"].get("title")
        if column and first and layout[f"yaxis{i + 1}"].get("title") == first:
            layout[f"yaxis{i + 1}"].pop("title")  # said once a row
        layout["annotations"].append(
            {
                "text": _name(figure),
                "x": left + width / 2,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "center",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": 12 if columns > 3 else 13, "color": INK},
            }
        )
    return data, layout


def _name(figure: Figure) -> str:
    """A panel's name, and under it its detail."""
    return "<br>".join(plotted(w, 70) for w in (figure.get("name", ""), figure.get("detail", "")) if w)


Span = tuple[float, float]


def _placed(figure: Figure, i: int, cell: tuple[Span, Span], layout: dict[str, Any]) -> list[dict]:
    """A panel's traces with the names of its axes made its own; the axes go to the layout."""
    number = "" if i == 0 else str(i + 1)
    for letter, span in zip("xy", cell, strict=True):
        old = figure["layout"].get(f"{letter}axis", {})
        new = old | {"domain": [round(v, 5) for v in span], "anchor": f"{'y' if letter == 'x' else 'x'}{number}"}
        if "scaleanchor" in old:
            new["scaleanchor"] = f"{old['scaleanchor']}{number}"
        layout[f"{letter}axis{number}"] = new
    for note in figure["layout"].get("annotations", ()):
        layout["annotations"].append(note | {"xref": f"x{number}", "yref": f"y{number}"})
    return [trace | {"xaxis": f"x{number}", "yaxis": f"y{number}"} for trace in figure["data"]]


_MARKS = {"dot": "circle", "ring": "circle-open", "patch": "square"}


def _legend(key: Sequence[Mapping[str, Any]]) -> list[dict]:
    """Traces without points that stand for the lines of the key, and carry the colour bars."""
    nothing: dict[str, Any] = {"type": "scatter", "x": [None], "y": [None], "hoverinfo": "skip"}
    traces = []
    scales = 0
    for block in key:
        if "scale" in block:
            bar = colour_bar(block["title"]) | {"x": 1.02 + 0.13 * scales}
            low, high = block["low"], block["high"]
            marker = {"color": [low], "cmin": low, "cmax": high, "colorscale": block["scale"], "colorbar": bar}
            traces.append(nothing | {"mode": "markers", "marker": marker | {"showscale": True}, "showlegend": False})
            scales += 1
            continue
        for line in block["entries"]:
            named = nothing | {"name": plotted(line["label"], 120), "showlegend": True}
            if line["group"]:
                named["legendgroup"] = line["group"]
            if line["mark"] == "line":
                style = {"color": line["colour"], "width": 2.4, "dash": line["dash"]}
                traces.append(named | {"mode": "lines", "line": style})
            else:
                dot = {"color": line["colour"], "symbol": _MARKS[line["mark"]], "size": 10, "line": {"color": QUIET}}
                traces.append(named | {"mode": "markers", "marker": dot})
    return traces

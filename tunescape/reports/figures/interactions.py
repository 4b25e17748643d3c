"""Figure: the mean objective over two hyperparameters at once, the strongest pairs only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.marks import round_marks
from tunescape.reports.figures.style import (
    BETTER,
    Figure,
    axis,
    colour_bar,
    figure,
    is_wide,
    plotted,
    rounded,
    ticks,
)
from tunescape.reports.words import brief_level, brief_share, count, metric, number, times
from tunescape.study import Objective

Pair = Mapping[str, Any]


def headline(pairs: Sequence[Pair]) -> str:
    """Say which pair acts together most."""
    found = [pair for pair in pairs if pair["detectable"]]
    if not found:
        return "No pair of hyperparameters acts together detectably"
    a, b = found[0]["parameters"]
    return f"{a} and {b} act together: {brief_share(found[0]['share'])} of the variance beyond their own effects"


def value_range(pairs: Sequence[Pair]) -> tuple[float | None, float | None]:
    """The range of colours that all maps share."""
    known = [v for pair in pairs for row in pair["z"] for v in row if v is not None]
    return (min(known), max(known)) if known else (None, None)


def caption(pair: Pair, objective: Objective) -> str:
    """One sentence: the best and the worst cell."""
    cells = [
        (objective.sign * v, v, pair["x"][i], pair["y"][j])
        for j, row in enumerate(pair["z"])
        for i, v in enumerate(row)
        if v is not None
    ]
    a, b = pair["parameters"]
    if not cells:
        return f"{times(pair['parameters'])}: no cell has a trial."
    best, worst = max(cells, key=lambda c: c[0]), min(cells, key=lambda c: c[0])
    kind = "" if pair["detectable"] else " (not detectable)"
    good = f"{a} = {brief_level(best[2])}, {b} = {brief_level(best[3])} ({number(best[1])})"
    bad = f"{brief_level(worst[2])}, {brief_level(worst[3])} ({number(worst[1])})"
    share = brief_share(pair["share"])
    return f"{times(pair['parameters'])}, {share}{kind}: best at {good}; worst at {bad}."


def interaction(pair: Pair, objective: Objective, low: float | None, high: float | None) -> Figure:
    """A heat map, stronger colour where the objective is better."""
    a, b = (str(p) for p in pair["parameters"])
    nx, ny = len(pair["x"]), len(pair["y"])
    wide = is_wide((low, high), objective.sign)
    bar = colour_bar(metric(objective.name))
    if wide and low is not None and high is not None:
        marks = round_marks(low, high, "log")
        bar |= {"tickvals": [math.log10(v) for v in marks], "ticktext": [plotted(number(v)) for v in marks]}
        low, high = math.log10(low), math.log10(high)
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(nx)),
        "y": list(range(ny)),
        "z": [rounded(_colour(v, wide) for v in row) for row in pair["z"]],
        "zmin": low,
        "zmax": high,
        "colorscale": BETTER,
        "reversescale": objective.sign < 0,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "colorbar": bar,
        "hovertext": [
            [
                f"{plotted(a, 40)} = {plotted(x, 40)}<br>{plotted(b, 40)} = {plotted(y, 40)}<br>"
                f"mean {plotted(number(pair['z'][j][i]))}, n = {count(pair['n'][j][i])}"
                for i, x in enumerate(pair["x"])
            ]
            for j, y in enumerate(pair["y"])
        ],
        "hoverinfo": "text",
    }
    if nx <= 6 and ny <= 8:
        trace["text"] = [
            ["" if v is None else _in_cell(v, wide) for v in row] for row in pair["z"]
        ]
        trace["texttemplate"] = "%{text}"
        trace["textfont"] = {"size": 11}
    made = figure(
        [trace],
        caption(pair, objective),
        height=300,
        margin={"l": 52, "r": 8, "t": 8, "b": 48},
        xaxis=axis(a, tickvals=list(range(nx)), ticktext=_marks(pair["x"]), showgrid=False),
        yaxis=axis(b, tickvals=list(range(ny)), ticktext=_marks(pair["y"]), showgrid=False),
    )
    return made | {"name": f"{a} × {b}"}


def _colour(value: float | None, wide: bool) -> float | None:
    """What the colour of a cell stands for: the value, or its logarithm."""
    return math.log10(value) if wide and value is not None else value


def _in_cell(value: float, wide: bool) -> str:
    if wide:
        return f"{value:.1g}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def _marks(levels: Sequence[Any]) -> list[str]:
    return ticks([f"{v:.2g}" if isinstance(v, float) else v for v in levels], 12)

"""Figure: what goes with what, as a map of correlations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunescape.explanation.finding import Finding
from tunescape.reports.figures.style import (
    DIVERGING,
    Figure,
    axis,
    colour_bar,
    figure,
    plotted,
    rounded,
    ticks,
)
from tunescape.reports.words import metric

_MOST = 40


def _strongest(data: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Names with their correlation with the objective (the last name), strongest first."""
    row = data["matrix"][-1][:-1]
    known = [(name, r) for name, r in zip(data["names"], row, strict=False) if r is not None]
    return sorted(known, key=lambda pair: -abs(pair[1]))


def headline(finding: Finding) -> str:
    """Say what goes with the objective most: by rank where the finding says so, else in a line."""
    objective = metric(finding.data["names"][-1])
    ranked, kind = _strongest(finding.data), "correlation"
    if finding.table:
        ranked, kind = [(row["column"], row["spearman"]) for row in finding.table], "rank correlation"
    if not ranked:
        return f"Nothing correlates with {objective}"
    if finding.table and finding.table[0]["low"] <= 0 <= finding.table[0]["high"]:
        return f"No rank correlation with {objective} is clear of zero"
    name, r = ranked[0]
    return f"{name} goes with {objective} most: {kind} {_signed(r)}"


def _signed(r: float | None) -> str:
    return "–" if r is None else f"{round(r, 2) + 0.0:+.2f}".replace("-", "−")


def correlations(data: Mapping[str, Any]) -> Figure:
    """The matrix, objective last; at most forty rows, those that go with the objective most."""
    names = list(data["names"])
    keep = list(range(len(names)))
    if len(names) > _MOST:
        kept = {name for name, _ in _strongest(data)[: _MOST - 1]}
        keep = [i for i in keep[:-1] if names[i] in kept] + [len(names) - 1]
    matrix = [[data["matrix"][i][j] for j in keep] for i in keep]
    names, n = [names[i] for i in keep], len(keep)
    trace: dict[str, Any] = {
        "type": "heatmap",
        "x": list(range(n)),
        "y": list(range(n)),
        "z": [rounded(row, 3) for row in matrix],
        "zmin": -1,
        "zmax": 1,
        "colorscale": DIVERGING,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "colorbar": colour_bar("correlation"),
        "hovertext": [
            [f"{plotted(a, 50)}<br>{plotted(b, 50)}<br>{_signed(r)}" for b, r in zip(names, row, strict=True)]
            for a, row in zip(names, matrix, strict=True)
        ],
        "hoverinfo": "text",
    }
    if n <= 12:
        trace["text"] = [["" if r is None else _signed(r).lstrip("+") for r in row] for row in matrix]
        trace["texttemplate"] = "%{text}"
        trace["textfont"] = {"size": 11}
    return figure(
        [trace],
        _caption(data, n),
        height=120 + max(26 if n <= 12 else 18, 220 // n) * n,
        margin={"l": 60, "r": 8, "t": 8, "b": 60},
        xaxis=axis(tickvals=list(range(n)), ticktext=ticks(names, 22), showgrid=False, tickangle=-45),
        yaxis=axis(tickvals=list(range(n)), ticktext=ticks(names, 22), showgrid=False, autorange="reversed"),
    ) | {"min_width": 200 + 44 * n if n <= 12 else 220 + 20 * n}


def _caption(data: Mapping[str, Any], shown: int) -> str:
    ranked = [f"{name} {_signed(r)}" for name, r in _strongest(data)[:3]]
    left = len(data["names"]) - shown
    words = "Linear correlations."
    if ranked:
        words += f" Strongest with {metric(data['names'][-1])}: {', '.join(ranked)}."
    return words + (f" {left} weaker ones are left out of the map." if left else "")

"""Figure: how the objective is distributed in each group, histograms over one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tunescape.reports.figures.style import ACCENT, INK, Figure, axis, figure, plotted, rounded
from tunescape.reports.words import brief_level, count, metric, number
from tunescape.study import Objective

_MOST = 12


def headline(data: Mapping[str, Any], objective: Objective) -> str:
    """Say which group has the best median and how it compares with the worst."""
    groups = [group for group in data["groups"] if group["n"]]
    if not groups:
        return f"No group of {data['parameter']} has a trial"
    ordered = sorted(groups, key=lambda g: objective.sign * g["mean"])
    best, worst = ordered[-1], ordered[0]
    return (
        f"{metric(objective.name).capitalize()} by {data['parameter']}: {brief_level(best['level'])} is best "
        f"on average ({number(best['mean'])}), {brief_level(worst['level'])} worst ({number(worst['mean'])})"
    )


def groups(data: Mapping[str, Any], objective: Objective) -> Figure:
    """One histogram a group; under each a line from quartile to quartile, a dot at the median."""
    shown = [group for group in data["groups"] if group["n"]][:_MOST]
    traces: list[dict] = []
    axes: dict[str, Any] = {}
    gap, each = 0.05, 1.0 / max(len(shown), 1)
    for i, group in enumerate(shown):
        top = 1.0 - i * each
        name = "" if i == 0 else str(i + 1)
        high = max(group["histogram"]["counts"], default=1) or 1
        axes[f"yaxis{name}"] = axis(
            domain=[max(top - each + gap, 0.0), top],
            range=[-0.24 * high, 1.05 * high],
            tickvals=[0.4 * high],
            ticktext=[f"{plotted(group['level'], 16)}<br>n = {count(group['n'])}"],
            showgrid=False,
            anchor="x",
            tickfont={"color": INK, "size": 12},
        )
        traces += _one(group, f"y{name}", high)
    return figure(
        traces,
        _caption(shown, objective),
        height=70 + 84 * max(len(shown), 1),
        bargap=0.06,
        margin={"l": 72, "r": 16, "t": 8, "b": 44},
        xaxis=axis(metric(objective.name), anchor="free", position=0),
        **axes,
    )


def _one(group: Mapping[str, Any], y: str, high: float) -> list[dict]:
    edges, counts = group["histogram"]["edges"], group["histogram"]["counts"]
    middle = [(a + b) / 2 for a, b in pairwise(edges)]
    q = group["quartiles"]
    words = (
        f"{plotted(group['level'], 40)}: median {plotted(number(q[2]))}, quartiles {plotted(number(q[1]))} "
        f"and {plotted(number(q[3]))}, mean {plotted(number(group['mean']))}<extra></extra>"
    )
    below = -0.14 * high
    return [
        {
            "type": "bar",
            "x": rounded(middle),
            "y": list(counts),
            "yaxis": y,
            "marker": {"color": ACCENT},
            "width": [b - a for a, b in pairwise(edges)],
            "hovertemplate": [
                f"{plotted(number(a))} to {plotted(number(b))}: {count(c)}<extra></extra>"
                for a, b, c in zip(edges, edges[1:], counts, strict=False)
            ],
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": rounded([q[1], q[3]]),
            "y": [below, below],
            "yaxis": y,
            "line": {"color": INK, "width": 3},
            "hovertemplate": words,
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": rounded([q[2]]),
            "y": [below],
            "yaxis": y,
            "marker": {"color": INK, "size": 10},
            "hovertemplate": words,
        },
    ]


def _caption(shown: Sequence[Mapping[str, Any]], objective: Objective) -> str:
    medians = ", ".join(f"{brief_level(g['level'])} {number(g['quartiles'][2])}" for g in shown)
    return (
        f"How often each {metric(objective.name)} occurred. The line runs from the lower to the upper "
        f"quartile, the dot is the median: {medians}."
    )

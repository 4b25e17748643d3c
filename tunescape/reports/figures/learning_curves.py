"""Figure: how the best, the median and the worst network learned, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.style import QUIET, Figure, axis, figure, plotted, rounded
from tunescape.reports.words import metric, number

Curves = Sequence[Mapping[str, Any]]
_COLOURS = {"best": "var(--series-1)", "median": "var(--series-2)", "worst": "var(--series-3)"}


def quantities(curves: Curves) -> dict[str, list[str]]:
    """Names that were measured, by quantity: loss -> [train_loss, validation_loss]."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for curve in curves for name in curve["values"]):
        for part in ("train_", "validation_", "test_"):
            if name.startswith(part):
                found.setdefault(name.removeprefix(part), []).append(name)
                break
        else:
            found.setdefault(name, []).append(name)
    return found


def headline(curves: Curves, objective: str) -> str:
    """Say where the best and the worst network ended."""
    ends = {}
    for curve in curves:
        values = [v for v in curve["values"].get(objective, ()) if v is not None and v == v]
        if values:
            ends[curve["label"]] = values[-1]
    if "best" in ends and "worst" in ends:
        return (
            f"The best network ends at {metric(objective)} {number(ends['best'])}, the worst at {number(ends['worst'])}"
        )
    return "Learning curves of the best, the median and the worst network"


def learning_curves(curves: Curves, quantity: str, measured: Sequence[str]) -> Figure:
    """All curves of one quantity: training dotted, validation solid; steps on a log axis."""
    traces = []
    for curve in curves:
        for name in measured:
            if name in curve["values"]:
                traces.append(_line(curve, name, dotted=name.startswith("train_") and len(measured) > 1))
    final = ", ".join(f"{curve['label']} trial {curve['number']}" for curve in curves)
    dotted = " Training is dotted, validation solid." if len(measured) > 1 else ""
    # steps may start at 0, which a log axis cannot show
    spread = [s for curve in curves for s in curve["steps"] if s > 0]
    log = bool(spread) and max(spread) / min(spread) > 30
    made = figure(
        traces,
        f"{metric(quantity).capitalize()} by step: {final}.{dotted}",
        height=300,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        margin={"l": 52, "r": 12, "t": 40, "b": 44},
        xaxis=axis("steps", type="log" if log else "linear", showgrid=False),
        yaxis=axis(_title(quantity, measured)),
    )
    return made | {"name": metric(quantity)}


def _title(quantity: str, measured: Sequence[str]) -> str:
    return metric(measured[0]) if len(measured) == 1 else metric(quantity)


def _line(curve: Mapping[str, Any], name: str, *, dotted: bool) -> dict:
    settings = "<br>".join(f"{plotted(k, 30)} = {plotted(v, 30)}" for k, v in list(curve["configuration"].items())[:12])
    label, colour = str(curve["label"]), _COLOURS.get(curve["label"], QUIET)
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(curve["steps"]) <= 20 else "lines",
        "x": list(curve["steps"]),
        "y": rounded(curve["values"][name]),
        "name": plotted(label),
        "legendgroup": label,
        "showlegend": not dotted,
        "line": {"color": colour, "width": 1.5 if dotted else 2.2, "dash": "dot" if dotted else "solid"},
        "marker": {"size": 4, "color": colour},
        "hovertemplate": f"{plotted(label)}, {plotted(metric(name))}: %{{y:.3g}} at step %{{x}}"
        f"<br>{settings}<extra></extra>",
    }

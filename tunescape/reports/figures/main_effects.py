"""Figure: how each hyperparameter moves the objective on average, one small plot each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.marks import round_marks
from tunescape.reports.figures.style import ACCENT, BAND, QUIET, Figure, axis, figure, is_wide, plotted, rounded, ticks
from tunescape.reports.words import brief_level, count, metric, number
from tunescape.study import Objective

Effect = Mapping[str, Any]


def headline(effects: Sequence[Effect], objective: Objective) -> str:
    """Say where the most important hyperparameter is best."""
    shown = [effect for effect in effects if effect["detectable"] and _known(effect)]
    if not shown:
        return f"No hyperparameter moves the mean {metric(objective.name)} detectably"
    at, best, _, _ = _ends(shown[0], objective)
    name = shown[0]["parameter"]
    return f"On average {name} is best at {_at(shown[0], at)}: mean {metric(objective.name)} {number(best)}"


def _known(effect: Effect) -> list[tuple[Any, float]]:
    return [(x, m) for x, m in zip(effect["x"], effect["mean"], strict=False) if m is not None]


def _ends(effect: Effect, objective: Objective) -> tuple[Any, float, Any, float]:
    """Best level and its mean, worst level and its mean."""
    ordered = sorted(_known(effect), key=lambda pair: objective.sign * pair[1])
    return (*ordered[-1], *ordered[0])


def caption(effect: Effect, objective: Objective) -> str:
    """One sentence: from where to where the mean goes."""
    if not _known(effect):
        return f"{effect['parameter']}: no level has a mean."
    at, best, bad, worst = _ends(effect, objective)
    name = effect["parameter"]
    if not effect["detectable"]:
        return f"{name}: no detectable effect (means {number(min(best, worst))} to {number(max(best, worst))})."
    return f"{name}: best at {_at(effect, at)} ({number(best)}), worst at {_at(effect, bad)} ({number(worst)})."


def value_axis(effects: Sequence[Effect], objective: Objective) -> dict[str, Any]:
    """The axis that all small plots share, so that they can be compared; logarithmic for losses that span decades."""
    ends = [v for e in effects for key in ("low", "high", "mean") for v in e[key] if v is not None]
    if not ends:
        return {}
    if is_wide(ends, objective.sign):
        low, high = min(ends) / 1.25, max(ends) * 1.25
        marks = round_marks(low, high, "log")
        return {
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "tickvals": marks,
            "ticktext": [number(v) for v in marks],
        }
    return {"range": _padded(ends), "nticks": 5}


def _padded(ends: Sequence[float]) -> list[float]:
    pad = 0.06 * (max(ends) - min(ends)) or 0.1
    return [min(ends) - pad, max(ends) + pad]


def main_effect(effect: Effect, objective: Objective, shared: Mapping[str, Any]) -> Figure:
    """The mean at each level with its 90 % interval; a line where levels have an order."""
    colour = ACCENT if effect["detectable"] else QUIET
    traces = _ordered(effect, colour) if effect["kind"] == "numeric" else _levels(effect, colour)
    made = figure(
        traces,
        caption(effect, objective),
        height=230,
        margin={"l": 44, "r": 12, "t": 8, "b": 36},
        xaxis=_x_axis(effect),
        yaxis=axis(**shared),
    )
    return made | {"name": str(effect["parameter"])}


def _hover(effect: Effect) -> list[str]:
    rows = zip(effect["x"], effect["mean"], effect["low"], effect["high"], effect["n"], strict=False)
    return [
        f"{plotted(effect['parameter'], 40)} = {plotted(x, 60)}<br>mean {plotted(number(m))} "
        f"({plotted(number(low))} to {plotted(number(high))})<br>n = {count(n)}<extra></extra>"
        for x, m, low, high, n in rows
    ]


def _ordered(effect: Effect, colour: str) -> list[dict]:
    """Line and band; both leave a gap where there is no mean."""
    x = effect["x"]
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": x}
    marker = {"size": 6 if len(x) <= 15 else 3, "color": colour}
    return [
        edge | {"y": rounded(effect["low"])},
        edge | {"y": rounded(effect["high"]), "fill": "tonexty", "fillcolor": BAND},
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": rounded(effect["mean"]),
            "marker": marker,
            "line": {"color": colour, "width": 2},
            "hovertemplate": _hover(effect),
        },
    ]


def _levels(effect: Effect, colour: str) -> list[dict]:
    """Points with error bars; joined by a thin line where the levels have an order."""
    mean = rounded(effect["mean"])
    up = [None if m is None or h is None else h - m for m, h in zip(effect["mean"], effect["high"], strict=True)]
    down = [None if m is None or w is None else m - w for m, w in zip(effect["mean"], effect["low"], strict=True)]
    return [
        {
            "type": "scatter",
            "mode": "lines+markers" if effect["kind"] == "ordinal" else "markers",
            "x": list(range(len(mean))),
            "y": mean,
            "marker": {"size": 8, "color": colour},
            "line": {"color": colour, "width": 1},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": rounded(up),
                "arrayminus": rounded(down),
                "color": colour,
                "thickness": 1.5,
                "width": 4,
            },
            "hovertemplate": _hover(effect),
        }
    ]


def _x_axis(effect: Effect) -> dict[str, Any]:
    x = effect["x"]
    if effect["kind"] != "numeric":
        return axis(tickvals=list(range(len(x))), ticktext=ticks(x, 14), range=[-0.5, len(x) - 0.5], showgrid=False)
    kind = "log" if effect["scale"] == "log" else "linear"
    marks = round_marks(min(x), max(x), kind) if _is_grid(effect) else x
    return axis(type=kind, tickvals=marks, ticktext=[_short(v) for v in marks], showgrid=False)


def _is_grid(effect: Effect) -> bool:
    """Whether the values are places along a curve rather than levels that were tried."""
    return effect["kind"] == "numeric" and len(effect["x"]) > 8


def _at(effect: Effect, value: Any) -> str:
    return f"about {value:.2g}" if _is_grid(effect) else brief_level(value)


def _short(value: Any) -> str:
    return plotted(f"{value:.2g}" if isinstance(value, float) else value, 10)

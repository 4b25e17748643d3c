"""Figure: at which levels learning breaks, as shares of trials no better than a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.style import INK, Figure, axis, figure, plotted
from tunescape.reports.words import brief_level, brief_share, count, number, percent

_MOST = 12


def headline(data: Mapping[str, Any]) -> str:
    """Say what breaks learning most."""
    drivers, breaks = data.get("drivers") or [], data.get("breaks") or []
    if drivers:
        first = drivers[0]
        return f"Learning breaks where {first['rule']}: {first['failed']} of {first['of']} trials fail"
    if breaks and breaks[0]["share"] and breaks[0]["share"] >= 0.5:
        first = breaks[0]
        at = f"{first['parameter']} = {brief_level(first['level'])}"
        return f"At {at}, {percent(first['share'])} of the trials learn nothing"
    rate, stuck = data.get("rate"), data.get("stuck") or 0
    if not rate and stuck:
        return f"{count(stuck)} {'trial learns' if stuck == 1 else 'trials learn'} nothing, at no one level"
    return "Nothing breaks learning" if not rate else f"{percent(rate)} of the trials fail, and nothing predicts which"


def breaks(data: Mapping[str, Any]) -> Figure:
    """Bars of the levels at which most trials end no better than a constant prediction."""
    rows: Sequence[Mapping[str, Any]] = data["breaks"][:_MOST]
    turned = list(reversed(rows))
    labels = [
        f"{plotted(r['parameter'], 22)} = {plotted(r['level'], 12)}  <b>{brief_share(r['share'])}</b>" for r in turned
    ]
    hover = [
        f"{plotted(r['parameter'])} = {plotted(r['level'])}<br>"
        f"{r['at_or_below_constant']} of {r['of']} trials<extra></extra>"
        for r in turned
    ]
    constant = data.get("constant_value")
    known = f" ({number(constant)})" if constant is not None else ""
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [round(100 * (r["share"] or 0), 2) for r in turned],
        "y": list(range(len(turned))),
        "marker": {"color": "var(--bad)"},
        "hovertemplate": hover,
    }
    return figure(
        [trace],
        f"Share of the trials at each level that end no better than the best constant prediction{known}.",
        height=64 + 26 * len(turned),
        bargap=0.35,
        margin={"l": 8, "r": 16, "t": 6, "b": 44},
        xaxis=axis("share of trials", nticks=5, tickangle=0, ticksuffix=" %", range=[0, 100]),
        yaxis=axis(
            tickvals=list(range(len(turned))),
            ticktext=labels,
            showgrid=False,
            tickfont={"color": INK, "size": 12},
            range=[-0.6, len(turned) - 0.4],
        ),
    )

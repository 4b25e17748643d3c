"""Figure: what mattered, as one bar cut to shares and as bars with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunescape.reports.figures.style import (
    ACCENT,
    FAINT,
    INK,
    PAPER,
    QUIET,
    SECOND,
    Figure,
    axis,
    figure,
    plotted,
)
from tunescape.reports.shares import Share
from tunescape.reports.words import brief_share, p_value, share_interval

_COLOURS = {"parameter": ACCENT, "pair": SECOND, "rest": FAINT}


def headline(rows: Sequence[Share]) -> str:
    """Say which hyperparameter matters most, and how much."""
    mains = [row for row in rows if row.kind == "parameter" and row.detectable]
    pairs = [row for row in rows if row.kind == "pair" and row.detectable]
    if mains:
        return f"{mains[0].label} matters most: {brief_share(mains[0].share)} of the variance"
    if pairs:
        share = brief_share(pairs[0].share)
        return f"No hyperparameter matters alone, but {pairs[0].label} do together: {share}"
    return "No hyperparameter has a detectable effect"


def _colour(row: Share) -> str:
    """The colour of its kind; pale where it is not detectable, or a sum of what is not listed."""
    return _COLOURS[row.kind] if row.detectable else FAINT


def _hover(row: Share) -> str:
    words = f"{plotted(row.label)}<br>{plotted(brief_share(row.share))} of the variance"
    if row.low is not None:
        span, p = share_interval(row.low, row.high), p_value(row.p_value)
        words += f"<br>90 % interval {plotted(span)}, p {plotted(p)}"
    return words + "<extra></extra>"


def strip(rows: Sequence[Share]) -> Figure:
    """All shares side by side in one bar that is 100 % long."""
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [round(100 * max(row.share, 0.0), 3)],
            "y": [""],
            "marker": {"color": _colour(row), "line": {"color": PAPER, "width": 2}},
            "text": [f"{plotted(row.label, 24)} {plotted(brief_share(row.share))}" if row.share >= 0.04 else ""],
            "textposition": "inside",
            "insidetextanchor": "middle",
            "textangle": 0,
            "textfont": {"color": "var(--on-accent)" if _colour(row) != FAINT else INK, "size": 12},
            "hovertemplate": _hover(row),
        }
        for row in rows
    ]
    named = [f"{row.label} {brief_share(row.share)}" for row in rows if row.share >= 0.02]
    words = ", ".join(named) + (", the rest less than 2 % each" if len(named) < len(rows) else "")
    return figure(
        traces,
        f"The whole variance of a single run: {words}.",
        height=74,
        barmode="stack",
        bargap=0.1,
        margin={"l": 12, "r": 20, "t": 4, "b": 26},
        uniformtext={"mode": "hide", "minsize": 11},
        xaxis=axis(
            range=[0, 100],
            tickvals=[0, 25, 50, 75, 100],
            showgrid=False,
            ticktext=["0 %", "25 %", "50 %", "75 %", "100 %"],
        ),
        yaxis=axis(visible=False),
    )


def bars(rows: Sequence[Share], null_share: float | None = None) -> Figure:
    """One bar for each share, with its 90 % interval where there is one.

    Args:
        rows: The shares, largest first.
        null_share: What chance alone reaches, drawn as a line.
    """
    turned = list(reversed(rows))  # Plotly counts upwards
    value = [round(100 * max(row.share, 0.0), 3) for row in turned]
    trace: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": value,
        "y": list(range(len(turned))),
        "marker": {"color": [_colour(row) for row in turned]},
        "hovertemplate": [_hover(row) for row in turned],
    }
    known = [(i, row) for i, row in enumerate(turned) if row.low is not None and row.high is not None]
    spans = {
        "type": "scatter",
        "mode": "markers",
        "x": [value[i] for i, _ in known],
        "y": [i for i, _ in known],
        "marker": {"size": 1, "color": INK},
        "hoverinfo": "skip",
        "error_x": {
            "type": "data",
            "symmetric": False,
            "color": INK,
            "thickness": 1.2,
            "width": 3,
            "array": [round(max(100 * (row.high or 0) - value[i], 0.0), 3) for i, row in known],
            "arrayminus": [round(max(value[i] - 100 * max(row.low or 0, 0.0), 0.0), 3) for i, row in known],
        },
    }
    shapes = []
    if null_share is not None:
        shapes.append(
            {
                "type": "line",
                "x0": 100 * null_share,
                "x1": 100 * null_share,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": QUIET, "width": 1, "dash": "dot"},
            }
        )
    labels = [f"{plotted(row.label, 26)}  <b>{plotted(brief_share(row.share))}</b>" for row in turned]
    return figure(
        [trace, spans],
        _caption(rows, null_share),
        height=60 + 26 * len(rows),
        bargap=0.35,
        shapes=shapes,
        margin={"l": 8, "r": 16, "t": 6, "b": 44},
        xaxis=axis("share of the variance (%)", rangemode="tozero", nticks=4, tickangle=0),
        yaxis=axis(
            tickvals=list(range(len(turned))),
            ticktext=labels,
            showgrid=False,
            tickfont={"color": INK, "size": 12},
            range=[-0.6, len(turned) - 0.4],
        ),
    )


def _caption(rows: Sequence[Share], null_share: float | None) -> str:
    found = sum(1 for row in rows if row.detectable)
    asked = sum(1 for row in rows if row.detectable is not None)
    words = (
        f"{found} of the {asked} effects shown with an interval are detectable (p ≤ 0.05, "
        "all tests counted); pale bars are not. Lines span 90 % intervals."
    )
    if null_share is not None:
        words += f" The dotted line is what chance alone reaches ({brief_share(null_share)})."
    return words

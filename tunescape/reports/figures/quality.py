"""Figure: how well classes of quality can be predicted, beside the majority and the ceiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.reports.figures.style import (
    ACCENT,
    BETTER,
    FAINT,
    INK,
    QUIET,
    SECOND,
    Figure,
    axis,
    figure,
    plotted,
    ticks,
)
from tunescape.reports.words import interval, number, percent

Rows = Sequence[Mapping[str, Any]]


def headline(rows: Rows) -> str:
    """Say how well the best model does, and against what."""
    whole = [row for row in rows if row["subset"] == "all"] or list(rows)
    best = max(whole, key=lambda row: row["accuracy"] or 0.0)
    majority = percent(best["majority"])
    if (best["low"] or 0.0) > (best["majority"] or 0.0):
        return f"Quality can be predicted: {percent(best['accuracy'])} right, the majority class {majority}"
    return f"Quality cannot be predicted better than by the majority class ({majority} right)"


def accuracies(rows: Rows, splits: int) -> Figure:
    """For each subset a dot a model, a tick at the majority class and a band up to the ceiling."""
    subsets = list(dict.fromkeys(str(row["subset"]) for row in rows))
    models = list(dict.fromkeys(str(row["model"]) for row in rows))
    at = {subset: len(subsets) - 1 - i for i, subset in enumerate(subsets)}
    first = [next(row for row in rows if row["subset"] == subset) for subset in subsets]
    traces: list[dict] = [_ceiling(first, at), _majority(first, at)]
    for i, model in enumerate(models):
        traces.append(_dots([row for row in rows if row["model"] == model], at, model, i, len(models)))
    over = f" over {splits} random splits" if splits else ""
    known = any(row["ceiling_low"] is not None for row in rows)
    band = " The grey band is the best that noise allows." if known else ""
    return figure(
        traces,
        f"Accuracy on held-out configurations; the lines span the spread{over}.{band}",
        height=110 + 52 * len(subsets),
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        margin={"l": 8, "r": 16, "t": 40, "b": 44},
        xaxis=axis("accuracy", range=[0, 1.02]),
        yaxis=axis(
            tickvals=list(at.values()),
            ticktext=ticks(at, 24),
            range=[-0.6, len(subsets) - 0.4],
            showgrid=False,
            tickfont={"color": INK, "size": 12},
        ),
    )


def _ceiling(first: Rows, at: Mapping[str, int]) -> dict:
    x: list[float | None] = []
    y: list[float | None] = []
    for row in first:
        if row["ceiling_low"] is not None:
            x += [row["ceiling_low"], row["ceiling_high"], None]
            y += [at[str(row["subset"])]] * 2 + [None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "name": "ceiling",
        "hovertemplate": "ceiling %{x:.2f}<extra></extra>",
        "line": {"color": FAINT, "width": 16},
        "visible": bool(x),
    }


def _majority(first: Rows, at: Mapping[str, int]) -> dict:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [row["majority"] for row in first],
        "y": [at[str(row["subset"])] for row in first],
        "name": "majority class",
        "marker": {"symbol": "line-ns", "size": 18, "line": {"color": QUIET, "width": 2}, "color": QUIET},
        "hovertemplate": "majority class %{x:.2f}<extra></extra>",
    }


def _dots(rows: Rows, at: Mapping[str, int], model: str, i: int, n: int) -> dict:
    shift = 0.16 * (i - (n - 1) / 2) * -2
    colour = (ACCENT, SECOND)[i % 2]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plotted(model),
        "x": [row["accuracy"] for row in rows],
        "y": [at[str(row["subset"])] + shift for row in rows],
        "marker": {"color": colour, "size": 9, "symbol": ("circle", "diamond")[i % 2]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "color": colour,
            "thickness": 1.5,
            "width": 0,
            "array": [_gap(row["high"], row["accuracy"]) for row in rows],
            "arrayminus": [_gap(row["accuracy"], row["low"]) for row in rows],
        },
        "hovertemplate": [
            f"{plotted(row['subset'])}, {plotted(model)}<br>accuracy {plotted(number(row['accuracy']))} "
            f"({plotted(interval(row['low'], row['high']))}), macro F1 {plotted(number(row['macro_f1']))}, "
            f"n = {row['n']}<extra></extra>"
            for row in rows
        ],
    }


def _gap(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else round(max(a - b, 0.0), 5)


def confusion(entry: Mapping[str, Any], labels: Sequence[str]) -> Figure:
    """One confusion matrix: rows are true, columns predicted, coloured by the share of the row."""
    labels = list(entry.get("labels") or labels)
    matrix = entry["matrix"]
    sums = [sum(row) or 1 for row in matrix]
    n = len(labels)
    trace = {
        "type": "heatmap",
        "x": list(range(n)),
        "y": list(range(n)),
        "z": [[round(v / s, 4) for v in row] for row, s in zip(matrix, sums, strict=True)],
        "zmin": 0,
        "zmax": 1,
        "colorscale": BETTER,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": [[f"{v:.0f}" for v in row] for row in matrix],
        "texttemplate": "%{text}",
        "hovertext": [
            [f"true {plotted(labels[i])}, predicted {plotted(labels[j])}: {v:.0f}" for j, v in enumerate(row)]
            for i, row in enumerate(matrix)
        ],
        "hoverinfo": "text",
    }
    short = ticks([str(label).split(" (")[0] for label in labels], 8)
    right = sum(matrix[i][i] for i in range(n))
    total = sum(map(sum, matrix)) or 1
    name = f"{entry['subset']}, {entry['model']}"
    made = figure(
        [trace],
        f"{percent(right / total)} on the diagonal",
        height=190,
        margin={"l": 8, "r": 8, "t": 4, "b": 28},
        xaxis=axis(
            tickvals=list(range(n)),
            ticktext=short,
            showgrid=False,
            tickangle=0,
            tickfont={"color": QUIET, "size": 10},
        ),
        yaxis=axis(tickvals=list(range(n)), ticktext=short, showgrid=False, autorange="reversed"),
    )
    return made | {
        "name": name,
        "alt": f"Confusion matrix, {name}: {percent(right / total)} on the diagonal.",
    }

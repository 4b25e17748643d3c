"""Figure: loss curves of any set of runs, labelled by the hyperparameters that differ between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.reports.figures.keys import Group, class_colour, entries, entry, group, legend_group, ramp
from tunescape.reports.figures.labels import (
    constants_said,
    differing,
    is_ordered,
    levels,
    plain,
    spelled,
    told_apart,
    written,
)
from tunescape.reports.figures.marks import round_marks
from tunescape.reports.figures.runs import (
    MOST_POINTS,
    Runs,
    gathered,
    geometric,
    loss_range,
    median,
    outside,
    thin,
)
from tunescape.reports.figures.style import INK, Figure, axis, figure, plotted, rounded
from tunescape.reports.words import count, counted, metric, number

MOST_LINES = 12
_MOST_PANELS = 8
_MOST_THIN = 8  # replicates that are drawn one by one; more become a band
_FEW_COLOURS = 6  # series colours that differ clearly; then come the same ones dashed


@dataclass(frozen=True)
class _Axes:
    """What all panels share."""

    low: float
    high: float
    log: bool
    log_steps: bool
    quantity: str
    unit: str
    reference: tuple[float, str] | None


def loss_curves(
    configurations: Sequence[Mapping[str, Any]],
    steps: Sequence[ArrayLike],
    losses: Sequence[ArrayLike],
    *,
    quantity: str = "training loss",
    unit: str = "epoch",
    reference: tuple[float, str] | None = None,
) -> Group:
    """Draw loss curves of any set of runs.

    Runs with equal configurations are replicates: thin lines of one colour (a band where there are
    more than eight) under their median. Where two or more hyperparameters differ and most of their
    combinations are there, each level of one of them has a panel. The vertical axis is logarithmic
    where losses span more than a decade.

    Args:
        configurations: One mapping of hyperparameters per run.
        steps: For each run where was measured, shape (n_points,).
        losses: For each run what was measured, shape (n_points,); NaN after divergence.
        quantity: What the losses are, for the axis.
        unit: What the steps are, for the axis.
        reference: A value and its words, drawn as a dashed line: ``(0.1111, "predicting 0")``.

    Raises:
        InputError: The three do not match.
    """
    runs = gathered(configurations, steps, losses)
    low, high, log = loss_range(runs, reference[0] if reference else None)
    axes = _Axes(low, high, log, geometric(runs), quantity, unit, reference)
    names = differing([r.configuration for r in runs])
    by = _panelled_by(runs, names)
    lines = [name for name in names if name != by]
    drawn = runs if by is not None or (len(names) == 1 and len(runs) <= MOST_LINES) else _chosen(runs)
    called = dict(zip(map(id, drawn), _called([r.configuration for r in drawn], lines), strict=True))
    key, styles = _lines(drawn, lines, called)
    look = {i: (label, *styles[label]) for i, label in called.items()}
    panels = []
    for value in levels([r.configuration for r in drawn], by) if by is not None else [None]:
        inside = [r for r in drawn if by is None or plain(r.configuration.get(by)) == value]
        panels.append(_panel(inside, look, axes, None if by is None else f"{by} = {written(value)}"))
    if reference is not None:
        words = f"{number(reference[0])}: {reference[1]}" if reference[1] else number(reference[0])
        key.append(entries("", [entry(words, INK, dash="dot")]))
    return group(
        panels,
        _caption(runs, drawn, axes, len(panels)),
        key=key,
        least=280 if len(panels) > 2 else 340,
        columns=1 if len(panels) == 1 else 2 if len(panels) in (2, 4) else 3,
    )


# -- which panel, which colour ------------------------------------------------------------------


def _panelled_by(runs: Sequence[Runs], names: Sequence[str]) -> str | None:
    """The hyperparameter with one panel per level, or None where one panel is enough or all that fits.

    Words before numbers (a line per number can be coloured in order), few levels before many.
    """
    if len(names) < 2 or len(runs) < 4:
        return None
    configurations = [r.configuration for r in runs]
    levels_of = {name: levels(configurations, name) for name in names}
    combinations = float(np.prod([len(found) for found in levels_of.values()]))
    if len(runs) < 0.7 * combinations:
        return None
    fit = [n for n in names if len(levels_of[n]) <= _MOST_PANELS and len(runs) / len(levels_of[n]) <= MOST_LINES]
    return min(fit, key=lambda n: (is_ordered(levels_of[n]), len(levels_of[n])), default=None)


def _chosen(runs: Sequence[Runs]) -> list[Runs]:
    """At most twelve configurations, evenly from the worst to the best: so the key stands as the lines end."""
    order = sorted(runs, key=lambda r: -r.final)
    if len(runs) <= MOST_LINES:
        return order
    return [order[k] for k in np.round(np.linspace(0, len(runs) - 1, MOST_LINES)).astype(int)]


Look = Mapping[int, tuple[str, str, str]]  # label, colour and dash of each configuration, by its id


def _lines(
    runs: Sequence[Runs], names: Sequence[str], called: Mapping[int, str]
) -> tuple[list[dict[str, Any]], dict[str, tuple[str, str]]]:
    """The key of the lines, and colour and dash of each label."""
    if not names:
        return [], {"": (class_colour(0), "solid")}
    configurations = [r.configuration for r in runs]
    title, ordered = "", False
    labels = list(dict.fromkeys(called.values()))
    if len(names) == 1:
        values = levels(configurations, names[0])
        title, labels = names[0], spelled(values)
        ordered = is_ordered([v for v in values if v is not None])
    shades = ramp(len(labels)) if ordered else [class_colour(i % _FEW_COLOURS) for i in range(len(labels))]
    dashes = ["solid" if ordered or i < _FEW_COLOURS else "dash" for i in range(len(labels))]
    colours = dict(zip(labels, zip(shades, dashes, strict=True), strict=True))
    lines = [entry(words, c, dash=d, group=legend_group(words)) for words, (c, d) in colours.items()]
    return [entries(title, lines)], colours


def _called(configurations: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """What lines are called: by the value alone where the key's title names the hyperparameter."""
    if not names:
        return [""] * len(configurations)
    if len(names) == 1:
        return spelled([c.get(names[0]) for c in configurations])
    return told_apart(configurations, names)


# -- one panel ----------------------------------------------------------------------------------


def _panel(runs: Sequence[Runs], look: Look, axes: _Axes, name: str | None) -> Figure:
    traces = [trace for r in runs for trace in _below(r, *look[id(r)], axes)]
    if axes.reference is not None:
        traces.append(_reference(runs, axes))
    traces += [_middle(r, *look[id(r)], axes) for r in runs]
    words = ", ".join(f"{look[id(r)][0] or 'all'} ends at {number(_shown(r.final))}" for r in runs)
    called = metric(axes.quantity).capitalize() + (f", {name}" if name else "")
    made = figure(
        traces,
        "",
        height=320 if name is None else 260,
        margin={"l": 56, "r": 12, "t": 8, "b": 44},
        xaxis=axis(axes.unit, type="log" if axes.log_steps else "linear", showgrid=False, nticks=6),
        yaxis=_y_axis(axes),
    )
    return made | {"name": name or "", "alt": f"{called}: {words}."}


def _shown(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _y_axis(axes: _Axes) -> dict[str, Any]:
    title = metric(axes.quantity)
    if not axes.log:
        return axis(title, range=rounded([axes.low, axes.high]), nticks=6)
    ends = [float(np.log10(axes.low)), float(np.log10(axes.high))]
    marks = round_marks(axes.low, axes.high, "log", 7)
    return axis(title, type="log", range=rounded(ends), tickvals=marks, ticktext=[f"{v:.3g}" for v in marks])


def _xy(x: NDArray[np.float64], y: NDArray[np.float64], log: bool) -> dict[str, Any]:
    x, y = thin(x, y)
    usable = np.isfinite(y) & ((y > 0) if log else True)
    return {"x": rounded(x.tolist(), 6), "y": rounded(np.where(usable, y, np.nan).tolist(), 4)}


def _below(runs: Runs, label: str, colour: str, dash: str, axes: _Axes) -> list[dict]:
    """The replicates: thin lines, or a band from the lower to the upper tenth where they are many."""
    n = len(runs.losses)
    if n < 2:
        return []
    quiet = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "legendgroup": legend_group(label)}
    steps, _, common = median(runs)
    if n <= _MOST_THIN or not common:
        line = {"color": colour, "width": 1, "dash": dash}
        every = zip(runs.steps, runs.losses, strict=True)
        return [quiet | _xy(x, y, axes.log) | {"line": line, "opacity": 0.4} for x, y in every]
    table = np.where(np.isfinite(runs.losses), runs.losses, np.nan)
    known = np.isfinite(table).any(axis=0)
    ends = np.full((2, len(steps)), np.nan)
    ends[:, known] = np.nanquantile(table[:, known], [0.1, 0.9], axis=0)
    edge = quiet | {"line": {"width": 0, "color": colour}}
    return [
        edge | _xy(steps, ends[0], axes.log),
        edge | _xy(steps, ends[1], axes.log) | {"fill": "tonexty", "opacity": 0.25},
    ]


def _middle(runs: Runs, label: str, colour: str, dash: str, axes: _Axes) -> dict:
    x, y, _ = median(runs)
    n = len(runs.losses)
    name = plotted(label, 120) or plotted(metric(axes.quantity))
    words = f"{name}<br>{plotted(axes.unit)} %{{x}}: %{{y:.3g}}" + (f"<br>median of {n} runs" if n > 1 else "")
    return {
        "type": "scatter",
        "mode": "lines" if len(x) > 1 else "markers",
        "name": name,
        "legendgroup": legend_group(label),
        "line": {"color": colour, "width": 2.4, "dash": dash},
        "marker": {"color": colour},
        "hovertemplate": f"{words}<extra></extra>",
    } | _xy(x, y, axes.log)


def _reference(runs: Sequence[Runs], axes: _Axes) -> dict:
    every = np.concatenate([s for r in runs for s in r.steps])
    every = every[every > 0] if axes.log_steps else every
    value, words = axes.reference or (0.0, "")
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [float(every.min()), float(every.max())] if len(every) else [],
        "y": [value, value] if len(every) else [],
        "line": {"color": INK, "width": 1.5, "dash": "dot"},
        "hovertemplate": f"{plotted(words)}: {number(value)}<extra></extra>",
    }


# -- the words under it -------------------------------------------------------------------------


def _caption(runs: Sequence[Runs], drawn: Sequence[Runs], axes: _Axes, panels: int) -> str:
    words = [f"{metric(axes.quantity).capitalize()} by {axes.unit}."]
    most = max(len(r.losses) for r in drawn)
    if most > 1:
        many = any(len(r.losses) > _MOST_THIN for r in drawn)
        thin_ones = "bands span the middle 80 % of the replicates" if many else "thin lines are replicates"
        words.append(f"Thick lines are medians, {thin_ones}.")
        if not all(median(r)[2] for r in drawn):
            words.append("Where replicates were measured at different steps, the middle one is thick.")
    words.append(constants_said([r.configuration for r in runs]))
    if len(drawn) < len(runs):
        words.append(f"{len(drawn)} of {count(len(runs))} configurations are drawn, evenly from best to worst.")
    if panels == 1 and len(differing([r.configuration for r in drawn])) > 1:
        words.append("Listed as they end, the highest loss first.")
    diverged = sum(r.diverged for r in drawn)
    if diverged:
        words.append(
            f"{counted(diverged, 'run')} diverged: {'its line ends' if diverged == 1 else 'their lines end'} there."
        )
    above, zero = outside(drawn, axes.low, axes.high, axes.log)
    if above:
        words.append(f"{counted(above, 'run')} {'rises' if above == 1 else 'rise'} above the picture.")
    if zero:
        words.append(f"Losses of zero in {counted(zero, 'run')} cannot be shown on a logarithmic axis.")
    if any(len(s) > MOST_POINTS for r in drawn for s in r.steps):
        words.append(f"{MOST_POINTS} points of each curve are drawn.")
    return " ".join(w for w in words if w)


def headline(configurations: Sequence[Mapping[str, Any]], losses: Sequence[ArrayLike], quantity: str) -> str:
    """Say which configuration ends lowest and which highest."""
    runs = gathered(configurations, losses, losses)
    names = differing([r.configuration for r in runs])
    ends = sorted(runs, key=lambda r: r.final)
    if not names or not np.isfinite(ends[0].final):
        return f"{metric(quantity).capitalize()}: {number(_shown(ends[0].final))} at the end"
    labels = dict(zip(map(id, runs), told_apart([r.configuration for r in runs], names), strict=True))
    best, worst = ends[0], ends[-1]
    lowest = f"{metric(quantity).capitalize()} ends lowest with {labels[id(best)]} ({number(best.final)})"
    if not np.isfinite(worst.final):
        return f"{lowest}; with {labels[id(worst)]} most runs diverge"
    return f"{lowest}, highest with {labels[id(worst)]} ({number(worst.final)})"


def history(steps: ArrayLike, series: Mapping[str, ArrayLike], *, unit: str = "epoch") -> Group:
    """Draw what was measured while one network was trained.

    Args:
        steps: Where was measured, shape (n_points,).
        series: By name, measurements of one quantity, shape (n_points,).
        unit: What the steps are, for the axis.
    """
    names = list(series)
    runs = [{"measured": metric(name)} for name in names]
    made = loss_curves(runs, [steps] * len(names), [series[n] for n in names], quantity="loss", unit=unit)
    for block in made["key"]:
        block["title"] = ""
    return made

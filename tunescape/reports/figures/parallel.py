"""Figure: all trials as lines over parallel axes, coloured by the objective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.reports.figures.marks import round_marks
from tunescape.reports.figures.style import Figure, colour_bar, plotted, shown
from tunescape.reports.figures.style import figure as make
from tunescape.reports.sample import ranked, thinned
from tunescape.reports.words import brief_level, count, metric
from tunescape.space import Categorical, Float, Integer, Ordinal, Parameter, to_unit
from tunescape.study import Study, TrialTable

MOST_LINES = 3000
MOST_AXES = 12


def headline(study: Study) -> str:
    """Say what the lines show."""
    return f"{count(len(study.trials))} trials at once: drag along an axis to keep some of them"


def parallel(study: Study, order: Sequence[str]) -> Figure | None:
    """Lines of at most 3000 trials over at most twelve axes and the objective.

    Args:
        study: The study.
        order: Hyperparameters, most important first.

    Returns:
        The figure, or None where no trial has a value.
    """
    table = study.table
    every = ranked(table)
    every = every[table.usable[every]]
    if not len(every):
        return None
    rows = table.rows(thinned(every, MOST_LINES)[::-1])  # the best are drawn last
    axes = [name for name in order if name in study.space.varying][:MOST_AXES]
    dimensions = [_dimension(rows, name, study.space.parameters[name]) for name in axes]
    objective, scale = _objective(rows)
    trace = {
        "type": "parcoords",
        "dimensions": [*dimensions, objective],
        "line": {
            "color": objective["values"],
            "colorscale": "var(--scale-lines)",
            "reversescale": study.objective.sign < 0,
            "cmin": scale[0],
            "cmax": scale[1],
            "showscale": False,
            "colorbar": colour_bar(metric(study.objective.name)),
        },
        "labelangle": 0,
        "labelside": "top",
        "labelfont": {"size": 13, "color": "var(--ink)"},
        "tickfont": {"size": 12, "color": "var(--ink)"},
        "rangefont": {"size": 1, "color": "rgba(0,0,0,0)"},
        "unselected": {"line": {"color": "var(--grid)", "opacity": 0.12}},
    }
    made = make(
        [trace],
        _caption(study, len(every), len(rows), len(order) - len(axes)),
        height=420,
        margin={"l": 70, "r": 70, "t": 44, "b": 20},
        paper_bgcolor="var(--paper)",
    )
    return made | {"min_width": 130 * (len(axes) + 1)}


def _dimension(rows: TrialTable, name: str, parameter: Parameter) -> dict[str, Any]:
    """One axis: positions of the unit cube, with ticks that say the real values."""
    unit = rows.unit[:, rows.names.index(name)]
    values, positions, is_levels = _ticks(parameter, rows, name)
    words, ends = [_brief(v) for v in values], [0.0, 1.0]
    if np.isnan(unit).any():
        unit = np.where(np.isnan(unit), -0.12, unit)
        ends[0] = -0.12
        positions, words = [-0.12, *positions], ["inactive", *words]
    if is_levels:
        unit, half = _spread(unit, positions)
        ends = [min(positions) - half, max(positions) + half]
    return {
        "label": plotted(name, 15),
        "values": [round(float(v), 4) for v in unit],
        "range": [round(end, 4) for end in ends],
        "tickvals": [round(p, 4) for p in positions],
        "ticktext": [shown(word, 14) for word in words],  # Plotly takes these as they are
    }


def _spread(unit: NDArray[np.float64], levels: Sequence[float]) -> tuple[NDArray[np.float64], float]:
    """Fan out the lines that meet at one level, later rows (the better ones) higher.

    Returns:
        The positions, shape (n,), and how far they reach to either side of a level.
    """
    gaps = np.diff(np.sort(levels))
    half = 0.25 * float(gaps.min()) if len(gaps) else 0.1
    out = unit.copy()
    for at in levels:
        here = np.flatnonzero(np.abs(unit - at) < 1e-6)
        out[here] = at + half * np.linspace(-1, 1, len(here)) if len(here) > 1 else at
    return out, half


def _ticks(parameter: Parameter, rows: TrialTable, name: str) -> tuple[list[Any], list[float], bool]:
    """Values with a tick, where they stand in the unit cube, and whether there are no others."""
    if isinstance(parameter, Ordinal | Categorical) and len(parameter.choices) > 20:
        values: list[Any] = list(parameter.choices[:: math.ceil(len(parameter.choices) / 20)])
        return values, to_unit(parameter, values).tolist(), False
    if isinstance(parameter, Ordinal | Categorical):
        return list(parameter.choices), to_unit(parameter, parameter.choices).tolist(), True
    assert isinstance(parameter, Float | Integer)
    known = sorted({c[name] for c in rows.configurations if name in c})
    few = len(known) <= 10 and len(rows) > 2 * len(known)
    values = known if few else _round_values(parameter)
    return values, to_unit(parameter, values).tolist(), few


def _round_values(parameter: Float | Integer) -> list[float]:
    """The ends of a numeric hyperparameter, and the round values that are not too near them."""
    low, high = float(parameter.low), float(parameter.high)
    inner = round_marks(low, high, parameter.scale)
    if isinstance(parameter, Integer):
        inner = [float(round(v)) for v in inner]
    place = to_unit(parameter, inner)
    return [low, *dict.fromkeys(v for v, at in zip(inner, place, strict=True) if 0.07 < at < 0.93), high]


def _brief(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1000 else brief_level(value)


def _objective(rows: TrialTable) -> tuple[dict[str, Any], tuple[float, float]]:
    """The last axis, and the range of colours: from the best to the worst twentieth."""
    values = rows.values
    low, high = float(values.min()), float(values.max())
    dimension: dict[str, Any] = {
        "label": plotted(metric(rows.objective.name), 22),
        "values": [float(f"{v:.5g}") for v in values],
        "range": [low, high if high > low else low + 1.0],
    }
    if rows.objective.sign > 0:
        low = float(np.quantile(values, 0.05))
    else:
        high = float(np.quantile(values, 0.95))
    return dimension, (low, high if high > low else low + 1.0)


def _caption(study: Study, usable: int, drawn: int, left: int) -> str:
    words = (
        f"Stronger lines are better in {metric(study.objective.name)}; "
        "lines that meet at one level are fanned out, the better ones higher."
    )
    if drawn < usable:
        words += f" {count(drawn)} of {count(usable)} trials are drawn, evenly taken from best to worst."
    if left > 0:
        words += f" {count(left)} less important hyperparameters have no axis."
    without = len(study.trials) - usable
    if without:
        words += f" {count(without)} trials without a value are not drawn."
    return words

"""Figure: the landscape of two hyperparameters, one network per pixel, with the loss of each under the pointer."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.reports.figures.style import QUIET, Figure, axis, colour_bar, figure, plotted
from tunescape.reports.landscape_colours import (
    PLAIN,
    Scale,
    axis_ticks,
    diverged_scale,
    learned_scale,
    log_marks,
)
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, Axis, Landscape

STOPS = 65
"""Colours by which a logarithmic scale is written on a linear one."""


def landscape(drawn: Landscape, lines: Sequence[str] = ()) -> Figure:
    """Draw a landscape.

    Args:
        drawn: Finished or not; networks that are not trained yet are left blank.
        lines: What it says, for the caption.

    Returns:
        A figure whose numbers are packed, so that a quarter of a million networks take three megabytes.
    """
    x, y = (_ends(axis) for axis in (drawn.x, drawn.y))
    cool, warm = learned_scale(drawn), diverged_scale(drawn)
    where = _said(drawn)
    neither = drawn.outcome == NOT_LEARNED
    losses = np.where(drawn.outcome == LEARNED, drawn.loss, np.nan)
    lasted = np.where(drawn.outcome == DIVERGED, drawn.lasted, np.nan)
    data = [
        _pixels(x, y, losses, cool, _warped(cool), f"{where}loss %{{z:.3g}}"),
        _pixels(x, y, lasted, warm, _warped(warm), f"{where}diverged, lasted %{{z:.3g}} steps"),
    ]
    if neither.any():
        grey = [[0.0, f"var({PLAIN})"], [1.0, f"var({PLAIN})"]]
        data.append(_pixels(x, y, np.where(neither, drawn.loss, np.nan), cool, grey, f"{where}loss %{{z:.3g}}"))
    bars = [(scale, code) for scale, code in ((cool, LEARNED), (warm, DIVERGED)) if (drawn.outcome == code).any()]
    data += [_bar(scale, i) for i, (scale, _) in enumerate(bars)]
    made = figure(
        data, _caption(drawn, lines), height=640, margin={"l": 64, "r": 110, "t": 12, "b": 52},
        xaxis=_axis(drawn.x), yaxis=_axis(drawn.y),
    )  # fmt: skip
    alt = f"One trained network per pixel: {drawn.x.name} to the right, {drawn.y.name} upwards."
    return made | {"aspect": 1.15, "max_width": 900, "alt": alt}


def _caption(drawn: Landscape, lines: Sequence[str]) -> str:
    grey = " Grey networks did neither." if (drawn.outcome == NOT_LEARNED).any() else ""
    return " ".join([*lines, f"Every pixel is one network of {drawn.n_steps:,} steps.{grey}"])


def _ends(axis: Axis) -> list[Any]:
    """Edges of the pixels of a continuous axis; the values of another as words."""
    if not axis.is_continuous:
        return [plotted(f"{value:g}") for value in axis.values.tolist()]
    low, high, n = axis.parameter.low, axis.parameter.high, len(axis.values)  # type: ignore[union-attr]
    written = axis.digits + 3
    ends = np.geomspace(low, high, n + 1) if axis.is_log else np.linspace(low, high, n + 1)
    return [float(f"{v:.{written}g}") for v in ends]


def _axis(one: Axis) -> dict[str, Any]:
    more: dict[str, Any] = {"showgrid": False, "ticks": "outside", "tickcolor": QUIET}
    if not one.is_continuous:
        every = -(-len(one.values) // 8)
        return axis(one.name, type="category", tickvals=_ends(one)[::every], **more)
    places = axis_ticks(one)
    low, high = one.parameter.low, one.parameter.high  # type: ignore[union-attr]
    if one.is_log:
        ends = [float(np.log10(low)), float(np.log10(high))]
        at = [float(low * (high / low) ** place) for place, _ in places]
        more |= {"type": "log"}
    else:
        ends, at = [low, high], [low + place * (high - low) for place, _ in places]
    words = [words for _, words in places]
    return axis(f"{one.name} (log scale)" if one.is_log else one.name, range=ends, tickvals=at, ticktext=words, **more)


def _said(drawn: Landscape) -> str:
    """The pointer's first line: both values."""
    parts = []
    for letter, one in (("x", drawn.x), ("y", drawn.y)):
        form = f":.{one.digits + 1}g" if one.is_continuous else ""
        parts.append(f"{plotted(one.name, 40)} %{{{letter}{form}}}")
    return "<br>".join(parts) + "<br>"


def _pixels(
    x: list[Any], y: list[Any], values: NDArray, scale: Scale, colours: list[Any], words: str
) -> dict[str, Any]:
    return {
        "type": "heatmap", "x": x, "y": y, "z": packed(values), "zmin": scale.low, "zmax": scale.high,
        "colorscale": colours, "showscale": False, "hoverongaps": False,
        "hovertemplate": f"{words}<extra></extra>",
    }  # fmt: skip


def packed(values: NDArray) -> dict[str, str]:
    """An array as Plotly reads it in a page: bytes in base64."""
    data = np.ascontiguousarray(values, dtype="<f4")
    shape = ", ".join(map(str, data.shape))
    return {"dtype": "f4", "bdata": base64.b64encode(data.tobytes()).decode(), "shape": shape}


def _warped(scale: Scale) -> list[Any]:
    """A logarithmic scale's colours at their places on a linear one."""
    places = np.linspace(0.0, 1.0, STOPS)
    values = scale.low * (scale.high / scale.low) ** places
    linear = (values - scale.low) / (scale.high - scale.low)
    return [[float(f"{at:.7g}"), _hex(colour)] for at, colour in zip(linear, scale.paint(places), strict=True)]


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(c):02x}" for c in colour)


def _bar(scale: Scale, i: int) -> dict[str, Any]:
    """An unseen point that carries a scale's colour bar."""
    marks = log_marks(scale.low, scale.high, 6)
    low, high = float(np.log10(scale.low)), float(np.log10(scale.high))
    places = np.linspace(0.0, 1.0, 13)
    bar = colour_bar("")
    bar["title"]["text"] = scale.title.replace(": ", ":<br>").replace("training ", "")  # two short lines suit a phone
    bar |= {
        "len": 0.48, "y": 1.0 - 0.52 * i, "yanchor": "top", "x": 1.01,
        "tickvals": [float(np.log10(v)) for v, _ in marks], "ticktext": [words for _, words in marks],
    }  # fmt: skip
    colours = [[float(at), _hex(colour)] for at, colour in zip(places, scale.paint(places), strict=True)]
    marker = {"color": [low], "cmin": low, "cmax": high, "colorscale": colours, "colorbar": bar, "showscale": True}
    return {
        "type": "scatter", "x": [None], "y": [None], "mode": "markers", "hoverinfo": "skip", "showlegend": False,
        "marker": marker,
    }  # fmt: skip

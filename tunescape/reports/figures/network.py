"""Figure: a schematic picture of a network, its layers as columns of circles."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.keys import Key, entries, entry
from tunescape.reports.figures.style import ACCENT, FAINT, INK, PAPER, QUIET, SECOND, Figure, figure, plotted, shown
from tunescape.reports.words import count, counted, number

MOST_UNITS = 12
MOST_EDGES = 2000
_GAP = 1.6  # room that an ellipsis takes, in units
_LONGEST_NAME = 16
_WIDTHS = (0.5, 1.2, 2.2, 3.6)
_OPACITIES = (0.25, 0.5, 0.75, 0.95)

Array = NDArray[np.float64]


def network(
    units: Sequence[int],
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    notes: Sequence[Sequence[str]] = (),
    weights: Sequence[ArrayLike] | None = None,
) -> Figure:
    """Draw a network.

    Args:
        units: How many units each layer has, inputs first and outputs last: ``[2, 16, 16, 1]``.
        inputs: Names of the inputs.
        outputs: Names of the outputs.
        notes: For each layer after the inputs what it does, a few words a line: ``[["relu", "layer
            norm", "dropout 0.1"], ["relu"], ["softmax"]]``.
        weights: For each layer after the inputs its weights, shape (n_in, n_out): lines are then
            coloured by sign and as thick as the weight is large. None draws all lines alike.

    Raises:
        InputError: There are fewer than two layers, or weights of another shape.
    """
    sizes, arrays = _checked(units, weights)
    kept = [_kept(i, sizes, arrays) for i in range(len(sizes))]
    places = [_places(len(k), k.size < n) for k, n in zip(kept, sizes, strict=True)]
    edges = _edges(kept, arrays)
    drawn, left = _strongest(edges)
    traces = _lines(drawn, places, arrays is not None)
    traces += [_circles(i, kept[i], places[i], sizes, inputs, outputs) for i in range(len(sizes))]
    marks = [_ellipsis(i, len(kept[i]), places[i]) for i in range(len(sizes)) if len(kept[i]) < sizes[i]]
    left_room, right_room = _room(inputs), _room(outputs)
    tall = max(p.max() - p.min() for p in places)
    made = figure(
        traces,
        _caption(sizes, notes, kept, left, len(drawn), arrays is not None),
        height=int(90 + 26 * (tall + 1) + 16 * (1 + max([len(n) for n in notes], default=0))),
        margin={"l": left_room, "r": right_room, "t": 8, "b": 8},
        annotations=marks + _words(sizes, notes, kept, places, inputs, outputs, tall),
        xaxis=_hidden([-0.55, len(sizes) - 0.45]),
        yaxis=_hidden([-tall / 2 - 0.8 - 0.62 * (1 + max([len(n) for n in notes], default=0)), tall / 2 + 0.8]),
    )
    return made | {
        "key": _key(arrays is not None),
        "min_width": 80 * len(sizes) + left_room + right_room,
        "max_width": 240 * len(sizes),
    }


def _checked(units: Sequence[int], weights: Sequence[ArrayLike] | None) -> tuple[list[int], list[Array] | None]:
    sizes = [int(n) for n in units]
    if len(sizes) < 2 or min(sizes) < 1:
        raise InputError(f"`units` must name at least an input and an output layer of one unit. Got {list(units)}.")
    if weights is None:
        return sizes, None
    arrays = [np.nan_to_num(np.asarray(w, dtype=float)) for w in weights]
    wanted = list(pairwise(sizes))
    if [a.shape for a in arrays] != wanted:
        raise InputError(f"`weights` must have the shapes {wanted}. Got {[a.shape for a in arrays]}.")
    return sizes, arrays


# -- what is drawn, and where -------------------------------------------------------------------


def _kept(i: int, sizes: Sequence[int], weights: list[Array] | None) -> NDArray[np.int64]:
    """Which units of a layer are drawn: of many the eleven that matter most, in their own order."""
    n = sizes[i]
    if n <= MOST_UNITS:
        return np.arange(n)
    most = MOST_UNITS - 1
    if weights is None:
        first = (most + 1) // 2
        return np.r_[np.arange(first), np.arange(n - (most - first), n)]
    size = np.zeros(n)
    if i > 0:
        size += np.abs(weights[i - 1]).sum(axis=0)
    if i < len(weights):
        size += np.abs(weights[i]).sum(axis=1)
    return np.sort(np.argsort(-size, kind="stable")[:most])


def _places(n: int, cut: bool) -> Array:
    """Heights of circles, top down, centred; a gap in the middle where units are left out."""
    down = np.arange(n, dtype=float)
    if cut:
        down[(n + 1) // 2 :] += _GAP - 1
    return (down[-1] - down[0]) / 2 - down


Edge = tuple[int, int, int, float]  # layer, place of the unit in it, place in the next, weight


def _edges(kept: Sequence[NDArray[np.int64]], weights: list[Array] | None) -> list[Edge]:
    return [
        (i, a, b, 1.0 if weights is None else float(weights[i][unit, other]))
        for i in range(len(kept) - 1)
        for a, unit in enumerate(kept[i])
        for b, other in enumerate(kept[i + 1])
    ]


def _strongest(edges: list[Edge]) -> tuple[list[Edge], int]:
    """At most two thousand lines, those of the largest weights, and how many are left out."""
    if len(edges) <= MOST_EDGES:
        return edges, 0
    order = np.argsort([-abs(e[3]) for e in edges], kind="stable")[:MOST_EDGES]
    if len({abs(e[3]) for e in edges}) == 1:  # all alike: evenly
        order = np.round(np.linspace(0, len(edges) - 1, MOST_EDGES)).astype(int)
    return [edges[i] for i in sorted(order)], len(edges) - MOST_EDGES


def _lines(edges: list[Edge], places: Sequence[Array], weighted: bool) -> list[dict[str, Any]]:
    """Lines, in one trace for each sign and each of four sizes."""
    largest = max((abs(e[3]) for e in edges), default=1.0) or 1.0
    classes: dict[tuple[bool, int], list[Edge]] = {}
    for e in edges:
        size = min(int(abs(e[3]) / largest * len(_WIDTHS)), len(_WIDTHS) - 1) if weighted else 0
        classes.setdefault((e[3] >= 0, size), []).append(e)
    traces = []
    for (positive, size), some in sorted(classes.items(), key=lambda item: item[0][1]):
        x: list[float | None] = []
        y: list[float | None] = []
        for i, a, b, _ in some:
            x += [i, i + 1, None]
            y += [round(float(places[i][a]), 3), round(float(places[i + 1][b]), 3), None]
        colour = (ACCENT if positive else SECOND) if weighted else FAINT
        line = {"color": colour, "width": _WIDTHS[size] if weighted else 1}
        trace: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}
        if weighted:
            trace |= {"opacity": _OPACITIES[size], "legendgroup": f"{'positive' if positive else 'negative'} weight"}
        traces.append(trace)
    return traces


def _circles(
    i: int, kept: NDArray[np.int64], places: Array, sizes: Sequence[int], inputs: Sequence[str], outputs: Sequence[str]
) -> dict[str, Any]:
    names = inputs if i == 0 else outputs if i == len(sizes) - 1 else ()
    words = [plotted(names[k], 60) if k < len(names) else f"unit {k + 1} of {sizes[i]}" for k in kept]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [i] * len(kept),
        "y": [round(float(v), 3) for v in places],
        "marker": {"size": 15, "color": PAPER, "line": {"color": INK, "width": 1.4}},
        "hovertemplate": [f"{w}<extra></extra>" for w in words],
    }


# -- words --------------------------------------------------------------------------------------


def _text(words: str, x: float, y: float, **more: Any) -> dict[str, Any]:
    base = {"text": words, "x": x, "y": round(y, 3), "showarrow": False, "font": {"size": 12, "color": QUIET}}
    return base | more


def _room(names: Sequence[str]) -> int:
    """Pixels that names need beside the outer circles, beyond what is free there anyhow."""
    longest = max((min(len(shown(name)), _LONGEST_NAME) for name in names), default=0)
    return max(8, 7 * longest - 16)


def _ellipsis(i: int, n: int, places: Array) -> dict[str, Any]:
    middle = (n + 1) // 2
    between = float(places[middle - 1] + places[middle]) / 2
    return _text("⋮", i, between, font={"size": 18, "color": INK})


def _title(i: int, sizes: Sequence[int]) -> str:
    n = sizes[i]
    if i == 0:
        return counted(n, "input")
    return counted(n, "output") if i == len(sizes) - 1 else counted(n, "unit")


def _words(
    sizes: Sequence[int],
    notes: Sequence[Sequence[str]],
    kept: Sequence[NDArray[np.int64]],
    places: Sequence[Array],
    inputs: Sequence[str],
    outputs: Sequence[str],
    tall: float,
) -> list[dict[str, Any]]:
    """Names of inputs and outputs beside their circles; under each layer its size and what it does."""
    said = []
    last = len(sizes) - 1
    for i, names, side, shift in ((0, inputs, "right", -12), (last, outputs, "left", 12)):
        for k, y in zip(kept[i], places[i], strict=True):
            if k < len(names):
                said.append(_text(plotted(names[k], _LONGEST_NAME), i, float(y), xanchor=side, xshift=shift))
    for i in range(last + 1):
        lines = [f"<b>{_title(i, sizes)}</b>"]
        lines += [plotted(note, 16) for note in (notes[i - 1] if 0 < i <= len(notes) else ())]
        below = {"yanchor": "top", "xanchor": "center", "font": {"size": 12, "color": INK}}
        said.append(_text("<br>".join(lines), i, -tall / 2 - 0.8, **below))
    return said


def _hidden(ends: list[float]) -> dict[str, Any]:
    return {"visible": False, "range": ends, "fixedrange": True}


def _key(weighted: bool) -> Key:
    if not weighted:
        return []
    return [
        entries(
            "",
            [
                entry("positive weight", ACCENT, group="positive weight"),
                entry("negative weight", SECOND, group="negative weight"),
            ],
        )
    ]


def _caption(
    sizes: Sequence[int],
    notes: Sequence[Sequence[str]],
    kept: Sequence[NDArray[np.int64]],
    left: int,
    drawn: int,
    weighted: bool,
) -> str:
    """The network in words, then what is not drawn."""
    said = [counted(sizes[0], "input")]
    for i in range(1, len(sizes)):
        does = f" ({', '.join(notes[i - 1])})" if i <= len(notes) and notes[i - 1] else ""
        said.append(f"{_title(i, sizes)}{does}")
    words = ", then ".join(said) + "."
    if weighted:
        words += " Thicker lines are larger weights."
    if any(len(k) < n for k, n in zip(kept, sizes, strict=True)):
        which = "those with the largest weights" if weighted else "the first and the last"
        words += f" At most {MOST_UNITS - 1} units of a large layer are drawn, {which}; ⋮ stands for the others."
    if left:
        words += f" {number(drawn)} lines are drawn, {count(left)} are left out."
    return words


def headline(units: Sequence[int]) -> str:
    """Say how large the network is; each unit after the inputs has a bias."""
    n = sum((a + 1) * b for a, b in pairwise(units))
    hidden = counted(len(units) - 2, "hidden layer")
    return f"The best network has {hidden} and {count(n)} weights and biases"

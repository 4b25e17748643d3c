"""Figure: what networks learned beside the truth, over the plane of two inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.data import points, thinned_rows
from tunescape.reports.figures.keys import Group, Key, entries, entry, group
from tunescape.reports.figures.labels import constants_said, differing, levels, told_apart
from tunescape.reports.figures.plane import (
    Array,
    ColourScale,
    class_key,
    colour_scale,
    extent,
    square_axes,
    symmetric,
    two_inputs,
)
from tunescape.reports.figures.regions import checked_grid, class_map, regions, value_map, wrong_map
from tunescape.reports.figures.style import Figure, figure, shown
from tunescape.reports.words import count, metric, number, percent

MOST_ESTIMATES = 24
_MOST_POINTS = 400
_PALE = "Colours are pale where the network is unsure."


@dataclass(frozen=True, eq=False)
class _Plane:
    """The grid and how it is coloured."""

    x: Array
    y: Array
    names: Sequence[str]
    target: str
    classes: Sequence[str]
    scale: ColourScale | None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid: second input, first input."""
        return len(self.y), len(self.x)


def estimate(
    x: ArrayLike,
    y: ArrayLike,
    values: ArrayLike,
    truth: ArrayLike | None = None,
    *,
    names: Sequence[str] = ("x1", "x2"),
    target: str = "y",
    classes: Sequence[str] = (),
    points: tuple[ArrayLike, ArrayLike] | None = None,
    label: str = "",
) -> Group:
    """Draw the truth, a network's estimate and their difference, side by side.

    Args:
        x: The grid's values of the first input, increasing, shape (n,).
        y: The grid's values of the second input, increasing, shape (m,).
        values: The estimate: values of shape (m, n), or with `classes` class numbers of shape (m, n),
            probabilities of the second of two classes of shape (m, n), or probabilities of all
            classes of shape (m, n, n_classes).
        truth: The true values or classes, like `values`; None where they are not known.
        names: Names of the two inputs.
        target: Name of what is estimated.
        classes: Names of the classes by number; empty for values.
        points: Training rows of shape (k, 2) and their targets, drawn over the estimate.
        label: How to call the network.

    Raises:
        InputError: An array does not have the grid's shape.
    """
    plane = _plane(x, y, [values], truth, names, target, classes)
    called = shown(label, 60) if label else "the network"
    figures = [] if truth is None else [_panel(plane, truth, "Truth", "truth", small=False)]
    drawn = _panel(plane, values, f"Estimate: {called}" if label else "Estimate", "estimate", small=False)
    caption = f"{names[0]} to the right, {names[1]} upwards."
    if _unsure(plane, values):
        caption += f" {_PALE}"
    if points is not None:
        dots, said = _points(points, plane)
        drawn["data"] += dots
        caption += f" {said}"
    figures.append(drawn)
    key = _key(plane)
    if truth is not None:
        last, more, words = _difference(plane, values, truth)
        figures.append(last)
        key += more
        caption = f"{words} {caption}"
    return group(figures, caption, key=key, least=260, columns=3 if len(figures) > 1 else 1)


def estimates(
    x: ArrayLike,
    y: ArrayLike,
    values: Sequence[ArrayLike],
    configurations: Sequence[Mapping[str, Any]],
    losses: Sequence[float | None] | None = None,
    truth: ArrayLike | None = None,
    *,
    names: Sequence[str] = ("x1", "x2"),
    target: str = "y",
    classes: Sequence[str] = (),
    quantity: str = "loss",
) -> Group:
    """Draw one small estimate per configuration, the truth first, all in the same colours.

    Args:
        x: As for `estimate`.
        y: As for `estimate`.
        values: For each configuration its estimate, as for `estimate`; at most 24 are drawn, evenly
            from the lowest to the highest loss.
        configurations: The hyperparameters of each; the panels are called by those that differ.
        losses: What stands in each panel's title, or None.
        truth: As for `estimate`.
        names: As for `estimate`.
        target: As for `estimate`.
        classes: As for `estimate`.
        quantity: What the losses are.

    Raises:
        InputError: The lists differ in length, or an array does not have the grid's shape.
    """
    ends = list(losses) if losses is not None else [None] * len(values)
    if not len(values) == len(configurations) == len(ends):
        raise InputError(
            "`values`, `configurations` and `losses` must have one entry per network. "
            f"Got {len(values)}, {len(configurations)} and {len(ends)}."
        )
    plane = _plane(x, y, values, truth, names, target, classes)
    labels = told_apart(configurations, differing(configurations))
    keep = _kept(ends)
    figures = [] if truth is None else [_panel(plane, truth, "Truth", "truth", small=True)]
    for i in keep:
        detail = "" if ends[i] is None else f"{metric(quantity)} {number(ends[i])}"
        figures.append(_panel(plane, values[i], labels[i] or "Estimate", "estimate", small=True, detail=detail))
    left = len(values) - len(keep)
    caption = [
        f"Each picture spans {_span(names[0], plane.x)} to the right and {_span(names[1], plane.y)} upwards.",
        constants_said(configurations),
        f"{len(keep)} of {count(len(values))} configurations are drawn, evenly from the lowest loss to the highest."
        if left
        else "",
    ]
    if any(_unsure(plane, values[i]) for i in keep):
        caption.insert(1, _PALE)
    columns, crossed = _columns([configurations[i] for i in keep], len(figures))
    return group(
        figures,
        " ".join(c for c in caption if c),
        key=_key(plane),
        least=150,
        columns=columns,
        lead=truth is not None and crossed,
    )


def headline(values: ArrayLike, truth: ArrayLike | None, classes: Sequence[str], label: str = "") -> str:
    """Say how far the estimate is from the truth."""
    called = label or "the network"
    grid = np.asarray(values, dtype=float)
    if truth is None:
        return f"What {called} learned"
    true = np.asarray(truth, dtype=float)
    if classes:
        n = len(classes)
        wrong = regions(grid, n).classes != regions(true, n).classes
        return f"{called} is right on {percent(1 - float(wrong.mean()))} of the plane"
    off = np.abs(grid - true)
    if not np.isfinite(off).any():
        return f"{called} has no finite estimate"
    mean = number(float(off[np.isfinite(off)].mean()))
    low, high = extent(true)
    span = f"{number(low)} to {number(high)}".replace("-", "−")
    return f"{called} is off by {mean} on average, where the truth spans {span}"


# -- panels -------------------------------------------------------------------------------------


def _plane(
    x: ArrayLike,
    y: ArrayLike,
    values: Sequence[ArrayLike],
    truth: ArrayLike | None,
    names: Sequence[str],
    target: str,
    classes: Sequence[str],
) -> _Plane:
    """The grid, checked; the colours' range is the truth's where it is known."""
    plane = _Plane(np.asarray(x, dtype=float), np.asarray(y, dtype=float), names, target, classes, None)
    for name, grid in [("values", v) for v in values] + ([("truth", truth)] if truth is not None else []):
        checked_grid(name, grid, plane.shape, len(classes))
    if classes:
        return plane
    return replace(plane, scale=colour_scale([truth] if truth is not None else values))


def _panel(plane: _Plane, values: ArrayLike, name: str, words: str, *, small: bool, detail: str = "") -> Figure:
    grid = np.asarray(values, dtype=float)
    if plane.scale is None:
        traces = class_map(plane.x, plane.y, regions(grid, len(plane.classes)), plane.classes)
    else:
        traces = [value_map(plane.x, plane.y, grid, plane.scale, words)]
    return _square(plane, traces, name, small=small, detail=detail)


def _square(plane: _Plane, traces: list[dict[str, Any]], name: str, *, small: bool, detail: str = "") -> Figure:
    made = figure(
        traces,
        "",
        height=190 if small else 320,
        **square_axes(plane.names, _edges(plane.x), _edges(plane.y), small),
    )
    over = f" of {plane.target} over {plane.names[0]} and {plane.names[1]}"
    alt = f"{name}{over}{f': {detail}' if detail else ''}"
    return made | {"name": name, "detail": detail, "alt": alt, "aspect": 1.0}


def _edges(values: Array) -> tuple[float, float]:
    """Where the outer cells of the grid end."""
    half = (values[-1] - values[0]) / (2 * max(len(values) - 1, 1)) or 0.5
    return float(f"{values[0] - half:.6g}"), float(f"{values[-1] + half:.6g}")


def _difference(plane: _Plane, values: ArrayLike, truth: ArrayLike) -> tuple[Figure, Key, str]:
    """The third panel, its key, and how large the difference is in words."""
    grid, true = np.asarray(values, dtype=float), np.asarray(truth, dtype=float)
    if plane.scale is None:
        n = len(plane.classes)
        wrong: NDArray[np.bool_] = regions(grid, n).classes != regions(true, n).classes
        drawn = _square(plane, [wrong_map(plane.x, plane.y, wrong)], "Difference: where it is wrong", small=False)
        words = f"{percent(float(wrong.mean()))} of the plane has the wrong class."
        return drawn, [entries("", [entry("wrong", "var(--bad)", mark="patch")])], words
    off = grid - true
    known = off[np.isfinite(off)]
    scale = symmetric(float(np.abs(known).max()) if known.size else 0.0)
    drawn = _square(
        plane,
        [value_map(plane.x, plane.y, off, scale, "estimate − truth")],
        "Difference: estimate − truth",
        small=False,
    )
    mean = number(float(np.abs(known).mean()) if known.size else None)
    words = f"The estimate is off by {mean} on average and by {number(scale.high)} at most."
    assert plane.scale is not None
    beyond = float(np.mean((grid < plane.scale.low) | (grid > plane.scale.high)))
    if beyond > 0.01:
        words += f" {percent(beyond)} of it lies beyond the truth's range and has the colours of its ends."
    return drawn, [scale.key("estimate − truth")], words


def _unsure(plane: _Plane, values: ArrayLike) -> bool:
    """Whether classes come with probabilities."""
    return bool(plane.classes) and regions(np.asarray(values, dtype=float), len(plane.classes)).confidence is not None


def _points(rows: tuple[ArrayLike, ArrayLike], plane: _Plane) -> tuple[list[dict[str, Any]], str]:
    inputs, targets = two_inputs("points", rows[0]), np.asarray(rows[1]).ravel()
    keep = thinned_rows(targets if plane.classes else None, len(inputs), _MOST_POINTS)
    dots = points(inputs[keep], targets[keep], plane.classes, plane.scale, "training", size=4)
    of = f"{count(len(keep))} of {count(len(inputs))}" if len(keep) < len(inputs) else count(len(inputs))
    return dots, f"Dots are training rows ({of} are drawn)."


def _key(plane: _Plane) -> Key:
    if plane.scale is not None:
        return [plane.scale.key(plane.target)]
    return [class_key(plane.classes, plane.target, "patch", pickable=False)]


def _span(name: str, values: Array) -> str:
    return f"{name} from {values[0]:.3g} to {values[-1]:.3g}".replace("-", "−")


# -- which, how many a row ----------------------------------------------------------------------


def _kept(losses: Sequence[float | None]) -> list[int]:
    """At most twenty-four, evenly from the lowest loss to the highest, in their own order."""
    n = len(losses)
    if n <= MOST_ESTIMATES:
        return list(range(n))
    order = np.argsort([np.inf if v is None or v != v else v for v in losses], kind="stable")
    return sorted({int(order[k]) for k in np.round(np.linspace(0, n - 1, MOST_ESTIMATES)).astype(int)})


def _columns(configurations: Sequence[Mapping[str, Any]], n_panels: int) -> tuple[int, bool]:
    """How many panels a row, and whether two hyperparameters were crossed.

    Crossed: one column per level of the second, the truth in a row of its own. Else as many as leave
    the fewest places empty.
    """
    names = differing(configurations)
    if len(names) == 2:
        first, last = (len(levels(configurations, name)) for name in names)
        if len(configurations) == first * last and 2 <= last <= 6 and first >= 2:
            return last, True
    if n_panels <= 4:
        return n_panels, False
    return min((4, 5, 3), key=lambda c: (-n_panels % c, c != 4)), False

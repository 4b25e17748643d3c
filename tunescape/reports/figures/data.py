"""Figure: the rows of a task with two inputs, coloured by their class or value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.keys import Key, class_colour, entries, entry, legend_group
from tunescape.reports.figures.plane import (
    Array,
    ColourScale,
    class_key,
    colour_scale,
    extent,
    square_axes,
    two_inputs,
)
from tunescape.reports.figures.style import PAPER, QUIET, Figure, figure, plotted, rounded
from tunescape.reports.words import count

MOST_ROWS = 3000
_LEAST_OF_A_CLASS = 30


def data(
    train: ArrayLike,
    train_targets: ArrayLike,
    *,
    validation: ArrayLike | None = None,
    validation_targets: ArrayLike | None = None,
    names: Sequence[str] = ("x1", "x2"),
    target: str = "y",
    classes: Sequence[str] = (),
    most: int = MOST_ROWS,
) -> Figure:
    """Draw the rows of a task with two inputs.

    Args:
        train: The training rows, shape (n, 2).
        train_targets: Their class numbers (where `classes` are given) or values, shape (n,).
        validation: The validation rows, drawn lighter and as rings, shape (m, 2).
        validation_targets: Theirs, shape (m,).
        names: Names of the two inputs.
        target: Name of what is to be learned.
        classes: Names of the classes by number; empty for values.
        most: How many training rows are drawn at most, and half as many validation rows; the caption
            says how many there are.

    Raises:
        InputError: The rows do not have two inputs, or a target is missing.
    """
    rows, targets = _checked("train", train, train_targets)
    parts = [("training", rows, targets, most)]
    if validation is not None:
        other, other_targets = _checked("validation", validation, validation_targets)
        parts.append(("validation", other, other_targets, max(most // 2, 1)))
    values = None if classes else colour_scale([t for _, _, t, _ in parts]).for_points()
    traces: list[dict[str, Any]] = []
    said: list[str] = []
    for part, inputs, wanted, limit in reversed(parts):  # training above
        keep = thinned_rows(wanted if classes else None, len(inputs), limit)
        said.insert(0, _rows_said(part, len(keep), len(inputs)))
        traces += points(inputs[keep], wanted[keep], classes, values, part, light=part != "training")
    every = np.concatenate([inputs for _, inputs, _, _ in parts])
    made = figure(
        traces,
        f"{target} by {names[0]} and {names[1]}: {' and '.join(said)}."
        + (" Validation rows are the pale rings." if len(parts) > 1 else ""),
        height=460,
        **square_axes(names, extent(every[:, 0], 0.03), extent(every[:, 1], 0.03), small=False),
    )
    return made | {"key": _key(values, classes, target, len(parts) > 1), "aspect": 1.0, "max_width": 560}


def headline(train_targets: ArrayLike, names: Sequence[str], target: str, classes: Sequence[str]) -> str:
    """Say what is to be learned: how large the classes are, or what the values span."""
    targets = np.asarray(train_targets).ravel()
    inputs = f"{names[0]} and {names[1]}"
    if classes:
        shares = np.bincount(targets.astype(int), minlength=len(classes)) / max(len(targets), 1)
        i = int(shares.argmax())
        return f"The data: {len(classes)} classes by {inputs}; {100 * shares[i]:.0f} % are {classes[i]}"
    low, high = extent(targets)
    return f"The data: {target} from {low:.3g} to {high:.3g} by {inputs}".replace("-", "−")


def _checked(name: str, inputs: ArrayLike, targets: ArrayLike | None) -> tuple[Array, NDArray[Any]]:
    rows = two_inputs(name, inputs)
    wanted = np.asarray(targets if targets is not None else ()).ravel()
    if len(wanted) != len(rows):
        raise InputError(f"`{name}_targets` must have one entry per row of `{name}`, {len(rows)}. Got {len(wanted)}.")
    return rows, wanted


def thinned_rows(labels: NDArray[Any] | None, n: int, most: int) -> NDArray[np.int64]:
    """Which rows are drawn, in an order that follows no pattern of the table.

    With classes each has its share of the places, at least thirty of its rows.
    """
    mixed = (np.arange(n, dtype=np.uint64) * np.uint64(2654435761)) % np.uint64(2**32)
    order = np.argsort(mixed, kind="stable").astype(np.int64)
    if n <= most:
        return order
    if labels is None:
        return order[:most]
    kept = []
    for one in np.unique(labels):
        mine = order[labels[order] == one]
        kept.append(mine[: max(_LEAST_OF_A_CLASS, int(most * len(mine) / n))])
    chosen = np.concatenate(kept)
    return chosen[np.argsort(mixed[chosen], kind="stable")]


def _rows_said(part: str, drawn: int, of: int) -> str:
    return f"{count(of)} {part} rows" if drawn == of else f"{count(drawn)} of {count(of)} {part} rows"


def points(
    inputs: Array,
    targets: NDArray[Any],
    classes: Sequence[str],
    values: ColourScale | None,
    part: str,
    *,
    light: bool = False,
    size: float | None = None,
) -> list[dict[str, Any]]:
    """Rows as dots: one trace a class, or one trace coloured by value."""
    size = size or (7 if len(inputs) <= 500 else 5 if len(inputs) <= 1500 else 4)
    base: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "opacity": 0.45 if light else 0.9,
    }
    symbol = "circle-open" if light else "circle"
    edge = {"width": 1} if light else {"width": 0.5, "color": PAPER}
    if values is not None:
        marker = {
            "color": rounded(targets.tolist(), 4),
            "colorscale": values.name,
            "cmin": values.low,
            "cmax": values.high,
            "size": size,
            "symbol": symbol,
            "line": edge | ({} if light else {"color": QUIET}),
        }
        words = f"{part} row<br>(%{{x}}, %{{y}}): %{{marker.color:.3g}}<extra></extra>"
        return [base | _place(inputs) | {"marker": marker, "hovertemplate": words, "name": part}]
    return [
        base
        | _place(inputs[targets == i])
        | {
            "marker": {"color": class_colour(i), "size": size, "symbol": symbol, "line": edge},
            "hovertemplate": f"{plotted(name)}, {part} row<br>(%{{x}}, %{{y}})<extra></extra>",
            "name": plotted(name, 120),
            "legendgroup": legend_group(name),
        }
        for i, name in enumerate(classes)
        if np.any(targets == i)
    ]


def _place(inputs: Array) -> dict[str, Any]:
    return {"x": rounded(inputs[:, 0].tolist(), 4), "y": rounded(inputs[:, 1].tolist(), 4)}


def _key(values: ColourScale | None, classes: Sequence[str], target: str, both: bool) -> Key:
    key = [values.key(target)] if values is not None else [class_key(classes, target, "dot")]
    if both:
        key.append(entries("", [entry("training", QUIET, mark="dot"), entry("validation", QUIET, mark="ring")]))
    return key

"""Heat maps over the plane of two inputs: values as colours, classes as regions that fade where unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunescape.errors import InputError
from tunescape.reports.figures.keys import class_colour
from tunescape.reports.figures.plane import Array, ColourScale
from tunescape.reports.figures.style import plotted, rounded

VEIL = "var(--scale-veil)"
WRONG = "var(--scale-wrong)"


@dataclass(frozen=True, eq=False)
class Regions:
    """The class at each point of a grid.

    Args:
        classes: Class numbers, shape (m, n), int64.
        confidence: From 0 (a guess) to 1 (sure), shape (m, n); None where not known.
    """

    classes: NDArray[np.int64]
    confidence: Array | None


def checked_grid(name: str, values: ArrayLike, shape: tuple[int, int], n_classes: int) -> Array:
    """Values on the grid as floats.

    Raises:
        InputError: They do not have the grid's shape; with classes, a last axis of probabilities may follow.
    """
    grid = np.asarray(values, dtype=float)
    ours = grid.shape == shape or (n_classes > 0 and grid.shape == (*shape, n_classes))
    if not ours:
        more = f" or {(*shape, n_classes)} (probabilities)" if n_classes else ""
        raise InputError(f"`{name}` must have the shape of the grid, {shape}{more}. Got {grid.shape}.")
    return grid


def regions(grid: Array, n_classes: int) -> Regions:
    """Classes from class numbers, from probabilities of the second of two, or from probabilities of all."""
    if grid.ndim == 2 and n_classes == 2 and not np.isin(grid, (0.0, 1.0)).all():
        grid = np.stack([1 - grid, grid], axis=-1)
    if grid.ndim == 2:
        return Regions(grid.astype(np.int64), None)
    share = np.nan_to_num(grid, nan=1 / n_classes)
    sure = (share.max(axis=-1) - 1 / n_classes) / (1 - 1 / n_classes)
    return Regions(share.argmax(axis=-1).astype(np.int64), np.clip(sure, 0, 1))


def value_map(x: Array, y: Array, grid: Array, scale: ColourScale, words: str) -> dict[str, Any]:
    """Values as colours."""
    return {
        "type": "heatmap",
        "x": rounded(x.tolist(), 4),
        "y": rounded(y.tolist(), 4),
        "z": _short(grid, scale.decimals),
        "zmin": scale.low,
        "zmax": scale.high,
        "colorscale": scale.name,
        "showscale": False,
        "zsmooth": "best",
        "hoverongaps": False,
        "hovertemplate": f"(%{{x}}, %{{y}})<br>{plotted(words)} %{{z}}<extra></extra>",
    }


def class_map(x: Array, y: Array, found: Regions, names: Sequence[str]) -> list[dict[str, Any]]:
    """Classes as regions, with a veil over them where they are unsure."""
    n = len(names)
    steps = [[(i + end) / n, class_colour(i)] for i in range(n) for end in (0, 1)]
    base: dict[str, Any] = {"type": "heatmap", "x": rounded(x.tolist(), 4), "y": rounded(y.tolist(), 4)}
    base |= {"showscale": False}
    hover = "(%{x}, %{y})<br>%{text}<extra></extra>" if len(x) * len(y) <= 400 else ""
    regions_map = base | {
        "z": found.classes.tolist(),
        "zmin": -0.5,
        "zmax": n - 0.5,
        "colorscale": steps,
        "opacity": 0.75,
        "hoverinfo": "skip",
    }
    if hover:
        regions_map |= {"text": [[plotted(names[i]) for i in row] for row in found.classes], "hovertemplate": hover}
    if found.confidence is None:
        return [regions_map]
    veil = base | {
        "z": _short(1 - found.confidence, 2),
        "zmin": 0,
        "zmax": 1,
        "colorscale": VEIL,
        "zsmooth": "best",
        "hoverinfo": "skip",
    }
    return [regions_map, veil]


def wrong_map(x: Array, y: Array, wrong: NDArray[np.bool_]) -> dict[str, Any]:
    """Where a class is not the true one."""
    return {
        "type": "heatmap",
        "x": rounded(x.tolist(), 4),
        "y": rounded(y.tolist(), 4),
        "z": wrong.astype(int).tolist(),
        "zmin": 0,
        "zmax": 1,
        "colorscale": WRONG,
        "showscale": False,
        "hoverinfo": "skip",
    }


def _short(grid: Array, decimals: int) -> list[list[float | None]]:
    """A grid with few decimals, to keep pages small; gaps where there is no number."""
    flat = np.round(grid, decimals) + 0.0
    return [[None if v != v else v for v in row] for row in np.where(np.isfinite(flat), flat, np.nan).tolist()]

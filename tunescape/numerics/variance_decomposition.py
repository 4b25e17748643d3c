"""Exact analysis of variance of a full grid: effects, sums of squares, degrees of freedom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Subset = tuple[int, ...]
"""Axes of a grid that an effect belongs to: (1,) a main effect, (0, 2) a two-way interaction."""


def subsets(n_axes: int, order: int = 2) -> tuple[Subset, ...]:
    """All non-empty sets of axes up to the given order, main effects first."""
    return tuple(s for k in range(1, min(order, n_axes) + 1) for s in combinations(range(n_axes), k))


def degrees_of_freedom(shape: Sequence[int], subset: Subset) -> int:
    """Degrees of freedom of one effect of a grid of the given shape."""
    return math.prod(shape[axis] - 1 for axis in subset)


def effects(grid: NDArray[np.float64], wanted: Sequence[Subset] | None = None) -> dict[Subset, NDArray[np.float64]]:
    """Split a grid of means into effects by inclusion-exclusion of its marginal means.

    The effect of a set of axes is its marginal mean less the effects of all smaller sets inside it
    and less the grand mean; effects are orthogonal, so their sums of squares add up.

    Args:
        grid: One number per cell, shape (L_1, …, L_K).
        wanted: Sets of axes, each after its own subsets; all main effects and pairs if None.

    Returns:
        For each set its effect, with length 1 on all other axes (it broadcasts over the grid).

    Source:
        R. A. Fisher, Statistical Methods for Research Workers (1925); Hooker (2007), eq. 2.2.
    """
    centred = grid - grid.mean()
    found: dict[Subset, NDArray[np.float64]] = {}
    for subset in subsets(grid.ndim) if wanted is None else wanted:
        others = tuple(axis for axis in range(grid.ndim) if axis not in subset)
        inner = (effect for inner, effect in found.items() if set(inner) < set(subset))
        found[subset] = centred.mean(axis=others, keepdims=True) - sum(inner, np.zeros(1))
    return found


def sums_of_squares(
    shape: Sequence[int], parts: Mapping[Subset, NDArray[np.float64]]
) -> dict[Subset, float]:
    """Sum over all cells of the squares of each effect."""
    cells = math.prod(shape)
    return {subset: float((effect**2).sum() * (cells / effect.size)) for subset, effect in parts.items()}

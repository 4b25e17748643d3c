"""Smooth or stepwise directions of one column of the unit cube; no measured value enters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.directions import independent

FEW_LEVELS = 6
"""A column with at most so many different values gets one direction less than values."""

ROUGHNESS = (1.0, 0.95, 0.4, 0.2, 0.1, 0.05)
"""Weight of the polynomial of each degree, from 1: how much of it is expected beforehand."""

RARE = 4
"""A choice that fewer points have gets no direction of its own."""


@dataclass(frozen=True)
class ColumnBasis:
    """Functions of one column that are orthonormal over the points they were made from.

    Args:
        knots: Values of the column, increasing: choices of a categorical, else the support of
            `positions`.
        positions: Where polynomials see each knot, in [0, 1]; empty for a categorical.
        degree: Highest degree of the polynomials; 0 for a categorical.
        centre: Mean of the raw directions over active points, shape (m,).
        turn: Turns centred raw directions into orthonormal ones, shape (m, d).
        weights: Expected relative size of each direction, shape (d,).
        activity: Share of active points, where activity is a direction of its own, else None.
        rare: Choices that have no direction of their own.
    """

    knots: NDArray[np.float64]
    positions: NDArray[np.float64]
    degree: int
    centre: NDArray[np.float64]
    turn: NDArray[np.float64]
    weights: NDArray[np.float64]
    activity: float | None = None
    rare: tuple[float, ...] = ()

    @property
    def n_directions(self) -> int:
        """Number of columns that `evaluate` returns."""
        return len(self.weights)


def column_basis(
    column: NDArray[np.float64], *, categorical: bool, degree: int, own_activity: bool = False
) -> ColumnBasis:
    """Choose directions for one column of the unit cube.

    Numbers get polynomials up to `degree` in the position in the cube, or, where the points are
    far from uniform, in the share of points below; few-valued columns get at most as many as tell
    all values apart; choices get one direction each but one.

    Args:
        column: Positions in [0, 1], NaN where inactive, shape (n,).
        categorical: Whether the values have no order.
        degree: Highest degree.
        own_activity: Add a direction for being active, for a column whose activity no other
            column explains.
    """
    active = column[~np.isnan(column)]
    knots, counts = np.unique(active, return_counts=True)
    if categorical:
        basis = ColumnBasis(knots[counts >= RARE], np.empty(0), 0, np.empty(0), np.empty((0, 0)), np.empty(0),
                            rare=tuple(knots[counts < RARE]))  # fmt: skip
        weights = np.ones(max(len(basis.knots), 0))
    else:
        positions = _positions(knots, counts)
        top = min(degree, len(knots) - 1)
        basis = ColumnBasis(knots, positions, top, np.empty(0), np.empty((0, 0)), np.empty(0))
        weights = np.array([ROUGHNESS[min(k, len(ROUGHNESS) - 1)] for k in range(top)])
    raw = _raw(basis, active)
    centre = raw.mean(axis=0) if len(raw) else np.zeros(raw.shape[1])
    turn, kept = _orthonormal(raw - centre)
    lonely = own_activity and 0 < len(active) < len(column)
    return ColumnBasis(
        basis.knots, basis.positions, basis.degree, centre, turn,
        np.append(weights[kept], 1.0) if lonely else weights[kept],
        len(active) / len(column) if lonely else None, basis.rare,
    )  # fmt: skip


def _positions(knots: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Position of each knot: the cube's own, evenly spaced levels, or the share of points below."""
    if len(knots) <= FEW_LEVELS:
        return (np.arange(len(knots)) + 0.5) / len(knots)
    below = (np.cumsum(counts) - counts / 2) / counts.sum()
    return knots if np.abs(below - knots).max() < 0.2 else below


def _orthonormal(raw: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Matrix that makes the columns of `raw` orthonormal, in order, and the columns that count."""
    kept = independent(raw)
    if not len(kept):
        return np.zeros((raw.shape[1], 0)), kept
    turn = np.zeros((raw.shape[1], len(kept)))
    triangle = np.linalg.qr(raw[:, kept], mode="r")
    turn[kept] = np.linalg.inv(triangle) * np.sqrt(len(raw))
    return turn, kept


def _raw(basis: ColumnBasis, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raw directions at values without NaN: indicators of choices, or Legendre polynomials."""
    if not basis.degree:
        return (values[:, None] == basis.knots).astype(float)
    where = np.interp(values, basis.knots, basis.positions)
    legendre = np.polynomial.legendre.legvander(2 * where - 1, basis.degree)
    return np.asarray(legendre[:, 1:], dtype=np.float64)


def evaluate(basis: ColumnBasis, column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value of every direction at points of the column.

    Args:
        basis: The directions.
        column: Positions in [0, 1], NaN where inactive, shape (n,).

    Returns:
        Shape (n, d); 0 where inactive (but for the direction of being active), and for rare choices.
    """
    active = ~np.isnan(column)
    result = np.zeros((len(column), basis.n_directions))
    raw = _raw(basis, column[active]) - basis.centre
    if basis.rare:
        raw[np.isin(column[active], basis.rare)] = 0.0
    result[active, : basis.turn.shape[1]] = raw @ basis.turn
    if basis.activity is not None:
        result[:, -1] = (active - basis.activity) / np.sqrt(basis.activity * (1 - basis.activity))
    return result

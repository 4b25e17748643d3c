"""Orthonormal directions of a block of columns after others are accounted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEGLIGIBLE = 1e-6
"""A column of which less than this is left, per row, counts as explained by others."""


def independent(block: NDArray[np.float64]) -> NDArray[np.intp]:
    """Columns of a block that are not combinations of those before them.

    Args:
        block: Columns of typical size 1, shape (n, m).

    Returns:
        Their positions, increasing.
    """
    n, m = block.shape
    if m <= n and (np.abs(np.diag(np.linalg.qr(block, mode="r"))) > NEGLIGIBLE * np.sqrt(n)).all():
        return np.arange(m)
    kept: list[int] = []
    basis = np.zeros((n, min(n, m)))
    for j in range(m):
        known = basis[:, : len(kept)]
        rest = block[:, j] - known @ (known.T @ block[:, j])
        rest -= known @ (known.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > NEGLIGIBLE * np.sqrt(n) and len(kept) < n:
            basis[:, len(kept)] = rest / length
            kept.append(j)
    return np.array(kept, dtype=np.intp)


def orthonormal(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal basis of the columns of a block, in their order, shape (n, rank)."""
    return np.linalg.qr(block[:, independent(block)])[0]


@dataclass(frozen=True)
class Partial:
    """A block of columns after nuisance columns have been taken out.

    Args:
        nuisance: Orthonormal columns that were taken out, shape (n, q).
        directions: Orthonormal columns of what is left, shape (n, d).
        kept: Columns of the block that are left, shape (d,).
        centre: Mean of the kept columns of the block itself, shape (d,).
        columns: The kept columns less `centre`, shape (n, d).
        solve: Turns ``directions.T @ y`` into the coefficients of the kept columns, shape (d, d).
        weights: Expected relative size of each direction, shape (d,).
    """

    nuisance: NDArray[np.float64]
    directions: NDArray[np.float64]
    kept: NDArray[np.intp]
    centre: NDArray[np.float64]
    columns: NDArray[np.float64]
    solve: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def form(self) -> NDArray[np.float64]:
        """``t @ form @ t`` is the sum of squares of the fitted block, t = ``directions.T @ y``."""
        return self.solve.T @ (self.columns.T @ self.columns) @ self.solve


def partial(
    block: NDArray[np.float64], nuisance: NDArray[np.float64], weights: NDArray[np.float64]
) -> Partial:
    """Take nuisance columns out of a block.

    Args:
        block: Shape (n, m).
        nuisance: Orthonormal, the constant among them, shape (n, q).
        weights: Shape (m,).
    """
    left = block - nuisance @ (nuisance.T @ block)
    kept = independent(left)
    directions, triangle = np.linalg.qr(left[:, kept])
    centre = block[:, kept].mean(axis=0)
    return Partial(nuisance, directions, kept, centre, block[:, kept] - centre, np.linalg.inv(triangle), weights[kept])

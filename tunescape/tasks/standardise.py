"""Columns on a common scale: mean 0 and standard deviation 1 over the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Mean and standard deviation of each column of the training rows.

    Args:
        mean: Shape (d,).
        sd: Shape (d,), 1 where the column is constant.
        constant: Which columns have one value only, shape (d,), bool.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    constant: NDArray[np.bool_]

    def apply(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standardise columns of shape (n, d); a column that was constant in training becomes 0."""
        return np.where(self.constant, 0.0, (columns - self.mean) / self.sd)


def fit_standardiser(columns: NDArray[np.float64]) -> Standardiser:
    """Measure mean and standard deviation (of the rows as a population) of each column.

    Args:
        columns: The training rows only, shape (n, d), finite.
    """
    constant = columns.max(axis=0) == columns.min(axis=0)
    mean, sd = columns.mean(axis=0), columns.std(axis=0)
    constant |= sd == 0  # values that differ by less than their square can show
    return Standardiser(mean, np.where(constant, 1.0, sd), constant)

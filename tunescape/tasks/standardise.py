"""Columns on a common scale: mean and standard deviation of the training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mean_and_sd(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure mean and standard deviation (of the rows as a population) of each column.

    Args:
        columns: The training rows only, shape (n, d), finite.

    Returns:
        Mean and standard deviation, each of shape (d,). The latter is infinite where all values are
        the same, or differ by less than their square can show, so that (x - mean) / sd is 0 there.
    """
    mean, sd = columns.mean(axis=0), columns.std(axis=0)
    same = (columns.max(axis=0) == columns.min(axis=0)) | (sd == 0)
    return mean, np.where(same, np.inf, sd)

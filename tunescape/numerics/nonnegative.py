"""The nearest non-negative numbers with a given sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def keep_sum(values: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace unbiased estimates of non-negative numbers by non-negative ones of the same sum.

    What clipping negative estimates at 0 would add is taken from the positive ones, from the least
    certain most; so luck does not add up where many small numbers are estimated. All are 0 where the
    sum is not positive.

    Args:
        values: Unbiased estimates, shape (n,).
        spread: Their variances where the truth is 0, shape (n,).

    Returns:
        Minimiser of sum (x - values)^2 / spread over x >= 0 with sum x = max(sum values, 0).
    """
    total = float(values.sum())
    if len(values) == 0 or total <= 0.0:
        return np.zeros(len(values))
    if (values >= 0).all():
        return values.copy()
    weight = np.maximum(spread, 1e-12 * max(float(spread.max()), 1e-300))
    order = np.argsort(-values / weight)
    tau = (np.cumsum(values[order]) - total) / np.cumsum(weight[order])
    last = int(np.flatnonzero(values[order] - tau * weight[order] > 0)[-1])
    return np.maximum(values - tau[last] * weight, 0.0)

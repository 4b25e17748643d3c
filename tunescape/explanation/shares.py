"""From unbiased estimates, some of them negative, to shares that a reader can add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.variance_analysis import LEVEL, Effect
from tunescape.numerics.nonnegative import keep_sum
from tunescape.numerics.variance_shares import Share


def effects_of(
    parameters: Sequence[tuple[str, ...]],
    estimates: Sequence[Share],
    null_variances: NDArray[np.float64],
    p_values: NDArray[np.float64],
    noise: float,
) -> list[Effect]:
    """Make estimates non-negative, and their sum no larger than what noise leaves.

    What is detectable keeps its estimate. Of the rest, what clipping negative estimates would add
    is taken from the positive ones, for single hyperparameters and for pairs apart, so that luck
    does not add up. Only where the sum is still too large are all shares scaled down.

    Args:
        parameters: Names of each effect.
        estimates: Its share, without bias, and interval.
        null_variances: Variance of each share where the truth is 0.
        p_values: Family-wise p-value of each.
        noise: Share of noise; 0 where unknown.
    """
    values = np.array([estimate.value for estimate in estimates])
    orders = np.array([len(names) for names in parameters])
    shares = np.maximum(values, 0.0)
    for order in (1, 2):
        quiet = (orders == order) & (p_values > LEVEL)
        shares[quiet] = keep_sum(values[quiet], null_variances[quiet])
    room, total = max(1.0 - noise, 0.0), float(shares.sum())
    if total > room:
        shares *= room / total
    return [
        _bounded(names, share, estimate, p)
        for names, share, estimate, p in zip(parameters, shares.tolist(), estimates, p_values.tolist())
    ]


def _bounded(parameters: tuple[str, ...], share: float, estimate: Share, p_value: float) -> Effect:
    """An effect whose interval lies in [0, 1] and holds its share."""
    low, high = min(max(estimate.low, 0.0), share), min(max(estimate.high, share), 1.0)
    return Effect(parameters, share, low, high, p_value)

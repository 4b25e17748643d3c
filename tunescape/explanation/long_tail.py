"""Losses that span decades are explained by their logarithms, lest a few bad runs be all of the variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tunescape.study import TrialTable

DECADES = 2.5
"""A positive objective to minimise that spans more powers of ten is analysed by its logarithm."""

LONG_TAIL = 3.0
"""So is one of more skewness than this, where the logarithm halves it."""


def logarithms_where_long_tailed(table: TrialTable) -> tuple[NDArray[np.float64], str | None]:
    """The objective, or its logarithm where it is a loss that spans decades or has a long upper tail.

    Returns:
        Values of shape (n_trials,), and ``"log10"`` or None.
    """
    values = table.values
    if not len(values) or table.objective.sign > 0 or values.min() <= 0:
        return values, None
    logarithms = np.log10(values)
    spans = np.ptp(logarithms) > DECADES
    tail = _skewness(values)
    if spans or (tail > LONG_TAIL and abs(_skewness(logarithms)) < tail / 2):
        return logarithms, "log10"
    return values, None


def on_explained_scale(table: TrialTable) -> tuple[TrialTable, str | None]:
    """The table with the values that are explained, and ``"log10"`` where these are logarithms."""
    values, transform = logarithms_where_long_tailed(table)
    return (replace(table, values=values), transform) if transform else (table, None)


def _skewness(values: NDArray[np.float64]) -> float:
    """Third standardised moment; 2 for an exponential distribution, 0 for a symmetric one."""
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean(centred**3)) / spread**3 if spread > 0 else 0.0

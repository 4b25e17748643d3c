"""P-values that hold for a whole family of tests: Holm, and step-down by the joint null."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that any false alarm in the family has at most the stated probability.

    Valid under every dependence between the tests.

    Args:
        p_values: One per test, shape (n,).

    Returns:
        Adjusted p-values in the same order, at most 1.

    Source:
        S. Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)) if len(p) else p
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def step_down(observed: NDArray[np.float64], null: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust by the joint distribution of the statistics where there is no effect.

    The largest statistic is compared with the largest of each null draw, the next with the largest
    of the rest, and so on; the observed data count as one draw, so no p-value is below 1/(B + 1).

    Args:
        observed: One statistic per test, larger is more surprising, comparable with one another,
            shape (n,).
        null: The same statistics in B draws without effect, shape (B, n).

    Source:
        P. H. Westfall, S. S. Young (1993), Resampling-based multiple testing, algorithm 4.1.
    """
    order = np.argsort(-observed, kind="stable")
    largest_of_rest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]
    reached = (largest_of_rest >= observed[order] - 1e-12).sum(axis=0)
    stepped = np.maximum.accumulate((1.0 + reached) / (1.0 + len(null)))
    adjusted = np.empty(len(observed))
    adjusted[order] = stepped
    return adjusted

"""Which trials are drawn and listed where there are too many for a page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunescape.study import TrialTable


def ranked(table: TrialTable) -> NDArray[np.int64]:
    """Positions of all trials, best objective first, those without one last.

    Ties are put in a fixed order that follows no pattern of the design, so that taking every k-th
    of them does not pick the same level of a factorial each time.
    """
    worse = np.where(table.usable, -table.objective.sign * table.values, np.inf)
    mixed = (table.numbers.astype(np.uint64) * np.uint64(2654435761)) % np.uint64(2**32)
    return np.lexsort((mixed, worse)).astype(np.int64)


def thinned(positions: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the positions, evenly spaced, the first among them."""
    n = len(positions)
    if n <= most:
        return positions
    return positions[np.arange(most) * n // most]


def listed(table: TrialTable, most: int) -> NDArray[np.int64]:
    """Positions of the trials that are listed, in the study's order.

    All where there are no more than `most`; else the better half of `most` from the top of the
    ranking and every k-th of the others.
    """
    order = ranked(table)
    if len(order) > most:
        order = np.concatenate([order[: most // 2], thinned(order[most // 2 :], most - most // 2)])
    return np.sort(order)

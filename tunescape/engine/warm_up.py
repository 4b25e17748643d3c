"""Compile the kernels, or load them from the cache, before they are needed."""

from __future__ import annotations

import time

import numpy as np

from tunescape.engine.network import Data, Network
from tunescape.engine.population import train


def warm_up(dtype: str = "float32", *, wide: bool = False) -> float:
    """Make the kernels of one precision ready by training a network of two inputs for one step in each regime.

    Args:
        dtype: ``"float32"`` or ``"float64"``.
        wide: Whether networks are to come that are trained one per core (`is_wide`).

    Returns:
        Seconds that it took.
    """
    started = time.perf_counter()
    data = Data(np.eye(2), np.arange(2), np.eye(2), np.arange(2))
    for regime in ("lanes", "single") if wide else ("lanes",):
        train(Network((2, 2, 2)), data, seeds=[0], n_steps=1, dtype=dtype, n_threads=1, regime=regime)
    return time.perf_counter() - started

"""Starting weights: uniform and normal, Glorot and He, drawn per network from its seed alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.random_numbers import WEIGHTS, uniform

INITIALISERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "uniform", "normal")
"""Names of the initialisers; biases start at zero."""


def spread(initialiser: str, fan_in: int, fan_out: int) -> float:
    """Standard deviation of the weights of one layer, before the scale.

    Glorot & Bengio 2010 (eq. 12): variance 2 / (fan_in + fan_out); He et al. 2015 (eq. 10):
    2 / fan_in; ``uniform`` is U(-0.05, 0.05) and ``normal`` N(0, 0.05^2), as in Keras.
    """
    if initialiser.startswith("glorot"):
        return math.sqrt(2.0 / (fan_in + fan_out))
    if initialiser.startswith("he"):
        return math.sqrt(2.0 / fan_in)
    return 0.05 / math.sqrt(3.0) if initialiser == "uniform" else 0.05


def layer_weights(
    initialiser: str, seeds: NDArray[np.int64], layer: int, fan_in: int, fan_out: int, scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Draw the starting weights of one layer for some networks.

    Args:
        initialiser: One of `INITIALISERS`.
        seeds: One per network, shape (n_networks,).
        layer: Number of the layer, from 0.
        fan_in: Inputs of the layer.
        fan_out: Outputs of the layer.
        scale: Factor on the standard deviation, shape (n_networks,).

    Returns:
        Shape (n_networks, fan_in, fan_out), float64.
    """
    n = fan_in * fan_out
    if initialiser.endswith("uniform"):
        standard = (2.0 * uniform(seeds, WEIGHTS, layer, n) - 1.0) * math.sqrt(3.0)
    else:  # Box & Muller 1958
        u = uniform(seeds, WEIGHTS, layer, 2 * n)
        standard = np.sqrt(-2.0 * np.log1p(-u[:, :n])) * np.cos(2.0 * math.pi * u[:, n:])
    sd = spread(initialiser, fan_in, fan_out)
    return (standard * sd * scale[:, None]).reshape(len(seeds), fan_in, fan_out)

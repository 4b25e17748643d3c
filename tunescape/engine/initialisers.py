"""Starting weights and biases: uniform and normal, Glorot, He and LeCun, drawn per network from its seed alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.random_numbers import BIASES, WEIGHTS, uniform

INITIALISERS = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "uniform",
    "normal", "sklearn_uniform", "torch_uniform",
)  # fmt: skip
"""Names of the initialisers; normal distributions are not truncated."""


def spread(initialiser: str, fan_in: int, fan_out: int, activation: str = "relu") -> float:
    """Standard deviation of the weights of one layer, before the scale.

    Glorot & Bengio 2010 (eq. 12): variance 2 / (fan_in + fan_out); He et al. 2015 (eq. 10):
    2 / fan_in; LeCun et al. 1998 (eq. 16): 1 / fan_in; ``uniform`` is U(-0.05, 0.05) and ``normal``
    N(0, 0.05^2), as in Keras; ``sklearn_uniform`` is Glorot's with a third of the variance for the
    sigmoid, as in scikit-learn; ``torch_uniform`` is U(-1, 1) / sqrt(fan_in), as in PyTorch's Linear.
    """
    if initialiser == "sklearn_uniform":
        return math.sqrt((2.0 / 3.0 if activation == "sigmoid" else 2.0) / (fan_in + fan_out))
    if initialiser == "torch_uniform":
        return math.sqrt(1.0 / (3.0 * fan_in))
    if initialiser.startswith("lecun"):
        return math.sqrt(1.0 / fan_in)
    if initialiser.startswith("glorot"):
        return math.sqrt(2.0 / (fan_in + fan_out))
    if initialiser.startswith("he"):
        return math.sqrt(2.0 / fan_in)
    return 0.05 / math.sqrt(3.0) if initialiser == "uniform" else 0.05


def layer_weights(
    initialiser: str, seeds: NDArray[np.int64], layer: int, fan_in: int, fan_out: int, activation: str
) -> NDArray[np.float64]:
    """Draw the starting weights of one layer for some networks.

    Args:
        initialiser: One of `INITIALISERS`.
        seeds: One per network, shape (n_networks,).
        layer: Number of the layer, from 0.
        fan_in: Inputs of the layer.
        fan_out: Outputs of the layer.
        activation: Activation of the hidden layers.

    Returns:
        Shape (n_networks, fan_in, fan_out), float64.
    """
    n = fan_in * fan_out
    if initialiser.endswith("uniform"):
        standard = (2.0 * uniform(seeds, WEIGHTS, layer, n) - 1.0) * math.sqrt(3.0)
    else:  # Box & Muller 1958
        u = uniform(seeds, WEIGHTS, layer, 2 * n)
        standard = np.sqrt(-2.0 * np.log1p(-u[:, :n])) * np.cos(2.0 * math.pi * u[:, n:])
    return (standard * spread(initialiser, fan_in, fan_out, activation)).reshape(len(seeds), fan_in, fan_out)


def layer_biases(
    initialiser: str, seeds: NDArray[np.int64], layer: int, fan_in: int, fan_out: int, activation: str
) -> NDArray[np.float64]:
    """Draw the starting biases of one layer: uniform with the bound of its weights, shape (n_networks, fan_out)."""
    bound = math.sqrt(3.0) * spread(initialiser, fan_in, fan_out, activation)
    return (2.0 * uniform(seeds, BIASES, layer, fan_out) - 1.0) * bound

"""The weights with which networks start, layer by layer, from their seeds alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.initialisers import layer_biases, layer_weights
from tunescape.engine.network import Layer, Network


def initial_layers(network: Network, seed: int, init_scale: float = 1.0) -> list[Layer]:
    """Weights with which one network starts.

    Args:
        network: Its description.
        seed: Its seed.
        init_scale: Factor on the weights (biases are left as they are).
    """
    drawn = initial_arrays(network, np.array([seed], dtype=np.int64), np.array([init_scale]))
    return [layer.map(lambda array: array[0]) for layer in drawn]


def initial_arrays(network: Network, seeds: NDArray[np.int64], init_scale: NDArray[np.float64]) -> list[Layer]:
    """The same for some networks: every array has the networks as its first axis."""
    layers, last = [], network.n_layers - 1
    for k, (a, b) in enumerate(zip(network.widths, network.widths[1:], strict=False)):
        drawn = layer_weights(network.initialiser, seeds, k, a, b, network.activation) * init_scale[:, None, None]
        biases = np.zeros((len(seeds), b))
        if network.bias_initialiser == "like_weights":
            biases = layer_biases(network.initialiser, seeds, k, a, b, network.activation)
        ones, zeros = np.ones((len(seeds), b)), np.zeros((len(seeds), b))
        normalised = network.normalisation != "none" and k < last
        running = network.normalisation == "batch" and k < last
        layers.append(Layer(drawn, biases, *((ones, zeros) if normalised else (None, None)),
                            *((zeros.copy(), ones.copy()) if running else (None, None))))  # fmt: skip
    return layers

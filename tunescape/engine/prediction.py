"""What a trained network answers: a plain NumPy forward pass for one network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.network import Network

_ACTIVATIONS: dict[str, Callable[[NDArray], NDArray]] = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 0.5 * (1.0 + np.tanh(0.5 * z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "elu": lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))),
}


def predict(network: Network, weights: Sequence[tuple[NDArray, NDArray]], inputs: NDArray) -> NDArray[np.float64]:
    """Answer of one network, in double precision.

    Args:
        network: Its description.
        weights: Weights and biases of every layer, as `Trained.weights` gives them.
        inputs: Shape (n, n_inputs).

    Returns:
        Shape (n, n_outputs): probabilities of the classes (softmax), probabilities of each label
        (binary cross-entropy), or numbers (squared error).
    """
    values = np.asarray(inputs, dtype=np.float64)
    for layer, (w, b) in enumerate(weights):
        values = values @ w.astype(np.float64) + b.astype(np.float64)
        if layer < len(weights) - 1:
            values = _ACTIVATIONS[network.activation](values)
    if network.loss == "softmax_cross_entropy":
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)
    return _ACTIVATIONS["sigmoid"](values) if network.loss == "binary_cross_entropy" else values

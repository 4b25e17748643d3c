"""What a trained network answers: a plain NumPy forward pass for one network, in double precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import GELU_CUBE, GELU_FACTOR, SELU_ALPHA, SELU_SCALE
from tunescape.engine.network import Layer, Network


def _sigmoid(z: NDArray) -> NDArray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _gelu(z: NDArray) -> NDArray:
    from scipy.special import ndtr

    return z * ndtr(z)


def _elu(z: NDArray) -> NDArray:
    return np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0)))


def _hard_sigmoid(z: NDArray) -> NDArray:
    return np.clip((z + 3.0) / 6.0, 0.0, 1.0)


_ACTIVATIONS: dict[str, Callable[[NDArray], NDArray]] = {
    "identity": lambda z: z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "elu": _elu,
    "selu": lambda z: SELU_SCALE * np.where(z > 0.0, z, SELU_ALPHA * _elu(z)),
    "gelu": _gelu,
    "gelu_tanh": lambda z: 0.5 * z * (1.0 + np.tanh(GELU_FACTOR * (z + GELU_CUBE * z**3))),
    "silu": lambda z: z * _sigmoid(z),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "softsign": lambda z: z / (1.0 + np.abs(z)),
    "hard_sigmoid": _hard_sigmoid,
    "hard_tanh": lambda z: np.clip(z, -1.0, 1.0),
    "hard_silu": lambda z: z * _hard_sigmoid(z),
    "relu6": lambda z: np.clip(z, 0.0, 6.0),
}


def activation(name: str, z: NDArray, negative_slope: float = 0.2) -> NDArray:
    """Value of an activation function."""
    if name == "leaky_relu":
        return np.where(z > 0.0, z, negative_slope * z)
    return _ACTIVATIONS[name](z)


def raw_outputs(
    network: Network,
    layers: Sequence[Layer | tuple[Any, ...]],
    inputs: NDArray,
    *,
    negative_slope: float = 0.2,
    norm_epsilon: float = 1e-3,
) -> NDArray[np.float64]:
    """Linear outputs of one network (before softmax or sigmoid), as in evaluation.

    Args:
        network: Its description.
        layers: Its weights, as `Trained.layers` gives them.
        inputs: Shape (n, n_inputs).
        negative_slope: Slope of leaky_relu below 0.
        norm_epsilon: Number under normalisation's root.

    Returns:
        Shape (n, n_outputs).
    """
    values = np.asarray(inputs, dtype=np.float64)
    for k, given in enumerate(layers):
        layer = Layer(*given)
        values = values @ np.asarray(layer.weights, np.float64) + np.asarray(layer.bias, np.float64)
        if k < len(layers) - 1:
            if network.normalisation != "none":
                values = _normalised(network.normalisation, layer, values, norm_epsilon)
            values = activation(network.activation, values, negative_slope)
    return values


def _normalised(kind: str, layer: Layer, z: NDArray, epsilon: float) -> NDArray:
    if kind == "layer":
        mean, variance = z.mean(axis=1, keepdims=True), z.var(axis=1, keepdims=True)
    else:
        mean, variance = np.asarray(layer.mean, np.float64), np.asarray(layer.variance, np.float64)
    normal = (z - mean) / np.sqrt(variance + epsilon)
    return normal * np.asarray(layer.scale, np.float64) + np.asarray(layer.shift, np.float64)


def predict(
    network: Network,
    layers: Sequence[Layer | tuple[Any, ...]],
    inputs: NDArray,
    *,
    negative_slope: float = 0.2,
    norm_epsilon: float = 1e-3,
) -> NDArray[np.float64]:
    """Answer of one network; arguments as for `raw_outputs`.

    Returns:
        Shape (n, n_outputs): probabilities of the classes (softmax), probabilities of each label
        (binary cross-entropy), or numbers (squared error).
    """
    values = raw_outputs(network, layers, inputs, negative_slope=negative_slope, norm_epsilon=norm_epsilon)
    if network.loss == "softmax_cross_entropy":
        shifted = np.exp(values - values.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)
    return _sigmoid(values) if network.loss == "binary_cross_entropy" else values


def measure(outputs: NDArray, targets: NDArray, loss: str) -> tuple[float, float]:
    """Mean loss and share of right answers of linear outputs, as the engine records them.

    Args:
        outputs: Shape (n, n_outputs).
        targets: One-hot classes, 0/1 labels or numbers, shape (n, n_outputs).
        loss: One of `LOSSES`; the mean square for both squared errors.
    """
    z, y = np.asarray(outputs, np.float64), np.asarray(targets, np.float64)
    if loss == "softmax_cross_entropy":
        top = z.max(axis=1)
        rows = np.log(np.exp(z - top[:, None]).sum(axis=1)) + top - (z * y).sum(axis=1)
        return float(rows.mean()), float(y[np.arange(len(y)), z.argmax(axis=1)].mean())
    if loss == "binary_cross_entropy":
        entropy = np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0) - z * y
        return float(entropy.mean()), float(((z > 0.0) == (y > 0.5)).mean())
    return float(((z - y) ** 2).mean()), float("nan")

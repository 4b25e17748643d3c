"""A model as a Keras model: standard layers with our weights, scaling and the target's unit inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tunescape.engine import Layer
from tunescape.errors import MissingExtraError
from tunescape.models.model import Model
from tunescape.models.scaling import Precision, scaling

if TYPE_CHECKING:
    import keras

NAMES = {"identity": "linear"}
"""Activations that Keras calls otherwise."""


def as_keras(model: Model, *, dtype: Precision = "float32") -> keras.Model:
    """The model as a `keras.Model` of Keras's own layers.

    It takes the encoded columns (`Preprocessing.encode`; for numeric columns the columns themselves)
    of shape (n, d), and gives the probability of each class, shape (n, n_classes), in the order of
    `classes`, or numbers in the target's own unit, shape (n, n_outputs). Scaling is not trained.

    Args:
        model: The model.
        dtype: Precision of its weights and of what it computes.

    Raises:
        InputError: The precision cannot hold the model.
        MissingExtraError: Keras, or what it computes with, is not installed.
    """
    try:
        import keras
    except ImportError:
        raise MissingExtraError("A Keras model needs keras: pip install 'tunescape[keras]'") from None
    inputs = keras.Input((model.network.widths[0],), dtype=dtype, name="inputs")
    values, last = _scaled(model, inputs, dtype), len(model.layers)
    for k, layer in enumerate(model.layers, start=1):
        values = _dense("output" if k == last else f"layer_{k}", layer, values, dtype)
        if k < last:
            values = _normalised(model, layer, values, k, dtype)
            values = _activated(model, values, k, dtype)
    return keras.Model(inputs, _answer(model, values, dtype), name="model")


def _scaled(model: Model, values: Any, dtype: Precision) -> Any:
    import keras

    scale = scaling(model.preprocessing, dtype)
    if not scale.does_nothing:
        values = keras.ops.subtract(values, scale.centre.astype(dtype))
        values = keras.ops.multiply(values, (1.0 / scale.sd).astype(dtype))
        if scale.rest.any():  # only now: TensorFlow would make one of two subtractions
            values = keras.ops.subtract(values, (scale.rest / scale.sd).astype(dtype))
    return keras.ops.clip(values, -scale.far, scale.far)


def _dense(name: str, layer: Layer, values: Any, dtype: Precision) -> Any:
    import keras

    made = keras.layers.Dense(len(layer.bias), dtype=dtype, name=name)
    values = made(values)
    made.set_weights([layer.weights, layer.bias])
    return values


def _normalised(model: Model, layer: Layer, values: Any, k: int, dtype: Precision) -> Any:
    import keras

    if layer.scale is None:
        return values
    kind = keras.layers.LayerNormalization if layer.mean is None else keras.layers.BatchNormalization
    made = kind(epsilon=model.norm_epsilon, dtype=dtype, name=f"normalisation_{k}")
    values = made(values)
    made.set_weights([array for array in layer[2:] if array is not None])
    return values


def _activated(model: Model, values: Any, k: int, dtype: Precision) -> Any:
    import keras

    name = f"activation_{k}"
    if model.activation == "gelu_tanh":
        return keras.ops.gelu(values, approximate=True)
    if model.activation == "leaky_relu":
        return keras.layers.LeakyReLU(negative_slope=model.negative_slope, dtype=dtype, name=name)(values)
    return keras.layers.Activation(NAMES.get(model.activation, model.activation), dtype=dtype, name=name)(values)


def _answer(model: Model, values: Any, dtype: Precision) -> Any:
    """From linear outputs to probabilities, or to numbers in the target's own unit."""
    import keras

    if not model.classes:
        sd, mean = np.array([[model.target_sd], [model.target_mean]], dtype=dtype)
        return keras.ops.add(keras.ops.multiply(values, sd), mean)
    if model.is_one_logistic_output:  # z becomes (0, z)
        two = keras.layers.Dense(2, use_bias=False, trainable=False, dtype=dtype, name="two_classes")
        values = two(values)
        two.set_weights([np.array([[0.0, 1.0]])])
    return keras.layers.Softmax(dtype=dtype, name="probabilities")(values)

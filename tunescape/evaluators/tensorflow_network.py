"""Networks trained by plain TensorFlow: variables, a compiled loop over batches, the optimisers of compat.v1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer
from tunescape.engine.optimisers import OWN_PENALTIES
from tunescape.errors import MissingExtraError
from tunescape.evaluators.framework import Framework, FrameworkNetwork
from tunescape.evaluators.specification import Specification


@dataclass(frozen=True)
class TensorFlow(Framework):
    """Trains networks in TensorFlow without Keras, with the optimisers of `tf.compat.v1.train`.

    The penalties of ftrl and proximal_adagrad are these optimisers' own strengths and act on all
    parameters; elsewhere they are added to the loss. In double precision TensorFlow's gelu and
    leaky_relu hold their constants in single precision.
    """

    name: ClassVar[str] = "tensorflow"

    def start(self, specification: Specification, layers: Sequence[Layer], seed: int) -> FrameworkNetwork:
        """Build the network; `seed` decides about dropout only.

        Raises:
            MissingExtraError: TensorFlow is not installed.
        """
        return TensorFlowNetwork(library(), specification, layers, seed, self.dtype)


class TensorFlowNetwork(FrameworkNetwork):
    """One TensorFlow network in training.

    Args:
        tf: The library.
        specification: The network; `refusal` has found nothing in it.
        layers: Its weights at the start.
        seed: Seed of its dropout.
        dtype: Precision.
    """

    def __init__(self, tf: Any, specification: Specification, layers: Sequence[Layer], seed: int, dtype: str) -> None:
        self._tf, self._specification, self._dtype = tf, specification, tf.as_dtype(dtype)
        self._weights = [tf.Variable(layer.weights, dtype=self._dtype) for layer in layers]
        self._biases = [tf.Variable(layer.bias, dtype=self._dtype) for layer in layers]
        self._step, self._rate = tf.Variable(0, dtype=tf.int64), tf.Variable(0, dtype=self._dtype)
        self._activate = activation(tf, specification, dtype == "float64")
        self._optimiser = _optimiser(tf, specification, self._rate, self._dtype)
        self._seed = seed % 2**62
        matrix = tf.TensorSpec((None, None), self._dtype)
        signature = (matrix, matrix, tf.TensorSpec((None,), self._dtype), tf.TensorSpec((None, None), tf.int64))
        self._loop = tf.function(self._batches, autograph=False).get_concrete_function(*signature)

    def train(
        self, inputs: NDArray, targets: NDArray, weights: NDArray | None, rows: Sequence[NDArray[np.int64]]
    ) -> float:
        """Take one optimiser step per batch: one call of the compiled loop per run of equal batches."""
        weights = np.ones(len(inputs), dtype=inputs.dtype) if weights is None else weights
        data = tuple(self._tf.constant(array, dtype=self._dtype) for array in (inputs, targets, weights))
        total, n, start = 0.0, 0, 0
        while start < len(rows):
            end = start
            while end < len(rows) and len(rows[end]) == len(rows[start]):
                end += 1
            chosen = np.stack(rows[start:end])
            total += float(self._loop(*data, self._tf.constant(chosen, dtype=self._tf.int64))) * chosen.shape[1]
            n += chosen.size
            start = end
        return total / n

    def outputs(self, inputs: NDArray) -> NDArray:
        """Linear outputs as in evaluation, shape (n, n_outputs)."""
        return np.array(self._forward(self._tf.constant(inputs, dtype=self._dtype)))

    def layers(self) -> list[Layer]:
        """The weights; the matrices are in the engine's layout."""
        return [
            Layer(np.array(w.numpy()), np.array(b.numpy()))
            for w, b in zip(self._weights, self._biases, strict=True)
        ]  # fmt: skip

    def restore(self, layers: Sequence[Layer]) -> None:
        """Put weights back; the optimiser's state stays."""
        for w, b, layer in zip(self._weights, self._biases, layers, strict=True):
            w.assign(self._tf.constant(layer.weights, dtype=self._dtype))
            b.assign(self._tf.constant(layer.bias, dtype=self._dtype))

    def _batches(self, inputs: Any, targets: Any, weights: Any, rows: Any) -> Any:
        """Train on each row of `rows` in turn; return the sum of the batches' losses."""
        tf = self._tf

        def one(i: Any, total: Any) -> tuple[Any, Any]:
            loss = self._train_batch(*(tf.gather(array, rows[i]) for array in (inputs, targets, weights)))
            return i + 1, total + loss

        first = (tf.constant(0), tf.constant(0, dtype=self._dtype))
        return tf.while_loop(lambda i, _: i < tf.shape(rows)[0], one, first, parallel_iterations=1)[1]

    def _train_batch(self, inputs: Any, targets: Any, weights: Any) -> Any:
        """One optimiser step; returns the loss before it, penalties included."""
        tf, network, numbers = self._tf, self._specification.network, self._specification.numbers
        parameters = self._weights + self._biases
        with tf.GradientTape() as tape:
            errors = losses(tf, network.loss, targets, self._forward(inputs, training=True)) * weights
            loss = tf.reduce_sum(errors)
            if network.reduction == "mean":
                loss /= tf.cast(tf.shape(inputs)[0], self._dtype)
            if network.optimiser not in OWN_PENALTIES:
                loss += self._penalty()
        gradients = tape.gradient(loss, parameters)
        if numbers["clip_norm"]:
            gradients, _ = tf.clip_by_global_norm(gradients, tf.constant(numbers["clip_norm"], self._dtype))
        if numbers["clip_value"]:
            bound = tf.constant(numbers["clip_value"], self._dtype)
            gradients = [tf.clip_by_value(g, -bound, bound) for g in gradients]
        self._rate.assign(tf.cast(learning_rate(tf, self._specification, self._step), self._dtype))
        self._optimiser.apply_gradients(list(zip(gradients, parameters, strict=True)))
        self._step.assign_add(1)
        return loss

    def _forward(self, inputs: Any, training: bool = False) -> Any:
        """Linear outputs; dropout masks follow from the seed, the step and the layer."""
        tf, rates = self._tf, self._specification.numbers["dropout"]
        values, last = inputs, len(self._weights) - 1
        for k, (w, b) in enumerate(zip(self._weights, self._biases, strict=True)):
            values = tf.matmul(values, w) + b
            if k < last:
                values = self._activate(values)
                if training and rates[k]:
                    seed = tf.stack([tf.constant(self._seed, tf.int64), self._step * (last + 1) + k])
                    values = tf.nn.experimental.stateless_dropout(values, rates[k], seed=seed)
        return values

    def _penalty(self) -> Any:
        """l1 sum |w| + l2 sum w^2 (or half of it) of the weights, and of the biases where all are penalised."""
        tf, network, numbers = self._tf, self._specification.network, self._specification.numbers
        total = tf.constant(0, dtype=self._dtype)
        half = 1.0 if network.penalty == "half" else 2.0
        for parameter in self._weights + (self._biases if network.penalised == "all" else []):
            if numbers["l1"]:
                total += tf.constant(numbers["l1"], self._dtype) * tf.reduce_sum(tf.abs(parameter))
            if numbers["l2"]:
                total += tf.constant(numbers["l2"] * half, self._dtype) * tf.nn.l2_loss(parameter)
        return total


SINGLE = ("gelu", "gelu_tanh", "leaky_relu")
"""Activations in which TensorFlow holds a constant in single precision even when it computes in double.

They are written out for networks in double precision.
"""


def library() -> Any:
    """TensorFlow.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import tensorflow
    except ImportError as error:
        raise MissingExtraError(
            f"TensorFlow cannot be imported ({error}); run `pip install 'tunescape[tensorflow]'`."
        ) from error
    return tensorflow


def activation(tf: Any, specification: Specification, double: bool = False) -> Callable[[Any], Any]:
    """TensorFlow's activation function."""
    name = specification.network.activation
    if name in SINGLE and double:
        return partial(_double_activation, tf, name, specification.numbers["negative_slope"])
    if name == "leaky_relu":
        return lambda z: tf.nn.leaky_relu(z, alpha=specification.numbers["negative_slope"])
    if name.startswith("gelu"):
        return lambda z: tf.nn.gelu(z, approximate=name == "gelu_tanh")
    own = {"identity": tf.identity, "sigmoid": tf.sigmoid, "tanh": tf.tanh}
    return own[name] if name in own else getattr(tf.nn, name)


def _double_activation(tf: Any, name: str, negative_slope: float, z: Any) -> Any:
    """An activation of `SINGLE` with its constants in double precision."""
    half, one, slope, root, third, wide = (
        tf.constant(v, tf.float64) for v in (0.5, 1.0, negative_slope, math.sqrt(0.5), 0.044715, math.sqrt(2 / math.pi))
    )
    if name == "leaky_relu":
        return tf.where(z > 0, z, slope * z)
    if name == "gelu":
        return half * z * (one + tf.math.erf(z * root))
    return half * z * (one + tf.tanh(wide * (z + third * z * z * z)))


def losses(tf: Any, loss: str, targets: Any, outputs: Any) -> Any:
    """Loss of every row from linear outputs, shape (n,)."""
    if loss == "softmax_cross_entropy":
        return tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=outputs)
    if loss == "binary_cross_entropy":
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=outputs), axis=1)
    return tf.reduce_mean(tf.math.squared_difference(outputs, targets), axis=1)


def learning_rate(tf: Any, specification: Specification, step: Any) -> Any:
    """The learning rate after `step` steps by the engine's formula, float64."""
    kind, numbers = specification.network.schedule, specification.numbers
    names = ("learning_rate", "decay_rate", "decay_steps", "end_rate", "power", "warmup_steps")
    rate, decay, steps, end, power, warmup = (tf.constant(numbers[name], tf.float64) for name in names)
    t = tf.cast(step, tf.float64)
    s = tf.maximum(t - warmup, 0.0) / steps
    u = tf.minimum(s, 1.0)
    factor = {
        "constant": lambda: tf.ones_like(s),
        "exponential": lambda: decay**s,
        "step": lambda: decay ** tf.floor(s),
        "polynomial": lambda: (1.0 - end) * (1.0 - u) ** power + end,
        "cosine": lambda: (1.0 - end) * 0.5 * (1.0 + tf.cos(np.pi * u)) + end,
        "inverse_time": lambda: 1.0 / (1.0 + decay * s),
    }[kind]()
    return rate * tf.where(t < warmup, t / tf.maximum(warmup, 1.0), factor)


def _optimiser(tf: Any, specification: Specification, rate: Any, dtype: Any) -> Any:
    """The optimiser of compat.v1; numbers are tensors, since it takes Python's floats in single precision."""
    train, numbers = tf.compat.v1.train, specification.numbers
    names = ("momentum", "beta_1", "beta_2", "rho", "epsilon", "l1", "l2")
    momentum, beta_1, beta_2, rho, epsilon, l1, l2 = (tf.constant(numbers[name], dtype) for name in names)
    start = numbers["initial_accumulator"]
    strengths = {"l1_regularization_strength": l1, "l2_regularization_strength": l2}
    nesterov = bool(numbers["nesterov"])
    make: dict[str, Callable[[], Any]] = {
        "sgd": lambda: (
            train.MomentumOptimizer(rate, momentum, use_nesterov=nesterov)
            if numbers["momentum"]
            else train.GradientDescentOptimizer(rate)
        ),
        "adagrad": lambda: train.AdagradOptimizer(rate, start),
        "proximal_adagrad": lambda: train.ProximalAdagradOptimizer(rate, start, **strengths),
        "rmsprop": lambda: train.RMSPropOptimizer(rate, rho, momentum, epsilon),
        "adam": lambda: train.AdamOptimizer(rate, beta_1, beta_2, epsilon),
        "adadelta": lambda: train.AdadeltaOptimizer(rate, rho, epsilon),
        "ftrl": lambda: train.FtrlOptimizer(rate, initial_accumulator_value=start, **strengths),
    }
    return make[specification.network.optimiser]()

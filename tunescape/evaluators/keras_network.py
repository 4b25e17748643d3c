"""Networks trained by Keras 3, on whichever backend it runs: layers, losses and optimisers are Keras's own."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer
from tunescape.engine.optimisers import OWN_PENALTIES
from tunescape.errors import InputError, MissingExtraError
from tunescape.evaluators.framework import Framework, FrameworkNetwork
from tunescape.evaluators.specification import Specification


@dataclass(frozen=True)
class Keras(Framework):
    """Trains networks in Keras 3, on TensorFlow, JAX or PyTorch, as KERAS_BACKEND or Keras's configuration says.

    A network is a `keras.Sequential` of Dense, normalisation, activation and Dropout with a linear
    output, a loss from logits, and one call of `train_on_batch` per batch. Double precision needs
    TensorFlow, on which a few things (`SINGLE`) still hold a constant in single precision. The
    penalties of ftrl are the optimiser's own strengths, as they are in the population engine.
    """

    name: ClassVar[str] = "keras"

    def start(self, specification: Specification, layers: Sequence[Layer], seed: int) -> FrameworkNetwork:
        """Build and compile the network; `seed` decides about dropout only.

        Raises:
            MissingExtraError: Keras, or the backend that it is set to, is not installed.
            InputError: Double precision was asked for, which Keras has on TensorFlow only.
        """
        return KerasNetwork(library(), specification, layers, seed, self.dtype)


class KerasNetwork(FrameworkNetwork):
    """One Keras model in training.

    Args:
        keras: The library.
        specification: The network; `refusal` has found nothing in it.
        layers: Its weights at the start.
        seed: Seed of its dropout.
        dtype: Precision.

    Raises:
        InputError: Double precision was asked for, which Keras has on TensorFlow only.
    """

    def __init__(
        self, keras: Any, specification: Specification, layers: Sequence[Layer], seed: int, dtype: str
    ) -> None:
        own = keras.backend.result_type(dtype, dtype)
        if own != dtype:
            raise InputError(
                f"Keras on {keras.backend.backend()} computes in {own} throughout. Got dtype={dtype!r}; "
                "set KERAS_BACKEND=tensorflow before Keras is imported, or use dtype='float32'."
            )
        self._keras, self._dtype = keras, dtype
        with self._scope():
            self._model = _model(keras, specification, seed)
            self.restore(layers)
            self._model.compile(optimizer=_optimiser(keras, specification), loss=_loss(keras, specification))

    def train(
        self, inputs: NDArray, targets: NDArray, weights: NDArray | None, rows: Sequence[NDArray[np.int64]]
    ) -> float:
        """Take one optimiser step per batch; compiled once, and once more where a batch has another length."""
        total, n = 0.0, 0
        with self._scope():
            for chosen in rows:
                own = None if weights is None else weights[chosen]
                loss = self._model.train_on_batch(inputs[chosen], targets[chosen], sample_weight=own)
                total += float(loss) * len(chosen)
                n += len(chosen)
        return total / n

    def outputs(self, inputs: NDArray) -> NDArray:
        """Linear outputs as in evaluation, shape (n, n_outputs)."""
        with self._scope():
            return self._array(self._model(inputs, training=False))

    def layers(self) -> list[Layer]:
        """The weights; Keras keeps them in the engine's layout."""
        found = []
        with self._scope():
            for dense, normalisation in self._pairs():
                own = (getattr(normalisation, name, None) for name in _OF_NORMALISATION)
                rest = (None if variable is None else self._array(variable) for variable in own)
                found.append(Layer(self._array(dense.kernel), self._array(dense.bias), *rest))
        return found

    def restore(self, layers: Sequence[Layer]) -> None:
        """Put weights back; the optimiser's state stays."""
        for (dense, normalisation), layer in zip(self._pairs(), layers, strict=True):
            dense.kernel.assign(layer.weights)
            dense.bias.assign(layer.bias)
            for name, array in zip(_OF_NORMALISATION, layer[2:], strict=True):
                if array is not None:
                    getattr(normalisation, name).assign(array)

    def _array(self, of: Any) -> NDArray:
        """A copy of a tensor or variable."""
        return np.array(self._keras.ops.convert_to_numpy(of))

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Every dense layer with the normalisation after it, or None."""
        dense = [layer for layer in self._model.layers if isinstance(layer, self._keras.layers.Dense)]
        kinds = (self._keras.layers.BatchNormalization, self._keras.layers.LayerNormalization)
        after = [layer for layer in self._model.layers if isinstance(layer, kinds)]
        return zip(dense, (after or [None] * (len(dense) - 1)) + [None], strict=True)

    @contextmanager
    def _scope(self) -> Iterator[None]:
        """Precision, which layers, optimisers and losses take from Keras's configuration; put back after."""
        config, log = self._keras.config, logging.getLogger("tensorflow")
        before, policy = config.floatx(), config.dtype_policy()
        config.set_floatx(self._dtype)
        config.set_dtype_policy(self._dtype)
        log.addFilter(_is_no_advice)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # Keras hands NumPy 2 arrays in an old way
                yield
        finally:
            log.removeFilter(_is_no_advice)
            config.set_floatx(before)
            config.set_dtype_policy(policy)


def _is_no_advice(record: logging.LogRecord) -> bool:
    """Whether TensorFlow says something else than that functions are compiled often: every network is, once."""
    return "tf.function retracing" not in record.getMessage()


_OF_NORMALISATION = ("gamma", "beta", "moving_mean", "moving_variance")
"""Keras's names for the end of a `Layer`."""


def library() -> Any:
    """Keras.

    Raises:
        MissingExtraError: It, or the backend that it is set to, is not installed.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError(
            f"Keras cannot be imported ({str(error).replace(';', ',')}); run `pip install 'tunescape[keras]'`, or set "
            "KERAS_BACKEND to the one of tensorflow, jax and torch that is installed."
        ) from error
    if int(keras.__version__.split(".")[0]) < 3:
        raise MissingExtraError(
            f"tunescape trains with Keras 3, and version {keras.__version__} is installed; "
            "run `pip install 'tunescape[keras]'`."
        )
    return keras


def _model(keras: Any, specification: Specification, seed: int) -> Any:
    """The layers: Dense, normalisation, activation, Dropout; the last Dense is linear."""
    network, numbers = specification.network, specification.numbers
    rates = numbers["dropout"]
    own = {"kernel_initializer": "zeros"}  # put in afterwards; drawing them would use up Python's random numbers
    own["kernel_regularizer"] = _penalty(keras, specification, "weights")
    own["bias_regularizer"] = _penalty(keras, specification, "all")
    model = keras.Sequential([keras.Input((network.widths[0],))])
    for k, units in enumerate(network.widths[1:-1]):
        model.add(keras.layers.Dense(units, **own))
        if network.normalisation != "none":
            model.add(_normalisation(keras, specification))
        model.add(_activation(keras, network.activation, numbers["negative_slope"]))
        if rates[k]:
            model.add(keras.layers.Dropout(rates[k], seed=(seed * 64 + k) % 2**31))
    model.add(keras.layers.Dense(network.widths[-1], **own))
    return model


def _penalty(keras: Any, specification: Specification, of: str) -> Any:
    """The regulariser of weights, or of other parameters where all are penalised; None where there is none."""
    network, numbers = specification.network, specification.numbers
    l1, l2 = numbers["l1"], numbers["l2"] / (2.0 if network.penalty == "half" else 1.0)
    if not (l1 or l2) or (of == "all" and network.penalised != "all") or network.optimiser in OWN_PENALTIES:
        return None
    found = keras.regularizers.L1L2(l1=l1, l2=l2)
    found.l1, found.l2 = _number(keras, l1), _number(keras, l2)
    return found


def _number(keras: Any, value: float) -> float:
    """In double precision NumPy's number: on TensorFlow, Keras casts Python's to single precision first."""
    return np.float64(value) if keras.config.floatx() == "float64" else float(value)


def _normalisation(keras: Any, specification: Specification) -> Any:
    numbers = specification.numbers
    own = {"epsilon": numbers["norm_epsilon"]}
    own |= {f"{name}_regularizer": _penalty(keras, specification, "all") for name in ("gamma", "beta")}
    if specification.network.normalisation == "layer":
        return keras.layers.LayerNormalization(**own)
    return keras.layers.BatchNormalization(momentum=numbers["norm_momentum"], **own)


def _activation(keras: Any, name: str, negative_slope: float) -> Any:
    if name in SINGLE and keras.config.floatx() == "float64":
        return keras.layers.Activation(partial(_double_activation, keras.ops, name, negative_slope))
    if name == "leaky_relu":
        return keras.layers.LeakyReLU(negative_slope=negative_slope)
    if name.startswith("gelu"):
        approximate = name == "gelu_tanh"
        return keras.layers.Activation(lambda z: keras.activations.gelu(z, approximate=approximate))
    return keras.layers.Activation("linear" if name == "identity" else name)


def _double_activation(ops: Any, name: str, negative_slope: float, z: Any) -> Any:
    """An activation of `SINGLE` with its constants in double precision."""

    def number(value: float) -> Any:
        return ops.convert_to_tensor(np.float64(value), dtype="float64")

    half, one = number(0.5), number(1.0)
    if name == "leaky_relu":
        return ops.where(z > 0, z, number(negative_slope) * z)
    if name == "hard_sigmoid":
        return ops.minimum(ops.maximum(z / number(6.0) + half, number(0.0)), one)
    if name == "gelu":
        return half * z * (one + ops.erf(z * number(math.sqrt(0.5))))
    return half * z * (one + ops.tanh(number(math.sqrt(2 / math.pi)) * (z + number(0.044715) * z * z * z)))


def _loss(keras: Any, specification: Specification) -> Any:
    """Keras's loss from logits, with its mean or sum over the batch."""
    reduction = {"sum": "sum"}.get(specification.network.reduction, "sum_over_batch_size")
    if specification.network.loss == "squared_error":
        return keras.losses.MeanSquaredError(reduction=reduction)
    if specification.network.loss == "binary_cross_entropy":
        return keras.losses.BinaryCrossentropy(from_logits=True, reduction=reduction)
    return keras.losses.CategoricalCrossentropy(from_logits=True, reduction=reduction)


_ADAM = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
_OPTIMISERS: dict[str, tuple[str, dict[str, str]]] = {
    "sgd": ("SGD", {"momentum": "momentum"}),
    "adagrad": ("Adagrad", {"initial_accumulator": "initial_accumulator_value", "epsilon": "epsilon"}),
    "rmsprop": ("RMSprop", {"rho": "rho", "momentum": "momentum", "epsilon": "epsilon"}),
    "adam": ("Adam", _ADAM),
    "adamw": ("AdamW", _ADAM),
    "adadelta": ("Adadelta", {"rho": "rho", "epsilon": "epsilon"}),
    "adamax": ("Adamax", _ADAM),
    "nadam": ("Nadam", _ADAM),
    "ftrl": (
        "Ftrl",
        {
            "initial_accumulator": "initial_accumulator_value",
            "l1": "l1_regularization_strength",
            "l2": "l2_regularization_strength",
        },
    ),
}
"""Keras's class of each optimiser, and what it calls our numbers."""

SINGLE = ("nadam", "gelu", "gelu_tanh", "leaky_relu", "hard_sigmoid")
"""Optimisers and activations that hold a constant in single precision even in double (on TensorFlow).

The activations are written out for networks in double precision; nadam keeps its 0.96.
"""


def _optimiser(keras: Any, specification: Specification) -> Any:
    """Keras's optimiser with the specification's numbers."""
    network, numbers = specification.network, specification.numbers
    name, arguments = _OPTIMISERS[network.optimiser]
    own: dict[str, Any] = {theirs: _number(keras, numbers[ours]) for ours, theirs in arguments.items()}
    if "rho" in own:
        own["rho"] = float(own["rho"])  # multiplied from the left, where NumPy's number would take over
    if network.optimiser == "sgd":
        own["nesterov"] = bool(numbers["nesterov"])
    if numbers["weight_decay"] or network.optimiser == "adamw":
        own["weight_decay"] = _number(keras, numbers["weight_decay"])
    for ours, theirs in (("clip_norm", "global_clipnorm"), ("clip_value", "clipvalue")):
        if numbers[ours]:
            own[theirs] = _number(keras, numbers[ours])
    rate: Any = _number(keras, numbers["learning_rate"])
    if network.schedule != "constant" or numbers["warmup_steps"]:
        rate = _schedule(keras, specification)
    return getattr(keras.optimizers, name)(learning_rate=rate, **own)


def _schedule(keras: Any, specification: Specification) -> Any:
    """The learning rate over the steps, by the engine's formula."""
    ops, numbers, kind = keras.ops, specification.numbers, specification.network.schedule
    names = ("learning_rate", "decay_rate", "end_rate", "power", "decay_steps", "warmup_steps")
    rate, decay, end, power, steps, warmup = (_number(keras, numbers[name]) for name in names)
    dtype = keras.config.floatx()

    class Rate(keras.optimizers.schedules.LearningRateSchedule):
        """Warm-up, then a decay."""

        def __call__(self, step: Any) -> Any:
            t = ops.cast(step, dtype)
            s = ops.maximum(t - warmup, 0.0) / steps
            u = ops.minimum(s, 1.0)
            factor = {
                "constant": lambda: ops.ones_like(s),
                "exponential": lambda: ops.power(decay, s),
                "step": lambda: ops.power(decay, ops.floor(s)),
                "polynomial": lambda: (1.0 - end) * ops.power(1.0 - u, power) + end,
                "cosine": lambda: (1.0 - end) * 0.5 * (1.0 + ops.cos(np.pi * u)) + end,
                "inverse_time": lambda: 1.0 / (1.0 + decay * s),
            }[kind]()
            return rate * ops.where(t < warmup, t / max(warmup, 1.0), factor)

        def get_config(self) -> dict[str, Any]:
            return {"kind": kind, **dict(zip(names, (rate, decay, end, power, steps, warmup), strict=True))}

    return Rate()

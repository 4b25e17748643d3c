"""What the networks of one block share, the weights of one network, and the data that they learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.initialisers import INITIALISERS
from tunescape.engine.learning_rate import SCHEDULES
from tunescape.engine.losses import LOSSES
from tunescape.engine.normalisation import NORMALISATIONS
from tunescape.engine.optimisers import DEFAULT_PLACEMENT, OPTIMISERS, PLACEMENTS
from tunescape.errors import InputError, did_you_mean

CHOICES: dict[str, tuple[Any, ...]] = {
    "activation": tuple(ACTIVATIONS),
    "optimiser": tuple(OPTIMISERS),
    "loss": tuple(LOSSES),
    "reduction": ("mean", "sum"),
    "batching": ("partial", "stream"),
    "initialiser": INITIALISERS,
    "bias_initialiser": ("zeros", "like_weights"),
    "normalisation": tuple(NORMALISATIONS),
    "schedule": tuple(SCHEDULES),
    "epsilon_placement": ("default", "inside", "outside", "corrected"),
    "momentum_form": ("velocity", "gradient"),
    "penalty": ("whole", "half", "half_per_row"),
    "penalised": ("weights", "all"),
    "weighting": ("rows", "weights"),
    "running_variance": ("biased", "unbiased"),
    "shuffle": (True, False),
}
"""Words that the settings of a network may be, by setting."""


class Layer(NamedTuple):
    """Weights of one dense layer, and of the normalisation after it where there is one.

    Attributes:
        weights: Shape (fan_in, fan_out).
        bias: Shape (fan_out,).
        scale: Factor (gamma) after normalisation, shape (fan_out,), or None.
        shift: Summand (beta) after normalisation, shape (fan_out,), or None.
        mean: Running mean of batch normalisation, shape (fan_out,), or None.
        variance: Running variance of batch normalisation, shape (fan_out,), or None.
    """

    weights: NDArray
    bias: NDArray
    scale: NDArray | None = None
    shift: NDArray | None = None
    mean: NDArray | None = None
    variance: NDArray | None = None

    def map(self, function: Callable[[NDArray], NDArray]) -> Layer:
        """The layer with a function applied to each of its arrays."""
        made: list[Any] = [None if array is None else function(array) for array in self]
        return Layer(*made)


@dataclass(frozen=True)
class Network:
    """A dense network and how it is trained: everything but its numbers.

    Args:
        widths: Units of every layer, from inputs to outputs.
        activation: Activation of the hidden layers, one of `ACTIVATIONS`; the output is linear.
        optimiser: One of `OPTIMISERS`.
        loss: One of `LOSSES`.
        batch_size: Rows per optimiser step; at most all rows are taken.
        reduction: ``"mean"`` or ``"sum"`` of the loss over the batch.
        batching: ``"partial"``: the last batch of an epoch holds the rows that are left;
            ``"stream"``: batches straddle epochs and are always full.
        initialiser: One of `INITIALISERS`.
        bias_initialiser: ``"zeros"``, or ``"like_weights"``: uniform with the bound of the layer's weights.
        normalisation: ``"none"``, ``"batch"`` or ``"layer"``, between a hidden layer and its activation.
        schedule: How the learning rate decays, one of `SCHEDULES`.
        epsilon_placement: ``"inside"`` the root, ``"outside"`` it, or outside the bias-corrected root
            (``"corrected"``); ``"default"`` is Keras's choice for the optimiser.
        momentum_form: ``"velocity"`` holds the learning rate (Keras, scikit-learn), ``"gradient"``
            does not (PyTorch, TensorFlow 1); they differ when the rate changes.
        penalty: What `l2` multiplies: the ``"whole"`` sum of squares (Keras), ``"half"`` of it
            (PyTorch's weight decay), or ``"half_per_row"`` of the batch (scikit-learn's alpha).
        penalised: Whether penalties act on ``"weights"`` only or on ``"all"`` parameters.
        weighting: Whether a weighted mean divides by the batch's ``"rows"`` or by their ``"weights"``.
        running_variance: ``"biased"`` (Keras) or ``"unbiased"`` (PyTorch) in batch normalisation.
        shuffle: Whether rows are put into a new order every epoch.

    Raises:
        InputError: A name is unknown or a number is not positive.
    """

    widths: tuple[int, ...]
    activation: str = "relu"
    optimiser: str = "adam"
    loss: str = "softmax_cross_entropy"
    batch_size: int = 32
    reduction: Literal["mean", "sum"] = "mean"
    batching: Literal["partial", "stream"] = "partial"
    initialiser: str = "glorot_uniform"
    bias_initialiser: Literal["zeros", "like_weights"] = "zeros"
    normalisation: Literal["none", "batch", "layer"] = "none"
    schedule: str = "constant"
    epsilon_placement: Literal["default", "inside", "outside", "corrected"] = "default"
    momentum_form: Literal["velocity", "gradient"] = "velocity"
    penalty: Literal["whole", "half", "half_per_row"] = "whole"
    penalised: Literal["weights", "all"] = "weights"
    weighting: Literal["rows", "weights"] = "rows"
    running_variance: Literal["biased", "unbiased"] = "biased"
    shuffle: bool = True

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                raise InputError(
                    f"`{name}` must be one of {', '.join(map(str, known))}. Got {name}={value!r}."
                    f"{did_you_mean(str(value), list(map(str, known)))}"
                )
        object.__setattr__(self, "widths", tuple(int(w) for w in self.widths))
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise InputError(f"`widths` must list at least inputs and outputs, each at least 1. Got {self.widths!r}.")
        if self.batch_size < 1:
            raise InputError(f"`batch_size` must be at least 1. Got batch_size={self.batch_size!r}.")
        placement = self.epsilon_placement
        if placement == "default":
            object.__setattr__(self, "epsilon_placement", DEFAULT_PLACEMENT.get(self.optimiser, "outside"))
        elif placement not in PLACEMENTS.get(self.optimiser, (placement,)):
            raise InputError(
                f"`epsilon_placement` of {self.optimiser} must be one of {', '.join(PLACEMENTS[self.optimiser])}. "
                f"Got epsilon_placement={placement!r}."
            )

    @property
    def n_layers(self) -> int:
        """Layers with weights."""
        return len(self.widths) - 1

    @cached_property
    def n_weights(self) -> int:
        """Weights and biases, and scale and shift of every normalised hidden layer."""
        dense = sum((a + 1) * b for a, b in zip(self.widths, self.widths[1:], strict=False))
        return dense + (2 * sum(self.widths[1:-1]) if self.normalisation != "none" else 0)

    @property
    def shared(self) -> tuple[Any, ...]:
        """What networks that are trained in one block must agree in.

        They may differ in activation, optimiser and its forms, schedule, initialisers and whether an L2
        penalty counts half or whole: each of these is a code or a number of a lane.
        """
        return (self.widths, self.loss, self.batch_size, self.reduction, self.batching, self.normalisation,
                self.penalised, self.weighting, self.running_variance, self.shuffle)  # fmt: skip

    @property
    def flop_per_row(self) -> int:
        """Floating point operations of one row's forward and backward pass (6 per weight)."""
        return 6 * self.n_weights


@dataclass(frozen=True)
class Data:
    """What the networks learn and on what they are judged.

    Args:
        train_inputs: Shape (n, n_inputs).
        train_targets: Classes, shape (n,), whole numbers from 0; or numbers, shape (n, n_outputs).
        validation_inputs: Shape (n_validation, n_inputs), or None.
        validation_targets: Like `train_targets`, or None.
        train_weights: Weight of each training row in the loss, shape (n,), not negative; None for ones.
    """

    train_inputs: NDArray
    train_targets: NDArray
    validation_inputs: NDArray | None = None
    validation_targets: NDArray | None = None
    train_weights: NDArray | None = None


def check_fit(network: Network, data: Data, *, weighted: bool, has_rows: bool) -> None:
    """Check that a network can learn some data in the way that is asked for.

    Args:
        network: The network.
        data: The data.
        weighted: Whether rows have weights.
        has_rows: Whether networks see rows of their own.

    Raises:
        InputError: The inputs are of another number, or rows or weights do not fit the batching.
    """
    if has_rows and network.batching != "stream":
        raise InputError("`rows` needs batching='stream': networks with unlike numbers of rows share their batches.")
    if weighted and network.weighting == "weights" and network.batching == "stream":
        raise InputError("weighting='weights' needs batching='partial': a batch that straddles epochs has no one sum.")
    if network.widths[0] != np.shape(data.train_inputs)[1]:
        raise InputError(
            f"`widths` must begin with the number of inputs, {np.shape(data.train_inputs)[1]}. Got {network.widths!r}."
        )


def as_matrix(targets: NDArray, n_outputs: int, dtype: np.dtype) -> NDArray:
    """Targets as a matrix: classes become one-hot rows, numbers stay.

    Args:
        targets: Shape (n,) or (n, n_outputs).
        n_outputs: Units of the output layer.
        dtype: Precision.

    Returns:
        Shape (n, n_outputs).
    """
    targets = np.asarray(targets)
    if targets.ndim == 2:
        return np.ascontiguousarray(targets, dtype=dtype)
    if np.issubdtype(targets.dtype, np.integer) and n_outputs > 1:
        return np.ascontiguousarray(np.eye(n_outputs)[targets], dtype=dtype)
    return np.ascontiguousarray(targets[:, None], dtype=dtype)

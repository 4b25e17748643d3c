"""What the networks of one block share, and the data that they learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.initialisers import INITIALISERS
from tunescape.engine.losses import LOSSES
from tunescape.engine.optimisers import OPTIMISERS
from tunescape.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Network:
    """A dense network and how it is trained, as far as networks trained together must agree.

    Args:
        widths: Units of every layer, from inputs to outputs.
        activation: Activation of the hidden layers, one of `ACTIVATIONS`; the output is linear.
        optimiser: One of `OPTIMISERS`.
        loss: ``"softmax_cross_entropy"``, ``"binary_cross_entropy"`` or ``"squared_error"``.
        batch_size: Rows per optimiser step; at most all rows are taken.
        reduction: ``"mean"`` or ``"sum"`` of the loss over the batch.
        batching: ``"partial"``: the last batch of an epoch holds the rows that are left;
            ``"stream"``: batches straddle epochs and are always full.
        initialiser: One of `INITIALISERS`.

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

    def __post_init__(self) -> None:
        choices = (
            ("activation", ACTIVATIONS), ("optimiser", OPTIMISERS), ("loss", LOSSES),
            ("reduction", ("mean", "sum")), ("batching", ("partial", "stream")), ("initialiser", INITIALISERS),
        )  # fmt: skip
        for name, known in choices:
            value = getattr(self, name)
            if value not in known:
                raise InputError(
                    f"`{name}` must be one of {', '.join(known)}. Got {name}={value!r}."
                    f"{did_you_mean(str(value), known)}"
                )
        object.__setattr__(self, "widths", tuple(int(w) for w in self.widths))
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise InputError(f"`widths` must list at least inputs and outputs, each at least 1. Got {self.widths!r}.")
        if self.batch_size < 1:
            raise InputError(f"`batch_size` must be at least 1. Got batch_size={self.batch_size!r}.")

    @property
    def n_layers(self) -> int:
        """Layers with weights."""
        return len(self.widths) - 1

    @property
    def n_weights(self) -> int:
        """Weights and biases."""
        return sum((a + 1) * b for a, b in zip(self.widths, self.widths[1:], strict=False))

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
    """

    train_inputs: NDArray
    train_targets: NDArray
    validation_inputs: NDArray | None = None
    validation_targets: NDArray | None = None


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

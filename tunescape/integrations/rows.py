"""The rows a population learns: inputs, targets and weights, and the form in which networks see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data
from tunescape.study import Objective
from tunescape.tasks import Preprocessing
from tunescape.tasks.columns import NumberColumn

Kind = Literal["multiclass", "binary", "regression"]

LOSSES = {"multiclass": "softmax_cross_entropy", "binary": "binary_cross_entropy", "regression": "squared_error"}
"""The engine's loss for each kind."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table that are learned.

    Args:
        inputs: Shape (n, d), float64, finite, as the user gave them.
        targets: Class numbers of shape (n,), or values of shape (n, n_outputs).
        weights: Weight of each row, shape (n,), above 0; None for ones.
        kind: ``"multiclass"``, ``"binary"`` or ``"regression"``.
        names: Of the d columns.
        classes: Names of the classes by number; empty for a regression.
    """

    inputs: NDArray[np.float64]
    targets: NDArray
    weights: NDArray[np.float64] | None
    kind: Kind
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.inputs)

    def at(self, positions: NDArray[np.int64]) -> Rows:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[positions]
        return Rows(self.inputs[positions], self.targets[positions], weights, self.kind, self.names, self.classes)

    @property
    def loss(self) -> str:
        """The engine's loss."""
        return LOSSES[self.kind]

    @property
    def n_outputs(self) -> int:
        """Outputs of a network: one for two classes, one per class for more, one per value."""
        return {"binary": 1, "multiclass": len(self.classes), "regression": self.targets.shape[-1]}[self.kind]

    @property
    def objective(self) -> Objective:
        """What is improved: accuracy of classes, or the mean squared error of standardised values."""
        if self.kind == "regression":
            return Objective("validation_mse", "minimize")
        return Objective("validation_accuracy", "maximize")


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows as a network sees them, and how to come back.

    Args:
        data: For the engine; without a validation part where there is none.
        preprocessing: From the user's columns to inputs.
        target_mean: What was subtracted from values, shape (n_outputs,); 0 for classes.
        target_sd: What they were divided by, shape (n_outputs,); 1 for classes, infinite for constant values.
    """

    data: Data
    preprocessing: Preprocessing
    target_mean: NDArray[np.float64]
    target_sd: NDArray[np.float64]


def seen(train: Rows, validation: Rows | None = None) -> Seen:
    """Standardise rows by the training part; weights get the mean 1."""
    mean, sd = weighted_mean_and_sd(train.inputs, train.weights)
    preprocessing = Preprocessing(tuple(NumberColumn(name) for name in train.names), mean, sd)
    target_mean, target_sd = np.zeros(1), np.ones(1)
    if train.kind == "regression":
        target_mean, target_sd = weighted_mean_and_sd(train.targets, train.weights)

    def part(rows: Rows) -> tuple[NDArray, NDArray]:
        values = (rows.targets - target_mean) / target_sd if rows.kind == "regression" else rows.targets
        return preprocessing.scale(rows.inputs), values

    weights = None if train.weights is None else train.weights / train.weights.mean()
    judged_inputs, judged_targets = (None, None) if validation is None else part(validation)
    data = Data(*part(train), judged_inputs, judged_targets, weights)
    return Seen(data, preprocessing, target_mean, target_sd)


def weighted_mean_and_sd(
    columns: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column, as if rows were repeated as often as they weigh.

    Args:
        columns: Shape (n, d).
        weights: Shape (n,), above 0; None for ones.

    Returns:
        Two arrays of shape (d,); the standard deviation of a constant column is infinite.
    """
    mean = np.average(columns, axis=0, weights=weights)
    sd = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
    same = (columns.max(axis=0) == columns.min(axis=0)) | (sd == 0)
    return mean, np.where(same, np.inf, sd)

"""What a report is given to draw beside its findings: plain arrays of data, estimates and losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a task with two inputs.

    Args:
        inputs: The rows, shape (n, 2).
        targets: Class numbers or values, shape (n,).
    """

    inputs: ArrayLike
    targets: ArrayLike


@dataclass(frozen=True, eq=False)
class Estimate:
    """What one network says over the grid.

    Args:
        configuration: Its hyperparameters; pictures are called by those that differ.
        values: Values of shape (m, n); for classes class numbers of shape (m, n), probabilities of
            the second of two classes of shape (m, n), or of all classes of shape (m, n, n_classes).
        loss: What stands in its title; None where it is not known.
    """

    configuration: Mapping[str, Any]
    values: ArrayLike
    loss: float | None = None


@dataclass(frozen=True, eq=False)
class Curves:
    """Losses of a set of runs.

    Args:
        configurations: Hyperparameters of each run; equal ones are replicates.
        steps: For each run where was measured, shape (n_points,).
        losses: For each run what was measured, shape (n_points,); NaN after divergence.
        quantity: What the losses are.
        unit: What the steps are.
        reference: A value to compare with and its words: ``(0.1111, "predicting 0")``.
    """

    configurations: Sequence[Mapping[str, Any]]
    steps: Sequence[ArrayLike]
    losses: Sequence[ArrayLike]
    quantity: str = "training loss"
    unit: str = "epoch"
    reference: tuple[float, str] | None = None


@dataclass(frozen=True, eq=False)
class Schematic:
    """What is drawn of a network itself.

    Args:
        units: Units of each layer, inputs first, outputs last.
        inputs: Names of the inputs.
        outputs: Names of the outputs.
        notes: For each layer after the inputs what it does, a few words a line.
        weights: For each layer after the inputs its weights, shape (n_in, n_out); None where not known.
    """

    units: Sequence[int]
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    notes: Sequence[Sequence[str]] = ()
    weights: Sequence[ArrayLike] | None = None


@dataclass(frozen=True, eq=False)
class Pictures:
    """All that a report may draw beside its findings; what is None or empty is left out.

    Args:
        names: Names of the two inputs.
        target: Name of what is learned.
        classes: Names of the classes by number; empty for values.
        train: Training rows.
        validation: Validation rows.
        x: The grid's values of the first input, increasing, shape (n,).
        y: The grid's values of the second input, increasing, shape (m,).
        truth: The true values (shape (m, n)) or classes over the grid.
        estimates: What networks say over the grid, one per configuration.
        best: Which of the estimates is drawn large beside the truth; None for that of the lowest loss.
        quantity: What the estimates' losses are.
        curves: Losses of a set of runs.
        network: The best network itself.
    """

    names: tuple[str, str] = ("x1", "x2")
    target: str = "y"
    classes: Sequence[str] = ()
    train: Rows | None = None
    validation: Rows | None = None
    x: ArrayLike | None = None
    y: ArrayLike | None = None
    truth: ArrayLike | None = None
    estimates: Sequence[Estimate] = ()
    best: int | None = None
    quantity: str = "validation loss"
    curves: Curves | None = None
    network: Schematic | None = None

"""A task: the data a network learns, its parts, and the search space and design that suit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunescape.space import SearchSpace
from tunescape.study import Objective
from tunescape.tasks.preprocessing import Preprocessing

Kind = Literal["multiclass", "binary", "regression"]

ACCURACY = Objective("validation_accuracy", "maximize")
"""What a classification improves: the share of validation rows whose class is right."""

SQUARED_ERROR = Objective("validation_mse", "minimize")
"""What a regression improves: the mean squared error of (standardised) targets on the validation part."""

LOSSES: Mapping[Kind, str] = {
    "multiclass": "softmax_cross_entropy",
    "binary": "binary_cross_entropy",
    "regression": "squared_error",
}
"""The engine's loss for each kind of task; two classes share one logistic output, class 1 being 1."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a task.

    Args:
        inputs: What the network sees, shape (n, n_inputs), float64.
        targets: What it should say: class numbers of shape (n,), int64, or values of shape
            (n, n_outputs), float64.
        rows: Numbers of these rows in the original table, from 0 (a header is not counted), shape (n,),
            int64.
    """

    inputs: NDArray[np.float64]
    targets: NDArray[np.int64] | NDArray[np.float64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Design:
    """Which configurations a survey tries when the user does not say.

    Args:
        sampler: ``"factorial"`` or ``"random"``.
        n_points: How many configurations; None where the factorial says.
        replicates: How many networks of different seeds are trained per configuration.
    """

    sampler: Literal["factorial", "random"]
    n_points: int | None
    replicates: int


@dataclass(frozen=True, eq=False)
class Task:
    """The data a network learns, and what is asked of it.

    Args:
        name: Its name, for example ``"iris"`` or ``"data.csv"``.
        kind: ``"multiclass"``, ``"binary"`` or ``"regression"``.
        train: The rows that networks learn from; everything fitted to data is fitted to these only.
        validation: The rows on which the objective is read.
        test: The rows that are measured once, for the recommended configuration; None where there
            are none.
        classes: Names of the classes by number; empty for a regression.
        features: Names of the columns of `inputs`.
        objective: What is to be improved.
        space: The default search space.
        design: The default design.
        network: Settings of the networks that the space does not vary.
        preprocessing: What turns raw rows of the original table into inputs.
        target_mean: What was subtracted from the numbers to predict; 0 where nothing was.
        target_sd: What they were divided by then; a model multiplies back and adds `target_mean`.
        options: Plain data that tells how the task was made; part of a study's identity.
        notes: Sentences that the user should read, among them what was left out.
        description: What the data are, in a sentence or two.
        left_out: What of the original table is not used, as ``{"reason": ..., "count": ...}``.
        source: The absolute path of the csv file; None for other tasks.
        truth: What holds without noise, where that is known: a function of raw inputs, shape
            (n, n_inputs), to class numbers (int64) or values (float64) of shape (n,).
    """

    name: str
    kind: Kind
    train: Part
    validation: Part
    test: Part | None
    classes: tuple[str, ...]
    features: tuple[str, ...]
    objective: Objective
    space: SearchSpace
    design: Design
    network: Mapping[str, Any]
    preprocessing: Preprocessing
    target_mean: float = 0.0
    target_sd: float = 1.0
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    description: str = ""
    left_out: tuple[Mapping[str, Any], ...] = ()
    source: str | None = None
    truth: Callable[[NDArray[np.float64]], NDArray[Any]] | None = None

    @property
    def is_classification(self) -> bool:
        """Whether targets are classes."""
        return self.kind != "regression"

    @property
    def n_inputs(self) -> int:
        """How many numbers a network sees of each row."""
        return self.train.inputs.shape[1]

    @property
    def n_outputs(self) -> int:
        """How many numbers a network gives: one for two classes, one per class for more, one per target."""
        if self.kind == "regression":
            return self.train.targets.shape[1]
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def loss(self) -> str:
        """The loss that networks of this task learn by, in the engine's words."""
        return LOSSES[self.kind]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of what is measured on every network; the objective is one of them."""
        score = "accuracy" if self.is_classification else "mse"
        return ("train_loss", "validation_loss", f"train_{score}", f"validation_{score}")

    @property
    def constant_value(self) -> float:
        """The objective of the best constant prediction on the validation part.

        For classes it is the share of the most frequent class of the validation part itself, a
        bound that no constant prediction exceeds; for a regression it is the mean squared error of
        predicting the mean of the training part.
        """
        targets = self.validation.targets
        if self.is_classification:
            return float(np.bincount(targets).max() / len(targets))
        return float(np.mean((targets - self.train.targets.mean(axis=0)) ** 2))

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} training, {len(self.validation)} validation"
        sizes += f" and {len(self.test)} test rows" if self.test else " rows, no test part"
        what = f"{len(self.classes)} classes" if self.is_classification else "regression"
        return f"Task({self.name!r}: {sizes}; {self.n_inputs} inputs; {what})"

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"<p><b>{escape(repr(self))}</b><br>{escape(self.description)}</p><ul>{notes}</ul>"

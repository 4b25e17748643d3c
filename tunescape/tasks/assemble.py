"""From encoded columns and a split to a task with the default space and design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.tasks.default_space import default_design, default_network, default_space
from tunescape.tasks.preprocessing import Preprocessing
from tunescape.tasks.split import Rows
from tunescape.tasks.standardise import mean_and_sd
from tunescape.tasks.task import ACCURACY, SQUARED_ERROR, Kind, Part, Task


def assemble(
    *,
    name: str,
    inputs: NDArray[np.float64],
    labels: NDArray[Any],
    rows: tuple[Rows, Rows, Rows],
    numbers: NDArray[np.int64],
    classes: tuple[str, ...],
    preprocessing: Preprocessing,
    options: Mapping[str, Any],
    notes: tuple[str, ...] = (),
    description: str = "",
    left_out: tuple[Mapping[str, Any], ...] = (),
    source: str | None = None,
    strict: bool = True,
) -> Task:
    """Build a task of a table; the targets of a regression are standardised by its training part.

    Args:
        name: Name of the task.
        inputs: All rows, preprocessed, shape (n, d).
        labels: Class numbers of shape (n,), or the values to predict, shape (n,).
        rows: Positions of training, validation and test rows.
        numbers: Number of each row in the original table, shape (n,).
        classes: Names of the classes; empty for a regression.
        preprocessing: What made the inputs.
        options: Plain data that tells how the task was made.
        notes: Sentences that the user should read.
        description: What the data are.
        left_out: What is not used.
        source: Path of the csv file.
        strict: Refuse a regression whose target is constant in the training part; otherwise it is
            only moved to 0.

    Raises:
        InputError: The target of a regression is constant in the training part.
    """
    kind: Kind = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    mean, sd = 0.0, 1.0
    if kind == "regression":
        mean, sd, note = _scale(labels[rows[0]], strict)
        labels = (labels[:, None] - mean) / sd
        notes = (*notes, note)
    train, validation, test = (Part(inputs[r], labels[r], numbers[r].astype(np.int64)) for r in rows)
    return Task(
        name=name,
        kind=kind,
        train=train,
        validation=validation,
        test=test if len(test) else None,
        classes=classes,
        features=preprocessing.features,
        objective=SQUARED_ERROR if kind == "regression" else ACCURACY,
        space=default_space(len(train), inputs.shape[1], kind),
        design=default_design(),
        network=default_network(len(train)),
        preprocessing=preprocessing,
        target_mean=mean,
        target_sd=sd,
        options=options,
        notes=notes,
        description=description,
        left_out=left_out,
        source=source,
    )


def _scale(values: NDArray[np.float64], strict: bool) -> tuple[float, float, str]:
    """Mean and standard deviation of the training targets, shape (n,), and what is said of them."""
    means, sds = mean_and_sd(values[:, None])
    mean, sd = float(means[0]), float(sds[0])
    if np.isfinite(sd):
        return mean, sd, (
            f"The target is standardised with the training part's mean {mean:.4g} and standard deviation "
            f"{sd:.4g}, so that a mean squared error of 1 is about what predicting the mean reaches."
        )  # fmt: skip
    if strict:
        raise InputError(
            "The target of a regression must vary, but all its values in the training part are "
            f"{values[0]:g}; choose another column."
        )
    return mean, 1.0, f"The target is {values[0]:g} throughout the training part; there is nothing to learn."

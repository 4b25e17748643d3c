"""From encoded columns and a split to a task with the default space and design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.tasks.default_space import default_design, default_network, default_space
from tunescape.tasks.standardise import fit_standardiser
from tunescape.tasks.task import ACCURACY, SQUARED_ERROR, Kind, Part, Task


def assemble(
    *,
    name: str,
    inputs: NDArray[np.float64],
    labels: NDArray[Any],
    rows: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    numbers: NDArray[np.int64],
    classes: tuple[str, ...],
    features: tuple[str, ...],
    options: Mapping[str, Any],
    notes: tuple[str, ...] = (),
    description: str = "",
    left_out: tuple[Mapping[str, Any], ...] = (),
) -> Task:
    """Build a task of a table; the targets of a regression are standardised by its training part.

    Args:
        name: Name of the task.
        inputs: All rows, encoded, shape (n, d).
        labels: Class numbers of shape (n,), or the values to predict, shape (n,).
        rows: Positions of training, validation and test rows.
        numbers: Number of each row in the original table, shape (n,).
        classes: Names of the classes; empty for a regression.
        features: Names of the columns.
        options: Plain data that tells how the task was made.
        notes: Sentences that the user should read.
        description: What the data are.
        left_out: What is not used.

    Raises:
        InputError: The target of a regression is constant in the training part.
    """
    kind: Kind = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    if kind == "regression":
        labels, note = _standardised(labels, rows[0])
        notes = (*notes, note)
    train, validation, test = (Part(inputs[r], labels[r], numbers[r].astype(np.int64)) for r in rows)
    return Task(
        name=name,
        kind=kind,
        train=train,
        validation=validation,
        test=test if len(test) else None,
        classes=classes,
        features=features,
        objective=SQUARED_ERROR if kind == "regression" else ACCURACY,
        space=default_space(len(train), inputs.shape[1], kind),
        design=default_design(),
        network=default_network(len(train)),
        options=options,
        notes=notes,
        description=description,
        left_out=left_out,
    )


def _standardised(values: NDArray[np.float64], train: NDArray[np.int64]) -> tuple[NDArray[np.float64], str]:
    """The targets with mean 0 and standard deviation 1 over the training rows, shape (n, 1)."""
    column = np.asarray(values, dtype=np.float64)[:, None]
    standardiser = fit_standardiser(column[train])
    if standardiser.constant[0]:
        raise InputError(
            "The target of a regression must vary, but all its values in the training part are "
            f"{column[train][0, 0]:g}; choose another column."
        )
    mean, sd = standardiser.mean[0], standardiser.sd[0]
    note = (
        f"The target is standardised with the training part's mean {mean:.4g} and standard deviation "
        f"{sd:.4g}, so that a mean squared error of 1 is about what predicting the mean reaches."
    )
    return standardiser.apply(column), note

"""A task from arrays or a DataFrame: inputs, targets, and few demands on how many rows there are."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from tunescape.errors import InputError
from tunescape.tasks.assemble import assemble
from tunescape.tasks.choose_columns import choose_columns, reasons, what_is_left_out
from tunescape.tasks.columns import ColumnEncoder, UnusedColumn, encode_columns
from tunescape.tasks.preprocessing import fit_preprocessing
from tunescape.tasks.split import SplitOptions, split_few_rows
from tunescape.tasks.tables import Column, TableLike, as_column, listed, plain_columns, table_rows
from tunescape.tasks.target import read_target
from tunescape.tasks.task import Task


def array_task(
    inputs: TableLike,
    targets: Any,
    *,
    kind: Literal["classification", "regression"] | None = None,
    name: str = "data",
    split_options: SplitOptions | None = None,
    test: bool = False,
) -> Task:
    """Return the task of predicting targets from the columns of a table in memory.

    Numeric columns are standardised, all of them; gaps are filled with the median and marked; words
    become one column per level; dates and texts of more than 50 levels are left out. All of it is
    decided by the training rows alone. Every part has every class where each has rows enough;
    otherwise rows are drawn at random, the training part first getting one of every class.

    Args:
        inputs: A DataFrame, a mapping from names to columns, or rows of shape (n, n_columns), whose
            columns are then called ``x1``, ``x2``, ….
        targets: What is to be predicted, shape (n,) or (n, 1).
        kind: What it is; None to decide by the values (words and few whole numbers are classes).
        name: Name of the task.
        split_options: Seed and shares of the split.
        test: Whether there is a test part; otherwise its share is not used.

    Raises:
        InputError: Inputs and targets do not fit each other, there are fewer than two rows with a
            target or two classes, or no column can be used.
    """
    split = split_options or SplitOptions()
    split = split if test else dataclasses.replace(split, test_size=0.0)
    table, values = _columns(inputs), _target_column(targets)
    n = len(next(iter(table.values())))
    if n != len(values):
        raise InputError(f"`inputs` and `targets` must be equally long; got {n} rows and {len(values)} targets.")
    is_truth = np.asarray(targets).dtype.kind == "b"
    goal = read_target("targets", values, is_truth=is_truth, kind=kind, strict=False)
    kept = {column: whole[goal.rows] for column, whole in table.items()}
    rows, is_even = split_few_rows(len(goal.rows), goal.labels if goal.classes else None, split)
    choice = choose_columns(kept, rows[0])
    if not choice.columns:
        raise InputError(
            f"No column of `inputs` can be used: {reasons(choice.left_out)}; add a numeric column or one of few words."
        )
    used: dict[str, ColumnEncoder] = {column.name: column for column in choice.columns}
    columns = tuple(used.get(column, UnusedColumn(column)) for column in table)
    preprocessing = fit_preprocessing(columns, kept, rows[0])
    left_out, said = what_is_left_out("targets", n - len(goal.rows), choice.left_out)
    return assemble(
        name=name,
        inputs=preprocessing.scale(encode_columns(columns, kept, strict=False)),
        labels=goal.labels,
        rows=rows,
        numbers=goal.rows,
        classes=goal.classes,
        preprocessing=preprocessing,
        options={"kind": kind, "digest": _digest(table, values), **split.to_dict()},
        notes=(*said, *choice.notes, *_notes(preprocessing.features, np.isinf(preprocessing.sd), is_even)),
        description=f"{len(goal.rows)} rows: targets from {len(choice.columns)} columns.",
        left_out=left_out,
        strict=False,
    )


def _columns(inputs: TableLike) -> dict[str, Column]:
    """All columns by name, of at least one row."""
    if isinstance(inputs, Mapping) or hasattr(inputs, "columns"):
        import pandas as pd

        table = plain_columns(inputs if isinstance(inputs, pd.DataFrame) else pd.DataFrame(dict(inputs)))
    else:
        rows = table_rows(inputs)
        table = {f"x{j + 1}": as_column(rows[:, j]) for j in range(rows.shape[1])}
    if not table or not len(next(iter(table.values()))):
        raise InputError("`inputs` must have rows and columns; got an empty table.")
    return table


def _target_column(targets: Any) -> Column:
    shape = np.shape(targets)
    if len(shape) == 2 and shape[1] == 1:
        targets = np.asarray(targets)[:, 0]
    elif len(shape) != 1:
        raise InputError(f"`targets` must be one value per row, of shape (n,) or (n, 1); got shape {shape}.")
    return as_column(targets)


def _digest(table: Mapping[str, Column], targets: Column) -> str:
    """What identifies the content, 16 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=8)
    for name, values in [*table.items(), ("", targets)]:
        content = values.tobytes() if values.dtype != object else repr(values.tolist()).encode()
        digest.update(f"{name!r} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _notes(features: tuple[str, ...], constant: np.ndarray, is_even: bool) -> tuple[str, ...]:
    notes = []
    if constant.any():
        names = [feature for feature, same in zip(features, constant, strict=True) if same]
        notes.append(f"Constant in the training part, so their input is 0: {listed(names)}.")
    if not is_even:
        notes.append("There are too few rows of some classes for every part to have every class.")
    return tuple(notes)

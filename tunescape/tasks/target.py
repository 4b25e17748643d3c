"""The target column of a table: classes or numbers, decided from its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError, did_you_mean
from tunescape.tasks.columns import to_numbers
from tunescape.tasks.split import MIN_PER_CLASS, MIN_ROWS
from tunescape.tasks.tables import Column

TargetKind = Literal["classification", "regression"]
KINDS = ("classification", "regression")
MAX_WHOLE_CLASSES = 20


@dataclass(frozen=True, eq=False)
class Target:
    """What is to be predicted, in the rows that have it.

    Args:
        rows: Positions of the rows that have a target, shape (m,).
        labels: Class numbers (int64) or values (float64), shape (m,).
        classes: Names of the classes; empty for a regression.
    """

    rows: NDArray[np.int64]
    labels: NDArray[Any]
    classes: tuple[str, ...]


def read_target(
    name: str, values: Column, *, is_truth: bool = False, kind: str | None = None, strict: bool = True
) -> Target:
    """Read a target column.

    Words, truth values and few whole numbers (at most 20 different ones, three rows each on average)
    are classes; other numbers are a regression.

    Args:
        name: The column.
        values: Its values, shape (n,).
        is_truth: Whether the numbers 0 and 1 stand for false and true.
        kind: ``"classification"`` or ``"regression"`` to force one; None to decide.
        strict: Ask for 10 rows, three of every class, and numbers that vary; otherwise two rows and
            two classes are enough.

    Raises:
        InputError: There are too few rows or classes, a class has too few rows, or a regression is
            wanted of words.
    """
    if kind not in (None, *KINDS):
        hint = did_you_mean(str(kind), KINDS)
        raise InputError(f"`kind` must be 'classification' or 'regression'; got kind={kind!r}.{hint}")
    missing = np.array([v is None for v in values]) if values.dtype == object else np.isnan(values)
    rows = np.flatnonzero(~missing)
    least, found = (MIN_ROWS, f"{len(rows)}") if strict else (2, f"n_samples={len(rows)}")
    if len(rows) < least:
        raise InputError(
            f"A task needs at least {least} rows with a target, but {name!r} has {found}; add rows."
        )
    values = values[rows]
    if kind is None:
        kind = "classification" if values.dtype == object or is_truth or _few_whole(values) else "regression"
    if kind == "regression":
        return Target(rows, _numbers(name, values, strict), ())
    words, labels = _classes(values, is_truth)
    _check_classes(name, words, labels, is_number=values.dtype != object and not is_truth, strict=strict)
    return Target(rows, labels, words)


def _few_whole(values: NDArray[np.float64]) -> bool:
    distinct = np.unique(values)
    few = len(distinct) <= min(MAX_WHOLE_CLASSES, len(values) // MIN_PER_CLASS)
    return bool(few and (distinct == np.rint(distinct)).all())


def _numbers(name: str, values: Column, strict: bool) -> NDArray[np.float64]:
    number = to_numbers(values, is_truth=True)
    if np.isnan(number).any():
        word = values[int(np.flatnonzero(np.isnan(number))[0])]
        raise InputError(
            f"A regression needs a numeric target, but {name!r} holds text such as {word!r}; choose a column "
            "of numbers, or kind='classification'."
        )
    if strict and len(np.unique(number)) < 2:
        raise InputError(
            f"The target {name!r} has one value only ({number[0]:g}), so there is nothing to learn; choose "
            "another column."
        )
    return number


def _classes(values: Column, is_truth: bool) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the classes, sorted as words or numbers, and the class number of each row."""
    plain = values.astype(str) if values.dtype == object else values
    distinct, labels = np.unique(plain, return_inverse=True)
    if is_truth:
        words = tuple(str(bool(value)) for value in distinct)
    elif values.dtype == object:
        words = tuple(str(value) for value in distinct)
    else:
        words = tuple(str(int(v)) if v == np.rint(v) else repr(float(v)) for v in distinct)
    return words, labels.reshape(-1).astype(np.int64)


def _check_classes(
    name: str, classes: tuple[str, ...], labels: NDArray[np.int64], *, is_number: bool, strict: bool
) -> None:
    if len(classes) < 2:
        raise InputError(
            f"The target {name!r} has one class only ({classes[0]!r}), so there is nothing to learn; choose "
            "another column."
        )
    counts = np.bincount(labels)
    rare = np.flatnonzero(counts < MIN_PER_CLASS)
    if strict and len(rare):
        others = f" ({len(rare)} of {len(classes)} classes are as rare)" if len(rare) > 1 else ""
        remedy = ", or predict the number itself with kind='regression'" if is_number else ""
        raise InputError(
            f"Every class needs at least {MIN_PER_CLASS} rows, one for each part, but class "
            f"{classes[rare[0]]!r} of {name!r} has {counts[rare[0]]}{others}; drop its rows or join it with "
            f"another class{remedy}."
        )

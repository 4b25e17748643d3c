"""Which columns of a table are used, and how each is encoded; the training rows alone decide."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.tasks.columns import TRUTH, ColumnEncoder, LevelColumn, NumberColumn, to_number, to_numbers
from tunescape.tasks.standardise import mean_and_sd
from tunescape.tasks.tables import Column, listed

MAX_LEVELS = 50

_ID_NAME = re.compile(r"(?i:unnamed: ?\d+|index|row|uuid|(.*[\s_.-])?id)|.*[a-z]I[dD]")
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[- ,]+\d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})([T ,]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
)


@dataclass(frozen=True)
class Choice:
    """Which columns of a table become inputs.

    Args:
        columns: Those that are used, in the table's order.
        left_out: Name and reason of those that are not.
        notes: Sentences that the user should read.
    """

    columns: tuple[ColumnEncoder, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def choose_columns(
    table: Mapping[str, Column], train: NDArray[np.int64], numbers: NDArray[np.int64] | None = None
) -> Choice:
    """Decide how each column is encoded.

    Args:
        table: The feature columns, each of shape (n,).
        train: Positions of the training rows; no other row is looked at.
        numbers: Number of each row in the original table, shape (n,), by which row numbers are known;
            numeric columns that only name or count rows, and constant ones, are then left out. None
            keeps every numeric column.
    """
    columns: list[ColumnEncoder] = []
    left_out: list[tuple[str, str]] = []
    notes: list[str] = []
    for name, values in table.items():
        fitted = _fit_column(name, values[train], None if numbers is None else numbers[train], notes)
        if isinstance(fitted, str):
            left_out.append((name, fitted))
        else:
            columns.append(fitted)
    gaps = [column.name for column in columns if isinstance(column, NumberColumn) and column.has_gaps]
    if gaps:
        notes.append(
            f"Gaps in {listed(gaps)} are filled with the median of the training part and marked by an extra input."
        )
    return Choice(tuple(columns), tuple(left_out), tuple(notes))


def reasons(left_out: Iterable[tuple[str, str]]) -> str:
    """Say which columns are left out and why, one reason after the other."""
    return "; ".join(f"{listed(names)} ({reason})" for reason, names in _by_reason(left_out).items())


def what_is_left_out(
    target: str, n_rows: int, left_out: tuple[tuple[str, str], ...]
) -> tuple[tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """What is not used, as records and as sentences.

    Args:
        target: Name of the target.
        n_rows: How many rows have no target.
        left_out: Name and reason of each column that is not used.
    """
    records: list[Mapping[str, Any]] = []
    said: list[str] = []
    if n_rows:
        records.append({"reason": f"rows without a value of {target!r}", "count": n_rows})
        said.append(f"Left out {n_rows} row{'s' * (n_rows > 1)} without a value of {target!r}.")
    for reason, names in _by_reason(left_out).items():
        records.append({"reason": f"columns left out: {listed(names)} ({reason})", "count": len(names)})
    if left_out:
        said.append(f"Left out {len(left_out)} column{'s' * (len(left_out) > 1)}: {reasons(left_out)}.")
    return tuple(records), tuple(said)


def _by_reason(left_out: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, reason in left_out:
        found[reason].append(name)
    return found


def _fit_column(
    name: str, values: Column, numbers: NDArray[np.int64] | None, notes: list[str]
) -> NumberColumn | LevelColumn | str:
    """The encoding of one column's training values, or the reason why it is left out."""
    kind = "numbers"
    if values.dtype == object:
        present = [value for value in values if value is not None]
        if not present:
            return "no value in the training part"
        kind = _kind_of_words(name, present, notes)
        if kind == "words":
            return _fit_levels(name, present, len(present) < len(values))
    number = to_numbers(values, is_truth=kind == "truth")
    if np.isnan(number).all():
        return "no value in the training part"
    reason = "" if numbers is None else _is_identifier(name, number, numbers)
    return reason or _fit_number(name, number, kind, keep_constant=numbers is None)


def _kind_of_words(name: str, present: list[str], notes: list[str]) -> str:
    """What words are: ``"truth"``, ``"numbers"``, ``"some words"`` (at most one in twenty, said), or ``"words"``."""
    distinct = set(present)
    if {word.lower() for word in distinct} <= set(TRUTH):
        return "truth"
    bad = {word for word in distinct if np.isnan(to_number(word))}
    if not bad:
        return "numbers"
    count = sum(word in bad for word in present)
    if len(distinct) - len(bad) <= 20 or count > len(present) / 20:
        return "words"
    what = f"{count} value{'s' * (count > 1)} of {name!r} in the training part"
    notes.append(f"{what} cannot be read as a number (such as {min(bad)!r}) and counted as missing.")
    return "some words"


def _is_identifier(name: str, number: NDArray[np.float64], rows: NDArray[np.int64]) -> str:
    """The reason why a numeric column only names its rows; empty where it does not."""
    if len(number) < 3 or np.isnan(number).any():
        return ""
    if np.ptp(number - rows) == 0:
        return "it counts the rows"
    if _ID_NAME.fullmatch(name) and len(set(number)) == len(number) and (number == np.rint(number)).all():
        return "every row has another value"
    return ""


def _fit_number(name: str, number: NDArray[np.float64], kind: str, *, keep_constant: bool) -> NumberColumn | str:
    gap = np.isnan(number)
    median = float(np.median(number[~gap]))
    _, sd = mean_and_sd(np.where(gap, median, number)[:, None])
    varies, has_gaps = bool(np.isfinite(sd[0])), bool(gap.any())
    if not varies and not has_gaps and not keep_constant:
        return "constant in the training part"
    return NumberColumn(name, median, varies or not has_gaps, has_gaps, kind == "some words", kind == "truth")


def _fit_levels(name: str, present: list[str], has_gaps: bool) -> LevelColumn | str:
    levels = sorted(set(present))
    if all(_DATE.fullmatch(level) for level in levels):
        return "dates and times are not used"
    if len(levels) == len(present) and len(present) > 2:
        return "every row has another text"
    if len(levels) > MAX_LEVELS:
        return f"{len(levels)} different texts, more than {MAX_LEVELS}"
    if len(levels) == 1 and not has_gaps:
        return "constant in the training part"
    return LevelColumn(name, tuple(levels), has_gaps)

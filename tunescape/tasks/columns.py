"""Columns of a table as numbers a network can see; everything is decided by the training rows alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.tasks.standardise import fit_standardiser

if TYPE_CHECKING:
    import pandas as pd

MAX_LEVELS = 50
HUGE = 1e150
"""Numbers beyond this (their squares overflow) are taken as missing, as infinite ones are."""

FAR = 1e9
"""Values further from the training mean than this many standard deviations are moved to there."""

Column = NDArray[Any]
"""Numbers (float64, NaN where missing) or words (object: str, or None where missing), shape (n,)."""

_ID_NAME = re.compile(r"(?i:unnamed: ?\d+|index|row|uuid|(.*[\s_.-])?id)|.*[a-z]I[dD]")
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[- ,]+\d{4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})([T ,]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
)
_TRUTH = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class NumberColumn:
    """A numeric column: standardised, gaps filled with the training median and marked.

    Args:
        name: The column.
        median: What stands in for missing values.
        mean: Mean of the training rows, gaps filled.
        sd: Their standard deviation.
        varies: Whether the numbers differ; where not, only the mark of gaps is kept.
        has_gaps: Whether training rows lack a value; a column of ones and zeros then marks them.
    """

    name: str
    median: float
    mean: float
    sd: float
    varies: bool
    has_gaps: bool

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        return (self.name,) * self.varies + (f"{self.name} is missing",) * self.has_gaps

    def encode(self, values: Column) -> NDArray[np.float64]:
        """Encode values, shape (n,), to shape (n, len(features))."""
        number = to_numbers(values)
        gap = np.isnan(number)
        filled = (np.where(gap, self.median, number) - self.mean) / self.sd
        filled = np.clip(filled, -FAR, FAR)
        columns = [filled] * self.varies + [gap.astype(np.float64)] * self.has_gaps
        return np.stack(columns, axis=1)


@dataclass(frozen=True)
class LevelColumn:
    """A column of words: one column of ones and zeros per level seen in training.

    Args:
        name: The column.
        levels: Words seen in training, sorted; other words become zeros throughout.
        has_gaps: Whether training rows lack a value; being missing is then a level too.
    """

    name: str
    levels: tuple[str, ...]
    has_gaps: bool

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        levels = tuple(f"{self.name}={level}" for level in self.levels)
        return levels + (f"{self.name} is missing",) * self.has_gaps

    def encode(self, values: Column) -> NDArray[np.float64]:
        """Encode values, shape (n,), to shape (n, len(features))."""
        levels: tuple[str | None, ...] = self.levels + ((None,) * self.has_gaps)
        position = {level: j for j, level in enumerate(levels)}
        codes = np.array([position.get(value, -1) for value in values], dtype=np.int64)
        return (codes[:, None] == np.arange(len(levels))).astype(np.float64)


@dataclass(frozen=True)
class Encoding:
    """How the columns of a table become inputs.

    Args:
        columns: Those that are used, in the table's order.
        left_out: Name and reason of those that are not.
        notes: Sentences that the user should read.
    """

    columns: tuple[NumberColumn | LevelColumn, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        return tuple(name for column in self.columns for name in column.features)

    def encode(self, table: Mapping[str, Column]) -> NDArray[np.float64]:
        """Encode a table of n rows to shape (n, len(features))."""
        return np.concatenate([column.encode(table[column.name]) for column in self.columns], axis=1)


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names in quotes, the first ones only where there are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def plain_columns(frame: pd.DataFrame) -> dict[str, Column]:
    """Return the columns of a DataFrame as plain arrays; words are stripped, empty ones missing."""
    import pandas as pd

    columns: dict[str, Column] = {}
    for name in frame.columns:
        series = frame[name]
        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_complex_dtype(series):
            number = series.to_numpy(dtype=np.float64, na_value=np.nan)
            columns[name] = np.where(np.abs(number) < HUGE, number, np.nan)
        else:
            words = [None if pd.isna(value) else str(value).strip() or None for value in series]
            columns[name] = np.array(words, dtype=object)
    return columns


def to_numbers(values: Column) -> NDArray[np.float64]:
    """Read words as numbers, true and false as 1 and 0, everything else as NaN."""
    if values.dtype != object:
        return np.asarray(values, dtype=np.float64)
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(word: str | None) -> float:
    if word is None or "_" in word:
        return np.nan
    try:
        number = float(word)
    except ValueError:
        return _TRUTH.get(word.lower(), np.nan)
    return number if abs(number) < HUGE else np.nan


def fit_encoding(
    table: Mapping[str, Column], train: NDArray[np.int64], numbers: NDArray[np.int64]
) -> Encoding:
    """Decide how each column is encoded.

    Args:
        table: The feature columns, each of shape (n,).
        train: Positions of the training rows; no other row is looked at.
        numbers: Number of each row in the original table, shape (n,), by which row numbers are known.
    """
    columns: list[NumberColumn | LevelColumn] = []
    left_out: list[tuple[str, str]] = []
    notes: list[str] = []
    for name, values in table.items():
        fitted = _fit_column(name, values[train], numbers[train], notes)
        if isinstance(fitted, str):
            left_out.append((name, fitted))
        else:
            columns.append(fitted)
    gaps = [column.name for column in columns if isinstance(column, NumberColumn) and column.has_gaps]
    if gaps:
        notes.append(
            f"Gaps in {listed(gaps)} are filled with the median of the training part and marked by an "
            "extra input."
        )
    return Encoding(tuple(columns), tuple(left_out), tuple(notes))


def _fit_column(
    name: str, values: Column, numbers: NDArray[np.int64], notes: list[str]
) -> NumberColumn | LevelColumn | str:
    """The encoding of one column's training values, or the reason why it is left out."""
    if values.dtype == object:
        present = [value for value in values if value is not None]
        if not present:
            return "no value in the training part"
        if not _is_numeric(name, present, notes):
            return _fit_levels(name, present, len(present) < len(values))
    number = to_numbers(values)
    if np.isnan(number).all():
        return "no value in the training part"
    reason = _is_identifier(name, number, numbers)
    return reason or _fit_number(name, number)


def _is_numeric(name: str, present: list[str], notes: list[str]) -> bool:
    """Whether words are truth values, or numbers but for at most one in twenty (which is said)."""
    distinct = set(present)
    if {word.lower() for word in distinct} <= set(_TRUTH):
        return True
    bad = {word for word in distinct if word.lower() in _TRUTH or np.isnan(_number(word))}
    if not bad:
        return True
    count = sum(word in bad for word in present)
    if len(distinct) - len(bad) <= 20 or count > len(present) / 20:
        return False
    what = f"{count} value{'s' * (count > 1)} of {name!r} in the training part"
    notes.append(f"{what} cannot be read as a number (such as {min(bad)!r}) and counted as missing.")
    return True


def _is_identifier(name: str, number: NDArray[np.float64], rows: NDArray[np.int64]) -> str:
    """The reason why a numeric column only names its rows; empty where it does not."""
    if len(number) < 3 or np.isnan(number).any():
        return ""
    if np.ptp(number - rows) == 0:
        return "it counts the rows"
    if _ID_NAME.fullmatch(name) and len(set(number)) == len(number) and (number == np.rint(number)).all():
        return "every row has another value"
    return ""


def _fit_number(name: str, number: NDArray[np.float64]) -> NumberColumn | str:
    gap = np.isnan(number)
    median = float(np.median(number[~gap]))
    scale = fit_standardiser(np.where(gap, median, number)[:, None])
    varies, has_gaps = not scale.constant[0], bool(gap.any())
    if not varies and not has_gaps:
        return "constant in the training part"
    return NumberColumn(name, median, float(scale.mean[0]), float(scale.sd[0]), varies, has_gaps)


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

"""How one raw column becomes numbers that a network can see: a number, one column per word, or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.tasks.tables import HUGE, Column

TRUTH = {"true": 1.0, "false": 0.0}
"""Words that are numbers, in lower case."""


@dataclass(frozen=True)
class NumberColumn:
    """A numeric column: passed through, gaps filled and marked.

    Args:
        name: The column.
        fill: What stands in for missing values; None where they are refused.
        varies: Whether the number is used; where not, only the mark of gaps is kept.
        has_gaps: Whether training rows lack a value; a column of ones and zeros then marks them.
        words_are_gaps: Whether training rows hold words that count as missing; others' words do then too.
        is_truth: Whether the words true and false are read as 1 and 0.
    """

    name: str
    fill: float | None = None
    varies: bool = True
    has_gaps: bool = False
    words_are_gaps: bool = False
    is_truth: bool = False

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns."""
        return (self.name,) * self.varies + (f"{self.name} is missing",) * self.has_gaps

    @property
    def is_scaled(self) -> tuple[bool, ...]:
        """Which of the encoded columns are standardised: the number, not the mark."""
        return (True,) * self.varies + (False,) * self.has_gaps

    def encode(self, values: Column, *, strict: bool = True) -> NDArray[np.float64]:
        """Encode values, shape (n,), to shape (n, len(features)).

        Args:
            values: Numbers, or words that are read as numbers.
            strict: Refuse words that are no numbers (unless training rows hold some); otherwise they
                are gaps.

        Raises:
            InputError: A word is no number, or a value is missing where none may be.
        """
        number = to_numbers(values, is_truth=self.is_truth)
        gap = np.isnan(number)
        if gap.any():
            self._check(values, gap, strict)
        filled = np.where(gap, self.fill or 0.0, number)
        columns = [filled] * self.varies + [gap.astype(np.float64)] * self.has_gaps
        return np.stack(columns, axis=1)

    def _check(self, values: Column, gap: NDArray[np.bool_], strict: bool) -> None:
        words = [i for i in np.flatnonzero(gap) if values.dtype == object and values[i] is not None]
        if words and strict and not self.words_are_gaps:
            raise InputError(
                f"Column {self.name!r} must hold numbers, but row {words[0]} (from 0) has "
                f"{values[words[0]]!r}; give a number, or NaN where it is missing."
            )
        if self.fill is None:
            raise InputError(
                f"Column {self.name!r} must have a finite number in every row, but row {np.argmax(gap)} (from 0) "
                "has none; leave that row out or fill the gap."
            )


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

    @property
    def is_scaled(self) -> tuple[bool, ...]:
        """Which of the encoded columns are standardised: none."""
        return (False,) * len(self.features)

    def encode(self, values: Column, *, strict: bool = True) -> NDArray[np.float64]:
        """Encode values, shape (n,), to shape (n, len(features)); numbers are words that are read so."""
        position: dict[Any, int] = {level: j for j, level in enumerate(self.levels)}
        if values.dtype != object:
            position = {to_number(level, is_truth=True): j for level, j in reversed(position.items())}
            values = np.array([None if np.isnan(value) else value for value in values], dtype=object)
        if self.has_gaps:
            position[None] = len(self.levels)
        codes = np.array([position.get(value, -1) for value in values], dtype=np.int64)
        return (codes[:, None] == np.arange(len(self.features))).astype(np.float64)


@dataclass(frozen=True)
class UnusedColumn:
    """A column that is there and not looked at.

    Args:
        name: The column.
    """

    name: str

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the encoded columns: none."""
        return ()

    @property
    def is_scaled(self) -> tuple[bool, ...]:
        """Which of the encoded columns are standardised: there are none."""
        return ()

    def encode(self, values: Column, *, strict: bool = True) -> NDArray[np.float64]:
        """Encode values, shape (n,), to shape (n, 0)."""
        return np.empty((len(values), 0))


ColumnEncoder = NumberColumn | LevelColumn | UnusedColumn

_KINDS: dict[str, type[ColumnEncoder]] = {"number": NumberColumn, "levels": LevelColumn, "unused": UnusedColumn}


def encode_columns(
    columns: Sequence[ColumnEncoder], table: Mapping[str, Column], *, strict: bool = True
) -> NDArray[np.float64]:
    """Encode a table of n rows to shape (n, d); columns of it that are unused may be absent."""
    used = [column for column in columns if column.features]
    return np.concatenate([column.encode(table[column.name], strict=strict) for column in used], axis=1)


def encoder_to_dict(column: ColumnEncoder) -> dict[str, Any]:
    """An encoder as plain data."""
    kind = next(kind for kind, of_kind in _KINDS.items() if isinstance(column, of_kind))
    plain = {key: list(v) if isinstance(v, tuple) else v for key, v in dataclasses.asdict(column).items()}
    return {"type": kind, **plain}


def encoder_from_dict(data: Mapping[str, Any]) -> ColumnEncoder:
    """The encoder of plain data that `encoder_to_dict` made."""
    fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items() if key != "type"}
    return _KINDS[data["type"]](**fields)


def to_numbers(values: Column, *, is_truth: bool = False) -> NDArray[np.float64]:
    """Read words as numbers (true and false as 1 and 0 where asked for), everything else as NaN."""
    if values.dtype != object:
        return np.asarray(values, dtype=np.float64)
    return np.array([to_number(value, is_truth=is_truth) for value in values], dtype=np.float64)


def to_number(word: str | None, *, is_truth: bool = False) -> float:
    """Read one word as a number, NaN where it is none."""
    if word is None or "_" in word:
        return np.nan
    try:
        number = float(word)
    except ValueError:
        return TRUTH.get(word.lower(), np.nan) if is_truth else np.nan
    return number if abs(number) < HUGE else np.nan

"""What turns raw rows of a table into a network's inputs, fitted to the training rows; goes with a trained network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.tasks.columns import (
    ColumnEncoder,
    NumberColumn,
    encode_columns,
    encoder_from_dict,
    encoder_to_dict,
)
from tunescape.tasks.standardise import mean_and_sd
from tunescape.tasks.tables import Column, TableLike, find_columns

FAR = 1e9
"""Values further from the training mean than this many standard deviations are moved to there."""


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """From raw columns to inputs: words become ones and zeros, gaps are filled, numbers are scaled.

    Inputs are ``clip((encoded - mean) / sd, -FAR, FAR)``.

    Args:
        columns: How each raw column is encoded, in the table's order.
        mean: What is subtracted, shape (d,); 0 where nothing is scaled.
        sd: What is divided by, shape (d,); 1 where nothing is scaled, infinite where a column was
            constant in training (its input is 0).
    """

    columns: tuple[ColumnEncoder, ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the raw columns."""
        return tuple(column.name for column in self.columns)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the d encoded columns."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def is_numeric(self) -> bool:
        """Whether every raw column is one number passed through: no words, no gaps, none unused."""
        return all(isinstance(c, NumberColumn) and c.varies and not c.has_gaps for c in self.columns)

    def encode(self, table: TableLike) -> NDArray[np.float64]:
        """Encode raw rows to shape (n, d), not scaled.

        Args:
            table: A DataFrame or a mapping from names to columns (in any order, more are not looked
                at), or rows of shape (n, len(names)) with the columns in the order of `names`.

        Raises:
            InputError: A column is missing, the number of columns is wrong, or a numeric column has
                words or gaps where training rows had none.
        """
        needed = [column.name for column in self.columns if column.features]
        return encode_columns(self.columns, find_columns(table, self.names, needed))

    def apply(self, table: TableLike) -> NDArray[np.float64]:
        """Return the inputs of a network for raw rows, shape (n, d); arguments and errors as for `encode`."""
        return self.scale(self.encode(table))

    def scale(self, encoded: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale encoded rows of shape (n, d)."""
        with np.errstate(over="ignore"):  # beyond all numbers is far
            return np.clip((encoded - self.mean) / self.sd, -FAR, FAR)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data that JSON can hold; None stands for an infinite deviation."""
        return {
            "columns": [encoder_to_dict(column) for column in self.columns],
            "mean": self.mean.tolist(),
            "sd": [None if np.isinf(sd) else float(sd) for sd in self.sd],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Preprocessing:
        """The preprocessing of plain data that `to_dict` made."""
        return cls(
            tuple(encoder_from_dict(column) for column in data["columns"]),
            np.array(data["mean"], dtype=np.float64),
            np.array([np.inf if sd is None else sd for sd in data["sd"]], dtype=np.float64),
        )


def fit_preprocessing(
    columns: Sequence[ColumnEncoder], table: Mapping[str, Column], train: NDArray[np.int64]
) -> Preprocessing:
    """Return the preprocessing that standardises numbers by the training rows.

    Args:
        columns: How each column is encoded.
        table: The columns by name, each of shape (n,).
        train: Positions of the training rows; no other row is looked at.
    """
    encoded = encode_columns(columns, {name: values[train] for name, values in table.items()})
    is_scaled = np.array([scaled for column in columns for scaled in column.is_scaled], dtype=bool)
    mean, sd = mean_and_sd(encoded)
    return Preprocessing(tuple(columns), np.where(is_scaled, mean, 0.0), np.where(is_scaled, sd, 1.0))


def raw_numbers(names: Sequence[str]) -> Preprocessing:
    """Return the preprocessing that passes numeric columns of these names through, not scaled."""
    columns = tuple(NumberColumn(name) for name in names)
    return Preprocessing(columns, np.zeros(len(columns)), np.ones(len(columns)))

"""Tables as users have them (DataFrame, columns by name, rows of an array) as plain columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

HUGE = 1e150
"""Numbers beyond this (their squares overflow) are taken as missing, as infinite ones are."""

Column = NDArray[Any]
"""Numbers (float64, NaN where missing) or words (object: str, or None where missing), shape (n,)."""

TableLike = Any
"""A DataFrame, a mapping from names to columns, or rows of shape (n, n_columns)."""


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names in quotes, the first ones only where there are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + more


def plain_columns(frame: pd.DataFrame) -> dict[str, Column]:
    """Return the columns of a DataFrame as plain arrays; words are stripped, empty ones missing.

    Raises:
        InputError: Two columns have the same name.
    """
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError(f"Columns must have different names; several are called {listed(twice)}, so rename them.")
    return {name: as_column(frame[given]) for name, given in zip(names, frame.columns, strict=True)}


def as_column(values: Any) -> Column:
    """Return values of any kind, shape (n,), as numbers or words."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        return _numbers(values.astype(np.float64))
    import pandas as pd

    series = values if isinstance(values, pd.Series) else pd.Series(values)
    series = series.infer_objects()
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_complex_dtype(series):
        return _numbers(series.to_numpy(dtype=np.float64, na_value=np.nan))
    words = [None if pd.isna(value) else str(value).strip() or None for value in series]
    return np.array(words, dtype=object)


def _numbers(number: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(number) < HUGE, number, np.nan)


def find_columns(table: TableLike, names: Sequence[str], needed: Sequence[str]) -> dict[str, Column]:
    """Return the needed columns of a table by name.

    Args:
        table: A DataFrame or a mapping (columns in any order, others are not looked at), or rows of
            an array or list with the columns `names` in this order.
        names: All columns of such an array.
        needed: Those that are wanted; they come all equally long.

    Raises:
        InputError: A column is missing, or the table has not the right shape.
    """
    if isinstance(table, Mapping) or hasattr(table, "columns"):
        return _by_name(table, needed)
    rows = table_rows(table)
    if rows.shape[1] != len(names):
        raise InputError(
            f"A table without names must have {len(names)} column{'s' * (len(names) != 1)} ({listed(names)}), "
            f"in this order; got {rows.shape[1]}."
        )
    return {name: as_column(rows[:, j]) for j, name in enumerate(names) if name in needed}


def table_rows(table: Any) -> NDArray[Any]:
    """Return rows given as an array or a list of lists, shape (n, n_columns); mixed ones as objects.

    Raises:
        InputError: They are not rows of equal length.
    """
    if hasattr(table, "toarray"):
        raise InputError("`inputs` must be dense; got a sparse matrix, so pass its .toarray().")
    try:
        rows = np.asarray(table, dtype=object if isinstance(table, list | tuple) else None)
    except ValueError:  # arrays of different lengths
        rows = np.empty((0, 0, 0))
    if rows.ndim == 3 or (rows.ndim == 1 and any(isinstance(row, list | tuple) for row in rows)):
        raise InputError("`inputs` must have rows of equal length, each with one value per column; got others.")
    if rows.ndim != 2:
        raise InputError(
            f"`inputs` must have rows and columns; got an array of shape {rows.shape}. "
            "Write one row as [[…]], one column as x.reshape(-1, 1)."
        )
    return rows


def _by_name(table: Any, needed: Sequence[str]) -> dict[str, Column]:
    given = {str(name): name for name in (table if isinstance(table, Mapping) else table.columns)}
    missing = [name for name in needed if name not in given]
    if missing:
        raise InputError(
            f"The table must have the columns {listed(needed)}; got none called {listed(missing)}."
            f"{did_you_mean(missing[0], given)}"
        )
    columns = {name: as_column(_one(table[given[name]], name)) for name in needed}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"Columns must be equally long; got lengths {lengths}.")
    return columns


def _one(values: Any, name: str) -> Any:
    """One column: pandas' own kinds as they are, everything else as an array."""
    if hasattr(values, "columns"):
        raise InputError(f"Columns must have different names; several are called {name!r}, so rename them.")
    return values if hasattr(values, "infer_objects") else np.atleast_1d(np.asarray(values))

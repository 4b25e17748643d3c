"""Cells of a table as plain Python values: None where empty, NaN where the log says ``nan``."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula; exports put an apostrophe before such text."""

_ALWAYS_EMPTY = {"", "na", "n/a", "<na>", "null", "#n/a"}
_EMPTY_AMONG_NUMBERS = _ALWAYS_EMPTY | {"none", "-", "--", "?"}
_LARGEST = 2**1023
_TRUTH = {"true": True, "false": False}


def number_of(text: str) -> int | float | None:
    """The number that a text is, or None."""
    try:
        return None if "_" in text else int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        return None


def own_cells(texts: Iterable[str]) -> list[Any]:
    """Cells of a file that tunescape exported: each says its type.

    An apostrophe marks text that would be taken for something else; an empty cell is None.
    """
    return [_own_cell(text) for text in texts]


def _own_cell(text: str) -> Any:
    if text == "":
        return None
    if text[0] == "'":
        return text[1:]
    if text in ("True", "False"):
        return text == "True"
    number = number_of(text)
    return text if number is None else number


def foreign_cells(texts: Sequence[str]) -> list[Any]:
    """Cells of a column of somebody else's file: the column as a whole says their type.

    Numbers where every cell that is not empty is one (with ``None`` and ``-`` as empty), truth values
    likewise, else text, in which the apostrophe before a formula is undone.
    """
    texts = [text.strip() for text in texts]
    lower = [text.lower() for text in texts]
    for kind in (int, float):
        try:
            return [
                None if low in _EMPTY_AMONG_NUMBERS else _as(kind, text) for text, low in zip(texts, lower)
            ]
        except ValueError:
            continue
    if all(low in _TRUTH or low in _ALWAYS_EMPTY for low in lower):
        return [_TRUTH.get(low) for low in lower]
    return [
        None if low in _ALWAYS_EMPTY or low == "nan" else _undone(text) for text, low in zip(texts, lower)
    ]


def _as(kind: type, text: str) -> int | float:
    if "_" in text:
        raise ValueError(text)
    return kind(text)


def _undone(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def plain(values: Sequence[Any]) -> list[Any]:
    """Values of a column of JSON lines, a parquet file or a data frame as plain ones.

    Returns:
        None, truth values, numbers, text, times, or a value itself where it is none of these. Words
        such as ``"nan"`` are numbers where all others are numbers.
    """
    if set(map(type, values)) <= {type(None), bool, int, float}:
        return list(values)
    return _numbers_of([_plain(value) for value in values])


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a scalar of NumPy
    if isinstance(value, bool | float):
        return value
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) or type(value).__name__ == "Decimal":
        return float(value)
    return value


def _numbers_of(values: list[Any]) -> list[Any]:
    words = [v for v in values if isinstance(v, str)]
    if not words or not any(is_number(v) for v in values):
        return values
    special = {word: number_of(word) for word in set(words)}
    if any(n is None or math.isfinite(n) for n in special.values()):
        return values
    return [special[v] if isinstance(v, str) else v for v in values]


def bounded(values: list[Any]) -> list[Any]:
    """The values with whole numbers that no float can hold as infinite."""
    if not any(type(v) is int and not -_LARGEST < v < _LARGEST for v in values):
        return values
    low, high = -math.inf, math.inf
    return [
        v if type(v) is not int or -_LARGEST < v < _LARGEST else high if v > 0 else low for v in values
    ]


def is_number(value: Any) -> bool:
    """Whether a cell is a number, not finite ones included, truth values not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def kind_of(values: Iterable[Any]) -> str:
    """What a column holds: ``empty``, ``truth``, ``number``, ``text``, ``time``, ``mixed``, ``other``.

    ``mixed`` is more than one of truth values, numbers and text; ``other`` holds lists and the like.
    """
    kinds = {_kind(cls) for cls in set(map(type, values)) - {type(None)}}
    if not kinds:
        return "empty"
    if len(kinds) == 1:
        return kinds.pop()
    return "mixed" if kinds <= {"truth", "number", "text"} else "other"


def _kind(cls: type) -> str:
    if issubclass(cls, bool):
        return "truth"
    if issubclass(cls, int | float):
        return "number"
    if issubclass(cls, str):
        return "text"
    return "time" if issubclass(cls, datetime.date | datetime.timedelta) else "other"

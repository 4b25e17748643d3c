"""A table as it was read: named columns of plain values, before anything is known of their roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tunescape.errors import InputError

ABOUT = (
    "status", "seed", "budget", "started", "seconds", "note", "replicate", "trajectory", "number", "reason",
)  # fmt: skip
"""The last columns of every export of tunescape."""

SOURCE = "source"


@dataclass(frozen=True)
class Sheet:
    """A table.

    Args:
        name: What to call it: the file's name without its ending.
        origin: Where it came from, for sentences about it.
        files: Names of the files, without their folders.
        columns: Values by name, all of one length; None where empty.
        left_out: Rows that are not in the columns, as ``{"reason", "count"}``.
        sources: Name of the column that tells stacked files apart, or None.
        lacking: Columns that whole files of a stack do not have.
        header: What a file says about its study (parquet only), else empty.
    """

    name: str
    origin: str
    files: Sequence[str]
    columns: Mapping[str, list[Any]]
    left_out: Sequence[Mapping[str, Any]] = ()
    sources: str | None = None
    lacking: frozenset[str] = frozenset()
    header: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @cached_property
    def about(self) -> dict[str, str]:
        """For a table that tunescape exported: column by what it says of a trial; else empty."""
        return own_columns(list(self.columns)[-len(ABOUT) :])


def own_columns(names: Sequence[str]) -> dict[str, str]:
    """The last columns of an export by their meaning; empty where they are not all there."""
    found = {name.removeprefix("trial_"): name for name in names}
    while any(meaning.startswith("trial_") for meaning in found):  # prefixed more than once
        found = {meaning.removeprefix("trial_"): name for meaning, name in found.items()}
    return found if len(names) == len(ABOUT) and set(found) == set(ABOUT) else {}


def check_names(names: Sequence[str], origin: str) -> list[str]:
    """Column names without outer space; a column without a name is called ``Unnamed: 3``.

    Raises:
        InputError: A name stands twice.
    """
    named = [name.strip() or f"Unnamed: {i}" for i, name in enumerate(names)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise InputError(f"{origin} names the column {twice[0]!r} more than once; rename one of them.")
    return named


def stack(sheets: Sequence[Sheet]) -> Sheet:
    """Put tables under one another, with a column that says where each row came from."""
    if len(sheets) == 1:
        return sheets[0]
    names = list(dict.fromkeys(name for sheet in sheets for name in sheet.columns))
    columns: dict[str, list[Any]] = {
        name: [v for sheet in sheets for v in sheet.columns.get(name, [None] * len(sheet))] for name in names
    }
    source = SOURCE
    while source in columns:
        source += "_file"
    stems = _distinct([sheet.name for sheet in sheets])
    return Sheet(
        name=and_more(stems),
        origin=and_more([sheet.origin for sheet in sheets]),
        files=[name for sheet in sheets for name in sheet.files],
        columns={source: [stem for stem, sheet in zip(stems, sheets) for _ in range(len(sheet))], **columns},
        left_out=[entry for sheet in sheets for entry in sheet.left_out],
        sources=source,
        lacking=frozenset(name for name in names if any(name not in s.columns for s in sheets)),
    )


def and_more(words: Sequence[str]) -> str:
    """The first of several, and how many there are besides."""
    return words[0] + (f" and {len(words) - 1} more" if len(words) > 1 else "")


def _distinct(stems: Sequence[str]) -> list[str]:
    """Names that differ: the second of two equal ones gets a number."""
    seen: Counter[str] = Counter()
    named = []
    for stem in stems:
        seen[stem] += 1
        named.append(stem if seen[stem] == 1 else f"{stem} ({seen[stem]})")
    return named

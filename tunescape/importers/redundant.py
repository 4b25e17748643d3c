"""Columns that say nothing of their own: worked out of the results, or the same as another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby, pairwise
from typing import Any

from tunescape.importers import names
from tunescape.importers.cells import is_number, kind_of
from tunescape.importers.sheet import Sheet

FEWEST_ROWS = 30
MOST_CLASSES = 12


def following(sheet: Sheet, parameters: Sequence[str], metrics: Sequence[str]) -> dict[str, str]:
    """Columns that are classes of a metric, such as a quality of 0 below 0.5 and 1 above.

    A column is one when all rows of a class lie side by side in the order of a metric, and it either
    is missing in whole files of a stack or has a name that sounds like it (a hyperparameter could
    part good results from bad ones as cleanly, so the order alone is not enough).

    Returns:
        Reason by column.
    """
    found = {}
    for name in parameters:
        if name in sheet.lacking or names.hints_at_result(name):
            metric = next((m for m in metrics if _are_classes(sheet.columns[name], sheet.columns[m])), None)
            if metric is not None:
                found[name] = f"follows from {metric}"
    return found


def _are_classes(values: Sequence[Any], metric: Sequence[Any]) -> bool:
    """Whether each class of values is one stretch of the metric's range, and two are true stretches."""
    pairs = [(m, v) for m, v in zip(metric, values) if v is not None and is_number(m) and m == m]
    classes = {v for _, v in pairs}
    if len(pairs) < FEWEST_ROWS or not 2 <= len(classes) <= MOST_CLASSES:
        return False
    stretches = []
    for value, group in groupby(sorted(pairs, key=lambda p: (p[0], str(p[1]))), key=lambda p: p[1]):
        stretches.append((value, {m for m, _ in group}))
    shared = [a & b for (_, a), (_, b) in pairwise(stretches)]
    return (
        len(stretches) == len(classes)
        and not any(shared)
        and sum(len(measured) >= 3 for _, measured in stretches) >= 2
    )


def repeating(sheet: Sheet, parameters: Sequence[str]) -> dict[str, str]:
    """Columns that say what an earlier one says; the names of files come last.

    Two columns of numbers are the same when they put the rows in the same order, or in the opposite
    one; where one of two holds words, when they divide the rows into the same groups.

    Returns:
        Reason by column.
    """
    found: dict[str, str] = {}
    if len(sheet) < 10:
        return found
    first: dict[Hashable, str] = {}
    for name in sorted(parameters, key=lambda n: n == sheet.sources):
        values = sheet.columns[name]
        groups = _groups(values)
        alike: list[Hashable] = [("numbers", groups), ("words", groups)]
        mine: list[Hashable] = [("words", groups)]
        if kind_of(values) == "number":
            alike[0] = order = _order(values)
            mine = [order, ("numbers", groups)]
        same = next((first[key] for key in alike if key in first), None)
        if same is None:
            first.update(dict.fromkeys(mine, name))
        else:
            found[name] = f"says the same as {same}"
    return found


def _order(values: Sequence[Any]) -> Hashable:
    """The order into which numbers put the rows; equal for the opposite order."""
    there = sorted({v for v in values if v is not None})
    rank = {v: i for i, v in enumerate(there)}
    ranks = tuple(-1 if v is None else rank[v] for v in values)
    return min(ranks, tuple(-1 if r < 0 else len(there) - 1 - r for r in ranks))


def _groups(values: Sequence[Any]) -> Hashable:
    """The groups into which values divide the rows; equal for columns that divide them alike."""
    seen: dict[Any, int] = {}
    return tuple(seen.setdefault((type(v) is bool, v), len(seen)) for v in values)

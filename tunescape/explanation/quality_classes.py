"""Trials as classes of quality: low, medium and high, counted for every configuration.

All replicates of a configuration have the same hyperparameters, so a table of counts (configuration
x class) holds all that a classifier can learn from, and bounds what any classifier can reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.explanation.clusters import by_configuration, training_groups
from tunescape.explanation.columns import one_hot
from tunescape.explanation.wording import number
from tunescape.study import TrialTable

CLASSES = ("low", "medium", "high")
DEFAULT_CUTS = (0.5, 0.8)


def checked_cuts(cuts: tuple[float, float] | None, settings: Mapping[str, Any]) -> tuple[float, float]:
    """The two cuts between the classes: those given, else the study's, else 0.5 and 0.8.

    Raises:
        InputError: They are not two increasing numbers between 0 and 1.
    """
    given = cuts if cuts is not None else settings.get("cuts", DEFAULT_CUTS)
    try:
        low, high = (float(cut) for cut in given)
    except (TypeError, ValueError):
        low = high = float("nan")
    if not 0 < low < high < 1:
        raise InputError(
            f"`cuts` must be two increasing numbers between 0 and 1, as in (0.5, 0.8). Got cuts={given!r}."
        )
    return low, high


def labels(cuts: tuple[float, float]) -> list[str]:
    """The classes in words with their bounds."""
    return [f"low (< {number(cuts[0])})", "medium", f"high (>= {number(cuts[1])})"]


def classify(values: NDArray[np.float64], cuts: tuple[float, float]) -> NDArray[np.int64]:
    """Class of each value: 0 below the first cut, 1 below the second, 2 from there on.

    A value within 1e-6 of a cut counts as on it (accuracies are often kept in single precision).
    """
    return np.searchsorted(np.asarray(cuts) - 1e-6, values, side="right").astype(np.int64)


@dataclass(frozen=True)
class QualityTable:
    """Configurations with the classes of their replicates.

    Args:
        inputs: Ordered hyperparameters on their own scale in [0, 1], categoricals one-hot, and where
            hyperparameters are conditional a 0/1 column of their activity; shape (k, d).
        counts: How many replicates fell into each class, shape (k, 3).
        groups: Configurations with equal numbers share training runs, shape (k,), from 0 without gaps.
    """

    inputs: NDArray[np.float64]
    counts: NDArray[np.int64]
    groups: NDArray[np.int64]

    def part(self, keep: NDArray[np.bool_]) -> QualityTable:
        """The table of some configurations."""
        _, groups = np.unique(self.groups[keep], return_inverse=True)
        return QualityTable(self.inputs[keep], self.counts[keep], groups)


def quality_table(
    table: TrialTable, settings: Mapping[str, Any], cuts: tuple[float, float]
) -> tuple[QualityTable, NDArray[np.int64]]:
    """Count the classes of every configuration.

    Args:
        table: Completed trials with finite values.
        settings: The study's settings.
        cuts: Where medium and high begin.

    Returns:
        The table and for each configuration the position of its first row.
    """
    cells = by_configuration(table)
    counts = np.zeros((len(cells), len(CLASSES)), dtype=np.int64)
    np.add.at(counts, (cells.cell, classify(table.values, cuts)), 1)
    columns = one_hot(table)[1][cells.first]
    columns = columns[:, [len(np.unique(column)) > 1 for column in columns.T]]
    idle = np.isnan(columns)
    inputs = np.where(idle, 0.5, columns)
    activity = np.unique(1.0 - idle[:, idle.any(axis=0)], axis=1) if idle.any() else np.empty((len(idle), 0))
    groups = np.unique(training_groups(table, settings)[cells.first], return_inverse=True)[1]
    return QualityTable(np.column_stack([inputs, activity]), counts, groups), cells.first


def ceiling(counts: NDArray[np.int64]) -> tuple[float, float] | tuple[None, None]:
    """Between which accuracies the best possible prediction from the hyperparameters lies.

    Upper: the share of trials in the most frequent class of their own configuration (optimistic,
    since the same replicates name that class). Lower: the share of trials whose class is the most
    frequent among the *other* replicates of their configuration, ties counting in part.

    Args:
        counts: Shape (k, classes).

    Returns:
        Lower and upper; (None, None) where no configuration was repeated.
    """
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        return None, None
    total = counts.sum()
    agreed = 0.0
    for own in range(counts.shape[1]):
        others = counts.copy()
        others[:, own] -= 1  # where counts is 0 the row has no trial of this class and weighs nothing
        top = others.max(axis=1)
        ties = (others == top[:, None]).sum(axis=1)
        agreed += float((counts[:, own] * (others[:, own] == top) / ties).sum())
    return float(agreed / total), float(counts.max(axis=1).sum() / total)

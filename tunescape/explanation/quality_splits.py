"""Splits into training and test configurations that keep related rows on one side.

All configurations of a group (those that share training runs) go to the same side, so that what is
predicted is always the class of an unseen configuration. Groups are sorted by the classes of their
trials, in random order among equals, and dealt out like cards: every part gets nearly the same
share of every class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.quality_classes import QualityTable


def _sorted_groups(table: QualityTable, rng: np.random.Generator) -> NDArray[np.int64]:
    """Groups ordered by their mean class and its make-up, random among equals."""
    n_groups = int(table.groups.max()) + 1
    counts = np.stack(
        [np.bincount(table.groups, column, minlength=n_groups) for column in table.counts.T], axis=1
    )
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.lexsort((rng.random(n_groups), shares[:, -1], shares[:, 0], shares.argmax(axis=1)))


def folds(table: QualityTable, n_folds: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Stratified k-fold cross-validation.

    Returns:
        Which configurations are tested in each fold, shape (n_folds, k); every one in exactly one.
    """
    order = _sorted_groups(table, rng)
    fold = np.empty(len(order), dtype=np.int64)
    deal = np.concatenate([rng.permutation(n_folds) for _ in range(-(-len(order) // n_folds))])
    fold[order] = deal[: len(order)]
    return fold[table.groups][None, :] == np.arange(n_folds)[:, None]


def random_split(table: QualityTable, test_share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """One stratified random split: one group out of every stretch of the sorted groups is tested.

    Returns:
        Which configurations are tested, shape (k,); at least one group on each side.
    """
    order = _sorted_groups(table, rng)
    n = len(order)
    n_test = min(max(round(test_share * n), 1), n - 1)
    edges = np.arange(n_test + 1) * n // n_test
    tested = np.zeros(n, dtype=bool)
    tested[order[rng.integers(edges[:-1], edges[1:])]] = True
    return tested[table.groups]

"""Which rows each batch holds, as plain Python: the twin of what the compiled loop does for a lane."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.network import Data, Network
from tunescape.engine.random_numbers import shuffle_rows


def epochs(
    n_rows: int, seed: int, *, shuffle: bool = True, order: NDArray | None = None
) -> Iterator[NDArray[np.int64]]:
    """Orders of the rows, epoch by epoch, without end.

    Args:
        n_rows: Rows.
        seed: The network's seed.
        shuffle: Whether each epoch has a new order.
        order: Given orders, shape (n_epochs, n_rows), repeated from the start where they end.
    """
    rows = np.arange(n_rows, dtype=np.uint32)
    epoch = 0
    while True:
        if order is not None:
            yield np.asarray(order[epoch % len(order)], dtype=np.int64)
        else:
            if shuffle:
                with np.errstate(over="ignore"):
                    shuffle_rows(rows, np.uint64(seed), np.uint64(epoch))
            yield rows.astype(np.int64)
        epoch += 1


def batches(network: Network, n_rows: int, seed: int, order: NDArray | None = None) -> Iterator[NDArray[np.int64]]:
    """Rows of each batch of one network, without end.

    Args:
        network: Its batch size, and whether batches straddle epochs.
        n_rows: Training rows.
        seed: Its seed.
        order: Given orders of the rows, shape (n_epochs, n_rows).
    """
    size, held = network.batch_size, np.zeros(0, dtype=np.int64)
    for rows in epochs(n_rows, seed, shuffle=network.shuffle, order=order):
        held = np.concatenate([held, rows])
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
        if network.batching == "partial" and len(held):
            yield held
            held = held[:0]


def row_weights(data: Data, class_weight: str) -> NDArray[np.float64] | None:
    """Weight of each training row in the loss, or None where all are 1.

    Args:
        data: Its own weights and classes.
        class_weight: ``"none"``, or ``"balanced"``: every class weighs the same in all (King & Zeng
            2001): n / (number of classes x rows of the class).
    """
    weights = None if data.train_weights is None else np.asarray(data.train_weights, dtype=np.float64)
    if class_weight == "none":
        return weights
    targets = np.asarray(data.train_targets)
    classes = targets.reshape(len(targets), -1)[:, 0].astype(np.int64) if targets.ndim > 1 else targets
    counts = np.bincount(classes)
    balanced = (len(classes) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[classes]
    return balanced if weights is None else weights * balanced

"""The usable trials of a study by configuration: mean, runs, noise, and what shares training runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tunescape.study import TrialTable


def trajectories(table: TrialTable) -> NDArray[np.int64]:
    """Number of the training run of each row; rows without one stand for themselves."""
    own = -1 - np.arange(len(table))
    return np.where(table.trajectories < 0, own, table.trajectories)


@dataclass(frozen=True)
class ConfigurationMeans:
    """Usable rows by configuration.

    Args:
        columns: Columns of the table that vary.
        unit: Positions, shape (n, k).
        y: Mean value of each configuration, shape (n,).
        counts: Runs of each, shape (n,).
        noise: Variance of a single run of each; 0 where unknown, shape (n,).
        within: Mean squared deviation of its runs from `y`, shape (n,).
        clusters: Configurations that were read off common training runs, from 0, shape (n,).
        replicated: Whether noise is known.
    """

    columns: tuple[int, ...]
    unit: NDArray[np.float64]
    y: NDArray[np.float64]
    counts: NDArray[np.int64]
    noise: NDArray[np.float64]
    within: NDArray[np.float64]
    clusters: NDArray[np.int64]
    replicated: bool

    @cached_property
    def squares(self) -> NDArray[np.float64]:
        """What each configuration adds to the variance of a single run, shape (n,)."""
        n = len(self.y)
        return (self.y - self.y.mean()) ** 2 * n / (n - 1) + self.noise * (1 - 1 / self.counts)

    @property
    def variance(self) -> float:
        """Variance of a single run over the configurations."""
        return float(self.squares.mean())

    @property
    def noise_share(self) -> float | None:
        """Share of noise in the variance of a single run; None where it is not known."""
        return float(self.noise.mean()) / self.variance if self.replicated else None

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.clusters.max()) + 1


def configuration_means(table: TrialTable, values: NDArray[np.float64]) -> ConfigurationMeans:
    """Gather rows by configuration.

    Args:
        table: Usable rows.
        values: The objective, or its logarithm, of each row.
    """
    _, first, index = np.unique(table.points, return_index=True, return_inverse=True)
    counts = np.bincount(index)
    y = np.bincount(index, values) / counts
    within = np.bincount(index, (values - y[index]) ** 2) / counts
    freedom = int((counts - 1).sum())
    replicated = freedom >= 5
    noise = np.full(len(y), float((within * counts).sum()) / freedom if replicated else 0.0)
    if replicated:
        noise[counts > 1] = (within * counts)[counts > 1] / (counts[counts > 1] - 1)
    unit = table.unit[first]
    columns = tuple(j for j in range(unit.shape[1]) if len(np.unique(unit[~np.isnan(unit[:, j]), j])) > 1)
    clusters = _clusters(index, trajectories(table))
    return ConfigurationMeans(columns, unit[:, columns], y, counts, noise, within, clusters, replicated)


def _clusters(index: NDArray[np.int64], runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Configurations linked by common training runs, numbered from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = int(index.max()) + 1
    _, run = np.unique(runs, return_inverse=True)
    size = n + int(run.max()) + 1
    links = coo_array((np.ones(len(index)), (index, n + run)), shape=(size, size))
    _, label = np.unique(connected_components(links, directed=False)[1][:n], return_inverse=True)
    return label.astype(np.int64)

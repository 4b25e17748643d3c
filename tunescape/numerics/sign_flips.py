"""Tests of blocks of directions by flipping the signs of residuals.

Under the null hypothesis a residual could as well have come out with the other sign. Unlike a
permutation this holds also where the noise is larger in some places than in others, and where
rows of a cluster share their noise: then all signs of the cluster flip together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.directions import Partial
from tunescape.numerics.leave_out import cluster_sums

TINY = 1e-300


@dataclass(frozen=True)
class Flipped:
    """Residuals of a null model, as observed and with their signs flipped B times.

    Args:
        nuisance: Orthonormal columns of the null model, shape (n, q).
        observed: Residuals, shape (n,).
        source: Residuals that are flipped, over 1 - leverage (jackknife), shape (n,).
        signs: Shape (n, B).
        clusters: Number of the cluster of each row where rows share noise; None where none do.
        left: Sum of squares of the flipped residuals after the null model is refitted, shape (B,).
    """

    nuisance: NDArray[np.float64]
    observed: NDArray[np.float64]
    source: NDArray[np.float64]
    signs: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    left: NDArray[np.float64]


def random_signs(clusters: NDArray[np.int64], n_flips: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw signs, equal within a cluster, shape (n, n_flips).

    Args:
        clusters: Number of the cluster of each row, from 0, shape (n,).
        n_flips: How many draws.
        rng: Source of randomness.
    """
    coins = rng.integers(0, 2, size=(int(clusters.max()) + 1, n_flips), dtype=np.int8)
    signs: NDArray[np.float64] = 2.0 * coins.astype(np.float64) - 1.0
    return signs[clusters]


def flipped(
    y: NDArray[np.float64],
    nuisance: NDArray[np.float64],
    signs: NDArray[np.float64],
    clusters: NDArray[np.int64] | None = None,
) -> Flipped:
    """Fit a null model and flip its residuals.

    Args:
        y: Values, shape (n,).
        nuisance: Orthonormal columns of the null model, shape (n, q).
        signs: From `random_signs`, shape (n, B).
        clusters: As given to `random_signs`, where rows of a cluster share noise.
    """
    residuals = y - nuisance @ (nuisance.T @ y)
    source = residuals / np.maximum(1.0 - (nuisance**2).sum(axis=1), 0.05)
    refitted = (nuisance * source[:, None]).T @ signs
    left = (source**2).sum() - (refitted**2).sum(axis=0)
    shared = clusters if clusters is not None and len(np.unique(clusters)) < len(clusters) else None
    return Flipped(nuisance, residuals, source, signs, shared, left)


def surprise(null: Flipped, effect: Partial) -> tuple[float, NDArray[np.float64]]:
    """How surprising a block is after the null model, observed and in every draw.

    The statistic is a weighted sum of squared scores over the mean square that is left, turned
    into -log of its p-value under normal noise, which makes blocks of different size comparable.
    Where rows share noise, a direction within clusters sees less of it than one between them, so
    every squared score is first divided by what its own clusters say of its variance.

    Args:
        null: Flipped residuals of the model without the block.
        effect: The block, with the null model's columns as nuisance.

    Returns:
        Observed statistic, and the statistics of the draws, shape (B,); both 0 where too few rows
        are left to judge.

    Source:
        J. Hemerik, J. J. Goeman, L. Finos (2020), JRSS B 82, 841 (sign-flipped scores);
        A. M. Winkler et al. (2014), NeuroImage 92, 381 (refitting of flipped residuals).
    """
    n, d = effect.directions.shape
    freedom = n - effect.nuisance.shape[1] - d
    if d == 0 or freedom < 3:
        return 0.0, np.zeros(null.signs.shape[1])
    scores = (effect.directions.T @ null.observed) ** 2
    flips = ((effect.directions * null.source[:, None]).T @ null.signs) ** 2
    evened = effect.weights / _inflation(null, effect.directions)
    total = np.array([(null.observed**2).sum()])
    observed = _surprise(scores[:, None], total, effect.weights, evened, freedom)
    return float(observed[0]), _surprise(flips, null.left, effect.weights, evened, freedom)


def _inflation(null: Flipped, directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance of each score over that of rows with noise of their own, shape (d,)."""
    if null.clusters is None:
        return np.ones(directions.shape[1])
    by_cluster = cluster_sums(directions * null.source[:, None], null.clusters)
    return np.maximum((by_cluster**2).sum(axis=0) / max(float((null.source**2).mean()), TINY), 1e-12)


def _surprise(
    squares: NDArray[np.float64],
    total: NDArray[np.float64],
    weights: NDArray[np.float64],
    evened: NDArray[np.float64],
    freedom: int,
) -> NDArray[np.float64]:
    """-log p of weighted squares over the mean square left, F with Box's freedom, shape (B,)."""
    from scipy.special import fdtrc

    left = np.maximum(total - squares.sum(axis=0), 1e-12 * total + TINY) / freedom
    ratio = (evened @ squares) / weights.sum() / left
    return -np.log(fdtrc(weights.sum() ** 2 / (weights**2).sum(), freedom, ratio) + TINY)

"""Variance of fitted blocks without bias, whatever the noise, by leaving rows out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.directions import Partial


@dataclass(frozen=True)
class Component:
    """Mean square of a fitted block over the rows.

    Args:
        value: Estimate without bias; may be negative.
        null_variance: Variance of the estimate where the truth is 0.
        fitted: The fitted block at each row, shape (n,).
        changes: First-order change of the estimate by each row's noise, shape (n,).
    """

    value: float
    null_variance: float
    fitted: NDArray[np.float64]
    changes: NDArray[np.float64]


def cluster_sums(rows: NDArray[np.float64], clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum rows by cluster, shape (number of clusters, ...)."""
    sums = np.zeros((int(clusters.max()) + 1, *rows.shape[1:]))
    np.add.at(sums, clusters, rows)
    return sums


def left_out_residuals(
    y: NDArray[np.float64], basis: NDArray[np.float64], clusters: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Residuals of a least-squares fit, each row's from the fit without its cluster.

    Args:
        y: Shape (n,).
        basis: Orthonormal columns of the fit, shape (n, p).
        clusters: Number of the cluster of each row, from 0, shape (n,).
    """
    residuals = y - basis @ (basis.T @ y)
    sizes = np.bincount(clusters)
    order = np.argsort(clusters, kind="stable")
    starts = np.cumsum(sizes) - sizes
    left_out = np.empty(len(y))
    for size in np.unique(sizes[sizes > 0]):
        rows = order[starts[sizes == size][:, None] + np.arange(size)]
        own = np.eye(size) - np.einsum("gap,gbp->gab", basis[rows], basis[rows])
        values, vectors = np.linalg.eigh(own)
        turned = np.einsum("gab,ga->gb", vectors, residuals[rows]) / np.maximum(values, 0.05)
        left_out[rows] = np.einsum("gab,gb->ga", vectors, turned)
    return left_out


def component(effect: Partial, y: NDArray[np.float64], clusters: NDArray[np.int64]) -> Component:
    """Estimate the mean square of a block's true contribution over the rows.

    The plug-in estimate holds the noise of the coefficients; what it adds is estimated by the
    products of each value with its own left-out residual, whose expectation is the noise's
    covariance, however it differs from row to row.

    Args:
        effect: The block, after nuisance columns.
        y: Values, shape (n,).
        clusters: Rows of a cluster may share noise; shape (n,).

    Source:
        P. Kline, R. Saggio, M. Sølvsten (2020), Econometrica 88, 1859, eq. 6.
    """
    n, directions, form = len(y), effect.directions, effect.form
    centred = y - y.mean()
    basis = np.hstack([effect.nuisance, directions])
    left_out = left_out_residuals(centred, basis, clusters)
    scores = directions.T @ centred
    by_value = cluster_sums(directions * centred[:, None], clusters)
    by_residual = cluster_sums(directions * left_out[:, None], clusters)
    luck = float(np.einsum("gd,de,ge->", by_value, form, by_residual)) / n
    spread = form @ (by_residual.T @ by_residual)
    return Component(
        value=float(scores @ form @ scores) / n - luck,
        null_variance=2 * float(np.trace(spread @ spread)) / n**2,
        fitted=effect.columns @ (effect.solve @ scores),
        changes=2 / n * (directions @ (form @ scores)) * left_out,
    )


def fitted_errors(
    effect: Partial, y: NDArray[np.float64], clusters: NDArray[np.int64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standard errors of the mean of `y` plus the fitted block at other points.

    Args:
        effect: The block, after nuisance columns.
        y: Values, shape (n,).
        clusters: Rows of a cluster may share noise; shape (n,).
        rows: The kept columns of the block at the other points, centred as the block is, shape (q, d).
    """
    basis = np.hstack([effect.nuisance, effect.directions])
    left_out = left_out_residuals(y - y.mean(), basis, clusters)
    slopes = effect.directions @ (rows @ effect.solve).T + 1 / len(y)
    return np.sqrt((cluster_sums(slopes * left_out[:, None], clusters) ** 2).sum(axis=0))


def ratio_half_width(changes: NDArray[np.float64], extra: float, freedom: float, confidence: float = 0.9) -> float:
    """Half width of an interval from first-order changes by independent clusters.

    Args:
        changes: Change of the estimate by each cluster, shape (g,).
        extra: Variance that comes on top.
        freedom: Degrees of freedom of Student's distribution.
        confidence: Probability that the interval covers the truth.
    """
    from scipy.special import stdtrit

    g = len(changes)
    variance = float((changes**2).sum()) * g / max(g - 1, 1) + extra
    return float(stdtrit(max(freedom, 2.0), (1 + confidence) / 2)) * math.sqrt(variance)

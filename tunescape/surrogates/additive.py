"""A sum of smooth functions of single columns and of a few pairs, with fitted shrinkage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.numerics.directions import orthonormal
from tunescape.surrogates.basis import ColumnBasis, evaluate

Pair = tuple[int, int]


@dataclass(frozen=True)
class Additive:
    """A fitted additive model; see `fit_additive`.

    Args:
        bases: Directions of each column.
        pairs: Pairs of columns with a joint part.
        orders: For each pair how many directions of either column are multiplied.
        mean: Constant part.
        coefficients: Of all directions, columns first, then pairs.
        shift: Mean of the pairs' products over the training points.
    """

    bases: tuple[ColumnBasis, ...]
    pairs: tuple[Pair, ...]
    orders: tuple[Pair, ...]
    mean: float
    coefficients: NDArray[np.float64]
    shift: NDArray[np.float64]


def pair_order(sizes: Pair, n_points: int) -> Pair:
    """How many directions of two columns to multiply: at most 3 x 3, and 25 points per product."""
    a, b = min(sizes[0], 3), min(sizes[1], 3)
    while a * b > max(n_points / 25, 1.0):
        a, b = (a - 1, b) if a >= b else (a, b - 1)
    return a, b


def products(first: NDArray[np.float64], second: NDArray[np.float64], order: Pair) -> NDArray[np.float64]:
    """Products of the leading directions of two columns, low degrees first, shape (n, a * b)."""
    a, b = order
    both = (first[:, :a, None] * second[:, None, :b]).reshape(len(first), a * b)
    degree = (np.arange(a)[:, None] + np.arange(b)).reshape(-1)
    return both[:, np.argsort(degree, kind="stable")]


def fit_additive(
    unit: NDArray[np.float64],
    y: NDArray[np.float64],
    bases: Sequence[ColumnBasis],
    *,
    likely: float = 0.05,
    max_pairs: int = 8,
) -> Additive:
    """Fit a sum of functions of single columns, and of pairs that stand out.

    Every column and pair has its own shrinkage, chosen by the marginal likelihood, so what does not
    help fades out. Pairs enter whose F test on the residuals of the columns has p <= `likely` over
    the number of pairs.

    Args:
        unit: Points, NaN where inactive, shape (n, k).
        y: Values, shape (n,).
        bases: Directions of each column, length k.
        likely: Family-wise level at which a pair enters.
        max_pairs: At most so many enter.

    Source:
        D. J. C. MacKay (1992), Bayesian interpolation, eq. 4.13 (fixed point of the shrinkage).
    """
    blocks = [evaluate(basis, unit[:, j]) for j, basis in enumerate(bases)]
    pairs, orders = _outstanding(blocks, y, likely, max_pairs)
    joint = [products(blocks[a], blocks[b], order) for (a, b), order in zip(pairs, orders)]
    shift = np.concatenate([block.mean(axis=0) for block in joint]) if joint else np.zeros(0)
    weights = [basis.weights for basis in bases] + [np.ones(block.shape[1]) for block in joint]
    design = np.hstack([*blocks, *joint]) if blocks else np.zeros((len(y), 0))
    design[:, design.shape[1] - len(shift) :] -= shift
    group = np.repeat(np.arange(len(weights)), [len(w) for w in weights])
    mean = float(y.mean())
    coefficients = shrunk(design, y - mean, group, np.concatenate(weights) if weights else np.zeros(0))
    return Additive(tuple(bases), tuple(pairs), tuple(orders), mean, coefficients, shift)


def predict(model: Additive, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value of the model at points of the unit cube, shape (n,)."""
    blocks = [evaluate(basis, unit[:, j]) for j, basis in enumerate(model.bases)]
    joint = [products(blocks[a], blocks[b], order) for (a, b), order in zip(model.pairs, model.orders)]
    design = np.hstack([np.zeros((len(unit), 0)), *blocks, *joint])
    design[:, design.shape[1] - len(model.shift) :] -= model.shift
    return model.mean + design @ model.coefficients


def _outstanding(
    blocks: list[NDArray[np.float64]], y: NDArray[np.float64], likely: float, most: int
) -> tuple[list[Pair], list[Pair]]:
    """Pairs with a small p-value on the residuals of the columns, smallest first, and their orders."""
    from scipy.special import fdtrc

    n = len(y)
    nuisance = orthonormal(np.hstack([np.ones((n, 1)), *blocks]))
    if n - nuisance.shape[1] < 10:
        return [], []
    left = y - nuisance @ (nuisance.T @ y)
    total = float((left**2).sum())
    pairs = [(a, b) for a in range(len(blocks)) for b in range(a) if blocks[a].size and blocks[b].size]
    found = []
    for a, b in pairs:
        order = pair_order((blocks[a].shape[1], blocks[b].shape[1]), n)
        both = products(blocks[a], blocks[b], order)
        both -= nuisance @ (nuisance.T @ both)
        d, scores = both.shape[1], both.T @ left
        explained = float(scores @ np.linalg.solve(both.T @ both + 1e-8 * n * np.eye(d), scores))
        freedom = n - nuisance.shape[1] - d
        if freedom >= 3 and explained > 0:
            ratio = explained / d / max((total - explained) / freedom, 1e-300)
            found.append((float(fdtrc(d, freedom, ratio)), (a, b), order))
    found = sorted(f for f in found if f[0] * len(pairs) <= likely)[:most]
    return [f[1] for f in found], [f[2] for f in found]


def shrunk(
    design: NDArray[np.float64],
    y: NDArray[np.float64],
    group: NDArray[np.intp],
    weights: NDArray[np.float64],
    n_rounds: int = 30,
) -> NDArray[np.float64]:
    """Coefficients of a ridge regression with one shrinkage per group, by marginal likelihood.

    Args:
        design: Shape (n, p).
        y: Centred values, shape (n,).
        group: Group of each column, shape (p,).
        weights: Expected relative size of each column in its group, shape (p,).
        n_rounds: Most rounds of the fixed point; it ends when the noise settles to 0.1 %.
    """
    n, p = design.shape
    total = float(y @ y)
    if p == 0 or total <= 0:
        return np.zeros(p)
    scaled = design * np.sqrt(weights)
    gram, scores = scaled.T @ scaled, scaled.T @ y
    n_groups = int(group.max()) + 1
    noise = total / n / 2
    size = np.full(n_groups, total / n / 2 / p)
    beta = np.zeros(p)
    for _ in range(n_rounds):
        root = np.sqrt(size[group])
        inner = gram * root * root[:, None] + noise * np.eye(p)
        inverse = np.linalg.inv(inner)
        beta = root * (inverse @ (root * scores))
        well = np.bincount(group, 1.0 - noise * np.diag(inverse), n_groups)
        size = np.bincount(group, beta**2, n_groups) / np.maximum(well, 1e-12)
        size = np.clip(size, 1e-12 * total / n, None)
        rest = total - 2 * beta @ scores + beta @ gram @ beta
        before, noise = noise, max(rest / max(n - well.sum(), 1.0), 1e-9 * total / n)
        if abs(noise - before) <= 1e-3 * noise:
            break
    return beta * np.sqrt(weights)

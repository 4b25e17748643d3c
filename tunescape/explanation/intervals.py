"""Textbook intervals and critical values: Wilson's, Spearman's, and that of the best of many."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def wilson(successes: float, n: int, level: float = 0.9) -> tuple[float, float]:
    """Two-sided interval of a share (Wilson 1927, JASA 22, 209); (0, 1) where n is 0."""
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def spearman_interval(rho: float, n: int, level: float = 0.9) -> tuple[float, float]:
    """Two-sided interval of a rank correlation: Fisher's z with the variance of Bonett and Wright.

    Var z = (1 + rho^2 / 2) / (n - 3) (Bonett and Wright 2000, Psychometrika 65, 23, section 3);
    (-1, 1) where n is below 4.
    """
    if n < 4:
        return -1.0, 1.0
    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt((1 + rho * rho / 2) / (n - 3))
    z = math.atanh(max(-1 + 1e-12, min(1 - 1e-12, rho)))
    return math.tanh(z - half), math.tanh(z + half)


def student_quantile(p: float, df: float) -> float:
    """Quantile of Student's t; of the normal distribution where df is infinite."""
    if math.isinf(df):
        return NormalDist().inv_cdf(p)
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


@lru_cache(maxsize=64)
def best_of_many(k: int, df: float, level: float = 0.9) -> float:
    """Critical value d of the comparison of k means with the best of them.

    With equal true means, P(max_j (m_j - m_i) <= d s sqrt(2 / r)) = level, where s has df degrees
    of freedom: the one-sided Dunnett constant for k - 1 comparisons with a control. The means
    within d s sqrt(2 / r) of the highest hold the truly best one with at least that probability
    (Gupta 1965, Technometrics 7, 225, section 3; Hsu 1981, Annals of Statistics 9, 1026).

    Args:
        k: Number of means, at least 1.
        df: Degrees of freedom of s; may be infinite.
        level: Probability, in (0, 1).
    """
    if k < 2:
        return 0.0
    from scipy.special import log_ndtr

    z = np.linspace(-8.0, 8.0, 321)[:, None]
    density = np.exp(-z[:, 0] ** 2 / 2) / math.sqrt(2 * math.pi) * (z[1, 0] - z[0, 0])
    s = _scales(df)
    return _solve(
        lambda d: float(density @ np.exp((k - 1) * log_ndtr(z + math.sqrt(2) * d * s)).mean(axis=1)), level
    )


@lru_cache(maxsize=64)
def largest_of_many(k: int, df: float, level: float = 0.95) -> float:
    """Critical value c with P(no m_i exceeds its true mean by more than c s / sqrt(r)) = level.

    A lower bound m_i - c s / sqrt(r) holds whichever of the k means is picked for being the highest
    (studentised maximum; Hochberg and Tamhane 1987, Multiple Comparison Procedures, section 5.2).
    """
    from scipy.special import log_ndtr

    s = _scales(df)
    return _solve(lambda c: float(np.exp(k * log_ndtr(c * s)).mean()), level)


def _scales(df: float) -> NDArray[np.float64]:
    """Equally likely values of s over the true standard deviation, shape (64,) or (1,)."""
    if math.isinf(df):
        return np.ones(1)
    from scipy.special import chdtri

    return np.sqrt(chdtri(df, 1 - (np.arange(64) + 0.5) / 64) / df)


def _solve(probability: Callable[[float], float], level: float) -> float:
    """Where an increasing probability reaches a level; by bisection, to five digits."""
    low, high = -4.0, 4.0
    while probability(high) < level:
        low, high = high, 2 * high
    while high - low > 1e-5 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < level else (low, middle)
    return high

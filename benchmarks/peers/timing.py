"""How fast is something: the first call apart, then the best of many short repetitions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

SHORTEST = 0.003
"""Seconds of a repetition, at least."""


@dataclass(frozen=True)
class Rate:
    """A speed.

    Args:
        per_second: Network-steps per second.
        first_call: Seconds that the first call took longer than a later one: compilation.
        choice: What was found best, in words.
        tried: Network-steps per second of all that was tried, by the same words.
    """

    per_second: float
    first_call: float
    choice: str = ""
    tried: dict[str, float] = field(default_factory=dict)


def measure_rate(work: Callable[[int], object], unit: int, seconds: float, choice: str = "") -> Rate:
    """Time a piece of work that can be made longer.

    Repetitions last some milliseconds where a call is that short, and the fastest counts: on a machine that
    others use, short ones have a chance to run undisturbed.

    Args:
        work: Does an amount of work.
        unit: Network-steps of an amount of 1.
        seconds: Time to spend, roughly; at least three repetitions are made.
        choice: Its name, in words.
    """
    first = _time(work, 1)
    again = _time(work, 1)
    amount = max(1, int(np.ceil(min(SHORTEST, seconds / 3) / again)))
    best, deadline, done = np.inf, time.perf_counter() + seconds, 0
    while done < 3 or time.perf_counter() < deadline:
        best = min(best, _time(work, amount))
        done += 1
    return Rate(amount * unit / best, max(0.0, first - best / amount), choice)


def best_of(candidates: Iterable[tuple[str, Callable[[], Callable[[int], object]], int]], seconds: float) -> Rate:
    """The fastest of several ways to do the same, each tried for a fair share of the time.

    Args:
        candidates: What to call it, what makes its work, and the network-steps of an amount of 1.
        seconds: Time to spend on all, compilation apart.
    """
    ways = list(candidates)
    return fastest([measure_rate(make(), unit, seconds / len(ways), name) for name, make, unit in ways])


def fastest(rates: Sequence[Rate]) -> Rate:
    """The fastest of several, which tells of all that were tried."""
    tried = {rate.choice: rate.per_second for rate in rates} | {k: v for rate in rates for k, v in rate.tried.items()}
    return replace(max(rates, key=lambda rate: rate.per_second), tried=tried)


def sgemm_gflops(seconds: float = 0.5) -> float:
    """Rate of NumPy's own single precision matrix product on all cores, in GFLOP/s: the best of many."""
    n = 768  # some milliseconds: short enough to run undisturbed now and then
    a = np.random.default_rng(0).normal(size=(n, n)).astype(np.float32)
    out = np.empty_like(a)
    best, deadline = np.inf, time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        best = min(best, _time(lambda _: np.matmul(a, a, out=out), 0))
    return 2 * n**3 / best / 1e9


def _time(work: Callable[[int], object], amount: int) -> float:
    started = time.perf_counter()
    work(amount)
    return time.perf_counter() - started

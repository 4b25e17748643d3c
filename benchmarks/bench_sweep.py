"""Question: what does it cost that the networks of a survey are not alike?

20 architectures x 6 optimisers x 4 activations x 5 batch sizes, steps log-uniform in 100..2000: 5000 networks drawn at
random from that product learn one table of 1024 rows, all at once, through `evaluators.Population` as a survey trains
them. Beside it what the same networks cost in homogeneous buckets: 64 networks of one kind with equal steps keep all
cores busy; a bucket is timed at two numbers of steps, and a network costs its share of the line through them at its own
steps. Buckets are a systematic sample of the kinds present, with probability proportional to the work expected of
them, so that the sum over all kinds is estimated without bias; its standard error is told.

    python benchmarks/bench_sweep.py [--json] [--networks 5000] [--kinds 120] [--repeats 2] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data, available_cores
from tunescape.evaluators import Population
from tunescape.study import Objective, Status, Trial

ARCHITECTURES = (
    (4,), (8,), (12,), (16,), (24,), (32,), (4, 4), (8, 4), (8, 8), (16, 8), (16, 16), (24, 12), (32, 8), (32, 16),
    (32, 32), (4, 4, 4), (8, 8, 8), (16, 8, 4), (16, 16, 16), (32, 16, 8),
)  # fmt: skip
OPTIMISERS = ("sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad")
ACTIVATIONS = ("relu", "tanh", "elu", "sigmoid")
BATCH_SIZES = (8, 16, 32, 64, 128)
STEPS = (100, 2000)
N_INPUTS, N_OUTPUTS, N_ROWS, N_VALIDATION = 8, 3, 1024, 256
BUCKET = 64
BUCKET_STEPS = (150, 1200)
BAR = 1.5

Kind = tuple[tuple[int, ...], str, str, int]
"""Architecture, optimiser, activation, batch size."""


def evaluator(seed: int = 0) -> Population:
    """What trains the networks: the population engine on a table of three classes."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(N_ROWS + N_VALIDATION, N_INPUTS))
    targets = (np.tanh(inputs @ rng.normal(size=(N_INPUTS, 8))) @ rng.normal(size=(8, N_OUTPUTS))).argmax(axis=1)
    data = Data(inputs[:N_ROWS], targets[:N_ROWS], inputs[N_ROWS:], targets[N_ROWS:])
    return Population(data, "softmax_cross_entropy", N_OUTPUTS, Objective("validation_loss", "minimize"))


def draw(n: int, rng: np.random.Generator) -> tuple[list[Kind], NDArray[np.int64]]:
    """Kinds and numbers of steps of `n` networks."""
    kinds = [
        (ARCHITECTURES[a], OPTIMISERS[o], ACTIVATIONS[f], BATCH_SIZES[b])
        for a, o, f, b in zip(
            *(rng.integers(len(of), size=n) for of in (ARCHITECTURES, OPTIMISERS, ACTIVATIONS, BATCH_SIZES))
        )
    ]
    return kinds, np.exp(rng.uniform(*np.log(STEPS), size=n)).astype(np.int64)


def trials(kinds: Sequence[Kind], steps: Sequence[int] | NDArray, rng: np.random.Generator) -> list[Trial]:
    """Planned trials of some networks, each with its own seed and learning rate."""
    return [
        Trial(
            number=i, seed=i, trajectory=i, status=Status.WAITING,
            configuration={
                "layers": len(units), **{f"units_{k + 1}": u for k, u in enumerate(units)}, "optimiser": optimiser,
                "activation": activation, "batch_size": batch, "steps": int(n_steps),
                "learning_rate": float(np.exp(rng.uniform(np.log(1e-4), np.log(3e-2)))),
            },
        )
        for i, ((units, optimiser, activation, batch), n_steps) in enumerate(zip(kinds, steps))
    ]  # fmt: skip


def train(of: Population, planned: Sequence[Trial]) -> tuple[float, Counter[str]]:
    """Seconds of training all, and how the trials ended."""
    started = time.perf_counter()
    done = [trial for part in of.evaluate(planned) for trial in part]
    seconds = time.perf_counter() - started
    assert len(done) == len(planned), "not every trial was finished"
    return seconds, Counter(trial.status.name.lower() for trial in done)


def expected_work(kind: Kind) -> float:
    """Work of a network-step in any unit: products, activations, and the optimiser's pass over the weights."""
    units, _, _, batch = kind
    widths = (N_INPUTS, *units, N_OUTPUTS)
    weights = sum((a + 1) * b for a, b in pairwise(widths))
    return batch * (6 * weights + 40 * sum(widths)) + 40 * weights


@dataclass(frozen=True)
class Estimate:
    """What all networks cost in homogeneous buckets.

    Args:
        seconds: The sum.
        standard_error: Of the sum, from the choice of buckets that were timed.
        n_timed: Buckets that were timed.
    """

    seconds: float
    standard_error: float
    n_timed: int


def sample(work: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `n` indices, in order, systematically with probability proportional to `work`; large ones repeatedly."""
    at = (rng.uniform() + np.arange(n)) / n
    return np.minimum(np.searchsorted(np.cumsum(work) / work.sum(), at), len(work) - 1)


def total(costs: NDArray[np.float64], probabilities: NDArray[np.float64]) -> tuple[float, float]:
    """Estimate the sum of all costs from those of draws, and its standard error.

    A draw of probability p and cost c says that the sum is c / p; the mean over the draws is without bias
    (Hansen and Hurwitz, 1943). The standard error takes draws for independent, which overstates that of a systematic
    sample.

    Args:
        costs: Of the draws, shape (n,).
        probabilities: Of the draws, shape (n,).
    """
    each = costs / probabilities
    return float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))


def homogeneous(
    of: Population,
    kinds: Sequence[Kind],
    steps: NDArray[np.int64],
    n_draws: int,
    repeats: int,
    rng: np.random.Generator,
) -> Estimate:
    """Estimate what networks cost in buckets of their own kind."""
    own: dict[Kind, list[int]] = defaultdict(list)
    for kind, n_steps in zip(kinds, steps):
        own[kind].append(int(n_steps))
    present = sorted(own, key=lambda kind: (kind[3], kind[1], kind[0], kind[2]))
    work = np.array([expected_work(kind) * sum(own[kind]) for kind in present], dtype=float)
    drawn = sample(work, n_draws, rng)
    cost = {int(k): bucket_cost(of, present[k], own[present[k]], repeats, rng) for k in np.unique(drawn)}
    seconds, error = total(np.array([cost[int(k)] for k in drawn]), (work / work.sum())[drawn])
    return Estimate(seconds, error, len(cost))


def bucket_cost(of: Population, kind: Kind, steps: Sequence[int], repeats: int, rng: np.random.Generator) -> float:
    """Seconds that networks of one kind with these steps cost as part of full buckets."""
    times = [
        min(train(of, trials([kind] * BUCKET, [n] * BUCKET, rng))[0] for _ in range(repeats)) for n in BUCKET_STEPS
    ]
    slope = max(0.0, (times[1] - times[0]) / (BUCKET_STEPS[1] - BUCKET_STEPS[0]))
    begin = max(0.0, times[0] - slope * BUCKET_STEPS[0])
    return sum(begin + slope * n for n in steps) / BUCKET


def measure(n_networks: int, n_kinds: int, repeats: int, seed: int) -> dict[str, Any]:
    """The document that is printed."""
    rng = np.random.default_rng(seed)
    of = evaluator()
    kinds, steps = draw(n_networks, rng)
    planned = trials(kinds, steps, rng)
    first, _ = train(of, planned[:2])  # compiles, or loads what was compiled
    seconds, statuses = train(of, planned)
    for _ in range(repeats - 1):
        if seconds < 20:  # longer ones are not repeated
            seconds = min(seconds, train(of, planned)[0])
    alike = homogeneous(of, kinds, steps, n_kinds, repeats, rng)
    ratio, error = seconds / alike.seconds, alike.standard_error / alike.seconds
    return {
        "networks": n_networks, "network_steps": int(steps.sum()), "kinds_present": len(set(kinds)),
        "kinds_timed": alike.n_timed, "statuses": dict(statuses), "first_call": first, "seconds": seconds,
        "network_steps_per_second": float(steps.sum() / seconds), "seconds_homogeneous": alike.seconds,
        "standard_error": alike.standard_error, "ratio": ratio, "low": ratio / (1 + 1.645 * error),
        "high": ratio / max(1e-9, 1 - 1.645 * error), "bar": BAR, "passed": ratio <= BAR,
        "cores": available_cores(), "load": os.getloadavg()[0],
    }  # fmt: skip


def show(found: Mapping[str, Any]) -> None:
    """Print for people."""
    print(f"{found['networks']} networks of {found['kinds_present']} kinds, {found['network_steps']:,} network-steps")
    print(f"  all at once           {found['seconds']:8.2f} s  {found['statuses']}")
    print(f"  in buckets of a kind  {found['seconds_homogeneous']:8.2f} s  +- {found['standard_error']:.2f} s"
          f" (standard error, {found['kinds_timed']} kinds timed)")  # fmt: skip
    print(f"  ratio                 {found['ratio']:8.2f}    90 % interval {found['low']:.2f} .. {found['high']:.2f},"
          f" wanted at most {BAR}: {'pass' if found['passed'] else 'FAIL'}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--networks", type=int, default=5000)
    parser.add_argument("--kinds", type=int, default=120, help="buckets that are timed")
    parser.add_argument("--repeats", type=int, default=2, help="timings of everything, of which the best counts")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found = measure(given.networks, given.kinds, given.repeats, given.seed)
    if given.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()

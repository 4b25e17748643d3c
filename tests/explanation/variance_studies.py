"""Studies with known variances for the tests of the analysis of variance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from tunescape.space import Categorical, Float, Ordinal, SearchSpace, decode, encode
from tunescape.study import Objective, Status, Trial, TrialTable

Noise = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def table_of(space, rows, *, direction="maximize", trajectories=None, status=None) -> TrialTable:
    """A table of configurations and values, one training run each unless said otherwise."""
    trials = tuple(
        Trial(
            i, configuration, seed=i, trajectory=i if trajectories is None else int(trajectories[i]),
            status=status[i] if status else Status.COMPLETED, value=None if value is None else float(value),
        )
        for i, (configuration, value) in enumerate(rows)
    )  # fmt: skip
    return TrialTable.of(space, Objective("score", direction), trials)


def grid_space(shape) -> SearchSpace:
    """Hyperparameters a, b, … with as many levels as the grid has along each axis."""
    return SearchSpace({"abcdefgh"[k]: Ordinal(tuple(range(n))) for k, n in enumerate(shape)})


def grid_table(runs, *, shared=False, shuffle=0) -> TrialTable:
    """The table of runs of shape (L_1, …, L_K, r); if shared, the last factor's levels share a run."""
    *shape, r = runs.shape
    space, rows, units = grid_space(shape), [], []
    for cell in itertools.product(*(range(n) for n in shape)):
        for k in range(r):
            rows.append((dict(zip(space.varying, cell)), runs[(*cell, k)]))
            plot = cell[:-1] if shared else cell
            units.append(int(np.ravel_multi_index((*plot, k), (*shape[: len(plot)], r))))
    order = np.random.default_rng(shuffle).permutation(len(rows))
    return table_of(space, [rows[i] for i in order], trajectories=[units[i] for i in order])


def unit_noise(rng, shape, r, shared, uneven) -> np.ndarray:
    """Noise of a grid: correlated 0.7 within units if shared, in few levels of the first axis if uneven."""
    noise = rng.standard_normal((*shape, r))
    if shared:
        noise = math.sqrt(0.7) * rng.standard_normal((*shape[:-1], 1, r)) + math.sqrt(0.3) * noise
    if uneven:
        n = shape[0]
        sd = np.r_[np.zeros(n // 2), np.full(n - n // 2 - 1, 0.3), 1.0]
        noise = noise * sd.reshape(-1, *[1] * (noise.ndim - 1))
    return noise


def mixed_space(n: int = 6) -> SearchSpace:
    """Numbers on both scales, one ordinal and one categorical hyperparameter."""
    space = {f"p{i}": Float(1e-4, 1.0, "log") if i % 2 == 0 else Float(0.0, 1.0) for i in range(n - 2)}
    space[f"p{n - 2}"] = Ordinal((16, 32, 64, 128))
    space[f"p{n - 1}"] = Categorical(("a", "b", "c"))
    return SearchSpace(space)


def random_table(
    rng, n, truth, *, noise: Noise | None = None, space=None, replicates=1, direction="maximize"
) -> TrialTable:
    """Random configurations whose mean value is a function of their place in the unit cube."""
    space = space or mixed_space()
    configurations = decode(space, rng.random((n, len(space.varying))))
    unit = np.repeat(encode(space, configurations), replicates, axis=0)
    luck = rng.standard_normal(len(unit)) if noise is None else noise(rng, unit)
    values = truth(unit) + luck
    rows = [(configurations[i // replicates], values[i]) for i in range(len(unit))]
    return table_of(space, rows, direction=direction)


def nothing(unit) -> np.ndarray:
    """No hyperparameter does anything."""
    return np.zeros(len(unit))


def most_by_chance(n: int, rate: float, alarm: float = 1e-3) -> int:
    """Largest count that n trials of the given rate exceed with probability below `alarm`."""
    from scipy.stats import binom

    return int(binom.ppf(1 - alarm, n, rate))


def effect(analysis, *names):
    """The effect of one hyperparameter or of a pair."""
    for found in analysis.mains + analysis.pairs:
        if set(found.parameters) == set(names):
            return found
    raise KeyError(names)

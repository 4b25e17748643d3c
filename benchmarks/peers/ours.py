"""The population engine: all networks of a call share their minibatches, each has its own learning rate."""

from __future__ import annotations

import numpy as np

from peers.problem import Problem
from peers.timing import Rate, measure_rate


def train(p: Problem, n: int, n_steps: int, initial: list[list[tuple[np.ndarray, np.ndarray]]] | None = None):
    """Train `n` networks for `n_steps` steps."""
    from tunescape.engine import Data, Network
    from tunescape.engine import train as train_population

    loss = "squared_error" if p.shape.regression else "softmax_cross_entropy"
    network = Network(p.shape.widths, "tanh", p.optimiser, loss, batch_size=p.shape.batch)
    return train_population(
        network, Data(p.inputs, p.targets), seeds=range(n), n_steps=n_steps, order=p.order, initial=initial,
        record_at=[],
        hyperparameters={"learning_rate": np.full(n, p.learning_rate)},
    )  # fmt: skip


def ours(p: Problem, seconds: float) -> Rate:
    """As many steps per call as take the better part of a second, so that laying out the population hardly counts."""
    n = p.shape.population
    steps = max(4, int(1e11 / (n * p.shape.flop)))
    return measure_rate(lambda amount: train(p, n, amount * steps), n * steps, 2 * seconds, f"{n} networks")

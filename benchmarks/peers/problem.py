"""What is trained: the shapes of the networks, their data, the order of its rows, and the starting weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """A network, its batch and its data.

    Args:
        widths: Units of every layer; one output unit means a regression.
        batch: Rows of a minibatch.
        n_rows: Rows of the data.
        population: Networks that our engine trains at once.
        peer_populations: Numbers of networks among which a peer's best is looked for.
        learning_rate: At which nothing diverges.
    """

    widths: tuple[int, ...]
    batch: int
    n_rows: int
    population: int
    peer_populations: tuple[int, ...]
    learning_rate: float = 0.01

    @property
    def flop(self) -> int:
        """Operations of one network-step: 6 x batch x parameters."""
        return 6 * self.batch * sum((a + 1) * b for a, b in pairwise(self.widths))

    @property
    def regression(self) -> bool:
        """Whether the loss is the squared error."""
        return self.widths[-1] == 1


SHAPES = {
    "4-5-10-5-3": Shape((4, 5, 10, 5, 3), 32, 120, 1024, (16, 64, 256, 1024)),
    "8-16-1": Shape((8, 16, 1), 32, 1024, 1024, (32, 128, 512, 2048)),
    "8-64-64-1": Shape((8, 64, 64, 1), 32, 1024, 512, (8, 16, 64, 256)),
    "64-256-256-10": Shape((64, 256, 256, 10), 128, 6400, 64, (2, 4, 16)),
    "1024-50-1": Shape((1024, 50, 1), 100, 6400, 128, (4, 16, 64), 0.001),
}


@dataclass(frozen=True)
class Problem:
    """Data and the order of its rows, the same for everybody; only full batches.

    Args:
        shape: The network.
        optimiser: ``"sgd"`` (plain) or ``"adam"``.
        inputs: Shape (n_rows, n_inputs), float32.
        targets: Classes, shape (n_rows,), int32; or numbers, shape (n_rows, 1), float32.
        order: Rows of every epoch, shape (n_orders, n_rows), int32.
    """

    shape: Shape
    optimiser: str
    inputs: NDArray[np.float32]
    targets: NDArray
    order: NDArray[np.int32]

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return len(self.inputs) // self.shape.batch

    @property
    def batches(self) -> NDArray[np.int32]:
        """Rows of every batch, shape (n_orders * steps_per_epoch, batch)."""
        return self.order.reshape(-1, self.shape.batch)

    @property
    def learning_rate(self) -> float:
        """The same for all networks, and given to each by itself where a library can."""
        return self.shape.learning_rate if self.optimiser == "sgd" else self.shape.learning_rate / 10

    def start(self, n: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Starting weights (n, fan_in, fan_out) and biases (n, fan_out) of every layer of `n` networks."""
        rng = np.random.default_rng(1)
        widths = self.shape.widths
        return [
            ((rng.normal(size=(n, a, b)) * np.sqrt(2 / (a + b))).astype(np.float32), np.zeros((n, b), np.float32))
            for a, b in pairwise(widths)
        ]


def make_problem(shape: Shape, optimiser: str = "sgd", n_orders: int = 64) -> Problem:
    """Make data that can be learned, and `n_orders` random orders of its rows."""
    rng = np.random.default_rng(0)
    n = shape.n_rows // shape.batch * shape.batch
    inputs = rng.normal(size=(n, shape.widths[0])).astype(np.float32)
    outputs = inputs @ rng.normal(size=(shape.widths[0], shape.widths[-1]))
    targets = np.tanh(outputs).astype(np.float32) if shape.regression else outputs.argmax(axis=1).astype(np.int32)
    order = np.stack([rng.permutation(n) for _ in range(n_orders)]).astype(np.int32)
    return Problem(shape, optimiser, inputs, targets, order)

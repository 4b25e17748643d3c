"""JAX: `jit` of a scan over steps of `vmap(grad)`, learning rate per network, minibatches gathered inside.

Tuned here: the number of networks (few, so that they stay in cache), the scan unrolled or not, buffers
donated, and the population split over as many devices as cores (`split`), each of which XLA runs on a
thread of its own. Tried on 4-5-10-5-3 only, in single runs: networks on the last axis with the products
written as multiply-and-sum (3 to 6 times slower); 512-bit vectors, XNNPACK, fast-math (the same to within noise).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

from peers.problem import Problem
from peers.timing import Rate, best_of, fastest

BETAS, EPSILON = (0.9, 0.999), 1e-7


class Population:
    """Networks of one shape, trained `steps` steps a call.

    Args:
        p: The problem.
        n: Networks; a multiple of the number of devices.
        steps: Steps of one compiled call.
        unroll: Steps of the scan that are written out.
        split: Spread the networks over all devices.
    """

    def __init__(self, p: Problem, n: int, steps: int, unroll: int = 1, split: bool = False) -> None:
        import jax

        self.p, self.place = p, _placing(split)
        self.restart(np.full(n, p.learning_rate, np.float32))
        place = self.place
        pieces = len(p.batches) // steps
        self.batches = cycle([place(b, True) for b in np.split(p.batches[: pieces * steps], pieces)])
        self.data = (place(p.inputs, True), place(p.targets, True))
        self.run = jax.jit(_training(p, unroll), donate_argnums=(0, 1))

    def restart(self, rates: np.ndarray) -> None:
        """Begin anew from the starting weights, with these learning rates, shape (n,)."""
        import jax

        weights = self.p.start(len(rates))
        zeros = jax.tree.map(np.zeros_like, weights)
        slots = (zeros, zeros) if self.p.optimiser == "adam" else ()
        self.rates = self.place(rates, False)
        self.state = jax.tree.map(lambda a: self.place(a, False), (weights, slots))
        self.t = self.place(np.float32(0), True)

    def advance(self, calls: int) -> None:
        """Train `calls` times the steps of a call."""
        import jax

        for _ in range(calls):
            self.state, self.t = self.run(self.state, self.t, self.rates, next(self.batches), *self.data)
        jax.block_until_ready(self.state)

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights and biases of every layer, networks first."""
        return [(np.asarray(w), np.asarray(b)) for w, b in self.state[0]]


def _placing(split: bool) -> Callable[[Any, bool], Any]:
    """How to put an array on the devices: whole on each, or its first axis spread over them."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    mesh = Mesh(np.array(jax.devices() if split else jax.devices()[:1]), ("networks",))
    return lambda a, whole: jax.device_put(
        a, NamedSharding(mesh, PartitionSpec() if whole else PartitionSpec("networks"))
    )


def _loss(p: Problem) -> Callable[..., Any]:
    """The loss of one network on some rows."""
    import jax
    import jax.numpy as jnp

    def loss(weights, x, y):
        value = x
        for w, b in weights[:-1]:
            value = jnp.tanh(value @ w + b)
        outputs = value @ weights[-1][0] + weights[-1][1]
        if p.shape.regression:
            return ((outputs - y) ** 2).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], axis=1).mean()

    return loss


def mean_loss(p: Problem, weights: Any) -> Any:
    """Loss of every network over all full chunks of 1000 rows, shape (n,)."""
    import jax
    import jax.numpy as jnp

    k = min(1000, len(p.inputs))
    n = len(p.inputs) // k * k
    chunks = (jnp.asarray(p.inputs[:n]).reshape(-1, k, p.inputs.shape[1]),
              jnp.asarray(p.targets[:n]).reshape(-1, k, *p.targets.shape[1:]))  # fmt: skip
    each = jax.vmap(_loss(p), in_axes=(0, None, None))
    return jax.lax.map(lambda chunk: each(weights, *chunk), chunks).mean(axis=0)


def _training(p: Problem, unroll: int) -> Callable[..., Any]:
    """The function that trains all networks over some batches."""
    import jax
    import jax.numpy as jnp

    loss = _loss(p)

    def one(weights, slots, t, rate, x, y):
        gradient = jax.grad(loss)(weights, x, y)
        if p.optimiser == "sgd":
            return jax.tree.map(lambda w, g: w - rate * g, weights, gradient), slots
        (b1, b2), (m, v) = BETAS, slots
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, m, gradient)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, v, gradient)
        size = rate * jnp.sqrt(1 - b2**t) / (1 - b1**t)
        return jax.tree.map(lambda w, m, v: w - size * m / (jnp.sqrt(v) + EPSILON), weights, m, v), (m, v)

    def run(state, t, rates, batches, inputs, targets):
        def step(carry, rows):
            (weights, slots), t = carry
            x, y = inputs[rows], targets[rows]
            state = jax.vmap(lambda w, s, r: one(w, s, t + 1, r, x, y))(weights, slots, rates)
            return (state, t + 1), None

        return jax.lax.scan(step, (state, t), batches, unroll=unroll)[0]

    return run


def jax_vmap(p: Problem, seconds: float, split: bool = False) -> Rate:
    """The best of several numbers of networks, and of the scan unrolled four times."""

    def way(n: int, unroll: int) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        steps = steps_of_a_call(p, n)
        made = lambda: Population(p, n, steps, unroll, split).advance  # noqa: E731
        return f"{n} networks, unroll {unroll}", made, n * steps

    first = best_of([way(n, 1) for n in p.shape.peer_populations], seconds * 0.6)
    n = int(first.choice.split()[0])
    unrolled = best_of([way(n, 4)], seconds * 0.4)
    return fastest([first, unrolled])


def jax_vmap_split(p: Problem, seconds: float) -> Rate:
    """The same with the population spread over one device per core (XLA_FLAGS must say so before JAX starts)."""
    return jax_vmap(p, seconds, split=True)


def steps_of_a_call(p: Problem, n: int) -> int:
    """Steps of a compiled call: a few milliseconds of work, at least 4 steps and at most 192."""
    return int(np.clip(2e8 / (p.shape.flop * n), 4, min(192, len(p.batches))))

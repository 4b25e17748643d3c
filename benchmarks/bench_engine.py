"""Question: how many steps of how many networks per second, beside those who train networks otherwise?

One run, the same data, the same order of rows, compilation apart. The unit is the network-step: one
optimiser step (one minibatch) of one network. Plain SGD, single precision, all cores.

    python benchmarks/bench_engine.py [--json] [--seconds 3] [--shape 4-5-10-5-3]

Peers that are not installed are null: pip install "tunescape[bench]".
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True)
class Shape:
    """A network, its batch and its data: widths, batch size, number of rows."""

    widths: tuple[int, ...]
    batch: int
    n_rows: int

    @property
    def flop(self) -> int:
        """Operations of one network-step: 6 x batch x parameters."""
        return 6 * self.batch * sum((a + 1) * b for a, b in zip(self.widths, self.widths[1:]))


SHAPES = {
    "4-5-10-5-3": Shape((4, 5, 10, 5, 3), 32, 120),
}
LEARNING_RATE = 0.01


@dataclass(frozen=True)
class Problem:
    """Data and the order of its rows, the same for everybody; the last partial batch is dropped."""

    shape: Shape
    inputs: np.ndarray
    targets: np.ndarray
    order: np.ndarray

    @property
    def steps_per_epoch(self) -> int:
        """Full batches in an epoch."""
        return self.shape.n_rows // self.shape.batch


def problem(shape: Shape) -> Problem:
    """Make data that can be learned, and 64 random orders of its rows (full batches only)."""
    rng = np.random.default_rng(0)
    n = shape.n_rows // shape.batch * shape.batch
    shape = Shape(shape.widths, shape.batch, n)
    inputs = rng.normal(size=(n, shape.widths[0])).astype(np.float32)
    targets = (inputs @ rng.normal(size=(shape.widths[0], shape.widths[-1]))).argmax(axis=1)
    order = np.stack([rng.permutation(n) for _ in range(64)]).astype(np.int32)
    return Problem(shape, inputs, targets.astype(np.int32), order)


def rate(work: Callable[[int], None], per_unit: int, seconds: float) -> float:
    """Network-steps per second: the best of three timings of a growing amount of work."""
    work(1)  # compiles
    amount, spent = 1, 0.0
    while True:
        started = time.perf_counter()
        work(amount)
        spent = time.perf_counter() - started
        if spent > seconds / 4:
            break
        amount = max(amount + 1, int(amount * min(8.0, seconds / 3 / max(spent, 1e-9))))
    best = spent
    for _ in range(2):
        started = time.perf_counter()
        work(amount)
        best = min(best, time.perf_counter() - started)
    return amount * per_unit / best


def ours(p: Problem, seconds: float) -> float:
    """The population engine, 1024 networks."""
    from tunescape.engine import Data, Network, train

    network = Network(p.shape.widths, "tanh", "sgd", batch_size=p.shape.batch)
    n = 1024

    def work(epochs: int) -> None:
        train(network, Data(p.inputs, p.targets), seeds=range(n), n_steps=epochs * p.steps_per_epoch, order=p.order,
              hyperparameters={"learning_rate": np.full(n, LEARNING_RATE)})  # fmt: skip

    return rate(work, n * p.steps_per_epoch, seconds)


def _starts(p: Problem, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [
        ((rng.normal(size=(n, a, b)) * np.sqrt(2 / (a + b))).astype(np.float32), np.zeros((n, b), np.float32))
        for a, b in zip(p.shape.widths, p.shape.widths[1:])
    ]


def jax_vmap(p: Problem, seconds: float) -> float:
    """jit(scan over steps of vmap(grad)), learning rate per network; the best of 1024, 4096 and 8192 networks."""
    import jax
    import jax.numpy as jnp

    x, y = jnp.asarray(p.inputs), jnp.asarray(p.targets)
    batches = jnp.asarray(p.order[:, : p.steps_per_epoch * p.shape.batch].reshape(-1, p.shape.batch))

    def loss(weights, rows):
        value = x[rows]
        for w, b in weights[:-1]:
            value = jnp.tanh(value @ w + b)
        logits = value @ weights[-1][0] + weights[-1][1]
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[rows][:, None], axis=1).mean()

    def step(weights, rows):
        def one(own, lr):
            return jax.tree.map(lambda w, g: w - lr * g, own, jax.grad(loss)(own, rows))

        return jax.vmap(one)(weights, rates), None

    best = 0.0
    for n in (1024, 4096, 8192):
        rates = jnp.full(n, LEARNING_RATE)
        start = [(jnp.asarray(w), jnp.asarray(b)) for w, b in _starts(p, n)]
        run = jax.jit(lambda weights: jax.lax.scan(step, weights, batches)[0])

        def work(amount: int, start=start, run=run) -> None:
            weights = start
            for _ in range(amount):
                weights = run(weights)
            jax.block_until_ready(weights)

        best = max(best, rate(work, n * len(batches), seconds))
    return best


def torch_vmap(p: Problem, seconds: float) -> float:
    """torch.func.vmap of grad over stacked weights; the best of 1024, 4096 and 8192 networks."""
    import torch
    from torch.func import grad, vmap

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    x, y = torch.from_numpy(p.inputs), torch.from_numpy(p.targets).long()
    batches = torch.from_numpy(p.order[:, : p.steps_per_epoch * p.shape.batch].reshape(-1, p.shape.batch)).long()

    def loss(weights, bx, by):
        value = bx
        for w, b in weights[:-1]:
            value = torch.tanh(value @ w + b)
        return torch.nn.functional.cross_entropy(value @ weights[-1][0] + weights[-1][1], by)

    gradient = vmap(grad(loss), in_dims=(0, None, None))
    best = 0.0
    for n in (1024, 4096, 8192):
        rates = torch.full((n, 1), LEARNING_RATE)
        weights = [(torch.from_numpy(w), torch.from_numpy(b)) for w, b in _starts(p, n)]

        def work(amount: int, weights=weights, rates=rates) -> None:
            for i in range(amount):
                rows = batches[i % len(batches)]
                for (w, b), (gw, gb) in zip(weights, gradient(weights, x[rows], y[rows])):
                    w -= rates[:, :, None] * gw
                    b -= rates * gb

        with torch.no_grad():
            best = max(best, rate(work, n, seconds))
    return best


def torch_loop(p: Problem, seconds: float) -> float:
    """One network at a time in PyTorch, as tutorials write it; on one thread, which suits small networks best."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.from_numpy(p.inputs), torch.from_numpy(p.targets).long()
    batches = torch.from_numpy(p.order[:, : p.steps_per_epoch * p.shape.batch].reshape(-1, p.shape.batch)).long()
    layers: list[torch.nn.Module] = []
    for a, b in zip(p.shape.widths, p.shape.widths[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    loss = torch.nn.CrossEntropyLoss()

    def work(amount: int) -> None:
        for i in range(amount):
            rows = batches[i % len(batches)]
            optimiser.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimiser.step()

    return rate(work, 1, seconds)


def keras_fit(p: Problem, seconds: float) -> float:
    """One network with Keras `fit` on JAX; Keras shuffles for itself."""
    import keras

    model = keras.Sequential(
        [keras.layers.Input((p.shape.widths[0],))]
        + [keras.layers.Dense(w, activation="tanh") for w in p.shape.widths[1:-1]]
        + [keras.layers.Dense(p.shape.widths[-1], activation="softmax")]
    )
    model.compile(optimizer=keras.optimizers.SGD(LEARNING_RATE), loss="sparse_categorical_crossentropy")
    return rate(lambda n: model.fit(p.inputs, p.targets, batch_size=p.shape.batch, epochs=n, verbose=0),
                p.steps_per_epoch, seconds)  # fmt: skip


def sklearn(p: Problem, seconds: float) -> float:
    """One network with scikit-learn's MLPClassifier, which shuffles for itself."""
    import warnings

    from sklearn.neural_network import MLPClassifier

    def work(epochs: int) -> None:
        model = MLPClassifier(p.shape.widths[1:-1], activation="tanh", solver="sgd", batch_size=p.shape.batch,
                              learning_rate_init=LEARNING_RATE, momentum=0, alpha=0, max_iter=epochs, tol=0,
                              n_iter_no_change=10**9)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(p.inputs, p.targets)

    return rate(work, p.steps_per_epoch, seconds)


def sgemm_gflops() -> float:
    """Rate of the machine's own single precision matrix product, all threads, best of five."""
    a = np.random.default_rng(0).normal(size=(1536, 1536)).astype(np.float32)
    best = np.inf
    for _ in range(6):
        started = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - started)
    return 2 * 1536**3 / best / 1e9


CONTENDERS = {
    "ours": ours, "jax_vmap": jax_vmap, "torch_vmap": torch_vmap, "torch_loop": torch_loop, "keras_fit": keras_fit,
    "sklearn": sklearn,
}  # fmt: skip


def measure(name: str, seconds: float) -> dict[str, float | None]:
    """Rates of all contenders on one shape, in network-steps per second; null where not installed."""
    p = problem(SHAPES[name])
    result: dict[str, float | None] = {}
    for contender, contest in CONTENDERS.items():
        try:
            result[contender] = contest(p, seconds)
        except ImportError:
            result[contender] = None
    gemm = sgemm_gflops()
    result["sgemm_gflops"] = gemm
    result["sgemm_share"] = (result["ours"] or 0.0) * p.shape.flop / 1e9 / gemm
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=3.0, help="time per contender, roughly")
    parser.add_argument("--shape", choices=SHAPES, action="append")
    arguments = parser.parse_args()
    shapes = {name: measure(name, arguments.seconds) for name in arguments.shape or SHAPES}
    if arguments.json:
        print(json.dumps({"shapes": shapes, "cores": len(os.sched_getaffinity(0))}))
        return
    for name, rates in shapes.items():
        print(f"{name}: network-steps per second, and ours over theirs")
        for contender in CONTENDERS:
            theirs = rates[contender]
            if theirs is None:
                print(f"  {contender:12} not installed")
            else:
                print(f"  {contender:12} {theirs:12,.0f} {1e6 / theirs:10.2f} us  x {rates['ours'] / theirs:,.1f}")
        print(f"  {rates['sgemm_share']:.0%} of sgemm's {rates['sgemm_gflops']:.0f} GFLOP/s")


if __name__ == "__main__":
    main()

"""Question: do large tables and many columns fit, and how fast are 500 networks on them?

100 000 rows x 50 columns (50-64-64-2, batches of 256) and 6400 rows x 1024 columns (1024-50-1, batches of 100): 500
networks, each with its own learning rate, for one epoch with plain SGD, and the training loss of each at its end. Ours
twice: every network with its own order of rows, as in a survey, and all with the order that the peers have. The peers:
jax vmap in waves of the number of networks that is fastest, and PyTorch, one network after another; told beside them,
jax vmap with each wave split over one device per core. Every contender runs in a process of its own, whose peak memory
is told. Peers train `--peer-networks` of the 500, and their rate is that of those; compilation is left out, the loss at
the end is in.

    python benchmarks/bench_large.py [--json] [--networks 500] [--epochs 1] [--peer-networks 40] [--case 100000x50]

Peers that are not installed are null: pip install "tunescape[bench]".
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from peers.apart import CORES, ENVIRONMENT, run_apart
from peers.problem import Problem, Shape, make_problem

CASES = {
    "100000x50": Shape((50, 64, 64, 2), 256, 100_000, 500, (4, 10, 20)),
    "6400x1024": Shape((1024, 50, 1), 100, 6400, 500, (4, 10, 20), 0.001),
}
MOST_GIB = 4.0
PROBE_SECONDS = 3.0


@dataclass(frozen=True)
class Trained:
    """What a contender did.

    Args:
        networks: Networks trained.
        steps: Steps of each.
        seconds: Time that it took.
        losses: Training loss of each network at its end, shape (networks,).
        choice: How, in words.
    """

    networks: int
    steps: int
    seconds: float
    losses: np.ndarray
    choice: str = ""


def rates(p: Problem, n: int) -> np.ndarray:
    """Learning rates of `n` networks: over a decade below the problem's own, like a survey's."""
    return np.geomspace(p.learning_rate / 10, p.learning_rate, n).astype(np.float32)


def ours(p: Problem, n: int, steps: int, order: np.ndarray | None = None) -> Trained:
    """The population engine; without `order` every network shuffles for itself."""
    from tunescape.engine import Data, Network, train

    loss = "squared_error" if p.shape.regression else "softmax_cross_entropy"
    network = Network(p.shape.widths, "tanh", "sgd", loss, batch_size=p.shape.batch)
    small = Data(p.inputs[:200], p.targets[:200])
    train(network, small, seeds=range(32), n_steps=2, hyperparameters={"learning_rate": 0.01})  # compiles
    started = time.perf_counter()
    trained = train(
        network, Data(p.inputs, p.targets), seeds=range(n), n_steps=steps, order=order,
        hyperparameters={"learning_rate": rates(p, n)},
    )  # fmt: skip
    return Trained(n, steps, time.perf_counter() - started, trained.curves["train_loss"][:, -1])


def ours_same_order(p: Problem, n: int, steps: int) -> Trained:
    """The population engine with the order of rows that the peers have."""
    return ours(p, n, steps, p.order)


def jax_vmap(p: Problem, n: int, steps: int, split: bool = False) -> Trained:
    """JAX: vmap in waves, of the number of networks that a short trial finds fastest."""
    import jax
    from peers.jax_peer import Population, mean_loss
    from peers.timing import best_of

    together = min(4, steps)

    def probe(wave: int) -> tuple[str, Callable[[], Callable[[int], object]], int]:
        return f"waves of {wave}", lambda: Population(p, wave, together, split=split).advance, wave * together

    best = best_of([probe(wave) for wave in p.shape.peer_populations if wave <= n], PROBE_SECONDS)
    wave = int(best.choice.split()[-1])
    population = Population(p, wave, together, split=split)
    evaluate = jax.jit(lambda weights: mean_loss(p, weights))
    population.advance(1)
    jax.block_until_ready(evaluate(population.state[0]))  # compiled
    all_rates, losses = rates(p, n), []
    started = time.perf_counter()
    for first in range(0, n - n % wave, wave):
        population.restart(all_rates[first : first + wave])
        population.advance(steps // together)
        losses.append(np.asarray(evaluate(population.state[0])))
    seconds = time.perf_counter() - started
    return Trained(n - n % wave, steps // together * together, seconds, np.concatenate(losses), best.choice)


def jax_vmap_split(p: Problem, n: int, steps: int) -> Trained:
    """The same with every wave spread over one device per core."""
    return jax_vmap(p, n, steps, split=True)


def torch_loop(p: Problem, n: int, steps: int) -> Trained:
    """PyTorch, one network after another, on one thread or all, whichever a short trial finds faster."""
    from peers.timing import measure_rate
    from peers.torch_peer import SingleNetwork

    def speed(threads: int) -> float:
        return measure_rate(SingleNetwork(p, threads).advance, 1, PROBE_SECONDS / 2).per_second

    threads = max({1, CORES}, key=speed)
    losses, started = [], time.perf_counter()
    for rate in rates(p, n):
        network = SingleNetwork(p, threads, float(rate))
        network.advance(steps)
        losses.append(network.mean_loss())
    return Trained(n, steps, time.perf_counter() - started, np.array(losses), f"{threads} threads")


CONTENDERS = {
    "ours": ours, "ours_same_order": ours_same_order, "jax_vmap": jax_vmap, "jax_vmap_split": jax_vmap_split,
    "torch_loop": torch_loop,
}  # fmt: skip
OURS, PEERS = ("ours", "ours_same_order"), ("jax_vmap", "torch_loop")


def peak_gib() -> float:
    """Largest memory that this process held, in GiB."""
    status = Path("/proc/self/status")
    if status.exists():  # where the parent's peak does not count
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def contest(contender: str, case: str, networks: int, epochs: float) -> dict[str, Any]:
    """The work of a process: one contender on one case."""
    shape = CASES[case]
    p = make_problem(shape, n_orders=math.ceil(epochs))
    steps = max(1, int(epochs * p.steps_per_epoch))
    done = CONTENDERS[contender](p, networks, steps)
    return {
        "rate": done.networks * done.steps / done.seconds, "seconds": done.seconds, "networks": done.networks,
        "steps": done.steps, "peak_gib": peak_gib(), "choice": done.choice,
        "diverged": int(np.sum(~np.isfinite(done.losses))), "loss": float(np.nanmedian(done.losses)),
    }  # fmt: skip


def measure(case: str, given: argparse.Namespace) -> dict[str, Any]:
    """All contenders on one case; the ratio is to the faster of jax vmap and the PyTorch loop."""
    entry: dict[str, Any] = {}
    for contender in given.contender or CONTENDERS:
        networks = given.networks if contender in OURS else min(given.networks, given.peer_networks)
        own = ["--case", case, "--contender", contender, "--networks", str(networks), "--epochs", str(given.epochs)]
        told = run_apart(__file__, ["--apart", *own], ENVIRONMENT.get(contender))
        entry[contender] = None if "error" in told else told
        if "error" in told:
            entry.setdefault("not_run", {})[contender] = told["error"]
    peers = {name: entry[name]["rate"] for name in PEERS if entry.get(name)}
    best = max(peers, key=lambda name: peers[name], default=None)
    entry["best_peer"] = best
    for who in OURS:
        if entry.get(who):
            entry[who]["under_4_gib"] = entry[who]["peak_gib"] < MOST_GIB
            entry[who]["ratio"] = entry[who]["rate"] / peers[best] if best else None
    return entry


def show(case: str, entry: Mapping[str, Any]) -> None:
    """Print for people."""
    print(f"{case}: network-steps per second, GFLOP/s, peak memory")
    for name in CONTENDERS:
        if name not in entry:
            continue
        of = entry[name]
        if of is None:
            print(f"  {name:16} not run: {entry['not_run'][name]}")
            continue
        ratio = f"x {of['ratio']:.2f} of {entry['best_peer']}" if of.get("ratio") else ""
        print(f"  {name:16} {of['rate']:10,.0f} {of['rate'] * CASES[case].flop / 1e9:7.1f}  {of['peak_gib']:5.2f} GiB"
              f"  {of['networks']} networks x {of['steps']} steps in {of['seconds']:.1f} s,"
              f" median loss {of['loss']:.3g}, {of['diverged']} diverged  {of['choice']} {ratio}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--networks", type=int, default=500)
    parser.add_argument("--peer-networks", type=int, default=40, help="networks that peers train")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--contender", choices=CONTENDERS, action="append")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.apart:
        print("\n" + json.dumps(contest(given.contender[0], given.case[0], given.networks, given.epochs)))
        return
    cases = {case: measure(case, given) for case in given.case or CASES}
    if given.json:
        print(json.dumps({"cases": cases, "cores": CORES, "load": os.getloadavg()[0]}))
        return
    for case, entry in cases.items():
        show(case, entry)


if __name__ == "__main__":
    main()

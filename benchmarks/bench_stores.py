"""Trials a second into a SQLite store and back, beside Optuna's SQLite storage in the same run.

    python benchmarks/bench_stores.py [--trials 100000] [--curves] [--optuna-trials 150] [--json]

A trial has 20 hyperparameters and two metrics; `--curves` adds three learning curves of 20 points.
`write` appends batches that were not reserved, both tables in one transaction; `reserve_and_append`
writes the plan and the result apart, as the runner does. `read` is `load` and the table of arrays.
Optuna is null where it is not installed.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tunescape.space import Categorical, Float, Integer, SearchSpace, decode
from tunescape.stores import open_store
from tunescape.study import Curve, Objective, Status, Study, Trial

BATCH = 10_000


def make_space() -> SearchSpace:
    """Twenty hyperparameters: 12 floats, 5 integers, 3 words."""
    return SearchSpace(
        {f"strength_{i}": Float(1e-6, 1.0, scale="log" if i % 2 else "linear") for i in range(12)}
        | {f"units_{i}": Integer(4, 512, scale="log") for i in range(5)}
        | {f"activation_{i}": Categorical(("relu", "tanh", "elu", "sigmoid")) for i in range(3)}
    )


def make_trials(space: SearchSpace, n: int, curves: bool) -> list[Trial]:
    """Random finished trials."""
    rng = np.random.default_rng(0)
    values = rng.random((n, 3))
    steps = np.arange(20) * 50

    def curve(i: int) -> Curve | None:
        names = ("train_loss", "validation_loss", "validation_accuracy")
        drops = np.exp(-steps / 300) + rng.normal(0, 0.01, (3, 20))
        return Curve(steps, dict(zip(names, drops.astype(np.float32)))) if curves else None

    return [
        Trial(
            number=i, configuration=configuration, seed=2**62 + i, trajectory=i, status=Status.COMPLETED,
            value=float(values[i, 0]), budget=1000.0, curve=curve(i), started=1.7e9 + i, seconds=0.01,
            metrics={"train_loss": float(values[i, 1]), "validation_loss": float(values[i, 2])},
        )
        for i, configuration in enumerate(decode(space, rng.random((n, len(space.varying)))))
    ]  # fmt: skip


def seconds(work: Callable[[], Any]) -> float:
    """How long one call takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(folder: Path, n: int, curves: bool) -> dict[str, float]:
    """Rates of our SQLite store, trials a second."""
    space = make_space()
    trials = make_trials(space, n, curves)
    batches = [trials[i : i + BATCH] for i in range(0, n, BATCH)]
    plans = [[dataclasses.replace(t, status=Status.WAITING) for t in batch] for batch in batches]
    study = Study("bench", space, Objective("validation_accuracy", "maximize"))

    def write() -> None:
        for batch in batches:
            store.append("bench", batch)

    def write_apart() -> None:
        for plan, batch in zip(plans, batches):
            apart.reserve("bench", plan)
            apart.append("bench", batch)

    with open_store(folder / "bench.db") as store, open_store(folder / "apart.db") as apart:
        store.create(study)
        apart.create(study)
        written, written_apart = seconds(write), seconds(write_apart)
    with open_store(folder / "bench.db", must_exist=True) as store:
        loaded: list[Study] = []
        read = seconds(lambda: loaded.append(store.load("bench")))
        table = seconds(lambda: loaded[0].table)
    assert list(loaded[0].trials) == trials, "what was read is not what was written"
    return {
        "write": n / written,
        "reserve_and_append": n / written_apart,
        "load": n / read,
        "read": n / (read + table),
        "bytes_per_trial": (folder / "bench.db").stat().st_size / n,
    }


def optuna(folder: Path, n: int) -> dict[str, float] | None:
    """Rates of Optuna's SQLite storage for the same hyperparameters, trials a second."""
    try:
        import optuna as peer
    except ImportError:
        return None
    peer.logging.set_verbosity(peer.logging.ERROR)
    space = make_space()
    trials = make_trials(space, n, curves=False)
    kinds = {
        name: peer.distributions.CategoricalDistribution(p.choices) if isinstance(p, Categorical)
        else peer.distributions.IntDistribution(p.low, p.high, log=p.scale == "log") if isinstance(p, Integer)
        else peer.distributions.FloatDistribution(p.low, p.high, log=p.scale == "log")
        for name, p in space.parameters.items()
    }  # fmt: skip
    frozen = [peer.trial.create_trial(params=t.configuration, distributions=kinds, value=t.value) for t in trials]
    url = f"sqlite:///{folder / 'optuna.db'}"
    added = peer.create_study(storage=url, study_name="add")
    asked = peer.create_study(storage=url, study_name="ask", sampler=peer.samplers.RandomSampler(seed=0))

    def ask_tell() -> None:
        for trial in trials:
            asked.tell(asked.ask(kinds), trial.value)

    return {
        "add_trial": n / seconds(lambda: [added.add_trial(t) for t in frozen]),
        "ask_tell": n / seconds(ask_tell),
        "load": 2 * n / seconds(lambda: [peer.load_study(study_name=s, storage=url).trials for s in ("add", "ask")]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--curves", action="store_true", help="with three learning curves of 20 points each")
    parser.add_argument("--optuna-trials", type=int, default=150)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rates = ours(Path(folder), given.trials, given.curves)
        peer = optuna(Path(folder), given.optuna_trials)
    ratios = None if peer is None else {
        "write": rates["write"] / max(peer["add_trial"], peer["ask_tell"]), "load": rates["load"] / peer["load"],
    }  # fmt: skip
    document = {"trials": given.trials, "parameters": 20, "curves": given.curves,
                "ours": rates, "optuna": peer, "ratio": ratios}  # fmt: skip
    if given.json:
        print(json.dumps(document))
        return
    print(f"{given.trials} trials x 20 hyperparameters, trials a second")
    for who in ("ours", "optuna", "ratio"):
        entries = document[who] or {"not installed": float("nan")}
        print(f"  {who:7}", "  ".join(f"{name} {value:,.0f}" for name, value in entries.items()))


if __name__ == "__main__":
    main()

"""The benchmarks run, print the JSON that they promise, and their contenders train the same networks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SMALL = ((4, 6, 5, 3), (3, 7, 1))


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the scripts be imported, as they import each other."""
    monkeypatch.syspath_prepend(str(FOLDER))


def run(script: str, *arguments: str) -> dict[str, Any]:
    """What a benchmark prints with --json."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / script), "--json", *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def small_problem(widths: tuple[int, ...], optimiser: str) -> Any:
    """Forty rows in batches of eight."""
    from peers.problem import Shape, make_problem

    return make_problem(Shape(widths, 8, 40, 4, (4,), 0.1), optimiser, n_orders=2)


@pytest.mark.level(2)
def test_the_race_prints_what_it_promises() -> None:
    """Rates under their names, Adam's apart, null and a reason for who cannot run, and the bars."""
    found = run(
        "bench_engine.py", "--bars", "--seconds", "0.05", "--shape", "8-16-1", "--contender", "ours", "--contender",
        "jax_vmap",
    )  # fmt: skip
    entry = found["shapes"]["8-16-1"]
    for of in (entry, entry["adam"]):
        assert of["ours"] > 0
        assert of["compile_seconds"]["ours"] >= 0
        assert (of["jax_vmap"] is None) == ("jax_vmap" in entry["not_run"])
    assert entry["sgemm_share"] == pytest.approx(entry["ours"] * entry["flop"] / 1e9 / entry["sgemm_gflops"])
    assert [bar["wanted"] for bar in found["bars"]] == [4.0, 4.0, 0.25]
    assert found["bars"][2]["passed"] == (entry["sgemm_share"] >= 0.25)


def test_bars_compare_with_jax() -> None:
    """A bar is passed, missed, or not measured."""
    from bench_engine import bars

    entry = {"ours": 50.0, "jax_vmap": 10.0, "sgemm_share": 0.2, "adam": {"ours": 30.0, "jax_vmap": 10.0}}
    found = bars("8-16-1", entry)
    assert [(bar["reached"], bar["passed"]) for bar in found] == [(5.0, True), (3.0, False), (0.2, False)]
    assert [bar["passed"] for bar in bars("8-16-1", {"ours": 50.0, "jax_vmap": None})] == [None, None, None]


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize("widths", SMALL)
@pytest.mark.parametrize("peer", ["jax", "torch"])
def test_the_peers_train_the_same_networks(peer: str, widths: tuple[int, ...], optimiser: str) -> None:
    """From the same weights and the same order of rows to the same weights, in single precision."""
    pytest.importorskip(peer)
    from peers import jax_peer, ours, torch_peer

    p, n = small_problem(widths, optimiser), 3
    theirs: Any = jax_peer.Population(p, n, steps=5) if peer == "jax" else torch_peer.Population(p, n, threads=1)
    theirs.advance(2 if peer == "jax" else 10)  # a call of JAX's is five steps
    start = p.start(n)
    mine = ours.train(p, n, 10, [[(w[i], b[i]) for w, b in start] for i in range(n)])
    for layer, (w, b) in enumerate(theirs.weights()):
        for i in range(n):
            np.testing.assert_allclose(mine.weights(i)[layer][0], w[i], rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(mine.weights(i)[layer][1], b[i], rtol=1e-4, atol=1e-5)


def test_rates_and_the_matrix_product_are_positive() -> None:
    """The fastest of several ways tells of all that were tried."""
    from peers.timing import best_of, measure_rate, sgemm_gflops

    work = np.ones((50, 50))
    rate = measure_rate(lambda amount: [work @ work for _ in range(amount)], 2, 0.02, "fifty")
    assert rate.per_second > 0
    slow = ("slow", lambda: lambda amount: [work @ work for _ in range(40 * amount)], 1)
    quick = ("quick", lambda: lambda amount: [work @ work for _ in range(amount)], 1)
    found = best_of([slow, quick], 0.05)
    assert found.choice == "quick"
    assert set(found.tried) == {"slow", "quick"}
    assert sgemm_gflops(0.02) > 0


def test_a_sample_of_costs_estimates_their_sum() -> None:
    """Costs in proportion to what was expected give the sum exactly; others within their standard error."""
    from bench_sweep import sample, total

    rng = np.random.default_rng(0)
    work = rng.lognormal(size=500)
    drawn = sample(work, 60, rng)
    exact, no_error = total(3 * work[drawn], (work / work.sum())[drawn])
    assert exact == pytest.approx(3 * work.sum())
    assert no_error < 1e-9
    costs = work * rng.uniform(0.5, 1.5, 500)
    estimates = [total(costs[d], (work / work.sum())[d]) for d in (sample(work, 60, rng) for _ in range(400))]
    means, errors = np.transpose(estimates)
    assert means.mean() == pytest.approx(costs.sum(), rel=4 * means.std() / 20 / costs.sum())  # fails by chance: 6e-5
    assert 0.5 < means.std() / errors.mean() < 1.2


@pytest.mark.level(2)
def test_the_sweep_says_its_ratio_and_its_error() -> None:
    """A few networks, two buckets."""
    from bench_sweep import measure

    found = measure(n_networks=8, n_kinds=2, repeats=1, seed=0)
    assert found["ratio"] == pytest.approx(found["seconds"] / found["seconds_homogeneous"])
    assert found["low"] <= found["ratio"] <= found["high"]
    assert sum(found["statuses"].values()) == 8
    assert found["passed"] == (found["ratio"] <= 1.5)


@pytest.mark.level(2)
def test_large_data_says_its_memory() -> None:
    """A few networks and steps on the wide table, in a process of their own."""
    found = run("bench_large.py", "--networks", "16", "--epochs", "0.05", "--case", "6400x1024", "--contender", "ours")[
        "cases"
    ]["6400x1024"]["ours"]
    assert found["steps"] == 3
    assert found["rate"] == pytest.approx(16 * 3 / found["seconds"])
    assert 0.05 < found["peak_gib"] < 4.0
    assert found["under_4_gib"]
    assert found["ratio"] is None

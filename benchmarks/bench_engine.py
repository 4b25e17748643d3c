"""Question: how many steps of how many networks per second, beside those who train networks otherwise?

One run, the same data, the same order of rows where a library takes one, minibatch gather included,
compilation apart, single precision, all cores. The unit is the network-step: one optimiser step (one
minibatch) of one network. Every contender runs in a process of its own, with plain SGD and with Adam; how
each was tuned stands at the head of its file in `benchmarks/peers`. `sgemm_share` is what our engine reaches
(6 x batch x parameters operations a network-step) of the machine's own matrix product, measured before and
after each shape.

    python benchmarks/bench_engine.py [--json] [--bars] [--seconds 2] [--shape 4-5-10-5-3] [--contender ours]
                                      [--optimiser sgd]

Peers that are not installed are null: pip install "tunescape[bench]".
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import tempfile
from collections.abc import Sequence
from typing import Any

from peers.apart import CORES, ENVIRONMENT, run_apart
from peers.problem import SHAPES, make_problem
from peers.timing import sgemm_gflops

CONTENDERS = {
    "ours": "ours", "jax_vmap": "jax_peer", "jax_vmap_split": "jax_peer", "torch_vmap": "torch_peer",
    "torch_loop": "torch_peer", "keras_fit": "keras_peer", "keras_fit_tensorflow": "keras_peer",
    "tensorflow_loop": "keras_peer", "sklearn": "sklearn_peer", "sklearn_parallel": "sklearn_peer",
}  # fmt: skip
"""Names, and the file of `peers` where each is."""
WHAT = {"keras_fit_tensorflow": "keras_fit"}
"""Function of a contender where it is not called the same."""
OPTIMISERS = ("sgd", "adam")
BARS = {
    "4-5-10-5-3": (15.0, 0.25), "8-16-1": (4.0, 0.25), "8-64-64-1": (3.0, 0.45), "64-256-256-10": (2.5, 0.60),
    "1024-50-1": (1.3, 0.50),
}  # fmt: skip
"""What is wanted: our rate over jax vmap's with either optimiser, and the share of sgemm with SGD."""
COLD = "cold"


def contest(contender: str, shape: str, optimisers: Sequence[str], seconds: float) -> dict[str, Any]:
    """The work of a process: one contender on one shape, with each optimiser."""
    play = getattr(importlib.import_module(f"peers.{CONTENDERS[contender]}"), WHAT.get(contender, contender))
    rates = {}
    for optimiser in optimisers:
        rate = play(make_problem(SHAPES[shape], optimiser), seconds)
        rates[optimiser] = {
            "rate": rate.per_second, "compile_seconds": round(rate.first_call, 3), "choice": rate.choice,
            "tried": rate.tried,
        }  # fmt: skip
    return rates


def measure(shape: str, contenders: Sequence[str], optimisers: Sequence[str], seconds: float) -> dict[str, Any]:
    """Rates of contenders on one shape: with SGD under their names, with Adam under "adam"; null where not run."""
    gemm = sgemm_gflops()
    entries: dict[str, dict[str, Any]] = {optimiser: {} for optimiser in optimisers}
    errors = {}
    for contender in contenders:
        told = run_apart(
            __file__, ["--apart", "--contender", contender, "--shape", shape, "--seconds", str(seconds)]
            + [part for optimiser in optimisers for part in ("--optimiser", optimiser)],
            ENVIRONMENT.get(contender),
        )  # fmt: skip
        if "error" in told:
            errors[contender] = told["error"]
        for optimiser in optimisers:
            own = told.get(optimiser, {})
            entries[optimiser][contender] = own.get("rate")
            for detail in ("compile_seconds", "choice", "tried"):
                entries[optimiser].setdefault(detail, {})[contender] = own.get(detail)
    gemm = max(gemm, sgemm_gflops())
    for entry in entries.values():
        if entry.get("ours"):
            entry["sgemm_share"] = entry["ours"] * SHAPES[shape].flop / 1e9 / gemm
    result = {"sgemm_gflops": gemm, "flop": SHAPES[shape].flop, "not_run": errors, **entries.pop("sgd", {})}
    return {**result, **entries}


def first_call() -> dict[str, float] | dict[str, Any]:
    """Seconds of our engine's very first call on a machine, and of the first call of the next process."""
    with tempfile.TemporaryDirectory() as folder:
        calls = [run_apart(__file__, ["--apart", "--contender", COLD], {"NUMBA_CACHE_DIR": folder}) for _ in range(2)]
    return {name: call.get("seconds") for name, call in zip(("nothing_cached", "cached"), calls)}


def bars(shape: str, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What was wanted of a shape and what was reached; null where it was not measured."""
    ratio, share = BARS[shape]
    reached = [
        ("sgd: ours / jax_vmap", ratio, _ratio(entry)),
        ("adam: ours / jax_vmap", ratio, _ratio(entry.get("adam", {}))),
        ("sgd: share of sgemm", share, entry.get("sgemm_share")),
    ]
    return [
        {
            "shape": shape,
            "bar": name,
            "wanted": wanted,
            "reached": got,
            "passed": None if got is None else got >= wanted,
        }
        for name, wanted, got in reached
    ]


def _ratio(entry: dict[str, Any], peer: str = "jax_vmap") -> float | None:
    ours, theirs = entry.get("ours"), entry.get(peer)
    return ours / theirs if ours and theirs else None


def show(shape: str, entry: dict[str, Any], contenders: Sequence[str]) -> None:
    """Print a shape for people."""
    for optimiser, of in (("sgd", entry), ("adam", entry.get("adam", {}))):
        if not any(name in of for name in contenders):
            continue
        print(f"{shape} with {optimiser}: network-steps per second, microseconds, GFLOP/s, ours over theirs")
        for name in contenders:
            rate = of[name]
            if rate is None:
                print(f"  {name:22} not run")
                continue
            ratio = _ratio(of, name)
            print(f"  {name:22} {rate:12,.0f} {1e6 / rate:10.2f} us {rate * entry['flop'] / 1e9:7.1f}"
                  f"  {'' if ratio is None else f'x {ratio:,.1f}':10}"
                  f"  first call {of['compile_seconds'][name]:.1f} s  {of['choice'][name]}")  # fmt: skip
        if "sgemm_share" in of:
            print(f"  {of['sgemm_share']:.0%} of sgemm's {entry['sgemm_gflops']:.0f} GFLOP/s")


def show_bars(found: Sequence[dict[str, Any]]) -> None:
    """Print every bar with whether it was passed."""
    for bar in found:
        verdict = {None: "not measured", True: "pass", False: "FAIL"}[bar["passed"]]
        reached = "-" if bar["reached"] is None else f"{bar['reached']:.2f}"
        print(f"  {bar['shape']:14} {bar['bar']:24} wanted {bar['wanted']:6.2f}  reached {reached:>6}  {verdict}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bars", action="store_true", help="say of every bar whether it is reached")
    parser.add_argument("--seconds", type=float, default=2.0, help="time per contender, shape and optimiser, roughly")
    parser.add_argument("--shape", choices=SHAPES, action="append")
    parser.add_argument("--contender", choices=[*CONTENDERS, COLD], action="append", help="measure only these")
    parser.add_argument("--optimiser", choices=OPTIMISERS, action="append")
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def apart(given: argparse.Namespace) -> dict[str, Any]:
    """What a process of its own is started for."""
    if given.contender == [COLD]:
        from tunescape.engine import warm_up

        return {"seconds": round(warm_up(), 3)}
    return contest(given.contender[0], given.shape[0], given.optimiser, given.seconds)


def main() -> None:
    given = parse()
    if given.apart:
        print("\n" + json.dumps(apart(given)))
        return
    contenders = [c for c in given.contender or CONTENDERS if c != COLD]
    shapes = {
        shape: measure(shape, contenders, given.optimiser or OPTIMISERS, given.seconds)
        for shape in (given.shape or SHAPES if contenders else ())
    }
    document: dict[str, Any] = {"shapes": shapes, "cores": CORES, "load": os.getloadavg()[0]}
    if given.contender is None or COLD in given.contender:
        document["first_call"] = first_call()
    found = [bar for shape, entry in shapes.items() for bar in bars(shape, entry)]
    if given.bars:
        document["bars"] = found
    if given.json:
        print(json.dumps(document))
        return
    for shape, entry in shapes.items():
        show(shape, entry, contenders)
    if "first_call" in document:
        print("our engine's first call, seconds:", document["first_call"])
    if given.bars:
        show_bars(found)


if __name__ == "__main__":
    main()

"""Question: does the population engine train the same networks as the frameworks?

    python benchmarks/equality.py [--frameworks sklearn,torch] [--quick] [--jobs 2] [--json FILE] [--write PAGE]

Every optimiser x activation x loss that a framework has, in float64, 400 steps: the engine with the
framework's conventions (`like`) beside the framework itself, from the same weights, with the same rows
in every batch. Batches of 16 out of 50 rows, so that the last one is smaller; one input is always 0 and
one is tiny, and one hidden unit is all but off, so that some gradients are 0 or tiny.

Per array of weights, max|dW| / max|W| is at most 1e-12. Where it is not, the framework is started again
with every weight changed by one unit in the last place, and ten times the difference that this makes
is allowed. One update from weights of 0, with inputs of size 1 down to 1e-100 and 0: the weights of every
single input agree to 1e-14.

Some frameworks hold constants in single precision where everything else is double: Keras's nadam its 0.96, which
is given to it in double here; TensorFlow's and Keras's gelu, leaky_relu and hard_sigmoid and PyTorch's hard_sigmoid
theirs, which the evaluators write out in double where the network is. And far below 0 elu and selu have the slope
exp(z) in PyTorch and a + 1 elsewhere, which has no digits left at z = -30: there the unit that is off is so at -8.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import multiprocessing
import os
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Data, Layer, initial_layers, row_weights, train
from tunescape.evaluators.conventions import ACTIVATIONS_OF, FRAMEWORKS, OPTIMISER_DEFAULTS
from tunescape.evaluators.framework import Framework
from tunescape.evaluators.refusals import NAMES, refusal
from tunescape.evaluators.specification import Specification, specify
from tunescape.study import Objective

STEPS, ROWS, BATCH, SEED = 400, 50, 16, 5
BAR, ONE_UPDATE_BAR, TIMES_ITSELF = 1e-12, 1e-14, 10.0
LOSSES = ("softmax_cross_entropy", "binary_cross_entropy", "squared_error")
OUTPUTS = {"softmax_cross_entropy": 3, "binary_cross_entropy": 1, "squared_error": 2}
RATES = {
    "sgd": 0.05, "adagrad": 0.05, "proximal_adagrad": 0.05, "rmsprop": 0.003, "adam": 0.005, "adamw": 0.005,
    "adadelta": 0.5, "adamax": 0.005, "nadam": 0.005, "ftrl": 0.05,
}  # fmt: skip
"""Learning rates with which 400 steps lead somewhere."""

OFF = {"identity": 0.0, "leaky_relu": 0.0, "elu": -8.0, "selu": -8.0}
"""Bias of a unit that is off. The first two have no off; the slope of the other two below 0 is exp(z) in PyTorch
but a + 1 in TensorFlow, which has no digits left at z = -30."""

OPTIONS: dict[str, dict[str, Any]] = {
    "l2": {"optimiser": "adam", "l2": 0.01},
    "l2 with sgd": {"optimiser": "sgd", "l2": 0.01},
    "l1": {"optimiser": "adam", "l1": 0.003},
    "l1 and l2": {"optimiser": "rmsprop", "l1": 0.003, "l2": 0.01},
    "penalties of ftrl itself": {"optimiser": "ftrl", "l1": 0.003, "l2": 0.01},
    "penalties of proximal_adagrad itself": {"optimiser": "proximal_adagrad", "l1": 0.003, "l2": 0.01},
    "decoupled weight decay": {"optimiser": "adam", "weight_decay": 0.02},
    "momentum": {"optimiser": "sgd", "momentum": 0.9, "nesterov": False},
    "nesterov momentum": {"optimiser": "sgd", "momentum": 0.9, "nesterov": True},
    "momentum of rmsprop": {"optimiser": "rmsprop", "momentum": 0.8},
    "clipped norm": {"optimiser": "sgd", "clip_norm": 0.1},
    "clipped values": {"optimiser": "sgd", "clip_value": 0.02},
    "clipped norm with l2": {"optimiser": "sgd", "clip_norm": 0.1, "l2": 0.05},
    "exponential schedule": {"optimiser": "sgd", "schedule": "exponential", "decay_steps": 100.0, "decay_rate": 0.5},
    "step schedule": {"optimiser": "adam", "schedule": "step", "decay_steps": 100.0, "decay_rate": 0.5},
    "polynomial schedule": {"optimiser": "adam", "schedule": "polynomial", "power": 2.0, "end_rate": 0.1},
    "cosine schedule": {"optimiser": "rmsprop", "schedule": "cosine", "end_rate": 0.05},
    "inverse time schedule": {"optimiser": "sgd", "schedule": "inverse_time", "decay_steps": 50.0, "decay_rate": 0.5},
    "warm-up": {"optimiser": "adam", "warmup_steps": 50},
    "momentum under a schedule": {"optimiser": "sgd", "momentum": 0.9, "schedule": "cosine", "warmup_steps": 30},
    "batch normalisation": {"optimiser": "sgd", "normalisation": "batch"},
    "layer normalisation": {"optimiser": "adam", "normalisation": "layer"},
    "balanced classes": {"optimiser": "adam", "class_weight": "balanced"},
    "balanced classes with l2": {"optimiser": "sgd", "class_weight": "balanced", "l2": 0.05},
    "sum of losses": {"optimiser": "sgd", "reduction": "sum", "learning_rate": 0.005},
    "batches across epochs": {"optimiser": "sgd", "batching": "stream"},
    "no hidden layer": {"optimiser": "adam", "units": []},
    "three hidden layers": {"optimiser": "adam", "units": [7, 3, 4]},
}
"""One setting after the other, on top of tanh and softmax."""


@dataclass(frozen=True)
class Case:
    """One comparison: a framework, and what is trained."""

    framework: str
    optimiser: str
    activation: str
    loss: str
    option: str = ""
    one_update: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Optimiser steps."""
        return 1 if self.one_update else STEPS


@dataclass(frozen=True)
class Row:
    """What came of one comparison: the largest relative difference, and what the framework shows against itself."""

    framework: str
    optimiser: str
    activation: str
    loss: str
    option: str
    one_update: bool
    difference: float
    itself: float | None
    equal: bool


# ---- what is compared


def cross(framework: str, quick: bool = False) -> list[Case]:
    """Every optimiser x activation x loss of a framework; with `quick` the losses in turn."""
    return [
        Case(framework, optimiser, activation, loss)
        for i, optimiser in enumerate(OPTIMISER_DEFAULTS[framework])
        for j, activation in enumerate(ACTIVATIONS_OF[framework])
        for k, loss in enumerate(LOSSES)
        if not quick or (i + j) % len(LOSSES) == k
    ]


def updates(framework: str) -> list[Case]:
    """One update of each optimiser for each loss."""
    none = {"units": []}
    return [
        Case(framework, optimiser, "identity", loss, one_update=True, settings=none)
        for optimiser in OPTIMISER_DEFAULTS[framework]
        for loss in LOSSES
    ]


def options(framework: str) -> tuple[list[Case], dict[str, str]]:
    """One case for each option that a framework has, and why it lacks the others."""
    cases, lacking = [], {}
    for name, settings in OPTIONS.items():
        case = Case(framework, settings["optimiser"], "tanh", "softmax_cross_entropy", name, settings=settings)
        if settings["optimiser"] not in OPTIMISER_DEFAULTS[framework]:
            lacking[name] = f"no {settings['optimiser']}"
            continue
        reason = refusal(specification(case), framework)
        if reason:
            lacking[name] = reason
        else:
            cases.append(case)
    return cases, lacking


def problem(case: Case) -> Data:
    """Inputs of very unlike size and targets that depend on them."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, 7))
    if case.one_update:
        x *= np.array([1.0, 1e-4, 1e-8, 1e-12, 1e-30, 1e-100, 0.0])
    else:
        x[:, 4] = 0.0
        x[:, 5] *= 10 ** rng.uniform(-8, -6, ROWS)
        x[rng.random(ROWS) < 0.5, 6] = 0.0
    signal = x[:, :4] @ rng.normal(size=(4, 3)) + 0.3 * rng.normal(size=(ROWS, 3))
    if case.loss == "softmax_cross_entropy":
        return Data(x, signal.argmax(axis=1))
    if case.loss == "binary_cross_entropy":
        return Data(x, (signal[:, :1] > 0.2).astype(float))
    return Data(x, np.sin(signal[:, :2]))


def specification(case: Case) -> Specification:
    """The network of a case, with the framework's conventions."""
    settings = {
        "like": case.framework, "backend": case.framework, "units": [8, 5], "activation": case.activation,
        "optimiser": case.optimiser, "learning_rate": RATES[case.optimiser], "batch_size": BATCH, "steps": case.steps,
        "l2": 0.0, "patience": 0, "shuffle": True, **case.settings,
    }  # fmt: skip
    return specify(settings, n_inputs=7, n_outputs=OUTPUTS[case.loss], n_rows=ROWS, loss=case.loss)


def start(case: Case, spec: Specification) -> list[Layer]:
    """Weights at the start: of zeros for one update, else drawn, with one hidden unit all but off."""
    layers = initial_layers(spec.network, SEED)
    if case.one_update:
        return [Layer(np.zeros_like(layer.weights), np.zeros_like(layer.bias)) for layer in layers]
    if len(layers) > 1 and spec.network.normalisation == "none":
        layers[0].bias[0] = OFF.get(case.activation, -30.0)
    if spec.network.normalisation == "batch":  # whose gradients of these are rounding only
        rng = np.random.default_rng(1)
        layers = [layer._replace(bias=rng.normal(size=layer.bias.shape)) for layer in layers]
    return layers


def order() -> NDArray[np.int32]:
    """The rows of eleven epochs, which are then repeated."""
    rng = np.random.default_rng(3)
    return np.stack([rng.permutation(ROWS) for _ in range(11)]).astype(np.int32)


# ---- both sides


def ours(case: Case) -> list[Layer]:
    """The engine's weights at the end."""
    spec, data = specification(case), problem(case)
    data = replace(data, train_weights=row_weights(data, spec.class_weight))
    trained = train(
        spec.network, data, seeds=[SEED], n_steps=spec.n_steps, hyperparameters={**spec.numbers, "dropout": 0.0},
        order=order(), initial=[start(case, spec)], dtype="float64", n_threads=1,
    )  # fmt: skip
    return trained.layers(0)


def evaluator(case: Case) -> Framework:
    """The evaluator that trains in the framework."""
    module = importlib.import_module(f"tunescape.evaluators.{case.framework}_network")
    (kind,) = (kind for kind in vars(module).values() if getattr(kind, "name", None) == case.framework)
    objective = Objective("train_loss", "minimize")
    return kind(problem(case), case.loss, OUTPUTS[case.loss], objective, dtype="float64")


def theirs(case: Case, nudged: bool = False) -> list[Layer]:
    """The framework's weights at the end; nudged: from a start changed by one unit in the last place."""
    warnings.simplefilter("ignore")
    spec = specification(case)
    first = start(case, spec)
    if nudged:
        first = [Layer(*(None if a is None else np.nextafter(a, np.inf) for a in layer)) for layer in first]
    with _nadam_in_double() if (case.framework, case.optimiser) == ("keras", "nadam") else nullcontext():
        return list(evaluator(case).train(spec, SEED, layers=first, order=order()).layers)


@contextmanager
def _nadam_in_double() -> Iterator[None]:
    """Let Keras's nadam cast its 0.96 to double precision without going through single."""
    from keras.src.optimizers import nadam

    ops = nadam.ops

    def cast(x: Any, dtype: str) -> Any:
        return ops.convert_to_tensor(np.float64(x), dtype) if isinstance(x, float) else ops.cast(x, dtype)

    nadam.ops = SimpleNamespace(**{**{name: getattr(ops, name) for name in dir(ops)}, "cast": cast})
    try:
        yield
    finally:
        nadam.ops = ops


def _nudged(case: Case) -> list[Layer]:
    return theirs(case, nudged=True)


def differences(a: Sequence[Layer], b: Sequence[Layer]) -> NDArray[np.float64]:
    """max|dW| / max|W| of every array of weights; infinity where a number is not finite."""
    found = []
    for one, other in zip(a, b, strict=True):
        for p, q in zip(one, other, strict=True):
            if p is not None and q is not None:
                scale = max(np.abs(p).max(), np.abs(q).max())
                apart = np.abs(np.asarray(p, dtype=np.float64) - q).max()
                found.append(np.inf if not np.isfinite(apart) else apart / scale if scale else 0.0)
    return np.array(found)


def differences_by_input(a: Sequence[Layer], b: Sequence[Layer]) -> NDArray[np.float64]:
    """The same for the weights of each single input and the biases of a network without hidden layers."""
    split = [[Layer(row, layer.bias) for layer in layers for row in layer.weights] for layers in (a, b)]
    return differences(*split)


def compare(cases: Sequence[Case], pool: ProcessPoolExecutor | None = None) -> list[Row]:
    """Compare all cases; where the first bar fails, the framework is compared with itself too."""
    run = map if pool is None else pool.map
    other = list(run(theirs, cases))
    found = []
    for case, layers in zip(cases, other, strict=True):
        found.append((differences_by_input if case.one_update else differences)(ours(case), layers))
    above = [i for i, (c, d) in enumerate(zip(cases, found)) if not c.one_update and d.max() > BAR]
    again = dict(zip(above, run(_nudged, [cases[i] for i in above])))
    rows = []
    for i, (case, d) in enumerate(zip(cases, found, strict=True)):
        itself = differences(other[i], again[i]) if i in again else None
        bar = ONE_UPDATE_BAR if case.one_update else BAR
        allowed = np.full(len(d), bar) if itself is None else np.maximum(bar, TIMES_ITSELF * itself)
        what = (case.framework, case.optimiser, case.activation, case.loss, case.option, case.one_update)
        own = None if itself is None else float(itself.max())
        rows.append(Row(*what, float(d.max()), own, bool((d <= allowed).all())))
    return rows


# ---- what is told


def summary(rows: Iterable[Row]) -> str:
    """A table of framework x optimiser."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.option:
            groups[row.framework, row.optimiser].append(row)
    head = ("framework", "optimiser", "combinations", "largest difference", "above 1e-12", "from itself", "one update",
            "verdict")  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for (framework, optimiser), group in groups.items():
        long, short = [r for r in group if not r.one_update], [r for r in group if r.one_update]
        itself = [r.itself for r in long if r.itself is not None]
        lines.append(
            f"| {framework} | `{optimiser}` | {len(long)} | {max(r.difference for r in long):.1e} | {len(itself)} | "
            f"{_number(max(itself, default=None))} | {_number(max((r.difference for r in short), default=None))} | "
            f"{_verdict(group)} |"
        )
    return "\n".join(lines)


def option_table(rows: Iterable[Row], lacking: Mapping[str, Mapping[str, str]], frameworks: Sequence[str]) -> str:
    """A table of option x framework: the largest difference, or a dash where the framework lacks the option."""
    by = {(r.option, r.framework): r for r in rows if r.option}
    lines = [f"| option | optimiser | {' | '.join(frameworks)} |", "|---|---|" + "---|" * len(frameworks)]
    for name, settings in OPTIONS.items():
        cells = []
        for framework in frameworks:
            row = by.get((name, framework))
            beside = f" (itself {row.itself:.1e})" if row is not None and row.itself is not None else ""
            cells.append("–" if row is None else f"{row.difference:.1e}{beside}{'' if row.equal else ' **differs**'}")
        lines.append(f"| {name} | `{settings['optimiser']}` | {' | '.join(cells)} |")
    missing = [f"{framework}: {', '.join(lacking[framework])}" for framework in frameworks if lacking.get(framework)]
    return "\n".join(lines) + ("\n\nA dash: refused with a sentence. " + "; ".join(missing) + "." if missing else "")


def page(found: Mapping[str, Any]) -> str:
    """The page of the documentation."""
    rows = [Row(**row) for row in found["rows"]]
    explained = "\n".join((__doc__ or "").strip().splitlines()[4:])
    return (
        "# Equality with the frameworks\n\nThis page is written by "
        "`python benchmarks/equality.py --write docs/equality.md`; do not edit it. Compared with "
        f"{', '.join(found['versions'].values())}.\n\n"
        f"{explained}\n\n{len(rows)} comparisons, {sum(not r.equal for r in rows)} outside of their bar.\n\n"
        f"## Optimisers, activations, losses\n{summary(rows)}\n\n## Options\nOn tanh and softmax.\n\n"
        f"{option_table(rows, found['lacking'], list(found['versions']))}\n"
    )


def _version(framework: str) -> str:
    """The framework's name and version, without what says how it was built."""
    module = importlib.import_module(framework)
    return f"{NAMES[framework]} {module.__version__.partition('+')[0]}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}"


def _verdict(rows: Iterable[Row]) -> str:
    bad = sum(not row.equal for row in rows)
    return f"**{bad} differ**" if bad else "equal"


def run(framework: str, quick: bool, jobs: int, found: dict[str, Any]) -> None:
    """Compare with one framework, whose earlier results are replaced."""
    began = time.perf_counter()
    more, found["lacking"][framework] = options(framework)
    cases = [*cross(framework, quick), *updates(framework), *more]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        rows = compare(cases, pool)
    found["rows"] = [r for r in found["rows"] if r["framework"] != framework] + [asdict(r) for r in rows]
    found["versions"][framework] = _version(framework)
    print(f"{framework}: {len(rows)} comparisons, {time.perf_counter() - began:.0f} s", file=sys.stderr)


def main() -> None:
    """Compare, print, and write what was asked for; exit code 1 where something differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frameworks", default=",".join(FRAMEWORKS), help="empty: only tell what --json has")
    parser.add_argument("--quick", action="store_true", help="one loss per optimiser x activation")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes")
    parser.add_argument("--json", type=Path, help="where results go; those of other frameworks in it are kept")
    parser.add_argument("--write", type=Path, help="the page of the documentation")
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # for the processes: tiny networks, one thread each
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found: dict[str, Any] = {"versions": {}, "rows": [], "lacking": {}}
    if arguments.json and arguments.json.exists():
        found = json.loads(arguments.json.read_text(encoding="utf-8"))
    for framework in filter(None, arguments.frameworks.split(",")):
        if importlib.util.find_spec(framework) is None:
            print(f"{framework} is not installed and is left out", file=sys.stderr)
        else:
            run(framework, arguments.quick, arguments.jobs, found)
    rows = [Row(**row) for row in found["rows"]]
    print(summary(rows), option_table(rows, found["lacking"], list(found["versions"])), sep="\n\n")
    for row in rows:
        if not row.equal:
            print("differs:", row)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if arguments.write:
        arguments.write.write_text(page(found), encoding="utf-8")
    sys.exit(int(any(not row.equal for row in rows)))


if __name__ == "__main__":
    main()

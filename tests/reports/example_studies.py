"""Studies made by hand: a factorial, a random design with failures, noise, hostile names."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace
from tunescape.study import Curve, Objective, Status, Study, Trial

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">"
BOLD = "<b>bold</b> %{y} $x$ &amp; <a href='javascript:alert(1)'>link</a> {{plotly}}"


def iris_study(replicates: int = 3) -> Study:
    """A factorial of 1152 configurations, as wide as the one of 2017."""
    levels: dict[str, list[Any]] = {
        "learning_rate": [0.0002, 0.0008, 0.0032, 0.0128, 0.0512, 0.2048],
        "dropout": [0.01, 0.05, 0.1, 0.25],
        "l1": [0.01, 0.1, 1.0, 10.0],
        "steps": [100, 500, 2500],
        "activation": ["sigmoid", "relu", "tanh", "elu"],
    }
    space = SearchSpace(
        {
            "learning_rate": Float(0.0002, 0.2048, "log", tuple(levels["learning_rate"])),
            "dropout": Float(0.01, 0.25, "linear", tuple(levels["dropout"])),
            "l1": Float(0.01, 10, "log", tuple(levels["l1"])),
            "steps": Integer(100, 2500, "log", tuple(levels["steps"])),
            "activation": Categorical(tuple(levels["activation"])),
            "batch_size": Constant(128),
        }
    )
    rng = np.random.default_rng(7)
    trials = []
    for cell in itertools.product(*levels.values()):
        configuration = dict(zip(levels, cell, strict=True)) | {"batch_size": 128}
        for replicate in range(replicates):
            trials.append(_iris_trial(len(trials), configuration, replicate, rng))
    return Study(
        "iris-3f9a",
        space,
        Objective("validation_accuracy", "maximize"),
        tuple(trials),
        seed=0,
        task="iris",
        settings={
            "sampler": "factorial",
            "replicates": replicates,
            "shared_budget": "steps",
            "constant_value": 14 / 30,
            "cuts": [0.5, 0.8],
            "notes": ["The design of 2017 had no test part; validation is read on its 30 rows."],
        },
        attributes={"seconds_training": 9.4, "networks_trained": 1152},
    )


def _iris_trial(number: int, c: dict[str, Any], replicate: int, rng: np.random.Generator) -> Trial:
    speed = (
        math.log10(c["learning_rate"] * c["steps"])
        + {"sigmoid": -1.3, "relu": -0.3, "tanh": 0.1, "elu": 0.2}[c["activation"]]
    )
    penalty = 2.2 * max(math.log10(c["l1"]), -0.6) + max(0.0, math.log10(c["learning_rate"] / 0.06)) * 1.5
    good = 1 / (1 + math.exp(-1.4 * (speed - penalty + rng.normal(0, 0.5))))
    value = round(30 * (0.97 * good)) / 30 if good > 0.45 else (8 if rng.random() < 0.7 else 14) / 30
    steps = np.unique(np.geomspace(1, c["steps"], 12).astype(int))
    rise = 0.27 + (value - 0.27) * (1 - np.exp(-4 * steps / steps[-1]))
    curve = Curve(
        steps,
        {
            "train_loss": (1.1 * np.exp(-3 * value * steps / steps[-1])).astype(np.float32),
            "validation_loss": (1.12 * np.exp(-2.6 * value * steps / steps[-1])).astype(np.float32),
            "validation_accuracy": rise.astype(np.float32),
        },
    )
    return Trial(
        number,
        c,
        replicate=replicate,
        seed=1000 + number,
        trajectory=number - number % 3,
        status=Status.COMPLETED,
        value=value,
        budget=float(c["steps"]),
        metrics={"train_loss": float(curve.values["train_loss"][-1])},
        curve=curve,
        started=1.77e9 + number,
        seconds=0.003,
    )


def random_study(n: int = 600, name: str = "digits-random", extra: int = 0) -> Study:
    """A random design with a condition, diverged and failed trials, a loss to minimise."""
    parameters: dict[str, Any] = {
        "learning_rate": Float(1e-4, 1.0, "log"),
        "units": Integer(4, 64, "log"),
        "batch_size": Ordinal((16, 32, 64, 128)),
        "activation": Categorical(("relu", "tanh", "elu")),
        "optimiser": Categorical(("sgd", "adam")),
        "momentum": Float(0.0, 0.99),
    }
    parameters |= {f"extra_{i}": Float(0, 1) for i in range(extra)}
    space = SearchSpace(parameters, [Condition("momentum", when={"optimiser": ("sgd",)})])
    rng = np.random.default_rng(3)
    trials = [_random_trial(i, rng, extra) for i in range(n)]
    return Study(
        name,
        space,
        Objective("validation_loss", "minimize"),
        tuple(trials),
        seed=1,
        task="digits",
        settings={"sampler": "random", "replicates": 1, "task_options": {"split_seed": 0}},
        attributes={
            "seconds_training": 12.0,
            "networks_trained": n,
            "test": {"metric": "test_accuracy", "value": 0.961, "low": 0.947, "high": 0.972, "networks": 5},
        },
    )


def _random_trial(number: int, rng: np.random.Generator, extra: int) -> Trial:
    c: dict[str, Any] = {
        "learning_rate": float(10 ** rng.uniform(-4, 0)),
        "units": int(np.exp(rng.uniform(np.log(4), np.log(64)))),
        "batch_size": int(rng.choice([16, 32, 64, 128])),
        "activation": str(rng.choice(["relu", "tanh", "elu"])),
        "optimiser": str(rng.choice(["sgd", "adam"])),
    }
    if c["optimiser"] == "sgd":
        c["momentum"] = float(rng.uniform(0, 0.99))
    c |= {f"extra_{i}": float(rng.uniform()) for i in range(extra)}
    common = {"number": number, "configuration": c, "seed": number, "trajectory": number, "seconds": 0.02}
    if c["learning_rate"] > 0.3 and rng.random() < 0.8:
        return Trial(status=Status.DIVERGED, reason="The loss became non-finite at step 120.", **common)
    if number % 97 == 5:
        return Trial(status=Status.FAILED, reason="ValueError: out of memory", **common)
    best = -1.5 if c["optimiser"] == "sgd" else -2.5
    loss = 0.1 + 0.2 * (math.log10(c["learning_rate"]) - best) ** 2 + 2 / c["units"] + abs(rng.normal(0, 0.05))
    steps = np.array([1, 10, 100, 500])
    values = {
        "train_loss": (loss + 2 / steps).astype(np.float32),
        "validation_loss": (loss + 2.2 / steps).astype(np.float32),
    }
    return Trial(
        status=Status.COMPLETED,
        value=loss,
        curve=Curve(steps, values),
        metrics={"train_loss": loss * 0.9},
        **common,
    )


def noise_study(n: int = 40) -> Study:
    """Forty trials whose value has nothing to do with their configuration."""
    rng = np.random.default_rng(5)
    space = SearchSpace({"alpha": Float(0, 1), "beta": Float(0, 1)})
    trials = tuple(
        Trial(
            i,
            {"alpha": float(rng.uniform()), "beta": float(rng.uniform())},
            status=Status.COMPLETED,
            value=float(rng.normal()),
        )
        for i in range(n)
    )
    return Study("noise", space, Objective("score", "maximize"), trials, task="mine.csv")


def hostile_study() -> Study:
    """Names that try to break out of the page, the terminal and the figures."""
    rng = np.random.default_rng(8)
    long = "a_hyperparameter_with_a_name_that_goes_on_and_on_and_never_seems_to_end"
    space = SearchSpace(
        {
            HOSTILE: Float(0, 1),
            BOLD: Categorical((HOSTILE, BOLD, "x\x1b[31mred", "var(--ink)", "日本語")),
            long: Float(1e-3, 1, "log"),
        }
    )
    trials = []
    for i in range(120):
        c = {
            HOSTILE: float(rng.uniform()),
            BOLD: space.parameters[BOLD].choices[i % 5],  # type: ignore[union-attr]
            long: float(10 ** rng.uniform(-3, 0)),
        }
        trials.append(Trial(i, c, status=Status.COMPLETED, value=float(c[HOSTILE] + rng.normal(0, 0.1)), note=HOSTILE))
    return Study(
        HOSTILE,
        space,
        Objective(BOLD, "maximize"),
        tuple(trials),
        task=HOSTILE,
        settings={"sampler": "random", "notes": [HOSTILE, BOLD]},
    )

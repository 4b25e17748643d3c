"""Studies with known answers for the tests of the explanation."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tunescape.space import Categorical, Condition, Configuration, Float, Ordinal, SearchSpace
from tunescape.study import Curve, Objective, Status, Study, Trial

ACTIVATIONS = ("sigmoid", "relu", "tanh", "elu")
IRIS_FILES = {"sigmoid": "Sigmoid", "relu": "RELU", "tanh": "Tanh", "elu": "ELU"}


def study_of(
    space: SearchSpace,
    rows: Sequence[tuple[Configuration, float | None]],
    *,
    direction: str = "maximize",
    objective: str = "validation_accuracy",
    status: Sequence[Status] | None = None,
    replicates: Sequence[int] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Study:
    """A study of the given configurations and values, completed unless said otherwise."""
    trials = tuple(
        Trial(
            number=i,
            configuration=configuration,
            replicate=replicates[i] if replicates else 0,
            seed=i,
            trajectory=i,
            status=status[i] if status else Status.COMPLETED,
            value=value,
        )
        for i, (configuration, value) in enumerate(rows)
    )
    return Study("known", space, Objective(objective, direction), trials, settings=settings or {})


def survey_study(seed: int = 0, replicates: int = 3, noise: float = 0.05, curves: bool = False) -> Study:
    """A small survey: factorial, steps read off one run, accuracy in [0, 1].

    Learning needs a learning rate that is neither small nor large; l1 = 10 leaves the network at the
    constant prediction, 0.4; more steps help.
    """
    space = SearchSpace(
        {
            "learning_rate": Float(1e-4, 1.0, "log", levels=(1e-4, 1e-3, 1e-2, 1e-1, 1.0)),
            "l1": Float(0.01, 10.0, "log", levels=(0.01, 0.1, 1.0, 10.0)),
            "steps": Ordinal((100, 500, 2500)),
            "activation": Categorical(("relu", "tanh")),
        }
    )
    rng = np.random.default_rng(seed)
    trials: list[Trial] = []
    for rate, l1, activation, replicate in itertools.product(
        (1e-4, 1e-3, 1e-2, 1e-1, 1.0), (0.01, 0.1, 1.0, 10.0), ("relu", "tanh"), range(replicates)
    ):
        first, luck = len(trials), noise * rng.standard_normal()
        for k, steps in enumerate((100, 500, 2500)):
            good = 0.97 - 0.12 * (np.log10(rate) + 2) ** 2 + 0.05 * (k - 1) + 0.03 * (activation == "tanh")
            value = 0.4 if l1 == 10.0 else float(np.clip(round((good + luck) * 50) / 50, 0.4, 1.0))
            at = np.arange(1, k + 3)
            trials.append(
                Trial(
                    number=len(trials),
                    configuration={"learning_rate": rate, "l1": l1, "steps": steps, "activation": activation},
                    replicate=replicate,
                    seed=first,
                    trajectory=first,
                    status=Status.COMPLETED,
                    value=value,
                    curve=Curve(at, {"validation_loss": (1 / at).astype(np.float32)}) if curves else None,
                )
            )
    settings = {
        "sampler": "factorial", "replicates": replicates, "shared_budget": "steps",
        "constant_value": 0.4, "n_validation": 50, "notes": ["The test part is small."],
    }  # fmt: skip
    objective = Objective("validation_accuracy", "maximize")
    return Study("survey", space, objective, tuple(trials), settings=settings)


def random_study(n: int, seed: int = 0, n_parameters: int = 4, signal: float = 0.0) -> Study:
    """Random configurations of numeric hyperparameters; x0 moves the score, the rest is noise."""
    rng = np.random.default_rng(seed)
    space = SearchSpace({f"x{i}": Float(0.0, 1.0) for i in range(n_parameters)})
    points = rng.random((n, n_parameters))
    values = signal * points[:, 0] + rng.standard_normal(n)
    rows = [
        ({f"x{i}": float(p[i]) for i in range(n_parameters)}, float(v)) for p, v in zip(points, values)
    ]
    return study_of(space, rows, objective="score", settings={"sampler": "random"})


def conditional_study(n: int = 40, seed: int = 0) -> Study:
    """Momentum is active with sgd only."""
    rng = np.random.default_rng(seed)
    space = SearchSpace(
        {
            "learning_rate": Float(1e-4, 1.0, "log"),
            "optimiser": Categorical(("sgd", "adam")),
            "momentum": Float(0.0, 0.99),
        },
        [Condition("momentum", when={"optimiser": "sgd"})],
    )
    rows = []
    for i in range(n):
        rate = float(10 ** rng.uniform(-4, 0))
        configuration = {"learning_rate": rate, "optimiser": ("sgd", "adam")[i % 2]}
        if i % 2 == 0:
            configuration["momentum"] = float(rng.uniform(0, 0.99))
        rows.append((configuration, float(np.clip(0.6 + 0.1 * rng.standard_normal(), 0, 1))))
    return study_of(space, rows, settings={"sampler": "random"})


def iris_2017(folder: Path) -> Study:
    """The 1152 published trials, one study."""
    space = SearchSpace(
        {
            "learning_rate": Float(2e-4, 0.2048, "log"),
            "dropout": Float(0.01, 0.25),
            "l1": Float(0.01, 10.0, "log"),
            "steps": Ordinal((100, 500, 2500)),
            "activation": Categorical(ACTIVATIONS),
        }
    )
    rows = []
    for activation, name in IRIS_FILES.items():
        lines = (folder / "iris_2017" / f"{name}_data.csv").read_text().splitlines()
        for row in csv.DictReader(lines):
            configuration = {
                "learning_rate": round(float(row["learning.rate"]), 6),
                "dropout": float(row["dropout"]),
                "l1": float(row["L1.regularization"]),
                "steps": int(row["training.steps"]),
                "activation": activation,
            }
            rows.append((configuration, float(row["accuracy"])))
    return study_of(space, rows, settings={"constant_value": 14 / 30, "n_validation": 30})

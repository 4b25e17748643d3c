"""Models of real tasks whose weights are drawn, not learned: every part of a network has a value that shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from tunescape.engine import Layer, initial_layers
from tunescape.evaluators import specify
from tunescape.models import Model, make_model
from tunescape.study import Curve
from tunescape.tasks import Task, csv_task, load_task
from tunescape.tasks.preprocessing import raw_numbers

HISTORY = Curve(np.array([10, 20]), {"train_loss": np.array([0.5, 0.25], np.float32)})
METRICS = {"train_loss": 0.25, "validation_loss": 0.3}


def drawn(task: Task, seed: int = 0, dtype: str = "float32", **settings: Any) -> Model:
    """A model of a task with random weights, biases, scales, shifts and running statistics."""
    settings = {"learning_rate": 0.005, "units": [12, 9], **settings}
    specification = specify(
        settings, n_inputs=task.n_inputs, n_outputs=task.n_outputs, n_rows=len(task.train), loss=task.loss
    )
    rng = np.random.default_rng(seed)
    layers = []
    for layer in initial_layers(specification.network, seed):
        moved: list[Any] = [layer.weights, rng.normal(0, 0.3, layer.bias.shape)]
        moved += [None if a is None else a + rng.uniform(0, 0.5, a.shape) for a in layer[2:]]
        layers.append(Layer(*(None if a is None else a.astype(dtype) for a in moved)))
    return make_model(
        task, specification, layers,
        history=HISTORY, metrics=METRICS, seed=seed, settings=settings, backend="population",
    )  # fmt: skip


def words_frame(n: int = 60) -> pd.DataFrame:
    """A table with numbers, a year, words, gaps in numbers and words, and a class of two."""
    rng = np.random.default_rng(5)
    return pd.DataFrame({
        "size": rng.normal(0.003, 0.001, n),
        "year": rng.integers(1990, 2024, n),
        "colour": rng.choice(["red", "green", "blue"], n),
        "weight": np.where(rng.random(n) < 0.2, np.nan, rng.normal(50, 9, n)),
        "kind": rng.choice(["a", "b", None], n),
        "good": rng.choice(["yes", "no"], n),
    })  # fmt: skip


def far_frame(n: int = 60) -> pd.DataFrame:
    """Numbers far from 0 beside their spread, and a target that is far from 0 too."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"year": rng.uniform(1990, 2024, n), "mass": rng.normal(1e-12, 1e-13, n),
                          "code": 123_456 + rng.normal(0, 1, n)})  # fmt: skip
    frame["price"] = 1e5 + 30 * (frame["year"] - 2000) + rng.normal(0, 5, n)
    return frame


def tasks(folder: Any) -> dict[str, Task]:
    """Tasks that differ in what their models have to do."""
    words_frame().to_csv(folder / "words.csv", index=False)
    far_frame().to_csv(folder / "far.csv", index=False)
    return {
        "not scaled": load_task("iris"),
        "many classes, constant columns": load_task("digits"),
        "two classes": load_task("breast-cancer"),
        "regression": load_task("diabetes"),
        "words and gaps": csv_task(folder / "words.csv", "good"),
        "far from 0": csv_task(folder / "far.csv", "price"),
    }


NAMES = ("not scaled", "many classes, constant columns", "two classes", "regression", "words and gaps", "far from 0")
"""Names of `tasks`."""


def encoded_rows(model: Model, n: int = 50, seed: int = 1) -> np.ndarray:
    """Encoded rows near the training rows, shape (n, d)."""
    mean, sd = model.preprocessing.mean, model.preprocessing.sd
    return mean + np.random.default_rng(seed).normal(size=(n, len(mean))) * np.where(np.isfinite(sd), sd, 3.0)


def answer(model: Model, encoded: np.ndarray) -> np.ndarray:
    """What the model says for encoded rows: probabilities, or values in the target's unit, shape (n, k)."""
    plain = raw_numbers([f"x{i}" for i in range(encoded.shape[1])])
    scaled = replace(plain, mean=model.preprocessing.mean, sd=model.preprocessing.sd)
    told = replace(model, preprocessing=scaled)
    return told.predict_proba(encoded) if model.classes else told.predict(encoded).reshape(len(encoded), -1)


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    """Largest difference relative to the largest wanted number."""
    assert found.shape == wanted.shape
    return float(np.abs(np.asarray(found, np.float64) - wanted).max() / np.abs(wanted).max())

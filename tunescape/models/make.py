"""A model from its parts: the task, the network in full, and the weights that training ended with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunescape.engine import Layer
from tunescape.evaluators import Specification
from tunescape.models.model import Model
from tunescape.study import Curve
from tunescape.tasks import Task


def make_model(
    task: Task,
    specification: Specification,
    layers: Sequence[Layer],
    *,
    history: Curve,
    metrics: Mapping[str, float],
    seed: int,
    settings: Mapping[str, Any],
    backend: str,
) -> Model:
    """Put a trained network and its task together.

    Args:
        task: The task that it learned; its preprocessing goes into the model.
        specification: The network and its training.
        layers: Its weights.
        history: Learning curves.
        metrics: What was measured at the end, by name.
        seed: Its seed.
        settings: The configuration that it was trained with.
        backend: Who trained it.

    Raises:
        InputError: The parts do not fit together.
    """
    numbers = specification.numbers
    return Model(
        network=specification.network,
        layers=tuple(map(_copy, layers)),
        preprocessing=task.preprocessing,
        classes=tuple(task.classes),
        task=task.name,
        backend=backend,
        settings={name: plain(value) for name, value in settings.items()},
        metrics={name: float(value) for name, value in metrics.items()},
        history=history,
        seed=int(seed),
        steps=int(history.steps[-1]) if len(history.steps) else specification.n_steps,
        learning_rate=float(numbers["learning_rate"]),
        negative_slope=float(numbers["negative_slope"]),
        norm_epsilon=float(numbers["norm_epsilon"]),
        target_mean=float(task.target_mean),
        target_sd=float(task.target_sd),
    )


def _copy(layer: Layer) -> Layer:
    """The layer with arrays of its own."""
    arrays: list[Any] = [None if array is None else np.array(array) for array in layer]
    return Layer(*arrays)


def plain(value: Any) -> Any:
    """A setting as plain data: lists for tuples and arrays, Python's numbers for NumPy's."""
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value

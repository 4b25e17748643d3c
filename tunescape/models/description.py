"""One line that says what a model is, how it was trained, and how good it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunescape.evaluators.refusals import NAMES
from tunescape.explanation.wording import counted, level, number

if TYPE_CHECKING:
    from tunescape.models.model import Model


def describe(model: Model) -> str:
    """The model in one line.

    Args:
        model: The model.

    Returns:
        Such as ``prod: 2-16-16-1 relu network, 337 weights; adam, learning rate 0.005, 2500 steps
        (population engine): validation mse 0.00021``.
    """
    network = model.network
    kind = network.activation if network.n_layers > 1 else "linear"
    normalised = f" with {network.normalisation} normalisation" if network.normalisation != "none" else ""
    whose = NAMES.get(model.backend, f"{model.backend} engine")
    line = (
        f"{model.task}: {'-'.join(map(str, network.widths))} {kind} network{normalised}, "
        f"{network.n_weights:,} weights; {network.optimiser}, learning rate {level(model.learning_rate)}, "
        f"{counted(model.steps, 'step')} ({whose})"
    )
    return line + _measured(model)


def _measured(model: Model) -> str:
    """The measurement that tells most about the model, or nothing."""
    score = "accuracy" if model.classes else "mse"
    for name in (f"validation_{score}", "validation_loss", f"train_{score}", "train_loss"):
        if name in model.metrics:
            return f": {name.replace('_', ' ')} {number(model.metrics[name])}"
    return ""

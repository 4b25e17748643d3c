"""The search space and network settings for data of which nothing else is known.

Networks of one structure (layers, units, activation, optimiser, batch size) train side by side, so the
structural hyperparameters have few levels: 2 x 3 x 3 x 2 x 3 = 108 structures, some nine of the default
1000 networks in each. Everything else varies continuously.
"""

from __future__ import annotations

from typing import Any

from tunescape.space import Categorical, Condition, Float, Integer, Ordinal, SearchSpace
from tunescape.tasks.task import Design, Kind

SAMPLES_SEEN = 20_000
MAX_EPOCHS = 100


def default_space(n_train: int, n_inputs: int, kind: Kind) -> SearchSpace:
    """Return the default search space for a table of numbers.

    Ranges are wide enough to hold settings that break learning, so that a survey can show where it
    breaks. Batches are at most half of a small training part, so that their size keeps a
    meaning; first layers of more than 256 inputs get fewer units, so that a survey stays short.

    Args:
        n_train: Rows of the training part.
        n_inputs: Columns of the inputs.
        kind: ``"multiclass"``, ``"binary"`` or ``"regression"``.
    """
    largest = next((size for size in (64, 32, 16) if n_train >= 2 * size), 8)
    units = (8, 16, 32) if n_inputs <= 256 else (4, 8, 16)
    activation = "tanh" if kind == "regression" else "relu"
    return SearchSpace(
        {
            "learning_rate": Float(1e-4, 1.0, "log", default=1e-2),
            "batch_size": Ordinal((largest // 4, largest // 2, largest), default=largest // 2),
            "layers": Integer(1, 2, default=1),
            "units": Ordinal(units, default=units[1]),
            "activation": Categorical(("relu", "tanh", "sigmoid"), default=activation),
            "optimiser": Categorical(("sgd", "adam"), default="adam"),
            "momentum": Float(0.0, 0.99, default=0.9),
            "dropout": Float(0.0, 0.5, default=0.0),
            "l2": Float(1e-6, 1e-1, "log", default=1e-5),
        },
        (Condition("momentum", {"optimiser": ("sgd",)}),),
    )


def default_network(n_train: int) -> dict[str, Any]:
    """Return the settings that the default space does not vary; all others are the engine's own.

    Training ends after some 20 000 rows were seen (100 epochs at most, so small tables end earlier);
    for more rows than that, `epochs` is a fraction of one.

    Args:
        n_train: Rows of the training part.
    """
    epochs = min(SAMPLES_SEEN / n_train, MAX_EPOCHS)
    return {"epochs": round(epochs) if epochs >= 1 else round(epochs, 4)}


def default_design() -> Design:
    """Return the design of a task with the default space: 500 random configurations, twice each."""
    return Design("random", 500, 2)

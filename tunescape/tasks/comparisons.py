"""Four comparisons of a tutorial of 2019 as ready designs: which levels, of what, with everything else held.

The tutorial (takeawildguess.net, "fcnn12", November 2019) trained each network once in Keras and compared
training losses by eye. Here every configuration has ten networks of different seeds. Their first weights are
those that the tutorial gave Keras: U(-0.05, 0.05), biases 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.space import Categorical, Float, Ordinal, SearchSpace
from tunescape.tasks.synthetic import FORMULAS

REPLICATES = 10


@dataclass(frozen=True)
class Comparison:
    """A ready design for a task.

    Args:
        title: The question that it answers.
        space: What varies; a full factorial of its levels.
        network: Settings of the networks that it holds.
        replicates: Networks of different seeds per configuration.
    """

    title: str
    space: SearchSpace
    network: Mapping[str, Any] = field(default_factory=dict)
    replicates: int = REPLICATES


def _rates(*levels: float) -> Float:
    return Float(min(levels), max(levels), "log", levels=levels)


_TUTORIAL = {"batch_size": 100, "initialiser": "uniform", "like": "keras"}
_DEEP = {**_TUTORIAL, "hidden": (16, 16), "activation": "relu"}

COMPARISONS: dict[str, Comparison] = {
    "activation-width": Comparison(
        "Which activation, with how many units in one hidden layer?",
        SearchSpace({"activation": Categorical(("sigmoid", "tanh", "relu")), "units": Ordinal((2, 4, 8, 16))}),
        {**_TUTORIAL, "hidden": (16,), "optimiser": "adam", "learning_rate": 0.005, "epochs": 100},
    ),
    "optimiser-rate": Comparison(
        "Which optimiser, with which learning rate?",
        SearchSpace(
            {
                "optimiser": Categorical(("sgd", "adam", "rmsprop", "adagrad")),
                "learning_rate": _rates(0.001, 0.005, 0.01),
            }
        ),
        {**_DEEP, "epochs": 150},
    ),
    "sgd-rate": Comparison(
        "Which learning rates does plain gradient descent need?",
        SearchSpace({"learning_rate": _rates(0.00005, 0.0001, 0.001, 0.005, 0.01, 0.05)}),
        {**_DEEP, "optimiser": "sgd", "epochs": 250},
    ),
    "sgd-adam": Comparison(
        "How far is plain gradient descent behind Adam, by learning rate?",
        SearchSpace({"optimiser": Categorical(("sgd", "adam")), "learning_rate": _rates(0.001, 0.01, 0.05)}),
        {**_DEEP, "epochs": 250},
    ),
}
"""Comparisons by name, for every task made by a formula; the tutorial made them on ``prod``."""


def comparison(task: str, name: str) -> Comparison:
    """Return a comparison of a task.

    Raises:
        InputError: The task has none, or none of that name.
    """
    if task not in FORMULAS:
        raise InputError(
            f"`preset` is for tasks made by a formula ({', '.join(FORMULAS)}). Got preset={name!r} for {task!r}; "
            "leave it out."
        )
    if name not in COMPARISONS:
        raise InputError(
            f"`preset` must be one of {', '.join(COMPARISONS)}. Got preset={name!r}.{did_you_mean(name, COMPARISONS)}"
        )
    return COMPARISONS[name]

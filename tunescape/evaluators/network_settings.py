"""From names in a configuration to the engine's arguments: the one table of what a network can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunescape.engine import ACTIVATIONS, INITIALISERS, OPTIMISERS
from tunescape.errors import InputError, did_you_mean
from tunescape.space import Categorical, Constant, Float, Integer, Ordinal, Parameter, SearchSpace


@dataclass(frozen=True)
class Setting:
    """What values a setting of a network may take.

    Args:
        meaning: What it is, in a few words.
        choices: The words it may be; empty for numbers.
        low: Smallest number allowed.
        high: Largest number allowed.
        whole: Whether it must be a whole number.
        above: Whether the smallest number itself is not allowed.
    """

    meaning: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = float("inf")
    whole: bool = False
    above: bool = False

    def allows(self, value: Any) -> bool:
        """Whether the setting may have this value."""
        if self.choices:
            return value in self.choices
        if isinstance(value, str) or (isinstance(value, bool) and not self.whole):
            return False
        inside = self.low < value <= self.high if self.above else self.low <= value <= self.high
        return inside and (not self.whole or value == int(value))

    @property
    def rule(self) -> str:
        """The rule in words, for an error."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        kind = "a whole number" if self.whole else "a number"
        start = f"above {self.low:g}" if self.above else f"at least {self.low:g}"
        return f"{kind} {start}" + (f" and at most {self.high:g}" if self.high != float("inf") else "")


BELOW_ONE = 1.0 - 2.0**-24

SETTINGS: dict[str, Setting] = {
    "learning_rate": Setting("step size of the optimiser", above=True),
    "momentum": Setting("momentum of sgd or rmsprop", high=BELOW_ONE),
    "nesterov": Setting("whether sgd looks ahead", choices=(False, True)),
    "beta_1": Setting("decay of adam's first moment", high=BELOW_ONE),
    "beta_2": Setting("decay of adam's second moment", high=BELOW_ONE),
    "rho": Setting("decay of rmsprop's mean square", high=BELOW_ONE),
    "epsilon": Setting("number that keeps the optimiser from dividing by zero"),
    "initial_accumulator": Setting("start of adagrad's accumulators"),
    "l1": Setting("strength of the L1 penalty"),
    "l2": Setting("strength of the L2 penalty"),
    "dropout": Setting("share of hidden units dropped while training", high=BELOW_ONE),
    "init_scale": Setting("factor on the initial weights"),
    "steps": Setting("optimiser steps", low=1, whole=True),
    "epochs": Setting("passes over the training rows", above=True),
    "batch_size": Setting("rows per optimiser step", low=1, whole=True),
    "units": Setting("units of every hidden layer", low=1, whole=True),
    "layers": Setting("hidden layers", low=0, whole=True, high=32),
    "activation": Setting("activation of the hidden layers", choices=tuple(ACTIVATIONS)),
    "optimiser": Setting("optimiser", choices=tuple(OPTIMISERS)),
    "initialiser": Setting("distribution of the initial weights", choices=INITIALISERS),
    "reduction": Setting("mean or sum of the loss over a batch", choices=("mean", "sum")),
    "batching": Setting("whether batches stop at the end of an epoch", choices=("partial", "stream")),
}
"""Settings of a network by the name that configurations use."""

NUMBERS = (
    "learning_rate", "momentum", "nesterov", "beta_1", "beta_2", "rho", "epsilon", "initial_accumulator",
    "l1", "l2", "dropout", "init_scale",
)  # fmt: skip
"""Settings that may differ from lane to lane."""


def check_space(space: SearchSpace) -> None:
    """Check that every hyperparameter of a space is a setting of a network and stays in its range.

    Raises:
        InputError: A name is unknown or a value is not allowed; names the value and the rule.
    """
    for name, parameter in space.parameters.items():
        if name not in SETTINGS:
            raise InputError(
                f"{name!r} is not a setting of a network. Settings are {', '.join(SETTINGS)}."
                f"{did_you_mean(name, SETTINGS)}"
            )
        for value in _extremes(parameter):
            if not SETTINGS[name].allows(value):
                raise InputError(f"`{name}` must be {SETTINGS[name].rule}. Got {value!r}.")
    if "steps" in space.parameters and "epochs" in space.parameters:
        raise InputError("`steps` and `epochs` both say how long to train; keep one of them.")


def _extremes(parameter: Parameter) -> tuple[Any, ...]:
    """Values of a hyperparameter that must be allowed for all to be."""
    if isinstance(parameter, Ordinal | Categorical):
        return parameter.choices
    if isinstance(parameter, Constant):
        return (parameter.value,)
    assert isinstance(parameter, Float | Integer)
    levels = parameter.levels if isinstance(parameter.levels, tuple) else ()
    return (parameter.low, parameter.high, *levels)


def largest_settings(space: SearchSpace) -> dict[str, Any]:
    """The greatest width and depth that a (checked) space allows, where it varies them."""
    sizes = ("units", "layers")
    return {name: max(_extremes(space.parameters[name])) for name in sizes if name in space.parameters}


def hidden_widths(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Units of every hidden layer: `units` in each of `layers`, else `hidden` as the task lists them."""
    hidden = tuple(settings.get("hidden", (16,)))
    if "units" in settings or "layers" in settings:
        units = int(settings.get("units", hidden[0] if hidden else 16))
        return (units,) * int(settings.get("layers", len(hidden) or 1))
    return hidden

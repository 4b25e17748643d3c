"""The one table of what a network can be told: names, meanings, equations, allowed values, which frameworks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunescape.engine import CHOICES
from tunescape.errors import InputError, did_you_mean
from tunescape.evaluators.conventions import FRAMEWORKS, LIKE
from tunescape.space import Categorical, Constant, Float, Integer, Ordinal, Parameter, SearchSpace

BELOW_ONE = 1.0 - 2.0**-24
ALL = FRAMEWORKS
NOT_SKLEARN = ("keras", "tensorflow", "torch")


@dataclass(frozen=True)
class Setting:
    """What values a setting of a network may take, what it does, and who has it.

    Args:
        meaning: What it is, in a few words.
        equation: The formula that it stands in, or empty.
        choices: The words it may be; empty for numbers.
        low: Smallest number allowed.
        high: Largest number allowed.
        whole: Whether it must be a whole number.
        above: Whether the smallest number itself is not allowed.
        frameworks: Which frameworks can express it, beside the population engine.
        neutral: The value that does nothing, which every framework can express.
        is_lane_number: Whether networks that differ in it only are trained in one block of lanes.
    """

    meaning: str
    equation: str = ""
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = float("inf")
    whole: bool = False
    above: bool = False
    frameworks: tuple[str, ...] = ALL
    neutral: Any = None
    is_lane_number: bool = False

    def allows(self, value: Any) -> bool:
        """Whether the setting may have this value."""
        if self.choices:
            return value in self.choices
        if not isinstance(value, int | float | np.number) or isinstance(value, bool | np.bool_):
            return False
        if not math.isfinite(value):
            return False
        inside = self.low < value <= self.high if self.above else self.low <= value <= self.high
        return bool(inside) and (not self.whole or value == int(value))

    @property
    def rule(self) -> str:
        """The rule in words, for an error."""
        if self.choices:
            return "one of " + ", ".join(map(str, self.choices))
        kind = "a whole number" if self.whole else "a number"
        start = f"above {self.low:g}" if self.above else f"at least {self.low:g}"
        end = " and below 1" if self.high == BELOW_ONE else f" and at most {self.high:g}"
        return f"{kind} {start}" + (end if self.high != float("inf") else "")


def _number(meaning: str, equation: str = "", **rest: Any) -> Setting:
    return Setting(meaning, equation, is_lane_number=True, **rest)


def _choice(name: str, meaning: str, equation: str = "", **rest: Any) -> Setting:
    return Setting(meaning, equation, choices=CHOICES[name], **rest)


# fmt: off
SETTINGS: dict[str, Setting] = {
    # ---- the network
    "layers": Setting("hidden layers", low=0, whole=True, high=32),
    "units": Setting("units of every hidden layer; in Python also a list, one per layer", low=1, whole=True),
    "units_1": Setting("units of the first hidden layer (units_2 … units_32: of the others)", low=1, whole=True),
    "activation": _choice("activation", "activation of the hidden layers"),
    "negative_slope": _number("slope of leaky_relu below 0", "a = z where z > 0, else negative_slope z",
                              frameworks=NOT_SKLEARN),
    "normalisation": _choice("normalisation", "normalisation between a hidden layer and its activation",
                             "y = gamma (z - mean) / sqrt(variance + norm_epsilon) + beta",
                             frameworks=("keras", "torch"), neutral="none"),
    "norm_epsilon": _number("number under normalisation's root", frameworks=("keras", "torch")),
    "norm_momentum": _number("memory of batch normalisation's running statistics",
                             "running = norm_momentum running + (1 - norm_momentum) batch", high=BELOW_ONE,
                             frameworks=("keras", "torch")),
    "running_variance": _choice("running_variance", "which variance of a batch enters the running one",
                                "biased: sum / n; unbiased: sum / (n - 1)", frameworks=("keras", "torch")),
    "dropout": _number("share of hidden units dropped while training", "a = a keep / (1 - dropout)", high=BELOW_ONE,
                       frameworks=NOT_SKLEARN, neutral=0.0),
    "dropout_1": _number("the same after the first hidden layer (dropout_2 … dropout_32: after the others)",
                         high=BELOW_ONE, frameworks=NOT_SKLEARN, neutral=0.0),
    "initialiser": _choice("initialiser", "distribution of the initial weights"),
    "bias_initialiser": _choice("bias_initialiser", "initial biases: zeros, or uniform like the layer's weights"),
    "init_scale": _number("factor on the initial weights"),
    # ---- the optimiser
    "optimiser": _choice("optimiser", "optimiser"),
    "learning_rate": _number("step size of the optimiser", "w -= learning_rate …", above=True),
    "momentum": _number("momentum of sgd or rmsprop", "v = momentum v - learning_rate g; w += v", high=BELOW_ONE,
                        neutral=0.0),
    "nesterov": Setting("whether sgd looks ahead", "w += momentum v - learning_rate g", choices=(False, True),
                        neutral=False, is_lane_number=True),
    "momentum_form": _choice("momentum_form", "whether the momentum holds the learning rate",
                             "velocity: v = mu v - lr g; gradient: b = mu b + g, w -= lr b"),
    "beta_1": _number("decay of the first moment of adam, adamw, adamax, nadam", "m = beta_1 m + (1 - beta_1) g",
                      high=BELOW_ONE),
    "beta_2": _number("decay of their second moment", "v = beta_2 v + (1 - beta_2) g^2", high=BELOW_ONE),
    "rho": _number("decay of the mean square of rmsprop and adadelta", "s = rho s + (1 - rho) g^2", high=BELOW_ONE,
                   frameworks=NOT_SKLEARN),
    "epsilon": _number("number that keeps the optimiser from dividing by zero"),
    "epsilon_placement": _choice("epsilon_placement", "where epsilon stands",
                                 "inside: sqrt(v + eps); outside: sqrt(v) + eps; corrected: "
                                 "sqrt(v / (1 - beta_2^t)) + eps"),
    "initial_accumulator": _number("start of the accumulators of adagrad, proximal_adagrad, ftrl (and rmsprop)",
                                   frameworks=NOT_SKLEARN),
    "momentum_decay": _number("how fast nadam's momentum grows",
                              "mu_t = beta_1 (1 - 0.96^(t momentum_decay) / 2)", frameworks=("keras", "torch")),
    "weight_decay": _number("decoupled weight decay", "w -= learning_rate weight_decay w",
                            frameworks=("keras", "torch"),
                            neutral=0.0),
    "clip_norm": _number("longest gradient of all parameters together; 0 for none",
                         "g = g min(1, clip_norm / (|g| + clip_epsilon))", frameworks=NOT_SKLEARN, neutral=0.0),
    "clip_epsilon": _number("number added to the norm by which clip_norm divides", frameworks=("torch",), neutral=0.0),
    "clip_value": _number("largest entry of a gradient; 0 for none", "g = max(-clip_value, min(clip_value, g))",
                          frameworks=NOT_SKLEARN, neutral=0.0),
    # ---- the learning rate over time
    "schedule": _choice("schedule",
                        "how the learning rate changes; s = step - warmup_steps, u = min(1, s / decay_steps)",
                        frameworks=NOT_SKLEARN, neutral="constant"),
    "decay_rate": _number("of the schedules exponential, step, inverse_time",
                          "exponential: decay_rate^(s/decay_steps); step: decay_rate^floor(s/decay_steps); "
                          "inverse_time: 1 / (1 + decay_rate s/decay_steps)", frameworks=NOT_SKLEARN),
    "decay_steps": _number("steps over which it decays; by default all after warm-up", above=True,
                           frameworks=NOT_SKLEARN),
    "end_rate": _number("where polynomial and cosine end, as a share of the learning rate",
                        "polynomial: (1 - end_rate) (1 - u)^power + end_rate; "
                        "cosine: (1 - end_rate) (1 + cos(pi u)) / 2 + end_rate", frameworks=NOT_SKLEARN),
    "power": _number("exponent of the polynomial schedule", frameworks=NOT_SKLEARN),
    "warmup_steps": _number("steps of linear warm-up before the schedule", "learning_rate step / warmup_steps",
                            frameworks=NOT_SKLEARN, neutral=0),
    # ---- the loss
    "l1": _number("strength of the L1 penalty", "l1 sum |w|", frameworks=NOT_SKLEARN, neutral=0.0),
    "l2": _number("strength of the L2 penalty", "l2 sum w^2 (see penalty)", neutral=0.0),
    "penalty": _choice("penalty", "what l2 multiplies", "whole: sum w^2; half: sum w^2 / 2; "
                       "half_per_row: sum w^2 / (2 rows of the batch)"),
    "penalised": _choice("penalised", "whether penalties act on weights or on all parameters"),
    "reduction": _choice("reduction", "mean or sum of the loss over a batch", frameworks=NOT_SKLEARN, neutral="mean"),
    "class_weight": Setting("whether rare classes weigh more in the loss",
                            "balanced: n / (classes x rows of the class)", choices=("none", "balanced"),
                            neutral="none"),
    "weighting": _choice("weighting", "what a weighted mean divides by: rows, or the sum of their weights"),
    # ---- how long, in which batches
    "steps": Setting("optimiser steps", low=1, whole=True),
    "epochs": Setting("passes over the training rows", above=True),
    "batch_size": Setting("rows per optimiser step, at most all", low=1, whole=True),
    "batching": _choice("batching", "whether batches stop at the end of an epoch", neutral="partial",
                        frameworks=NOT_SKLEARN),
    "shuffle": _choice("shuffle", "whether rows get a new order every epoch"),
    "patience": Setting("epochs without improvement after which training stops; 0 for never", whole=True),
    "min_delta": Setting("smallest decrease that counts as an improvement"),
    "monitor": Setting("what must improve: a loss measured after each epoch, or the mean loss of its batches",
                       choices=("validation_loss", "train_loss", "running_loss")),
    "restore_best": Setting("whether early stopping goes back to the best weights", choices=(True, False)),
    "stopping_rule": Setting("keras: stop at `patience` epochs without improvement; sklearn: when there are more, "
                             "and any decrease is a new best", choices=("keras", "sklearn")),
    # ---- who trains
    "like": Setting("whose defaults, formulas and penalties are used", choices=tuple(LIKE)),
    "backend": Setting("who trains the network", choices=("population", *FRAMEWORKS)),
}
"""Settings of a network by the name that configurations use."""
# fmt: on

NUMBERS = tuple(name for name, setting in SETTINGS.items() if setting.is_lane_number and name != "dropout_1")
"""Settings that may differ from lane to lane."""

_OF_A_LAYER = re.compile(r"(units|dropout)_([1-9]|[12]\d|3[0-2])")


def setting_of(name: str) -> Setting | None:
    """The setting of a name, that of one layer (``units_2``, ``dropout_3``) included."""
    if name in SETTINGS:
        return SETTINGS[name]
    match = _OF_A_LAYER.fullmatch(name)
    return SETTINGS[f"{match[1]}_1"] if match else None


def check_settings(settings: Mapping[str, Any]) -> None:
    """Check names and values of one configuration.

    Raises:
        InputError: A name is unknown or a value is not allowed; names the value and the rule.
    """
    for name, value in settings.items():
        setting = known(name)
        values = value if name == "units" and isinstance(value, list | tuple) else (value,)
        for one in values:
            if not setting.allows(one):
                raise InputError(f"`{name}` must be {setting.rule}. Got {one!r}.{_hint(name, setting, one)}")
    if "steps" in settings and "epochs" in settings:
        raise InputError("`steps` and `epochs` both say how long to train; keep one of them.")


def _hint(name: str, setting: Setting, value: Any) -> str:
    """What the user may have meant."""
    if setting.choices:
        return did_you_mean(str(value), [str(choice) for choice in setting.choices])
    if isinstance(value, list | tuple) and f"{name}_1" in SETTINGS:
        return f" For one per layer give {name}_1, {name}_2, …"
    if setting.whole and isinstance(value, float) and value != int(value):
        return f" For whole numbers write '{name}=int(LOW,HIGH)'."
    return ""


def known(name: str) -> Setting:
    """The setting of a name.

    Raises:
        InputError: There is none.
    """
    setting = setting_of(name)
    if setting is None:
        close = did_you_mean(name, SETTINGS)
        raise InputError(
            f"{name!r} is not a setting of a network.{close or ' Settings are ' + ', '.join(SETTINGS) + '.'}"
        )
    return setting


def check_space(space: SearchSpace) -> None:
    """Check that every hyperparameter of a space is a setting of a network and stays in its range.

    Raises:
        InputError: A name is unknown or a value is not allowed; names the value and the rule.
    """
    for name, parameter in space.parameters.items():
        for value in extremes(parameter):
            check_settings({name: value})
    if "steps" in space.parameters and "epochs" in space.parameters:
        raise InputError("`steps` and `epochs` both say how long to train; keep one of them.")


def extremes(parameter: Parameter) -> tuple[Any, ...]:
    """Values of a hyperparameter that must be allowed for all to be."""
    if isinstance(parameter, Ordinal | Categorical):
        return parameter.choices
    if isinstance(parameter, Constant):
        return (parameter.value,)
    assert isinstance(parameter, Float | Integer)
    levels = parameter.levels if isinstance(parameter.levels, tuple) else ()
    return (parameter.low, parameter.high, *levels)


def largest_settings(space: SearchSpace) -> dict[str, Any]:
    """The greatest widths and depth that a (checked) space allows, where it varies them."""
    sizes = [name for name in space.parameters if name == "layers" or name.startswith("units")]
    return {name: max(extremes(space.parameters[name])) for name in sizes}


def hidden_widths(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Units of every hidden layer.

    `units` in each of `layers`, or as it lists them, else `hidden` as the task lists them; `units_2`
    and the like replace those of one layer.
    """
    hidden = tuple(settings.get("hidden", (16,)))
    units = settings.get("units")
    if isinstance(units, list | tuple):
        hidden, units = tuple(int(u) for u in units), None
    own = {int(name[6:]): int(value) for name, value in settings.items() if name.startswith("units_")}
    if units is None and "layers" not in settings and not own:
        return hidden
    depth = int(settings.get("layers", max([len(hidden) or 1, *own])))
    width = int(units if units is not None else hidden[0] if hidden else 16)
    base = [hidden[k] if units is None and k < len(hidden) else width for k in range(depth)]
    return tuple(own.get(k + 1, base[k]) for k in range(depth))

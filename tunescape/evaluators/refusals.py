"""What a framework cannot express, said in a sentence; nothing is replaced in silence."""

from __future__ import annotations

from typing import Any

from tunescape.evaluators.conventions import ACTIVATIONS_OF, CONVENTIONS, OPTIMISER_DEFAULTS
from tunescape.evaluators.network_settings import SETTINGS
from tunescape.evaluators.specification import Specification

NAMES = {"sklearn": "scikit-learn", "keras": "Keras", "tensorflow": "TensorFlow", "torch": "PyTorch"}
"""Names of the frameworks as they write themselves."""

PLACEMENTS = {
    "sklearn": {"adam": "outside"},
    "keras": {"adam": "outside", "adamw": "outside", "adamax": "outside", "rmsprop": "inside", "adagrad": "inside"},
    "tensorflow": {"adam": "outside", "rmsprop": "inside"},
    "torch": {"adam": "corrected", "adamw": "corrected", "adamax": "inside", "rmsprop": "outside",
              "adagrad": "outside"},
}  # fmt: skip
"""Where each framework's optimisers put epsilon, where there is a choice."""


def refusal(specification: Specification, framework: str) -> str:
    """Why a framework cannot train a network, or nothing.

    Args:
        specification: The network.
        framework: ``"sklearn"``, ``"keras"``, ``"tensorflow"`` or ``"torch"``.
    """
    network = specification.network
    for kind, value, has in (
        ("activation", network.activation, ACTIVATIONS_OF[framework]),
        ("optimiser", network.optimiser, tuple(OPTIMISER_DEFAULTS[framework])),
    ):
        if value not in has:
            return (
                f"{NAMES[framework]} has no {kind} {value!r} (it has {', '.join(has)}); choose one of these, "
                f"or backend='population'."
            )
    return _setting(specification, framework) or _convention(specification, framework)


def _setting(specification: Specification, framework: str) -> str:
    """A setting that is not neutral and that the framework lacks."""
    for name, setting in SETTINGS.items():
        if framework in setting.frameworks or setting.neutral is None:
            continue
        value = getattr(specification.network, name, None)
        if value is None:
            value = specification.numbers.get(name, setting.neutral)
        if isinstance(value, tuple):
            value = max(value, default=setting.neutral)
        if name == "clip_epsilon" and not specification.numbers["clip_norm"]:
            continue
        if value != setting.neutral:
            return (
                f"{NAMES[framework]} has no {name} ({setting.meaning}). Got {name}={value!r}; "
                f"give {name}={setting.neutral!r}, or use backend='population'."
            )
    return ""


def _convention(specification: Specification, framework: str) -> str:
    """A formula that is another framework's."""
    network, numbers = specification.network, specification.numbers
    own = CONVENTIONS[framework]
    asked: dict[str, tuple[str, Any]] = {
        "epsilon_placement": (network.epsilon_placement, PLACEMENTS[framework].get(network.optimiser))
    }
    if numbers["momentum"] and (network.schedule != "constant" or numbers["warmup_steps"]):
        of_optimiser = OPTIMISER_DEFAULTS[framework][network.optimiser]
        asked["momentum_form"] = (network.momentum_form, of_optimiser.get("momentum_form", own["momentum_form"]))
    if (numbers["l2"] or numbers["l1"]) and "half_per_row" in (network.penalty, own["penalty"]):
        asked["penalty"] = (network.penalty, own["penalty"])
    if framework == "sklearn" and (numbers["l2"] or numbers["l1"]):
        asked["penalised"] = (network.penalised, own["penalised"])
    if specification.class_weight != "none":
        asked["weighting"] = (network.weighting, own["weighting"])
    if network.normalisation == "batch":
        asked["running_variance"] = (network.running_variance, own.get("running_variance"))
    for name, (value, has) in asked.items():
        if has is not None and value != has:
            return (
                f"{NAMES[framework]}'s {name} is {has!r}. Got {name}={value!r}; "
                f"give {name}={has!r}, leave `like` out, or use backend='population'."
            )
    alone = {"sklearn": _sklearn, "keras": _keras, "tensorflow": _tensorflow, "torch": _torch}
    return alone[framework](specification)


def _sklearn(specification: Specification) -> str:
    """What scikit-learn alone does in its own way."""
    network, numbers = specification.network, specification.numbers
    if network.loss == "squared_error":
        return "scikit-learn's squared error is half of the others'; leave `like` out, or use backend='population'."
    if (network.loss, network.widths[-1]) == ("softmax_cross_entropy", 2):
        return "scikit-learn has one output for two classes; use the loss binary_cross_entropy."
    if network.loss == "binary_cross_entropy" and network.widths[-1] > 1:
        return (
            f"scikit-learn adds the losses of several yes-or-no outputs up. Got {network.widths[-1]} outputs; "
            "use backend='population'."
        )
    if network.optimiser == "adam" and not numbers["epsilon"]:
        return "scikit-learn's epsilon must be above 0. Got epsilon=0; leave it out, or use backend='population'."
    return ""


def _keras(specification: Specification) -> str:
    """What Keras alone does in its own way."""
    network, numbers = specification.network, specification.numbers
    if network.loss == "half_squared_error":
        return (
            "Keras's squared error is not half of itself like scikit-learn's; leave `like` out, or use "
            "backend='population'."
        )
    if numbers["clip_norm"] and numbers["clip_value"]:
        return (
            f"A Keras optimiser clips the norm or the values. Got clip_norm={numbers['clip_norm']:g} and "
            f"clip_value={numbers['clip_value']:g}; leave one out, or use backend='population'."
        )
    for optimiser, name, own in (("nadam", "momentum_decay", 1.0), ("rmsprop", "initial_accumulator", 0.0)):
        if network.optimiser == optimiser and numbers[name] != own:
            return (
                f"Keras's {optimiser} has {name}={own:g}. Got {name}={numbers[name]:g}; leave it out, or use "
                "backend='population'."
            )
    return ""


def _tensorflow(specification: Specification) -> str:
    """What TensorFlow's optimisers do in their own way."""
    network, numbers = specification.network, specification.numbers
    if network.optimiser == "proximal_adagrad" and numbers["warmup_steps"]:
        return (
            "TensorFlow's proximal_adagrad takes no learning rate of 0, with which warm-up begins. Got "
            f"warmup_steps={numbers['warmup_steps']:g}; give warmup_steps=0, or use backend='population'."
        )
    if network.loss == "half_squared_error":
        return (
            "TensorFlow's squared error is not half of itself like scikit-learn's; leave `like` out, or use "
            "backend='population'."
        )
    if network.optimiser in ("adagrad", "proximal_adagrad") and not numbers["initial_accumulator"]:
        return (
            f"TensorFlow's {network.optimiser} has an initial_accumulator above 0. Got initial_accumulator=0; "
            "leave it out, or use backend='population'."
        )
    for optimiser, name, own in (("adagrad", "epsilon", 0.0), ("rmsprop", "initial_accumulator", 1.0)):
        if network.optimiser == optimiser and numbers[name] != own:
            return (
                f"TensorFlow's {optimiser} has {name}={own:g}. Got {name}={numbers[name]:g}; leave it out, or use "
                "backend='population'."
            )
    return ""


def _torch(specification: Specification) -> str:
    """What PyTorch alone does in its own way."""
    optimiser, numbers = specification.network.optimiser, specification.numbers
    if numbers["weight_decay"] and optimiser not in ("adam", "adamw", "nadam"):
        return (
            f"PyTorch's {optimiser} has no decoupled weight decay (adam, adamw and nadam have it). Got "
            f"weight_decay={numbers['weight_decay']:g}; use l2, or backend='population'."
        )
    if optimiser == "rmsprop" and numbers["initial_accumulator"]:
        return (
            f"PyTorch's rmsprop starts at 0. Got initial_accumulator={numbers['initial_accumulator']:g}; leave it out, "
            "or use backend='population'."
        )
    if numbers["clip_norm"] and numbers["clip_epsilon"] != 1e-6:
        return (
            f"PyTorch adds 1e-6 to the norm by which it divides. Got clip_epsilon={numbers['clip_epsilon']:g}; "
            "leave it out, or use backend='population'."
        )
    return ""

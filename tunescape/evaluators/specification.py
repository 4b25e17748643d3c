"""One network, told in full: what the user said, then the task, then the framework's conventions, then the base."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunescape.engine import EarlyStopping, Network
from tunescape.errors import InputError
from tunescape.evaluators.conventions import BASE, CONVENTIONS, OPTIMISER_DEFAULTS, SIZES
from tunescape.evaluators.network_settings import NUMBERS, check_settings, hidden_widths

_FORMULAS = {name for own in CONVENTIONS.values() for name in own} | {"reduction", "batching", "initial_accumulator"}
"""Settings that say by which formula a network is trained, not how large it is or how long."""


@dataclass(frozen=True)
class Specification:
    """One network and its training, with nothing left to a default.

    Every evaluator trains from this, so that the population engine and the frameworks mean the same.

    Args:
        network: What networks of one block share.
        numbers: Every numeric setting by name, as floats, and ``"dropout"`` as one rate per hidden
            layer (a tuple; empty without hidden layers).
        n_steps: Optimiser steps.
        early_stopping: When to stop before, or None.
        class_weight: ``"none"`` or ``"balanced"``.
        backend: Who trains: ``"population"`` or a framework.
        per_epoch: Optimiser steps of an epoch.
        depends_on_length: Whether steps depend on how many there will be, so that a shorter training
            is not the beginning of a longer one.
    """

    network: Network
    numbers: Mapping[str, Any]
    n_steps: int
    early_stopping: EarlyStopping | None
    class_weight: str
    backend: str
    per_epoch: int
    depends_on_length: bool


def specify(
    settings: Mapping[str, Any],
    *,
    n_inputs: int,
    n_outputs: int,
    n_rows: int,
    loss: str,
    task: Mapping[str, Any] | None = None,
) -> Specification:
    """Work out every setting of one network.

    Args:
        settings: What the user or a configuration says; names of `SETTINGS`, and ``"hidden"``.
        n_inputs: Inputs of the network.
        n_outputs: Its outputs.
        n_rows: Training rows.
        loss: The engine's loss.
        task: Settings that the task gives where `settings` do not; where these ask for `like`, the task's
            formulas give way.

    Raises:
        InputError: A name is unknown, a value is not allowed, or settings contradict each other.
    """
    task = dict(task or {})
    if "like" in settings:
        task = without_conventions(task)
    check_settings({name: value for name, value in settings.items() if name != "hidden"})
    for ours, other in (("steps", "epochs"), ("epochs", "steps")):
        if ours in settings:
            task.pop(other, None)
    if any(name == "layers" or name.startswith("units") for name in settings) and "hidden" in task:
        task = {n: v for n, v in task.items() if not n.startswith("units")}
    given = {**task, **settings}
    full = {**_defaults(given), **given}
    _check_together(full, loss)
    if full.get("like", full.get("backend")) == "sklearn" and loss == "squared_error":
        loss = "half_squared_error"
    batch_size = int(full["batch_size"])
    if full["batching"] == "partial":  # a batch that straddles epochs may hold rows twice
        batch_size = min(batch_size, n_rows)
    n_steps = _steps(full, n_rows, batch_size)
    widths = (n_inputs, *hidden_widths(full), n_outputs)
    structure = ("activation", "optimiser", "reduction", "batching", "initialiser", "bias_initialiser",
                 "normalisation", "schedule", "epsilon_placement", "momentum_form", "penalty", "penalised",
                 "weighting", "running_variance", "shuffle")  # fmt: skip
    network = Network(widths=widths, loss=loss, batch_size=batch_size, **{name: full[name] for name in structure})
    warmup = min(float(full["warmup_steps"]), n_steps)
    numbers: dict[str, Any] = {name: float(full[name]) for name in NUMBERS if name not in ("dropout", "decay_steps")}
    decays = network.schedule != "constant" and "decay_steps" not in full
    numbers["decay_steps"] = float(full.get("decay_steps", max(1.0, n_steps - warmup) if decays else 1.0))
    numbers["dropout"] = _dropout(full, len(widths) - 2)
    return Specification(
        network, numbers, n_steps, _early_stopping(full), full["class_weight"], full.get("backend", "population"),
        math.ceil(n_rows / batch_size), decays,
    )


def without_conventions(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task's settings without its formulas, which give way where `like` is asked for; sizes and lengths stay."""
    return {name: value for name, value in task.items() if name not in _FORMULAS}


def _defaults(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the base, the framework and its optimiser; `like` asks for sizes too, `backend` does not."""
    backend = given.get("backend", "population")
    whose = given.get("like", backend if backend != "population" else "keras")
    full = {**BASE, **CONVENTIONS[whose], **(SIZES[whose] if "like" in given else {})}
    if "steps" in given:
        full.pop("epochs", None)
    if any(name in given for name in ("layers", "hidden")) or any(name.startswith("units") for name in given):
        usual = full.pop("units", None)
        if usual and "hidden" not in given:
            full["hidden"] = tuple(usual)
    optimiser = given.get("optimiser", full["optimiser"])
    has = next(name for name in (whose, "keras", "tensorflow") if optimiser in OPTIMISER_DEFAULTS[name])
    return {**full, **OPTIMISER_DEFAULTS[has][optimiser]}


def _check_together(full: Mapping[str, Any], loss: str) -> None:
    """Check what is allowed by itself and not together.

    Raises:
        InputError: Settings contradict each other.
    """
    units = full.get("units")
    if isinstance(units, list | tuple) and int(full.get("layers", len(units))) != len(units):
        raise InputError(f"`units` lists {len(units)} layers. Got layers={full['layers']!r} beside it; leave one out.")
    if full["class_weight"] == "balanced" and loss.endswith("squared_error"):
        raise InputError("`class_weight` is for classes, and this task is a regression. Got class_weight='balanced'.")
    if (full["class_weight"], full["weighting"], full["batching"]) == ("balanced", "weights", "stream"):
        raise InputError(
            "weighting='weights' needs batching='partial': a batch that straddles epochs has no one sum. "
            "Got batching='stream'."
        )
    if full["patience"] and (full["monitor"], full["reduction"]) == ("running_loss", "sum"):
        raise InputError("monitor='running_loss' needs reduction='mean'. Got reduction='sum'; watch another loss.")
    if full["optimiser"] == "ftrl" and full["warmup_steps"]:
        raise InputError(
            "ftrl divides by the learning rate, which warm-up starts at 0. Got "
            f"warmup_steps={full['warmup_steps']!r}; leave it out, or choose another optimiser."
        )
    if full["optimiser"] == "ftrl" and full["schedule"] in ("polynomial", "cosine") and not full["end_rate"]:
        raise InputError(
            f"ftrl divides by the learning rate, which the schedule {full['schedule']} ends at 0. "
            "Give an `end_rate` above 0."
        )


def _steps(settings: Mapping[str, Any], n_rows: int, batch_size: int) -> int:
    if "steps" in settings:
        return int(settings["steps"])
    per_epoch = math.ceil(n_rows / batch_size) if settings["batching"] == "partial" else n_rows / batch_size
    return max(1, math.ceil(round(float(settings["epochs"]) * per_epoch, 9)))


def _dropout(settings: Mapping[str, Any], n_hidden: int) -> tuple[float, ...]:
    return tuple(float(settings.get(f"dropout_{k + 1}", settings["dropout"])) for k in range(n_hidden))


def _early_stopping(settings: Mapping[str, Any]) -> EarlyStopping | None:
    if not settings["patience"]:
        return None
    return EarlyStopping(
        patience=int(settings["patience"]),
        min_delta=float(settings["min_delta"]),
        monitor=settings["monitor"],
        restore_best=bool(settings["restore_best"]),
        rule=settings["stopping_rule"],
    )

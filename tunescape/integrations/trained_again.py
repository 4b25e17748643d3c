"""The networks of chosen trials with their weights: the study's own, or trained again on all rows."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer, predict
from tunescape.evaluators import Population, Specification, TrainedNetwork
from tunescape.integrations.rows import Rows, Seen, seen
from tunescape.integrations.search import Searched
from tunescape.models import Model
from tunescape.study import Curve, Status, Trial


def trained_again(rows: Rows, found: Searched, trials: Sequence[Trial], *, refit: bool) -> tuple[Model, ...]:
    """Train the networks of some trials again and keep their weights.

    Args:
        rows: All rows.
        found: The study and its training part.
        trials: Whose networks.
        refit: Whether they learn from all rows, for as many passes as in the study, or are the study's own
            networks. One that diverges on all rows is taken as it was in the study, and that is said.
    """
    if not refit:
        return tuple(_model(network, rows, found.part) for network in found.evaluator.networks(trials))
    whole = seen(rows)
    evaluator = replace(found.evaluator, data=whole.data)
    again = evaluator.networks([_on_all_rows(trial, found.evaluator, evaluator) for trial in trials])
    lost = [i for i, network in enumerate(again) if network.trial.status is not Status.COMPLETED]
    own = dict(zip(lost, found.evaluator.networks([trials[i] for i in lost]), strict=True)) if lost else {}
    if lost:
        warnings.warn(
            f"{len(lost)} of {len(trials)} networks diverged when they learned from all rows; what they learned from "
            "the training part is used.",
            stacklevel=4,
        )
    return tuple(
        _model(own[i], rows, found.part) if i in own else _model(network, rows, whole)
        for i, network in enumerate(again)
    )


def _on_all_rows(trial: Trial, part: Population, whole: Population) -> Trial:
    """The trial with as many passes over all rows as it made over its part; nothing stops it before."""
    told, planned = part.specification(trial), whole.specification(trial)
    per_pass = _steps_per_pass(told, part), _steps_per_pass(planned, whole)
    steps = told.n_steps if trial.curve is None else int(trial.curve.steps[-1])
    passes = steps / per_pass[0]
    rule = told.early_stopping
    if rule is not None and rule.restore_best and steps < told.n_steps:  # it waited in vain at the end
        passes = max(1.0, passes - rule.patience - (rule.rule == "sklearn"))
    settings = {name: value for name, value in trial.configuration.items() if name != "epochs"}
    settings |= {"steps": max(1, round(passes * per_pass[1])), "patience": 0}
    if told.depends_on_length:
        settings["decay_steps"] = told.numbers["decay_steps"] * per_pass[1] / per_pass[0]
    return replace(trial, configuration=settings)


def _steps_per_pass(told: Specification, evaluator: Population) -> float:
    batches = len(evaluator.data.train_inputs) / told.network.batch_size
    return batches if told.network.batching == "stream" else math.ceil(batches)


def _model(trained: TrainedNetwork, rows: Rows, part: Seen) -> Model:
    """The network with the scales of its rows."""
    told, trial = trained.specification, trained.trial
    layers, mean, sd = trained.layers, part.target_mean, np.where(np.isinf(part.target_sd), 0.0, part.target_sd)
    if len(mean) > 1:  # a model has one scale for all its outputs, so the last layer takes theirs in
        layers, mean, sd = _rescaled(layers, mean, sd), np.zeros(1), np.ones(1)
    value = {} if trial.value is None or math.isnan(trial.value) else {rows.objective.name: trial.value}
    return Model(
        network=told.network, layers=tuple(layers), preprocessing=part.preprocessing, classes=rows.classes,
        task="arrays", backend=told.backend, settings=dict(trial.configuration), metrics={**value, **trial.metrics},
        history=trial.curve or Curve(np.zeros(0, dtype=np.int64), {}), seed=trial.seed, steps=int(trial.budget or 0),
        learning_rate=told.numbers["learning_rate"], negative_slope=told.numbers["negative_slope"],
        norm_epsilon=told.numbers["norm_epsilon"], target_mean=float(mean[0]), target_sd=float(sd[0]),
    )  # fmt: skip


def _rescaled(layers: Sequence[Layer], mean: NDArray, sd: NDArray) -> tuple[Layer, ...]:
    """The layers of a network whose outputs are multiplied by `sd` and moved by `mean`, each of shape (n_outputs,)."""
    last = layers[-1]
    scaled = Layer(last.weights.astype(np.float64) * sd, last.bias.astype(np.float64) * sd + mean)
    return (*layers[:-1], scaled)


def mean_answer(models: Sequence[Model], inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of what some models answer: probabilities (of the second of two classes), or values.

    Args:
        models: Of the same rows.
        inputs: The user's columns, shape (n, d), finite.

    Returns:
        Shape (n, n_outputs).
    """
    answers = [
        model.target_mean + model.target_sd * predict(
            model.network, model.layers, model.preprocessing.scale(inputs), negative_slope=model.negative_slope,
            norm_epsilon=model.norm_epsilon,
        )
        for model in models
    ]  # fmt: skip
    return sum(answers[1:], start=answers[0]) / len(answers)

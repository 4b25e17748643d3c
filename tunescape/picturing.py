"""From studies, tasks and trained networks to the pictures of them: plain arrays, and figures for a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Network, predict
from tunescape.errors import InputError, did_you_mean
from tunescape.evaluators import Backends, Specification, TrainedNetwork
from tunescape.models import Model, task_of, trial_to_train
from tunescape.reports.figures import data, estimate, loss_curves, network
from tunescape.reports.pictures import Curves, Estimate, Pictures, Rows, Schematic, as_plotly
from tunescape.study import Status, Study, Trial
from tunescape.tasks import Part, Task

if TYPE_CHECKING:
    from tunescape.explanation import Explanation

__all__ = ["curves_figure", "data_figure", "estimate_figure", "history_figure", "network_figure", "pictures_of"]

GRID = 64
"""Points of a picture's grid in each direction."""

MOST_PICTURES = 24
"""Configurations of which each is drawn; of larger studies the best one is."""

MOST_SECONDS = 60.0
"""Training that pictures may cost again; above it only the best network is drawn."""

MOST_UNITS = 64
"""Widest layer of a network that is drawn with its weights."""


# ---- the pictures of a study's page


def pictures_of(explanation: Explanation) -> tuple[Pictures | None, str]:
    """Draw what belongs to a study: its data, its networks' estimates, its loss curves, its best network.

    Networks are trained again from their seeds.

    Args:
        explanation: What the page says; its study may be made elsewhere, and has no pictures then.

    Returns:
        The pictures, or None; and a sentence where they had to be left out.
    """
    from tunescape.surveying import evaluator_of

    study = explanation.study
    if "task_options" not in study.settings or study.best is None:
        return None, ""
    try:
        task = task_of(study)
        best = trial_to_train(study)
    except InputError as error:
        return None, f"The page has no pictures of networks: {error}"
    exact = study.settings.get("precision") == "exact"
    evaluator = evaluator_of(task, study.settings["network"], exact=exact)
    drawn = _to_draw(study, best) if task.n_inputs == 2 else [best]
    networks = evaluator.networks(drawn)
    at = next(i for i, trial in enumerate(drawn) if trial.configuration == best.configuration)
    return _pictures(study, task, evaluator, networks, at), ""


def _to_draw(study: Study, best: Trial) -> list[Trial]:
    """The middle run of every configuration; of many configurations, the best run only."""
    runs: dict[tuple, list[Trial]] = {}
    for trial in study.trials:
        if trial.status is Status.COMPLETED:
            runs.setdefault(tuple(trial.configuration.items()), []).append(trial)
    chosen = [sorted(own, key=lambda t: t.value or 0.0)[(len(own) - 1) // 2] for own in runs.values()]
    if len(chosen) > MOST_PICTURES or sum(trial.seconds or 0.0 for trial in chosen) > MOST_SECONDS:
        return [best]
    return chosen


def _pictures(
    study: Study, task: Task, evaluator: Backends, networks: Sequence[TrainedNetwork], best: int
) -> Pictures:
    told = networks[best].specification
    configurations = {tuple(trial.configuration.items()) for trial in study.trials}
    curves = _curves(study, task, evaluator) if len(configurations) <= MOST_PICTURES else None
    schematic = None
    if max(told.network.widths) <= MOST_UNITS:
        schematic = _schematic(told, task.features, task.classes, networks[best].layers)
    if task.n_inputs != 2:
        return Pictures(curves=curves, network=schematic)
    x, y, grid = _grid(task)
    return Pictures(
        names=_names(task),
        target="class" if task.classes else "y",
        classes=task.classes,
        train=_rows(task, task.train),
        validation=_rows(task, task.validation),
        x=x,
        y=y,
        truth=_truth(task, grid),
        estimates=[
            Estimate(one.trial.configuration, _answers(task, one.specification, one.layers, grid), one.trial.value)
            for one in networks
        ],
        best=best,
        quantity=study.objective.name,
        curves=curves,
        network=schematic,
    )


def _curves(study: Study, task: Task, evaluator: Backends) -> Curves:
    """Validation losses of every run by epoch."""
    name = "validation_loss" if task.is_classification else "validation_mse"
    trials = [t for t in study.trials if t.curve is not None and name in t.curve.values]
    per_epoch = [evaluator.population.specification(trial).per_epoch for trial in trials]
    return Curves(
        [trial.configuration for trial in trials],
        [trial.curve.steps / n for trial, n in zip(trials, per_epoch, strict=True) if trial.curve is not None],
        [trial.curve.values[name] for trial in trials if trial.curve is not None],
        quantity=name,
        reference=None if task.is_classification else (task.constant_value, "predicting the mean"),
    )


def _schematic(
    told: Specification, inputs: Sequence[str], classes: Sequence[str], layers: Sequence[Any]
) -> Schematic:
    net = told.network
    outputs = tuple(classes) if len(classes) == net.widths[-1] else ()
    notes = _notes(net, told.numbers["dropout"])
    return Schematic(net.widths, tuple(inputs), outputs, notes, [layer.weights for layer in layers])


def _notes(net: Network, dropout: Sequence[float]) -> list[list[str]]:
    """What each layer does, in a few words a line."""
    last = {"softmax_cross_entropy": "softmax", "binary_cross_entropy": "logistic"}.get(net.loss, "linear")
    normalised = [f"{net.normalisation} norm"] if net.normalisation != "none" else []
    hidden = [[*normalised, net.activation, *([f"dropout {rate:g}"] if rate else [])] for rate in dropout]
    return [*hidden, [last]]


# ---- arrays


def _names(task: Task) -> tuple[str, str]:
    scaled = bool((task.preprocessing.mean != 0).any() or (task.preprocessing.sd != 1).any())
    first, second = (f"{name} (standardised)" if scaled else name for name in task.features)
    return first, second


def _grid(task: Task) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Values of both inputs, and all points, shape (GRID * GRID, 2), the first input fastest."""
    low, high = task.train.inputs.min(axis=0), task.train.inputs.max(axis=0)
    x, y = (np.linspace(a, b, GRID) for a, b in zip(low, high, strict=True))
    return x, y, np.stack([np.tile(x, GRID), np.repeat(y, GRID)], axis=1)


def _answers(task: Task, told: Specification, layers: Sequence[Any], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a network says at the points: values or probabilities, shape (GRID, GRID[, n_classes])."""
    numbers = told.numbers
    said = predict(
        told.network, layers, grid, negative_slope=numbers["negative_slope"], norm_epsilon=numbers["norm_epsilon"]
    )
    if task.kind == "multiclass":
        return said.reshape(GRID, GRID, -1)
    scaled = said if task.classes else said * task.target_sd + task.target_mean
    return scaled.reshape(GRID, GRID)


def _truth(task: Task, grid: NDArray[np.float64]) -> NDArray[Any] | None:
    return None if task.truth is None else task.truth(grid).reshape(GRID, GRID)


def _rows(task: Task, part: Part) -> Rows:
    targets = part.targets if task.classes else part.targets[:, 0] * task.target_sd + task.target_mean
    return Rows(part.inputs, targets)


# ---- figures for a notebook


def curves_figure(study: Study, trials: Sequence[int] | None = None, metric: str | None = None) -> Any:
    """Draw the loss curves of any trials, labelled by the hyperparameters that differ between them.

    Args:
        study: The study.
        trials: Numbers of the trials; by default all.
        metric: What is drawn; by default the validation loss (or squared error).

    Returns:
        A Plotly figure.

    Raises:
        InputError: A trial is not there, or nothing of that name was measured of the trials.
    """
    there = {trial.number: trial for trial in study.trials}
    for number in trials or ():
        if number not in there:
            raise InputError(f"`trials` must be numbers of trials of {study.name!r}. Got {number!r}.")
    chosen = [there[number] for number in (trials if trials is not None else there)]
    measured = sorted({name for trial in chosen if trial.curve is not None for name in trial.curve.values})
    usual = next((name for name in ("validation_loss", "validation_mse") if name in measured), None)
    metric = metric or usual
    if metric not in measured:
        raise InputError(
            f"`metric` must be one of {', '.join(measured) or 'nothing: these trials have no curves'}. "
            f"Got metric={metric!r}.{did_you_mean(str(metric), measured)}"
        )
    shown = [trial for trial in chosen if trial.curve is not None and metric in trial.curve.values]
    drawn = loss_curves.loss_curves(
        [trial.configuration for trial in shown], [trial.curve.steps for trial in shown if trial.curve is not None],
        [trial.curve.values[metric] for trial in shown if trial.curve is not None], quantity=metric, unit="step",
    )  # fmt: skip
    return as_plotly(drawn)


def history_figure(model: Model) -> Any:
    """Draw the losses of one training."""
    series = {name: values for name, values in model.history.values.items() if name.endswith(("_loss", "_mse"))}
    return as_plotly(loss_curves.history(model.history.steps, series, unit="step"))


def estimate_figure(model: Model, task: Task) -> Any:
    """Draw a network's estimate beside the truth.

    Raises:
        InputError: The task does not have two inputs.
    """
    _check_two_inputs(task)
    x, y, grid = _grid(task)
    numbers: Mapping[str, Any] = {"negative_slope": model.negative_slope, "norm_epsilon": model.norm_epsilon}
    said = predict(model.network, model.layers, grid, **numbers)
    values = said.reshape(GRID, GRID, -1) if task.kind == "multiclass" else said.reshape(GRID, GRID)
    if not task.classes:
        values = values * task.target_sd + task.target_mean
    drawn = estimate.estimate(
        x, y, values, _truth(task, grid), names=_names(task), target="class" if task.classes else "y",
        classes=task.classes, label=model.backend,
    )  # fmt: skip
    return as_plotly(drawn)


def data_figure(task: Task) -> Any:
    """Draw the rows of a task.

    Raises:
        InputError: The task does not have two inputs.
    """
    _check_two_inputs(task)
    train, validation = _rows(task, task.train), _rows(task, task.validation)
    drawn = data.data(
        train.inputs, train.targets, validation=validation.inputs, validation_targets=validation.targets,
        names=_names(task), target="class" if task.classes else "y", classes=task.classes,
    )  # fmt: skip
    return as_plotly(drawn)


def network_figure(model: Model) -> Any:
    """Draw a network: layers, and weights by sign and size."""
    net = model.network
    outputs = model.classes if len(model.classes) == net.widths[-1] else ()
    drawn = network.network(
        net.widths, inputs=model.preprocessing.features, outputs=outputs,
        notes=_notes(net, [0.0] * (net.n_layers - 1)), weights=[layer.weights for layer in model.layers],
    )  # fmt: skip
    return as_plotly(drawn)


def _check_two_inputs(task: Task) -> None:
    if task.n_inputs != 2:
        raise InputError(f"Only tasks of two inputs can be drawn in a plane, and {task.name!r} has {task.n_inputs}.")

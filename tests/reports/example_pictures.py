"""Pictures of real networks: scikit-learn's, trained for moments on functions of two inputs."""

from __future__ import annotations

import functools
import itertools
import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from tunescape.reports.pictures import Curves, Estimate, Pictures, Rows, Schematic
from tunescape.space import Categorical, Constant, Integer, SearchSpace
from tunescape.study import Objective, Status, Study, Trial

STUCK = 1 / 9  # the mean square of x1 x2 / 4 over the square from -2 to 2
CLASSES = ("centre", "inner ring", "outer ring", "corner")


def prod(inputs: np.ndarray) -> np.ndarray:
    return inputs[..., 0] * inputs[..., 1] / 4


def rings(inputs: np.ndarray) -> np.ndarray:
    return np.minimum((inputs**2).sum(axis=-1) / 2, 3).astype(int)


def rows(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-2, 2, (n, 2))


def grid(n: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """The places along each axis, and all places, shape (n, n, 2)."""
    x = np.linspace(-2, 2, n)
    return x, np.stack(np.meshgrid(x, x), axis=-1)


def fitted(model: Any, inputs: np.ndarray, targets: np.ndarray) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # stopping early is meant
        return model.fit(inputs, targets)


def regressor(units: tuple[int, ...], epochs: int, seed: int, **settings: Any) -> MLPRegressor:
    common = {"alpha": 0.0, "tol": 0.0, "n_iter_no_change": epochs, "batch_size": 100}
    return MLPRegressor(hidden_layer_sizes=units, max_iter=epochs, random_state=seed, **(common | settings))


@functools.cache
def crossed(n_rows: int = 400, epochs: int = 40, replicates: int = 2) -> tuple[tuple[dict, int, Any], ...]:
    """Networks of three activations and four widths on the product, as (configuration, replicate, model)."""
    inputs = rows(n_rows)
    found = []
    for activation, units in itertools.product(("logistic", "tanh", "relu"), (2, 4, 8, 16)):
        for replicate in range(replicates):
            model = regressor((units,), epochs, replicate, activation=activation, learning_rate_init=0.005)
            c = {"activation": activation, "units": units, "optimiser": "adam", "learning_rate": 0.005}
            found.append((c, replicate, fitted(model, inputs, prod(inputs))))
    return tuple(found)


def losses_of(model: Any) -> np.ndarray:
    """The mean squared error of each epoch; scikit-learn keeps half of it."""
    return 2 * np.array(model.loss_curve_)


def curves_of(networks: Any) -> Curves:
    losses = [losses_of(model) for _, _, model in networks]
    steps = [np.arange(1, len(loss) + 1) for loss in losses]
    return Curves([c for c, _, _ in networks], steps, losses, "training mse", "epoch", (STUCK, "predicting 0"))


def study_of(networks: Any) -> Study:
    """The networks as the trials of a study."""
    space = SearchSpace(
        {
            "activation": Categorical(("logistic", "tanh", "relu")),
            "units": Integer(2, 16, "log", (2, 4, 8, 16)),
            "optimiser": Constant("adam"),
            "learning_rate": Constant(0.005),
        }
    )
    trials = tuple(
        Trial(i, c, replicate=r, seed=r, status=Status.COMPLETED, value=float(losses_of(m)[-1]), trajectory=i)
        for i, (c, r, m) in enumerate(networks)
    )
    settings = {"sampler": "factorial", "replicates": 1 + max(r for _, r, _ in networks)}
    return Study("prod-activation-units", space, Objective("mse", "minimize"), trials, task="prod", settings=settings)


def schematic(model: Any, activation: str, output: str, inputs: tuple[str, ...] = ("x1", "x2")) -> Schematic:
    units = [model.coefs_[0].shape[0], *(w.shape[1] for w in model.coefs_)]
    notes = [[activation] for _ in units[1:-1]] + [[output]]
    return Schematic(units, inputs, (), notes, model.coefs_)


def pictures(networks: Any = None, n_rows: int = 400) -> Pictures:
    """Everything that a report can draw."""
    networks = networks or crossed()
    x, places = grid()
    first = [(c, m) for c, r, m in networks if r == 0]
    flat = places.reshape(-1, 2)
    estimates = [Estimate(c, m.predict(flat).reshape(len(x), len(x)), float(losses_of(m)[-1])) for c, m in first]
    best = min(first, key=lambda pair: losses_of(pair[1])[-1])
    return Pictures(
        target="prod",
        train=Rows(rows(n_rows), prod(rows(n_rows))),
        validation=Rows(rows(n_rows // 4, 1), prod(rows(n_rows // 4, 1))),
        x=x,
        y=x,
        truth=prod(places),
        estimates=estimates,
        quantity="mse",
        curves=curves_of(networks),
        network=schematic(best[1], best[0]["activation"], "linear"),
    )


@functools.cache
def ring_networks(n_rows: int = 600, epochs: int = 60) -> tuple[tuple[dict, int, Any], ...]:
    """Classifiers of four rings, of five widths."""
    inputs = rows(n_rows)
    found = []
    for units in (2, 4, 8, 16, 32):
        model = MLPClassifier(
            hidden_layer_sizes=(units,), max_iter=epochs, random_state=0, learning_rate_init=0.02, alpha=0.0
        )
        found.append(({"units": units, "activation": "relu"}, 0, fitted(model, inputs, rings(inputs))))
    return tuple(found)


def ring_pictures() -> Pictures:
    """A classification, with probabilities."""
    x, places = grid()
    networks = ring_networks()
    flat = places.reshape(-1, 2)
    estimates = [Estimate(c, m.predict_proba(flat).reshape(len(x), len(x), 4), m.loss_) for c, _, m in networks]
    losses = [np.array(m.loss_curve_) for _, _, m in networks]
    return Pictures(
        target="ring",
        classes=CLASSES,
        train=Rows(rows(600), rings(rows(600))),
        x=x,
        y=x,
        truth=rings(places),
        estimates=estimates,
        quantity="loss",
        curves=Curves([c for c, _, _ in networks], [np.arange(1, len(v) + 1) for v in losses], losses, "log loss"),
        network=schematic(networks[-1][2], "relu", "softmax"),
    )

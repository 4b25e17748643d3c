"""Networks in PyTorch: the engine's weights, a loop as tutorials write it, PyTorch's defaults, what is refused."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tunescape import InputError, Objective, Status, Trial
from tunescape.engine import Data, Layer, initial_layers, train
from tunescape.errors import MissingExtraError
from tunescape.evaluators import Population, specify
from tunescape.evaluators.conventions import BASE, CONVENTIONS, OPTIMISER_DEFAULTS, SIZES
from tunescape.evaluators.torch_network import Torch

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4))
X[:, 3] = 0.0
CLASSES = (X[:, 0] > 0.3).astype(int) + (X[:, 1] > 0)
SEVERAL = Data(X, CLASSES, X[:20], CLASSES[:20])
TWO = Data(X, (CLASSES[:, None] > 0).astype(float), X[:20], (CLASSES[:20, None] > 0).astype(float))
NUMBERS = Data(X, np.sin(X[:, :2]), X[:20], np.sin(X[:20, :2]))
TASKS = {
    "softmax_cross_entropy": (SEVERAL, 3, Objective("validation_accuracy", "maximize")),
    "binary_cross_entropy": (TWO, 1, Objective("validation_accuracy", "maximize")),
    "squared_error": (NUMBERS, 2, Objective("validation_mse", "minimize")),
}


@pytest.fixture(scope="module")
def torch(require):
    """PyTorch, where it is installed."""
    require("torch")
    import torch

    return torch


@pytest.fixture(scope="module")
def equality():
    """The benchmark that compares the engine with the frameworks."""
    path = Path(__file__).parents[2] / "benchmarks" / "equality.py"
    specification = importlib.util.spec_from_file_location("equality", path)
    module = importlib.util.module_from_spec(specification)
    sys.modules["equality"] = module
    specification.loader.exec_module(module)
    return module


def evaluator(loss="softmax_cross_entropy", dtype="float64", **settings):
    data, n_outputs, objective = TASKS[loss]
    return Torch(data, loss, n_outputs, objective, {"units": [6, 5], "batch_size": 16, **settings}, dtype)


def told(loss="softmax_cross_entropy", **settings):
    settings = {"backend": "torch", "units": [6, 5], "batch_size": 16, "steps": 12, **settings}
    settings.pop("steps" if "epochs" in settings else "epochs", None)
    return specify(settings, n_inputs=4, n_outputs=TASKS[loss][1], n_rows=50, loss=loss)


def engine(asked, data=SEVERAL, seed=2):
    return train(asked.network, data, seeds=[seed], n_steps=asked.n_steps, dtype="float64",
                 hyperparameters={**asked.numbers, "dropout": 0.0}).layers(0)  # fmt: skip


def furthest(a, b):
    return max(np.abs(p - q).max() for one, other in zip(a, b) for p, q in zip(one, other) if p is not None)


# ---- against PyTorch itself


def test_the_table_of_conventions_is_what_pytorch_does_by_default(torch):
    kinds = {"sgd": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW",
             "adadelta": "Adadelta", "adamax": "Adamax", "nadam": "NAdam"}  # fmt: skip
    theirs = {"learning_rate": "lr", "epsilon": "eps", "weight_decay": "weight_decay", "momentum": "momentum",
              "nesterov": "nesterov", "initial_accumulator": "initial_accumulator_value",
              "momentum_decay": "momentum_decay"}  # fmt: skip
    assert set(OPTIMISER_DEFAULTS["torch"]) == set(kinds)
    for name, kind in kinds.items():
        own = {n: p.default for n, p in inspect.signature(getattr(torch.optim, kind)).parameters.items()}
        full = {**BASE, **CONVENTIONS["torch"], **OPTIMISER_DEFAULTS["torch"][name]}
        for ours, other in theirs.items():
            if other in own:
                assert full[ours] == own[other], (name, ours)
        if "betas" in own:
            assert (full["beta_1"], full["beta_2"]) == own["betas"]
        if "alpha" in own or "rho" in own:
            assert full["rho"] == own.get("alpha", own.get("rho"))
    assert CONVENTIONS["torch"]["negative_slope"] == torch.nn.LeakyReLU().negative_slope
    norm = torch.nn.BatchNorm1d(3)
    assert CONVENTIONS["torch"]["norm_epsilon"] == norm.eps == torch.nn.LayerNorm(3).eps
    assert CONVENTIONS["torch"]["norm_momentum"] == pytest.approx(1 - norm.momentum)
    loader = inspect.signature(torch.utils.data.DataLoader).parameters
    assert SIZES["torch"] == {"batch_size": loader["batch_size"].default, "shuffle": bool(loader["shuffle"].default)}


def test_it_is_what_a_loop_as_tutorials_write_it_does_bit_for_bit(torch):
    asked = told(activation="tanh", learning_rate=0.01, steps=40, shuffle=False)
    first = initial_layers(asked.network, 3)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)
    ).double()
    with torch.no_grad():
        for linear, layer in zip(model[::2], first):
            linear.weight.copy_(torch.tensor(layer.weights.T.copy()))
            linear.bias.copy_(torch.tensor(layer.bias))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.tensor(X), torch.tensor(CLASSES)
    for step in range(40):
        at = 16 * (step % 4)
        optimiser.zero_grad()
        loss = torch.nn.CrossEntropyLoss()(model(x[at : at + 16]), y[at : at + 16])
        loss.backward()
        optimiser.step()
    run = evaluator().train(asked, 3)
    for linear, layer in zip(model[::2], run.layers):
        np.testing.assert_array_equal(linear.weight.detach().numpy().T, layer.weights)
        np.testing.assert_array_equal(linear.bias.detach().numpy(), layer.bias)


def test_a_penalty_of_half_the_squares_of_everything_is_the_optimisers_own(torch):
    own = evaluator().start(told(l2=0.03), initial_layers(told().network, 1), 1)
    assert own._optimiser.param_groups[0]["weight_decay"] == 0.03
    for settings in ({"penalty": "whole"}, {"penalised": "weights"}, {"clip_norm": 1.0}, {"optimiser": "adamw"}):
        by_hand = evaluator().start(told(l2=0.03, **settings), initial_layers(told().network, 1), 1)
        decoupled = 0.01 if "optimiser" in settings else 0.0
        assert by_hand._optimiser.param_groups[0]["weight_decay"] == decoupled


def test_the_loss_of_training_holds_the_penalty_wherever_it_stands(torch):
    y = np.eye(3)[CLASSES]
    losses = []
    for settings in ({}, {"clip_norm": 1e9}):  # the optimiser's own, and added to the loss
        asked = told(l2=0.3, optimiser="sgd", learning_rate=1e-300, **settings)
        inside = evaluator().start(asked, initial_layers(asked.network, 1), 1)
        losses.append(inside.train(X, y, None, [np.arange(16), np.arange(16, 20)]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)
    z = inside.outputs(X[:20])
    data_loss = np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(20), CLASSES[:20]])
    squares = sum((array**2).sum() for layer in inside.layers() for array in layer if array is not None)
    assert losses[0] == pytest.approx(data_loss + 0.15 * squares, rel=1e-12)


# ---- against the engine


@pytest.mark.parametrize("optimiser", OPTIMISER_DEFAULTS["torch"])
def test_it_ends_with_the_engines_weights(torch, equality, optimiser):
    i = list(OPTIMISER_DEFAULTS["torch"]).index(optimiser)
    activation = ("tanh", "relu", "gelu", "softplus", "elu", "hard_sigmoid", "silu", "leaky_relu")[i]
    (row,) = equality.compare([equality.Case("torch", optimiser, activation, equality.LOSSES[i % 3])])
    assert row.difference < 1e-12


def test_a_wrong_place_of_epsilon_is_noticed(torch, equality):
    case = equality.Case("torch", "rmsprop", "tanh", "squared_error", settings={"epsilon_placement": "inside"})
    (row,) = equality.compare([case])
    assert not row.equal


@pytest.mark.level(2)
def test_every_optimiser_with_every_activation_and_option(torch, equality):
    more, lacking = equality.options("torch")
    rows = equality.compare([*equality.cross("torch", quick=True), *equality.updates("torch"), *more])
    assert len(rows) == 8 * 16 + 8 * 3 + len(more)
    assert [row for row in rows if not row.equal] == []
    assert len(more) + len(lacking) == len(equality.OPTIONS)


@pytest.mark.parametrize("like", ["sklearn", "keras", "torch"])
def test_it_can_train_as_other_frameworks_do(torch, like):
    settings = {"like": like, "optimiser": "sgd", "momentum": 0.8, "learning_rate": 0.05, "steps": 100, "patience": 0,
                "l2": 0.0}  # fmt: skip
    asked = told("squared_error", **settings)
    assert (asked.network.loss == "half_squared_error") == (like == "sklearn")
    assert furthest(evaluator("squared_error").train(asked, 2).layers, engine(asked, NUMBERS)) < 1e-12


@pytest.mark.parametrize("weighting", ["rows", "weights"])
def test_weights_of_rows_count_as_in_the_engine(torch, weighting):
    data = replace(SEVERAL, train_weights=np.random.default_rng(1).uniform(0.1, 3.0, 50))
    asked = told(optimiser="sgd", learning_rate=0.1, weighting=weighting, steps=100)
    run = replace(evaluator(), data=data).train(asked, 2)
    assert furthest(run.layers, engine(asked, data)) < 1e-13
    assert furthest(run.layers, evaluator().train(asked, 2).layers) > 1e-3


@pytest.mark.parametrize("loss", TASKS)
def test_trials_have_the_same_values_as_in_the_population_engine(torch, loss):
    data, n_outputs, objective = TASKS[loss]
    trial = Trial(0, {"like": "torch", "learning_rate": 0.01, "batch_size": 16, "steps": 60}, seed=4)
    (ours,) = Population(data, loss, n_outputs, objective, {"units": [6]}, dtype="float64").evaluate([trial])
    (theirs,) = Torch(data, loss, n_outputs, objective, {"units": [6]}, "float64").evaluate([trial])
    assert theirs[0].status is Status.COMPLETED
    assert theirs[0].value == pytest.approx(ours[0].value, rel=1e-6)
    assert theirs[0].metrics == pytest.approx(ours[0].metrics, rel=1e-6)
    np.testing.assert_array_equal(theirs[0].curve.steps, ours[0].curve.steps)


@pytest.mark.parametrize("monitor", ["validation_loss", "running_loss"])
def test_early_stopping_stops_where_the_engine_stops_with_its_best_weights(torch, monitor):
    data, n_outputs, objective = TASKS["squared_error"]
    settings = {"learning_rate": 0.3, "optimiser": "sgd", "epochs": 200, "patience": 3, "monitor": monitor, "l2": 0.01,
                "min_delta": 1e-3, "normalisation": "layer"}  # fmt: skip
    trial = Trial(0, {"like": "torch", "batch_size": 16, **settings}, seed=4)
    (ours,) = Population(data, "squared_error", n_outputs, objective, {"units": [6]}, dtype="float64").evaluate([trial])
    (theirs,) = Torch(data, "squared_error", n_outputs, objective, {"units": [6]}, "float64").evaluate([trial])
    assert 4 < theirs[0].budget < 800
    assert theirs[0].budget == ours[0].budget
    assert theirs[0].value == pytest.approx(ours[0].value, rel=1e-6)


# ---- on its own


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_outputs_are_those_of_evaluation_and_weights_come_back(torch, normalisation):
    asked = told(normalisation=normalisation, dropout=0.4, activation="tanh")
    first = initial_layers(asked.network, 5)
    inside = evaluator().start(asked, first, 5)
    assert furthest(inside.layers(), first) == 0
    before = inside.outputs(X)
    np.testing.assert_array_equal(inside.outputs(X), before)
    inside.train(X, np.eye(3)[CLASSES], None, [np.arange(16)])
    assert np.abs(inside.outputs(X) - before).max() > 0
    inside.restore(first)
    np.testing.assert_array_equal(inside.outputs(X), before)
    assert [(layer.scale is None, layer.mean is None) for layer in inside.layers()] == [
        (layer.scale is None, layer.mean is None) for layer in first
    ]


def test_dropout_follows_its_seed_and_leaves_pytorch_as_it_was(torch):
    asked = told(dropout=0.5, steps=30)
    before = (torch.get_rng_state().clone(), torch.get_num_threads(), torch.get_default_dtype())
    runs = [evaluator().train(asked, seed, layers=initial_layers(asked.network, 0)).layers for seed in (1, 1, 2)]
    after = (torch.get_rng_state(), torch.get_num_threads(), torch.get_default_dtype())
    assert furthest(runs[0], runs[1]) == 0
    assert furthest(runs[0], runs[2]) > 1e-3
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_dropout_is_drawn_anew_in_every_step(torch):
    asked = told(dropout=0.5, optimiser="sgd", learning_rate=1e-300)
    inside = evaluator().start(asked, initial_layers(asked.network, 0), 1)
    losses = [inside.train(X, np.eye(3)[CLASSES], None, [np.arange(16)]) for _ in range(4)]
    assert len(set(losses)) == 4


def test_softplus_is_exact_for_large_inputs(torch):
    layers = [Layer(np.ones((4, 1)) * 30.0, np.zeros(1)), Layer(np.ones((1, 2)), np.zeros(2))]
    asked = told("squared_error", units=[1], activation="softplus")
    inside = evaluator("squared_error").start(asked, layers, 0)
    np.testing.assert_allclose(inside.outputs(X)[:, 0], np.logaddexp(0, 30 * X.sum(axis=1)), rtol=1e-12)


def test_single_precision_stays_single(torch):
    run = evaluator("squared_error", dtype="float32").train(told("squared_error", normalisation="batch"), 1)
    assert all(array.dtype == np.float32 for layer in run.layers for array in layer if array is not None)


def test_divergence_is_a_status(torch):
    trial = Trial(0, {"optimiser": "sgd", "learning_rate": 1e6, "activation": "identity", "steps": 200}, seed=1)
    (done,) = evaluator("squared_error").evaluate([trial])
    assert done[0].status is Status.DIVERGED


def test_an_absent_pytorch_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'tunescape\[torch\]'"):
        evaluator().train(told(), 1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimiser": "proximal_adagrad"}, "no optimiser 'proximal_adagrad'"),
        ({"optimiser": "ftrl"}, "no optimiser 'ftrl'"),
        ({"optimiser": "sgd", "weight_decay": 0.1}, "no decoupled weight decay"),
        ({"optimiser": "rmsprop", "initial_accumulator": 0.1}, "rmsprop starts at 0"),
        ({"clip_norm": 1.0, "clip_epsilon": 0.0}, "adds 1e-6"),
        ({"epsilon_placement": "outside"}, "epsilon_placement is 'corrected'"),
        ({"optimiser": "sgd", "momentum": 0.9, "warmup_steps": 5, "momentum_form": "velocity"}, "momentum_form"),
        ({"like": "sklearn", "l2": 0.1, "optimiser": "sgd"}, "penalty is 'half'"),
        ({"normalisation": "batch", "running_variance": "biased"}, "running_variance is 'unbiased'"),
        ({"normalisation": "batch", "batch_size": 7}, "a batch of one row"),
    ],
)
def test_what_pytorch_cannot_express_is_refused_in_one_sentence(settings, words):
    settings = {**settings, "optimiser": settings.get("optimiser", "adam")}
    reason = evaluator().refused(settings)
    assert words in reason
    assert "\n" not in reason
    assert reason.endswith("backend='population'.")
    with pytest.raises(InputError, match=words.replace("'", ".")):
        evaluator().specification(Trial(0, settings, seed=1))


@pytest.mark.level(2)
@pytest.mark.filterwarnings("ignore")
def test_the_best_weights_are_kept_and_not_looked_at(torch):
    """A weight of one column shares its memory when it is turned; the kept one must not go on learning."""
    import tunescape as ts

    settings = {"batch_size": 100, "shuffle": True, "learning_rate": 0.05, "optimiser": "adam", "patience": 3,
                "units": [8], "epochs": 60, "exact": True, "n_points": 400}  # fmt: skip
    theirs = ts.train("prod", like="torch", backend="torch", **settings)
    ours = ts.train("prod", like="torch", **settings)
    assert theirs.metrics["validation_mse"] == pytest.approx(ours.metrics["validation_mse"], rel=1e-6)
    assert theirs.steps == ours.steps

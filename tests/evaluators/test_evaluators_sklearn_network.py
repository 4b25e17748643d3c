"""Networks in scikit-learn: the engine's weights, scikit-learn's own results, its defaults, what it refuses."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tunescape import InputError, Objective, Status, Trial
from tunescape.engine import Data, Layer, row_weights, train
from tunescape.evaluators import Population, specify
from tunescape.evaluators.conventions import ACTIVATIONS_OF, BASE, CONVENTIONS, OPTIMISER_DEFAULTS, SIZES
from tunescape.evaluators.sklearn_network import Sklearn, _runs

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
def equality():
    """The benchmark that compares the engine with the frameworks."""
    path = Path(__file__).parents[2] / "benchmarks" / "equality.py"
    specification = importlib.util.spec_from_file_location("equality", path)
    module = importlib.util.module_from_spec(specification)
    sys.modules["equality"] = module
    specification.loader.exec_module(module)
    return module


def evaluator(loss, dtype="float64", **settings):
    data, n_outputs, objective = TASKS[loss]
    return Sklearn(data, loss, n_outputs, objective, {"units": [6, 5], "batch_size": 16, **settings}, dtype)


def told(loss, **settings):
    settings = {"backend": "sklearn", "units": [6, 5], "batch_size": 16, "steps": 12, **settings}
    settings.pop("steps" if "epochs" in settings else "epochs", None)
    return specify(settings, n_inputs=4, n_outputs=TASKS[loss][1], n_rows=50, loss=loss)


def furthest(a, b):
    return max(np.abs(p - q).max() for one, other in zip(a, b) for p, q in zip(one[:2], other[:2]))


# ---- against scikit-learn itself


def test_the_table_of_conventions_is_what_scikit_learn_does_by_default():
    from sklearn.neural_network import MLPClassifier

    own = {name: p.default for name, p in inspect.signature(MLPClassifier).parameters.items()}
    sgd, adam = OPTIMISER_DEFAULTS["sklearn"]["sgd"], OPTIMISER_DEFAULTS["sklearn"]["adam"]
    assert set(OPTIMISER_DEFAULTS["sklearn"]) == {"sgd", "adam"}
    assert sgd == {"learning_rate": own["learning_rate_init"], "momentum": own["momentum"],
                   "nesterov": own["nesterovs_momentum"]}  # fmt: skip
    assert adam == {"learning_rate": own["learning_rate_init"], "epsilon": own["epsilon"],
                    "epsilon_placement": "outside"}  # fmt: skip
    assert (BASE["beta_1"], BASE["beta_2"]) == (own["beta_1"], own["beta_2"])
    assert (BASE["activation"], BASE["optimiser"]) == (own["activation"], own["solver"])
    assert SIZES["sklearn"] == {
        "units": list(np.atleast_1d(own["hidden_layer_sizes"])), "batch_size": 200, "shuffle": own["shuffle"],
        "l2": own["alpha"], "epochs": own["max_iter"], "patience": own["n_iter_no_change"], "min_delta": own["tol"],
        "monitor": "running_loss", "restore_best": False, "stopping_rule": "sklearn",
    }  # fmt: skip
    assert CONVENTIONS["sklearn"]["penalty"] == "half_per_row"


@pytest.mark.parametrize("activation", ACTIVATIONS_OF["sklearn"])
def test_every_activation_of_the_table_is_one_of_scikit_learn(activation):
    run = evaluator("squared_error").train(told("squared_error", activation=activation), 1)
    assert np.isfinite(run.layers[0].bias).all()


def as_fit_starts(model, n_rows, n_inputs, widths):
    """Weights with which `fit` starts for a seed, and the orders of its rows, from scikit-learn's random numbers."""
    from sklearn.base import clone
    from sklearn.utils import check_random_state, shuffle

    still = clone(model).set_params(solver="sgd", learning_rate_init=1e-300, momentum=0, max_iter=1)
    still.fit(X, CLASSES)
    state = check_random_state(model.random_state)
    for a, b in zip((n_inputs, *widths), widths):
        state.uniform(size=(a + 1) * b)
    rows, orders = np.arange(n_rows), []
    for _ in range(model.max_iter):
        rows = shuffle(rows, random_state=state)
        orders.append(rows)
    return [Layer(w, b) for w, b in zip(still.coefs_, still.intercepts_)], np.array(orders, dtype=np.int32)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_it_is_what_fit_does_bit_for_bit_and_stops_where_fit_stops(solver):
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((6, 5), activation="tanh", solver=solver, alpha=0.01, batch_size=16, random_state=4,
                          learning_rate_init=0.02, max_iter=120, tol=3e-3, n_iter_no_change=4)  # fmt: skip
    layers, order = as_fit_starts(model, 50, 4, (6, 5, 3))
    model.fit(X, CLASSES)
    assert 5 < model.n_iter_ < 120
    asked = told("softmax_cross_entropy", like="sklearn", activation="tanh", optimiser=solver, l2=0.01, epochs=120,
                 learning_rate=0.02, min_delta=3e-3, patience=4)  # fmt: skip
    run = evaluator("softmax_cross_entropy").train(asked, 0, layers=layers, order=order)
    assert run.ended_at == 4 * model.n_iter_
    for layer, w, b in zip(run.layers, model.coefs_, model.intercepts_):
        np.testing.assert_array_equal(layer.weights, w)
        np.testing.assert_array_equal(layer.bias, b)

    inside = evaluator("softmax_cross_entropy").start(asked, layers, 0)
    one_hot = np.eye(3)[CLASSES]
    for epoch, loss in enumerate(model.loss_curve_):
        rows = [order[epoch][at : at + 16].astype(np.int64) for at in range(0, 50, 16)]
        assert inside.train(X, one_hot, None, rows) == loss
    np.testing.assert_array_equal(inside.outputs(X).argmax(axis=1), model.predict(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_engine_is_what_fit_does():
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((6, 5), alpha=0.1, batch_size=16, random_state=1, learning_rate_init=0.01, max_iter=60)
    layers, order = as_fit_starts(model, 50, 4, (6, 5, 3))
    model.fit(X, CLASSES)
    asked = told("softmax_cross_entropy", like="sklearn", l2=0.1, learning_rate=0.01, batch_size=16)
    trained = train(asked.network, SEVERAL, seeds=[0], n_steps=4 * model.n_iter_, initial=[layers], order=order,
                    hyperparameters={**asked.numbers, "dropout": 0.0}, dtype="float64")  # fmt: skip
    own = [Layer(w, b) for w, b in zip(model.coefs_, model.intercepts_)]
    assert furthest(trained.layers(0), own) < 1e-12


def test_only_two_batches_of_unlike_size_need_two_calls():
    sizes = [4, 4, 2, 4, 4, 4, 5, 5, 3]
    rows = [np.arange(n) for n in sizes]
    assert [(size, len(chosen)) for size, chosen in _runs(rows)] == [(4, 10), (4, 12), (5, 13)]


# ---- against the engine


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize("loss", TASKS)
def test_it_ends_with_the_engines_weights(equality, loss, optimiser):
    activation = {"sgd": "relu", "adam": "sigmoid"}[optimiser]
    (row,) = equality.compare([equality.Case("sklearn", optimiser, activation, loss)])
    assert row.difference < 1e-13


def test_a_wrong_place_of_epsilon_is_noticed(equality):
    case = equality.Case("sklearn", "adam", "tanh", "squared_error", settings={"epsilon_placement": "corrected"})
    (row,) = equality.compare([case])
    assert not row.equal


@pytest.mark.level(2)
def test_every_optimiser_with_every_activation_loss_and_option(equality):
    more, lacking = equality.options("sklearn")
    rows = equality.compare([*equality.cross("sklearn"), *equality.updates("sklearn"), *more])
    assert len(rows) == 2 * 4 * 3 + 2 * 3 + len(more)
    assert [row for row in rows if not row.equal] == []
    assert len(more) + len(lacking) == len(equality.OPTIONS)


@pytest.mark.parametrize("loss", TASKS)
def test_trials_have_the_same_values_as_in_the_population_engine(loss):
    data, n_outputs, objective = TASKS[loss]
    trials = [
        Trial(i, {"like": "sklearn", "learning_rate": 0.01, "activation": a, "steps": 60, "patience": 0}, seed=i)
        for i, a in enumerate(("relu", "tanh"))
    ]
    settings = {"units": [6], "batch_size": 16}
    (ours,) = Population(data, loss, n_outputs, objective, settings, dtype="float64").evaluate(trials[:1])
    (theirs,) = Sklearn(data, loss, n_outputs, objective, settings, dtype="float64").evaluate(trials[:1])
    assert theirs[0].status is Status.COMPLETED
    assert theirs[0].value == pytest.approx(ours[0].value, rel=1e-6)
    assert theirs[0].metrics == pytest.approx(ours[0].metrics, rel=1e-6)
    np.testing.assert_array_equal(theirs[0].curve.steps, ours[0].curve.steps)


def test_weights_of_rows_count_as_in_the_engine():
    weights = np.random.default_rng(1).uniform(0.1, 3.0, 50)
    data = replace(SEVERAL, train_weights=weights)
    asked = told("softmax_cross_entropy", like="sklearn", optimiser="sgd", l2=0.1, steps=200)
    run = replace(evaluator("softmax_cross_entropy"), data=data).train(asked, 2)
    trained = train(asked.network, data, seeds=[2], n_steps=200, dtype="float64",
                    hyperparameters={**asked.numbers, "dropout": 0.0})  # fmt: skip
    assert furthest(run.layers, trained.layers(0)) < 1e-13
    unweighted = evaluator("softmax_cross_entropy").train(asked, 2)
    assert furthest(run.layers, unweighted.layers) > 1e-3
    assert row_weights(data, "none") is not None


# ---- on its own


def test_classes_that_the_first_batches_lack_are_known():
    first = np.argsort(CLASSES, kind="stable").astype(np.int32)[None]
    asked = told("softmax_cross_entropy", steps=8)
    run = evaluator("softmax_cross_entropy").train(asked, 0, order=first)
    assert run.layers[-1].bias.shape == (3,)
    assert np.isfinite(run.curves["train_loss"]).all()


@pytest.mark.parametrize("loss", TASKS)
def test_outputs_are_linear_before_and_after_training_and_weights_come_back(loss):
    asked = told(loss, activation="tanh")
    made = evaluator(loss)
    y = np.eye(3)[CLASSES] if loss == "softmax_cross_entropy" else made.data.train_targets
    first = [Layer(RNG.normal(size=(a, b)), RNG.normal(size=b)) for a, b in ((4, 6), (6, 5), (5, made.n_outputs))]
    inside = made.start(asked, first, 0)

    def by_hand(layers):
        a = X
        for layer in layers[:-1]:
            a = np.tanh(a @ layer.weights + layer.bias)
        return a @ layers[-1].weights + layers[-1].bias

    np.testing.assert_allclose(inside.outputs(X), by_hand(first), rtol=1e-12)
    inside.train(X, y, None, [np.arange(16), np.arange(16, 32)])
    second = inside.layers()
    np.testing.assert_allclose(inside.outputs(X), by_hand(second), rtol=1e-12)
    inside.restore(first)
    np.testing.assert_allclose(inside.outputs(X), by_hand(first), rtol=1e-12)
    inside.train(X, y, None, [np.arange(16)])
    assert furthest(inside.layers(), first) > 0
    assert furthest(second, inside.layers()) > 0


def test_single_precision_stays_single():
    run = evaluator("squared_error", dtype="float32").train(told("squared_error", steps=40), 1)
    assert all(layer.weights.dtype == layer.bias.dtype == np.float32 for layer in run.layers)


def test_a_network_without_hidden_layers():
    asked = told("binary_cross_entropy", units=[], optimiser="sgd")
    run = evaluator("binary_cross_entropy").train(asked, 1)
    assert [layer.weights.shape for layer in run.layers] == [(4, 1)]


def test_divergence_is_a_status():
    trial = Trial(0, {"optimiser": "sgd", "learning_rate": 1e6, "activation": "identity", "steps": 200}, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (done,) = evaluator("squared_error").evaluate([trial])
    assert done[0].status is Status.DIVERGED
    assert done[0].reason


# ---- what it refuses


@pytest.mark.parametrize(
    ("loss", "settings", "words"),
    [
        ("softmax_cross_entropy", {"dropout": 0.2}, "no dropout"),
        ("softmax_cross_entropy", {"optimiser": "adagrad"}, "no optimiser 'adagrad'"),
        ("softmax_cross_entropy", {"activation": "elu"}, "no activation 'elu'"),
        ("softmax_cross_entropy", {"l1": 0.1}, "no l1"),
        ("softmax_cross_entropy", {"schedule": "cosine"}, "no schedule"),
        ("softmax_cross_entropy", {"normalisation": "batch"}, "no normalisation"),
        ("softmax_cross_entropy", {"epsilon": 0.0}, "epsilon must be above 0"),
        ("softmax_cross_entropy", {"l2": 0.1, "penalty": "whole"}, "penalty is 'half_per_row'"),
        ("squared_error", {"like": "keras"}, "half of the others"),
    ],
)
def test_what_scikit_learn_cannot_express_is_refused_in_one_sentence(loss, settings, words):
    reason = evaluator(loss).refused(settings)
    assert words in reason
    assert "\n" not in reason
    assert reason.endswith("backend='population'.")
    with pytest.raises(InputError, match=words):
        evaluator(loss).specification(Trial(0, settings, seed=1))
    (done,) = evaluator(loss).evaluate([Trial(0, settings, seed=1)])
    assert (done[0].status, done[0].reason) == (Status.INFEASIBLE, reason)


def test_losses_that_scikit_learn_has_in_another_form_are_refused():
    objective = Objective("validation_accuracy", "maximize")
    two = Sklearn(Data(X, CLASSES.clip(0, 1)), "softmax_cross_entropy", 2, objective)
    assert "one output for two classes" in two.refused({})
    labels = Sklearn(Data(X, (X[:, :2] > 0).astype(float)), "binary_cross_entropy", 2, objective)
    assert "2 outputs" in labels.refused({})
    weighted = replace(evaluator("softmax_cross_entropy"), data=replace(SEVERAL, train_weights=np.ones(50)))
    assert "sum of the weights" in weighted.refused({"weighting": "rows"})
    assert weighted.refused({}) == ""

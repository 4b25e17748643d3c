"""TensorFlow trains what the population engine trains; its defaults are those written down; its gaps are told."""

import inspect
import os
import sys

import numpy as np
import pytest

from tunescape.engine import Data, train
from tunescape.errors import MissingExtraError
from tunescape.evaluators.conventions import ACTIVATIONS_OF, CONVENTIONS, OPTIMISER_DEFAULTS
from tunescape.evaluators.refusals import refusal
from tunescape.evaluators.specification import specify
from tunescape.evaluators.tensorflow_network import TensorFlow, activation, library
from tunescape.study import Objective

ROWS, SEED = 50, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 5)) * np.array([1.0, 1e-3, 1.0, 1e-7, 0.0])
TARGETS = {
    "softmax_cross_entropy": RNG.integers(0, 3, ROWS),
    "binary_cross_entropy": RNG.integers(0, 2, (ROWS, 1)).astype(float),
    "squared_error": RNG.normal(size=(ROWS, 2)),
}
OUTPUTS = {"softmax_cross_entropy": 3, "binary_cross_entropy": 1, "squared_error": 2}
CASES = [
    ("softmax_cross_entropy", {"optimiser": "sgd", "momentum": 0.9, "nesterov": True, "activation": "tanh",
                               "schedule": "cosine", "warmup_steps": 5, "end_rate": 0.1, "learning_rate": 0.1}),
    ("binary_cross_entropy", {"optimiser": "sgd", "momentum": 0.9, "l1": 0.001, "l2": 0.01, "penalised": "all",
                              "clip_norm": 0.2, "clip_value": 0.05, "schedule": "step", "decay_steps": 9.0}),
    ("squared_error", {"optimiser": "adam", "reduction": "sum", "activation": "elu", "l2": 0.02,
                       "schedule": "polynomial", "power": 1.5}),
    ("squared_error", {"optimiser": "adagrad", "activation": "silu", "batching": "stream", "penalty": "whole",
                       "l2": 0.01, "schedule": "inverse_time"}),
    ("binary_cross_entropy", {"optimiser": "rmsprop", "momentum": 0.8, "schedule": "exponential"}),
    ("softmax_cross_entropy", {"optimiser": "adadelta", "activation": "softplus", "learning_rate": 0.5,
                               "class_weight": "balanced"}),
    ("squared_error", {"optimiser": "ftrl", "activation": "sigmoid", "l1": 0.003, "l2": 0.02}),
    ("softmax_cross_entropy", {"optimiser": "proximal_adagrad", "l1": 0.003, "l2": 0.02, "schedule": "cosine"}),
    ("softmax_cross_entropy", {"activation": "gelu"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def tf(require):
    """TensorFlow."""
    require("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return library()


def specification(loss, **settings):
    full = {"units": [6, 4], "learning_rate": 0.02, "batch_size": 16, "steps": 30, "backend": "tensorflow", **settings}
    return specify(full, n_inputs=5, n_outputs=OUTPUTS[loss], n_rows=ROWS, loss=loss)


def evaluator(loss, dtype="float64", **own):
    data = Data(X, TARGETS[loss], **own)
    return TensorFlow(data, loss, OUTPUTS[loss], Objective("train_loss", "minimize"), dtype=dtype)


def far(layers, others):
    """Largest difference of two networks' weights."""
    return max(
        np.abs(a - b).max() for one, other in zip(layers, others, strict=True) for a, b in zip(one[:2], other[:2])
    )


@pytest.mark.level(2)
@pytest.mark.parametrize(("loss", "settings"), CASES)
def test_tensorflow_trains_what_the_engine_trains(tf, loss, settings):
    spec = specification(loss, **settings)
    weights = None if "class_weight" in settings else RNG.uniform(0.5, 2.0, ROWS)
    given = evaluator(loss, train_weights=weights)
    assert refusal(spec, "tensorflow") == ""
    theirs = given.train(spec, SEED)
    data = given.data
    if spec.class_weight == "balanced":
        classes = TARGETS[loss]
        data = Data(X, classes, train_weights=(ROWS / (3 * np.bincount(classes)))[classes])
    ours = train(spec.network, data, seeds=[SEED], n_steps=spec.n_steps, dtype="float64", n_threads=1,
                 hyperparameters={**spec.numbers, "dropout": 0.0}, record_at=list(theirs.steps))  # fmt: skip
    assert theirs.layers[0].weights.dtype == np.float64
    assert far(theirs.layers, ours.layers(0)) < 1e-12
    np.testing.assert_allclose(theirs.curves["train_loss"], ours.curves["train_loss"][0], rtol=1e-5)
    moved = far(theirs.layers, evaluator(loss).train(specification(loss, **{**settings, "steps": 1}), SEED).layers)
    assert moved > 1e-3


@pytest.mark.level(2)
def test_dropout_follows_the_seed_and_leaves_the_users_state_alone(tf):
    given = evaluator("softmax_cross_entropy", "float32")
    spec = specification("softmax_cross_entropy", dropout=0.4)
    tf.random.set_seed(1)
    expected = float(tf.random.uniform(()))
    tf.random.set_seed(1)
    first = given.train(spec, SEED).layers
    assert float(tf.random.uniform(())) == expected
    assert first[0].weights.dtype == np.float32
    assert far(first, given.train(spec, SEED).layers) == 0.0
    assert far(first, given.train(specification("softmax_cross_entropy"), SEED).layers) > 1e-3


@pytest.mark.level(2)
def test_dropout_keeps_the_share_that_it_should_and_the_mean(tf):
    spec = specification("squared_error", units=[400], dropout=0.25, activation="identity")
    network = evaluator("squared_error").start(spec, evaluator("squared_error").train(spec, SEED).layers, SEED)
    network._weights[0].assign(tf.zeros((5, 400), tf.float64))
    network._biases[0].assign(tf.ones((400,), tf.float64))
    network._weights[1].assign(tf.ones((400, 2), tf.float64))
    network._biases[1].assign(tf.zeros((2,), tf.float64))
    sums = network._forward(tf.constant(X), training=True).numpy()[:, 0] / 400
    kept = sums * 0.75
    assert abs(kept.mean() - 0.75) < 5 * np.sqrt(0.75 * 0.25 / (400 * ROWS))
    assert 0.5 < kept.std() / np.sqrt(0.75 * 0.25 / 400) < 2


@pytest.mark.level(2)
def test_weights_are_put_back_and_the_loss_holds_the_penalty(tf):
    spec = specification("squared_error", l2=0.01)
    given = evaluator("squared_error")
    layers = list(given.train(spec, SEED).layers)
    network = given.start(spec, layers, SEED)
    outputs = network.outputs(X)
    expected = np.mean((outputs - TARGETS["squared_error"]) ** 2)
    expected += 0.005 * sum((layer.weights**2).sum() for layer in layers)
    loss = network.train(X, TARGETS["squared_error"], None, [np.arange(ROWS)])
    assert loss == pytest.approx(expected, rel=1e-12)
    assert np.abs(network.outputs(X) - outputs).max() > 1e-6
    network.restore(layers)
    assert far(network.layers(), layers) == 0.0
    np.testing.assert_array_equal(network.outputs(X), outputs)


@pytest.mark.level(2)
def test_conventions_are_those_of_the_installed_tensorflow(tf):
    classes = {"sgd": "GradientDescent", "adagrad": "Adagrad", "proximal_adagrad": "ProximalAdagrad", "adam": "Adam",
               "rmsprop": "RMSProp", "adadelta": "Adadelta", "ftrl": "Ftrl"}  # fmt: skip
    names = {"initial_accumulator": "initial_accumulator_value", "rho": "decay"}
    assert set(classes) == set(OPTIMISER_DEFAULTS["tensorflow"])
    for optimiser, ours in OPTIMISER_DEFAULTS["tensorflow"].items():
        made = getattr(tf.compat.v1.train, classes[optimiser] + "Optimizer")
        theirs = {name: p.default for name, p in inspect.signature(made).parameters.items()}
        assert theirs["learning_rate"] in (ours["learning_rate"], inspect.Parameter.empty)
        for name in ("epsilon", "rho", "initial_accumulator"):
            own = names.get(name, name) if name not in theirs else name
            if name in ours and own in theirs:
                assert theirs[own] == ours[name], (optimiser, name)
    rms = tf.compat.v1.train.RMSPropOptimizer(0.1)
    variable = tf.Variable([1.0])
    rms.apply_gradients([(tf.constant([0.0]), variable)])
    assert rms.get_slot(variable, "rms").numpy() == pytest.approx(0.9)  # it started at 1
    assert OPTIMISER_DEFAULTS["tensorflow"]["rmsprop"]["initial_accumulator"] == 1.0
    slope = inspect.signature(tf.nn.leaky_relu).parameters["alpha"].default
    assert slope == CONVENTIONS["tensorflow"]["negative_slope"]
    for name in ACTIVATIONS_OF["tensorflow"]:
        spec = specification("squared_error", activation=name)
        assert np.isfinite(activation(tf, spec)(tf.constant(X)).numpy()).all()


@pytest.mark.parametrize(("settings", "says"), [
    ({"optimiser": "nadam"}, "TensorFlow has no optimiser 'nadam' (it has sgd"),
    ({"normalisation": "batch"}, "TensorFlow has no normalisation"),
    ({"weight_decay": 0.1}, "TensorFlow has no weight_decay"),
    ({"optimiser": "rmsprop", "initial_accumulator": 0.0}, "rmsprop has initial_accumulator=1. Got"),
    ({"optimiser": "adagrad", "epsilon": 1e-7}, "adagrad has epsilon=0. Got epsilon=1e-07"),
    ({"optimiser": "proximal_adagrad", "initial_accumulator": 0.0}, "initial_accumulator above 0"),
    ({"optimiser": "sgd", "momentum": 0.9, "momentum_form": "velocity", "warmup_steps": 3}, "momentum_form"),
    ({"like": "sklearn", "l2": 0.0}, "not half of itself like scikit-learn's"),
])  # fmt: skip
def test_what_tensorflow_lacks_is_told_in_one_sentence(settings, says):
    reason = refusal(specification("squared_error", **settings), "tensorflow")
    assert says in reason
    assert "backend='population'" in reason


def test_a_missing_tensorflow_is_told_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingExtraError, match=r"TensorFlow cannot be .* `pip install 'tunescape\[tensorflow\]'`"):
        evaluator("squared_error").start(specification("squared_error"), [], SEED)

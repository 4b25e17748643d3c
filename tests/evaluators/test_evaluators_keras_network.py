"""Keras trains what the population engine trains; its defaults are those that are written down; its gaps are told."""

import inspect
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from tunescape.engine import Data, train
from tunescape.errors import MissingExtraError
from tunescape.evaluators.conventions import ACTIVATIONS_OF, CONVENTIONS, OPTIMISER_DEFAULTS, SIZES
from tunescape.evaluators.keras_network import _OPTIMISERS, SINGLE, Keras, library
from tunescape.evaluators.refusals import refusal
from tunescape.evaluators.specification import specify
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
    ("softmax_cross_entropy", {"optimiser": "adamw", "normalisation": "layer", "activation": "relu",
                               "weight_decay": 0.1, "schedule": "exponential"}),
    ("binary_cross_entropy", {"optimiser": "rmsprop", "momentum": 0.8, "clip_norm": 0.1, "l1": 0.001, "l2": 0.01,
                              "schedule": "step", "decay_steps": 9.0, "learning_rate": 0.003}),
    ("squared_error", {"optimiser": "adam", "reduction": "sum", "activation": "elu", "penalty": "half",
                       "penalised": "all", "l2": 0.02, "schedule": "polynomial", "power": 1.5}),
    ("squared_error", {"optimiser": "sgd", "normalisation": "batch", "activation": "silu", "batching": "stream",
                       "learning_rate": 0.05, "clip_value": 0.01}),
    ("binary_cross_entropy", {"optimiser": "adagrad", "activation": "softsign", "schedule": "inverse_time"}),
    ("softmax_cross_entropy", {"optimiser": "adadelta", "activation": "hard_silu", "learning_rate": 0.5}),
    ("softmax_cross_entropy", {"optimiser": "adamax", "activation": "selu", "class_weight": "balanced"}),
    ("squared_error", {"optimiser": "nadam", "activation": "leaky_relu", "negative_slope": 0.25}),
    ("softmax_cross_entropy", {"optimiser": "ftrl", "activation": "sigmoid", "l1": 0.003, "l2": 0.02}),
]  # fmt: skip


@pytest.fixture(scope="module")
def keras(require):
    """Keras on TensorFlow."""
    require("keras")
    require("tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = library()
    if found.backend.backend() != "tensorflow":
        pytest.skip(f"Keras runs on {found.backend.backend()}, which has no double precision")
    return found


def specification(loss, **settings):
    full = {"units": [6, 4], "learning_rate": 0.02, "batch_size": 16, "steps": 30, "backend": "keras", **settings}
    return specify(full, n_inputs=5, n_outputs=OUTPUTS[loss], n_rows=ROWS, loss=loss)


def evaluator(loss, dtype="float64", **own):
    return Keras(Data(X, TARGETS[loss], **own), loss, OUTPUTS[loss], Objective("train_loss", "minimize"), dtype=dtype)


def far(layers, others):
    """Largest difference of two networks' weights."""
    pairs = [(a, b) for one, other in zip(layers, others, strict=True) for a, b in zip(one, other, strict=True)]
    assert all((a is None) == (b is None) for a, b in pairs)
    return max(np.abs(a - b).max() for a, b in pairs if a is not None)


@pytest.mark.level(2)
@pytest.mark.parametrize(("loss", "settings"), CASES, ids=[s["optimiser"] + "-" + loss for loss, s in CASES])
def test_keras_trains_what_the_engine_trains(keras, loss, settings):
    spec = specification(loss, **settings)
    weights = None if "class_weight" in settings else RNG.uniform(0.5, 2.0, ROWS)
    given = evaluator(loss, train_weights=weights)
    assert refusal(spec, "keras") == ""
    theirs = given.train(spec, SEED)
    data = given.data
    if spec.class_weight == "balanced":
        classes = TARGETS[loss]
        data = Data(X, classes, train_weights=(ROWS / (3 * np.bincount(classes)))[classes])
    ours = train(spec.network, data, seeds=[SEED], n_steps=spec.n_steps, dtype="float64", n_threads=1,
                 hyperparameters={**spec.numbers, "dropout": 0.0}, record_at=list(theirs.steps))  # fmt: skip
    assert theirs.layers[0].weights.dtype == np.float64
    bar = 1e-6 if spec.network.optimiser in SINGLE else 1e-12
    assert far(theirs.layers, ours.layers(0)) < bar
    np.testing.assert_allclose(theirs.curves["train_loss"], ours.curves["train_loss"][0], rtol=1e-5)
    moved = far(theirs.layers, evaluator(loss).train(specification(loss, **{**settings, "steps": 1}), SEED).layers)
    assert moved > 1e-3


@pytest.mark.level(2)
def test_dropout_follows_the_seed_and_leaves_the_users_state_alone(keras):
    spec = specification("softmax_cross_entropy", dropout=0.4)
    given = evaluator("softmax_cross_entropy", "float32")

    def state():
        own = (keras.config.floatx(), keras.config.dtype_policy().name)
        return random.getstate(), np.random.get_state()[1].tolist(), own  # noqa: NPY002

    keras.config.set_dtype_policy("mixed_float16")
    before = state()
    first = given.train(spec, SEED).layers
    assert state() == before
    keras.config.set_dtype_policy("float32")
    assert {array.dtype for layer in first for array in layer[:2]} == {np.dtype("float32")}
    assert far(first, given.train(spec, SEED).layers) == 0.0
    assert evaluator("softmax_cross_entropy").train(spec, SEED).layers[0].weights.dtype == np.float64
    without = given.train(specification("softmax_cross_entropy"), SEED).layers
    assert far(first, without) > 1e-3


@pytest.mark.level(2)
def test_weights_are_put_back_and_the_loss_holds_the_penalty(keras):
    spec = specification("squared_error", l2=0.01, normalisation="batch")
    given = evaluator("squared_error")
    layers = list(given.train(spec, SEED).layers)
    network = given.start(spec, layers, SEED)
    outputs = network.outputs(X)
    rows = [np.arange(ROWS)]
    assert np.mean((outputs - TARGETS["squared_error"]) ** 2) < network.train(X, TARGETS["squared_error"], None, rows)
    assert np.abs(network.outputs(X) - outputs).max() > 1e-6
    network.restore(layers)
    assert far(network.layers(), layers) == 0.0
    np.testing.assert_array_equal(network.outputs(X), outputs)


@pytest.mark.level(2)
def test_conventions_are_those_of_the_installed_keras(keras):
    def defaults(made):
        return {name: p.default for name, p in inspect.signature(made).parameters.items()}

    assert {"proximal_adagrad"} | set(_OPTIMISERS) == {"proximal_adagrad"} | set(OPTIMISER_DEFAULTS["keras"])
    for optimiser, ours in OPTIMISER_DEFAULTS["keras"].items():
        name, arguments = _OPTIMISERS[optimiser]
        theirs = defaults(getattr(keras.optimizers, name))
        for number in ("learning_rate", "weight_decay", *arguments):
            base = {"beta_1": 0.9, "beta_2": 0.999, "weight_decay": None, "momentum": 0.0, "l1": 0.0, "l2": 0.0}
            assert theirs[arguments.get(number, number)] == ours.get(number, base.get(number)), (optimiser, number)
    own = CONVENTIONS["keras"]
    dense, batch = defaults(keras.layers.Dense), defaults(keras.layers.BatchNormalization)
    assert (dense["kernel_initializer"], dense["bias_initializer"]) == (own["initialiser"], own["bias_initialiser"])
    assert (batch["momentum"], batch["epsilon"]) == (own["norm_momentum"], own["norm_epsilon"])
    assert defaults(keras.layers.LayerNormalization)["epsilon"] == own["norm_epsilon"]
    assert defaults(keras.activations.leaky_relu)["negative_slope"] == own["negative_slope"]
    assert defaults(keras.Model.fit)["shuffle"] == SIZES["keras"]["shuffle"]
    for name in set(ACTIVATIONS_OF["keras"]) - {"identity", "gelu_tanh"}:
        assert callable(getattr(keras.activations, name))


@pytest.mark.level(2)
def test_double_precision_is_refused_where_keras_has_none(keras, require):
    require("torch")
    code = (
        "import numpy as np; from tunescape.engine import Data, initial_layers; from tunescape.study import Objective;"
        "from tunescape.evaluators.keras_network import Keras; from tunescape.evaluators import specify;"
        "s = specify({'backend': 'keras'}, n_inputs=2, n_outputs=1, n_rows=9, loss='squared_error');"
        "k = Keras(Data(np.ones((9, 2)), np.ones((9, 1))), 'squared_error', 1, Objective('train_loss'),"
        " dtype='float64'); k.start(s, initial_layers(s.network, 0), 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": "torch"},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "Keras on torch computes in float32 throughout. Got dtype='float64'" in done.stderr


@pytest.mark.parametrize(("settings", "says"), [
    ({"optimiser": "proximal_adagrad"}, "Keras has no optimiser 'proximal_adagrad'"),
    ({"clip_norm": 1.0, "clip_value": 1.0}, "leave one out"),
    ({"optimiser": "rmsprop", "initial_accumulator": 0.5}, "rmsprop has initial_accumulator=0. Got"),
    ({"optimiser": "nadam", "momentum_decay": 0.004}, "nadam has momentum_decay=1. Got momentum_decay=0.004"),
    ({"optimiser": "sgd", "momentum": 0.9, "momentum_form": "gradient", "warmup_steps": 3}, "momentum_form"),
    ({"epsilon_placement": "corrected"}, "epsilon_placement is 'outside'"),
    ({"like": "sklearn", "l2": 0.0}, "not half of itself like scikit-learn's"),
])  # fmt: skip
def test_what_keras_lacks_is_told_in_one_sentence(settings, says):
    reason = refusal(specification("squared_error", **settings), "keras")
    assert says in reason
    assert "backend='population'" in reason


def test_a_missing_keras_is_told_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"Keras cannot be imported .* `pip install 'tunescape\[keras\]'`"):
        evaluator("squared_error").start(specification("squared_error"), [], SEED)

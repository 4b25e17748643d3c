"""A model as scikit-learn's, PyTorch's and Keras's own object gives what the model gives."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from trained_networks import NAMES, answer, difference, drawn, encoded_rows, far_frame

from tunescape import InputError
from tunescape.engine import ACTIVATIONS
from tunescape.models import as_keras, as_sklearn, as_torch, export_model

SINGLE, DOUBLE = 1e-6, 1e-13
"""How far answers may be apart, relative to the largest; measured: 4e-7 and 1e-15."""


# ---- scikit-learn


def by_sklearn(model, pipeline, rows):
    """Probabilities in the model's order of classes, or values, shape (n, k)."""
    if not model.classes:
        return pipeline.predict(rows).reshape(len(rows), -1)
    return pipeline.predict_proba(rows)[:, [list(pipeline.classes_).index(name) for name in model.classes]]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu"])
def test_sklearn_gives_the_same(tasks, name, activation):
    model = drawn(tasks[name], activation=activation)
    rows, pipeline = encoded_rows(model), as_sklearn(model)
    wanted = answer(model, rows)
    assert difference(by_sklearn(model, pipeline, rows), wanted) <= DOUBLE
    if model.classes:
        assert list(pipeline.classes_) == sorted(model.classes)
        assert list(pipeline.predict(rows)) == [model.classes[i] for i in wanted.argmax(axis=1)]


def test_sklearn_has_our_weights_and_can_go_on_training(tasks):
    model = drawn(tasks["many classes, constant columns"])
    rows, network = encoded_rows(model), as_sklearn(model)[-1]
    for ours, theirs in zip(model.layers, network.coefs_, strict=True):
        np.testing.assert_array_equal(ours.weights, theirs)
    network.partial_fit(rows, np.array(model.classes)[np.arange(len(rows)) % 10])
    step = max(np.abs(layer.weights - w).max() for layer, w in zip(model.layers, network.coefs_))
    assert 0 < step <= 0.002  # one step of Adam


def test_sklearn_scores_agree_with_the_models_own_where_classes_are_not_in_alphabetical_order(tasks):
    from sklearn.metrics import get_scorer, roc_auc_score

    model = drawn(tasks["two classes"])
    assert model.classes == ("malignant", "benign")
    rows = encoded_rows(model)
    truth = np.where(answer(model, rows)[:, 0] > 0.5, "malignant", "benign")
    pipeline = as_sklearn(model)
    assert get_scorer("roc_auc")(pipeline, rows, truth) == roc_auc_score(truth, pipeline.predict_proba(rows)[:, 1]) == 1
    assert pipeline.score(rows, truth) == 1.0


def test_sklearn_two_outputs_of_two_classes_become_one(tasks):
    model = drawn(tasks["two classes"])
    network = replace(model.network, loss="softmax_cross_entropy", widths=(30, 12, 9, 2))
    rng = np.random.default_rng(0)
    last = model.layers[-1]._replace(weights=rng.normal(size=(9, 2)), bias=rng.normal(size=2))
    two = replace(model, network=network, layers=(*model.layers[:-1], last))
    rows = encoded_rows(two)
    assert difference(by_sklearn(two, as_sklearn(two), rows), answer(two, rows)) <= DOUBLE


@pytest.mark.parametrize(("settings", "said"), [
    ({"activation": "elu"}, "no activation 'elu'"),
    ({"normalisation": "layer"}, "no layer normalisation"),
])  # fmt: skip
def test_sklearn_refuses_what_it_has_not(tasks, settings, said):
    with pytest.raises(InputError, match=said):
        as_sklearn(drawn(tasks["not scaled"], **settings))


def test_sklearn_takes_linear_networks_of_any_activation(tasks):
    model = drawn(tasks["regression"], units=[], activation="elu", normalisation="batch")
    rows = encoded_rows(model)
    assert difference(by_sklearn(model, as_sklearn(model), rows), answer(model, rows)) <= DOUBLE


# ---- PyTorch


def by_torch(model, rows, dtype):
    import torch

    with torch.inference_mode():
        return as_torch(model, dtype=dtype)(torch.tensor(rows.astype(dtype))).numpy()


def check(by, model, rows, double=DOUBLE):
    """Compare both precisions with the model itself."""
    for dtype, within in (("float32", SINGLE), ("float64", double)):
        wanted = answer(model, rows.astype(dtype).astype(np.float64))
        assert difference(by(model, rows, dtype), wanted) <= within, dtype


@pytest.mark.level(2)
def test_torch_gives_the_same(tasks, require):
    require("torch")
    for activation in ACTIVATIONS:
        model = drawn(tasks["not scaled"], activation=activation, negative_slope=0.07)
        check(by_torch, model, np.random.default_rng(2).uniform(-8, 8, (300, 4)))
    for name in NAMES:
        for normalisation in ("none", "batch", "layer"):
            model = drawn(tasks[name], normalisation=normalisation, norm_epsilon=0.01)
            check(by_torch, model, encoded_rows(model))


@pytest.mark.level(2)
def test_torch_scales_the_same_while_it_is_trained(tasks, require):
    require("torch")
    import torch

    model = drawn(tasks["far from 0"])
    rows = far_frame().drop(columns="price").to_numpy()
    module = as_torch(model, dtype="float64").train()
    found = module(torch.tensor(rows))
    np.testing.assert_allclose(found.detach().numpy()[:, 0], model.predict(rows), rtol=1e-13)
    trained = {name for name, weights in module.named_parameters() if weights.requires_grad}
    assert {name.split(".")[0] for name in trained} == {"layer_1", "layer_2", "output"}


# ---- Keras


KERAS_HAS_SINGLE_CONSTANTS = ("leaky_relu", "gelu", "gelu_tanh")
"""Activations whose constants are single precision in Keras on TensorFlow, whatever the network's precision is."""


def by_keras(model, rows, dtype):
    return np.asarray(as_keras(model, dtype=dtype)(rows.astype(dtype)))


@pytest.mark.level(2)
@pytest.mark.filterwarnings("ignore")
def test_keras_gives_the_same(tasks, require):
    require("keras")
    for activation in ACTIVATIONS:
        model = drawn(tasks["not scaled"], activation=activation, negative_slope=0.07)
        rows = np.random.default_rng(2).uniform(-8, 8, (300, 4))
        check(by_keras, model, rows, double=1e-8 if activation in KERAS_HAS_SINGLE_CONSTANTS else DOUBLE)
    for name in NAMES:
        for normalisation in ("none", "batch", "layer"):
            model = drawn(tasks[name], normalisation=normalisation, norm_epsilon=0.01)
            check(by_keras, model, encoded_rows(model))
    made = as_keras(drawn(tasks["two classes"]))
    assert {w.path.split("/")[0] for w in made.trainable_variables} == {"layer_1", "layer_2", "output"}


# ---- files

READ = """
import sys
class NoTunescape:
    def find_spec(self, name, *rest):
        if name.split(".")[0] == "tunescape": raise ImportError(name)
sys.meta_path.insert(0, NoTunescape())
import numpy as np
form, path, rows = sys.argv[1], sys.argv[2], np.load(sys.argv[3])
if form == "sklearn":
    import joblib
    pipeline = joblib.load(path)
    found = getattr(pipeline, "predict_proba", pipeline.predict)(rows)
elif form == "torch":
    import torch
    found = torch.load(path, weights_only=False)(torch.tensor(rows)).detach().numpy()
elif form == "keras":
    import keras
    found = keras.saving.load_model(path).predict(rows, verbose=0)
else:
    import onnxruntime
    found = onnxruntime.InferenceSession(path).run(None, {"inputs": rows})[-1]
np.save(path + ".npy", found.reshape(len(rows), -1))
"""


@pytest.mark.parametrize("name", ["many classes, constant columns", "far from 0"])
@pytest.mark.parametrize(("form", "ending", "needs"), [
    pytest.param("sklearn", "joblib", "sklearn"),
    pytest.param("onnx", "onnx", "onnxruntime"),
    pytest.param("torch", "pt", "torch", marks=pytest.mark.level(2)),
    pytest.param("keras", "keras", "keras", marks=[pytest.mark.level(2), pytest.mark.filterwarnings("ignore")]),
])  # fmt: skip
def test_files_are_read_where_tunescape_is_not_installed(tasks, require, tmp_path, name, form, ending, needs):
    require(needs)
    model = drawn(tasks[name], activation="tanh")
    rows = encoded_rows(model).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows if form != "sklearn" else rows.astype(np.float64))
    path = export_model(model, tmp_path / f"best.{ending}")
    subprocess.run([sys.executable, "-c", READ, form, str(path), str(tmp_path / "rows.npy")], check=True)
    assert difference(np.load(f"{path}.npy"), answer(model, rows.astype(np.float64))) <= SINGLE
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["rows.npy", f"best.{ending}", f"best.{ending}.npy"])


@pytest.mark.parametrize(("path", "form", "said"), [
    ("best.txt", None, r"one of \.npz, \.onnx, \.joblib, \.keras, \.pt, \.pth"),
    ("best", "torch", r"\.pt or \.pth"),
    ("best.npz", "keras", "name it 'best.keras'"),
    ("best.pt", "pytorch", "Did you mean 'torch'"),
    ("no/such/best.npz", None, "no folder"),
])  # fmt: skip
def test_endings_and_forms_that_do_not_fit_are_refused(tasks, tmp_path, path, form, said):
    with pytest.raises(InputError, match=said):
        export_model(drawn(tasks["not scaled"]), tmp_path / path, form)
    assert not list(tmp_path.iterdir())

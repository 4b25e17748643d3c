"""An .onnx file gives in ONNX Runtime what the model gives, in both precisions, scaling inside."""

from __future__ import annotations

import json

import numpy as np
import pytest
from trained_networks import NAMES, answer, difference, drawn, encoded_rows, far_frame

from tunescape import InputError
from tunescape.engine import ACTIVATIONS
from tunescape.models import as_onnx, write_onnx

SINGLE, DOUBLE = 1e-6, 1e-13
"""How far answers may be apart, relative to the largest; measured: 4.4e-7 and 7e-16."""


@pytest.fixture(autouse=True)
def _runtime(require):
    require("onnx")
    require("onnxruntime")


def run(made, encoded, dtype="float32"):
    import onnxruntime

    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, {"inputs": encoded.astype(dtype)})))


def check(model, rows):
    """Compare both precisions with the model itself."""
    for dtype, within in (("float32", SINGLE), ("float64", DOUBLE)):
        if dtype == "float64" and model.activation == "gelu":
            continue
        seen = rows.astype(dtype).astype(np.float64)  # what is left of the rows in this precision
        wanted = answer(model, seen)
        found = run(as_onnx(model, dtype=dtype), rows, dtype)
        assert difference(found["probabilities" if model.classes else "value"], wanted) <= within, dtype
        if model.classes:
            named = np.array(model.classes)[wanted.argmax(axis=1)]
            sure = np.sort(wanted, axis=1)[:, -1] - np.sort(wanted, axis=1)[:, -2] > 1e-5
            assert (found["label"] == named)[sure].all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(tasks, activation):
    model = drawn(tasks["not scaled"], activation=activation, negative_slope=0.07)
    check(model, np.random.default_rng(2).uniform(-8, 8, (300, 4)))


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("name", NAMES)
def test_every_task_and_normalisation(tasks, name, normalisation):
    model = drawn(tasks[name], normalisation=normalisation, norm_epsilon=0.01)
    check(model, encoded_rows(model))


def test_a_network_without_hidden_layers(tasks):
    model = drawn(tasks["two classes"], units=[], activation="gelu", normalisation="batch")
    check(model, encoded_rows(model))


def test_raw_rows_of_a_numeric_task_need_nothing_before(tasks):
    model, frame = drawn(tasks["far from 0"]), far_frame()
    found = run(as_onnx(model, dtype="float64"), frame.drop(columns="price").to_numpy(), "float64")["value"]
    np.testing.assert_allclose(found[:, 0], model.predict(frame), rtol=1e-13)


def test_far_values_and_constant_columns_are_held_as_the_model_holds_them(tasks):
    model = drawn(tasks["many classes, constant columns"])
    assert np.isinf(model.preprocessing.sd).any()
    rows = encoded_rows(model)
    rows[0], rows[1, np.isinf(model.preprocessing.sd)] = 1e20, 77.0
    check(model, rows)


def test_columns_and_classes_are_in_the_file(tasks, tmp_path):
    import onnx

    model = drawn(tasks["words and gaps"])
    path = write_onnx(model, tmp_path / "best.onnx")
    made = onnx.load(path)
    onnx.checker.check_model(made, full_check=True)
    said = {p.key: p.value for p in made.metadata_props}
    assert json.loads(said["classes"]) == ["no", "yes"]
    assert json.loads(said["features"]) == list(model.preprocessing.features)
    assert made.doc_string == model.describe()
    assert [p.name for p in tmp_path.iterdir()] == ["best.onnx"]


def test_what_a_precision_cannot_hold_is_refused(tasks):
    with pytest.raises(InputError, match="erf"):
        as_onnx(drawn(tasks["not scaled"], activation="gelu"), dtype="float64")
    with pytest.raises(InputError, match="float16"):
        as_onnx(drawn(tasks["not scaled"]), dtype="float16")

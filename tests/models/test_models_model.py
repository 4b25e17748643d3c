"""A model predicts from the task's original columns what its network says of the scaled ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from trained_networks import METRICS, drawn, far_frame, words_frame

from tunescape import InputError
from tunescape.engine import Layer, predict
from tunescape.evaluators import specify
from tunescape.models import make_model


def by_engine(model, task):
    """The network's own answer for the training rows."""
    return predict(model.network, model.layers, task.train.inputs)


def test_words_and_gaps_become_the_inputs_that_the_network_was_trained_on(tasks):
    task = tasks["words and gaps"]
    model, rows = drawn(task), words_frame().iloc[task.train.rows]
    probabilities = model.predict_proba(rows)
    np.testing.assert_allclose(probabilities[:, 1:], by_engine(model, task), rtol=1e-12)
    np.testing.assert_array_equal(model.predict_proba(rows[rows.columns[::-1]]), probabilities)
    np.testing.assert_array_equal(model.predict_proba(rows.drop(columns="good").to_numpy()), probabilities)


def test_a_regression_speaks_in_the_unit_of_its_target(tasks):
    task = tasks["far from 0"]
    model, rows = drawn(task), far_frame().iloc[task.train.rows]
    wanted = by_engine(model, task)[:, 0] * task.target_sd + task.target_mean
    found = model.predict(rows)
    assert found.shape == (len(rows),)
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert abs(found.mean() - far_frame()["price"].mean()) < 5 * task.target_sd


def test_classes_are_named_and_their_probabilities_sum_to_one(tasks):
    task = tasks["not scaled"]
    model = drawn(task)
    probabilities = model.predict_proba(task.train.inputs)  # this task is not scaled
    np.testing.assert_allclose(probabilities, by_engine(model, task), rtol=1e-12)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-14)
    named = model.predict(task.train.inputs)
    assert list(named) == [task.classes[i] for i in probabilities.argmax(axis=1)]
    assert len(set(named)) > 1


def test_one_logistic_output_gives_both_probabilities_exactly_also_where_one_is_tiny(tasks):
    task = tasks["two classes"]
    model = drawn(task)
    layers = (*model.layers[:-1], Layer(model.layers[-1].weights * 0, np.array([40.0])))
    sure = replace(model, layers=layers)
    rows = np.zeros((2, task.n_inputs)) + task.preprocessing.mean
    np.testing.assert_allclose(sure.predict_proba(rows), [[np.exp(-40.0), 1.0]] * 2, rtol=1e-12)
    assert list(sure.predict(rows)) == ["benign"] * 2


def test_numbers_have_no_probabilities(tasks):
    with pytest.raises(InputError, match="use predict"):
        drawn(tasks["regression"]).predict_proba(np.zeros((1, 10)))


def test_one_line_says_it_all(tasks):
    model = drawn(tasks["not scaled"], units=[16, 8], activation="tanh", normalisation="batch")
    assert repr(model) == model.describe() == (
        "iris: 4-16-8-3 tanh network with batch normalisation, 291 weights; adam, learning rate 0.005, 20 steps "
        "(population engine): validation loss 0.3"
    )  # fmt: skip
    accurate = replace(model, metrics={**METRICS, "validation_accuracy": 0.96666}, backend="sklearn", steps=1)
    assert accurate.describe().endswith("1 step (scikit-learn): validation accuracy 0.967")
    line = drawn(tasks["regression"], units=[]).describe()
    assert line.startswith("diabetes: 10-1 linear network, 11 weights;")


def test_settings_are_plain_data_and_arrays_are_the_models_own(tasks):
    task = tasks["not scaled"]
    model = drawn(task)
    specified = model.layers[0].weights.copy()
    given = [Layer(*(None if a is None else a.copy() for a in layer)) for layer in model.layers]
    specification = specify({"units": [12, 9]}, n_inputs=4, n_outputs=3, n_rows=120, loss=task.loss)
    made = make_model(
        task, specification, given, history=model.history, metrics={"train_loss": np.float32(0.5)}, seed=np.int64(3),
        settings={"units": (12, 9), "learning_rate": np.float64(0.1)}, backend="population",
    )  # fmt: skip
    given[0].weights[...] = 0
    np.testing.assert_array_equal(made.layers[0].weights, specified)
    assert made.settings == {"units": [12, 9], "learning_rate": 0.1}
    assert type(made.settings["learning_rate"]) is float
    assert type(made.seed) is int


def test_parts_that_do_not_fit_are_refused(tasks):
    model, other = drawn(tasks["not scaled"]), drawn(tasks["regression"])
    with pytest.raises(InputError, match="4-12-9-3"):
        replace(model, layers=model.layers[:-1])
    with pytest.raises(InputError, match="4-12-9-3"):
        replace(model, layers=(Layer(model.layers[0].weights, np.zeros(5)), *model.layers[1:]))
    with pytest.raises(InputError, match="normalisation 'batch'"):
        replace(model, network=replace(model.network, normalisation="batch"))
    with pytest.raises(InputError, match="`preprocessing` must give the 4 inputs"):
        replace(model, preprocessing=other.preprocessing)
    with pytest.raises(InputError, match="`classes` must name"):
        replace(model, classes=("a", "b"))


def test_a_missing_column_is_named(tasks):
    model = drawn(tasks["words and gaps"])
    with pytest.raises(InputError, match="colour"):
        model.predict(words_frame().drop(columns="colour"))

"""The network of a trial is trained again: the same measurements, the same bits, from what the study keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from trained_networks import words_frame

import tunescape as ts
from tunescape import InputError, Status
from tunescape.engine import measure, raw_outputs
from tunescape.models import model_of, task_of, trial_to_train
from tunescape.tasks import array_task

SPACE = {"learning_rate": ts.Float(0.003, 0.1, scale="log"), "units": ts.Ordinal((4, 8)),
         "optimiser": ts.Categorical(("sgd", "adam")), "steps": ts.Ordinal((40, 120))}  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return ts.survey("iris", SPACE, n_trials=24, replicates=2, sampler="random", seed=3)


@pytest.fixture
def csv_study(tmp_path):
    words_frame().to_csv(tmp_path / "words.csv", index=False)
    return ts.survey(str(tmp_path / "words.csv"), SPACE, n_trials=6, replicates=1, sampler="random", target="good")


def test_the_network_measures_what_the_trial_measured(study):
    for number in (0, 5, 30):
        trial, model = study.trials[number], model_of(study, trial=number)
        assert model.metrics == {**trial.metrics, study.objective.name: trial.value}
        assert model.history == trial.curve
        assert model.settings == dict(trial.configuration)
        assert (model.seed, model.steps) == (trial.seed, trial.configuration["steps"])
        again = model_of(study, trial=number)
        for ours, theirs in zip(model.layers, again.layers, strict=True):
            np.testing.assert_array_equal(ours.weights, theirs.weights)
            np.testing.assert_array_equal(ours.bias, theirs.bias)


def test_the_models_own_predictions_have_the_trials_value(study):
    task = task_of(study)
    model = model_of(study)
    truth = np.array(task.classes)[task.validation.targets]
    assert (model.predict(task.validation.inputs) == truth).mean() == pytest.approx(  # iris is not scaled
        model.metrics["validation_accuracy"], abs=1e-6
    )
    outputs = raw_outputs(model.network, model.layers, task.validation.inputs)
    loss, _ = measure(outputs, np.eye(3)[task.validation.targets], task.loss)
    assert loss == pytest.approx(model.metrics["validation_loss"], rel=1e-5)


def test_without_a_number_it_is_the_best_run_of_the_recommended_configuration(study):
    from tunescape.explanation import recommended

    chosen = trial_to_train(study)
    runs = [t for t in study.trials if dict(t.configuration) == recommended(study)]
    assert len(runs) == 2
    assert chosen in runs
    assert chosen.value == max(t.value for t in runs)


def test_studies_in_double_precision_are_trained_again_in_double():
    exact = ts.survey("iris", SPACE, n_trials=3, replicates=1, sampler="random", exact=True)
    model = model_of(exact, trial=1)
    assert model.layers[0].weights.dtype == np.float64
    assert model.history == exact.trials[1].curve


def test_words_predict_from_the_file_that_was_surveyed(csv_study):
    model, frame = model_of(csv_study), words_frame()
    task = task_of(csv_study)
    said = model.predict(frame.iloc[task.validation.rows]) == frame["good"].iloc[task.validation.rows].to_numpy()
    assert said.mean() == pytest.approx(model.metrics["validation_accuracy"], abs=1e-6)


def test_data_that_are_gone_or_changed_are_said(csv_study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    moved = replace(csv_study, settings={**csv_study.settings, "source": "/no/such/words.csv"})
    assert task_of(moved).name == "words.csv"  # found in the current folder
    words_frame(70).to_csv(tmp_path / "words.csv", index=False)
    with pytest.raises(InputError, match="changed since: digest is"):
        model_of(csv_study)
    (tmp_path / "words.csv").unlink()
    with pytest.raises(InputError, match=r"not there any more .*words\.csv"):
        model_of(csv_study)


def test_data_in_memory_have_to_be_given_again():
    rng = np.random.default_rng(0)
    task = array_task(rng.normal(size=(40, 3)), rng.normal(size=40))
    study = ts.survey(task, SPACE, n_trials=4, replicates=1, sampler="random")
    with pytest.raises(InputError, match="data in memory"):
        model_of(study)
    assert model_of(study, task=task).target_sd == task.target_sd


def test_trials_without_a_network_are_refused(study):
    with pytest.raises(InputError, match=r"\(0 to 47\)\. Got trial=99"):
        trial_to_train(study, 99)
    broken = replace(study.trials[0], status=Status.DIVERGED, value=None, reason="loss became non-finite at step 20")
    with pytest.raises(InputError, match=r"Trial 0 .* is diverged .*at step 20.*another trial"):
        trial_to_train(study.with_trials([broken]), 0)
    with pytest.raises(InputError, match=r"No trial .* completed"):
        trial_to_train(replace(study, trials=(broken,)))
    with pytest.raises(InputError, match="not made by a survey"):
        model_of(replace(study, settings={}))

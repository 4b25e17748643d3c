"""The survey of 2017 again: our networks against the 1152 results that were published then."""

import pandas as pd
import pytest

import tunescape as ts

FILES = {"sigmoid": "Sigmoid_data.csv", "relu": "RELU_data.csv", "tanh": "Tanh_data.csv", "elu": "ELU_data.csv"}
MEANS_2017 = {"sigmoid": 0.416, "relu": 0.533, "tanh": 0.609, "elu": 0.616}
SHARES_2017 = {"learning_rate": 0.217, "l1": 0.176, "activation": 0.082}
PAIR_2017 = 0.144
NAMES = {"learning.rate": "learning_rate", "L1.regularization": "l1", "training.steps": "steps"}


@pytest.fixture(scope="module")
def survey():
    return ts.survey("iris")


@pytest.fixture(scope="module")
def logs(shared_data):
    frames = [pd.read_csv(shared_data / "iris_2017" / file).assign(activation=name) for name, file in FILES.items()]
    return pd.concat(frames, ignore_index=True).rename(columns=NAMES)


def shares(explanation):
    found = {row["parameter"]: row["share"] for row in explanation["importance"].table}
    pairs = {frozenset(row["parameters"]): row["share"] for row in explanation["interactions"].table}
    return found, pairs[frozenset(("learning_rate", "l1"))]


def test_mean_accuracy_by_activation_is_that_of_2017(survey):
    frame = ts.study.to_frame(survey)
    means = frame.groupby("activation")["validation_accuracy"].mean()
    for activation, published in MEANS_2017.items():
        assert abs(means[activation] - published) <= 0.06
    assert list(means.sort_values().index) == ["sigmoid", "relu", "tanh", "elu"]


def test_shares_of_the_single_run_variance_are_those_of_2017(survey):
    explanation = ts.explain(survey, quality=False)
    found, pair = shares(explanation)
    for name, published in SHARES_2017.items():
        assert abs(found[name] - published) <= 0.06
    assert abs(pair - PAIR_2017) <= 0.06
    assert 0.1 <= explanation["noise"].data["noise"] <= 0.3
    assert explanation["trials"].data["trainings"] == 1152
    assert explanation["trials"].data["total"] == 3456


def test_the_published_logs_tell_the_same_story_by_themselves(logs, survey):
    explanation = ts.explain(logs, objective="accuracy", quality=False)
    assert explanation.to_dict()["sampling"] == "factorial"
    found, pair = shares(explanation)
    for name, published in SHARES_2017.items():
        assert abs(found[name] - published) <= 0.01
    assert abs(pair - PAIR_2017) <= 0.01
    ours = ts.explain(survey, quality=False)
    theirs_in_order, ours_in_order = ([r["parameter"] for r in e["importance"].table] for e in (explanation, ours))
    assert theirs_in_order == ours_in_order


def test_what_breaks_learning_is_found(survey):
    broken = {(b["parameter"], b["level"]) for b in ts.explain(survey, quality=False)["failures"].data["breaks"]}
    assert ("l1", 10.0) in broken
    assert ("learning_rate", 0.0002) in broken
    assert ("activation", "tanh") not in broken

"""The front door in Python: the first page of the documentation, notebooks, tasks of one's own."""

import numpy as np
import pandas as pd
import pytest

import tunescape as ts


@pytest.fixture(scope="module")
def study():
    space = ts.SearchSpace(
        {
            "learning_rate": ts.Float(1e-4, 1.0, scale="log"),
            "units": ts.Integer(4, 16, scale="log"),
            "activation": ts.Categorical(["relu", "tanh", "elu"]),
            "optimiser": ts.Categorical(["sgd", "adam"]),
            "momentum": ts.Float(0.0, 0.99),
        },
        conditions=[ts.Condition("momentum", when={"optimiser": "sgd"})],
    )
    return ts.survey("wine", space, n_trials=40, replicates=2)


def test_a_survey_explains_itself(study):
    explanation = ts.explain(study)
    assert explanation.verdict in ("explained", "partly explained", "nothing detectable")
    assert ts.importance(explanation).table[0]["parameter"] == "learning_rate"
    assert {ts.main_effect(explanation).key, ts.interaction(explanation).key} == {"main_effects", "interactions"}
    assert explanation.to_dict()["trials"]["total"] == 80


def test_momentum_is_there_only_with_sgd(study):
    assert all(("momentum" in t.configuration) == (t.configuration["optimiser"] == "sgd") for t in study.trials)


def test_studies_and_findings_are_tables_in_a_notebook(study):
    assert study._repr_html_().count("<tr") > 5
    explanation = ts.explain(study, quality=False)
    assert "<table" in explanation._repr_html_()
    assert "<table" in explanation["importance"]._repr_html_()
    assert "learning_rate" in study.space._repr_html_()


def test_the_test_part_is_measured_once_for_the_recommended_configuration(study):
    test = study.attributes["test"]
    assert test["times_measured"] == 1
    assert test["metric"] == "test_accuracy"
    assert test["networks"] == 2
    assert 0.8 < test["value"] <= 1.0
    assert test["configuration"] == ts.explain(study, quality=False)["best"].data["configuration"]


def test_a_survey_in_a_file_resumes_and_extends(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    one = ts.survey("wine", n_trials=5, replicates=1, store=url, name="w")
    again = ts.survey("wine", n_trials=5, replicates=1, store=url, name="w")
    assert again == one
    more = ts.survey("wine", n_trials=7, replicates=1, store=url, name="w")
    assert more.trials[:5] == one.trials
    with pytest.raises(ts.InputError, match="the seed is 1 instead of 0"):
        ts.survey("wine", n_trials=5, seed=1, store=url, name="w")
    assert ts.import_study(url).trials == more.trials


def test_a_data_frame_is_explained(study):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"lr": 10 ** rng.uniform(-4, 0, 80), "depth": rng.integers(1, 5, 80)})
    frame["accuracy"] = 0.5 + 0.1 * np.log10(frame["lr"]) + rng.normal(0, 0.02, 80)
    explanation = ts.explain(frame)
    assert explanation["importance"].table[0]["parameter"] == "lr"
    assert explanation["importance"].table[0]["detectable"]


def test_wrong_arguments_are_said_in_a_sentence(study, tmp_path):
    with pytest.raises(ts.InputError, match="DataFrame to a CSV file"):
        ts.survey(pd.DataFrame({"a": [1]}), target="a")
    with pytest.raises(ts.InputError, match="Did you mean 'n_trials'"):
        ts.survey("wine", trials=5)
    ts.survey("wine", n_trials=2, replicates=1, store=tmp_path / "s.db")
    with pytest.raises(ts.InputError, match="`objective` is for tables"):
        ts.explain(tmp_path / "s.db", objective="nonsense")


def test_a_space_may_be_given_as_a_dictionary():
    study = ts.survey("wine", {"learning_rate": ts.Float(1e-3, 0.1, "log")}, n_trials=3, replicates=1)
    assert list(study.space.parameters) == ["learning_rate"]


def test_an_explanation_prints_its_verdict(study):
    assert repr(ts.explain(study, quality=False)).startswith("Explanation of 'wine-")
    assert isinstance(ts.next_space(study), ts.SearchSpace)


def test_the_test_interval_is_never_narrower_than_its_rows_allow(study):
    test = study.attributes["test"]
    assert test["high"] - test["low"] > 0.02


def test_a_report_is_one_file(study, tmp_path):
    page = ts.report(study, tmp_path / "wine.html")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html")


def test_csv_survey_measures_its_test_part(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=200), "b": rng.choice(["x", "y"], 200), "c": rng.normal(size=200)})
    frame["label"] = np.where(frame["a"] + (frame["b"] == "x") > 0.5, "yes", "no")
    frame.loc[::17, "c"] = np.nan
    frame.to_csv(tmp_path / "data.csv", index=False)
    study = ts.survey(str(tmp_path / "data.csv"), target="label", n_trials=30)
    assert study.task == "data.csv"
    assert study.attributes["test"]["value"] > 0.85
    assert study.best.value > study.settings["constant_value"]

"""JSON: strict, complete, the same as the explanation says."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from example_explanation import EXAMPLES, iris, large, nothing, random_design

from tunescape.reports import strict_json, survey_document, to_json


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


@pytest.mark.parametrize("name", EXAMPLES)
def test_documents_are_strict_json(name: str) -> None:
    explanation = EXAMPLES[name]()
    document = json.loads(to_json(explanation), parse_constant=refuse)
    assert document["verdict"] == explanation.verdict
    assert [f["question"] for f in document["findings"]] == [f.question for f in explanation.findings]
    whole = json.loads(strict_json(survey_document(explanation)), parse_constant=refuse)
    assert whole["explanation"] == document


def test_what_is_not_a_number_becomes_null() -> None:
    data = {
        "a": math.nan,
        "b": [math.inf, np.float32(1.5), np.int64(3)],
        1: np.array([1.0, np.nan]),
        "t": (True,),
    }
    assert json.loads(strict_json(data)) == {"a": None, "b": [None, 1.5, 3], "1": [1.0, None], "t": [True]}


def test_survey_document_counts_every_status() -> None:
    document = survey_document(random_design())
    trials = document["trials"]
    assert trials["total"] == 600
    assert trials["diverged"] > 0
    assert trials["failed"] > 0
    assert trials["completed"] + trials["diverged"] + trials["failed"] == 600
    assert trials["infeasible"] == trials["pruned"] == 0


def test_survey_document_has_the_promised_fields() -> None:
    document = survey_document(iris())
    assert document["study"] == "iris-3f9a"
    assert document["task"] == "iris"
    assert document["networks_trained"] == 1152
    assert document["seconds_training"] == 9.4
    assert set(document["best"]) >= {"configuration", "value", "low", "high", "tied_with", "observed"}
    assert document["best"]["configuration"]["activation"] in ("sigmoid", "relu", "tanh", "elu")
    assert survey_document(iris(), task="accuracy")["task"] == "accuracy"


def test_shares_of_the_document_sum_to_one() -> None:
    document = survey_document(iris())["explanation"]
    listed = sum(row["share"] for row in document["importance"] + document["interactions"])
    assert listed + document["unexplained"] == pytest.approx(1.0)


def test_nothing_detectable_still_has_all_fields() -> None:
    document = survey_document(nothing())["explanation"]
    assert document["best"]["configuration"] is None
    assert document["interactions"] == []
    assert document["noise"] is None


@pytest.mark.level(2)
def test_a_hundred_thousand_trials_make_a_small_document() -> None:
    assert len(to_json(large())) < 100_000

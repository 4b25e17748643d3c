"""The whole explanation: its order, its verdict, its document, and studies that are hard to explain."""

import dataclasses
import json

import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of, survey_study

from tunescape.errors import InputError
from tunescape.explanation import Explanation, explain, recommended
from tunescape.explanation.all_questions import READING_ORDER
from tunescape.space import Categorical, Float, SearchSpace
from tunescape.study import Status

UNIT = SearchSpace({"x": Float(0.0, 1.0), "o": Categorical(("a", "b"))})


@pytest.fixture(scope="module")
def survey() -> Explanation:
    return explain(survey_study(curves=True), quality=False)


def diverged(study, failing):
    trials = tuple(
        dataclasses.replace(t, status=Status.DIVERGED, value=None) if failing(t) else t for t in study.trials
    )
    return dataclasses.replace(study, trials=trials)


def test_findings_come_in_reading_order(survey):
    assert tuple(f.key for f in survey.findings) == READING_ORDER
    for finding in survey.findings:
        assert finding.question.endswith("?")
        assert finding.answer.endswith(".")


def test_the_sentence_names_what_matters_and_how_much_is_luck(survey):
    assert survey.verdict in ("explained", "partly explained")
    assert survey.sentence.startswith(f"{survey.verdict.capitalize()}: ")
    assert "learning_rate (" in survey.sentence
    assert "l1 (" in survey.sentence
    assert survey.sentence.endswith(" % of the variance is luck of the seed.")
    shares = {row["parameter"]: row["share"] for row in survey["importance"].table}
    assert f"learning_rate ({100 * shares['learning_rate']:.0f} %)" in survey.sentence


def test_the_document_is_plain_json(survey):
    document = json.loads(json.dumps(survey.to_dict(), allow_nan=False))
    assert document["trials"]["total"] == document["trials"]["used"] == 360
    assert document["best"]["configuration"] == recommended(survey.study)
    assert document["failures"] == {"rate": 0.0, "drivers": []}
    for finding in survey.findings:
        json.dumps([finding.data, finding.table], allow_nan=False)


def test_what_can_be_answered_is_told_apart(survey):
    assert "importance" in survey
    assert "learning_curves" in survey
    assert "quality" not in survey
    assert survey["quality"].answer == "Not asked for."
    assert survey["quality"].data["cuts"] == [0.5, 0.8]
    assert "test" not in survey


def test_an_explanation_is_the_same_twice(survey):
    again = explain(survey_study(curves=True), quality=False)
    assert again.sentence == survey.sentence
    assert [f.data for f in again.findings] == [f.data for f in survey.findings]


def test_nothing_detectable_is_said_aloud():
    explanation = explain(random_study(60), quality=False)
    assert explanation.verdict == "nothing detectable"
    assert explanation.sentence == (
        "Nothing detectable: no hyperparameter moves score more than chance would over 60 trials."
    )


def test_a_cause_of_failure_alone_is_something():
    study = diverged(random_study(80), lambda t: t.configuration["x1"] > 0.85)
    explanation = explain(study, quality=False)
    assert explanation.verdict != "nothing detectable"
    assert "Trials fail more often than chance at x1 >= " in explanation.sentence
    assert explanation["trials"].data["diverged"] == explanation["failures"].data["drivers"][0]["failed"]


def test_each_part_is_announced():
    said: list[str] = []
    explain(random_study(20), quality=False, progress=said.append)
    assert said == ["importance", "failures", "best configuration", "quality", "correlations"]


def test_a_study_without_finished_trials_is_refused():
    waiting = tuple(dataclasses.replace(t, status=Status.WAITING, value=None) for t in random_study(3).trials)
    for trials in ((), waiting):
        with pytest.raises(InputError, match=r"'known' has no finished trial to explain .* Run it first"):
            explain(dataclasses.replace(random_study(0), trials=trials))


def test_cuts_are_checked_at_the_door():
    with pytest.raises(InputError, match="`cuts`"):
        explain(random_study(30), cuts=(0.9, 0.1))


@pytest.mark.parametrize(
    "study",
    [
        random_study(1),
        random_study(2),
        random_study(3),
        conditional_study(25),
        study_of(UNIT, [({"x": i / 30, "o": "ab"[i % 2]}, 0.5) for i in range(30)]),
        study_of(UNIT, [({"x": 0.5, "o": "a"}, 0.1 * i) for i in range(5)], replicates=list(range(5))),
        study_of(SearchSpace({}), [({}, 0.5), ({}, 0.7)], replicates=[0, 1]),
        study_of(conditional_study().space, [({"learning_rate": 0.1, "optimiser": "adam"}, 0.5)] * 3),
        diverged(random_study(20), lambda t: True),
        diverged(random_study(20), lambda t: t.number > 0),
    ],
    ids=["one", "two", "three", "conditional", "all equal", "one configuration", "nothing varies",
         "never active", "all diverged", "one completed"],
)  # fmt: skip
def test_hard_studies_are_explained_without_complaint(study):
    explanation = explain(study)
    json.dumps(explanation.to_dict(), allow_nan=False)
    assert explanation.sentence.endswith(".")
    assert explanation._repr_html_().startswith("<p>")


def test_the_story_of_2017_from_its_data_alone(shared_data):
    explanation = explain(iris_2017(shared_data), quality=False)
    shares = {row["parameter"]: row["share"] for row in explanation["importance"].table}
    assert list(shares)[:3] == ["learning_rate", "l1", "activation"]
    assert shares["learning_rate"] == pytest.approx(0.217, abs=0.06)
    assert shares["l1"] == pytest.approx(0.176, abs=0.06)
    assert shares["activation"] == pytest.approx(0.082, abs=0.06)
    assert "learning_rate x l1" in explanation.sentence
    assert explanation["trials"].data["sampling"] == "factorial"
    breaks = explanation["failures"].data["breaks"]
    assert ("l1", 10.0) in {(row["parameter"], row["level"]) for row in breaks}

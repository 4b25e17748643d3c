"""Learning curves of the best, median and worst trials, and the test part."""

import dataclasses

import numpy as np
from explanation_studies import random_study, survey_study

from tunescape.explanation.learning_curve import examples, learning_curves_finding
from tunescape.explanation.test_part import test_part_finding as part_finding
from tunescape.study import Curve, Status


def test_best_median_and_worst_of_the_longest_budget():
    study = survey_study(curves=True)
    chosen = examples(study)
    longest = [t.value for t in study.trials if t.configuration["steps"] == 2500]
    assert list(chosen) == ["best", "median", "worst"]
    assert all(t.configuration["steps"] == 2500 for t in chosen.values())
    assert chosen["best"].value == max(longest)
    assert chosen["worst"].value == min(longest)
    assert min(longest) < chosen["median"].value < max(longest)


def test_curves_are_plain_and_gaps_are_none():
    study = survey_study(curves=True)
    broken = dataclasses.replace(
        study.trials[2], status=Status.DIVERGED, value=None,
        curve=Curve(np.array([1, 2]), {"validation_loss": np.array([0.5, np.nan], np.float32)}),
    )  # fmt: skip
    finding = learning_curves_finding(study.with_trials([broken]))
    curve = next(c for c in finding.data["curves"] if c["label"] == "diverged")
    assert curve["number"] == 2
    assert curve["values"] == {"validation_loss": [0.5, None]}
    assert curve["steps"] == [1, 2]
    assert finding.data["metric"] == "validation_loss"


def test_the_best_is_the_lowest_where_the_objective_is_minimised():
    study = survey_study(curves=True)
    flipped = dataclasses.replace(study, objective=dataclasses.replace(study.objective, direction="minimize"))
    assert examples(flipped)["best"].value == min(t.value for t in study.trials)


def test_one_trial_is_only_the_best():
    study = survey_study(curves=True)
    assert list(examples(dataclasses.replace(study, trials=study.trials[:1]))) == ["best"]


def test_without_curves_the_question_is_open():
    finding = learning_curves_finding(random_study(5))
    assert not finding.applicable
    assert finding.data["curves"] == []


def test_the_test_part_is_reported_as_measured():
    study = random_study(5)
    test = {"metric": "test_accuracy", "value": 0.96, "low": 0.93, "high": 0.98, "networks": 30}
    finding = part_finding(dataclasses.replace(study, attributes={"test": test}))
    assert finding.applicable
    assert finding.answer.startswith("test_accuracy 0.96 (90 % interval 0.93 to 0.98) over 30 networks")
    assert finding.data["replicates_values"] is None


def test_without_a_test_part_that_is_said():
    finding = part_finding(random_study(5))
    assert not finding.applicable
    assert set(finding.data) == {"metric", "value", "low", "high", "networks", "replicates_values"}

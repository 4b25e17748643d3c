"""Counting trials: everything is used, failed, or left out with a reason."""

import dataclasses

import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of, survey_study

from tunescape.explanation.trials import sampling, trials_finding
from tunescape.space import Float, SearchSpace
from tunescape.study import Status

SPACE = SearchSpace({"x": Float(0.0, 1.0)})


def found(study):
    return trials_finding(study.table, study.settings)


def test_every_trial_is_accounted_for():
    status = [
        Status.COMPLETED, Status.COMPLETED, Status.DIVERGED, Status.FAILED, Status.INFEASIBLE,
        Status.PRUNED, Status.WAITING, Status.WAITING, Status.RUNNING,
    ]  # fmt: skip
    values = [1.0, float("nan"), None, None, None, 0.5, None, None, None]
    study = study_of(
        SPACE, [({"x": i / 10}, v) for i, v in enumerate(values)], status=status,
        settings={"left_out": [{"reason": "no value in column acc", "count": 4}]},
    )  # fmt: skip
    data = found(study).data
    reasons = {entry["reason"]: entry["count"] for entry in data["left_out"]}
    assert reasons == {
        "no value in column acc": 4, "not started yet": 2, "still running": 1,
        "stopped early by a scheduler": 1, "completed without a finite value": 1,
    }  # fmt: skip
    assert (data["total"], data["used"], data["diverged"], data["failed"]) == (13, 1, 1, 2)
    assert data["total"] == data["used"] + data["diverged"] + data["failed"] + sum(reasons.values())
    assert data["waiting"] == 2
    assert data["infeasible"] == 1


def test_trials_read_off_one_run_are_counted_apart():
    finding = found(survey_study())
    assert finding.data["configurations"] == 5 * 4 * 3 * 2
    assert finding.data["replicates"] == 3
    assert finding.data["trainings"] == 120
    assert finding.caveats[0] == (
        "360 trials were read off 120 training runs: rows that differ in steps only share a run."
    )
    assert "The test part is small." in finding.caveats
    assert finding.answer == (
        "360 trials of 120 configurations (factorial design), 3 replicates each: 360 could be used."
    )


@pytest.mark.parametrize(
    ("sampler", "said"),
    [("factorial", "factorial"), ("random", "random"), ("sobol", "quasi-random"), ("gp", "adaptive")],
)
def test_sampling_is_what_the_settings_say(sampler, said):
    study = dataclasses.replace(random_study(5), settings={"sampler": sampler})
    assert found(study).data["sampling"] == said


def test_sampling_is_guessed_for_a_full_grid_only(shared_data):
    assert sampling(iris_2017(shared_data).table, {}) == "factorial"
    assert sampling(random_study(20).table, {}) == "unknown"
    assert sampling(random_study(20, n_parameters=1).table, {}) == "unknown"
    assert sampling(conditional_study().table, {}) == "unknown"


def test_a_grid_with_a_hole_is_no_full_grid(shared_data):
    study = iris_2017(shared_data)
    assert sampling(dataclasses.replace(study, trials=study.trials[1:]).table, {}) == "unknown"


def test_adaptive_sampling_is_a_caveat():
    study = dataclasses.replace(random_study(5), settings={"sampler": "tpe"})
    assert any("adaptively" in caveat for caveat in found(study).caveats)


def test_trials_without_a_run_of_their_own_are_runs():
    study = random_study(7)
    loose = tuple(dataclasses.replace(t, trajectory=-1) for t in study.trials)
    assert found(dataclasses.replace(study, trials=loose)).data["trainings"] == 7

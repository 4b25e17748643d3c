"""What makes trials fail: planted causes are found, chance is not, and broken levels are named."""

import dataclasses

import numpy as np
import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of, survey_study

from tunescape.explanation import failure
from tunescape.explanation.failure import breaks, drivers, failure_finding
from tunescape.explanation.intervals import wilson
from tunescape.explanation.rules import round_between, rules_on, worded
from tunescape.numerics.threads import one_thread
from tunescape.space import Categorical, Float, SearchSpace
from tunescape.study import Status


def with_failures(study, failing):
    """The study with the trials diverged for which `failing(configuration)` holds."""
    trials = tuple(
        dataclasses.replace(t, status=Status.DIVERGED, value=None) if failing(t.configuration) else t
        for t in study.trials
    )
    return dataclasses.replace(study, trials=trials)


def found(study, seed=0):
    return failure_finding(study.table, study.settings, np.random.default_rng(seed))


def test_a_planted_threshold_is_found_and_named():
    study = with_failures(random_study(100, n_parameters=6), lambda c: c["x2"] > 0.8)
    rows = found(study).data["drivers"]
    n = sum(t.configuration["x2"] > 0.8 for t in study.trials)
    assert [row["parameter"] for row in rows] == ["x2"]
    assert rows[0]["rule"] == "x2 >= 0.8"
    assert (rows[0]["failed"], rows[0]["of"]) == (n, n)
    assert rows[0]["p_value"] == pytest.approx(0.001)


def test_a_planted_choice_is_found():
    study = with_failures(conditional_study(60), lambda c: c["optimiser"] == "sgd")
    rows = found(study).data["drivers"]
    assert rows[0]["rule"] == "optimiser = sgd"
    assert (rows[0]["failed"], rows[0]["of"]) == (30, 30)


def test_an_interaction_shows_both_causes():
    study = with_failures(random_study(300, seed=3), lambda c: c["x0"] > 0.6 and c["x1"] > 0.6)
    assert {row["parameter"] for row in found(study).data["drivers"]} == {"x0", "x1"}


def test_chance_failures_have_no_driver():
    """200 studies in which one trial in six diverges by chance: a false driver in 5 % at most.

    13 or more of 200 has probability 0.13 at a rate of 0.05; 18 or more 0.006. The seed is fixed.
    """
    false = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        study = random_study(60, seed=seed, n_parameters=5)
        unlucky = set(rng.choice(60, 10, replace=False).tolist())
        trials = tuple(
            dataclasses.replace(t, status=Status.DIVERGED, value=None) if t.number in unlucky else t
            for t in study.trials
        )
        table = dataclasses.replace(study, trials=trials).table
        with one_thread():
            false += bool(drivers(table, {}, rng))
    assert false <= 17


def test_the_p_values_are_fishers():
    from scipy.stats import hypergeom

    tails = failure._log_tails(30, 7, np.array([1, 5, 12, 30]))
    for row, size in zip(tails, (1, 5, 12, 30)):
        expected = hypergeom.sf(np.arange(8) - 1, 30, 7, size)
        np.testing.assert_allclose(np.exp(row), expected, atol=1e-12)


def test_levels_that_share_a_run_are_no_cause():
    study = with_failures(survey_study(), lambda c: c["steps"] == 2500)
    finding = found(study)
    assert finding.data["drivers"] == []
    assert any("steps was not tested" in caveat for caveat in finding.caveats)


def test_replicates_do_not_count_as_evidence():
    """Three configurations of 30 fail in all their 20 replicates: a rule on them is chance."""
    base = random_study(30, seed=1, n_parameters=3)
    rows = [(t.configuration, 0.5) for t in base.trials for _ in range(20)]
    study = study_of(base.space, rows, replicates=list(range(20)) * 30)
    bad = [base.trials[i].configuration for i in (4, 11, 23)]
    assert drivers(with_failures(study, lambda c: c in bad).table, {}, np.random.default_rng(0)) == []


def test_all_or_none_failing_has_no_driver():
    study = random_study(20)
    assert found(study).data["drivers"] == []
    everything = found(with_failures(study, lambda c: True))
    assert everything.data["drivers"] == []
    assert everything.data["rate"] == 1.0
    assert "20 diverged of 20 trials (100 %)" in everything.answer


def test_waiting_trials_do_not_count():
    study = random_study(10)
    trials = (
        *(dataclasses.replace(t, status=Status.WAITING, value=None) for t in study.trials[:6]),
        dataclasses.replace(study.trials[6], status=Status.FAILED, value=None),
        *study.trials[7:],
    )
    assert found(dataclasses.replace(study, trials=trials)).data["rate"] == pytest.approx(0.25)


def test_rules_stand_at_levels_or_at_round_numbers():
    table = survey_study().table
    texts = [worded(table, rule) for rule in rules_on(table, "learning_rate")]
    assert "learning_rate >= 0.1" in texts
    assert "learning_rate <= 0.0001" in texts
    table = random_study(50).table
    values = np.array([c["x0"] for c in table.configurations])
    assert len(rules_on(table, "x0")) == 98
    for rule in rules_on(table, "x0"):
        _, sign, edge = worded(table, rule).split()
        inside = values >= float(edge) if sign == ">=" else values <= float(edge)
        np.testing.assert_array_equal(inside, rule.rows)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.28, 0.31, 0.3),
        (0.0999, 0.1003, 0.1),
        (123.0, 131.0, 130.0),
        (-0.5, 0.2, 0.2),
        (-3.2, -2.9, -3.0),
        (-1.0, 0.0, 0.0),
    ],
)
def test_round_between_has_the_fewest_digits(low, high, said):
    assert round_between(low, high) == pytest.approx(said)


def test_a_broken_level_is_named():
    study = survey_study()
    finding = found(study)
    row = next(row for row in finding.data["breaks"] if row["parameter"] == "l1")
    assert row["level"] == 10.0
    assert row["share"] == 1.0
    assert row["at_or_below_constant"] == row["of"] == 90
    assert "no better than predicting one class" in finding.answer
    assert "l1 = 10 (100 % of trials" in finding.answer


def test_without_a_constant_prediction_nothing_is_said_to_break():
    study = survey_study()
    settings = {k: v for k, v in study.settings.items() if k != "constant_value"}
    assert breaks(study.table, settings) == []


def test_breaking_heeds_the_direction():
    space = SearchSpace({"width": Categorical((2, 16))})
    rows = [({"width": w}, 1.0 if w == 2 else 0.2) for w in (2, 16) for _ in range(20)]
    for sign, direction in ((1, "minimize"), (-1, "maximize")):
        signed = [(c, sign * v) for c, v in rows]
        settings = {"constant_value": sign * 1.0}
        study = study_of(space, signed, direction=direction, objective="mse", settings=settings)
        assert [row["level"] for row in breaks(study.table, study.settings)] == [2]


def test_breaks_of_2017(shared_data):
    study = iris_2017(shared_data)
    rows = {(row["parameter"], row["level"]): row for row in breaks(study.table, study.settings)}
    assert rows["l1", 10.0]["at_or_below_constant"] == 234
    assert rows["l1", 10.0]["share"] == pytest.approx(0.8125)
    assert ("activation", "sigmoid") in rows
    assert not any(parameter == "dropout" for parameter, _ in rows)


def test_bins_of_a_continuous_hyperparameter_can_break():
    space = SearchSpace({"rate": Float(1e-4, 1.0, "log")})
    rng = np.random.default_rng(0)
    rows = [({"rate": float(r)}, 0.3 if r < 1e-3 else 0.9) for r in 10 ** rng.uniform(-4, 0, 200)]
    named = [row["level"] for row in breaks(study_of(space, rows).table, {"constant_value": 0.3})]
    assert len(named) == 1
    assert " to " in named[0]


def test_wilson_interval_is_that_of_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    for k, n in ((0, 10), (3, 10), (10, 10), (50, 200)):
        assert wilson(k, n, 0.9) == pytest.approx(proportion_confint(k, n, 0.1, "wilson"), abs=1e-12)
    assert wilson(0, 0) == (0.0, 1.0)


def test_why_trials_could_not_be_evaluated_is_said_and_counted():
    sentences = ["no rmsprop here"] * 3 + ["no dropout"] * 2 + ["c", "d", "e"]
    said = failure_finding(random_study(20).table, {}, np.random.default_rng(0), sentences)
    assert said.caveats[0] == "Could not be evaluated (3 trials): no rmsprop here"
    assert said.caveats[3].startswith("2 other reasons")


def test_levels_that_are_all_stuck_are_not_called_sound():
    """Where most levels learn nothing, none does so more than the others; that is not 'nothing breaks'."""
    space = SearchSpace({"x": Categorical(("a", "b", "c", "d"))})
    rows = [({"x": x}, 0.111 if x != "d" else 0.001) for x in "abcd" for _ in range(10)]
    study = study_of(space, rows, direction="minimize", objective="validation_mse",
                     settings={"constant_value": 0.111})  # fmt: skip
    finding = found(study)
    assert finding.data["stuck"] == 30
    assert "30 trials of 40 end no better than a constant prediction" in finding.answer

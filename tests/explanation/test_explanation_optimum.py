"""The best configuration, what it is worth without luck, and which others tie with it."""

import dataclasses
import json
import math

import numpy as np
import pytest
from explanation_studies import iris_2017, random_study, study_of, survey_study

from tunescape.explanation.clusters import by_configuration
from tunescape.explanation.intervals import best_of_many, largest_of_many, student_quantile
from tunescape.explanation.optimum import best_finding, recommended
from tunescape.explanation.winner import best_configuration, cross_fitted, noise_near_best, tied_with_best
from tunescape.space import Float, Ordinal, SearchSpace
from tunescape.study import Objective


def replicated(means, replicates, seed, sd=1.0, objective="score", direction="maximize"):
    """A study of configurations x = 0, 1, ... with the given true means and normal noise."""
    rng = np.random.default_rng(seed)
    space = SearchSpace({"x": Ordinal(tuple(range(len(means))))})
    sd = np.broadcast_to(sd, len(means))
    rows = [
        ({"x": i}, float(m + sd[i] * rng.standard_normal()))
        for i, m in enumerate(means)
        for _ in range(replicates)
    ]
    order = [r for _ in means for r in range(replicates)]
    return study_of(space, rows, objective=objective, direction=direction, replicates=order)


@pytest.mark.parametrize(
    ("k", "df", "table_value"),
    [(2, 20, 1.72), (4, 20, 2.19), (10, 10, 2.81), (6, math.inf, 2.23), (3, 5, 2.44)],
)
def test_the_critical_values_are_dunnetts(k, df, table_value):
    """Dunnett (1955), JASA 50, 1096, table 1a: one-sided, level 0.95, k - 1 comparisons."""
    assert best_of_many(k, df, 0.95) == pytest.approx(table_value, abs=0.011)


def test_the_largest_of_one_is_students():
    assert largest_of_many(1, 12, 0.95) == pytest.approx(student_quantile(0.95, 12), abs=0.005)
    assert largest_of_many(1, math.inf, 0.95) == pytest.approx(1.6449, abs=1e-3)
    assert best_of_many(1, 10) == 0.0


SHAPES = {
    "all equal": np.zeros(40),
    "one stands out": np.r_[3.0, np.zeros(39)],
    "a slope": np.linspace(0, 4, 40),
    "two camps": np.r_[np.zeros(20), np.full(20, -8.0) - np.arange(20)],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noisy_when_bad", [False, True])
def test_the_truly_best_is_tied_and_its_value_inside_the_interval(shape, noisy_when_bad):
    """100 studies of 40 configurations, 3 replicates: at least 90 % promised, 83 and more accepted.

    83 or fewer of 100 have probability 0.02 at a rate of 0.9; the seeds are fixed.
    """
    means = SHAPES[shape]
    sd = np.where(means < np.median(means), 2.0, 1.0) if noisy_when_bad else 1.0
    truly_best, tied, inside = int(np.argmax(means)), 0, 0
    for seed in range(100):
        table = replicated(means, 3, seed, sd).table
        cells = by_configuration(table)
        best = best_configuration(table, cells)
        others = tied_with_best(table, cells, best, noise_near_best(table, cells))
        tied += best == truly_best or truly_best in others or means[best] == means.max()
        data = best_finding(table, {}).data
        inside += data["low"] <= means[data["configuration"]["x"]] <= data["high"]
    assert tied >= 90
    assert inside >= 84


def test_few_tie_where_the_noise_is_small():
    means = np.linspace(0, 20, 40)
    counts = [best_finding(replicated(means, 5, seed).table, {}).data["tied_with"] for seed in range(20)]
    assert np.mean(counts) < 6


def test_the_value_is_free_of_luck():
    """40 equal configurations: the winner's own mean is too high by two standard errors."""
    found = [best_finding(replicated(np.zeros(40), 3, seed).table, {}).data for seed in range(100)]
    own, value = np.mean([d["mean"] for d in found]), np.mean([d["value"] for d in found])
    assert own > 1.1
    assert abs(value) < 0.35


def test_cross_fitting_reads_the_left_out_replicate():
    values = [[1.0, 0.0, 5.0], [2.0, 2.0, 2.0]]
    space = SearchSpace({"x": Ordinal((0, 1))})
    rows = [({"x": i}, v) for i, r in enumerate(values) for v in r]
    table = study_of(space, rows, replicates=[0, 1, 2] * 2).table
    # left out 0: 2.5 v 2 -> reads 1.0; left out 1: 3 v 2 -> reads 0.0; left out 2: 0.5 v 2 -> reads 2.0
    assert cross_fitted(table, by_configuration(table)) == pytest.approx(1.0)


def test_minimising_mirrors_maximising():
    means = np.linspace(0, 3, 12)
    up = replicated(means, 3, 0)
    down = dataclasses.replace(
        up, objective=Objective("loss", "minimize"),
        trials=tuple(dataclasses.replace(t, value=-t.value) for t in up.trials),
    )  # fmt: skip
    a, b = best_finding(up.table, {}).data, best_finding(down.table, {}).data
    assert a["configuration"] == b["configuration"]
    assert a["tied_with"] == b["tied_with"]
    assert (a["value"], a["low"], a["high"]) == pytest.approx((-b["value"], -b["high"], -b["low"]))


def test_one_lucky_run_does_not_beat_a_proven_configuration():
    space = SearchSpace({"x": Ordinal((0, 1, 2, 3))})
    rng = np.random.default_rng(0)
    proven = [({"x": i}, 10.0 * (i == 1) + rng.standard_normal()) for i in (1, 2, 3) for _ in range(9)]
    rows = [({"x": 0}, 10.3), *proven]
    study = study_of(space, rows, objective="score", replicates=[0] + list(range(9)) * 3)
    # the mean of nine runs of x = 1 is 9.9; one run of x = 0 came out at 10.3
    assert recommended(study) == {"x": 1}


def test_equal_means_are_told_apart_by_the_loss_then_by_neighbours():
    space = SearchSpace({"x": Float(0.0, 1.0)})
    values = [0.5, 0.9, 0.5, 0.88, 0.9, 0.88]
    study = study_of(space, [({"x": i / 5}, v) for i, v in enumerate(values)])
    assert recommended(study) == {"x": 0.8}
    losses = [1.0, 0.2, 1.0, 1.0, 0.3, 1.0]
    trials = tuple(
        dataclasses.replace(t, metrics={"validation_loss": loss}) for t, loss in zip(study.trials, losses)
    )
    assert recommended(dataclasses.replace(study, trials=trials)) == {"x": 0.2}


def test_the_survey_recommends_the_planted_optimum():
    study = survey_study()
    finding = best_finding(study.table, study.settings)
    assert recommended(study) == finding.data["configuration"]
    assert finding.data["configuration"]["learning_rate"] == 0.01
    assert finding.data["configuration"]["l1"] != 10.0
    assert finding.data["tied_with"] == len(
        {tuple(row["configuration"].items()) for row in finding.data["tied"]}
    ) or finding.data["tied_with"] > 20
    assert all(row["configuration"] != finding.data["configuration"] for row in finding.data["tied"])
    assert 0.9 <= finding.data["low"] <= finding.data["value"] <= finding.data["high"] <= 1.0
    json.dumps(finding.data)


def test_the_rows_of_the_validation_part_bound_what_can_be_told_apart():
    space = SearchSpace({"x": Ordinal((0, 1, 2))})
    rows = [({"x": i}, v) for i, v in enumerate((1.0, 0.97, 0.8)) for _ in range(3)]
    study = study_of(space, rows, replicates=[0, 1, 2] * 3)
    # standard error of 32 of 34: 0.040
    data = best_finding(study.table, {"n_validation": 30}).data
    assert data["tied_with"] == 1
    assert data["resolution"] == pytest.approx(0.0404, abs=1e-3)
    assert best_finding(study.table, {"n_validation": 3000}).data["tied_with"] == 0


def test_without_replicates_neighbours_bound_the_noise():
    """60 studies of 80 random configurations on a hill: the best is tied, the interval holds, mostly."""
    tied, inside, sds = 0, 0, []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        points = rng.random((80, 2))
        truth = -10 * ((points - 0.5) ** 2).sum(axis=1)
        space = SearchSpace({"x0": Float(0.0, 1.0), "x1": Float(0.0, 1.0)})
        rows = [
            ({"x0": float(p[0]), "x1": float(p[1])}, float(t + rng.standard_normal()))
            for p, t in zip(points, truth)
        ]
        finding = best_finding(study_of(space, rows, objective="score").table, {})
        value = {tuple(map(float, p)): t for p, t in zip(points, truth)}
        names = [finding.data["configuration"], *(row["configuration"] for row in finding.data["tied"])]
        best = tuple(map(float, points[int(np.argmax(truth))]))
        tied += finding.data["tied_with"] > 20 or best in [(c["x0"], c["x1"]) for c in names]
        inside += finding.data["low"] <= value[names[0]["x0"], names[0]["x1"]] <= finding.data["high"]
        sds.append(finding.data["sd"])
    assert tied >= 54
    assert inside >= 54
    assert 0.9 < np.median(sds) < 1.8
    assert any("No configuration was run twice" in caveat for caveat in finding.caveats)


def test_a_known_bound_on_the_noise_is_used_without_replicates():
    table = random_study(60, signal=5.0).table
    assert best_finding(table, {}, bound=0.01).data["sd"] == pytest.approx(0.01)
    replicated_table = replicated(np.zeros(10), 3, 0).table
    assert best_finding(replicated_table, {}, bound=0.01).data["sd"] > 0.5


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_trials_and_equal_values(n):
    space = SearchSpace({"x": Float(0.0, 1.0)})
    study = study_of(space, [({"x": i / 5}, 0.5) for i in range(n)])
    data = best_finding(study.table, {"n_validation": 30}).data
    assert data["value"] == 0.5
    assert data["tied_with"] == n - 1
    json.dumps(data)


def test_one_configuration_with_replicates_has_its_students_interval():
    study = replicated([1.0], 4, 0)
    data = best_finding(study.table, {}).data
    values = np.array([t.value for t in study.trials])
    half = student_quantile(0.95, 3) * values.std(ddof=1) / 2
    assert data["high"] == pytest.approx(values.mean() + half)
    assert data["tied_with"] == 0


def test_a_few_huge_losses_do_not_blur_the_best():
    """Configurations 0.10, 0.11, ... with noise 0.001, and ten that exploded without diverging."""
    means = np.r_[0.1 + 0.01 * np.arange(30), np.full(10, 1e9)]
    study = replicated(means, 3, 0, sd=0.001, objective="validation_mse", direction="minimize")
    data = best_finding(study.table, {}).data
    assert data["configuration"] == {"x": 0}
    assert data["tied_with"] == 0
    assert data["high"] - data["low"] < 0.005


def test_accuracies_in_steps_are_allowed_their_rounding():
    """Equal replicates on a grid of 1/30 do not mean that there is no noise."""
    space = SearchSpace({"x": Ordinal(tuple(range(12)))})
    rows = [({"x": i}, (24 + i // 3) / 30) for i in range(12) for _ in range(3)]
    table = study_of(space, rows, replicates=[0, 1, 2] * 12).table
    assert best_finding(table, {}).data["sd"] == pytest.approx(1 / 30 / math.sqrt(12))


def test_nothing_completed():
    finding = best_finding(random_study(0).table, {})
    assert not finding.applicable
    assert finding.data["tied_with"] == 0
    assert recommended(random_study(0)) is None


def test_the_best_of_2017(shared_data):
    data = best_finding(iris_2017(shared_data).table, {"n_validation": 30}).data
    assert data["observed"]["value"] == 1.0
    assert data["mean"] == 1.0
    assert 0.88 < data["value"] < 0.97
    assert data["tied_with"] > 100

"""Designs that are no full grid: random, mixed, conditional, replicated or taken from elsewhere."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from explanation_studies import conditional_study
from variance_studies import effect, grid_table, mixed_space, nothing, random_table, table_of

from tunescape.explanation.variance import findings, variance_findings
from tunescape.space import Categorical, Float, SearchSpace


def curved(unit):
    """p0 rises, p1 has its best in the middle, p0 and p3 act together, p5 = c is worse."""
    return (
        3 * unit[:, 0] - 8 * (unit[:, 1] - 0.5) ** 2 + 8 * (unit[:, 0] - 0.5) * (unit[:, 3] - 0.5)
        - 1.5 * (unit[:, 5] > 0.7)
    )  # fmt: skip


@pytest.fixture(scope="module")
def curved_analysis():
    return variance_findings(random_table(np.random.default_rng(0), 250, curved, replicates=2), {})


def test_all_kinds_of_effects_are_found_and_named(curved_analysis):
    found = {e.parameters for e in curved_analysis.mains + curved_analysis.pairs if e.detectable}
    assert found == {("p0",), ("p1",), ("p3",), ("p5",), ("p0", "p3")} - (
        set() if effect(curved_analysis, "p3").detectable else {("p3",)}
    )


def test_shares_are_those_of_the_truth(curved_analysis):
    unit = np.random.default_rng(1).random((200_000, 6))
    unit[:, 5] = np.floor(unit[:, 5] * 3) / 3 + 1 / 6
    parts = {
        ("p0",): (3 * unit[:, 0]).var(),
        ("p1",): (8 * (unit[:, 1] - 0.5) ** 2).var(),
        ("p0", "p3"): (8 * (unit[:, 0] - 0.5) * (unit[:, 3] - 0.5)).var(),
        ("p5",): (1.5 * (unit[:, 5] > 0.7)).var(),
    }
    variance = sum(parts.values()) + 1.0
    for names, part in parts.items():
        assert effect(curved_analysis, *names).share == pytest.approx(part / variance, abs=0.06)
    assert curved_analysis.noise == pytest.approx(1 / variance, abs=0.06)
    assert curved_analysis.low < 1 - 1 / variance
    assert curved_analysis.high > 0.9 * (1 - 1 / variance)


def test_curves_are_in_the_hyperparameters_own_units(curved_analysis):
    curves = {e.parameter: e for e in curved_analysis.main_effects}
    x = np.array(curves["p0"].x)
    assert curves["p0"].scale == "log"
    assert (np.diff(np.log10(x)) > 0).all()
    assert 1e-4 <= x[0] < 2e-4
    middle = curves["p1"].x[int(np.argmax(curves["p1"].mean))]
    assert middle == pytest.approx(0.5, abs=0.12)
    assert curves["p5"].x == ("a", "b", "c")
    assert np.argmin(curves["p5"].mean) == 2
    assert sum(curves["p1"].n) == 500
    assert all(low <= mean <= high for e in curves.values() for low, mean, high in zip(e.low, e.mean, e.high))


def test_pair_means_are_means_of_bins(curved_analysis):
    pair = curved_analysis.pair_means[0]
    assert set(pair.parameters) == {"p0", "p3"}
    assert np.array(pair.n).sum() == 500
    assert np.array(pair.z, dtype=float).shape == (6, 6)


def test_pure_interaction_is_found_first():
    table = random_table(
        np.random.default_rng(3), 300, lambda u: np.sign((u[:, 0] - 0.5) * (u[:, 1] - 0.5)) + 0.05 * u[:, 2],
        noise=lambda rng, u: np.zeros(len(u)),
    )  # fmt: skip
    analysis = variance_findings(table, {})
    assert analysis.pairs[0].parameters == ("p0", "p1")
    assert analysis.pairs[0].detectable
    assert analysis.pairs[0].share > 0.4
    assert effect(analysis, "p2").share < 0.05


def test_log_scale_is_respected():
    space = SearchSpace({"lr": Float(1e-5, 1e-1, "log"), "wd": Float(1e-6, 1e-2, "log")})
    table = random_table(
        np.random.default_rng(4), 300, lambda u: 4 * u[:, 0] + 0.3 * u[:, 1], space=space,
        noise=lambda rng, u: 0.1 * rng.standard_normal(len(u)),
    )  # fmt: skip
    analysis = variance_findings(table, {})
    assert effect(analysis, "lr").share == pytest.approx(0.986, abs=0.02)
    assert effect(analysis, "wd").share == pytest.approx(0.006, abs=0.01)


def test_same_numbers_every_time_and_on_any_number_of_threads():
    from threadpoolctl import threadpool_limits

    table = random_table(np.random.default_rng(5), 120, curved)
    with threadpool_limits(limits=1):
        first = variance_findings(table, {})
    with threadpool_limits(limits=2):
        second = variance_findings(table, {})
    assert first == second


def test_inactive_hyperparameters_count_where_they_are_active():
    analysis = variance_findings(conditional_study(120).table, {})
    assert {e.parameters[0] for e in analysis.mains} == {"learning_rate", "optimiser", "momentum"}
    assert sum(next(e for e in analysis.main_effects if e.parameter == "momentum").n) == 60


def test_effect_of_a_conditional_hyperparameter():
    study = conditional_study(120)
    values = np.array([4 * t.configuration.get("momentum", 0.5) for t in study.trials])
    luck = 0.3 * np.random.default_rng(6).standard_normal(120)
    table = table_of(study.space, [(t.configuration, v) for t, v in zip(study.trials, values + luck)])
    analysis = variance_findings(table, {})
    assert effect(analysis, "momentum").detectable
    assert not effect(analysis, "optimiser").detectable
    assert effect(analysis, "momentum").share == pytest.approx(values.var() / (values.var() + 0.09), abs=0.08)


def test_blanks_without_a_condition_are_not_dropped():
    rng = np.random.default_rng(7)
    space = SearchSpace({"x": Float(0, 1), "y": Float(0, 1)})
    rows = [({"x": float(rng.random())} | ({"y": float(rng.random())} if i % 2 else {}), None) for i in range(80)]
    rows = [(c, 2.0 * ("y" in c) + 0.3 * rng.standard_normal()) for c, _ in rows]
    analysis = variance_findings(table_of(space, rows), {})
    assert analysis.n_rows == 80
    assert effect(analysis, "y").share > 0.8


def test_confounded_hyperparameters_are_said():
    rng = np.random.default_rng(8)
    x, other = rng.random(60), rng.random(60)
    space = SearchSpace({"x": Float(0, 1), "copy": Float(0, 1), "other": Float(0, 1)})
    rows = [({"x": a, "copy": a, "other": b}, 3 * a + 0.1 * rng.standard_normal()) for a, b in zip(x, other)]
    analysis = variance_findings(table_of(space, rows), {})
    assert any("copy cannot be told apart" in caveat for caveat in analysis.caveats)
    assert not effect(analysis, "copy").detectable
    assert not effect(analysis, "other").detectable


def test_more_hyperparameters_than_trials_can_bear():
    space = SearchSpace({f"x{i}": Float(0, 1) for i in range(20)})
    table = random_table(np.random.default_rng(9), 30, lambda u: 6 * u[:, 3], space=space)
    analysis = variance_findings(table, {})
    assert analysis.mains[0].parameters == ("x3",)
    assert any("judged alone" in caveat for caveat in analysis.caveats)


def test_rare_choices_do_not_break():
    space = SearchSpace({"x": Float(0, 1), "c": Categorical(tuple("abcdef"))})
    rng = np.random.default_rng(10)
    choices = ["a"] * 20 + ["b"] * 15 + ["c", "d", "e", "f"]
    rows = [({"x": float(rng.random()), "c": c}, float(rng.standard_normal())) for c in choices]
    analysis = variance_findings(table_of(space, rows), {})
    assert any("fewer than 4" in caveat for caveat in analysis.caveats)


def test_runs_of_one_training_are_one_block():
    rng = np.random.default_rng(11)
    space = SearchSpace({"x": Float(0, 1), "z": Float(0, 1), "steps": Float(0, 3)})
    rows, units = [], []
    for unit in range(40):
        x, z, luck = rng.random(), rng.random(), rng.standard_normal()
        for steps in (0.5, 1.5, 2.5):
            rows.append(({"x": x, "z": z, "steps": steps}, luck + 0.2 * steps + 0.02 * rng.standard_normal()))
            units.append(unit)
    analysis = variance_findings(table_of(space, rows, trajectories=units), {"shared_budget": "steps"})
    assert any("one block" in caveat for caveat in analysis.caveats)
    assert effect(analysis, "steps").detectable
    assert not effect(analysis, "x").detectable
    assert not effect(analysis, "z").detectable


@pytest.mark.parametrize("factorial", [False, True])
def test_losses_over_many_decades_are_judged_by_their_logarithm(factorial):
    rng = np.random.default_rng(12)
    if factorial:
        runs = np.exp(3 * np.arange(4).reshape(4, 1, 1) + 0.3 * rng.standard_normal((4, 3, 2)))
        import dataclasses

        table = grid_table(runs)
        table = dataclasses.replace(table, objective=dataclasses.replace(table.objective, direction="minimize"))
        name = "a"
    else:
        table = random_table(rng, 150, lambda u: 10 * u[:, 0], direction="minimize")
        import dataclasses

        table, name = dataclasses.replace(table, values=np.exp(table.values)), "p0"
    analysis = variance_findings(table, {})
    assert analysis.transform == "log10"
    assert effect(analysis, name).share > 0.7
    curve = next(e for e in analysis.main_effects if e.parameter == name)
    assert min(curve.low) > 0
    assert findings(analysis)[0].data["transform"] == "log10"
    assert any("logarithm" in caveat for caveat in analysis.caveats)


def test_findings_are_plain_data(curved_analysis):
    for finding in findings(curved_analysis):
        json.dumps([finding.table, finding.data], allow_nan=False)
        assert finding.answer.endswith(".")


def test_a_thousand_rows_take_less_than_two_seconds():
    table = random_table(np.random.default_rng(13), 1000, curved, space=mixed_space(10))
    variance_findings(random_table(np.random.default_rng(13), 60, nothing), {})  # imports
    start = time.process_time()
    variance_findings(table, {})
    assert time.process_time() - start < 2.0

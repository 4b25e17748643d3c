"""A balanced factorial is analysed exactly, replicated or not, with steps read off one run or not."""

from __future__ import annotations

import naive_anova as naive
import numpy as np
import pytest
from explanation_studies import iris_2017, survey_study
from variance_studies import effect, grid_table, unit_noise

from tunescape.explanation.factorial import factorial_layout
from tunescape.explanation.variance import findings, variance_findings
from tunescape.numerics import effects, sums_of_squares


def grid_runs(r, shared=False, seed=0, noise=0.5):
    """Values over a 4 x 3 x 3 grid: a matters, b a little, a and b together, c not."""
    a, b = np.linspace(-1, 1, 4).reshape(4, 1, 1), np.linspace(-1, 1, 3).reshape(1, 3, 1)
    truth = np.broadcast_to(a + 0.3 * b + 0.8 * a * b, (4, 3, 3))
    luck = unit_noise(np.random.default_rng(seed), (4, 3, 3), r, shared, False)
    return truth[..., None] + noise * luck


def test_shares_are_the_twins_variance_components():
    runs = grid_runs(3) + np.random.default_rng(1).standard_normal((4, 3, 3, 1)) / 2
    analysis = variance_findings(grid_table(runs), {})
    squares, freedom, noise, _ = naive.classical(runs)
    parts = {s: (squares[s] - freedom[s] * noise) / runs.size for s in squares}
    variance = sum(parts.values()) + noise
    assert analysis.method == "factorial"
    assert effect(analysis, "a").share == pytest.approx(parts[(0,)] / variance, rel=1e-9)
    assert effect(analysis, "a", "b").share == pytest.approx(parts[(0, 1)] / variance, rel=1e-9)
    assert analysis.sd == pytest.approx(np.sqrt(noise), rel=1e-9)
    assert analysis.noise == pytest.approx(noise / variance, abs=0.02)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("r", [2, 3])
def test_real_effects_are_found_and_the_rest_is_not(r, shared):
    analysis = variance_findings(grid_table(grid_runs(r, shared, noise=0.25), shared=shared), {})
    found = {e.parameters for e in analysis.mains + analysis.pairs if e.detectable}
    assert {("a",), ("a", "b")} <= found
    assert found <= {("a",), ("b",), ("a", "b")}


def test_order_of_rows_does_not_matter():
    runs = grid_runs(2, shared=True)
    first, second = (variance_findings(grid_table(runs, shared=True, shuffle=s), {}) for s in (1, 2))
    assert [(e.parameters, e.p_value) for e in first.mains] == [(e.parameters, e.p_value) for e in second.mains]


def test_means_by_level_and_by_cell_are_plain_means():
    runs = grid_runs(2)
    analysis = variance_findings(grid_table(runs), {})
    by_name = {e.parameter: e for e in analysis.main_effects}
    assert by_name["a"].x == (0, 1, 2, 3)
    assert by_name["a"].mean == pytest.approx(runs.mean(axis=(1, 2, 3)))
    assert by_name["a"].n == (18,) * 4
    pair = next(p for p in analysis.pair_means if set(p.parameters) == {"a", "b"})
    assert np.array(pair.z) == pytest.approx(runs.mean(axis=(2, 3)).T)
    assert np.array(pair.n).tolist() == [[6] * 4] * 3


def test_shared_runs_are_seen_from_trajectories_alone():
    study = survey_study()
    table = study.table
    for settings in (study.settings, {}):
        layout = factorial_layout(table, settings)
        assert layout is not None
        assert layout.shared
        assert table.names[layout.columns[-1]] == "steps"
    analysis = variance_findings(table, {})
    assert "same training runs" in analysis.caveats[0]


def test_steps_are_judged_within_runs():
    rng = np.random.default_rng(3)
    between, within = rng.standard_normal((4, 4, 1, 3)), 0.05 * rng.standard_normal((4, 4, 3, 3))
    runs = between + within + np.linspace(0, 0.2, 3).reshape(1, 1, 3, 1)
    alone = variance_findings(grid_table(runs), {})
    shared = variance_findings(grid_table(runs, shared=True), {})
    assert not effect(alone, "c").detectable
    assert effect(shared, "c").detectable
    assert effect(shared, "c").share == pytest.approx(effect(alone, "c").share, abs=0.02)


def test_trajectories_that_do_not_fit_the_grid_are_not_an_exact_design():
    runs = grid_runs(2)
    table = grid_table(runs)
    broken = table.trajectories.copy()
    broken[1] = broken[0]  # two unrelated rows claim one run
    import dataclasses

    table = dataclasses.replace(table, trajectories=broken)
    assert factorial_layout(table, {}) is None


@pytest.mark.parametrize("r", [1, 2])
def test_a_missing_cell_is_said_and_changes_little(r):
    runs = np.concatenate([grid_runs(r, seed=s, noise=0.3)[..., None, :] for s in range(3)], axis=-2)
    table = grid_table(runs)
    whole = variance_findings(table, {})
    holed = variance_findings(table.rows(np.arange(len(table)) != 5), {})
    assert (whole.method, holed.method) == ("factorial", "smooth")
    assert "nearly a full factorial" in holed.caveats[0]
    for names in (("a",), ("b",), ("a", "b"), ("c",)):
        assert effect(holed, *names).share == pytest.approx(effect(whole, *names).share, abs=0.04)


def test_without_noise_every_real_effect_is_certain():
    runs = np.repeat(np.add.outer(np.arange(4.0), np.array([0.0, 0.5, 0.0]))[..., None], 2, axis=-1)
    analysis = variance_findings(grid_table(runs), {})
    assert effect(analysis, "a").p_value == effect(analysis, "b").p_value == 0.0
    assert not effect(analysis, "a", "b").detectable
    assert analysis.noise == 0.0
    assert analysis.r2 == pytest.approx(1.0)


def test_one_replicated_factor_is_enough():
    runs = np.random.default_rng(5).standard_normal((4, 6)) + 3 * np.arange(4).reshape(4, 1)
    analysis = variance_findings(grid_table(runs), {})
    assert analysis.method == "factorial"
    assert effect(analysis, "a").detectable
    assert analysis.pairs == ()
    assert not findings(analysis)[2].applicable


def test_iris_2017_tells_what_its_authors_missed(shared_data):
    analysis = variance_findings(iris_2017(shared_data).table, {})
    assert analysis.method == "factorial"
    known = {
        ("learning_rate",): 0.217, ("l1",): 0.176, ("learning_rate", "l1"): 0.144, ("activation",): 0.082,
        ("steps",): 0.026, ("learning_rate", "activation"): 0.030, ("l1", "activation"): 0.029,
    }  # fmt: skip
    for names, share in known.items():
        assert effect(analysis, *names).share == pytest.approx(share, abs=0.01)
        assert effect(analysis, *names).detectable
    assert sum(e.share for e in analysis.mains) == pytest.approx(0.505, abs=0.01)
    assert analysis.noise is None
    assert [e.parameters[0] for e in analysis.mains[:3]] == ["learning_rate", "l1", "activation"]


def test_shares_agree_with_the_anova_of_each_replicate():
    table = survey_study(noise=0.03).table
    analysis = variance_findings(table, {})
    layout = factorial_layout(table, {})
    names = [table.names[j] for j in layout.columns]
    singles = {}
    for replicate in range(layout.runs.shape[-1]):
        grid = table.values[layout.runs[..., replicate]]
        for subset, value in sums_of_squares(grid.shape, effects(grid)).items():
            singles.setdefault(subset, []).append(value / grid.size / grid.var())
    for subset, values in singles.items():
        expected = effect(analysis, *(names[axis] for axis in subset)).share
        assert np.mean(values) == pytest.approx(expected, abs=0.02)

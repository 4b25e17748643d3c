"""Directions of columns, the additive model and its cross-validation."""

from __future__ import annotations

import numpy as np
import pytest

from tunescape.surrogates import column_basis, cross_validated_r2, evaluate, fit_additive, predict


def points(n=200, seed=0):
    rng = np.random.default_rng(seed)
    unit = rng.random((n, 4))
    unit[:, 2] = (rng.integers(0, 3, n) + 0.5) / 3
    unit[rng.random(n) < 0.4, 3] = np.nan
    return unit, rng


def bases_of(unit, degree=4):
    return [column_basis(unit[:, j], categorical=j == 2, degree=degree) for j in range(unit.shape[1])]


@pytest.mark.parametrize(("j", "size"), [(0, 4), (2, 2), (3, 4)])
def test_directions_are_orthonormal_over_active_points(j, size):
    unit, _ = points()
    values = evaluate(bases_of(unit)[j], unit[:, j])
    active = values[~np.isnan(unit[:, j])]
    assert values.shape == (200, size)
    assert active.T @ active == pytest.approx(len(active) * np.eye(size), abs=1e-6)
    assert active.mean(axis=0) == pytest.approx(np.zeros(size), abs=1e-9)
    assert not values[np.isnan(unit[:, j])].any()


def test_few_levels_get_all_their_differences():
    column = np.repeat([0.0, 0.1, 1.0], 20)
    basis = column_basis(column, categorical=False, degree=4)
    assert basis.n_directions == 2
    y = np.repeat([3.0, -1.0, 5.0], 20)
    fitted = np.column_stack([np.ones(60), evaluate(basis, column)])
    assert fitted @ np.linalg.lstsq(fitted, y, rcond=None)[0] == pytest.approx(y)


def test_crowded_columns_are_judged_by_rank():
    column = 10 ** np.linspace(-6, 0, 300)
    basis = column_basis(column, categorical=False, degree=3)
    spaced = evaluate(basis, column)[:, 0]
    assert np.diff(spaced) == pytest.approx(np.full(299, spaced[1] - spaced[0]))


def test_rare_choices_and_single_values_get_no_direction():
    column = np.r_[np.full(20, 0.1), np.full(20, 0.5), [0.9]]
    basis = column_basis(column, categorical=True, degree=4)
    assert basis.n_directions == 2
    assert basis.rare == (0.9,)
    assert not evaluate(basis, np.array([0.9])).any()
    assert column_basis(np.full(9, 0.3), categorical=False, degree=4).n_directions == 0


def test_activity_that_nothing_explains_is_a_direction():
    unit, _ = points()
    basis = column_basis(unit[:, 3], categorical=False, degree=2, own_activity=True)
    values = evaluate(basis, unit[:, 3])
    assert values.shape[1] == 3
    assert len(np.unique(values[:, -1])) == 2


def test_model_finds_curve_choice_and_pair():
    unit, rng = points(400)
    truth = (
        3 * (unit[:, 0] - 0.5) ** 2 + (unit[:, 2] > 0.5) + 4 * (unit[:, 0] - 0.5) * (unit[:, 1] - 0.5)
    )
    model = fit_additive(unit, truth + 0.1 * rng.standard_normal(400), bases_of(unit))
    assert model.pairs == ((1, 0),)
    new, _ = points(300, seed=1)
    expected = 3 * (new[:, 0] - 0.5) ** 2 + (new[:, 2] > 0.5) + 4 * (new[:, 0] - 0.5) * (new[:, 1] - 0.5)
    assert np.abs(predict(model, new) - expected).mean() < 0.06


def test_noise_is_shrunk_to_the_mean():
    unit, rng = points(100)
    model = fit_additive(unit, rng.standard_normal(100), bases_of(unit))
    assert predict(model, unit).std() < 0.35


def test_constant_values_give_a_constant():
    unit, _ = points(30)
    assert predict(fit_additive(unit, np.full(30, 2.0), bases_of(unit)), unit) == pytest.approx(np.full(30, 2.0))


def fit(bases):
    def fitted(unit, y):
        model = fit_additive(unit, y, bases)
        return lambda new: predict(model, new)

    return fitted


def test_r2_is_that_of_single_runs():
    unit, rng = points(300)
    truth = 2 * unit[:, 0]
    runs = truth[:, None] + 0.5 * rng.standard_normal((300, 2))
    r2 = cross_validated_r2(
        fit(bases_of(unit)), unit, runs.mean(axis=1), runs.var(axis=1), np.arange(300), rng
    )
    attainable = truth.var() / (truth.var() + 0.25)
    assert r2.low < attainable < r2.high
    assert r2.value == pytest.approx(attainable, abs=0.06)


def test_clusters_are_never_split():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(30), 4)
    luck = rng.standard_normal(30)[group]
    unit = rng.random(30)[group][:, None] + 1e-9 * np.arange(120)[:, None]

    def nearest(x, y):
        return lambda new: y[np.abs(new - x.T).argmin(axis=1)]

    none = np.zeros(120)
    split = cross_validated_r2(nearest, unit, luck, none, np.arange(120), rng)
    kept = cross_validated_r2(nearest, unit, luck, none, group, rng)
    assert split.value > 0.9
    assert kept.value < 0.3

"""The analysis of variance of a full grid equals its naive twin, and its errors are the right ones."""

from __future__ import annotations

import naive_anova as naive
import numpy as np
import pytest

from tunescape.numerics import (
    box_test,
    degrees_of_freedom,
    effects,
    linear_error,
    null_moments,
    pooled_errors,
    replicated_grid,
    run_variance,
    share_of,
    subsets,
    sums_of_squares,
)

SHAPES = [(3, 4), (2, 3, 4), (2, 3, 2, 3), (5,)]


@pytest.mark.parametrize("shape", SHAPES)
def test_sums_of_squares_equal_the_twin(shape):
    grid = np.random.default_rng(1).standard_normal(shape)
    ours = sums_of_squares(shape, effects(grid))
    assert set(ours) == set(subsets(len(shape)))
    for subset, value in ours.items():
        assert value == pytest.approx(naive.sum_of_squares(grid, subset), rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_effects_together_are_the_total(shape):
    grid = np.random.default_rng(2).standard_normal(shape)
    every = subsets(len(shape), len(shape))
    squares = sums_of_squares(shape, effects(grid, every))
    assert sum(squares.values()) == pytest.approx(((grid - grid.mean()) ** 2).sum(), rel=1e-12)
    assert sum(degrees_of_freedom(shape, s) for s in every) == grid.size - 1


def test_expected_noise_of_an_effect_is_the_classical_error():
    runs = np.random.default_rng(3).standard_normal((3, 4, 2, 3))
    _, freedom, mean_square, _ = naive.classical(runs)
    grid = replicated_grid(runs)
    for subset in subsets(3):
        assert null_moments(grid, subset).mean == pytest.approx(freedom[subset] * mean_square / 3, rel=1e-12)
    assert grid.noise == pytest.approx(mean_square, rel=1e-12)


def test_one_run_per_cell_pools_high_interactions():
    runs = np.random.default_rng(4).standard_normal((3, 4, 3, 2, 1))
    _, freedom, mean_square, _ = naive.classical(runs)
    grid = replicated_grid(runs)
    for subset in subsets(4):
        assert null_moments(grid, subset).mean == pytest.approx(freedom[subset] * mean_square, rel=1e-12)
    assert sum(pooled_errors((3, 4, 3, 2), False, 2)) == sum(freedom[s] for s in freedom if len(s) > 2)


def test_shared_axis_has_two_errors():
    runs = np.random.default_rng(5).standard_normal((3, 2, 4, 3)) + np.arange(3)
    between, within = naive.split_plot(runs)
    grid = replicated_grid(runs, shared=True)
    for subset in subsets(3):
        error = within if 2 in subset else between
        expected = degrees_of_freedom((3, 2, 4), subset) * error / 3
        assert null_moments(grid, subset).mean == pytest.approx(expected, rel=1e-12)


def test_p_values_are_fishers_where_noise_is_the_same_everywhere():
    runs = np.random.default_rng(6).standard_normal((4, 5, 6, 40)) + np.arange(4).reshape(4, 1, 1, 1) * 0.04
    _, _, _, expected = naive.classical(runs)
    grid = replicated_grid(runs)
    squares = sums_of_squares(grid.means.shape, effects(grid.means))
    for subset, p in expected.items():
        assert box_test(squares[subset], null_moments(grid, subset), 1.0) == pytest.approx(p, abs=0.02)


def test_noise_in_few_levels_costs_degrees_of_freedom():
    runs = np.random.default_rng(7).standard_normal((6, 5, 4, 8))
    even = null_moments(replicated_grid(runs), (0,))
    runs[2:] *= 0.01
    uneven = null_moments(replicated_grid(runs), (0,))
    assert 2 * even.mean**2 / even.variance == pytest.approx(5.0, rel=0.1)
    assert 1.0 <= 2 * uneven.mean**2 / uneven.variance < 2.5
    assert uneven.freedom < even.freedom / 2


def test_without_noise_any_difference_counts_and_rounding_does_not():
    grid = replicated_grid(np.tile(np.arange(4.0).reshape(4, 1, 1), (1, 3, 2)))
    squares = sums_of_squares(grid.means.shape, effects(grid.means))
    scale = grid.means.size * run_variance(grid)
    assert box_test(squares[(0,)], null_moments(grid, (0,)), scale) == 0.0
    assert box_test(squares[(1,)], null_moments(grid, (1,)), scale) == 1.0


def test_no_error_left_is_said():
    with pytest.raises(ValueError, match="error"):
        replicated_grid(np.random.default_rng(8).standard_normal((3, 4, 1)))


def test_shares_and_noise_add_up_to_one():
    runs = np.random.default_rng(9).standard_normal((3, 4, 2, 3))
    grid = replicated_grid(runs)
    every = subsets(3, 3)
    parts = effects(grid.means, every)
    shares = sum(share_of(grid, [parts[s]], [null_moments(grid, s)]).value for s in every)
    assert shares + grid.noise / run_variance(grid) == pytest.approx(1.0, abs=1e-12)


def test_linear_error_is_the_standard_error_of_a_cell():
    runs = np.random.default_rng(10).standard_normal((3, 4, 5))
    grid = replicated_grid(runs)
    slope = np.zeros((3, 4))
    slope[1, 2] = 1.0
    variance, _ = linear_error(grid, slope)
    assert variance == pytest.approx(runs[1, 2].var(ddof=1) / 5, rel=1e-12)

"""Adjusted p-values, sign flips, left-out residuals and non-negative sums against their definitions."""

from __future__ import annotations

import naive_anova as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunescape.numerics import (
    component,
    flipped,
    holm,
    independent,
    keep_sum,
    left_out_residuals,
    one_thread,
    orthonormal,
    partial,
    random_signs,
    step_down,
    surprise,
)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_equals_its_definition(p_values):
    assert holm(p_values) == pytest.approx(naive.holm(p_values), abs=1e-15)


def test_step_down_equals_its_definition():
    rng = np.random.default_rng(1)
    null = rng.exponential(size=(99, 6))
    observed = np.array([0.1, 3.0, 9.0, 2.5, 0.7, 4.0])
    assert step_down(observed, null) == pytest.approx(naive.step_down(observed, null), abs=1e-15)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.integers(0, 2**31))
def test_keep_sum_is_nonnegative_and_keeps_the_sum(values, seed):
    spread = np.random.default_rng(seed).uniform(0.1, 1.0, len(values))
    kept = keep_sum(np.array(values), spread)
    assert (kept >= 0).all()
    assert kept.sum() == pytest.approx(max(sum(values), 0.0), abs=1e-9)


def test_keep_sum_takes_from_the_uncertain():
    kept = keep_sum(np.array([0.5, 0.1, -0.1]), np.array([1e-6, 1.0, 1.0]))
    assert kept == pytest.approx([0.5, 0.0, 0.0], abs=1e-5)


def test_left_out_residuals_equal_refits():
    rng = np.random.default_rng(2)
    design, y = rng.standard_normal((40, 5)), rng.standard_normal(40)
    for clusters in (np.arange(40), np.arange(40) // 3, np.r_[np.zeros(4), np.arange(1, 37)].astype(int)):
        ours = left_out_residuals(y, orthonormal(design), clusters.astype(np.int64))
        assert ours == pytest.approx(naive.left_out_residuals(y, design, clusters), abs=1e-10)


def test_component_is_unbiased_with_uneven_noise():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((60, 6))
    sd = np.exp(x[:, 0])
    nuisance = orthonormal(np.column_stack([np.ones(60), x[:, 3:]]))
    block = partial(x[:, :3] - x[:, :3].mean(axis=0), nuisance, np.ones(3))
    truth = 0.5 * (x[:, 0] - x[:, 0].mean())
    found = [
        component(block, truth + sd * rng.standard_normal(60), np.arange(60)).value for _ in range(2000)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - (truth**2).mean()) < 4 * error


def test_independent_drops_combinations_of_earlier_columns():
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((2, 20))
    assert independent(np.column_stack([a, b, a + b, np.zeros(20), a * b])).tolist() == [0, 1, 4]


def test_signs_are_equal_within_clusters():
    clusters = np.array([0, 1, 0, 2, 1])
    signs = random_signs(clusters, 50, np.random.default_rng(5))
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert (signs[0] == signs[2]).all()
    assert (signs[1] == signs[4]).all()


def test_statistic_of_the_data_is_that_of_no_flip():
    rng = np.random.default_rng(6)
    n, y = 50, rng.standard_normal(50)
    nuisance = orthonormal(np.ones((n, 1)))
    block = partial(rng.standard_normal((n, 2)), nuisance, np.ones(2))
    null = flipped(y, nuisance, np.ones((n, 1)))  # all signs kept: the residuals themselves
    observed, drawn = surprise(null, block)
    assert drawn[0] == pytest.approx(observed, rel=1e-9)  # leverage is the same in every row
    slope = np.linalg.lstsq(np.column_stack([np.ones(n), block.columns]), y, rcond=None)
    rest, total = float(slope[1][0]), float(((y - y.mean()) ** 2).sum())
    from scipy.stats import f

    assert np.exp(-observed) == pytest.approx(f.sf((total - rest) / 2 / (rest / (n - 3)), 2, n - 3), rel=1e-9)


def test_thread_limit_is_restored():
    from threadpoolctl import threadpool_info

    def threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    before = threads()
    with one_thread():
        assert set(threads()) <= {1}
    assert threads() == before

"""Levels of factorial designs: exact ends, even on their own scale, whole where they must be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import floats, integers, parameters

from tunescape.errors import InputError
from tunescape.space import (
    Categorical,
    Constant,
    Float,
    Integer,
    Ordinal,
    SearchSpace,
    levels,
    n_cells,
    n_levels,
)


def test_log_levels_have_exact_ends_and_equal_ratios():
    found = levels(Float(1e-4, 1.0, "log"), 5)
    assert found[0] == 1e-4
    assert found[-1] == 1.0
    np.testing.assert_allclose(found, [1e-4, 1e-3, 1e-2, 1e-1, 1], rtol=1e-14)


def test_linear_levels_have_exact_ends_and_equal_steps():
    found = levels(Float(0.1, 0.7), 4)
    assert found[0] == 0.1
    assert found[-1] == 0.7
    np.testing.assert_allclose(np.diff(found), 0.2, rtol=1e-12)


def test_what_the_hyperparameter_says_comes_first():
    assert levels(Float(0, 1, levels=[0.0, 0.3]), 9) == (0.0, 0.3)
    assert len(levels(Float(0, 1, levels=3), 9)) == 3
    assert len(levels(Float(0, 1))) == 4
    assert levels(Categorical(["a", "b", "c"]), 2) == ("a", "b", "c")
    assert levels(Ordinal([16, 32]), 9) == (16, 32)
    assert levels(Constant("adam"), 9) == ("adam",)


def test_one_level_is_the_default_or_the_middle():
    assert levels(Float(0, 1), 1) == (0.5,)
    assert levels(Float(0, 1, default=0.2), 1) == (0.2,)
    np.testing.assert_allclose(levels(Float(1e-4, 1, "log"), 1), 1e-2)
    np.testing.assert_allclose(levels(Float(1e-300, 1e-100, "log"), 1), 1e-200)
    np.testing.assert_allclose(levels(Float(1e200, 1e300, "log"), 1), 1e250)
    np.testing.assert_allclose(levels(Float(1.5e308, 1.7e308), 1), 1.6e308)
    assert levels(Integer(4, 64, "log"), 1) == (16,)


def test_integer_levels_are_as_many_as_asked_even_where_rounding_meets():
    assert levels(Integer(1, 5, "log"), 5) == (1, 2, 3, 4, 5)
    assert levels(Integer(1, 5), 9) == (1, 2, 3, 4, 5)
    assert levels(Integer(4, 64, "log"), 5) == (4, 8, 16, 32, 64)
    assert levels(Integer(1, 10, "log"), 8)[:4] == (1, 2, 3, 4)
    assert levels(Integer(1, 10, "log"), 8)[-1] == 10


@pytest.mark.parametrize("count", [0, -3])
def test_a_count_below_one_is_refused(count):
    for parameter in (Float(0, 1), Integer(0, 9)):
        with pytest.raises(InputError, match="`levels` must be at least 1"):
            levels(parameter, count)


@given(floats() | integers(), st.none() | st.integers(1, 40))
def test_levels_increase_inside_the_range(parameter, count):
    found = levels(parameter, count)
    assert all(parameter.low <= v <= parameter.high for v in found)
    assert all(a < b for a, b in pairwise(found))
    if len(found) > 1 and not isinstance(parameter.levels, tuple):
        assert (found[0], found[-1]) == (parameter.low, parameter.high)
    if isinstance(parameter, Integer):
        assert all(type(v) is int for v in found)


@given(parameters, st.none() | st.integers(1, 40))
def test_the_count_of_levels_is_known_without_making_them(parameter, count):
    assert n_levels(parameter, count) == len(levels(parameter, count))


def test_cells_of_a_huge_design_are_counted_at_once():
    space = SearchSpace({name: Float(0, 1) for name in "abc"} | {"d": Categorical(["x", "y"])})
    assert n_cells(space) == 4**3 * 2
    assert n_cells(space, 10**9) == 2 * 10**27

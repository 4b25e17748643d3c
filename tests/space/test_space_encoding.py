"""Configurations go to the unit cube and come back the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import floats, integers, parameters, spaces

from tunescape.errors import InputError
from tunescape.space import (
    Categorical,
    Condition,
    Constant,
    Float,
    Integer,
    Ordinal,
    SearchSpace,
    active_part,
    check_configuration,
    decode,
    encode,
    from_unit,
    levels,
    to_unit,
)

units = st.floats(0.0, 1.0)
MOMENTUM = SearchSpace(
    {
        "momentum": Float(0.0, 0.99),
        "optimiser": Categorical(["sgd", "adam"]),
        "learning_rate": Float(1e-4, 1, "log", default=0.01),
        "units": Integer(4, 64, "log", default=16),
        "batch_size": Ordinal([16, 32, 64], default=32),
        "activation": Constant("relu"),
    },
    [Condition("momentum", when={"optimiser": "sgd"})],
)


@given(floats(), units)
def test_a_float_comes_back(parameter, unit):
    value = from_unit(parameter, np.array([unit]))[0]
    assert parameter.low <= value <= parameter.high
    again = from_unit(parameter, to_unit(parameter, [value]))[0]
    np.testing.assert_allclose(again, value, rtol=1e-9, atol=1e-9 * (parameter.high - parameter.low))


@given(floats())
def test_the_ends_of_a_float_are_zero_and_one(parameter):
    assert to_unit(parameter, [parameter.low, parameter.high]).tolist() == [0.0, 1.0]
    assert from_unit(parameter, np.array([0.0, 1.0])) == [parameter.low, parameter.high]


@given(integers())
def test_every_integer_comes_back_and_lies_in_its_own_cell(parameter):
    values = list(range(parameter.low, parameter.high + 1))
    unit = to_unit(parameter, values)
    assert ((unit > 0) & (unit < 1)).all()
    assert (np.diff(unit) > 0).all()
    assert from_unit(parameter, unit) == values


def test_cells_of_integers_on_a_log_scale_have_equal_ratios_of_ends():
    parameter = Integer(1, 8, "log")
    edges = (np.log(np.arange(1, 9) - 0.5) - math.log(0.5)) / (math.log(8.5) - math.log(0.5))
    assert from_unit(parameter, edges + 1e-9) == list(range(1, 9))
    assert from_unit(parameter, np.append(edges[1:], 1.0) - 1e-9) == list(range(1, 9))


def test_uniform_integers_are_uniform():
    drawn = from_unit(Integer(1, 5), (np.arange(10_000) + 0.5) / 10_000)
    assert np.bincount(drawn)[1:].tolist() == [2000] * 5


@given(st.sets(st.integers(-9, 9), min_size=1).map(list), st.sampled_from([Ordinal, Categorical]))
def test_choices_have_equal_cells(values, kind):
    parameter, n = kind(values), len(values)
    np.testing.assert_allclose(to_unit(parameter, values), (np.arange(n) + 0.5) / n)
    assert from_unit(parameter, to_unit(parameter, values)) == values
    assert from_unit(parameter, np.array([0.0, 1.0])) == [values[0], values[-1]]


@given(parameters, st.lists(units, max_size=5))
def test_values_are_plain_python(parameter, unit):
    for value in from_unit(parameter, np.array(unit)):
        assert type(value) in (float, int, str, bool)


@given(parameters)
def test_levels_can_be_encoded(parameter):
    unit = to_unit(parameter, levels(parameter))
    assert ((unit >= 0) & (unit <= 1)).all()


@given(parameters)
def test_inactive_is_nan_and_comes_back_as_none(parameter):
    assert np.isnan(to_unit(parameter, [None, None])).all()
    assert from_unit(parameter, np.array([np.nan, 0.5]))[0] is None
    assert from_unit(parameter, np.array([np.nan, 0.5]))[1] is not None


@given(spaces(), st.randoms(use_true_random=False))
def test_a_configuration_comes_back_through_the_cube(space, random):
    unit = np.array([random.random() for _ in range(7 * len(space.varying))]).reshape(7, -1)
    configurations = decode(space, unit)
    again = encode(space, configurations)
    for configuration, row in zip(configurations, again, strict=True):
        assert list(configuration) == [n for n in space.parameters if space.is_active(n, configuration)]
        for name, value in zip(space.varying, row, strict=True):
            assert np.isnan(value) == (name not in configuration)
    for before, after in zip(configurations, decode(space, again), strict=True):
        assert list(before) == list(after)
        for name, value in before.items():
            if isinstance(value, float):
                assert after[name] == pytest.approx(value, rel=1e-6, abs=1e-9)
            else:
                assert after[name] == value
                assert type(after[name]) is type(value)
        assert check_configuration(space, before) == before


MISFITS = [
    (Float(0, 1), 1.5, "between 0.0 and 1.0"),
    (Float(0, 1), math.nan, "finite number"),
    (Float(0, 1), math.inf, "finite number"),
    (Float(0, 1), "0.5", "finite number"),
    (Float(0, 1), True, "finite number"),
    (Float(0, 1), [0.5], "finite number"),
    (Float(0, 1), 10**400, "finite number"),
    (Integer(1, 5), 2.5, "whole number between 1 and 5"),
    (Integer(1, 5), 6, "whole number between 1 and 5"),
    (Integer(1, 5), math.nan, "finite number"),
    (Categorical(["a", "b"]), "c", r"one of \['a', 'b'\]"),
    (Categorical(["a", "b"]), math.nan, "one of"),
    (Categorical(["a", "b"]), ["a"], "one of"),
    (Ordinal([16, 32]), "16", "one of"),
    (Constant(5), 6, r"one of \[5\]"),
]


@pytest.mark.parametrize(("parameter", "value", "said"), MISFITS, ids=[repr(m[:2]) for m in MISFITS])
def test_a_value_that_does_not_fit_is_refused_with_its_name(parameter, value, said):
    space = SearchSpace({"x": parameter, "other": Float(0, 1)})
    with pytest.raises(InputError, match=said):
        check_configuration(space, {"x": value, "other": 0.5})
    if not isinstance(parameter, Constant):
        with pytest.raises(InputError, match=f"'x'.*{said}"):
            encode(space, [{"other": 0.5}, {"x": value, "other": 0.5}])
        with pytest.raises(InputError, match=said):
            to_unit(parameter, [None, value])


def test_numpy_values_are_taken_and_become_plain():
    given_by_hand = {
        "optimiser": np.str_("adam"), "units": np.int64(8), "learning_rate": np.float32(0.5),
        "batch_size": np.float64(64), "activation": "relu",
    }  # fmt: skip
    checked = check_configuration(MOMENTUM, given_by_hand)
    assert checked == {
        "optimiser": "adam", "units": 8, "learning_rate": 0.5, "batch_size": 64, "activation": "relu",
    }  # fmt: skip
    assert [type(v) for v in checked.values()] == [str, float, int, int, str]


def test_truth_values_and_numbers_that_equal_them_are_the_same_choice():
    space = SearchSpace({"nesterov": Categorical([False, True])})
    assert check_configuration(space, {"nesterov": 1})["nesterov"] is True
    np.testing.assert_array_equal(
        encode(space, [{"nesterov": np.bool_(True)}, {"nesterov": 0}]), [[0.75], [0.25]]
    )


def test_a_configuration_by_hand_is_completed_with_defaults_and_constants():
    checked = check_configuration(MOMENTUM, {"optimiser": "sgd", "momentum": 0.5})
    assert checked == {
        "momentum": 0.5, "optimiser": "sgd", "learning_rate": 0.01, "units": 16, "batch_size": 32,
        "activation": "relu",
    }  # fmt: skip
    assert list(checked) == list(MOMENTUM.parameters)


def test_what_a_configuration_by_hand_may_not_hold():
    with pytest.raises(InputError, match=r"'optimizer' is not a hyperparameter.*Did you mean 'optimiser'"):
        check_configuration(MOMENTUM, {"optimizer": "sgd"})
    with pytest.raises(InputError, match="'optimiser' has no default and needs a value"):
        check_configuration(MOMENTUM, {})
    with pytest.raises(InputError, match=r"'momentum' takes part only when optimiser is one of \['sgd'\]"):
        check_configuration(MOMENTUM, {"optimiser": "adam", "momentum": 0.5})


def test_active_part_follows_chains_of_conditions():
    space = SearchSpace(
        {"c": Float(0, 1), "b": Categorical(["x", "y"]), "a": Categorical(["on", "off"])},
        [Condition("c", when={"b": "x"}), Condition("b", when={"a": "on"})],
    )
    assert active_part(space, {"a": "off", "b": "x", "c": 0.5}) == {"a": "off"}
    assert active_part(space, {"a": "on", "b": "y", "c": 0.5}) == {"b": "y", "a": "on"}
    assert list(active_part(space, {"a": "on", "b": "x", "c": 0.5})) == ["c", "b", "a"]


def test_a_space_without_a_varying_hyperparameter():
    space = SearchSpace({"a": Constant(1)})
    assert encode(space, [{"a": 1}] * 3).shape == (3, 0)
    assert decode(space, np.empty((2, 0))) == [{"a": 1}, {"a": 1}]

"""Hyperparameters check what they are given, once, and keep plain Python values."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.space import Categorical, Constant, Float, Integer, Ordinal

BAD = [  # what is made, and words that its message must hold: argument, rule, value got
    (lambda: Float(1.0, 0.0), ["`low`", "below", "low=1.0", "constant"]),
    (lambda: Float(1.0, 1.0), ["`low`", "below", "constant"]),
    (lambda: Float(0.0, 1.0, scale="log"), ["`low`", "positive", "low=0.0", "linear"]),
    (lambda: Float(-1, 1, scale="log"), ["`low`", "positive", "low=-1", "linear"]),
    (lambda: Float(0, 1, scale="cubic"), ["`scale`", "'linear' or 'log'", "'cubic'"]),
    (lambda: Float(math.nan, 1), ["`low`", "finite", "nan"]),
    (lambda: Float(0, math.inf), ["`high`", "finite", "inf"]),
    (lambda: Float(0, 10**400), ["`high`", "finite"]),
    (lambda: Float("0", 1), ["`low`", "finite number", "'0'"]),
    (lambda: Float(None, 1), ["`low`", "finite number", "None"]),
    (lambda: Float(False, True), ["`low`", "finite number", "False"]),
    (lambda: Float(-1.7e308, 1.7e308), ["`low`", "finite", "distance"]),
    (lambda: Float(1e10, math.nextafter(1e10, 2e10), scale="log"), ["distance", "log"]),
    (lambda: Float(0, 1, levels=0), ["`levels`", "at least 1", "levels=0"]),
    (lambda: Float(0, 1, levels=True), ["`levels`", "True"]),
    (lambda: Float(0, 1, levels=2.5), ["`levels`", "count or a list", "2.5"]),
    (lambda: Float(0, 1, levels="3"), ["`levels`", "count or a list", "'3'"]),
    (lambda: Float(0, 1, levels=[]), ["`levels`", "at least one", "empty"]),
    (lambda: Float(0, 1, levels=[0.5, 2.0]), ["`levels`", "between", "2.0", "Widen"]),
    (lambda: Float(0, 1, levels=[0.5, 0.2]), ["`levels`", "increase", "0.2"]),
    (lambda: Float(0, 1, levels=[0.5, "a"]), ["`levels`", "number", "'a'"]),
    (lambda: Float(0, 1, levels=[0.5, math.nan]), ["`levels`", "number", "nan"]),
    (lambda: Float(0, 1, levels={0.5, 0.2}), ["`levels`", "list"]),
    (lambda: Float(0, 1, default=2), ["`default`", "between 0.0 and 1.0", "default=2"]),
    (lambda: Float(0, 1, default=math.nan), ["`default`", "nan"]),
    (lambda: Float(0, 1, default=True), ["`default`", "number", "True"]),
    (lambda: Float(0, 1, default="a"), ["`default`", "'a'"]),
    (lambda: Integer(1.5, 3), ["`low`", "whole", "1.5", "float"]),
    (lambda: Integer(1, 3, levels=4), ["`levels`", "at most the 3", "levels=4"]),
    (lambda: Integer(1, 9, levels=[1, 2.5]), ["`levels`", "whole", "2.5"]),
    (lambda: Integer(1, 9, default=2.5), ["`default`", "whole", "2.5"]),
    (lambda: Integer(0, 9, default=True), ["`default`", "whole", "True"]),
    (lambda: Integer(0, 9, scale="log"), ["`low`", "positive", "linear"]),
    (lambda: Categorical([]), ["`choices`", "at least one", "empty"]),
    (lambda: Categorical("relu"), ["`choices`", "list", "'relu'"]),
    (lambda: Categorical({"relu", "elu"}), ["`choices`", "list"]),
    (lambda: Categorical({"relu": 1}), ["`choices`", "list"]),
    (lambda: Categorical(None), ["`choices`", "list", "None"]),
    (lambda: Categorical(["a", "a"]), ["`choices`", "different"]),
    (lambda: Categorical(["1", 1]), ["`choices`", "different"]),
    (lambda: Categorical([1, True]), ["`choices`", "different"]),
    (lambda: Categorical([0, 0.0]), ["`choices`", "different"]),
    (lambda: Categorical([1, None]), ["`choices`", "number or a word", "None"]),
    (lambda: Categorical([1, [2]]), ["`choices`", "number or a word", "[2]"]),
    (lambda: Categorical([1.0, math.nan]), ["`choices`", "finite", "nan"]),
    (lambda: Categorical([np.float32("inf"), 1.0]), ["`choices`", "finite", "inf"]),
    (lambda: Categorical(["a"], default="b"), ["`default`", "one of ['a']", "'b'"]),
    (lambda: Ordinal([16, 32], default=64), ["`default`", "[16, 32]", "64"]),
    (lambda: Constant(None), ["`value`", "number or a word", "None"]),
    (lambda: Constant([1]), ["`value`", "number or a word", "[1]"]),
    (lambda: Constant(math.inf), ["`value`", "finite", "inf"]),
]


@pytest.mark.parametrize(("make", "words"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_sentence_that_names_everything(make, words):
    with pytest.raises(InputError) as caught:
        make()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_numpy_scalars_become_plain_values():
    made = [
        Float(np.float32(0.5), np.int64(2), levels=np.array([1, 2]), default=np.float32(1)),
        Integer(np.int64(1), np.float64(8), levels=np.array([1, 4]), default=np.int8(4)),
        Categorical(np.array(["relu", "elu"]), default=np.str_("elu")),
        Ordinal(np.array([16, 32]), default=np.int32(32)),
        Categorical([np.bool_(True), np.bool_(False)]),
        Constant(np.float64(0.5)),
        Constant(Fraction(1, 2)),
    ]
    for parameter in made:
        for value in vars(parameter).values():
            for item in value if isinstance(value, tuple) else (value,):
                assert item is None or type(item) in (float, int, str, bool), parameter


def test_equal_descriptions_are_equal_parameters():
    assert Float(0, 1, levels=[0, 1], default=1) == Float(0.0, 1.0, levels=(0.0, 1.0), default=1.0)
    assert [type(v) for v in Float(0, 1, levels=[0, 1]).levels] == [float, float]
    assert Integer(1.0, 5.0) == Integer(1, 5)
    assert Categorical(["a", "b"]) == Categorical(("a", "b"))
    assert Categorical(["a", "b"]) != Ordinal(["a", "b"])


def test_default_is_the_choice_itself():
    assert Categorical([False, True], default=1).default is True
    assert Ordinal([1, 2], default=1.0).default == 1
    assert type(Ordinal([1, 2], default=1.0).default) is int
    assert Constant("sgd").default == "sgd"


def test_parameters_are_frozen_and_hashable():
    parameter = Float(0, 1)
    with pytest.raises(AttributeError):
        parameter.low = 2  # type: ignore[misc]
    assert len({parameter, Float(0, 1), Integer(0, 1)}) == 2

"""Columns become numbers by what the training rows show, and by nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks.choose_columns import choose_columns
from tunescape.tasks.columns import LevelColumn, NumberColumn, encode_columns
from tunescape.tasks.preprocessing import fit_preprocessing
from tunescape.tasks.tables import plain_columns


def _fit(frame: pd.DataFrame, n_train: int | None = None):
    """What was chosen, the inputs of all rows, and the names of the inputs."""
    table = plain_columns(frame)
    train = np.arange(len(frame) if n_train is None else n_train)
    choice = choose_columns(table, train, np.arange(len(frame)))
    if not choice.columns:
        return choice, None, ()
    preprocessing = fit_preprocessing(choice.columns, table, train)
    inputs = preprocessing.scale(encode_columns(choice.columns, table, strict=False))
    return choice, inputs, preprocessing.features


def test_numbers_are_standardised_by_the_training_rows() -> None:
    _, encoded, features = _fit(pd.DataFrame({"x": [1.0, 2.5, 3.0, 100.0]}), n_train=3)
    train = np.array([1.0, 2.5, 3.0])
    assert np.allclose(encoded[:, 0], (np.array([1, 2.5, 3, 100]) - train.mean()) / train.std())
    assert features == ("x",)


def test_gaps_in_numbers_get_the_training_median_and_a_mark() -> None:
    choice, encoded, features = _fit(pd.DataFrame({"x": [1.0, np.nan, 3.0, 8.0, np.nan, 50.0]}), n_train=4)
    assert features == ("x", "x is missing")
    assert encoded[:, 1].tolist() == [0, 1, 0, 0, 1, 0]
    assert encoded[1, 0] == encoded[4, 0] == (3.0 - 3.75) / np.std([1, 3, 3, 8])
    assert choice.notes == (
        "Gaps in 'x' are filled with the median of the training part and marked by an extra input.",
    )


def test_gaps_that_training_rows_do_not_have_get_the_median_without_a_mark() -> None:
    _, encoded, features = _fit(pd.DataFrame({"x": [1.0, 2.0, 6.0, np.nan]}), n_train=3)
    assert features == ("x",)
    assert encoded[3, 0] == encoded[1, 0]


def test_infinite_and_enormous_numbers_are_gaps() -> None:
    _, encoded, features = _fit(pd.DataFrame({"x": [1.0, np.inf, 3.0, -1.7e308]}))
    assert features == ("x", "x is missing")
    assert encoded[:, 1].tolist() == [0, 1, 0, 1]
    assert np.isfinite(encoded).all()


def test_values_far_from_all_training_ones_stay_finite() -> None:
    _, encoded, _ = _fit(pd.DataFrame({"x": [1e-140, 2e-140, 3e-140, 1e140, -1e140]}), n_train=3)
    assert encoded[3:, 0].tolist() == [1e9, -1e9]


def test_words_become_one_column_per_training_level_and_unknown_ones_zeros() -> None:
    frame = pd.DataFrame({"c": ["red", "blue", "red", None, "green", "", " blue "]})
    _, encoded, features = _fit(frame, n_train=4)
    assert features == ("c=blue", "c=red", "c is missing")
    assert encoded.tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 1], [1, 0, 0]]


def test_truth_values_are_one_column_also_with_gaps() -> None:
    _, encoded, features = _fit(pd.DataFrame({"a": [True, False, True], "b": [True, None, False]}))
    assert features == ("a", "b", "b is missing")
    assert encoded[:, 0].tolist() == pytest.approx([0.5**0.5, -(2**0.5), 0.5**0.5])
    assert np.sign(encoded[[0, 2], 1]).tolist() == [1, -1]


def test_numbers_with_a_few_words_are_numbers_and_it_is_said() -> None:
    words = [f"{i}.5" for i in range(1, 100)] + ["n. a."]
    choice, encoded, features = _fit(pd.DataFrame({"x": words}))
    assert features == ("x", "x is missing")
    assert encoded[-1, 1] == 1
    assert choice.notes[0].startswith("1 value of 'x' in the training part cannot be read as a number")


def test_levels_that_look_like_numbers_but_for_one_stay_levels() -> None:
    _, _, features = _fit(pd.DataFrame({"children": ["0", "1", "2", "3+"] * 10}))
    assert features == ("children=0", "children=1", "children=2", "children=3+")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["a"] * 60, "constant in the training part"),
        ([7] * 60, "constant in the training part"),
        ([None] * 60, "no value in the training part"),
        ([np.nan] * 60, "no value in the training part"),
        ([f"name {i}" for i in range(60)], "every row has another text"),
        ([f"name {i % 55}" for i in range(60)], "55 different texts, more than 50"),
        (list(range(60)), "it counts the rows"),
        (list(range(100, 160)), "it counts the rows"),
        ([f"2020-01-{i % 28 + 1:02d}" for i in range(60)], "dates and times are not used"),
        ([f"{i % 12 + 1}/{i % 28 + 1}/2019 10:30" for i in range(60)], "dates and times are not used"),
        ([f"{i % 24}:00" for i in range(60)], "dates and times are not used"),
        ([f"{i % 28 + 1} March 2020" for i in range(60)], "dates and times are not used"),
    ],
)
def test_columns_that_say_nothing_are_left_out_with_their_reason(values: list, reason: str) -> None:
    frame = pd.DataFrame({"x": values, "ok": np.arange(60) ** 2})
    choice, _, features = _fit(frame)
    assert choice.left_out == (("x", reason),)
    assert features == ("ok",)


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "PassengerId", "Unnamed: 0", "index"])
def test_shuffled_numbers_under_an_identifying_name_are_left_out(name: str) -> None:
    values = np.random.default_rng(0).permutation(60) * 3
    assert _fit(pd.DataFrame({name: values}))[0].left_out == ((name, "every row has another value"),)
    assert _fit(pd.DataFrame({"humid": values}))[0].left_out == ()


def test_a_constant_with_gaps_keeps_its_mark_only() -> None:
    _, encoded, features = _fit(pd.DataFrame({"x": [5.0, np.nan, 5.0]}))
    assert features == ("x is missing",)
    assert encoded.tolist() == [[0], [1], [0]]


_numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.integers(-5, 5).map(float))
_some = st.sampled_from(["a", "b", "true", "1.5", "nan", "2020-01-01"])
_words = st.one_of(st.none(), st.text(max_size=4), _some)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(_numbers, _words), min_size=4, max_size=30),
    others=st.lists(st.tuples(_numbers, _words), min_size=1, max_size=10),
    more=st.lists(st.tuples(_numbers, _words), min_size=1, max_size=10),
)
def test_rows_outside_training_change_nothing_of_the_encoding(rows, others, more) -> None:
    a, b = (pd.DataFrame(rows + rest, columns=["number", "word"]) for rest in (others, more))
    n = len(rows)
    fitted_a, encoded_a, features = _fit(a, n)
    fitted_b, encoded_b, _ = _fit(b, n)
    assert fitted_a == fitted_b
    if fitted_a.columns:
        assert np.array_equal(encoded_a[:n], encoded_b[:n])
        assert np.isfinite(encoded_a).all()
        assert encoded_a.shape == (len(a), len(features))
        assert all(np.ptp(encoded_a[:n, j]) > 0 for j in range(encoded_a.shape[1]) if n > 1)
    used = {column.name for column in fitted_a.columns}
    assert used | {name for name, _ in fitted_a.left_out} == {"number", "word"}


def test_the_columns_are_plain_values() -> None:
    number = NumberColumn("x", fill=1.0, has_gaps=True)
    assert number.encode(np.array([6.0, np.nan])).tolist() == [[6.0, 0.0], [1.0, 1.0]]
    level = LevelColumn("c", ("a", "b"), False)
    assert level.encode(np.array(["b", None, "z"], dtype=object)).tolist() == [[0, 1], [0, 0], [0, 0]]


def test_words_that_were_numbers_are_the_same_levels_as_numbers() -> None:
    """A later table in which every level is a number comes as numbers."""
    level = LevelColumn("children", ("0", "1", "2", "3+"), True)
    assert level.encode(np.array([2.0, 0.0, np.nan, 7.0])).argmax(axis=1).tolist() == [2, 0, 4, 0]
    assert level.encode(np.array([7.0])).sum() == 0


def test_words_and_gaps_are_refused_where_training_rows_had_none() -> None:
    number = NumberColumn("x", fill=1.0)
    words = np.array(["2", "much"], dtype=object)
    with pytest.raises(InputError, match=r"'x' must hold numbers, but row 1 \(from 0\) has 'much'"):
        number.encode(words)
    assert number.encode(words, strict=False).tolist() == [[2.0], [1.0]]
    assert NumberColumn("x", fill=1.0, words_are_gaps=True).encode(words).tolist() == [[2.0], [1.0]]
    with pytest.raises(InputError, match="must have a finite number in every row, but row 1"):
        NumberColumn("x").encode(np.array([2.0, np.nan]))


def test_truth_words_among_numbers_are_gaps_and_it_is_said() -> None:
    choice, encoded, _ = _fit(pd.DataFrame({"x": [f"{i}.5" for i in range(1, 100)] + ["true"]}))
    assert "such as 'true') and counted as missing" in choice.notes[0]
    assert encoded[-1, 1] == 1

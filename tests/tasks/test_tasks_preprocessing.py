"""Preprocessing gives raw rows the very inputs that networks learned from, also after a way through JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks import FORMULAS, Preprocessing, Task, array_task, csv_task, load_task
from tunescape.tasks.builtin import DESCRIPTIONS
from tunescape.tasks.preprocessing import FAR, raw_numbers
from tunescape.tasks.read_csv import read_csv


def _through_json(preprocessing: Preprocessing) -> Preprocessing:
    text = json.dumps(preprocessing.to_dict(), allow_nan=False)
    return Preprocessing.from_dict(json.loads(text))


def _raw(name: str) -> np.ndarray:
    from sklearn import datasets

    if name == "diabetes":
        return datasets.load_diabetes(scaled=False).data
    return getattr(datasets, "load_" + name.replace("-", "_"))().data


def _assert_gives_the_inputs(task: Task, raw) -> None:
    """For the training rows, as they are and after a way through JSON: the same bits."""
    for preprocessing in (task.preprocessing, _through_json(task.preprocessing)):
        assert np.array_equal(preprocessing.apply(raw), task.train.inputs)
        assert preprocessing.features == task.features
        assert preprocessing.names == task.preprocessing.names


@pytest.mark.parametrize("name", ["iris", *DESCRIPTIONS])
def test_raw_rows_of_built_in_tasks_become_their_inputs(name: str) -> None:
    task, raw = load_task(name), _raw(name)
    _assert_gives_the_inputs(task, raw[task.train.rows])
    assert np.array_equal(task.preprocessing.apply(raw[task.validation.rows]), task.validation.inputs)
    assert task.preprocessing.is_numeric
    frame = pd.DataFrame(raw[task.train.rows], columns=list(task.features))
    _assert_gives_the_inputs(task, frame[list(task.features)[::-1]])


@pytest.mark.parametrize("name", FORMULAS)
def test_inputs_of_formulas_are_passed_through(name: str) -> None:
    task = load_task(name, n_points=50)
    _assert_gives_the_inputs(task, task.train.inputs)
    assert task.preprocessing.is_numeric


_WORDS = st.sampled_from(["red", "blue", " green ", "3", "", None, "true", "nan", "Ä,ö", "-1e3"])
_FLOATS = st.one_of(st.none(), st.floats(-1e12, 1e12), st.integers(-3, 3).map(float), st.just(5.5))


@given(
    words=st.lists(_WORDS, min_size=40, max_size=40),
    numbers=st.lists(_FLOATS, min_size=40, max_size=40),
    constant=st.sampled_from([7.0, "same", True]),
    seed=st.integers(0, 99),
)
def test_raw_rows_of_any_csv_become_its_inputs(tmp_path_factory, words, numbers, constant, seed) -> None:
    rng = np.random.default_rng(seed)
    mostly = np.array([f"{x:.3f}" for x in rng.normal(size=40)], dtype=object)
    mostly[rng.random(40) < 0.03] = "n. a."
    frame = pd.DataFrame(
        {
            "word": words, "number": numbers, "constant": constant, "id": range(40), "mostly": mostly,
            "member": rng.random(40) < 0.5, "with gaps": np.where(rng.random(40) < 0.2, np.nan, rng.normal(size=40)),
            "y": rng.normal(size=40),
        }
    )  # fmt: skip
    file = tmp_path_factory.mktemp("any") / "t.csv"
    frame.to_csv(file, index=False)
    task, table = csv_task(file, "y"), read_csv(file).frame
    raw = table.loc[task.train.rows]
    _assert_gives_the_inputs(task, raw)
    _assert_gives_the_inputs(task, raw[list(raw.columns)[::-1]])
    _assert_gives_the_inputs(task, {name: raw[name].to_numpy() for name in task.preprocessing.names})
    _assert_gives_the_inputs(task, raw[list(task.preprocessing.names)].to_numpy(dtype=object).tolist())


@given(
    words=st.lists(_WORDS, min_size=12, max_size=12),
    numbers=st.lists(_FLOATS, min_size=12, max_size=12),
    n_train=st.integers(0, 3),
)
def test_raw_rows_of_any_frame_become_its_inputs(words, numbers, n_train) -> None:
    frame = pd.DataFrame({"word": words, "number": numbers, "constant": 3, "x": np.arange(12.0) ** 2})
    task = array_task(frame, np.arange(12) % 3, kind="classification")
    _assert_gives_the_inputs(task, frame.loc[task.train.rows])
    _assert_gives_the_inputs(task, frame.loc[task.train.rows].to_numpy())
    assert task.preprocessing.names == tuple(frame.columns), "all columns, also those that are not used"
    rows = frame.loc[task.train.rows[n_train:]]
    assert np.array_equal(task.preprocessing.apply(rows), task.train.inputs[n_train:])


def _task() -> Task:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(40, 9, 30), "town": rng.choice(["Aa", "Bb"], 30), "one": 1.0})
    return array_task(frame, rng.normal(size=30))


def test_constants_are_zero_whatever_comes_and_far_values_stay_finite() -> None:
    preprocessing = _task().preprocessing
    assert preprocessing.features == ("age", "town=Aa", "town=Bb", "one")
    rows = preprocessing.apply({"age": [40.0, -1e140, 1e149], "town": ["Cc", "Bb", None], "one": [1e9, -5, 1]})
    assert rows[:, 1:].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert rows[1:, 0].tolist() == [-FAR, FAR]
    assert preprocessing.to_dict()["sd"][3] is None
    assert not preprocessing.is_numeric


def test_one_row_can_be_given_as_plain_values() -> None:
    preprocessing = _task().preprocessing
    row = preprocessing.apply({"age": 40, "town": "Aa", "one": 1, "more": "not looked at"})
    assert row.shape == (1, 4)
    assert np.array_equal(row, preprocessing.apply([[40, "Aa", 1]]))


def test_no_rows_are_no_inputs() -> None:
    assert raw_numbers(["a", "b"]).apply(np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"age": [1.0], "twon": ["Aa"], "one": [1]}, "got none called 'town'. Did you mean 'twon'?"),
        (pd.DataFrame({"age": [1.0]}), "got none called 'town', 'one'."),
        ([[1.0, "Aa"]], r"must have 3 columns \('age', 'town', 'one'\), in this order; got 2"),
        (np.zeros((2, 4)), r"must have 3 columns .* got 4"),
        ([1.0, "Aa", 1], r"got an array of shape \(3,\). Write one row as"),
        ([[1.0, "Aa", 1], [2.0]], "must have rows of equal length"),
        ([np.zeros(3), np.zeros(2)], "must have rows of equal length|got an array of shape"),
        (np.zeros((2, 3, 1)), "each with one value per column"),
        ({"age": ["old"], "town": ["Aa"], "one": [1]}, r"'age' must hold numbers, but row 0 \(from 0\) has 'old'"),
        ({"age": [1.0, 2.0], "town": ["Aa"], "one": [1]}, "must be equally long"),
        (pd.DataFrame([[1.0, 2.0, "Aa", 1]], columns=["age", "age", "town", "one"]), "several are called 'age'"),
    ],
)
def test_tables_that_do_not_fit_are_refused_in_one_sentence(table, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        _task().preprocessing.apply(table)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, "", None])
def test_raw_numbers_have_no_gaps(bad) -> None:
    with pytest.raises(InputError, match=r"'b' must have a finite number in every row, but row 1 \(from 0\) has none"):
        raw_numbers(["a", "b"]).apply([[1, 2], [3, bad]])


def test_sparse_matrices_are_refused() -> None:
    from scipy.sparse import csr_matrix

    with pytest.raises(InputError, match=r"must be dense; .* \.toarray\(\)"):
        raw_numbers(["a"]).apply(csr_matrix([[1.0]]))


def test_the_source_of_a_csv_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t.csv"
    pd.DataFrame({"x": np.arange(20.0) ** 2, "y": [0.5, 2.25] * 10}).to_csv(file, index=False)
    monkeypatch.chdir(tmp_path)
    task = csv_task("t.csv", "y")
    assert task.source == str(file.resolve())
    _assert_gives_the_inputs(task, read_csv(task.source).frame.loc[task.train.rows])

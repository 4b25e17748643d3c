"""Tasks from arrays: few rows and rare classes are enough, nothing is left out unsaid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks import array_task
from tunescape.tasks.split import SplitOptions

RNG = np.random.default_rng(0)


def test_an_array_becomes_a_task_of_standardised_columns() -> None:
    inputs, targets = RNG.normal(3, 2, (200, 3)), RNG.integers(0, 3, 200)
    task = array_task(inputs, targets)
    assert (task.kind, task.classes, task.features) == ("multiclass", ("0", "1", "2"), ("x1", "x2", "x3"))
    assert (len(task.train), len(task.validation), task.test) == (160, 40, None)
    assert np.abs(task.train.inputs.mean(axis=0)).max() < 1e-12
    assert np.allclose(task.train.inputs.std(axis=0), 1)
    for part in (task.train, task.validation):
        assert np.array_equal(part.targets, targets[part.rows])
        assert np.array_equal(part.inputs, task.preprocessing.apply(inputs[part.rows]))
    assert task.notes == task.left_out == ()
    assert task.source is None


def test_a_test_part_is_there_where_it_is_asked_for() -> None:
    inputs, targets = RNG.normal(size=(100, 2)), np.arange(100) % 2
    task = array_task(inputs, targets, test=True, split_options=SplitOptions(1, 0.3, 0.1))
    assert [len(part) for part in (task.train, task.validation, task.test)] == [60, 30, 10]
    assert [np.bincount(part.targets)[0] for part in (task.train, task.validation, task.test)] == [30, 15, 5]
    assert array_task(inputs, targets, split_options=SplitOptions(1, 0.3, 0.1)).test is None


def test_targets_of_a_regression_are_standardised() -> None:
    targets = RNG.normal(50, 9, 60)
    task = array_task(RNG.normal(size=(60, 2)), targets[:, None], kind="regression")
    train = targets[task.train.rows]
    assert (task.target_mean, task.target_sd) == pytest.approx((train.mean(), train.std()))
    assert np.allclose(task.validation.targets[:, 0] * task.target_sd + task.target_mean, targets[task.validation.rows])


def test_a_frame_has_words_gaps_and_columns_that_are_left_out_and_said() -> None:
    frame = pd.DataFrame(
        {
            "id": range(40), "town": pd.Categorical(["Aa", "Bb"] * 20), "age": [1.0, np.nan, 3.0, 8.0] * 10,
            "when": pd.date_range("2020-01-01", periods=40), "same": "word", "one": 1, 7: np.arange(40) % 5,
        }
    )  # fmt: skip
    task = array_task(frame, ["no", "yes"] * 20, name="people")
    assert (task.name, task.kind, task.classes) == ("people", "binary", ("no", "yes"))
    assert task.features == ("id", "town=Aa", "town=Bb", "age", "age is missing", "one", "7")
    assert (task.train.inputs[:, 5] == 0).all()
    assert task.preprocessing.names == ("id", "town", "age", "when", "same", "one", "7")
    assert task.notes == (
        "Left out 2 columns: 'when' (dates and times are not used); 'same' (constant in the training part).",
        "Gaps in 'age' are filled with the median of the training part and marked by an extra input.",
        "Constant in the training part, so their input is 0: 'one'.",
    )
    assert sum(row["count"] for row in task.left_out) == 2
    by_name = {str(name): frame[name] for name in frame.columns}
    assert np.array_equal(array_task(by_name, ["no", "yes"] * 20).train.inputs, task.train.inputs)


def test_rows_without_a_target_are_left_out_and_said() -> None:
    targets = np.where(np.arange(30) % 10 == 4, np.nan, RNG.normal(size=30))
    task = array_task(RNG.normal(size=(30, 2)), targets)
    assert not {4, 14, 24} & {*task.train.rows, *task.validation.rows}
    assert task.left_out == ({"reason": "rows without a value of 'targets'", "count": 3},)
    assert task.notes[0] == "Left out 3 rows without a value of 'targets'."


@given(
    labels=st.lists(st.integers(0, 4), min_size=2, max_size=30).filter(lambda labels: len(set(labels)) > 1),
    seed=st.integers(0, 999),
    test=st.booleans(),
)
def test_few_rows_of_any_classes_make_a_task(labels: list[int], seed: int, test: bool) -> None:
    """Every row is in one part; the training part has every class while rows last; no class is forgotten."""
    inputs = np.random.default_rng(seed).normal(size=(len(labels), 2))
    task = array_task(inputs, labels, kind="classification", test=test, split_options=SplitOptions(seed))
    parts = [part for part in (task.train, task.validation, task.test) if part is not None]
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(len(labels)))
    assert len(task.validation) >= 1
    assert len(task.train) >= 1
    assert task.classes == tuple(map(str, sorted(set(labels))))
    counts = np.unique(labels, return_counts=True)[1]
    even = counts.min() >= (3 if test else 2)
    if len(set(labels)) <= len(task.train):
        assert set(task.train.targets) == set(range(len(task.classes)))
    if even:
        assert all(set(part.targets) == set(range(len(task.classes))) for part in parts)
    assert ("too few rows" in " ".join(task.notes)) != even
    assert all(np.isfinite(part.inputs).all() for part in parts)


@pytest.mark.parametrize("n", [2, 3, 4, 10])
def test_few_rows_make_a_regression_also_where_the_target_is_constant(n: int) -> None:
    task = array_task(RNG.normal(size=(n, 1)), np.full(n, 5.5), kind="regression")
    assert (task.target_mean, task.target_sd) == (5.5, 1.0)
    assert (task.train.targets == 0).all()
    assert "The target is 5.5 throughout the training part" in task.notes[-1]


@pytest.mark.parametrize(
    ("targets", "kind", "classes"),
    [
        (np.array([10, 9, 2] * 4), None, ("2", "9", "10")),
        (np.array([10, 9, 2] * 4, dtype=object), None, ("2", "9", "10")),
        (np.array([-1.0, 1.0] * 6), None, ("-1", "1")),
        (np.array([0.5, 1.5] * 6), "classification", ("0.5", "1.5")),
        (np.array([True, False] * 6), None, ("False", "True")),
        (np.array(["b", "a"] * 6), None, ("a", "b")),
        (pd.Series(["b", "a"] * 6, index=range(50, 62)), None, ("a", "b")),
        (np.linspace(0, 1, 12), None, ()),
        ([1, 2] * 6, "regression", ()),
    ],
)
def test_classes_are_sorted_as_what_they_are(targets, kind, classes: tuple[str, ...]) -> None:
    task = array_task(RNG.normal(size=(12, 2)), targets, kind=kind)
    assert task.classes == classes
    if classes:
        labels = np.unique(np.asarray(targets), return_inverse=True)[1]
        assert np.array_equal(labels[task.train.rows], task.train.targets)


def test_the_content_decides_the_identity() -> None:
    inputs, targets = RNG.normal(size=(20, 2)), np.arange(20) % 2
    task = array_task(inputs, targets)
    assert array_task(inputs.copy(), targets.tolist()).options == task.options
    assert array_task(inputs + 1, targets).options["digest"] != task.options["digest"]
    assert array_task(inputs, 1 - targets).options["digest"] != task.options["digest"]
    assert array_task(pd.DataFrame(inputs), targets).options["digest"] != task.options["digest"]
    assert array_task([["a", 1]] * 9 + [["b", 1]] * 11, targets).options["digest"] != task.options["digest"]


@pytest.mark.parametrize(
    ("inputs", "targets", "kind", "message"),
    [
        (np.zeros((5, 2)), [0, 1], None, "must be equally long; got 5 rows and 2 targets"),
        (np.zeros((5, 2)), np.zeros((5, 2)), None, r"`targets` must be one value per row, .* got shape \(5, 2\)"),
        (np.zeros((1, 2)), [0.5], "regression", "at least 2 rows with a target, but 'targets' has n_samples=1"),
        (np.zeros((5, 2)), ["a"] * 5, None, "has one class only"),
        (np.zeros((5, 2)), ["a", "b", "a", "b", "a"], "regression", "holds text such as 'a'"),
        (np.zeros(5), [0, 1, 0, 1, 0], None, r"got an array of shape \(5,\)"),
        (np.zeros((0, 2)), [], None, "got an empty table"),
        (np.zeros((5, 0)), [0, 1, 0, 1, 0], None, "got an empty table"),
        ([["x"], ["y"], ["z"], ["w"], ["v"]], [0, 1, 0, 1, 0], None, r"'x1' \(every row has another text\); add a num"),
        (np.zeros((5, 2)), [0, 1, 0, 1, 0], "clasification", "Did you mean 'classification'?"),
    ],
)
def test_what_cannot_be_learned_is_refused(inputs, targets, kind, message: str) -> None:
    with pytest.raises(InputError, match=message):
        array_task(inputs, targets, kind=kind)

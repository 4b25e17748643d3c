"""The target column: classes or numbers, and targets that nothing can be learned of."""

from __future__ import annotations

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.tasks.target import read_target


def _words(*values) -> np.ndarray:
    return np.array(values, dtype=object)


def test_words_are_classes_in_alphabetical_order() -> None:
    target = read_target("y", _words(*["no", "yes", "maybe"] * 4))
    assert target.classes == ("maybe", "no", "yes")
    assert target.labels.tolist() == [1, 2, 0] * 4


def test_few_whole_numbers_are_classes_in_numerical_order() -> None:
    target = read_target("y", np.array([10.0, 9.0, 2.0] * 10))
    assert target.classes == ("2", "9", "10")
    assert target.labels.tolist() == [2, 1, 0] * 10


@pytest.mark.parametrize(
    ("values", "is_regression"),
    [
        (np.arange(60) % 20, False),
        (np.arange(60) % 21, True),
        (np.arange(59) % 20, True),  # fewer than three rows a class
        (np.arange(60) % 2 + 0.5, True),
        (np.arange(60), True),
    ],
)
def test_many_or_broken_numbers_are_a_regression(values: np.ndarray, is_regression: bool) -> None:
    assert (read_target("y", values.astype(float)).classes == ()) == is_regression


def test_truth_values_are_called_by_name() -> None:
    assert read_target("y", np.array([0.0, 1.0] * 8), is_truth=True).classes == ("False", "True")


def test_the_kind_can_be_forced() -> None:
    values = np.array([0.5, 1.5, 2.0] * 5)
    assert read_target("y", values, kind="classification").classes == ("0.5", "1.5", "2")
    assert read_target("y", values.round(), kind="regression").classes == ()
    words = _words(*["1.5", "2", "3"] * 5)
    assert read_target("y", words, kind="regression").labels[:2].tolist() == [1.5, 2.0]


def test_rows_without_a_target_are_not_among_its_rows() -> None:
    assert read_target("y", np.array([np.nan, 1.5, np.nan, 2.5] * 6)).rows.tolist() == list(range(1, 24, 2))
    assert read_target("y", _words(*[None, "a", "b"] * 6)).rows.tolist() == [i for i in range(18) if i % 3]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (_words(*["a"] * 12), None, "has one class only .'a'."),
        (np.full(12, 3.0), None, "has one class only .'3'."),
        (np.full(12, 3.5), None, "has one value only .3.5."),
        (_words(*["a"] * 12), "regression", "holds text such as 'a'"),
        (np.arange(9.0), None, "at least 10 rows with a target, but 'y' has 9"),
        (_words(*["a"] * 12, "b", "b"), None, "class 'b' of 'y' has 2; drop its rows or join it"),
        (_words(*["a"] * 12, "b", "b", "c"), None, "class 'b' of 'y' has 2 .2 of 3 classes are as rare."),
        (np.array([1.0] * 12 + [2.0]), None, "or predict the number itself with kind='regression'"),
        (np.arange(12.0), "classification", "class '0' of 'y' has 1"),
        (np.arange(12.0), "regresion", "got kind='regresion'. Did you mean 'regression'?"),
    ],
)
def test_unfit_targets_are_named(values: np.ndarray, kind: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_target("y", values, kind=kind)

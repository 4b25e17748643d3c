"""The Iris task equals the experiment of 2017: rows, order, levels, settings."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.space import levels, n_cells
from tunescape.tasks import load_task
from tunescape.tasks.iris import HELD_OUT_2017, TRAIN_2017

DATA = Path(__file__).parents[2] / "../shared/data/iris_2017"


def _file_of_2017(name: str) -> tuple[np.ndarray, np.ndarray]:
    rows = list(csv.reader((DATA / name).open()))[1:]
    table = np.array(rows, dtype=float)
    return table[:, :4], table[:, 4].astype(int)


@pytest.mark.skipif(not DATA.exists(), reason="the files of 2017 are not on this machine")
@pytest.mark.parametrize(("part", "name"), [("train", "iris_training.csv"), ("validation", "iris_test.csv")])
def test_the_rows_are_those_of_the_2017_files_in_their_order(part: str, name: str) -> None:
    inputs, classes = _file_of_2017(name)
    ours = getattr(load_task("iris"), part)
    assert np.array_equal(ours.targets, classes)
    differing = set(ours.rows[np.abs(ours.inputs - inputs).max(axis=1) > 1e-9])
    assert differing <= {34, 37}  # the two rows in which copies of Iris differ
    assert np.abs(ours.inputs - inputs).max() <= 0.5 + 1e-9


def test_every_row_is_used_once_in_an_order_that_does_not_change() -> None:
    """The order is part of what was found to match the files, which other machines lack."""
    rows = TRAIN_2017 + HELD_OUT_2017
    assert sorted(rows) == list(range(150))
    assert hashlib.sha256(bytes(rows)).hexdigest()[:12] == "50cf255eafca"


def test_the_parts_hold_as_many_of_each_species_as_in_2017() -> None:
    task = load_task("iris")
    assert np.bincount(task.train.targets).tolist() == [42, 36, 42]
    assert np.bincount(task.validation.targets).tolist() == [8, 14, 8]
    assert task.constant_value == 14 / 30


def test_there_is_no_test_part_and_it_is_said() -> None:
    task = load_task("iris")
    assert task.test is None
    assert task.notes[0] == (
        "The 2017 design has no test part: its 30 rows choose the configuration, so the best value is optimistic."
    )


def test_inputs_are_raw() -> None:
    from sklearn.datasets import load_iris

    task = load_task("iris")
    assert np.array_equal(task.train.inputs, load_iris().data[task.train.rows])


def test_the_default_space_is_the_2017_design() -> None:
    task = load_task("iris")
    assert list(task.space.parameters) == ["learning_rate", "dropout", "l1", "steps", "activation"]
    assert {name: levels(p) for name, p in task.space.parameters.items()} == {
        "learning_rate": tuple(0.0001 * 2**x for x in (1, 3, 5, 7, 9, 11)),
        "dropout": (0.01, 0.05, 0.1, 0.25),
        "l1": (0.01, 0.1, 1.0, 10.0),
        "steps": (100, 500, 2500),
        "activation": ("sigmoid", "relu", "tanh", "elu"),
    }
    assert n_cells(task.space) * task.design.replicates == 3456
    assert (task.design.sampler, task.design.n_points) == ("factorial", None)
    assert task.network["hidden"] == (5, 10, 5)
    assert task.network["reduction"] == "sum"


def test_a_stratified_split_has_three_parts_and_depends_on_the_seed() -> None:
    first, again, other = (load_task("iris", split="stratified", split_seed=s) for s in (0, 0, 1))
    assert [len(p) for p in (first.train, first.validation, first.test)] == [90, 30, 30]
    assert np.bincount(first.validation.targets).tolist() == [10, 10, 10]
    assert np.array_equal(first.train.rows, again.train.rows)
    assert not np.array_equal(first.train.rows, other.train.rows)
    assert first.notes == ()
    assert first.options != other.options != load_task("iris").options


@pytest.mark.parametrize("options", [{"split_seed": 3}, {"test_size": 0.3}, {"validation_size": 0.1}])
def test_the_2017_split_takes_no_seed_or_share(options: dict) -> None:
    with pytest.raises(InputError, match="add split='stratified'"):
        load_task("iris", **options)


def test_an_unknown_split_is_named() -> None:
    with pytest.raises(InputError, match=r"got split='stratify'\. Did you mean 'stratified'?"):
        load_task("iris", split="stratify")

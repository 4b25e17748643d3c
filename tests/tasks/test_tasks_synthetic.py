"""The twelve synthetic tasks: formulas told again point by point, noise, seeds, parts, options."""

from __future__ import annotations

import json
import math
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.space import Categorical, Ordinal
from tunescape.tasks import FORMULAS, load_task, task_names
from tunescape.tasks.synthetic import truth

CLASSIFICATIONS = ("and", "or", "xor", "stripe", "square", "circle", "squares", "circles", "quadrants")
REGRESSIONS = ("prod", "sumSquares", "polynom")


def _naive(name: str, x1: float, x2: float) -> float:
    """The formulas once more, one point at a time; quadrants by their signs."""
    radius = math.hypot(x1, x2)
    return {
        "and": x1 > 0 and x2 > 0,
        "or": not (x1 <= 0 and x2 <= 0),
        "xor": (x1 > 0) == (x2 > 0),
        "stripe": -1 <= x1 - x2 <= 1,
        "square": max(x1 + x2, x1 - x2, -x1 + x2, -x1 - x2) <= 1,
        "circle": radius <= 1,
        "squares": int(max(x1, -x1) + max(x2, -x2)),
        "circles": int(radius * radius / 2),
        "quadrants": {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}[x1 > 0, x2 > 0],
        "prod": x1 * x2 / 4,
        "sumSquares": radius * radius / 4,
        "polynom": ((x1 - x2) * (x1 + x2) - 3 * x1 * x2) / 4,
    }[name]


def test_there_are_twelve() -> None:
    assert tuple(FORMULAS) == CLASSIFICATIONS + REGRESSIONS
    assert set(FORMULAS) <= set(task_names())


@pytest.mark.parametrize("name", FORMULAS)
def test_targets_are_what_the_formula_says(name: str) -> None:
    task = load_task(name)
    for part in (task.train, task.validation, task.test):
        expected = [_naive(name, x1, x2) for x1, x2 in part.inputs]
        assert np.allclose(part.targets.reshape(-1), expected)
        assert np.array_equal(task.truth(part.inputs), part.targets.reshape(-1))


@pytest.mark.parametrize("name", FORMULAS)
def test_parts_are_fresh_points_of_the_square(name: str) -> None:
    task = load_task(name)
    parts = (task.train, task.validation, task.test)
    assert [len(part) for part in parts] == [2500, 1000, 1000]
    points = np.concatenate([part.inputs for part in parts])
    assert len(np.unique(points, axis=0)) == 4500
    assert -2 <= points.min() < -1.99
    assert 1.99 < points.max() < 2
    assert np.abs(points.mean(axis=0)).max() < 5 * math.sqrt(4 / 3 / 4500)
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(4500))
    assert task.features == ("x1", "x2")


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_two_classes_share_one_output_and_more_have_one_each(name: str) -> None:
    task = load_task(name)
    n = 4 if name in ("squares", "circles", "quadrants") else 2
    assert task.classes == tuple(map(str, range(n)))
    assert (task.kind, task.n_outputs) == (("binary", 1) if n == 2 else ("multiclass", 4))
    assert task.loss == ("binary_cross_entropy" if n == 2 else "softmax_cross_entropy")
    assert set(task.train.targets) == set(range(n))
    assert task.train.targets.dtype == task.truth(task.train.inputs).dtype == np.int64


@pytest.mark.parametrize(("name", "shares"), [("squares", (1, 3, 3, 1)), ("quadrants", (1, 1, 1, 1))])
def test_every_class_has_its_share_of_the_square(name: str, shares) -> None:
    found = np.bincount(load_task(name, n_points=100_000).train.targets) / 100_000
    assert np.abs(found - np.array(shares) / sum(shares)).max() < 5 * math.sqrt(0.25 / 100_000)


def test_the_rare_class_of_circles_is_there_and_said() -> None:
    task = load_task("circles", n_points=100_000)
    segment = 6 * math.acos(2 / math.sqrt(6)) - 2 * math.sqrt(2)
    corners = 1 - (math.pi * 6 - 4 * segment) / 16  # outside the circle of radius sqrt 6
    assert corners == pytest.approx(0.038, abs=5e-4)
    assert np.bincount(task.train.targets)[3] / 100_000 == pytest.approx(corners, abs=0.003)
    assert "rare (3.8 % of the square)" in task.notes[0]


def test_no_point_has_a_class_beyond_the_last() -> None:
    corners = np.array([[2.0, 2.0], [-2.0, 2.0], [-2.0, -2.0], [2.0, -2.0], [-1.0, 0.0], [-1.0, -0.0]])
    for name in ("squares", "circles", "quadrants"):
        assert truth(name, corners).max() == 3


@pytest.mark.parametrize(
    ("name", "variance"), [("prod", 1 / 9), ("sumSquares", 2 / 16 * 64 / 45), ("polynom", (2 * 64 / 45 + 16) / 16)]
)
def test_regressions_are_not_standardised_and_have_the_known_variance(name: str, variance: float) -> None:
    task = load_task(name, n_points=200_000)
    assert (task.target_mean, task.target_sd, task.n_outputs, task.loss) == (0.0, 1.0, 1, "squared_error")
    assert task.train.targets.var() == pytest.approx(variance, rel=0.02)
    assert task.constant_value == pytest.approx(variance, rel=0.15)


def test_prod_is_stuck_at_a_ninth_where_nothing_is_learned() -> None:
    task = load_task("prod")
    assert np.mean(task.validation.targets**2) == pytest.approx(1 / 9, abs=0.003)
    assert np.mean(task.train.targets**2) == pytest.approx(1 / 9, abs=0.003)


@pytest.mark.parametrize("name", ["xor", "circles"])
def test_noise_changes_its_share_of_labels_of_every_part_to_any_other_class(name: str) -> None:
    task = load_task(name, noise=0.2, n_points=10_000)
    for part in (task.train, task.validation, task.test):
        assert np.mean(part.targets != task.truth(part.inputs)) == pytest.approx(0.2, abs=1e-9)
    shift = (task.train.targets - task.truth(task.train.inputs)) % len(task.classes)
    counts = np.bincount(shift, minlength=len(task.classes))[1:]
    expected = 2000 / len(counts)
    assert np.abs(counts - expected).max() < 5 * math.sqrt(expected)
    assert "truth itself is right on 0.8" in task.notes[-1]


@pytest.mark.parametrize("name", REGRESSIONS)
def test_noise_is_added_to_the_values_of_every_part(name: str) -> None:
    task = load_task(name, noise=0.5)
    for part in (task.train, task.validation, task.test):
        noise = part.targets[:, 0] - task.truth(part.inputs)
        assert abs(noise.mean()) < 5 * 0.5 / math.sqrt(len(part))
        assert noise.std() == pytest.approx(0.5, rel=5 / math.sqrt(2 * len(part)))
    assert "about 0.25" in task.notes[-1]


def test_noise_leaves_points_and_its_own_draws_alone() -> None:
    clean, little, much = (load_task("prod", noise=sd) for sd in (None, 0.1, 0.2))
    assert np.array_equal(clean.train.inputs, much.train.inputs)
    assert np.allclose(2 * (little.train.targets - clean.train.targets), much.train.targets - clean.train.targets)


def test_validation_and_test_part_do_not_depend_on_the_training_rows() -> None:
    few, many = (load_task("polynom", n_points=n, noise=0.1) for n in (100, 3000))
    for part in ("validation", "test"):
        assert np.array_equal(getattr(few, part).inputs, getattr(many, part).inputs)
        assert np.array_equal(getattr(few, part).targets, getattr(many, part).targets)
    assert np.array_equal(few.train.inputs, many.train.inputs[:100])
    assert np.array_equal(few.train.targets, many.train.targets[:100])


def test_the_seed_decides_everything() -> None:
    a, b, c = (load_task("circle", noise=0.1, split_seed=s) for s in (3, 3, 4))
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(a, part).inputs, getattr(b, part).inputs)
        assert np.array_equal(getattr(a, part).targets, getattr(b, part).targets)
        assert not np.array_equal(getattr(a, part).inputs, getattr(c, part).inputs)


def test_the_points_of_seed_zero_never_change() -> None:
    """A study that is resumed later, or elsewhere, must find the same points."""
    task = load_task("prod", n_points=20, noise=0.1)
    assert task.train.inputs[0].tolist() == [1.7717502115315176, -0.7346513904580076]
    assert task.train.targets[0, 0] == pytest.approx(-0.4291188451272794, rel=1e-12)
    assert np.flatnonzero(load_task("xor", n_points=20, noise=0.2).train.targets).tolist() == [
        2,
        3,
        6,
        9,
        10,
        14,
        16,
        17,
    ]


def test_options_are_part_of_the_identity() -> None:
    assert load_task("xor").options == {"split_seed": 0, "n_points": 2500, "noise": 0.0}
    options = load_task("xor", n_points=np.int64(300), noise=np.float32(0.25), split_seed=7).options
    assert options == {"split_seed": 7, "n_points": 300, "noise": 0.25}
    assert json.loads(json.dumps(options)) == options


def test_the_default_space_holds_what_the_story_compared() -> None:
    task = load_task("prod")
    space = task.space.parameters
    assert {n: p.choices for n, p in space.items() if isinstance(p, Categorical | Ordinal)} == {
        "batch_size": (50, 100, 250), "units": (2, 4, 8, 16), "activation": ("relu", "tanh", "sigmoid"),
        "optimiser": ("sgd", "adam", "rmsprop", "adagrad"),
    }  # fmt: skip
    assert {name: p.default for name, p in space.items()} == {
        "learning_rate": 0.005, "batch_size": 100, "layers": 2, "units": 16, "activation": "relu", "optimiser": "adam",
    }  # fmt: skip
    assert task.network == {"hidden": (16, 16), "epochs": 100, "batch_size": 100}


@pytest.mark.parametrize(("n", "batches"), [(20, (1, 2, 5)), (499, (24, 62, 124)), (500, (50, 100, 250))])
def test_batches_are_at_most_half_of_the_rows(n: int, batches: tuple[int, ...]) -> None:
    task = load_task("and", n_points=n)
    assert task.space.parameters["batch_size"].choices == batches
    assert task.network["batch_size"] == batches[1]


def test_a_class_that_no_training_row_has_is_said() -> None:
    seed = next(
        s for s in range(99) if "has no row of class 3." in load_task("circles", n_points=20, split_seed=s).notes[-1]
    )
    task = load_task("circles", n_points=20, split_seed=seed)
    assert 3 not in task.train.targets
    assert task.n_outputs == 4


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("prod", {"n_points": 19}, "`n_points` must be a whole number of training rows from 20 to 1,000,000; got n_p"),
        ("prod", {"n_points": 2.5}, "got n_points=2.5"),
        ("prod", {"n_points": True}, "got n_points=True"),
        ("prod", {"n_points": "many"}, "got n_points='many'"),
        ("prod", {"noise": -0.1}, "`noise` of 'prod' must be a standard deviation, 0 or above; got noise=-0.1"),
        ("prod", {"noise": math.nan}, "got noise=nan"),
        ("xor", {"noise": 1.1}, "`noise` of 'xor' must be the share of labels .* from 0 to 1; got noise=1.1"),
        ("xor", {"noise": "a"}, "got noise='a'"),
        ("xor", {"test_size": 0.1}, "`test_size` is for tables that are split, but the parts of 'xor' are drawn"),
        ("xor", {"validation_size": 0.1}, "`validation_size` is for tables"),
        ("xor", {"split_seed": -1}, "`split_seed` must be a whole number"),
        ("xor", {"target": "x"}, "`target` is for csv files"),
        ("wine", {"n_points": 100}, "`n_points` is for tasks made by a formula only .and, or, .*polynom.; leave out"),
        ("iris", {"noise": 0.0}, "`noise` is for tasks made by a formula only"),
    ],
)
def test_options_that_do_not_fit_are_named(name: str, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_task(name, **options)


def test_capitals_do_not_matter_and_near_names_are_suggested() -> None:
    assert load_task("sumsquares").name == load_task("SUMSQUARES").name == "sumSquares"
    with pytest.raises(InputError, match=r"Did you mean 'sumSquares'\?"):
        load_task("sumSquare")
    with pytest.raises(InputError, match=r"There is no task 'polynome'.*Did you mean 'polynom'\?"):
        load_task("polynome", n_points=100)


def test_a_task_can_be_sent_to_another_process() -> None:
    task = pickle.loads(pickle.dumps(load_task("polynom", n_points=20)))
    assert np.array_equal(task.truth(task.train.inputs), task.train.targets[:, 0])


def test_the_table_of_the_docs_says_what_a_constant_reaches() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `(\w+)` \| .* \| (?:accuracy|mean squared error) ([\d.]+) \|$", page, re.MULTILINE))
    assert set(said) == set(FORMULAS)
    for name, value in said.items():
        targets = load_task(name, n_points=400_000).train.targets
        reached = np.bincount(targets).max() / len(targets) if name in CLASSIFICATIONS else targets.var()
        assert float(value) == pytest.approx(reached, rel=0.01)

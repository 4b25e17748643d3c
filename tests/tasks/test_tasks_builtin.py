"""Built-in tasks: parts, standardisation by the training part, names of classes and features."""

from __future__ import annotations

import numpy as np
import pytest

from tunescape.tasks import FORMULAS, load_task, task_names

FACTS = {  # rows, inputs, classes, outputs, kind
    "digits": (1797, 64, 10, 10, "multiclass"),
    "wine": (178, 13, 3, 3, "multiclass"),
    "breast-cancer": (569, 30, 2, 1, "binary"),
    "diabetes": (442, 10, 0, 1, "regression"),
}
LOSSES = {
    "multiclass": "softmax_cross_entropy",
    "binary": "binary_cross_entropy",
    "regression": "squared_error",
}


def test_every_built_in_task_is_tested_here() -> None:
    assert set(task_names()) == {"iris", *FACTS, *FORMULAS}  # iris and formulas have tests of their own


@pytest.mark.parametrize("name", FACTS)
def test_the_task_is_what_scikit_learn_has(name: str) -> None:
    task = load_task(name)
    rows, inputs, classes, outputs, kind = FACTS[name]
    parts = (task.train, task.validation, task.test)
    assert sum(map(len, parts)) == rows
    assert sorted(np.concatenate([p.rows for p in parts])) == list(range(rows))
    assert (task.n_inputs, task.n_outputs, task.kind) == (inputs, outputs, kind)
    assert len(task.features) == inputs
    assert len(task.classes) == classes
    assert task.loss == LOSSES[kind]
    assert task.source is None
    for part, share in zip(parts, (0.6, 0.2, 0.2), strict=True):
        assert len(part) / rows == pytest.approx(share, abs=0.01)
        assert part.inputs.dtype == np.float64
        assert np.isfinite(part.inputs).all()
        assert part.targets.dtype == (np.float64 if kind == "regression" else np.int64)
        assert part.targets.shape == ((len(part), 1) if kind == "regression" else (len(part),))


@pytest.mark.parametrize("name", FACTS)
def test_training_columns_have_mean_zero_and_deviation_one_or_are_zero(name: str) -> None:
    inputs = load_task(name).train.inputs
    assert np.abs(inputs.mean(axis=0)).max() < 1e-12
    sd = inputs.std(axis=0)
    assert np.all((np.abs(sd - 1) < 1e-9) | (inputs == 0).all(axis=0))


@pytest.mark.parametrize("name", FACTS)
def test_validation_is_not_standardised_by_itself(name: str) -> None:
    assert np.abs(load_task(name).validation.inputs.mean(axis=0)).max() > 1e-3


@pytest.mark.parametrize("name", ["digits", "wine", "breast-cancer"])
def test_classes_have_the_same_share_in_every_part(name: str) -> None:
    task = load_task(name)
    shares = [np.bincount(p.targets) / len(p) for p in (task.train, task.validation, task.test)]
    assert np.ptp(shares, axis=0).max() < 0.02
    assert task.constant_value == max(np.bincount(task.validation.targets)) / len(task.validation)
    assert task.objective.name == "validation_accuracy"
    assert task.objective.name in task.metrics


def test_constant_columns_of_digits_are_zero_everywhere_and_said() -> None:
    task = load_task("digits")
    constant = (task.train.inputs == 0).all(axis=0)
    assert constant.sum() >= 3
    assert (task.test.inputs[:, constant] == 0).all()
    assert f"{constant.sum()} columns are constant in the training part" in task.notes[0]


def test_the_targets_of_diabetes_are_standardised_and_it_is_said() -> None:
    from sklearn.datasets import load_diabetes

    task = load_task("diabetes")
    original = load_diabetes().target
    train = original[task.train.rows]
    assert np.allclose(task.test.targets[:, 0], (original[task.test.rows] - train.mean()) / train.std())
    assert task.constant_value == pytest.approx(np.mean(task.validation.targets**2))
    assert 0.7 < task.constant_value < 1.3
    assert any(f"mean {train.mean():.4g}" in note for note in task.notes)
    assert (task.objective.name, task.objective.direction) == ("validation_mse", "minimize")
    assert task.objective.name in task.metrics
    assert np.allclose(task.test.targets[:, 0] * task.target_sd + task.target_mean, original[task.test.rows])
    assert load_task("wine").target_mean == 0
    assert load_task("wine").target_sd == 1


def test_the_split_follows_its_seed_and_shares() -> None:
    a, b, c = (load_task("wine", split_seed=s) for s in (1, 1, 2))
    assert np.array_equal(a.test.rows, b.test.rows)
    assert not np.array_equal(a.test.rows, c.test.rows)
    assert load_task("wine", test_size=0).test is None
    large = load_task("wine", validation_size=0.4, test_size=0.1)
    assert len(large.validation) == pytest.approx(0.4 * 178, abs=2)


def test_tasks_show_themselves() -> None:
    assert repr(load_task("wine")) == (
        "Task('wine': 106 training, 36 validation and 36 test rows; 13 inputs; 3 classes)"
    )
    assert "no test part" in repr(load_task("iris"))
    assert "<li>The 2017 design" in load_task("iris")._repr_html_()


def test_a_linear_model_learns_them() -> None:
    """Inputs and targets belong together: ridge regression is far better than a constant."""
    from sklearn.linear_model import RidgeClassifier

    for name, least in (("digits", 0.88), ("wine", 0.9), ("breast-cancer", 0.9)):
        task = load_task(name)
        model = RidgeClassifier().fit(task.train.inputs, task.train.targets)
        assert model.score(task.validation.inputs, task.validation.targets) > least
        assert model.score(task.test.inputs, task.test.targets) > least
    task = load_task("diabetes")
    weights = np.linalg.lstsq(task.train.inputs, task.train.targets, rcond=None)[0]
    errors = task.validation.inputs @ weights - task.validation.targets
    assert np.mean(errors**2) < 0.7 * task.constant_value

"""scikit-learn's own checks of an estimator: a few in every run, all of them at level 2."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import (
    check_estimator,
    estimator_checks_generator,
)

from tunescape.integrations import PopulationClassifier, PopulationRegressor
from tunescape.space import Float, Integer

SPACE = {"learning_rate": Float(1e-3, 3e-2, "log"), "units": Integer(4, 16)}
ESTIMATORS = [cls(SPACE, n_trials=6, settings={"epochs": 20}) for cls in (PopulationClassifier, PopulationRegressor)]

QUICK = {
    "check_estimator_cloneable", "check_no_attributes_set_in_init", "check_estimators_unfitted",
    "check_n_features_in_after_fitting", "check_estimators_nan_inf", "check_estimators_pickle", "check_dict_unchanged",
    "check_fit_idempotent", "check_supervised_y_2d", "check_classifiers_one_label", "check_classifiers_train",
    "check_regressors_train", "check_regressor_multioutput", "check_fit2d_1sample", "check_fit2d_1feature",
    "check_methods_subset_invariance", "check_estimator_sparse_array", "check_all_zero_sample_weights_error",
}  # fmt: skip


def checks() -> Iterator[Any]:
    """Every check of both estimators; those that are not quick only at level 2."""
    for estimator in ESTIMATORS:
        seen: dict[str, int] = {}
        for one, check in estimator_checks_generator(estimator):
            name = getattr(check, "func", check).__name__
            seen[name] = seen.get(name, 0) + 1
            marks = [] if name in QUICK else [pytest.mark.level(2)]
            if name == "check_array_api_input":
                continue  # skips itself here; tested below
            yield pytest.param(one, check, id=f"{type(one).__name__}-{name}-{seen[name]}", marks=marks)


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learn_checks(estimator: BaseEstimator, check: Any) -> None:
    """The estimator passes a check of scikit-learn's."""
    check(estimator)


@pytest.mark.filterwarnings("ignore:.*diverged when they learned from all rows")
@pytest.mark.parametrize("cls", [PopulationClassifier, PopulationRegressor])
@pytest.mark.level(2)
def test_as_it_comes_it_passes_every_check(cls: type) -> None:
    """With the default space and nothing said but how many trials, so that it does not take long."""
    results = check_estimator(cls(n_trials=20), on_skip=None)
    others = {result["check_name"] for result in results if result["status"] != "passed"}
    assert others <= {"check_array_api_input"}  # skipped unless SciPy was told to look at array APIs: see below
    assert len(results) > 50


@pytest.mark.level(2)
def test_the_array_api_check_passes_too() -> None:
    """The one check that is skipped above needs a variable of the environment that SciPy reads when it is imported."""
    code = (
        "from sklearn.utils.estimator_checks import check_array_api_input as check\n"
        "from tunescape.integrations import PopulationClassifier, PopulationRegressor\n"
        "for cls in (PopulationClassifier, PopulationRegressor):\n"
        "    check(cls.__name__, cls(n_trials=3), array_namespace='numpy', expect_only_array_outputs=False)\n"
    )
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

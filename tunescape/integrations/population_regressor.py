"""A regressor for scikit-learn: a population of networks, of which the best are kept."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from tunescape.integrations.population_estimator import PopulationEstimator
from tunescape.integrations.rows import Rows


class PopulationRegressor(RegressorMixin, PopulationEstimator):
    """Trains many networks over a search space on the rows of X, and predicts with the best.

    Inputs and targets are standardised inside; predictions are in the units of y. A random part of the
    rows chooses the best networks by their squared error; these are then trained again on all rows.

    Args:
        space: What may vary, a `SearchSpace` or a dict of hyperparameters; None for what suits the rows.
        n_trials: Configurations to try.
        replicates: Networks of different seeds per configuration.
        sampler: ``"random"`` (default), ``"factorial"`` (as many configurations as its levels say),
            or a sampler.
        settings: Settings of the networks that the space does not vary (``epochs``, ``like``, …).
        ensemble: How many of the best configurations are kept, by default ten or as many as learned;
            their values are averaged.
        validation_size: Share of the rows that choose.
        refit: Whether the kept networks learn again from all rows, for as many passes as before.
        dtype: ``"float32"``, or ``"float64"`` for exact comparisons.
        random_state: Seed of everything random: the split, configurations, weights, order of rows.
        n_jobs: Threads; None or -1 for one per core. The result does not depend on it.
        verbose: Above 0: progress on the error stream.

    Attributes:
        study_: The study with all trials, for `explain`, `report` and `next_space`.
        best_configuration_: The configuration that won.
        best_value_: Its mean squared error of standardised targets on the validation rows (the mean over replicates;
            as the best of many it is somewhat too good).
        models_: The kept networks, best first, each a `Model` that can be saved and exported.
        validation_rows_: Positions in X of the rows that chose.
        n_features_in_: Columns of X.
        feature_names_in_: Their names, where X had names.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the population on the rows of X and keep the best.

        Args:
            X: Numbers, shape (n, n_features): an array or a DataFrame.
            y: Values, shape (n,) or (n, n_outputs).
            sample_weight: Weight of each row, shape (n,). Whole numbers are counts: a row of weight 2 is
                two rows. Others weigh in learning only; which networks are best is judged on
                unweighted rows. Rows of weight 0 take no part.

        Raises:
            ValueError: The rows cannot be used; an `InputError` where it is about this estimator.
        """
        X, y = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )  # fmt: skip
        kept, weights = self._weighted(X, y, sample_weight)
        self._is_one_dimensional = y.ndim == 1
        values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
        return self._search(Rows(X[kept], values[kept], weights, "regression", self._names()), kept)

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The value of each row, shape (n,), or (n, n_outputs) where y had columns."""
        answers = self._answers(X)
        return answers[:, 0] if self._is_one_dimensional else answers

    def __sklearn_tags__(self) -> Tags:
        """What the estimator can do, for scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

"""A classifier for scikit-learn: a population of networks, of which the best are kept."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from tunescape.errors import InputError
from tunescape.integrations.population_estimator import PopulationEstimator
from tunescape.integrations.rows import Kind, Rows


class PopulationClassifier(ClassifierMixin, PopulationEstimator):
    """Trains many networks over a search space on the rows of X, and predicts with the best.

    Inputs are standardised inside. A stratified part of the rows chooses the best networks (by
    accuracy, equal ones by their loss); these are then trained again on all rows.

    Args:
        space: What may vary, a `SearchSpace` or a dict of hyperparameters; None for what suits the rows.
        n_trials: Configurations to try.
        replicates: Networks of different seeds per configuration.
        sampler: ``"random"`` (default), ``"factorial"`` (as many configurations as its levels say),
            or a sampler.
        settings: Settings of the networks that the space does not vary (``epochs``, ``like``, …).
        ensemble: How many of the best configurations are kept, by default ten or as many as learned;
            their probabilities are averaged.
        validation_size: Share of the rows that choose.
        refit: Whether the kept networks learn again from all rows, for as many passes as before.
        dtype: ``"float32"``, or ``"float64"`` for exact comparisons.
        random_state: Seed of everything random: the split, configurations, weights, order of rows.
        n_jobs: Threads; None or -1 for one per core. The result does not depend on it.
        verbose: Above 0: progress on the error stream.

    Attributes:
        study_: The study with all trials, for `explain`, `report` and `next_space`.
        best_configuration_: The configuration that won.
        best_value_: Its validation accuracy (the mean over replicates; as the best of many it is somewhat too good).
        models_: The kept networks, best first, each a `Model` that can be saved and exported.
        validation_rows_: Positions in X of the rows that chose.
        classes_: The classes, sorted.
        n_features_in_: Columns of X.
        feature_names_in_: Their names, where X had names.
    """

    classes_: NDArray

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the population on the rows of X and keep the best.

        Args:
            X: Numbers, shape (n, n_features): an array or a DataFrame.
            y: Classes, shape (n,).
            sample_weight: Weight of each row, shape (n,). Whole numbers are counts: a row of weight 2 is
                two rows. Others weigh in learning only; which networks are best is judged on
                unweighted rows. Rows of weight 0 take no part.

        Raises:
            ValueError: The rows cannot be used; an `InputError` where it is about this estimator.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(y)
        y = column_or_1d(y)
        kept, weights = self._weighted(X, y, sample_weight)
        self.classes_, codes = np.unique(y[kept], return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                f"`y` must hold at least two classes. Got {len(kept)} rows of one class ({str(self.classes_[0])!r}); "
                "give rows of another class too."
            )
        kind: Kind = "binary" if len(self.classes_) == 2 else "multiclass"
        names = tuple(str(name) for name in self.classes_)
        rows = Rows(X[kept], codes.astype(np.int64), weights, kind, self._names(), names)
        return self._search(rows, kept)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, shape (n, n_classes), in the order of `classes_`."""
        answers = self._answers(X)
        return np.hstack([1.0 - answers, answers]) if answers.shape[1] == 1 else answers

    def predict(self, X: Any) -> NDArray:
        """The most probable class of each row, shape (n,)."""
        numbers = self.predict_proba(X).argmax(axis=1)
        return self.classes_[numbers]

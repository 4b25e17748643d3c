"""What the classifier and the regressor share: parameters, the search on the user's rows, the study inside."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from tunescape.engine import available_cores
from tunescape.errors import InputError
from tunescape.explanation import Explanation, explain
from tunescape.integrations.rows import Rows
from tunescape.integrations.search import Search, search
from tunescape.integrations.told_progress import told_progress
from tunescape.integrations.trained_again import mean_answer, trained_again
from tunescape.integrations.winners import winners
from tunescape.models import Model
from tunescape.samplers import Sampler
from tunescape.space import SearchSpace
from tunescape.study import Study

if TYPE_CHECKING:
    from numpy.random import RandomState


MOST_REPEATS = 10
"""Whole weights are taken as counts where they make at most so many times the rows."""


class PopulationEstimator(BaseEstimator, abc.ABC):
    """A scikit-learn estimator that fits a population of networks and keeps the best.

    The parameters and attributes are described where they are used: `PopulationClassifier` and
    `PopulationRegressor`.
    """

    study_: Study
    models_: tuple[Model, ...]
    best_configuration_: dict[str, Any]
    best_value_: float
    validation_rows_: NDArray[np.int64]
    n_features_in_: int

    def __init__(
        self,
        space: SearchSpace | Mapping[str, Any] | None = None,
        *,
        n_trials: int = 200,
        replicates: int = 1,
        sampler: Sampler | str | None = None,
        settings: Mapping[str, Any] | None = None,
        ensemble: int | None = None,
        validation_size: float = 0.2,
        refit: bool = True,
        dtype: str = "float32",
        random_state: int | RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.space = space
        self.n_trials = n_trials
        self.replicates = replicates
        self.sampler = sampler
        self.settings = settings
        self.ensemble = ensemble
        self.validation_size = validation_size
        self.refit = refit
        self.dtype = dtype
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def explain(self, **options: Any) -> Explanation:
        """Say what the trials of the fit show: what matters, how sure, what breaks, what is best.

        Args:
            **options: As for `tunescape.explanation.explain` (``seed``, ``quality``, ``cuts``).
        """
        check_is_fitted(self)
        return explain(self.study_, **options)

    @abc.abstractmethod
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the population and keep the best."""

    def _search(self, rows: Rows, positions: NDArray[np.int64]) -> Self:
        """Search, choose, and train the chosen again; `positions` are those of the rows in X."""
        how = self._asked()
        progress = told_progress(type(self).__name__) if self.verbose else None
        found = search(rows, how, type(self).__name__, progress)
        chosen = winners(found.study, self.ensemble)
        self.study_ = found.study
        self.validation_rows_ = positions[found.validation]
        self.best_configuration_ = dict(chosen[0].configuration)
        values = [t.value for t in found.study.trials if dict(t.configuration) == self.best_configuration_]
        self.best_value_ = float(np.mean([value for value in values if value is not None]))
        self.models_ = trained_again(rows, found, chosen, refit=self.refit)
        return self

    def _asked(self) -> Search:
        """The parameters, checked.

        Raises:
            InputError: One of them cannot be used.
        """
        for name in ("n_trials", "replicates", "ensemble"):
            value = getattr(self, name)
            if name == "ensemble" and value is None:
                continue
            if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
                raise InputError(f"`{name}` must be a whole number, 1 or above. Got {name}={value!r}.")
        if self.dtype not in ("float32", "float64"):
            raise InputError(f"`dtype` must be 'float32' or 'float64'. Got dtype={self.dtype!r}.")
        return Search(
            space=self.space, settings=self.settings or {}, sampler=self.sampler, n_trials=int(self.n_trials),
            replicates=int(self.replicates), validation_size=self.validation_size,
            seed=int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max)), dtype=self.dtype,
            n_threads=_threads(self.n_jobs),
        )  # fmt: skip

    def _weighted(self, X: NDArray, y: NDArray, sample_weight: Any) -> tuple[NDArray[np.int64], NDArray | None]:
        """Positions of the rows that take part, in an order that depends on their values only; weights or None.

        Whole weights are counts: a row of weight 2 is two rows.

        Raises:
            InputError: All weights are zero.
        """
        positions, weights = np.arange(len(X)), None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
            if not weights.any():
                raise InputError("`sample_weight` must not be zero for every row. Give at least two rows some weight.")
            if (weights == np.rint(weights)).all() and weights.sum() <= MOST_REPEATS * len(X):
                positions, weights = np.repeat(positions, weights.astype(np.int64)), None
            else:
                positions = np.flatnonzero(weights)
        goal = np.unique(y, return_inverse=True)[1] if y.ndim == 1 else y
        columns = [*X[positions].T, *np.reshape(goal, (len(X), -1))[positions].T]
        positions = positions[np.lexsort(columns)]
        return positions, None if weights is None else weights[positions]

    def _names(self) -> tuple[str, ...]:
        """Names of the columns: those of a DataFrame, or ``x1``, ``x2``, …."""
        given = getattr(self, "feature_names_in_", None)
        return tuple(f"x{j + 1}" for j in range(self.n_features_in_)) if given is None else tuple(map(str, given))

    def _answers(self, X: Any) -> NDArray[np.float64]:
        """The mean answer of the kept networks, shape (n, n_outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return mean_answer(self.models_, X)


def _threads(n_jobs: int | None) -> int | None:
    """Threads for `n_jobs`: None for one per core, -1 for all cores, -2 for all but one."""
    if n_jobs is None:
        return None
    if not isinstance(n_jobs, Integral) or n_jobs == 0:
        raise InputError(
            "`n_jobs` must be None (one thread per core), a number of threads, or -1 for all cores. "
            f"Got n_jobs={n_jobs!r}."
        )
    return int(n_jobs) if n_jobs > 0 else max(1, available_cores() + 1 + int(n_jobs))

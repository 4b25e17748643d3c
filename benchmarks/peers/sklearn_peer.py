"""scikit-learn's MLP: one network after another, and in one process per core with joblib as users do.

Tuned here: single precision data, BLAS on one thread in the processes (joblib's own choice), workers kept alive.
"""

from __future__ import annotations

import math
import warnings

from peers.apart import CORES
from peers.problem import Problem
from peers.timing import Rate, measure_rate


def fit(p: Problem, epochs: int, seed: int = 0) -> None:
    """Train one network, which shuffles for itself."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPRegressor if p.shape.regression else MLPClassifier
    model = kind(
        hidden_layer_sizes=p.shape.widths[1:-1], activation="tanh", solver=p.optimiser, batch_size=p.shape.batch,
        learning_rate_init=p.learning_rate, momentum=0, alpha=0, max_iter=epochs, tol=0, n_iter_no_change=10**9,
        random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(p.inputs, p.targets.ravel())


def sklearn(p: Problem, seconds: float) -> Rate:
    """One network at a time."""
    return measure_rate(lambda epochs: fit(p, epochs), p.steps_per_epoch, seconds)


def sklearn_parallel(p: Problem, seconds: float) -> Rate:
    """Two networks per core and call, each of 300 steps or more, in joblib's processes."""
    from joblib import Parallel, delayed

    jobs = 2 * CORES
    epochs_each = math.ceil(300 / p.steps_per_epoch)
    with Parallel(n_jobs=CORES) as pool:
        return measure_rate(
            lambda amount: pool(delayed(fit)(p, amount * epochs_each, seed) for seed in range(jobs)),
            jobs * epochs_each * p.steps_per_epoch, seconds, f"{CORES} processes",
        )  # fmt: skip

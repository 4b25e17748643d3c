"""Question: is one population of 1000 networks better, and faster, than 20 networks of scikit-learn one by one?

Digits, several seeds. Every seed sets a stratified quarter of the rows aside as test rows, which nothing looks at
before the end. `PopulationClassifier` splits the others into training and validation rows; `MLPClassifier` gets the
same two parts, the same search space (what both can express: no dropout), as many epochs, inputs standardised by the
training rows, and processes on all cores. Both choose by validation accuracy, equal ones by validation loss; nobody
learns from validation rows (`refit=False`). Two controls: the best of a population of 20 shows what the number of
configurations is worth, apart from whose networks they are; the mean of scikit-learn's 10 best shows what averaging is.

    python benchmarks/bench_estimators.py [--json] [--seeds 5] [--trials 1000] [--peers 20] [--epochs 20]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of scikit-learn's BLAS: it runs one process per core instead

from tunescape.engine import available_cores
from tunescape.integrations import PopulationClassifier
from tunescape.integrations.trained_again import mean_answer
from tunescape.samplers import Random
from tunescape.space import Categorical, Condition, Float, Integer, Ordinal, SearchSpace
from tunescape.study import Objective, Study

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1.0, "log"),
        "batch_size": Ordinal((16, 32, 64)),
        "layers": Integer(1, 2),
        "units": Ordinal((8, 16, 32)),
        "activation": Categorical(("relu", "tanh", "sigmoid")),
        "optimiser": Categorical(("sgd", "adam")),
        "momentum": Float(0.0, 0.99),
        "l2": Float(1e-6, 1e-1, "log"),
    },
    (Condition("momentum", {"optimiser": ("sgd",)}),),
)
"""What both can express."""
ENSEMBLE = 10


def peer(configuration: Mapping[str, Any], epochs: int, seed: int) -> Any:
    """The same network in scikit-learn: its alpha is halved and divided by the rows of a batch."""
    from sklearn.neural_network import MLPClassifier

    activation = {"sigmoid": "logistic"}.get(configuration["activation"], configuration["activation"])
    return MLPClassifier(
        [configuration["units"]] * configuration["layers"], activation=activation, solver=configuration["optimiser"],
        alpha=2 * configuration["l2"] * configuration["batch_size"], batch_size=configuration["batch_size"],
        learning_rate_init=configuration["learning_rate"], momentum=configuration.get("momentum", 0.0),
        nesterovs_momentum=False, max_iter=epochs, n_iter_no_change=epochs + 1, tol=0.0, random_state=seed,
    )  # fmt: skip


def fit_peer(
    configuration: Mapping[str, Any], epochs: int, seed: int, parts: list[Any]
) -> tuple[tuple[float, float], Any, float]:
    """Validation accuracy and minus the loss (-inf where it diverged), probabilities of the test rows, seconds."""
    from sklearn.metrics import accuracy_score, log_loss

    (x, y), (x_validation, y_validation), (x_test, _) = parts
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = peer(configuration, epochs, seed).fit(x, y)
        except ValueError:  # its weights became non-finite
            return (-math.inf, -math.inf), None, time.process_time() - started
        loss = log_loss(y_validation, fitted.predict_proba(x_validation), labels=fitted.classes_)
    accuracy = accuracy_score(y_validation, fitted.predict(x_validation))
    return (accuracy, -loss), fitted.predict_proba(x_test), time.process_time() - started


def standardised(x: np.ndarray, *others: np.ndarray) -> list[np.ndarray]:
    """Columns scaled by those of the first part."""
    mean, sd = x.mean(axis=0), x.std(axis=0)
    return [(part - mean) / np.where(sd > 0, sd, np.inf) for part in (x, *others)]


def race(seed: int, n_trials: int, n_peers: int, epochs: int) -> dict[str, float]:
    """One seed: accuracies on the test rows, and seconds."""
    from joblib import Parallel, delayed
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    inputs, classes = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(inputs, classes, test_size=0.25, stratify=classes, random_state=seed)

    def population(n: int) -> tuple[PopulationClassifier, float, float]:
        started, worked = time.perf_counter(), time.process_time()
        fitted = PopulationClassifier(
            SPACE, n_trials=n, settings={"epochs": epochs}, ensemble=min(ENSEMBLE, n), refit=False, random_state=seed
        ).fit(x, y)
        return fitted, time.perf_counter() - started, time.process_time() - worked

    def accuracy(fitted: PopulationClassifier, count: int) -> float:
        answers = mean_answer(fitted.models_[:count], x_test)
        return float(np.mean(fitted.classes_[answers.argmax(axis=1)] == y_test))

    control, _, _ = population(n_peers)
    fitted, ours_seconds, ours_work = population(n_trials)
    chosen = fitted.validation_rows_
    learned = np.setdiff1d(np.arange(len(x)), chosen)
    scaled = standardised(x[learned], x[chosen], x_test)
    parts = list(zip(scaled, (y[learned], y[chosen], y_test), strict=True))
    empty = Study("peers", SPACE, Objective("validation_accuracy", "maximize"))
    configurations = Random().propose(empty, n_peers, np.random.default_rng([seed, 1]))
    with Parallel(n_jobs=available_cores()) as pool:
        pool(delayed(math.sqrt)(i) for i in range(available_cores()))  # starts the processes
        started = time.perf_counter()
        results = pool(delayed(fit_peer)(c, epochs, seed, parts) for c in configurations)
        peer_seconds = time.perf_counter() - started
    best = sorted((result for result in results if result[1] is not None), key=lambda result: result[0])[::-1]

    def peer_accuracy(count: int) -> float:
        mean = np.mean([probabilities for _, probabilities, _ in best[:count]], axis=0)
        return float(np.mean(mean.argmax(axis=1) == y_test))

    return {
        "ours": accuracy(fitted, 1),
        f"ours_mean_of_{ENSEMBLE}": accuracy(fitted, ENSEMBLE),
        "ours_few": accuracy(control, 1),
        "sklearn": peer_accuracy(1),
        f"sklearn_mean_of_{ENSEMBLE}": peer_accuracy(ENSEMBLE),
        "ours_seconds": ours_seconds,
        "sklearn_seconds": peer_seconds,
        "ours_processor_seconds": ours_work,
        "sklearn_processor_seconds": sum(result[2] for result in results),
    }


def summary(races: list[dict[str, float]], n_trials: int, n_peers: int, epochs: int) -> dict[str, Any]:
    """Means over seeds, and differences with their standard errors."""
    columns = {name: np.array([one[name] for one in races]) for name in races[0]}
    against = {}
    for name in (f"sklearn_mean_of_{ENSEMBLE}", "ours_few", "ours", f"ours_mean_of_{ENSEMBLE}"):
        gain = columns[name] - columns["sklearn"]
        error = float(gain.std(ddof=1) / math.sqrt(len(gain))) if len(gain) > 1 else None
        against[name] = {
            "gain": float(gain.mean()), "standard_error": error, "won": int((gain > 0).sum()),
            "tied": int((gain == 0).sum()), "lost": int((gain < 0).sum()),
            "error_rate_ratio": float((1 - columns[name]).mean() / (1 - columns["sklearn"]).mean()),
        }  # fmt: skip
    rates = {
        kind: (n_trials / columns[f"ours_{kind}"].mean(), n_peers / columns[f"sklearn_{kind}"].mean())
        for kind in ("seconds", "processor_seconds")
    }
    return {
        "seeds": len(races), "trials": n_trials, "peers": n_peers, "epochs": epochs, "cores": available_cores(),
        "means": {name: float(values.mean()) for name, values in columns.items()},
        "against_sklearn": against,
        "configurations_per": {
            kind: {"ours": ours, "sklearn": sklearn, "ratio": ours / sklearn} for kind, (ours, sklearn) in rates.items()
        },
        "races": races,
    }  # fmt: skip


def many_networks(name: str) -> bool:
    """Whether a row is that of the whole population."""
    return name in ("ours", f"ours_mean_of_{ENSEMBLE}")


def printed(found: Mapping[str, Any]) -> str:
    """The result as a few lines."""
    means, rates = found["means"], found["configurations_per"]
    many, few = found["trials"], found["peers"]
    lines = [
        f"digits, {found['seeds']} seeds, {found['epochs']} epochs, {found['cores']} cores; accuracy on untouched rows",
        f"  {f'best of {few} MLPClassifier':35s} {means['sklearn']:.4f}   {means['sklearn_seconds']:6.1f} s",
    ]
    names = {
        f"sklearn_mean_of_{ENSEMBLE}": f"mean of their {ENSEMBLE} best",
        "ours_few": f"best of {few} in a population",
        "ours": f"best of {many} in a population",
        f"ours_mean_of_{ENSEMBLE}": f"mean of its {ENSEMBLE} best",
    }
    for name, words in names.items():
        row = found["against_sklearn"][name]
        seconds = f"{means['ours_seconds']:6.1f} s" if many_networks(name) else " " * 8
        error = f" +- {row['standard_error']:.4f}" if row["standard_error"] is not None else ""
        lines.append(
            f"  {words:35s} {means[name]:.4f}   {seconds}   gain {row['gain']:+.4f}{error}, "
            f"{row['won']} won {row['tied']} tied {row['lost']} lost, errors x {row['error_rate_ratio']:.2f}"
        )
    for kind, rate in rates.items():
        lines.append(
            f"configurations per {kind.replace('_', ' ').removesuffix('s')}: {rate['ours']:.0f} against "
            f"{rate['sklearn']:.2f}: x {rate['ratio']:.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=20)
    asked = parser.parse_args()
    race(0, 16, 2, 1)  # compiles
    races = [race(seed, asked.trials, asked.peers, asked.epochs) for seed in range(asked.seeds)]
    found = summary(races, asked.trials, asked.peers, asked.epochs)
    print(json.dumps(found, indent=2) if asked.json else printed(found))


if __name__ == "__main__":
    main()

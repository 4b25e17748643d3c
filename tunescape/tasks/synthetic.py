"""Twelve tasks made by a formula of two numbers, drawn fresh from a seed, with noise where it is asked for.

The formulas are those of the class trainFCNN (github.com/takeawildguess/FCNNlib, November 2019), on its
square from -2 to 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from tunescape.errors import InputError
from tunescape.space import Categorical, Float, Integer, Ordinal, SearchSpace
from tunescape.tasks.preprocessing import raw_numbers
from tunescape.tasks.task import ACCURACY, SQUARED_ERROR, Design, Kind, Part, Task

HALF_SIDE = 2.0
N_TRAIN = 2500
N_VALIDATION = N_TEST = 1000
FEWEST, MOST = 20, 1_000_000
"""Training rows that may be asked for."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Formula:
    """What a task of two numbers is about.

    Args:
        text: The formula as a reader writes it.
        values: The same as a function of x1 and x2, each of shape (n,).
        n_classes: How many classes; 0 for a regression.
        note: What should be known of its classes.
    """

    text: str
    values: Callable[[Numbers, Numbers], NDArray[Any]]
    n_classes: int = 0
    note: str = ""

    @property
    def kind(self) -> Kind:
        """The kind of its task."""
        return "regression" if not self.n_classes else "binary" if self.n_classes == 2 else "multiclass"


FORMULAS: dict[str, Formula] = {
    "and": Formula("x1 > 0 and x2 > 0", lambda a, b: (a > 0) & (b > 0), 2),
    "or": Formula("x1 > 0 or x2 > 0", lambda a, b: (a > 0) | (b > 0), 2),
    "xor": Formula("x1 x2 > 0", lambda a, b: a * b > 0, 2),
    "stripe": Formula("|x1 - x2| <= 1", lambda a, b: np.abs(a - b) <= 1, 2),
    "square": Formula("|x1| + |x2| <= 1", lambda a, b: np.abs(a) + np.abs(b) <= 1, 2),
    "circle": Formula("x1^2 + x2^2 <= 1", lambda a, b: a**2 + b**2 <= 1, 2),
    "squares": Formula(
        "whole part of |x1| + |x2|",
        lambda a, b: np.abs(a) + np.abs(b),
        4,
        "Class 3 holds the corners with their points, where the whole part is 4.",
    ),
    "circles": Formula(
        "whole part of (x1^2 + x2^2) / 2",
        lambda a, b: (a**2 + b**2) / 2,
        4,
        "Class 3, the corners, is rare (3.8 % of the square); it holds their points, where the whole part is 4.",
    ),
    "quadrants": Formula(
        "whole part of 2 (angle / pi + 1)",
        lambda a, b: 2 * (np.arctan2(b, a) / np.pi + 1),
        4,
        "Class 3 holds the line of angle pi, where the whole part is 4.",
    ),
    "prod": Formula("x1 x2 / 4", lambda a, b: a * b / 4),
    "sumSquares": Formula("(x1^2 + x2^2) / 4", lambda a, b: (a**2 + b**2) / 4),
    "polynom": Formula("(x1^2 - 3 x1 x2 - x2^2) / 4", lambda a, b: (a**2 - 3 * a * b - b**2) / 4),
}
"""The formula of each task, by name."""


def truth(name: str, inputs: NDArray[np.float64]) -> NDArray[Any]:
    """Return what holds without noise.

    Args:
        name: One of `FORMULAS`.
        inputs: Points (x1, x2), shape (n, 2).

    Returns:
        Class numbers (int64) or values (float64), shape (n,). The last class reaches on beyond where
        the next would begin: at the corners of the square, or at the angle pi itself.
    """
    formula = FORMULAS[name]
    values = formula.values(inputs[:, 0], inputs[:, 1])
    if not formula.n_classes:
        return values.astype(np.float64)
    return np.minimum(values.astype(np.int64), formula.n_classes - 1)


def synthetic(name: str, *, n_points: int | None = None, noise: float | None = None, split_seed: int = 0) -> Task:
    """Return one of the twelve tasks: fresh points of the square, raw inputs, raw targets.

    Every part is drawn from its own stream of the seed, and noise from another: validation and test
    part are the same whatever `n_points` is, and fewer training rows are the first of more.

    Args:
        name: One of `FORMULAS`.
        n_points: Training rows; None for 2500. There are 1000 rows more to validate and 1000 to test.
        noise: Standard deviation of the normal noise added to the values of every part, or the share
            of the labels of every part that are changed to another class; None for 0.
        split_seed: Seed of everything that is drawn.

    Raises:
        InputError: The number of rows or the noise is not allowed.
    """
    formula = FORMULAS[name]
    n, noise = _check(name, n_points, noise)
    sizes = (n, N_VALIDATION, N_TEST)
    starts = (0, n, n + N_VALIDATION)
    streams = SeedSequence(split_seed).spawn(6)  # points of three parts, then noise of three parts
    train, validation, test = (
        _part(name, noise, *part) for part in zip(sizes, starts, streams[:3], streams[3:], strict=True)
    )
    return Task(
        name=name,
        kind=formula.kind,
        train=train,
        validation=validation,
        test=test,
        classes=tuple(str(k) for k in range(formula.n_classes)),
        features=("x1", "x2"),
        objective=ACCURACY if formula.n_classes else SQUARED_ERROR,
        space=synthetic_space(n),
        design=Design("random", 200, 2),
        network={"hidden": (16, 16), "epochs": 100, "batch_size": synthetic_batches(n)[1]},
        preprocessing=raw_numbers(("x1", "x2")),
        options={"split_seed": split_seed, "n_points": n, "noise": noise},
        notes=_notes(formula, noise, train),
        description=f"Two numbers x1 and x2 between -2 and 2: {formula.text}.",
        truth=partial(truth, name),
    )


def synthetic_space(n_train: int) -> SearchSpace:
    """Return the default search space: what the author of trainFCNN compared.

    It has 432 structures (layers, units, activation, optimiser, batch size), so that few networks
    train side by side: hence the default design of 200 configurations, where other tasks have 500.
    """
    batches = synthetic_batches(n_train)
    return SearchSpace(
        {
            "learning_rate": Float(1e-4, 1e-1, "log", default=5e-3),
            "batch_size": Ordinal(batches, default=batches[1]),
            "layers": Integer(1, 3, default=2),
            "units": Ordinal((2, 4, 8, 16), default=16),
            "activation": Categorical(("relu", "tanh", "sigmoid"), default="relu"),
            "optimiser": Categorical(("sgd", "adam", "rmsprop", "adagrad"), default="adam"),
        }
    )


def synthetic_batches(n_train: int) -> tuple[int, int, int]:
    """Return three batch sizes: 50, 100 and 250, or smaller ones where these would be most of the rows."""
    return (50, 100, 250) if n_train >= 500 else (n_train // 20, n_train // 8, n_train // 4)


def _check(name: str, n_points: Any, noise: Any) -> tuple[int, float]:
    """Rows and noise as plain numbers."""
    n_points = N_TRAIN if n_points is None else n_points
    is_whole = isinstance(n_points, Integral) and not isinstance(n_points, bool)
    if not is_whole or not FEWEST <= n_points <= MOST:
        raise InputError(
            f"`n_points` must be a whole number of training rows from {FEWEST} to {MOST:,}; got n_points={n_points!r}."
        )
    noise = 0.0 if noise is None else noise
    is_share = FORMULAS[name].n_classes > 0
    is_number = isinstance(noise, Real) and not isinstance(noise, bool) and math.isfinite(noise)
    if not is_number or noise < 0 or (is_share and noise > 1):
        what = "the share of labels that are changed, from 0 to 1" if is_share else "a standard deviation, 0 or above"
        raise InputError(f"`noise` of {name!r} must be {what}; got noise={noise!r}.")
    return int(n_points), float(noise)


def _part(name: str, noise: float, n: int, start: int, points: SeedSequence, noise_stream: SeedSequence) -> Part:
    """The rows of one part, numbered from `start`."""
    inputs = np.random.default_rng(points).uniform(-HALF_SIDE, HALF_SIDE, (n, 2))
    rng = np.random.default_rng(noise_stream)
    targets = truth(name, inputs)
    n_classes = FORMULAS[name].n_classes
    if n_classes:
        changed = rng.permutation(n)[: round(noise * n)]
        targets[changed] = (targets[changed] + rng.integers(1, n_classes, len(changed))) % n_classes
    else:
        targets = (targets + noise * rng.normal(size=n))[:, None]
    return Part(inputs, targets, np.arange(start, start + n, dtype=np.int64))


def _notes(formula: Formula, noise: float, train: Part) -> tuple[str, ...]:
    notes = []
    if not formula.n_classes:
        notes.append("Targets are not standardised: the mean squared error is in their own units.")
        if noise:
            notes.append(
                f"Normal noise of standard deviation {noise:g} is added to the targets of every part, so that the "
                f"truth itself has a mean squared error of about {noise**2:.4g}."
            )
        return tuple(notes)
    if formula.note:
        notes.append(formula.note)
    if noise:
        notes.append(
            f"{noise:.4g} of the labels of every part are changed to another class, so that the truth itself is "
            f"right on {1 - noise:.4g} of them."
        )
    absent = [str(k) for k in range(formula.n_classes) if not (train.targets == k).any()]
    if absent:
        notes.append(f"The training part has no row of class {', '.join(absent)}.")
    return tuple(notes)

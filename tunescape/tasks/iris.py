"""Iris as the hyperparameter survey of 2017 used it: its 120/30 split, raw features, its design.

The survey trained 1152 networks (github.com/tirthajyoti/HyperparameterLearningTF, November 2017) on the
split that TensorFlow's tutorials used at the time. The split is kept as row numbers into scikit-learn's
copy of Iris, in the order of the 2017 files; that copy differs from theirs in rows 34 (one value, by
0.1) and 37 (two values, by 0.5 and 0.1), both of the training part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.errors import InputError, did_you_mean
from tunescape.space import Categorical, Float, Integer, SearchSpace
from tunescape.tasks.preprocessing import raw_numbers
from tunescape.tasks.split import SplitOptions, split_rows
from tunescape.tasks.task import ACCURACY, Design, Part, Task

SPLITS = ("2017", "stratified")

# fmt: off
TRAIN_2017 = (
    132, 93, 106, 9, 18, 42, 31, 141, 65, 21, 59, 52, 14, 5, 117, 56, 143, 105, 115, 15, 124, 128, 16, 134,
    129, 27, 92, 149, 84, 77, 87, 98, 51, 112, 126, 120, 110, 114, 19, 45, 131, 101, 145, 44, 29, 119, 11,
    118, 22, 125, 49, 75, 71, 35, 50, 138, 130, 142, 148, 60, 69, 140, 146, 137, 68, 107, 38, 109, 116, 7,
    2, 58, 36, 135, 127, 34, 80, 96, 78, 111, 10, 63, 54, 94, 136, 37, 76, 55, 83, 40, 147, 73, 17, 3, 104,
    6, 47, 122, 70, 46, 1, 57, 41, 67, 26, 28, 48, 4, 64, 30, 123, 99, 25, 100, 43, 90, 95, 8, 12, 81,
)
HELD_OUT_2017 = (
    61, 139, 23, 85, 89, 97, 33, 133, 88, 108, 102, 13, 121, 53, 62, 0, 79, 24, 39, 113, 20, 66, 103, 72,
    82, 91, 32, 86, 144, 74,
)
# fmt: on

NO_TEST_PART = (
    "The 2017 design has no test part: its 30 rows choose the configuration, so the best value is optimistic."
)


def iris_space() -> SearchSpace:
    """Return the hyperparameters and levels of the 2017 survey, 1152 cells in all."""
    return SearchSpace(
        {
            "learning_rate": Float(
                0.0002, 0.2048, "log", levels=(0.0002, 0.0008, 0.0032, 0.0128, 0.0512, 0.2048), default=0.0512
            ),
            "dropout": Float(0.01, 0.25, levels=(0.01, 0.05, 0.1, 0.25), default=0.05),
            "l1": Float(0.01, 10.0, "log", levels=(0.01, 0.1, 1.0, 10.0), default=0.1),
            "steps": Integer(100, 2500, "log", levels=(100, 500, 2500), default=500),
            "activation": Categorical(("sigmoid", "relu", "tanh", "elu"), default="relu"),
        }
    )


def iris_network() -> dict[str, Any]:
    """Return what every network of the 2017 survey had in common."""
    return {
        "hidden": (5, 10, 5),
        "optimiser": "proximal_adagrad",
        "initial_accumulator": 0.1,
        "batch_size": 128,
        "batching": "stream",
        "reduction": "sum",
        "initialiser": "glorot_uniform",
    }


def iris(split: str | None = None, split_options: SplitOptions | None = None) -> Task:
    """Return the Iris task: three species from four lengths in cm, not standardised.

    Args:
        split: ``"2017"`` (the default: 120 training rows, 30 for validation, no test part) or
            ``"stratified"``.
        split_options: Seed and shares of a stratified split.

    Raises:
        InputError: The split is unknown, or a seed or share is given for the 2017 split.
    """
    from sklearn.datasets import load_iris

    split = "2017" if split is None else split
    if split not in SPLITS:
        hint = did_you_mean(split, SPLITS)
        raise InputError(f"`split` of iris must be '2017' or 'stratified'; got split={split!r}.{hint}")
    seeded = split_options or SplitOptions()
    if split == "2017" and seeded != SplitOptions():
        raise InputError(
            "`split_seed`, `validation_size` and `test_size` do not apply to the 2017 split of iris, which "
            "is fixed; add split='stratified' to use them."
        )
    data = load_iris()
    inputs, classes = np.asarray(data.data, dtype=np.float64), np.asarray(data.target, dtype=np.int64)
    if split == "2017":
        rows = (np.array(TRAIN_2017), np.array(HELD_OUT_2017), np.array([], dtype=np.int64))
    else:
        rows = split_rows(len(inputs), classes, seeded)
    features = tuple(str(name) for name in data.feature_names)
    train, validation, test = (_part(inputs, classes, r) for r in rows)
    return Task(
        name="iris",
        kind="multiclass",
        train=train,
        validation=validation,
        test=test if len(test) else None,
        classes=tuple(str(name) for name in data.target_names),
        features=features,
        objective=ACCURACY,
        space=iris_space(),
        design=Design("factorial", None, 3),
        network=iris_network(),
        preprocessing=raw_numbers(features),
        options={"split": split} | ({} if split == "2017" else seeded.to_dict()),
        notes=(NO_TEST_PART,) if split == "2017" else (),
        description="Fisher's 150 irises: which of three species, from four lengths in cm (raw).",
    )


def _part(inputs: NDArray[np.float64], classes: NDArray[np.int64], rows: NDArray[np.int64]) -> Part:
    return Part(inputs[rows], classes[rows], rows.astype(np.int64))

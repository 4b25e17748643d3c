"""Tasks from the data sets that come with scikit-learn: digits, wine, breast-cancer, diabetes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.tasks.assemble import assemble
from tunescape.tasks.columns import NumberColumn
from tunescape.tasks.preprocessing import fit_preprocessing
from tunescape.tasks.split import SplitOptions, split_rows
from tunescape.tasks.task import Task

DESCRIPTIONS = {
    "digits": "1797 handwritten digits, 8 x 8 grey values each: which of ten digits?",
    "wine": "178 wines of one region: which of three growers, from 13 chemical measurements?",
    "breast-cancer": "569 tumours (Wisconsin): malignant or benign, from 30 measurements of cell nuclei?",
    "diabetes": "442 patients: how far the disease went within a year, from 10 measurements.",
}
"""What the data of each task are, by name."""


def builtin(name: str, split_options: SplitOptions | None = None) -> Task:
    """Return one of scikit-learn's data sets as a task, standardised by its training part.

    Args:
        name: One of `DESCRIPTIONS`.
        split_options: Seed and shares of the split (stratified, or plain random for a regression).
    """
    split = split_options or SplitOptions()
    data = _load(name)
    inputs = np.asarray(data.data, dtype=np.float64)
    is_classification = "target_names" in data
    labels: NDArray[Any] = np.asarray(data.target, dtype=np.int64 if is_classification else np.float64)
    rows = split_rows(len(inputs), labels if is_classification else None, split)
    features = tuple(str(feature) for feature in data.feature_names)
    table = {feature: inputs[:, j] for j, feature in enumerate(features)}
    preprocessing = fit_preprocessing([NumberColumn(feature) for feature in features], table, rows[0])
    return assemble(
        name=name,
        inputs=preprocessing.scale(inputs),
        labels=labels,
        rows=rows,
        numbers=np.arange(len(inputs)),
        classes=tuple(str(c) for c in data.target_names) if is_classification else (),
        preprocessing=preprocessing,
        options=split.to_dict(),
        notes=_notes(features, np.isinf(preprocessing.sd)),
        description=DESCRIPTIONS[name],
    )


def _load(name: str) -> Any:
    from sklearn import datasets

    if name == "diabetes":
        return datasets.load_diabetes(scaled=False)  # the scaled copy was scaled with all rows
    return getattr(datasets, "load_" + name.replace("-", "_"))()


def _notes(features: tuple[str, ...], constant: NDArray[np.bool_]) -> tuple[str, ...]:
    names = [feature for feature, same in zip(features, constant, strict=True) if same]
    if not names:
        return ()
    columns = "column is" if len(names) == 1 else "columns are"
    return (f"{len(names)} {columns} constant in the training part and set to 0: {', '.join(names)}.",)

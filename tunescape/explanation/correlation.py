"""Question: which hyperparameters go up and down with the objective, and with each other?

Pearson's correlation of all columns (ordered hyperparameters on their own scale, categoricals
one-hot, the objective last), each pair over the rows where both are active; Spearman's rank
correlation of each column with the objective, with an interval.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.columns import one_hot
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.intervals import spearman_interval
from tunescape.explanation.wording import listed
from tunescape.study import TrialTable

QUESTION = "Which hyperparameters go together with the objective?"


def pearson(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of every pair of columns over the rows where both are known.

    Args:
        columns: Shape (n, p), NaN where unknown.

    Returns:
        Shape (p, p); NaN where a column does not vary over the common rows.
    """
    known = ~np.isnan(columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(known, columns, 0).sum(axis=0) / known.sum(axis=0)
        x, m = np.where(known, columns - centre, 0.0), known.astype(float)
        n = m.T @ m
        mean = x.T @ m / n  # mean of column i over the rows where i and j are known
        covariance = x.T @ x / n - mean * mean.T
        variance = (x * x).T @ m / n - mean**2
        variance[variance <= 1e-14 * np.nanmax(np.append(variance, 1e-300))] = np.nan
        return np.clip(covariance / np.sqrt(variance * variance.T), -1.0, 1.0)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing their mean rank, shape (n,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Rank correlation of two columns over the rows where both are known; NaN where one is constant."""
    both = ~np.isnan(x) & ~np.isnan(y)
    if both.sum() < 3:
        return float("nan")
    return float(pearson(np.column_stack([ranks(x[both]), ranks(y[both])]))[0, 1])


def correlation_finding(table: TrialTable) -> Finding:
    """Correlate all hyperparameters and the objective.

    Args:
        table: Completed trials with finite values.
    """
    names, columns = one_hot(table)
    objective = table.objective.name
    if len(table) < 3 or not names:
        return not_applicable(
            "correlations", QUESTION, "Correlations need at least three completed trials.",
            names=[*names, objective], matrix=[],
        )  # fmt: skip
    matrix = pearson(np.column_stack([columns, table.values]))
    rows: list[dict[str, Any]] = []
    for j, name in enumerate(names):
        rho = spearman(columns[:, j], table.values)
        if np.isnan(rho):
            continue
        low, high = spearman_interval(rho, len(np.unique(table.points[~np.isnan(columns[:, j])])))
        linear = _plain(matrix[j, -1])
        rows.append({"column": name, "pearson": linear, "spearman": rho, "low": low, "high": high})
    rows.sort(key=lambda row: -abs(row["spearman"]))
    return Finding(
        key="correlations",
        question=QUESTION,
        answer=_answer(rows, objective),
        table=tuple(rows),
        data={"names": [*names, objective], "matrix": [[_plain(v) for v in row] for row in matrix]},
        caveats=(
            "A correlation sees neither a best value in the middle nor an interaction; importance does.",
        ),
        citation="Bonett and Wright (2000), Psychometrika 65, 23.",
    )


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _answer(rows: list[dict[str, Any]], objective: str) -> str:
    clear = [row for row in rows if row["low"] > 0 or row["high"] < 0][:3]
    if not clear:
        return f"No hyperparameter's rank correlation with {objective} is clear of zero."
    said = [f"{row['column']} ({row['spearman']:+.2f})" for row in clear]
    return f"Rank correlation with {objective} is strongest for {listed(said)}."

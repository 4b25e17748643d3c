"""Question: how does the objective spread at each choice of the main categorical hyperparameter?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.columns import levels_of
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.wording import level, listed, number
from tunescape.study import TrialTable

QUESTION = "How does the objective spread at each choice?"
N_BINS = 20


def shared_edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of 20 bins for the histograms of all groups, shape (21,).

    From 0 to 1 where the values fill that range (accuracies), else from the least to the greatest.
    """
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1 and high - low > 0.5:
        low, high = 0.0, 1.0
    if high - low <= 1e-12 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, N_BINS + 1)


def describe(label: Any, values: NDArray[np.float64], edges: NDArray[np.float64]) -> dict[str, Any]:
    """Number, mean, quartiles and histogram of one group; values outside the edges join the end bins."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return {
        "level": label,
        "n": len(values),
        "mean": float(values.mean()),
        "quartiles": [float(q) for q in np.quantile(values, [0, 0.25, 0.5, 0.75, 1])],
        "histogram": {"edges": [float(e) for e in edges], "counts": [int(c) for c in counts]},
    }


def group_finding(table: TrialTable, parameter: str | None) -> Finding:
    """Describe the objective's distribution by one categorical hyperparameter.

    Args:
        table: Completed trials with finite values.
        parameter: The categorical; None where there is none.
    """
    if parameter is None or not len(table):
        return not_applicable(
            "groups", QUESTION, "No categorical hyperparameter took two values.", parameter=None, groups=[]
        )
    cut = levels_of(table, parameter)
    edges = shared_edges(table.values)
    groups = [
        describe(label, table.values[cut.codes == code], edges) for code, label in enumerate(cut.labels)
    ]
    ranked = sorted(groups, key=lambda g: -table.objective.sign * g["mean"])
    means = listed([f"{level(g['level'])} ({number(g['mean'])})" for g in ranked])
    return Finding(
        key="groups",
        question=f"How does {table.objective.name} spread by {parameter}?",
        answer=f"Mean {table.objective.name} by {parameter}, best first: {means}.",
        table=tuple({parameter: g["level"], "n": g["n"], "mean": g["mean"], "median": g["quartiles"][2],
                     "best": g["quartiles"][-1 if table.objective.sign > 0 else 0]} for g in ranked),
        data={"parameter": parameter, "groups": groups},
        caveats=("These are means over everything else that varied; a choice needs the best of each group.",),
    )  # fmt: skip

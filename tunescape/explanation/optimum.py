"""Question: which configuration is best, how good is it really, and which others tie with it?

Recommended is the configuration with the best mean over its replicates. Three things keep luck out:

* *Ties.* With k configurations, the means within d s sqrt(1/r_i + 1/r) of the best mean hold the
  truly best configuration with probability 0.9, d being the one-sided Dunnett constant for k - 1
  comparisons (Gupta 1965; Hsu 1981). s is the replicate standard deviation pooled over the best
  tenth of the configurations, because noise near the optimum is another than where learning breaks.
* *Value.* The best of many means is too good to be true. Its interval holds whichever of the tied
  configurations was picked for looking best. The value inside leans on cross-fitting: choose the
  best on all replicates but one, read it on the one left out, average over which is left out.
* *Resolution.* An accuracy on n rows is not told apart finer than its standard error over rows.

A loss with a long tail is judged by its logarithm: means are geometric then, and intervals positive.
Without replicates s is taken from how much neighbouring configurations differ (or from what a model
leaves unexplained, where that is less), which errs to the high side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tunescape.explanation.clusters import by_configuration
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.long_tail import on_explained_scale
from tunescape.explanation.winner import (
    Noise,
    best_configuration,
    estimate,
    noise_near_best,
    resolution,
    tied_with_best,
)
from tunescape.explanation.wording import assignment, counted, number, within
from tunescape.study import Objective, Study, TrialTable

QUESTION = "Which configuration is best, and how sure is that?"
CITATION = (
    "Gupta (1965), Technometrics 7, 225; Hsu (1981), Annals of Statistics 9, 1026; "
    "on cross-fitting the winner: Bouthillier et al. (2021), arXiv:2103.03098."
)
MOST_SHOWN = 20


def recommended(study: Study) -> dict[str, Any] | None:
    """The configuration that the study's trials recommend, or None where none completed.

    It is the one that the finding "best" names; the test part is measured for it.
    """
    table, _ = on_explained_scale(study.table.rows(study.table.usable))
    if not len(table):
        return None
    cells = by_configuration(table)
    return dict(table.configurations[cells.first[best_configuration(table, cells)]])


def best_finding(
    table: TrialTable, settings: Mapping[str, Any], bound: float | None = None
) -> Finding:
    """Name the recommended configuration, its value without luck, and how many tie with it.

    Args:
        table: Completed trials with finite values.
        settings: The study's settings.
        bound: Upper bound on the standard deviation of a single run, used without replicates only.
    """
    if not len(table):
        return not_applicable(
            "best", QUESTION, "No trial completed with a value.",
            configuration=None, value=None, low=None, high=None, tied_with=0, observed=None, tied=[],
        )  # fmt: skip
    table, transform = on_explained_scale(table)
    cells = by_configuration(table)
    noise = noise_near_best(table, cells, bound)
    best = best_configuration(table, cells)
    step = resolution(table.objective, float(cells.means[best]), settings)
    tied = tied_with_best(table, cells, best, noise, step)
    value, low, high = (_back(v, transform) for v in estimate(table, cells, best, noise, len(tied)))
    if transform is None and table.objective.sign < 0 and table.values.min() >= 0:
        value, low, high = (None if v is None else max(v, 0.0) for v in (value, low, high))  # no loss is negative
    luckiest = int(np.lexsort((table.numbers, -table.objective.sign * table.values))[0])
    name = table.objective.name
    data: dict[str, Any] = {
        "configuration": dict(table.configurations[cells.first[best]]),
        "value": value,
        "low": low,
        "high": high,
        "tied_with": len(tied),
        "mean": _back(float(cells.means[best]), transform),
        "replicates": int(cells.counts[best]),
        "sd": noise.sd,
        "transform": transform,
        "resolution": step or None,
        "observed": {
            "configuration": dict(table.configurations[luckiest]),
            "value": _back(float(table.values[luckiest]), transform),
            "number": int(table.numbers[luckiest]),
        },
        "tied": [
            {
                "configuration": dict(table.configurations[cells.first[i]]),
                "value": _back(float(cells.means[i]), transform),
                "n": int(cells.counts[i]),
            }
            for i in tied[:MOST_SHOWN]
        ],
    }
    return Finding(
        key="best",
        question=QUESTION,
        answer=_answer(table.objective, data, len(cells)),
        table=tuple({**row["configuration"], name: row["value"], "n": row["n"]} for row in data["tied"]),
        data=data,
        caveats=_caveats(table, data, noise, settings),
        citation=CITATION,
    )


def _back(value: float | None, transform: str | None) -> float | None:
    """A value in the objective's own unit."""
    return value if value is None or transform is None else 10.0**value


def _answer(objective: Objective, data: Mapping[str, Any], n_configurations: int) -> str:
    interval = within(data["low"], data["high"])
    tied = data["tied_with"]
    others = (
        "no other configuration is statistically tied with it" if not tied
        else f"{counted(tied, 'other configuration')} of {n_configurations - 1} "
        f"{'is' if tied == 1 else 'are'} statistically tied with it"
    )  # fmt: skip
    return (
        f"Recommended: {assignment(data['configuration'])}, with {objective.name} "
        f"{number(data['value'])}{interval} from {counted(data['replicates'], 'run')}; {others}."
    )


def _caveats(
    table: TrialTable, data: Mapping[str, Any], noise: Noise, settings: Mapping[str, Any]
) -> tuple[str, ...]:
    name = table.objective.name
    said = []
    if number(data["mean"]) != number(data["value"]):
        said.append(
            f"The recommended configuration's runs average {number(data['mean'])} and the luckiest single "
            f"trial reached {number(data['observed']['value'])}: the best of many is too good to be true, so the value "
            "given is corrected for luck."
        )
    if not noise.replicated:
        said.append(
            "No configuration was run twice, so luck is not known, only bounded by how much neighbouring "
            "configurations differ; run the best ones again with other seeds."
        )
    if data["resolution"]:
        n = int(settings["n_validation"])
        said.append(
            f"{name} was read on {n} rows: one row more is {number(1 / n)}, and for new rows it is known "
            f"to ± {number(1.645 * data['resolution'])} only."
        )
    return tuple(said)

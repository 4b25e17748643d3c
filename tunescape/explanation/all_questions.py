"""All questions asked of a study in the order in which they are read, and the verdict before them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tunescape.errors import InputError
from tunescape.explanation.columns import grouping_parameter
from tunescape.explanation.correlation import correlation_finding
from tunescape.explanation.document import Explanation
from tunescape.explanation.failure import failure_finding
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.group import group_finding
from tunescape.explanation.learning_curve import learning_curves_finding
from tunescape.explanation.optimum import best_finding
from tunescape.explanation.quality import QUESTION as QUALITY_QUESTION
from tunescape.explanation.quality import quality_finding
from tunescape.explanation.quality_classes import checked_cuts, labels
from tunescape.explanation.test_part import test_part_finding
from tunescape.explanation.trials import trials_finding
from tunescape.explanation.variance import findings as variance_answers
from tunescape.explanation.variance import variance_findings, verdict
from tunescape.explanation.variance_analysis import VarianceAnalysis
from tunescape.explanation.wording import counted, listed, percent
from tunescape.numerics.threads import one_thread
from tunescape.study import Status, Study, TrialTable

READING_ORDER = (
    "trials", "importance", "interactions", "noise", "fit", "main_effects", "interaction_effects",
    "failures", "best", "test", "groups", "quality", "correlations", "learning_curves",
)  # fmt: skip


def explain(
    study: Study,
    *,
    quality: bool = True,
    cuts: tuple[float, float] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Explanation:
    """Say what the trials of a study show: what matters, how sure, what breaks, what is best.

    Linear algebra runs on one thread meanwhile, so the number of threads changes no number.

    Args:
        study: The study; trials that have not ended are counted and left out.
        quality: Also judge how well classes of quality can be predicted (trains small networks).
        cuts: Where medium and high quality begin; None for the study's own, or (0.5, 0.8).
        seed: Seed of resampling, splits and networks.
        progress: Called with the name of each part before it is worked out.

    Raises:
        InputError: No trial has ended, or the cuts do not fit.
    """
    if not any(trial.status.is_final for trial in study.trials):
        raise InputError(
            f"The study {study.name!r} has no finished trial to explain "
            f"({counted(len(study.trials), 'trial')} planned). Run it first."
        )
    checked_cuts(cuts, study.settings)
    say = progress or (lambda _: None)
    with one_thread():
        return _explain(study, quality, cuts, seed, say)


def _explain(
    study: Study, quality: bool, cuts: tuple[float, float] | None, seed: int, say: Callable[[str], None]
) -> Explanation:
    settings, whole = study.settings, study.table
    table = whole.rows(whole.usable)
    say("importance")
    analysis = variance_findings(whole, settings, seed=seed)
    found = {finding.key: finding for finding in variance_answers(analysis)}
    say("failures")
    found["trials"] = trials_finding(whole, settings)
    reasons = [t.reason for t in study.trials if t.status is Status.INFEASIBLE and t.reason]
    found["failures"] = failure_finding(whole, settings, np.random.default_rng([seed, 1]), reasons)
    say("best configuration")
    bound = _noise_bound(analysis, table)
    found["best"] = best_finding(table, settings, bound)
    found["test"] = test_part_finding(study)
    parameter = grouping_parameter(table, tuple(found["importance"].table))
    found["groups"] = group_finding(table, parameter)
    say("quality")
    judge = quality_finding if quality else _quality_not_asked
    found["quality"] = judge(table, settings, parameter, cuts, seed)
    say("correlations")
    found["correlations"] = correlation_finding(table)
    found["learning_curves"] = learning_curves_finding(study)
    word = verdict(analysis, bool(found["failures"].data["drivers"]))
    return Explanation(
        study=study,
        verdict=word,
        sentence=sentence(word, analysis, found),
        findings=tuple(found[key] for key in READING_ORDER),
    )


def _quality_not_asked(
    table: TrialTable, settings: Mapping[str, Any], parameter: str | None, cuts: Any, seed: int
) -> Finding:
    chosen = checked_cuts(cuts, settings)
    return not_applicable(
        "quality", QUALITY_QUESTION, "Not asked for.",
        cuts=list(chosen), labels=labels(chosen), counts=[], confusion=[], splits=[],
    )  # fmt: skip


def _noise_bound(analysis: VarianceAnalysis, table: TrialTable) -> float | None:
    """Standard deviation of what the variance analysis leaves unexplained, in the objective's units."""
    if analysis.unexplained is None or analysis.transform is not None:
        return None
    return math.sqrt(max(0.0, analysis.unexplained) * float(table.values.var()))


def sentence(word: str, analysis: VarianceAnalysis, found: Mapping[str, Finding]) -> str:
    """The verdict in one line, with its numbers.

    Args:
        word: The verdict.
        analysis: Where the variance comes from.
        found: The findings by key.
    """
    objective = f"{analysis.transform} {analysis.objective}" if analysis.transform else analysis.objective
    rows = [*found["importance"].table, *found["interactions"].table]
    movers = [(_mover(row), row["share"]) for row in rows if row["detectable"]]
    movers.sort(key=lambda pair: -pair[1])
    causes = [f"{row['rule']} ({row['failed']} of {row['of']})" for row in found["failures"].data["drivers"]]
    failing = f" Trials fail more often than chance at {listed(causes[:3])}." if causes else ""
    if not movers:
        return f"{word.capitalize()}: {_nothing(analysis, objective)}{failing}"
    named = listed([f"{name} ({percent(share)})" for name, share in movers[:3]])
    moves = "moves" if len(movers) == 1 else "move"
    return f"{word.capitalize()}: {named} {moves} {objective} most; {_rest(found['noise'])}.{failing}"


def _nothing(analysis: VarianceAnalysis, objective: str) -> str:
    """Why no hyperparameter is named."""
    if analysis.reason:
        return analysis.reason[0].lower() + analysis.reason[1:]
    used = counted(analysis.n_rows, "trial")
    return f"no hyperparameter moves {objective} more than chance would over {used}."


def _mover(row: Mapping[str, Any]) -> str:
    return row["parameter"] if "parameter" in row else " x ".join(row["parameters"])


def _rest(noise: Finding) -> str:
    """The closing half of the sentence: how much is luck, or how much stays unexplained."""
    if noise.data.get("noise") is not None:
        return f"{percent(noise.data['noise'])} of the variance is luck of the seed"
    return f"{percent(noise.data.get('unexplained'))} of the variance is unexplained"

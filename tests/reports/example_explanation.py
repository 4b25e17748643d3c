"""Explanations made by hand, with every finding that the renderers know.

Real explanations come from `tunescape.explanation`; these need no other room than study and space,
and hold what is rare in practice: hostile names, nothing detectable, a hundred thousand trials.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import example_findings as found
import example_studies as studies

from tunescape.explanation.document import Explanation
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.study import Study


def explanation_of(study: Study) -> Explanation:
    """An explanation in which every question that can be answered is."""
    cells = {name: found.cells_of(study, name) for name in study.space.varying}
    importance, pairs = found.shares_findings(study, cells)
    order = [row["parameter"] for row in importance.table]
    findings = (
        found.trials_finding(study),
        found.fit_finding(True),
        importance,
        pairs,
        found.noise_finding(study, importance, pairs),
        found.main_effects_finding(study, cells, order),
        found.interaction_effects_finding(study, cells, pairs),
        found.failures_finding(study),
        found.best_finding(study),
        found.correlations_finding(study),
        found.quality_finding(study),
        found.groups_finding(study),
        found.learning_curves_finding(study),
        found.test_part_finding(study),
    )
    sentence = f"Partly explained: {order[0]} and {order[1]} move {study.objective.name} most."
    return Explanation(study, "partly explained", sentence, findings)


def unanswered(study: Study) -> Explanation:
    """An explanation in which nothing is detectable and most questions cannot be answered."""
    findings = (found.trials_finding(study), found.fit_finding(False), *_unanswered(study))
    sentence = f"Nothing detectable: no hyperparameter moves {study.objective.name} more than chance would."
    return Explanation(study, "nothing detectable", sentence, findings)


def _unanswered(study: Study) -> list[Finding]:
    importance = tuple(
        {
            "parameter": n,
            "share": 0.02,
            "low": 0.0,
            "high": 0.2,
            "p_value": 0.7,
            "detectable": False,
            "worth_tuning": None,
        }
        for n in study.space.varying
    )
    why = "Nothing is detectable, so there is nothing to draw."
    return [
        Finding("importance", "What mattered?", "No hyperparameter is detectable.", importance),
        not_applicable("interactions", "Which act together?", "It needs at least 60 trials."),
        Finding(
            "noise",
            "How much is chance?",
            "All of it, as far as can be told.",
            data={"unexplained": 0.96, "noise": None, "higher_order": None, "sd": None},
        ),
        not_applicable("main_effects", "How does each act?", why, effects=[]),
        not_applicable("interaction_effects", "Which combinations are good?", why, pairs=[]),
        not_applicable(
            "failures",
            "What breaks learning?",
            "No trial failed.",
            rate=0.0,
            drivers=[],
            breaks=[],
            constant_value=None,
        ),
        not_applicable(
            "best",
            "What is best?",
            "No configuration can be told from another.",
            configuration=None,
            value=None,
            low=None,
            high=None,
            tied_with=len(study.trials) - 1,
            observed=None,
            tied=[],
        ),
        not_applicable("correlations", "What goes with what?", why, names=[], matrix=[]),
        not_applicable(
            "quality",
            "Can quality be predicted?",
            "Quality classes are cut for accuracies only.",
            cuts=None,
            labels=[],
            counts=[],
            confusion=[],
            splits=None,
        ),
        not_applicable("groups", "How does it spread?", "No hyperparameter is categorical.", parameter=None, groups=[]),
        not_applicable(
            "learning_curves",
            "How did they learn?",
            "No trial has recorded a learning curve.",
            metric=None,
            curves=[],
        ),
        not_applicable("test", "And on fresh data?", "The design has no test part."),
    ]


@functools.cache
def iris() -> Explanation:
    """A factorial with replicates."""
    return explanation_of(studies.iris_study())


@functools.cache
def random_design() -> Explanation:
    """A random design with a condition, diverged and failed trials."""
    return explanation_of(studies.random_study())


@functools.cache
def nothing() -> Explanation:
    """Noise, and many questions that cannot be answered."""
    return unanswered(studies.noise_study())


@functools.cache
def hostile() -> Explanation:
    """Names that try to break out."""
    return explanation_of(studies.hostile_study())


@functools.cache
def wide() -> Explanation:
    """Twenty-six hyperparameters."""
    return explanation_of(studies.random_study(800, "wide", extra=20))


@functools.cache
def large(n: int = 100_000) -> Explanation:
    """A hundred thousand trials with ten hyperparameters."""
    return explanation_of(studies.random_study(n, "large", extra=4))


EXAMPLES: dict[str, Callable[[], Explanation]] = {
    "iris": iris,
    "random": random_design,
    "nothing": nothing,
    "hostile": hostile,
    "wide": wide,
}

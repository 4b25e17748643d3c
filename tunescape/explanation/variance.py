"""Where the variance of the objective comes from: chooses the analysis and makes its findings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from tunescape.explanation.configuration_means import configuration_means
from tunescape.explanation.factorial import analyse_factorial, factorial_layout, why_not_exact
from tunescape.explanation.finding import Finding
from tunescape.explanation.importance import fit_finding, importance_finding
from tunescape.explanation.interaction import interaction_effects_finding, interactions_finding
from tunescape.explanation.long_tail import logarithms_where_long_tailed
from tunescape.explanation.main_effect import main_effects_finding
from tunescape.explanation.noise import noise_finding
from tunescape.explanation.random_design import analyse_smooth
from tunescape.explanation.variance_analysis import VarianceAnalysis
from tunescape.numerics.threads import one_thread
from tunescape.study import TrialTable

MIN_ROWS = 8

def variance_findings(table: TrialTable, settings: Mapping[str, Any], *, seed: int = 0) -> VarianceAnalysis:
    """Analyse the usable rows of a table: exactly where they are a balanced factorial, else smoothly.

    Args:
        table: All trials; only usable ones enter.
        settings: Of the study (``"shared_budget"`` is read).
        seed: Of the sign flips and cross-validation folds, where there are any.
    """
    usable = table.rows(table.usable)
    name, n = table.objective.name, len(usable)
    reason = _reason(usable)
    if reason:
        return VarianceAnalysis(objective=name, reason=reason, n_rows=n)
    values, transform = logarithms_where_long_tailed(usable)
    with one_thread():
        layout = factorial_layout(usable, settings)
        if layout is not None:
            analysis = analyse_factorial(usable, values, layout)
        else:
            points = configuration_means(usable, values)
            if len(points.y) < MIN_ROWS or points.n_clusters < 4:
                why = f"Only {len(points.y)} different configurations have a value; at least {MIN_ROWS} are needed."
                return VarianceAnalysis(objective=name, reason=why, n_rows=n, n_configurations=len(points.y))
            analysis = analyse_smooth(usable, values, points, seed)
    return _completed(analysis, usable, transform)


def _reason(usable: TrialTable) -> str:
    """Why the rows cannot be analysed at all; empty where they can."""
    name, n = usable.objective.name, len(usable)
    if n < MIN_ROWS:
        return f"{n} usable {'trial is' if n == 1 else 'trials are'} too few; at least {MIN_ROWS} are needed."
    if not usable.names:
        return "No hyperparameter varies in the search space."
    if not any(_varies(usable, j) for j in range(len(usable.names))):
        return "All usable trials have the same configuration, so nothing can be said of hyperparameters."
    spread, size = np.ptp(usable.values), np.abs(usable.values).max()
    if spread <= 1e-12 * size:
        return f"All {n} usable trials have the same {name} ({usable.values[0]:.6g}), so nothing moves it."
    return ""


def _varies(table: TrialTable, column: int) -> bool:
    return len(np.unique(table.unit[table.active[:, column], column])) > 1


def _completed(analysis: VarianceAnalysis, table: TrialTable, transform: str | None) -> VarianceAnalysis:
    """Add what holds for either analysis, and turn logarithms back into the objective's units."""
    caveats = list(analysis.caveats)
    if analysis.method == "smooth" and why_not_exact(table):
        caveats.insert(0, why_not_exact(table))
    still = [name for j, name in enumerate(table.names) if not _varies(table, j)]
    if still:
        caveats.append(f"Not judged, because they took one value only: {', '.join(still)}.")
    if transform is None:
        return dataclasses.replace(analysis, caveats=tuple(caveats))
    caveats.append(
        f"{table.objective.name} has a long upper tail, so its logarithm was analysed: shares are of the "
        "variance of log10, and means are geometric."
    )
    return dataclasses.replace(
        analysis,
        transform=transform,
        caveats=tuple(caveats),
        main_effects=tuple(
            dataclasses.replace(e, mean=_back(e.mean), low=_back(e.low), high=_back(e.high))
            for e in analysis.main_effects
        ),
        pair_means=tuple(
            dataclasses.replace(pair, z=tuple(_back(row) for row in pair.z)) for pair in analysis.pair_means
        ),
    )


def _back(logarithms: tuple[float | None, ...]) -> tuple[Any, ...]:
    return tuple(None if x is None else float(10.0 ** min(x, 300.0)) for x in logarithms)


def findings(analysis: VarianceAnalysis) -> tuple[Finding, ...]:
    """The findings fit, importance, interactions, noise, main_effects and interaction_effects."""
    return (
        fit_finding(analysis),
        importance_finding(analysis),
        interactions_finding(analysis),
        noise_finding(analysis),
        main_effects_finding(analysis),
        interaction_effects_finding(analysis),
    )


def verdict(analysis: VarianceAnalysis, any_failure_driver: bool) -> str:
    """The verdict of a study in the words of the document.

    Args:
        analysis: Of the study's variance.
        any_failure_driver: Whether something was found that makes trials fail.

    Returns:
        ``"nothing detectable"`` where no hyperparameter, pair or failure driver is; ``"explained"``
        where the lower end of R2 is at least 0.8 of the noise ceiling (0.5 where that is unknown);
        else ``"partly explained"``.
    """
    if not any_failure_driver and not any(e.detectable for e in analysis.mains + analysis.pairs):
        return "nothing detectable"
    if analysis.low is None or analysis.low <= 0:
        return "partly explained"
    needed = 0.5 if analysis.noise_ceiling is None else 0.8 * analysis.noise_ceiling
    return "explained" if analysis.low >= needed else "partly explained"

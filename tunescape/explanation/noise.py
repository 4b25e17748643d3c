"""How much of the variance is noise between runs, and how much is left unexplained."""

from __future__ import annotations

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.variance_analysis import VarianceAnalysis
from tunescape.explanation.wording import number, percent

QUESTION = "How much is noise?"


def noise_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"noise"``: unexplained share, and the part of it that repeats would show."""
    if not analysis.applicable or analysis.unexplained is None:
        return not_applicable(
            "noise", QUESTION, analysis.reason, unexplained=None, noise=None, higher_order=None, sd=None
        )
    data = {
        "unexplained": analysis.unexplained,
        "noise": analysis.noise,
        "higher_order": analysis.higher_order,
        "sd": analysis.sd,
        "transform": analysis.transform,
    }
    return Finding(
        "noise", QUESTION, _answer(analysis), data=data, caveats=analysis.caveats, citation=analysis.citation
    )


def _answer(analysis: VarianceAnalysis) -> str:
    left = f"{percent(analysis.unexplained or 0.0)} of the variance of a single run is not explained"
    if analysis.noise is None or analysis.higher_order is None or analysis.sd is None:
        return f"{left}; without replicates it cannot be split into noise and higher interactions."
    unit = " decades" if analysis.transform else ""
    return (
        f"{left}: {percent(analysis.noise)} is noise between runs of the same configuration (standard "
        f"deviation {number(analysis.sd)}{unit}), {percent(analysis.higher_order)} is more complicated than pairs."
    )

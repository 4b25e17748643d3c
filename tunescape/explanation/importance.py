"""Which hyperparameters matter, how much, how sure; and how much all of them explain."""

from __future__ import annotations

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.variance_analysis import Effect, VarianceAnalysis, first_few
from tunescape.explanation.wording import listed, percent

QUESTION = "Which hyperparameters matter?"
QUESTION_FIT = "How much do the hyperparameters explain?"


def importance_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"importance"``: shares of main effects in the variance of a single run."""
    if not analysis.applicable:
        return not_applicable("importance", QUESTION, analysis.reason)
    found = [e for e in analysis.mains if e.detectable]
    quiet = [e.name for e in analysis.mains if not e.detectable]
    answer = f"{listed(first_few([_share(e) for e in found]))} of the variance of a single run." if found else ""
    if quiet:
        answer = f"{answer} Nothing detectable in {listed(first_few(quiet))}.".strip()
    rows = tuple(
        {"parameter": e.name, "share": e.share, "low": e.low, "high": e.high, "p_value": e.p_value,
         "detectable": e.detectable, "worth_tuning": None}
        for e in analysis.mains
    )  # fmt: skip
    return Finding("importance", QUESTION, answer, rows, caveats=analysis.caveats, citation=analysis.citation)


def _share(effect: Effect) -> str:
    return f"{effect.name} {percent(effect.share)} ({percent(effect.low)} to {percent(effect.high)})"


def fit_finding(analysis: VarianceAnalysis) -> Finding:
    """The finding ``"fit"``: R2 of main effects and pairs beside what noise allows."""
    if not analysis.applicable or analysis.r2 is None or analysis.low is None or analysis.high is None:
        return not_applicable(
            "fit", QUESTION_FIT, analysis.reason, r2=None, low=None, high=None, noise_ceiling=None, transform=None
        )
    interval = f"(90 % interval {percent(max(analysis.low, 0.0))} to {percent(max(analysis.high, 0.0))})"
    how = "" if analysis.method == "factorial" else " of configurations that were not seen"
    explained = f"Main effects and pairs explain {percent(max(analysis.r2, 0.0))} {interval}"
    answer = f"{explained} of the variance of single runs{how}; " + (
        "how much could be explained is not known without replicates."
        if analysis.noise_ceiling is None
        else f"noise leaves {percent(analysis.noise_ceiling)} to be explained."
    )
    data = {"r2": analysis.r2, "low": analysis.low, "high": analysis.high,
            "noise_ceiling": analysis.noise_ceiling, "transform": analysis.transform}  # fmt: skip
    return Finding("fit", QUESTION_FIT, answer, data=data, caveats=analysis.caveats, citation=analysis.citation)

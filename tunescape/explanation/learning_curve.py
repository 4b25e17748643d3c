"""Question: how did the best, a middling and the worst training go, and a diverged one?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.wording import counted, listed, number
from tunescape.study import Status, Study, Trial

QUESTION = "How did training go?"


def examples(study: Study) -> dict[str, Trial]:
    """The best, median and worst completed trials that have curves, and the first that diverged.

    Where trials of several budgets share runs, only those of the largest budget are looked at: their
    curves hold the others.
    """
    done = [
        t for t in study.trials
        if t.status is Status.COMPLETED and t.value is not None and math.isfinite(t.value) and _has_curve(t)
    ]  # fmt: skip
    done = _longest(done, study.settings)
    done.sort(key=lambda t: (-study.objective.sign * (t.value or 0.0), t.number))
    chosen: dict[str, Trial] = {}
    if done:
        chosen["best"] = done[0]
    if len(done) > 2:
        chosen["median"] = done[len(done) // 2]
    if len(done) > 1:
        chosen["worst"] = done[-1]
    diverged = next((t for t in study.trials if t.status is Status.DIVERGED and _has_curve(t)), None)
    if diverged is not None:
        chosen["diverged"] = diverged
    return chosen


def _has_curve(trial: Trial) -> bool:
    return trial.curve is not None and len(trial.curve.steps) > 1


def _longest(trials: list[Trial], settings: Mapping[str, Any]) -> list[Trial]:
    name = settings.get("shared_budget")
    if name is None or not trials or any(name not in t.configuration for t in trials):
        return trials
    most = max(t.configuration[name] for t in trials)
    return [t for t in trials if t.configuration[name] == most]


def learning_curves_finding(study: Study) -> Finding:
    """Show the learning curves of a few trials from best to worst."""
    chosen = examples(study)
    if not chosen:
        return not_applicable(
            "learning_curves", QUESTION, "The trials hold no learning curves.",
            metric=study.objective.name, curves=[],
        )  # fmt: skip
    curves = [_plain(label, trial) for label, trial in chosen.items()]
    first = chosen[next(iter(chosen))]
    known = list(first.curve.values) if first.curve is not None else []
    wanted = (study.objective.name, "validation_loss", "train_loss", *known)
    metric = next(name for name in wanted if name in known)
    said = [
        f"{label} (trial {t.number}, {study.objective.name} {number(t.value)})" if t.value is not None
        else f"{label} (trial {t.number})"
        for label, t in chosen.items()
    ]  # fmt: skip
    return Finding(
        key="learning_curves",
        question=QUESTION,
        answer=f"Curves of {counted(len(chosen), 'trial')}: {listed(said)}.",
        data={"metric": metric, "curves": curves},
    )


def _plain(label: str, trial: Trial) -> dict[str, Any]:
    assert trial.curve is not None
    return {
        "label": label,
        "number": trial.number,
        "configuration": dict(trial.configuration),
        "steps": [int(s) for s in trial.curve.steps],
        "values": {name: _finite(values) for name, values in trial.curve.values.items()},
    }


def _finite(values: Sequence[float] | Any) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]

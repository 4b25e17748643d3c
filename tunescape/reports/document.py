"""The page's one document: what the page shows, as plain data; embedded today, fetched by a live page."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tunescape.explanation.document import Explanation
from tunescape.reports.pictures.nouns import Pictures
from tunescape.reports.sample import listed
from tunescape.reports.sections import sections
from tunescape.reports.words import brief_share, count, interval, level, metric, number, percent
from tunescape.space import Categorical, Constant, Ordinal, Parameter
from tunescape.study import Study

MOST_LISTED = 2000
_MOST_COLUMNS = 24


def page_document(explanation: Explanation, pictures: Pictures | None = None) -> dict[str, Any]:
    """Return all that the page shows.

    Args:
        explanation: What the trials say.
        pictures: What is drawn beside the findings.

    Returns:
        ``title``, ``verdict`` (word and sentence), ``facts`` (label, value, detail), ``sections``,
        ``trials`` (columns, rows, note) and ``provenance`` (pairs of name and value).
    """
    study = explanation.study
    return {
        "title": study.name,
        "task": study.task,
        "verdict": {"word": explanation.verdict, "sentence": _without_verdict(explanation)},
        "facts": _facts(explanation),
        "sections": sections(explanation, pictures),
        "trials": _trials(study),
        "space": [[name, _range(parameter)] for name, parameter in study.space.parameters.items()],
        "provenance": _provenance(explanation),
    }


def _without_verdict(explanation: Explanation) -> str:
    """The sentence without the verdict, which stands above it."""
    start = f"{explanation.verdict}: "
    sentence = explanation.sentence
    if not sentence.lower().startswith(start):
        return sentence
    rest = sentence[len(start) :]
    first = rest.split(" ", 1)[0]
    return rest if first in explanation.study.space.parameters else rest[:1].upper() + rest[1:]


def _facts(explanation: Explanation) -> list[dict[str, str]]:
    """A handful of numbers under the verdict."""
    study, data = explanation.study, explanation["trials"].data
    parts = [f"{count(data[word])} {word}" for word in ("used", "diverged", "failed", "waiting") if data.get(word)]
    facts = [{"label": "trials", "value": count(data["total"]), "detail": ", ".join(parts)}]
    best = explanation["best"].data
    if best.get("value") is not None:
        detail = f"90 % interval {interval(best['low'], best['high'])}" if best.get("low") is not None else ""
        facts.append(
            {
                "label": f"best {metric(study.objective.name)}",
                "value": number(best["value"]),
                "detail": detail,
            }
        )
        if best.get("tied_with") is not None:
            facts.append({"label": "tied with the best", "value": count(best["tied_with"]), "detail": "configurations"})
    noise = explanation["noise"].data
    if noise.get("noise") is not None:
        detail = f"runs of one configuration differ by {number(noise.get('sd'))}" if noise.get("sd") is not None else ""
        facts.append({"label": "noise", "value": brief_share(noise["noise"]), "detail": detail})
    elif explanation["fit"].data.get("r2") is not None:
        facts.append(
            {
                "label": "predictable",
                "value": percent(max(explanation["fit"].data["r2"], 0)),
                "detail": "of the variance",
            }
        )
    test = explanation["test"]
    if test.applicable and test.data.get("value") is not None:
        detail = f"90 % interval {interval(test.data.get('low'), test.data.get('high'))}"
        facts.append({"label": metric(test.data["metric"]), "value": number(test.data["value"]), "detail": detail})
    return facts


# -- the table of trials ------------------------------------------------------------------------


def _trials(study: Study) -> dict[str, Any]:
    """The trials, at most 2000, as columns and rows of raw values: the page sorts and searches them."""
    table = study.table
    keep = listed(table, MOST_LISTED)
    shown = list(study.space.parameters)[:_MOST_COLUMNS]
    noted = any(study.trials[i].note or study.trials[i].reason for i in keep)
    columns = ["trial", study.objective.name, "status", *shown, "replicate", *(["note"] if noted else [])]
    rows = []
    for i in keep:
        trial = study.trials[i]
        row = [trial.number, _brief(trial.value), trial.status.word]
        row += [_brief(trial.configuration.get(name)) for name in shown]
        row += [trial.replicate] + ([trial.note or trial.reason] if noted else [])
        rows.append(row)
    left = len(study.trials) - len(keep)
    note = ""
    if left:
        note = (
            f"{count(len(keep))} of {count(len(study.trials))} trials are in this page, "
            f"the {count(MOST_LISTED // 2)} best and an even choice of the others; "
            f"{count(left)} are left out. The command “tunescape export” writes all of them."
        )
    hidden = len(study.space.parameters) - len(shown)
    if hidden > 0:
        note += f" {hidden} hyperparameters have no column."
    return {"columns": columns, "rows": rows, "note": note.strip(), "down": study.objective.sign > 0}


def _brief(value: Any) -> Any:
    """A value of a cell with at most six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value


# -- where it comes from ------------------------------------------------------------------------


def _range(parameter: Parameter) -> str:
    if isinstance(parameter, Constant):
        return f"{level(parameter.value)} (fixed)"
    if isinstance(parameter, Ordinal | Categorical):
        joint = " < " if isinstance(parameter, Ordinal) else ", "
        return joint.join(level(choice) for choice in parameter.choices)
    if isinstance(parameter.levels, tuple):
        return ", ".join(level(v) for v in parameter.levels) + (" (log scale)" if parameter.scale == "log" else "")
    kind = "" if parameter.scale == "linear" else ", log scale"
    return f"{level(parameter.low)} to {level(parameter.high)}{kind}"


def _provenance(explanation: Explanation) -> list[list[str]]:
    study, data = explanation.study, explanation["trials"].data
    about = [
        ["study", study.name],
        ["task", study.task or "–"],
        ["objective", f"{study.objective.direction} {study.objective.name}"],
        ["design", f"{data.get('sampling', 'unknown')}, {count(data.get('configurations'))} configurations"],
        ["trainings", count(data.get("trainings"))],
        ["networks trained", count(study.attributes.get("networks_trained"))],
        ["seconds of training", number(study.attributes.get("seconds_training"))],
        ["seed", str(study.seed)],
        ["trained", _when(study)],
        [
            "written by",
            f"tunescape {_version('tunescape')}, Python {sys.version_info.major}.{sys.version_info.minor}, "
            f"NumPy {_version('numpy')}, Plotly {_version('plotly')}",
        ],
    ]
    command = _command(study)
    if command:
        about.append(["again with", command])
    return [[name, words] for name, words in about if words not in ("–", "")]


def _when(study: Study) -> str:
    """The days from the first trial to the last."""
    started = [t.started for t in study.trials if t.started is not None]
    if not started:
        return ""
    first, last = (datetime.fromtimestamp(s, UTC).date().isoformat() for s in (min(started), max(started)))
    return first if first == last else f"{first} to {last}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _command(study: Study) -> str:
    """The command that makes the study again, where it was made by one."""
    if study.attributes.get("command"):
        return str(study.attributes["command"])
    if "sampler" not in study.settings or not study.task:
        return ""
    words = [
        "tunescape",
        "survey",
        study.task,
        "--study",
        study.name,
        "--sampler",
        str(study.settings["sampler"]),
    ]
    if study.settings.get("replicates"):
        words += ["--replicates", str(study.settings["replicates"])]
    if study.settings["sampler"] != "factorial":
        words += ["--trials", str(len(study.trials))]
    return shlex.join([*words, "--seed", str(study.seed)])

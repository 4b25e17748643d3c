"""Studies and trials as rows of plain values, and back: what every store keeps of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from tunescape.errors import InputError
from tunescape.space import from_dict, to_dict
from tunescape.stores.curves import decode_curve, encode_curve
from tunescape.study import CODE_OF, CODES, Objective, Status, Study, Trial

PLAN = ("number", "configuration", "replicate", "seed", "trajectory", "budget", "note")
"""Columns of a planned trial."""
RESULT = ("status", "value", "metrics", "curve", "started", "seconds", "reason")
"""Columns of a result, beside the trial's number."""


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy as Python's; anything else is refused."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not plain data")


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
"""JSON of plain data; infinite numbers as Python's reader (and JSON5) spell them."""


def to_text(value: Any, what: str) -> str:
    """Write plain data as JSON.

    Raises:
        InputError: It holds something else than numbers, words, None, lists and dictionaries.
    """
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{what} must be plain data (numbers, words, lists): {error}.") from None


def _whole(value: Any, what: str, low: int = -(2**63)) -> int:
    """A whole number of 64 bits."""
    if type(value) is int and low <= value < 2**63:  # the usual case, before the slow question
        return value
    if not isinstance(value, Integral) or not low <= int(value) < 2**63:
        raise InputError(f"{what} must be a whole number from {low} to 2**63 - 1. Got {value!r}.")
    return int(value)


def _number(value: Any, what: str) -> float | None:
    """A float, or None for None and NaN."""
    if value is None or type(value) is float:
        return value if value == value else None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{what} must be a number or None. Got {value!r}.")
    number = float(value)
    return None if math.isnan(number) else number


def _text(value: Any, what: str) -> str:
    try:
        if not value.isascii():
            value.encode("utf-8")
    except (AttributeError, UnicodeEncodeError):
        raise InputError(f"{what} must be text that UTF-8 can write. Got {value!r}.") from None
    return value


def check_name(name: Any) -> str:
    """Return a study's name, or raise InputError where it is empty or not text."""
    if not isinstance(name, str) or not name.strip():
        raise InputError(f"A study's name must be a word. Got {name!r}.")
    return _text(name, "A study's name")


def header_row(study: Study) -> dict[str, Any]:
    """A study without its trials as a row of the table of studies."""
    return {
        "name": check_name(study.name),
        "task": _text(study.task, "A study's task"),
        "objective": _text(study.objective.name, "An objective's name"),
        "direction": study.objective.direction,
        "space": to_text(to_dict(study.space), "A search space"),
        "seed": _whole(study.seed, "A study's seed"),
        "settings": to_text(study.settings, "A study's settings"),
        "attributes": to_text(study.attributes, "A study's attributes"),
    }


def study_of(header: Mapping[str, Any], trials: Iterable[Trial]) -> Study:
    """Rebuild a study from its row."""
    return Study(
        name=header["name"],
        space=from_dict(json.loads(header["space"]), british=False),
        objective=Objective(header["objective"], header["direction"]),
        trials=tuple(trials),
        seed=header["seed"],
        task=header["task"],
        settings=json.loads(header["settings"]),
        attributes=json.loads(header["attributes"]),
    )


def plan_row(trial: Trial) -> dict[str, Any]:
    """The planned part of a trial.

    Raises:
        InputError: Something in it cannot be kept.
    """
    number = _whole(trial.number, "A trial's number", low=0)
    what = f"trial {number}"
    if not isinstance(trial.configuration, Mapping):
        raise InputError(f"The configuration of {what} must map names to values. Got {trial.configuration}.")
    return {
        "number": number,
        "configuration": to_text(trial.configuration, f"The configuration of {what}"),
        "replicate": _whole(trial.replicate, f"The replicate of {what}"),
        "seed": _whole(trial.seed, f"The seed of {what}"),
        "trajectory": _whole(trial.trajectory, f"The trajectory of {what}"),
        "budget": _number(trial.budget, f"The budget of {what}"),
        "note": _text(trial.note, f"The note of {what}"),
    }


def result_row(trial: Trial) -> dict[str, Any]:
    """The result of a finished trial.

    Raises:
        InputError: The trial has not ended, or something in the result cannot be kept.
    """
    number = _whole(trial.number, "A trial's number", low=0)
    what = f"trial {number}"
    if not isinstance(trial.status, Status) or not trial.status.is_final:
        raise InputError(f"A result must be of a trial that has ended. Got {what} with {trial.status}.")
    return {
        "number": number,
        "status": CODE_OF[trial.status],
        "value": _number(trial.value, f"The value of {what}"),
        "metrics": to_text(trial.metrics, f"The metrics of {what}"),
        "curve": None if trial.curve is None else encode_curve(trial.curve),
        "started": _number(trial.started, f"The start of {what}"),
        "seconds": _number(trial.seconds, f"The seconds of {what}"),
        "reason": _text(trial.reason, f"The reason of {what}"),
    }


def check_unlike(trials: Sequence[Trial]) -> None:
    """Raise InputError where a number stands twice in a batch."""
    seen: set[int] = set()
    for trial in trials:
        if trial.number in seen:
            raise InputError(f"Trials of a batch must have different numbers. Got {trial.number} twice.")
        seen.add(trial.number)


def trials_of(rows: Sequence[Sequence[Any]]) -> list[Trial]:
    """Rebuild trials from rows of the columns PLAN, then RESULT (all None where waiting).

    One reading of all the JSON of a column is several times faster than one for each row.
    """
    configurations = json.loads("[" + ",".join([row[1] for row in rows]) + "]")
    metrics = json.loads("[" + ",".join([row[9] or "{}" for row in rows]) + "]")
    return [
        Trial(
            number, configuration, replicate, seed, trajectory,
            Status.WAITING if status is None else CODES[status], value, budget, measured,
            None if curve is None else decode_curve(curve), started, seconds, reason or "", note,
        )
        for (number, _, replicate, seed, trajectory, budget, note, status, value, _, curve, started,
             seconds, reason), configuration, measured in zip(rows, configurations, metrics)
    ]  # fmt: skip

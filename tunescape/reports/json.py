"""Findings for other programs: strict JSON, in which what is not a number is null."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tunescape.explanation.document import Explanation
from tunescape.study import Status


def plain(data: Any) -> Any:
    """Return data as what JSON knows: NaN and infinities become None, arrays lists, keys words."""
    if data is None or isinstance(data, bool | str | int):
        return data
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, np.ndarray | np.generic):
        return plain(data.tolist())
    if isinstance(data, list | tuple | set | frozenset):
        return [plain(value) for value in data]
    if isinstance(data, enum.Enum):
        return data.word if isinstance(data, Status) else plain(data.value)
    return str(data)


def strict_json(data: Any, *, indent: int | None = 2) -> str:
    """Write data as one JSON document that every parser accepts."""
    return json.dumps(plain(data), indent=indent, ensure_ascii=True, allow_nan=False)


def to_json(explanation: Explanation) -> str:
    """Write an explanation as the document of ``explain --json``."""
    return strict_json(explanation.to_dict())


def survey_document(explanation: Explanation, *, task: str | None = None) -> dict[str, Any]:
    """Return the document of ``survey --json`` and ``tune --json`` as plain data.

    Args:
        explanation: What the trials of the study say.
        task: What was learned; the study's own task where None.
    """
    study = explanation.study
    trials = {"total": len(study.trials)}
    trials |= {status.word: study.counts.get(status, 0) for status in Status if status.is_final}
    trials |= {s.word: n for s, n in study.counts.items() if not s.is_final}
    best = explanation["best"].data
    return plain(
        {
            "study": study.name,
            "task": study.task if task is None else task,
            "trials": trials,
            "networks_trained": study.attributes.get("networks_trained"),
            "seconds_training": study.attributes.get("seconds_training"),
            "best": {key: best.get(key) for key in ("configuration", "value", "low", "high", "tied_with", "observed")},
            "explanation": explanation.to_dict(),
        }
    )

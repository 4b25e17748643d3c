"""Question: what was tried, what of it could be used, and what was left out?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from tunescape.explanation.clusters import runs, shared_budget
from tunescape.explanation.finding import Finding
from tunescape.explanation.wording import counted, listed
from tunescape.study import Status, TrialTable

QUESTION = "What was tried?"

_SAMPLING = {
    "factorial": "factorial", "grid": "factorial", "random": "random", "sobol": "quasi-random",
    "halton": "quasi-random", "latin_hypercube": "quasi-random", "lhs": "quasi-random",
}  # fmt: skip

_REASONS = {
    Status.WAITING: "not started yet",
    Status.RUNNING: "still running",
    Status.PRUNED: "stopped early by a scheduler",
}


def sampling(table: TrialTable, settings: Mapping[str, Any]) -> str:
    """How configurations were chosen: what the settings say, or factorial where it is seen to be.

    Returns:
        ``"factorial"``, ``"random"``, ``"quasi-random"``, ``"adaptive"`` or ``"unknown"``.
    """
    declared = settings.get("sampler")
    if declared is not None:
        return _SAMPLING.get(str(declared).lower().replace("-", "_"), "adaptive")
    return "factorial" if _is_full_grid(table) else "unknown"


def _is_full_grid(table: TrialTable) -> bool:
    """Whether every combination of the levels of at least two hyperparameters occurs."""
    if not len(table) or not table.active.all():
        return False
    sizes = [len(np.unique(column)) for column in table.unit.T]
    return sum(size > 1 for size in sizes) > 1 and math.prod(sizes) == len(np.unique(table.points))


def left_out(table: TrialTable, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What takes no part in the statistics, with reasons, failed and diverged trials apart."""
    said: Counter[str] = Counter()
    for entry in settings.get("left_out", ()):
        said[str(entry["reason"])] += int(entry["count"])
    for status, reason in _REASONS.items():
        said[reason] += int(table.is_status(status).sum())
    said["completed without a finite value"] += int(
        (table.is_status(Status.COMPLETED) & ~table.usable).sum()
    )
    return [{"reason": reason, "count": count} for reason, count in said.items() if count]


def trials_finding(table: TrialTable, settings: Mapping[str, Any]) -> Finding:
    """Count the trials.

    `total` is used + diverged + failed + everything left out (rows that an importer could not
    read included); `failed` includes configurations that could not be evaluated.
    """
    out = left_out(table, settings)
    started = ~table.is_status(Status.WAITING)
    points = table.points[started]
    data = {
        "total": len(table) + sum(int(entry["count"]) for entry in settings.get("left_out", ())),
        "used": int(table.usable.sum()),
        "diverged": int(table.is_status(Status.DIVERGED).sum()),
        "failed": int(table.is_status(Status.FAILED, Status.INFEASIBLE).sum()),
        "infeasible": int(table.is_status(Status.INFEASIBLE).sum()),
        "waiting": int(table.is_status(Status.WAITING).sum()),
        "left_out": out,
        "sampling": sampling(table, settings),
        "configurations": len(np.unique(points)),
        "replicates": float(np.median(np.unique(points, return_counts=True)[1])) if len(points) else 0.0,
        "trainings": len(np.unique(runs(table)[started])),
    }
    return Finding(
        key="trials",
        question=QUESTION,
        answer=_answer(data),
        data=data,
        caveats=_caveats(table, settings, data),
    )


def _answer(data: Mapping[str, Any]) -> str:
    parts = [f"{data['used']} could be used"]
    parts += [f"{data[word]} {word}" for word in ("diverged", "failed") if data[word]]
    parts += [f"{entry['count']} left out ({entry['reason']})" for entry in data["left_out"]]
    repeated = f", {data['replicates']:g} replicates each" if data["replicates"] > 1 else ""
    how = "" if data["sampling"] == "unknown" else f" ({data['sampling']} design)"
    return (
        f"{counted(data['total'], 'trial')} of {counted(data['configurations'], 'configuration')}"
        f"{how}{repeated}: {listed(parts)}."
    )


def _caveats(table: TrialTable, settings: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[str, ...]:
    said = []
    shared = shared_budget(table, settings)
    done = int((~table.is_status(Status.WAITING)).sum())
    if shared is not None and data["trainings"] < done:
        said.append(
            f"{done} trials were read off {counted(data['trainings'], 'training run')}: "
            f"rows that differ in {shared} only share a run."
        )
    if data["sampling"] == "adaptive":
        said.append(
            "The configurations were chosen adaptively: regions that look bad hold few trials, "
            "so what is said about them is less sure."
        )
    return (*said, *(str(note) for note in settings.get("notes", ())))

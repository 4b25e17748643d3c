"""An explanation: the verdict, its findings, and the JSON document that other programs rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunescape.explanation.finding import Finding
from tunescape.study import Study


@dataclass(frozen=True, repr=False)
class Explanation:
    """What the trials of a study say.

    Args:
        study: The study that is explained.
        verdict: ``"explained"``, ``"partly explained"`` or ``"nothing detectable"``.
        sentence: The verdict in one line, with its numbers.
        findings: The answers, in the order in which they are read.
    """

    study: Study
    verdict: str
    sentence: str
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        return f"Explanation of {self.study.name!r}: {self.sentence}"

    def __getitem__(self, key: str) -> Finding:
        """Return the finding with the given key."""
        for finding in self.findings:
            if finding.key == key:
                return finding
        raise KeyError(key)

    def __contains__(self, key: str) -> bool:
        return any(finding.key == key and finding.applicable for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``explain --json`` as plain data."""
        data: dict[str, Mapping[str, Any]] = {f.key: f.data for f in self.findings}
        trials, noise = data["trials"], data["noise"]
        return {
            "verdict": self.verdict,
            "objective": {"name": self.study.objective.name, "direction": self.study.objective.direction},
            "trials": {key: trials[key] for key in ("total", "used", "diverged", "failed", "left_out")},
            "sampling": trials["sampling"],
            "fit": dict(data["fit"]),
            "importance": [dict(row) for row in self["importance"].table],
            "interactions": [dict(row) for row in self["interactions"].table],
            "worth_tuning_pairs": [],
            "reference": "median",
            "unexplained": noise["unexplained"],
            "noise": noise["noise"],
            "failures": {key: data["failures"][key] for key in ("rate", "drivers")},
            "best": dict(data["best"]),
            "next": [],
            "findings": [
                {"question": f.question, "answer": f.answer, "caveats": list(f.caveats)} for f in self.findings
            ],
        }

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><b>{escape(self.sentence)}</b></p>" + "".join(f._repr_html_() for f in self.findings)

"""Question: what does the recommended configuration reach on data that chose nothing?"""

from __future__ import annotations

from typing import Any

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.wording import counted, number, within
from tunescape.study import Study

QUESTION = "What does the recommended configuration reach on the test part?"
FIELDS = ("metric", "value", "low", "high", "networks", "replicates_values")


def test_part_finding(study: Study) -> Finding:
    """Report the test score of the recommended configuration, where it was measured."""
    measured: dict[str, Any] | None = study.attributes.get("test")
    if not measured or measured.get("value") is None:
        return not_applicable(
            "test", QUESTION, "No test part was measured; the values of this study are those of validation.",
            **dict.fromkeys(FIELDS),
        )  # fmt: skip
    data = {**dict.fromkeys(FIELDS), **measured}
    interval = within(data["low"], data["high"])
    over = f" over {counted(int(data['networks']), 'network')}" if data["networks"] else ""
    return Finding(
        key="test",
        question=QUESTION,
        answer=(
            f"{data['metric']} {number(data['value'])}{interval}{over}, on rows that took no part "
            "in training or in any choice."
        ),
        data=data,
    )

"""The currency of explanation: a question, its answer in a sentence, and the data behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One question that a reader asks of a study, answered.

    Text, JSON and HTML are renderings of the same findings, so they cannot disagree. All content
    is plain data (numbers, words, None, lists, dictionaries), ready for JSON.

    Args:
        key: Short name by which renderers find it, for example ``"importance"``.
        question: The question in the reader's words.
        answer: The answer in one or two sentences.
        table: Rows of the answer's table; all rows have the same columns.
        data: Everything else that a chart or the JSON document needs.
        caveats: What limits the answer, one sentence each.
        citation: Source of the method.
        applicable: False where the question cannot be answered; `answer` then says why.
    """

    key: str
    question: str
    answer: str
    table: tuple[Mapping[str, Any], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    citation: str = ""
    applicable: bool = True

    def _repr_html_(self) -> str:
        from html import escape

        head = f"<p><b>{escape(self.question)}</b><br>{escape(self.answer)}</p>"
        if not self.table:
            return head
        import pandas as pd

        return head + pd.DataFrame(self.table).to_html(border=0, index=False, float_format="{:.3g}".format)


def not_applicable(key: str, question: str, reason: str, **data: Any) -> Finding:
    """The finding that a question cannot be answered, and what it would need.

    Args:
        key: Short name of the finding.
        question: The question in the reader's words.
        reason: Why it cannot be answered.
        **data: Fields that the JSON document needs all the same, empty.
    """
    return Finding(key=key, question=question, answer=reason, data=data, applicable=False)

"""A study: what was asked (space, objective, design) and what happened (trials). Data, no verbs."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tunescape.space import SearchSpace
from tunescape.study.objective import Objective
from tunescape.study.status import Status
from tunescape.study.trial import Trial
from tunescape.study.trial_table import TrialTable


@dataclass(frozen=True)
class Study:
    """All trials that answer one question.

    Args:
        name: Its name in a store.
        space: What may vary.
        objective: What is to be improved.
        trials: What happened, by number.
        seed: Seed from which all proposals and trials derive theirs.
        task: What was learned (``"iris"``, ``"data.csv"``, …), or where the study came from.
        settings: Plain data that says how the study is made (design, task options); part of its
            identity.
        attributes: Plain data found out about the study as a whole (for example the test score of
            the recommended configuration); not part of its identity.
    """

    name: str
    space: SearchSpace
    objective: Objective
    trials: tuple[Trial, ...] = ()
    seed: int = 0
    task: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def with_trials(self, new: Iterable[Trial]) -> Study:
        """Return the study with trials added, or replaced where the number is already there."""
        by_number = {trial.number: trial for trial in self.trials}
        by_number.update({trial.number: trial for trial in new})
        return dataclasses.replace(self, trials=tuple(by_number[n] for n in sorted(by_number)))

    @cached_property
    def table(self) -> TrialTable:
        """The trials as arrays: what statistics read."""
        return TrialTable.of(self.space, self.objective, self.trials)

    @cached_property
    def counts(self) -> dict[Status, int]:
        """How many trials have each status; only statuses that occur."""
        counted = Counter(trial.status for trial in self.trials)
        return {status: counted[status] for status in Status if counted[status]}

    @property
    def best(self) -> Trial | None:
        """The completed trial with the best finite value (the luckiest, under noise; the first of equals)."""
        sign = self.objective.sign
        done = [
            (sign * t.value, -t.number, t)
            for t in self.trials
            if t.status is Status.COMPLETED and t.value is not None and math.isfinite(t.value)
        ]
        return max(done)[2] if done else None

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {status.word}" for status, n in self.counts.items()) or "no trials"
        return f"Study({self.name!r}: {counts}; {self.objective.direction} {self.objective.name})"

    def _repr_html_(self) -> str:
        from tunescape.study.frame import to_frame

        frame = to_frame(self)
        shown = frame.head(10).to_html(border=0, index=False, escape=True, float_format="{:.4g}".format)
        from html import escape

        more = f"<p>… {len(frame) - 10} more trials</p>" if len(frame) > 10 else ""
        return f"<p><b>{escape(repr(self))}</b></p>{shown}{more}"

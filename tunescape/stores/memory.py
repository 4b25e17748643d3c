"""A store that lives as long as the process."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tunescape.stores.base import Store, StudySummary, name_taken, number_taken, unknown_study
from tunescape.stores.rows import (
    PLAN,
    RESULT,
    check_name,
    check_unlike,
    header_row,
    plan_row,
    result_row,
    study_of,
    to_text,
    trials_of,
)
from tunescape.study import CODES, Study, Trial

Row = tuple[Any, ...]
_NO_RESULT: Row = (None,) * len(RESULT)


@dataclass
class _Kept:
    """One study: its header, its plans and its results by number, as a database would keep them."""

    header: dict[str, Any]
    plans: dict[int, Row] = field(default_factory=dict)
    results: dict[int, Row] = field(default_factory=dict)


class Memory(Store):
    """Studies in memory, kept as plain rows, so that what is read is what a database would give."""

    def __init__(self) -> None:
        self._studies: dict[str, _Kept] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"Memory({len(self._studies)} studies)"

    def summaries(self) -> list[StudySummary]:
        """List the studies, in the order in which they were created."""
        with self._lock:
            in_order = sorted(self._studies.values(), key=lambda kept: kept.header["order"])
            return [_summary(kept) for kept in in_order]

    def create(self, study: Study) -> None:
        """Add a study with the trials that it has."""
        check_unlike(study.trials)
        now = time.time()
        kept = _Kept({**header_row(study), "created": now, "updated": now})
        kept.plans = {t.number: _plan(t) for t in study.trials}
        kept.results = {t.number: _result(t) for t in study.trials if t.status.is_final}
        with self._lock:
            if study.name in self._studies:
                raise name_taken(study.name)
            kept.header["order"] = 1 + max((k.header["order"] for k in self._studies.values()), default=0)
            self._studies[study.name] = kept

    def reserve(self, name: str, trials: Iterable[Trial]) -> None:
        """Add planned trials."""
        batch = list(trials)
        check_unlike(batch)
        plans = {t.number: _plan(t) for t in batch}
        with self._lock:
            kept = self._kept(name)
            if taken := plans.keys() & kept.plans.keys():
                raise number_taken(name, taken)
            kept.plans.update(plans)
            kept.header["updated"] = time.time()

    def append(self, name: str, trials: Iterable[Trial]) -> None:
        """Add the results of finished trials; the first wins."""
        batch = list(trials)
        check_unlike(batch)
        results = {t.number: _result(t) for t in batch}
        with self._lock:
            kept = self._kept(name)
            plans = {t.number: _plan(t) for t in batch if t.number not in kept.plans}
            kept.plans.update(plans)
            for number, result in results.items():
                kept.results.setdefault(number, result)
            kept.header["updated"] = time.time()

    def load(self, name: str) -> Study:
        """Read a study with all its trials, by number."""
        with self._lock:
            kept = self._kept(name)
            rows = [kept.plans[n] + kept.results.get(n, _NO_RESULT) for n in sorted(kept.plans)]
            return study_of(kept.header, trials_of(rows))

    def set_attribute(self, name: str, key: str, value: Any) -> None:
        """Note something about a study as a whole."""
        text = to_text({key: value}, f"Attribute {key!r}")
        with self._lock:
            header = self._kept(name).header
            header["attributes"] = json.dumps(json.loads(header["attributes"]) | json.loads(text))
            header["updated"] = time.time()

    def delete(self, name: str) -> None:
        """Remove a study with its trials."""
        with self._lock:
            self._kept(name)
            del self._studies[name]

    def rename(self, old: str, new: str) -> None:
        """Give a study another name."""
        with self._lock:
            kept = self._kept(old)
            if check_name(new) in self._studies:
                raise name_taken(new)
            self._studies[new] = self._studies.pop(old)
            kept.header.update(name=new, updated=time.time())

    def close(self) -> None:
        """Nothing is held open; the studies stay readable."""

    def _kept(self, name: str) -> _Kept:
        if name not in self._studies:
            raise unknown_study(name, self._studies)
        return self._studies[name]


def _plan(trial: Trial) -> Row:
    row = plan_row(trial)
    return tuple(row[column] for column in PLAN)


def _result(trial: Trial) -> Row:
    row = result_row(trial)
    return tuple(row[column] for column in RESULT)


def _summary(kept: _Kept) -> StudySummary:
    counted = Counter(CODES[row[0]].word for row in kept.results.values())
    waiting = len(kept.plans) - len(kept.results)
    return StudySummary(
        name=kept.header["name"],
        task=kept.header["task"],
        objective=kept.header["objective"],
        direction=kept.header["direction"],
        counts=({"waiting": waiting} if waiting else {}) | dict(counted),
        created=kept.header["created"],
        updated=kept.header["updated"],
    )

"""Question: what makes training fail, and at which settings does it learn nothing?

A failure driver is a rule on one hyperparameter under which trials diverge or fail more often than
chance would allow. Every rule is tested with Fisher's exact test on configurations (a configuration
has failed where any of its trials has); the smallest p-values are then compared with those of the
best rule after the failures were dealt out anew among the configurations, which corrects for the
number of rules looked at and for their overlap (Westfall and Young 1993, single-step minP).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.clusters import runs, shared_budget, training_groups
from tunescape.explanation.columns import levels_of
from tunescape.explanation.finding import Finding
from tunescape.explanation.intervals import wilson
from tunescape.explanation.rules import Rule, rules_on, worded
from tunescape.explanation.wording import counted, level, listed, percent
from tunescape.study import Status, TrialTable

QUESTION = "What breaks learning?"
N_PERMUTATIONS = 999
ALPHA = 0.05
MOST_REASONS = 3
SAME_LOSS = 0.02
"""A loss within this share of a constant prediction's is no better: it only nears it, however long it learns."""


def failed_rows(table: TrialTable) -> NDArray[np.bool_]:
    """Which rows diverged, failed or could not be evaluated, shape (n,)."""
    return table.is_status(Status.DIVERGED, Status.FAILED, Status.INFEASIBLE)


def drivers(table: TrialTable, settings: Mapping[str, Any], rng: np.random.Generator) -> list[dict[str, Any]]:
    """For each hyperparameter the best rule for failure, where it is no chance finding.

    The hyperparameter whose levels share a run is left out: a run either diverges or does not.

    Args:
        table: Trials that have ended.
        settings: The study's settings.
        rng: Source of the permutations.

    Returns:
        Rows ``{parameter, rule, failed, of, p_value}`` with p <= .05 over all rules, surest first.
    """
    failed = failed_rows(table)
    _, first, group = np.unique(training_groups(table, settings), return_index=True, return_inverse=True)
    bad = np.bincount(group, failed, minlength=len(first)) > 0
    names = [name for name in table.names if name != shared_budget(table, settings)]
    rules = [rule for name in names for rule in rules_on(table, name)]
    if not rules or not bad.any() or bad.all():
        return []
    holds = np.array([rule.rows[first] for rule in rules], dtype=np.float32)
    raw, adjusted = _min_p(holds, bad, rng)
    found = []
    for name in names:
        own = [i for i, rule in enumerate(rules) if rule.parameter == name]
        best = min(own, key=lambda i: (raw[i], -holds[i].sum()), default=None)
        if best is not None and adjusted[best] <= ALPHA:
            found.append((raw[best], _row(table, rules[best], failed, float(adjusted[best]))))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _row(table: TrialTable, rule: Rule, failed: NDArray[np.bool_], p_value: float) -> dict[str, Any]:
    return {
        "parameter": rule.parameter,
        "rule": worded(table, rule),
        "failed": int((rule.rows & failed).sum()),
        "of": int(rule.rows.sum()),
        "p_value": p_value,
    }


def _min_p(
    holds: NDArray[np.float32], bad: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One-sided Fisher p-value of every rule (as its logarithm), and its p-value over all rules."""
    n_rules, n = holds.shape
    tails = _log_tails(n, int(bad.sum()), holds.sum(axis=1).astype(int))
    which = np.arange(n_rules)[:, None]
    observed = tails[which[:, 0], np.rint(holds @ bad.astype(np.float32)).astype(int)]
    luckiest = np.concatenate(
        [
            tails[which, np.rint(holds @ shuffled).astype(int)].min(axis=0)
            for shuffled in _shuffled(bad, rng)
        ]
    )
    beaten = np.searchsorted(np.sort(luckiest), observed + 1e-9, side="right")
    return observed, (1 + beaten) / (1 + N_PERMUTATIONS)


def _shuffled(bad: NDArray[np.bool_], rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """The failures dealt out anew, in parts of shape (n, 111)."""
    for _ in range(N_PERMUTATIONS // 111):
        yield rng.permuted(np.tile(bad.astype(np.float32)[:, None], 111), axis=0)


def _log_tails(n: int, n_bad: int, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log P(at least k of the bad ones fall under a rule of the given size), shape (rules, n_bad + 1)."""
    from scipy.special import gammaln

    k = np.arange(n_bad + 1)[None, :]
    m = sizes[:, None]
    possible = (k <= m) & (n_bad - k <= n - m)

    def log_choose(a: Any, b: Any) -> Any:
        return gammaln(a + 1) - gammaln(np.maximum(b, 0) + 1) - gammaln(np.maximum(a - b, 0) + 1)

    log_mass = log_choose(m, k) + log_choose(n - m, n_bad - k) - log_choose(n, n_bad)
    log_mass = np.where(possible, log_mass, -np.inf)
    return np.logaddexp.accumulate(log_mass[:, ::-1], axis=1)[:, ::-1]


def stuck_rows(table: TrialTable, constant: float) -> NDArray[np.bool_]:
    """Which trials end no better than the best constant prediction, shape (n,)."""
    sign = table.objective.sign
    slack = 1e-6 if sign > 0 else SAME_LOSS
    return np.asarray(sign * table.values <= sign * constant + slack * abs(constant))


def breaks(table: TrialTable, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Levels at which most trials end no better than the best constant prediction.

    A level is listed where the share of such trials is above one half and above the share at the
    other levels of its hyperparameter, both clearly: the Wilson intervals, with as many observations
    as there are training runs, lie apart. They are widened (Bonferroni) so that all levels that are
    looked at keep 90 % together.

    Args:
        table: Completed trials with finite values.
        settings: The study's settings; without ``constant_value`` nothing is listed.

    Returns:
        Rows ``{parameter, level, at_or_below_constant, of, share, share_elsewhere}``, largest share first.
    """
    constant = settings.get("constant_value")
    if constant is None or not len(table):
        return []
    stuck = stuck_rows(table, constant)
    run = runs(table)
    cuts = {name: levels_of(table, name) for name in table.names}
    confidence = 1.0 - 0.1 / max(1, sum(len(cut.labels) for cut in cuts.values()))
    found = []
    for name, cut in cuts.items():
        for code, label in enumerate(cut.labels):
            inside, outside = cut.codes == code, (cut.codes != code) & (cut.codes >= 0)
            if not inside.any() or not outside.any():
                continue
            here = _interval(stuck[inside], run[inside], confidence)
            there = _interval(stuck[outside], run[outside], confidence)
            if here[0] > max(0.5, there[1]):
                found.append(
                    {
                        "parameter": name,
                        "level": label,
                        "at_or_below_constant": int(stuck[inside].sum()),
                        "of": int(inside.sum()),
                        "share": float(stuck[inside].mean()),
                        "share_elsewhere": float(stuck[outside].mean()),
                    }
                )
    return sorted(found, key=lambda row: -row["share"])


def _interval(stuck: NDArray[np.bool_], run: NDArray[np.int64], confidence: float) -> tuple[float, float]:
    n = len(np.unique(run))
    return wilson(float(stuck.mean()) * n, n, level=confidence)


def failure_finding(
    table: TrialTable, settings: Mapping[str, Any], rng: np.random.Generator, reasons: Sequence[str] = ()
) -> Finding:
    """Say how often trials fail, under which rules, and at which levels nothing is learned.

    Args:
        table: All trials.
        settings: Of the study.
        rng: For permutations.
        reasons: Why trials could not be evaluated, one sentence for each of them.
    """
    ended = table.rows(~table.is_status(Status.WAITING, Status.RUNNING))
    failed = failed_rows(ended)
    completed = ended.rows(ended.usable)
    constant = settings.get("constant_value")
    data: dict[str, Any] = {
        "rate": float(failed.mean()) if len(ended) else 0.0,
        "drivers": drivers(ended, settings, rng),
        "breaks": breaks(completed, settings),
        "constant_value": constant,
        "stuck": 0 if constant is None else int(stuck_rows(completed, constant).sum()),
    }
    return Finding(
        key="failures",
        question=QUESTION,
        answer=f"{_failures(ended, failed, data)} {_breaks(completed, data)}".strip(),
        table=tuple(data["breaks"]),
        data=data,
        caveats=(*_why(reasons), *_caveats(ended, failed, data, settings)),
        citation="Westfall and Young (1993), Resampling-Based Multiple Testing; Wilson (1927), JASA 22, 209.",
    )


def _failures(table: TrialTable, failed: NDArray[np.bool_], data: Mapping[str, Any]) -> str:
    if not failed.any():
        return f"None of {len(table)} trials diverged or failed."
    words = [
        f"{int(table.is_status(status).sum())} {words}"
        for status, words in (
            (Status.DIVERGED, "diverged"),
            (Status.FAILED, "failed"),
            (Status.INFEASIBLE, "could not be evaluated"),
        )
        if table.is_status(status).any()
    ]
    said = f"{listed(words)} of {len(table)} trials ({percent(data['rate'])})"
    rules = [f"{row['rule']}: {row['failed']} of {row['of']}" for row in data["drivers"]]
    if not rules:
        return f"{said}; no hyperparameter drives it."
    return f"{said}; more often than chance at {listed(rules)}."


def _breaks(table: TrialTable, data: Mapping[str, Any]) -> str:
    if data["constant_value"] is None:
        return ""
    trivial = "predicting one class" if "accuracy" in table.objective.name else "a constant prediction"
    if not data["breaks"] and 2 * data["stuck"] > len(table):
        return (
            f"{counted(data['stuck'], 'trial')} of {len(table)} end no better than {trivial}, at no level clearly more "
            "often than at the others."
        )
    if not data["breaks"]:
        return f"At no level are most trials stuck at {trivial}, clearly more than elsewhere."
    shares = [
        f"{row['parameter']} = {level(row['level'])} ({percent(row['share'])} of trials, "
        f"{percent(row['share_elsewhere'])} elsewhere)"
        for row in data["breaks"][:3]
    ]
    more = len(data["breaks"]) - 3
    rest = f" ({counted(more, 'more level')} in the table)" if more > 0 else ""
    return f"Learning breaks (no better than {trivial}) at {listed(shares)}{rest}."


def _why(reasons: Sequence[str]) -> tuple[str, ...]:
    """The most frequent reasons, and how many others there are."""
    counts = Counter(reasons).most_common()
    said = [f"Could not be evaluated ({counted(n, 'trial')}): {reason}" for reason, n in counts[:MOST_REASONS]]
    if len(counts) > MOST_REASONS:
        said.append(f"{counted(len(counts) - MOST_REASONS, 'other reason')} in the table of trials.")
    return tuple(said)


def _caveats(
    table: TrialTable, failed: NDArray[np.bool_], data: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    said = []
    if failed.any():
        said.append("Failed and diverged trials take no part in the other statistics.")
    if failed.any() and not data["drivers"] and len(table) < 50:
        said.append(f"With {len(table)} trials only gross causes of failure can be seen.")
    shared = shared_budget(table, settings)
    if failed.any() and shared is not None:
        said.append(f"{shared} was not tested as a cause: its levels share training runs.")
    return tuple(said)

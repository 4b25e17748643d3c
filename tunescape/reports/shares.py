"""The variance of a single run as rows that sum to one: hyperparameters, pairs, the rest, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tunescape.explanation.document import Explanation
from tunescape.reports.words import times

Kind = Literal["parameter", "pair", "rest"]


@dataclass(frozen=True)
class Share:
    """One part of the variance.

    Args:
        label: What it belongs to.
        share: Its part of the whole.
        low: Lower end of its 90 % interval, or None.
        high: Upper end, or None.
        p_value: Adjusted p value, or None.
        detectable: Whether it is, or None where that is not asked.
        kind: A hyperparameter, a pair of them, or the rest.
    """

    label: str
    share: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    detectable: bool | None = None
    kind: Kind = "rest"


def shares(explanation: Explanation, max_parameters: int = 30, max_pairs: int = 8) -> list[Share]:
    """Return all parts of the variance; what is not listed on its own is summed in one row.

    Args:
        explanation: The explanation.
        max_parameters: How many hyperparameters have a row of their own.
        max_pairs: How many detectable pairs have one.
    """
    mains = [_share(row, str(row["parameter"]), "parameter") for row in explanation["importance"].table]
    if not mains:
        return []
    pairs = [_share(row, times(row["parameters"]), "pair") for row in explanation["interactions"].table]
    shown = [pair for pair in pairs if pair.detectable][:max_pairs]
    hidden = [pair for pair in pairs if pair not in shown]
    return [
        *mains[:max_parameters],
        *_sum(mains[max_parameters:], "other hyperparameter"),
        *shown,
        *_sum(hidden, "other pair" if shown else "pair"),
        *_rest(explanation, mains + pairs),
    ]


def _share(row: Any, label: str, kind: Kind) -> Share:
    return Share(label, row["share"] or 0.0, row["low"], row["high"], row["p_value"], bool(row["detectable"]), kind)


def _sum(hidden: Sequence[Share], noun: str) -> list[Share]:
    """One row for the shares that have none of their own."""
    if not hidden:
        return []
    label = f"{len(hidden)} {noun}{'s' if len(hidden) > 1 else ''}"
    return [Share(label, sum(s.share for s in hidden), kind=hidden[0].kind)]


def _rest(explanation: Explanation, listed: Sequence[Share]) -> list[Share]:
    """What hyperparameters and pairs leave: higher orders and noise, as far as they are known apart."""
    data = explanation["noise"].data
    noise, higher, unexplained = (data.get(k) for k in ("noise", "higher_order", "unexplained"))
    rows = []
    if noise is not None and higher is not None:
        rows = [Share("higher order", higher), Share("noise", noise)]
    elif noise is not None and unexplained is not None:
        rows = [Share("higher order and misfit", unexplained - noise), Share("noise", noise)]
    elif unexplained is not None:
        rows = [Share("noise and higher order", unexplained)]
    gap = 1.0 - sum(s.share for s in listed) - sum(s.share for s in rows)
    if abs(gap) > 0.005:
        rows.append(Share("not attributed", gap))
    return rows

"""Readable rules that single out trials: "learning_rate >= 0.3", "optimiser = sgd"."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.columns import MOST_LEVELS, is_ordered, value_at
from tunescape.explanation.wording import level
from tunescape.space import Float, from_unit
from tunescape.study import TrialTable

MOST_CUTS = 128
FEWEST_CUTS = 16
MOST_MEMBERS = 200_000


@dataclass(frozen=True, eq=False)
class Rule:
    """One condition on one hyperparameter.

    Args:
        parameter: The hyperparameter.
        sign: ``"="``, ``"<="`` or ``">="``.
        rows: Which rows it holds for, shape (n,); never where the hyperparameter is inactive.
        edge: Position in the unit cube of the last value inside (the choice itself for ``"="``).
        beyond: Position of the first value outside.
    """

    parameter: str
    sign: str
    rows: NDArray[np.bool_]
    edge: float
    beyond: float


def rules_on(table: TrialTable, name: str) -> list[Rule]:
    """All candidate rules on one hyperparameter.

    For an ordered one "at least" and "at most" at cuts between values that occurred: all of them up
    to 128, fewer (at least 16) in tables of thousands; for a categorical one rule per choice.
    """
    unit = table.unit[:, table.names.index(name)]
    seen = np.unique(unit[~np.isnan(unit)])
    if len(seen) < 2:
        return []
    if not is_ordered(table, name):
        return [Rule(name, "=", unit == u, u, u) for u in seen]
    most = max(FEWEST_CUTS, min(MOST_CUTS, MOST_MEMBERS // len(unit)))
    cuts = np.unique(np.linspace(0, len(seen) - 2, min(len(seen) - 1, most)).astype(int))
    pairs = [(seen[cut], seen[cut + 1]) for cut in cuts]
    return [Rule(name, "<=", unit <= low, low, high) for low, high in pairs] + [
        Rule(name, ">=", unit >= high, high, low) for low, high in pairs
    ]


def worded(table: TrialTable, rule: Rule) -> str:
    """Write a rule: levels as they are, cuts of a continuous hyperparameter with the fewest digits."""
    parameter = table.space.parameters[rule.parameter]
    n_seen = len(np.unique(table.unit[:, table.names.index(rule.parameter)]))
    if rule.sign == "=" or not isinstance(parameter, Float) or n_seen <= MOST_LEVELS:
        return f"{rule.parameter} {rule.sign} {level(value_at(table, rule.parameter, rule.edge))}"
    inside, outside = from_unit(parameter, np.array([rule.edge, rule.beyond]))
    edge = round_between(outside, inside) if rule.sign == ">=" else -round_between(-outside, -inside)
    return f"{rule.parameter} {rule.sign} {edge:.12g}"


def round_between(low: float, high: float) -> float:
    """The number with the fewest digits in (low, high]."""
    if high == 0:
        return 0.0
    for digits in range(12):
        step = 10.0 ** (math.floor(math.log10(abs(high))) - digits)
        candidate = float(f"{math.floor(high / step) * step:.12g}")
        if low < candidate <= high:
            return candidate
    return high

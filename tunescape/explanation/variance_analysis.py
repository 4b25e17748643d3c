"""What an analysis of variance of a study holds: effects, fit, noise, means by level. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LEVEL = 0.05
"""Family-wise p-value up to which an effect counts as detectable."""

SPENT = 0.04
"""Family-wise level at which tests are run; p-values are raised so that `LEVEL` means this. The tests
hold their level only in large studies with tame noise, so a fifth of it is kept back."""


@dataclass(frozen=True)
class Effect:
    """Share of one hyperparameter, or of a pair, in the variance of a single run.

    Args:
        parameters: One name, or two.
        share: Of the variance of a single run.
        low: Lower end of the 90 % interval.
        high: Upper end.
        p_value: Adjusted over all hyperparameters and pairs.
    """

    parameters: tuple[str, ...]
    share: float
    low: float
    high: float
    p_value: float

    @property
    def detectable(self) -> bool:
        """Whether noise alone would hardly do this in any hyperparameter or pair."""
        return self.p_value <= LEVEL

    @property
    def name(self) -> str:
        """The name, or both names joined by a cross."""
        return " x ".join(self.parameters)


@dataclass(frozen=True)
class MainEffect:
    """Mean objective along one hyperparameter, over all others.

    Args:
        parameter: Its name.
        kind: ``"numeric"``, ``"ordinal"`` or ``"categorical"``.
        scale: ``"linear"`` or ``"log"``.
        x: Levels or points of a grid, in its own units.
        mean: Mean objective at each.
        low: Lower ends of pointwise 90 % bands.
        high: Upper ends.
        n: Trials at each level, or nearest to each point of the grid.
        detectable: Whether the hyperparameter's share is detectable.
    """

    parameter: str
    kind: str
    scale: str
    x: tuple[Any, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: tuple[int, ...]
    detectable: bool


@dataclass(frozen=True)
class PairMeans:
    """Mean objective over the levels of two hyperparameters.

    Args:
        parameters: Names of the two.
        x: Levels, or middles of bins, of the first.
        y: Of the second.
        z: Mean objective, one row per `y`; None where there is no trial.
        n: Trials in each cell, one row per `y`.
        share: Share of the interaction.
        detectable: Whether it is detectable.
    """

    parameters: tuple[str, str]
    x: tuple[Any, ...]
    y: tuple[Any, ...]
    z: tuple[tuple[float | None, ...], ...]
    n: tuple[tuple[int, ...], ...]
    share: float
    detectable: bool


@dataclass(frozen=True)
class VarianceAnalysis:
    """Where the variance of the objective comes from.

    Args:
        objective: Name of the objective.
        method: ``"factorial"``, ``"smooth"``, or ``"none"`` where no analysis is possible.
        reason: Why no analysis is possible.
        n_rows: Trials that entered.
        n_configurations: Different configurations among them.
        mains: Effects of single hyperparameters, largest first.
        pairs: Interactions of two, largest first.
        r2: Share of the variance of single runs that main effects and pairs explain.
        low: Lower end of its 90 % interval.
        high: Upper end.
        noise_ceiling: Largest R2 that noise between runs allows; None where noise is unknown.
        unexplained: What main effects and pairs leave of the variance of a single run.
        noise: Share of noise between runs; None without replicates.
        higher_order: Share of what is neither; None where noise is unknown.
        sd: Standard deviation between runs of one configuration; None without replicates.
        transform: ``"log10"`` where the logarithm of the objective was analysed.
        main_effects: Means by level, in the order of `mains`.
        pair_means: Means over two hyperparameters, for the largest few of `pairs`.
        why_no_pairs: Why interactions could not be judged; empty where they could.
        caveats: What limits all of this, one sentence each.
        citation: Source of the method.
    """

    objective: str
    method: str = "none"
    reason: str = ""
    n_rows: int = 0
    n_configurations: int = 0
    mains: tuple[Effect, ...] = ()
    pairs: tuple[Effect, ...] = ()
    r2: float | None = None
    low: float | None = None
    high: float | None = None
    noise_ceiling: float | None = None
    unexplained: float | None = None
    noise: float | None = None
    higher_order: float | None = None
    sd: float | None = None
    transform: str | None = None
    main_effects: tuple[MainEffect, ...] = ()
    pair_means: tuple[PairMeans, ...] = ()
    why_no_pairs: str = ""
    caveats: tuple[str, ...] = ()
    citation: str = ""

    @property
    def applicable(self) -> bool:
        """Whether an analysis was possible."""
        return self.method != "none"


def first_few(words: list[str], most: int = 6) -> list[str]:
    """The first words, and how many more there are."""
    return words if len(words) <= most else [*words[:most], f"{len(words) - most} more"]


def by_share(effects: list[Effect]) -> tuple[Effect, ...]:
    """Largest share first; equal shares by p-value."""
    return tuple(sorted(effects, key=lambda e: (-e.share, e.p_value)))


def shown_pairs(pairs: tuple[Effect, ...], most: int = 6) -> tuple[Effect, ...]:
    """The pairs worth drawing: detectable ones first, then the largest."""
    return tuple(sorted(pairs, key=lambda e: (not e.detectable, -e.share))[:most])

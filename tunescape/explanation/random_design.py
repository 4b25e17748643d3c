"""The analysis of variance of any other design: smooth effects, sign-flip tests, cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.configuration_means import ConfigurationMeans
from tunescape.explanation.interaction import binned_means
from tunescape.explanation.main_effect import curve
from tunescape.explanation.shares import effects_of
from tunescape.explanation.variance_analysis import LEVEL, SPENT, Effect, VarianceAnalysis, by_share, shown_pairs
from tunescape.numerics.directions import Partial, orthonormal, partial
from tunescape.numerics.leave_out import Component, cluster_sums, component, ratio_half_width
from tunescape.numerics.multiplicity import step_down
from tunescape.numerics.sign_flips import flipped, random_signs, surprise
from tunescape.numerics.variance_shares import Share
from tunescape.study import TrialTable
from tunescape.surrogates.additive import fit_additive, pair_order, predict, products
from tunescape.surrogates.basis import FEW_LEVELS, ColumnBasis, column_basis, evaluate
from tunescape.surrogates.validation import RSquared, cross_validated_r2

MAINS_LEVEL, PAIRS_LEVEL = 0.8 * SPENT, 0.2 * SPENT
"""How the family-wise level is spent on hyperparameters and on pairs."""

N_FLIPS = 999


@dataclass(frozen=True)
class SmoothModel:
    """Directions of all columns at the points, and how many of them serve as nuisance.

    Args:
        bases: Directions of each column.
        blocks: Their values at the points.
        leading: How many directions of each column are taken out when others are judged.
    """

    bases: tuple[ColumnBasis, ...]
    blocks: tuple[NDArray[np.float64], ...]
    leading: tuple[int, ...]

    def nuisance(self, *, without: int = -1) -> NDArray[np.float64]:
        """Orthonormal columns of all others, and the constant."""
        others = [b[:, :m] for j, (b, m) in enumerate(zip(self.blocks, self.leading)) if j != without]
        return orthonormal(np.hstack([np.ones((len(self.blocks[0]), 1)), *others]))


def smooth_model(table: TrialTable, points: ConfigurationMeans) -> SmoothModel:
    """Choose directions for every column: the more points, the finer."""
    n = points.n_clusters
    finest = 6 if n >= 300 else 4 if n >= 100 else 3 if n >= 30 else 2
    explained = {condition.parameter for condition in table.space.conditions}
    bases = []
    for k, j in enumerate(points.columns):
        few = len(np.unique(points.unit[~np.isnan(points.unit[:, k]), k])) <= FEW_LEVELS
        bases.append(column_basis(
            points.unit[:, k],
            categorical=bool(table.is_categorical[j]),
            degree=finest + (few and n >= 100),
            own_activity=table.names[j] not in explained,
        ))  # fmt: skip
    blocks = tuple(evaluate(basis, points.unit[:, k]) for k, basis in enumerate(bases))
    return SmoothModel(tuple(bases), blocks, _leading(bases, n))


def _leading(bases: list[ColumnBasis], n: int) -> tuple[int, ...]:
    """How many directions of each column the points can bear as nuisance."""
    for degree in range(6, -1, -1):
        sizes = tuple(min(b.n_directions, degree) if b.degree or not degree else b.n_directions for b in bases)
        if sum(sizes) <= n / (4 if degree > 1 else 3):
            return sizes
    return (0,) * len(bases)


def analyse_smooth(
    table: TrialTable, values: NDArray[np.float64], points: ConfigurationMeans, seed: int
) -> VarianceAnalysis:
    """Split the variance of a single run into smooth main effects, smooth pairs and the rest.

    Args:
        table: Usable rows.
        values: The objective, or its logarithm, of each row.
        points: The same by configuration, at least 8.
        seed: Of the sign flips and the folds.
    """
    model = smooth_model(table, points)
    names = tuple(table.names[j] for j in points.columns)
    rng = np.random.default_rng(seed)
    singles, doubles = _blocks(points, model)
    signs = random_signs(points.clusters, N_FLIPS if len(points.y) <= 10_000 else 299, rng)
    p_values = np.append(
        _p_values_of_mains(points, singles, signs, bool(doubles)), _p_values_of_pairs(points, doubles, signs)
    )
    found = _effects(points, {**singles, **doubles}, names, p_values)
    mains, pairs = by_share(found[: len(singles)]), by_share(found[len(singles) :])
    unexplained = 1.0 - sum(e.share for e in found)
    noise = None if points.noise_share is None else min(points.noise_share, unexplained)
    fit = _fit(points, model, rng)
    order = [names.index(e.parameters[0]) for e in mains]
    return VarianceAnalysis(
        objective=table.objective.name,
        method="smooth",
        n_rows=len(table),
        n_configurations=len(points.y),
        mains=mains,
        pairs=pairs,
        r2=fit.value,
        low=fit.low,
        high=fit.high,
        noise_ceiling=None if noise is None else 1.0 - noise,
        unexplained=unexplained,
        noise=noise,
        higher_order=None if noise is None else unexplained - noise,
        sd=math.sqrt(float(points.noise.mean())) if points.replicated else None,
        main_effects=tuple(
            curve(table, points.columns[k], model.bases[k], singles[(k,)], points, e)
            for k, e in zip(order, mains)
        ),
        pair_means=tuple(binned_means(table, values, e) for e in shown_pairs(pairs)),
        why_no_pairs="" if pairs else _why_no_pairs(names),
        caveats=_caveats(table, points, model, singles, names),
        citation="Sign flips: Hemerik, Goeman and Finos (2020); shares: Kline, Saggio and Sølvsten (2020)",
    )


Blocks = dict[tuple[int, ...], Partial]


def _blocks(points: ConfigurationMeans, model: SmoothModel) -> tuple[Blocks, Blocks]:
    """Directions of every column after the others, and of every pair of distinct columns after all."""
    k = len(model.bases)
    singles: Blocks = {
        (j,): partial(model.blocks[j], model.nuisance(without=j), model.bases[j].weights) for j in range(k)
    }
    doubles: Blocks = {}
    nuisance = model.nuisance()
    distinct = [j for j in range(k) if singles[(j,)].directions.size]
    for a, b in combinations(distinct, 2):
        sizes = (model.bases[a].n_directions, model.bases[b].n_directions)
        both = products(model.blocks[a], model.blocks[b], pair_order(sizes, points.n_clusters))
        doubles[(a, b)] = partial(both, nuisance, np.ones(both.shape[1]))
    return singles, doubles


def _p_values_of_mains(
    points: ConfigurationMeans, singles: Blocks, signs: NDArray[np.float64], has_pairs: bool
) -> NDArray[np.float64]:
    """Family-wise p-values of all columns; each is judged after the leading directions of the rest."""
    drawn = [
        surprise(flipped(points.y, effect.nuisance, signs, points.clusters), effect) for effect in singles.values()
    ]
    spent = MAINS_LEVEL if has_pairs else SPENT
    return _family(drawn, spent)


def _p_values_of_pairs(points: ConfigurationMeans, doubles: Blocks, signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Family-wise p-values of all pairs, judged after the leading directions of all columns."""
    if not doubles:
        return np.empty(0)
    null = flipped(points.y, next(iter(doubles.values())).nuisance, signs, points.clusters)
    return _family([surprise(null, effect) for effect in doubles.values()], PAIRS_LEVEL)


def _family(drawn: list[tuple[float, NDArray[np.float64]]], spent: float) -> NDArray[np.float64]:
    """Step-down p-values, raised so that 5 % means the part of it that this family may spend."""
    observed = np.array([statistic for statistic, _ in drawn])
    adjusted = step_down(observed, np.column_stack([null for _, null in drawn]))
    return np.minimum(adjusted * LEVEL / spent, 1.0)


def _effects(
    points: ConfigurationMeans, blocks: Blocks, names: tuple[str, ...], p_values: NDArray[np.float64]
) -> list[Effect]:
    """Shares with intervals, luck taken off."""
    parts = [component(effect, points.y, points.clusters) for effect in blocks.values()]
    freedoms = [points.n_clusters - e.nuisance.shape[1] - e.directions.shape[1] for e in blocks.values()]
    return effects_of(
        [tuple(names[k] for k in columns) for columns in blocks],
        [_interval(points, part, freedom) for part, freedom in zip(parts, freedoms)],
        np.array([part.null_variance for part in parts]) / points.variance**2,
        p_values,
        points.noise_share or 0.0,
    )


def _interval(points: ConfigurationMeans, part: Component, freedom: int) -> Share:
    """90 % interval of a share by the delta method; configurations count as drawn at random."""
    n, variance = len(points.y), points.variance
    share = part.value / variance
    drawn = (part.fitted**2 - (part.fitted**2).mean() - share * (points.squares - variance)) / n
    changes = cluster_sums((part.changes + drawn) / variance, points.clusters)
    half = ratio_half_width(changes, part.null_variance / variance**2, freedom)
    return Share(share, share - half, share + half)


def _fit(points: ConfigurationMeans, model: SmoothModel, rng: np.random.Generator) -> RSquared:
    """Cross-validated R2 of single runs; configurations are never split."""

    def fit(unit: NDArray[np.float64], y: NDArray[np.float64]) -> Any:
        fitted = fit_additive(unit, y, model.bases)
        return lambda points: predict(fitted, points)

    repeats = 3 if points.n_clusters < 100 else 2 if points.n_clusters < 300 else 1
    return cross_validated_r2(
        fit, points.unit, points.y, points.within, points.clusters, rng, n_repeats=repeats
    )


def _why_no_pairs(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "Only one hyperparameter varies, so there is no pair."
    return "No pair of hyperparameters varies enough together to be judged."


def _caveats(
    table: TrialTable, points: ConfigurationMeans, model: SmoothModel, singles: Blocks, names: tuple[str, ...]
) -> tuple[str, ...]:
    finest = max((basis.degree for basis in model.bases), default=0)
    said = [
        f"Effects are fitted as smooth curves (polynomials up to degree {finest}) and pairs as low-order "
        "products; anything sharper counts as unexplained."
    ]
    if not sum(model.leading):
        said.append(
            f"{len(points.y)} configurations are too few for {len(names)} hyperparameters at once, so each was "
            "judged alone; where hyperparameters varied together their effects cannot be told apart."
        )
    said += [
        f"{names[k]} cannot be told apart from the other hyperparameters: they always varied together; its pairs "
        "were not judged."
        for k, in singles
        if not singles[(k,)].directions.shape[1]
    ]
    rare = [name for name, basis in zip(names, model.bases) if basis.rare]
    if rare:
        said.append(f"Choices of {', '.join(rare)} with fewer than 4 configurations were not judged.")
    if points.n_clusters < len(points.y):
        said.append("Configurations that were read off the same training runs were judged as one block.")
    return tuple(said)

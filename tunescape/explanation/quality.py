"""Question: can the class of quality (low, medium, high) be predicted from the hyperparameters?

A logistic regression and a 20-20-20 network predict the class of configurations that they have not
seen, under repeated stratified cross-validation and over random splits of several sizes, for all
trials and for each choice of the main categorical. Their accuracy stands beside that of always
naming the majority class and beside the ceiling that replicates allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.explanation.clusters import shared_budget
from tunescape.explanation.columns import levels_of
from tunescape.explanation.finding import Finding, not_applicable
from tunescape.explanation.quality_classes import (
    CLASSES,
    QualityTable,
    ceiling,
    checked_cuts,
    labels,
    quality_table,
)
from tunescape.explanation.quality_models import logistic, network
from tunescape.explanation.quality_splits import folds, random_split
from tunescape.explanation.wording import level, listed, number, percent
from tunescape.study import TrialTable

QUESTION = "Can the quality of a configuration be predicted from its hyperparameters?"
N_FOLDS = 5
N_REPEATS = 3
TEST_SHARES = (0.2, 0.3, 0.4)
SPLITS_PER_SHARE = 10
FEWEST_GROUPS = 2 * N_FOLDS
MOST_CONFIGURATIONS = 5000
LOGISTIC, NETWORK = "logistic regression", "20-20-20 network"


@dataclass(frozen=True, eq=False)
class Subset:
    """Part of the configurations with the splits on which it is judged.

    Args:
        name: ``"all"`` or for example ``"activation=relu"``.
        inside: Which configurations belong to it, shape (k,).
        table: Their inputs and classes.
        tested: Which of its configurations each split tests, shape (splits, members): first the
            folds of all repeats, then the random splits; empty where it cannot be judged.
        problem: Why it cannot be judged, or what limits it; may be empty.
    """

    name: str
    inside: NDArray[np.bool_]
    table: QualityTable
    tested: NDArray[np.bool_]
    problem: str = field(default="")

    @property
    def training(self) -> NDArray[np.bool_]:
        """Which of all configurations each split trains on, shape (splits, k)."""
        mask = np.zeros((len(self.tested), len(self.inside)), dtype=bool)
        mask[:, self.inside] = ~self.tested
        return mask


def _subset(name: str, inside: NDArray[np.bool_], whole: QualityTable, rng: np.random.Generator) -> Subset:
    table = whole.part(inside)
    n_groups = int(table.groups.max()) + 1
    present = [label for label, n in zip(CLASSES, table.counts.sum(axis=0)) if n]
    if len(present) == 1:
        why = f"{name}: all trials are of class {present[0]}"
        return Subset(name, inside, table, np.empty((0, 0), bool), why)
    if n_groups < FEWEST_GROUPS:
        why = f"{name}: {n_groups} independent configurations are too few ({FEWEST_GROUPS} are needed)"
        return Subset(name, inside, table, np.empty((0, 0), bool), why)
    rare = [
        f"{label} ({n})" for label, column in zip(CLASSES, table.counts.T)
        if 0 < (n := len(np.unique(table.groups[column > 0]))) < N_FOLDS
    ]  # fmt: skip
    tested = [folds(table, N_FOLDS, rng) for _ in range(N_REPEATS)]
    shares = [share for share in TEST_SHARES for _ in range(SPLITS_PER_SHARE)]
    tested += [random_split(table, share, rng)[None] for share in shares]
    problem = f"{name}: fewer configurations than folds have class {listed(rare)}" if rare else ""
    return Subset(name, inside, table, np.concatenate(tested), problem)


def subsets(
    table: TrialTable, whole: QualityTable, first: NDArray[np.int64], parameter: str | None, seed: int
) -> list[Subset]:
    """All configurations, then those of each choice of one categorical, each with its splits."""
    parts = [("all", np.ones(len(first), dtype=bool))]
    if parameter is not None:
        cut = levels_of(table, parameter)
        parts += [(f"{parameter}={level(v)}", cut.codes[first] == code) for code, v in enumerate(cut.labels)]
    return [
        _subset(name, inside, whole, np.random.default_rng([seed, i]))
        for i, (name, inside) in enumerate(parts) if inside.any()
    ]  # fmt: skip


def confusions(
    counts: NDArray[np.int64], tested: NDArray[np.bool_], predicted: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Confusion matrix of every split, rows the truth, shape (splits, classes, classes)."""
    hit = tested[..., None] & (predicted[..., None] == np.arange(counts.shape[1]))
    return counts.T.astype(float) @ hit.astype(float)


def accuracy(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share on the diagonal, shape (...)."""
    return np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=(-2, -1))


def macro_f1(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean F1 score over the classes that occur, shape (...); a class never named scores 0."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    truth, named = confusion.sum(axis=-1), confusion.sum(axis=-2)
    f1 = 2 * hits / np.maximum(truth + named, 1)
    return (f1 * (truth > 0)).sum(axis=-1) / (truth > 0).sum(axis=-1)


def _judge(subset: Subset, model: str, predicted: NDArray[np.int64], data: dict[str, Any]) -> dict[str, Any]:
    """Score one model on one subset; confusion matrix and splits are added to `data`."""
    matrices = confusions(subset.table.counts, subset.tested, predicted)
    n_cv = N_REPEATS * N_FOLDS
    repeats = matrices[:n_cv].reshape(N_REPEATS, N_FOLDS, *matrices.shape[1:]).sum(axis=1)
    spread = accuracy(matrices[n_cv:])
    low, high = np.quantile(spread, [0.05, 0.95])
    about = {"subset": subset.name, "model": model}
    data["confusion"].append({**about, "labels": data["labels"], "matrix": repeats.mean(axis=0).tolist()})
    for share, part in zip(TEST_SHARES, spread.reshape(len(TEST_SHARES), -1)):
        data["splits"].append({**about, "test_share": share, "accuracies": part.tolist()})
    totals = subset.table.counts.sum(axis=0)
    ceiling_low, ceiling_high = ceiling(subset.table.counts)
    return {
        **about,
        "accuracy": float(accuracy(repeats).mean()),
        "low": float(low),
        "high": float(high),
        "macro_f1": float(macro_f1(repeats).mean()),
        "majority": float(totals.max() / totals.sum()),
        "ceiling_low": ceiling_low,
        "ceiling_high": ceiling_high,
        "n": int(totals.sum()),
    }


def predictions(
    whole: QualityTable, parts: list[Subset], seed: int
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Predicted classes by model and subset, shape (splits, members) each.

    The networks of all splits of all subsets are trained as one population.
    """
    networks = network(whole.inputs, whole.counts, np.concatenate([part.training for part in parts]), seed)
    ends = np.cumsum([len(part.tested) for part in parts])
    said = {}
    for part, predicted in zip(parts, np.split(networks, ends[:-1])):
        said[NETWORK, part.name] = predicted[:, part.inside]
        said[LOGISTIC, part.name] = logistic(part.table.inputs, part.table.counts, ~part.tested)
    return said


def quality_finding(
    table: TrialTable,
    settings: Mapping[str, Any],
    parameter: str | None,
    cuts: tuple[float, float] | None = None,
    seed: int = 0,
) -> Finding:
    """Predict the class of quality from the hyperparameters and judge the predictions.

    Args:
        table: Completed trials with finite values.
        settings: The study's settings.
        parameter: Categorical hyperparameter whose choices are judged apart; may be None.
        cuts: Where medium and high begin; None for the study's own, or 0.5 and 0.8.
        seed: Seed of splits and networks.

    Raises:
        InputError: The cuts are not two increasing numbers between 0 and 1.
    """
    cuts = checked_cuts(cuts, settings)
    data: dict[str, Any] = {
        "cuts": list(cuts), "labels": labels(cuts), "counts": [], "confusion": [], "splits": [],
        "subset_counts": [], "folds": N_FOLDS, "repeats": N_REPEATS,
    }  # fmt: skip
    reason = unsuited(table)
    if reason:
        return not_applicable("quality", QUESTION, reason, **data)
    whole, first, n_left_out = _at_most(*quality_table(table, settings, cuts), np.random.default_rng(seed))
    parts = subsets(table, whole, first, parameter, seed)
    data["counts"] = whole.counts.sum(axis=0).tolist()
    data["subset_counts"] = [{"subset": p.name, "counts": p.table.counts.sum(axis=0).tolist()} for p in parts]
    judged = [part for part in parts if len(part.tested)]
    if not judged:
        return not_applicable("quality", QUESTION, f"Nothing to predict: {parts[0].problem}.", **data)
    predicted = predictions(whole, judged, seed)
    rows = [
        _judge(part, model, predicted[model, part.name], data)
        for part in judged
        for model in (LOGISTIC, NETWORK)
    ]
    return Finding(
        key="quality",
        question=QUESTION,
        answer=_answer(rows),
        table=tuple(rows),
        data=data,
        caveats=_caveats(table, settings, parts, rows, cuts, n_left_out),
        citation="Kohavi (1995), IJCAI 14, 1137 (stratified cross-validation); groups kept whole.",
    )


def _at_most(
    whole: QualityTable, first: NDArray[np.int64], rng: np.random.Generator
) -> tuple[QualityTable, NDArray[np.int64], int]:
    """The table, cut to about five thousand configurations in whole groups; how many were left out."""
    if len(first) <= MOST_CONFIGURATIONS:
        return whole, first, 0
    n_groups = int(whole.groups.max()) + 1
    kept = rng.random(n_groups) < MOST_CONFIGURATIONS / len(first)
    keep = kept[whole.groups]
    return whole.part(keep), first[keep], int((~keep).sum())


def unsuited(table: TrialTable) -> str:
    """Why the objective has no classes of quality, or an empty string."""
    if not len(table):
        return "No trial completed with a value."
    if table.objective.sign < 0:
        return f"Classes of quality need an objective that is maximised; {table.objective.name} is minimised."
    if table.values.min() < -1e-9 or table.values.max() > 1 + 1e-9:
        return f"Classes of quality need an objective between 0 and 1; {table.objective.name} is not."
    if not table.names:
        return "No hyperparameter varies."
    return ""


def _answer(rows: list[dict[str, Any]]) -> str:
    head = [row for row in rows if row["subset"] == rows[0]["subset"]]
    by_model = {row["model"]: row for row in head}
    net, reg = by_model[NETWORK], by_model[LOGISTIC]
    top = "" if net["ceiling_low"] is None else f", ceiling {_span(net['ceiling_low'], net['ceiling_high'])}"
    where = "" if net["subset"] == "all" else f" within {net['subset']}"
    return (
        f"A 20-20-20 network predicts the class of an unseen configuration{where} in "
        f"{percent(net['accuracy'])} of trials, a logistic regression in {percent(reg['accuracy'])} "
        f"(majority class {percent(net['majority'])}{top}): {_meaning(head)}."
    )


def _span(low: float, high: float) -> str:
    a, b = percent(low), percent(high)
    return a if a == b else f"{a.removesuffix(' %')}–{b}"


def _meaning(head: list[dict[str, Any]]) -> str:
    """What the better model's accuracy says, against majority class and ceiling."""
    best = max(head, key=lambda row: row["accuracy"])
    possible = 1.0 if best["ceiling_low"] is None else (best["ceiling_low"] + best["ceiling_high"]) / 2
    if best["low"] <= best["majority"] or best["accuracy"] <= best["majority"]:
        return "the hyperparameters do not tell quality better than always naming the majority class"
    gained = (best["accuracy"] - best["majority"]) / max(possible - best["majority"], 1e-9)
    if gained >= 0.75:
        return "the hyperparameters do tell quality"
    return f"the hyperparameters tell quality in part ({percent(gained)} of what could be gained)"


def _caveats(
    table: TrialTable,
    settings: Mapping[str, Any],
    parts: list[Subset],
    rows: list[dict[str, Any]],
    cuts: tuple[float, float],
    n_left_out: int,
) -> tuple[str, ...]:
    shared = shared_budget(table, settings)
    related = "replicates of a configuration"
    if shared is not None:
        related = f"replicates, and trials that differ in {shared} only,"
    said = [
        f"Low is below {number(cuts[0])}, high from {number(cuts[1])} of {table.objective.name}; "
        f"{N_FOLDS}-fold cross-validation, {N_REPEATS} times; {related} are never on both sides of a split.",
        f"The interval is the spread (5 to 95 %) over {SPLITS_PER_SHARE * len(TEST_SHARES)} random splits "
        f"that hold out {listed([percent(share).removesuffix(' %') for share in TEST_SHARES])} %.",
    ]
    if rows[0]["ceiling_low"] is None:
        said.append("No configuration was repeated, so how much could be predicted at best is not known.")
    if n_left_out:
        said.append(f"{n_left_out} configurations were left out at random to save time.")
    return (*said, *(f"{part.problem}." for part in parts if part.problem))

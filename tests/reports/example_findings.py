"""Findings made by hand from a study: plain averages over levels and bins, good enough to be drawn."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from tunescape.explanation.finding import Finding, not_applicable
from tunescape.space import Categorical, Ordinal, from_unit
from tunescape.study import Status, Study


def cells_of(study: Study, name: str) -> tuple[list[Any], np.ndarray]:
    """Levels (or bin centres) of a hyperparameter and the level of each trial, -1 where inactive."""
    column = study.table.unit[:, study.space.varying.index(name)]
    parameter = study.space.parameters[name]
    known = np.unique(np.round(column[~np.isnan(column)], 9))
    if isinstance(parameter, Categorical | Ordinal):
        levels: list[Any] = list(parameter.choices)
        position = np.where(np.isnan(column), -1, np.nan_to_num(column) * len(levels)).astype(int)
    elif len(known) <= 8:
        levels = sorted({t.configuration[name] for t in study.trials if name in t.configuration})
        position = np.where(np.isnan(column), -1, np.searchsorted(known, np.round(np.nan_to_num(column), 9)))
    else:
        levels = from_unit(parameter, (np.arange(8) + 0.5) / 8)
        position = np.where(np.isnan(column), -1, np.minimum(np.nan_to_num(column) * 8, 7)).astype(int)
    return levels, position


def trials_finding(study: Study) -> Finding:
    table = study.table
    count = study.counts
    left = [{"reason": s.value, "count": count[s]} for s in (Status.DIVERGED, Status.FAILED) if s in count]
    data = {
        "total": len(table),
        "used": int(table.usable.sum()),
        "diverged": count.get(Status.DIVERGED, 0),
        "failed": count.get(Status.FAILED, 0),
        "waiting": 0,
        "left_out": left,
        "sampling": study.settings.get("sampler", "unknown"),
        "configurations": len(set(table.points.tolist())),
        "replicates": study.settings.get("replicates", 1),
        "trainings": len(set(table.trajectories.tolist())),
    }
    answer = f"{data['used']} of {data['total']} trials are used; {data['diverged']} diverged."
    return Finding("trials", "What was tried?", answer, data=data, caveats=tuple(study.settings.get("notes", ())))


def fit_finding(answered: bool) -> Finding:
    if not answered:
        return Finding(
            "fit",
            "How much is explained?",
            "Cross-validated R2 is not above zero (0.00, 90 % interval 0.00 to 0.04).",
            data={"r2": 0.0, "low": 0.0, "high": 0.04, "noise_ceiling": None},
        )
    return Finding(
        "fit",
        "How much is explained?",
        "A model of the trials explains 72 % of held-out variance (70 % to 74 %).",
        data={"r2": 0.72, "low": 0.70, "high": 0.74, "noise_ceiling": 0.81},
        citation="Hooker 2007, Journal of Computational and Graphical Statistics 16.",
    )


def shares_findings(study: Study, cells: dict[str, tuple[list[Any], np.ndarray]]) -> tuple[Finding, Finding]:
    used = study.table.usable
    y = study.table.values[used]
    total = y.var()

    def explained(codes: np.ndarray) -> float:
        _, inverse = np.unique(codes, return_inverse=True)
        n = np.bincount(inverse)
        mean = np.bincount(inverse, y) / n
        return float((n * (mean - y.mean()) ** 2).sum() / len(y) / total)

    main = {name: explained(position[used]) for name, (_, position) in cells.items()}
    rows = [
        {
            "parameter": n,
            "share": s,
            "low": max(0.0, s - 0.02),
            "high": s + 0.02,
            "p_value": 0.0001 if s > 0.02 else 0.4,
            "detectable": s > 0.02,
            "worth_tuning": None,
        }
        for n, s in sorted(main.items(), key=lambda item: -item[1])
    ]
    pairs = []
    for a, b in itertools.combinations(cells, 2):
        both = explained(cells[a][1][used] * 100 + cells[b][1][used]) - main[a] - main[b]
        share = max(0.0, both * (1 if study.task == "iris" else 0.2))
        pairs.append(
            {
                "parameters": [a, b],
                "share": share,
                "low": max(0, share - 0.01),
                "high": share + 0.01,
                "p_value": 0.0001 if share > 0.02 else 0.6,
                "detectable": share > 0.02,
            }
        )
    room = 0.9 * (1 - sum(main.values()))
    sum_of_pairs = sum(pair["share"] for pair in pairs)
    if sum_of_pairs > room:  # averages over few trials share out noise; a real analysis does not
        for pair in pairs:
            pair.update({key: pair[key] * room / sum_of_pairs for key in ("share", "low", "high")})
    pairs.sort(key=lambda row: -row["share"])
    return (
        Finding(
            "importance",
            "What mattered?",
            f"{rows[0]['parameter']} moves {study.objective.name} most.",
            tuple(rows),
            caveats=("Shares are of the variance of a single run over the searched space.",),
            citation="Hoos, Hutter, Leyton-Brown 2014, ICML.",
        ),
        Finding("interactions", "Which hyperparameters act together?", "Some pairs act together.", tuple(pairs)),
    )


def noise_finding(study: Study, importance: Finding, pairs: Finding) -> Finding:
    unexplained = 1 - sum(r["share"] for r in importance.table) - sum(r["share"] for r in pairs.table)
    replicated = study.settings.get("replicates", 1) > 1
    noise = unexplained * 0.6 if replicated else None
    data = {
        "unexplained": unexplained,
        "noise": noise,
        "higher_order": unexplained * 0.4 if replicated else None,
        "sd": 0.11 if replicated else None,
    }
    answer = (
        "Runs of one configuration differ by 0.11 (standard deviation)."
        if replicated
        else "Without replicates noise cannot be told from interactions of higher order."
    )
    return Finding("noise", "How much is chance?", answer, data=data)


def main_effects_finding(study: Study, cells: dict, order: list[str]) -> Finding:
    effects = []
    values, used = study.table.values, study.table.usable
    for rank, name in enumerate(order):
        levels, position = cells[name]
        parameter = study.space.parameters[name]
        kind = {Categorical: "categorical", Ordinal: "ordinal"}.get(type(parameter), "numeric")
        groups = [values[used & (position == i)] for i in range(len(levels))]
        mean = [float(g.mean()) if len(g) else None for g in groups]
        half = [1.64 * float(g.std()) / math.sqrt(len(g)) if len(g) else None for g in groups]
        effects.append(
            {
                "parameter": name,
                "kind": kind,
                "scale": getattr(parameter, "scale", "linear"),
                "x": levels,
                "mean": mean,
                "low": [None if m is None else m - h for m, h in zip(mean, half, strict=True)],
                "high": [None if m is None else m + h for m, h in zip(mean, half, strict=True)],
                "n": [len(g) for g in groups],
                "detectable": rank < 4,
            }
        )
    return Finding(
        "main_effects",
        "How does each hyperparameter act on average?",
        f"{order[0]} moves the mean from {min(m for m in effects[0]['mean'] if m is not None):.2f} "
        f"to {max(m for m in effects[0]['mean'] if m is not None):.2f}.",
        data={"effects": effects},
    )


def interaction_effects_finding(study: Study, cells: dict, pairs: Finding) -> Finding:
    values, used = study.table.values, study.table.usable
    out = []
    for row in pairs.table[:6]:
        (a, b), z, n = row["parameters"], [], []
        (xs, px), (ys, py) = cells[a], cells[b]
        for j in range(len(ys)):
            groups = [values[used & (px == i) & (py == j)] for i in range(len(xs))]
            z.append([float(g.mean()) if len(g) else None for g in groups])
            n.append([len(g) for g in groups])
        out.append(
            {
                "parameters": [a, b],
                "x": xs,
                "y": ys,
                "z": z,
                "n": n,
                "share": row["share"],
                "detectable": row["detectable"],
            }
        )
    return Finding(
        "interaction_effects",
        "Which combinations are good?",
        f"The strongest pair is {' and '.join(out[0]['parameters'])}.",
        data={"pairs": out},
    )


def failures_finding(study: Study) -> Finding:
    count = study.counts
    bad = count.get(Status.DIVERGED, 0)
    constant = study.settings.get("constant_value")
    first = study.space.varying[0]
    drivers = [{"parameter": first, "rule": f"{first} >= 0.3", "failed": bad, "of": bad + 10}] if bad else []
    breaks = []
    if constant is not None:
        for name in study.space.varying:
            levels, position = cells_of(study, name)
            for i, level in enumerate(levels):
                y = study.table.values[study.table.usable & (position == i)]
                breaks.append(
                    {
                        "parameter": name,
                        "level": level,
                        "at_or_below_constant": int((y <= constant + 1e-9).sum()),
                        "of": len(y),
                        "share": float((y <= constant + 1e-9).mean()),
                    }
                )
        breaks.sort(key=lambda row: -row["share"])
    words = [f"{row['parameter']} = {row['level']} ({100 * row['share']:.0f} % of trials)" for row in breaks[:3]]
    answer = f"{bad} of {len(study.trials)} trials diverged or failed." + (
        f" Learning breaks at {', '.join(words)}." if words else ""
    )
    return Finding(
        "failures",
        "What breaks learning?",
        answer,
        data={
            "rate": bad / len(study.trials),
            "drivers": drivers,
            "breaks": breaks[:10],
            "constant_value": constant,
        },
    )


def best_finding(study: Study) -> Finding:
    trial = study.best
    assert trial is not None
    assert trial.value is not None
    tied = [
        {"configuration": dict(t.configuration), "value": t.value, "n": 3}
        for t in study.trials[:400:20]
        if t.value is not None
    ]
    spread = 0.02
    data = {
        "configuration": dict(trial.configuration),
        "value": trial.value - 0.011,
        "low": trial.value - 0.011 - spread,
        "high": trial.value - 0.011 + spread,
        "tied_with": 37,
        "observed": {"configuration": dict(trial.configuration), "value": trial.value},
        "tied": tied[:20],
    }
    return Finding(
        "best",
        "What is best?",
        f"The recommended configuration reaches {data['value']:.3f}; 37 others cannot be told from it.",
        data=data,
        caveats=("The best of many is too good to be true; the value given is corrected for luck.",),
    )


def correlations_finding(study: Study) -> Finding:
    used = study.table.usable
    names, columns = [], []
    for j, name in enumerate(study.space.varying):
        parameter, column = study.space.parameters[name], study.table.unit[used, j]
        if isinstance(parameter, Categorical):
            for i, choice in enumerate(parameter.choices):
                names.append(f"{name}={choice}")
                columns.append((np.nan_to_num(column, nan=-1) * len(parameter.choices)).astype(int) == i)
        else:
            names.append(name)
            columns.append(np.where(np.isnan(column), np.nanmean(column), column))
    names.append(study.objective.name)
    columns.append(study.table.values[used])
    matrix = np.corrcoef(np.array(columns, dtype=float))
    rows = [
        {
            "column": n,
            "pearson": float(r),
            "spearman": float(r) * 1.03,
            "low": float(r) - 0.02,
            "high": float(r) + 0.02,
        }
        for n, r in zip(names, matrix[-1], strict=False)
        if n != study.objective.name
    ]
    rows.sort(key=lambda row: -abs(row["spearman"]))
    return Finding(
        "correlations",
        "What goes with what?",
        "Correlations see straight lines only.",
        tuple(rows),
        data={"names": names, "matrix": matrix.tolist()},
    )


def quality_finding(study: Study) -> Finding:
    labels = ["low (< 0.5)", "medium", "high (>= 0.8)"]
    subsets = ["all"] + [f"activation={a}" for a in ("sigmoid", "relu", "tanh", "elu")]
    rows, confusion = [], []
    for i, (subset, model) in enumerate(itertools.product(subsets, ("logistic regression", "20-20-20 network"))):
        accuracy = 0.62 + 0.015 * i
        rows.append(
            {
                "subset": subset,
                "model": model,
                "accuracy": accuracy,
                "low": accuracy - 0.03,
                "high": accuracy + 0.03,
                "macro_f1": accuracy - 0.1,
                "majority": 0.42 + 0.02 * (i // 2),
                "ceiling_low": 0.84,
                "ceiling_high": 0.9,
                "n": 1152 if i < 2 else 288,
            }
        )
        confusion.append(
            {
                "subset": subset,
                "model": model,
                "labels": labels,
                "matrix": [[120 - i, 30, 10], [30, 40, 30], [5, 25 + i, 90]],
            }
        )
    return Finding(
        "quality",
        "Can the quality of a network be predicted from its hyperparameters?",
        "Better than by the majority class, short of what replicates allow.",
        tuple(rows),
        data={
            "cuts": [0.5, 0.8],
            "labels": labels,
            "counts": [1500, 900, 1056],
            "confusion": confusion,
            "splits": [
                {
                    "subset": r["subset"],
                    "model": r["model"],
                    "test_share": 0.3,
                    "accuracies": [r["accuracy"]] * 20,
                }
                for r in rows
            ],
        },
    )


def groups_finding(study: Study) -> Finding:
    name = next(n for n, p in study.space.parameters.items() if isinstance(p, Categorical))
    levels, position = cells_of(study, name)
    used, values = study.table.usable, study.table.values
    edges = np.linspace(values[used].min(), values[used].max(), 31)
    groups = []
    for i, level in enumerate(levels):
        y = values[used & (position == i)]
        groups.append(
            {
                "level": level,
                "n": len(y),
                "mean": float(y.mean()),
                "quartiles": [float(q) for q in np.quantile(y, [0, 0.25, 0.5, 0.75, 1])],
                "histogram": {"edges": edges.tolist(), "counts": np.histogram(y, edges)[0].tolist()},
            }
        )
    return Finding(
        "groups",
        f"How does {study.objective.name} spread by {name}?",
        f"The levels of {name} overlap widely.",
        data={"parameter": name, "groups": groups},
    )


def learning_curves_finding(study: Study) -> Finding:
    done = sorted((t for t in study.trials if t.value is not None and t.curve is not None), key=lambda t: t.value)  # type: ignore[arg-type,return-value]
    if not done:
        return not_applicable(
            "learning_curves",
            "How did the networks learn?",
            "No trial has recorded a learning curve.",
            metric=None,
            curves=[],
        )
    if study.objective.sign < 0:
        done.reverse()
    chosen = {"best": done[-1], "median": done[len(done) // 2], "worst": done[0]}
    curves = [
        {
            "label": label,
            "number": t.number,
            "configuration": dict(t.configuration),
            "steps": t.curve.steps.tolist(),
            "values": {k: v.astype(float).tolist() for k, v in t.curve.values.items()},
        }
        for label, t in chosen.items()
        if t.curve is not None
    ]
    return Finding(
        "learning_curves",
        "How did the networks learn?",
        "The best is still improving at its last step.",
        data={"metric": study.objective.name, "curves": curves},
    )


def test_part_finding(study: Study) -> Finding:
    test = study.attributes.get("test")
    if not test:
        return not_applicable("test", "How good is the recommendation on fresh data?", "The design has no test part.")
    return Finding(
        "test",
        "How good is the recommendation on fresh data?",
        f"{test['metric']} is {test['value']:.3f}.",
        data=test,
    )

"""The page's sections: for each question a title that says what is to be seen, figures, tables.

A section is a plain dictionary: ``id``, ``title``, ``question``, ``answer``, ``caveats``,
``citation``, ``quiet`` (the question could not be answered), ``figures``, ``grid`` (small figures
side by side), ``groups`` (figures under one key) and ``tables``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunescape.explanation.document import Explanation
from tunescape.explanation.finding import Finding
from tunescape.reports.figures import (
    correlations,
    failures,
    groups,
    importance,
    interactions,
    learning_curves,
    main_effects,
    parallel,
    quality,
)
from tunescape.reports.pictures.nouns import Pictures
from tunescape.reports.pictures.sections import picture_sections
from tunescape.reports.shares import shares
from tunescape.reports.words import (
    brief_share,
    count,
    decided,
    interval,
    level,
    metric,
    number,
    p_value,
    percent,
    share_interval,
)

Section = dict[str, Any]
_MOST_PLOTS = 24
_MOST_MATRICES = 12


def sections(explanation: Explanation, pictures: Pictures | None = None) -> list[Section]:
    """Return all sections in the order in which they are read; pictures after what mattered."""
    first, *others = (make(explanation) for make in _ORDER)
    return [first, *picture_sections(pictures), *others]


def section(finding: Finding, title: str | None = None, **more: Any) -> Section:
    """A section for a finding; without figures and tables where it could not be answered."""
    base: Section = {
        "id": finding.key,
        "title": finding.question if title is None else title,
        "question": finding.question,
        "answer": finding.answer,
        "caveats": list(finding.caveats),
        "citation": finding.citation,
        "quiet": not finding.applicable,
        "grid": False,
        "figures": [],
        "tables": [],
    }
    return base | more if finding.applicable else base


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "", text: int = 1) -> dict[str, Any]:
    """A table of written cells; the first `text` columns are words, the others numbers."""
    return {
        "head": list(head),
        "rows": [[str(cell) for cell in row] for row in rows],
        "caption": caption,
        "text": text,
    }


# -- what mattered ------------------------------------------------------------------------------


def _importance(explanation: Explanation) -> Section:
    finding = explanation["importance"]
    rows = shares(explanation)
    if not rows:
        return section(finding)
    cells = [
        [
            r.label,
            brief_share(r.share),
            share_interval(r.low, r.high),
            p_value(r.p_value),
            decided(r.detectable),
        ]
        for r in rows
    ]
    cells.append(["sum", brief_share(sum(r.share for r in rows)), "", "", ""])
    noise, pairs = explanation["noise"], explanation["interactions"]
    also = [f.answer for f in (pairs, noise) if f.answer]
    return section(
        finding,
        importance.headline(rows),
        answer=" ".join([finding.answer, *also]),
        caveats=list(dict.fromkeys([*finding.caveats, *pairs.caveats, *noise.caveats])),
        figures=[importance.strip(rows), importance.bars(rows, finding.data.get("null_share"))],
        tables=[table(["", "share", "90 % interval", "p", "detectable"], cells)],
        fold="The same as a table",
    )


def _main_effects(explanation: Explanation) -> Section:
    finding, objective = explanation["main_effects"], explanation.study.objective
    effects = finding.data.get("effects") or []
    if not effects:
        return section(finding)
    shown = effects[:_MOST_PLOTS]
    shared = main_effects.value_axis(shown, objective)
    left = len(effects) - len(shown)
    return section(
        finding,
        main_effects.headline(effects, objective),
        grid=True,
        figures=[main_effects.main_effect(effect, objective, shared) for effect in shown],
        note=f"Mean {metric(objective.name)} with its 90 % interval; all plots share the same vertical axis."
        + (f" {left} less important hyperparameters are left out." if left else ""),
    )


def _interactions(explanation: Explanation) -> Section:
    finding, objective = explanation["interaction_effects"], explanation.study.objective
    pairs = finding.data.get("pairs") or []
    if not pairs:
        return section(finding)
    low, high = interactions.value_range(pairs)
    return section(
        finding,
        interactions.headline(pairs),
        grid=True,
        figures=[interactions.interaction(pair, objective, low, high) for pair in pairs],
        note=f"Mean {metric(objective.name)} in each cell; stronger colour is better. All maps share their colours.",
    )


# -- what breaks, what is best ------------------------------------------------------------------


def _failures(explanation: Explanation) -> Section:
    finding = explanation["failures"]
    data = finding.data
    tables = []
    if data.get("drivers"):
        cells = [[r["parameter"], r["rule"], r["failed"], r["of"]] for r in data["drivers"]]
        tables.append(table(["hyperparameter", "where", "failed", "of"], cells, text=2))
    figures = [failures.breaks(data)] if data.get("breaks") else []
    return section(finding, failures.headline(data), figures=figures, tables=tables)


def _best(explanation: Explanation) -> Section:
    finding, objective = explanation["best"], explanation.study.objective
    data = finding.data
    if data.get("configuration") is None:
        return section(finding)
    name = metric(objective.name)
    title = f"The recommended configuration reaches {name} {number(data['value'])}"
    if data.get("tied_with"):
        title += f"; {count(data['tied_with'])} others tie with it"
    columns = list(dict.fromkeys(k for c in [data, *(data.get("tied") or [])] for k in c["configuration"]))
    best = [data["value"], data.get("low"), data.get("high")]
    rows = [_configuration(data["configuration"], columns, "recommended", f"{number(best[0])} ({interval(*best[1:])})")]
    observed = data.get("observed") or {}
    if observed.get("configuration") is not None:
        rows.append(
            _configuration(observed["configuration"], columns, "best single measurement", number(observed["value"]))
        )
    tied = [
        _configuration(t["configuration"], columns, f"tied, n = {count(t.get('n'))}", number(t["value"]))
        for t in data.get("tied") or []
    ]
    of = f"{len(tied)} of the {count(data['tied_with'])} tied configurations" if data.get("tied_with") else ""
    more = {"more": table(["", name, *columns], tied), "more_title": of} if tied and of else {}
    return section(finding, title, tables=[table(["", name, *columns], rows)], **more)


def _configuration(configuration: Mapping[str, Any], columns: Sequence[str], label: str, value: str) -> list[str]:
    return [label, value, *(level(configuration[c]) if c in configuration else "–" for c in columns)]


# -- distributions, curves, lines, classes ------------------------------------------------------


def _groups(explanation: Explanation) -> Section:
    finding, objective = explanation["groups"], explanation.study.objective
    if not finding.data.get("groups"):
        return section(finding)
    return section(finding, groups.headline(finding.data, objective), figures=[groups.groups(finding.data, objective)])


def _correlations(explanation: Explanation) -> Section:
    finding = explanation["correlations"]
    if len(finding.data.get("names") or []) < 2:
        return section(finding)
    return section(finding, correlations.headline(finding), figures=[correlations.correlations(finding.data)])


def _curves(explanation: Explanation) -> Section:
    finding, objective = explanation["learning_curves"], explanation.study.objective
    curves = finding.data.get("curves") or []
    if not curves:
        return section(finding)
    named = learning_curves.quantities(curves)
    return section(
        finding,
        learning_curves.headline(curves, finding.data.get("metric") or objective.name),
        grid=True,
        figures=[learning_curves.learning_curves(curves, quantity, names) for quantity, names in named.items()][:6],
    )


def _parallel(explanation: Explanation) -> Section:
    order = [str(row["parameter"]) for row in explanation["importance"].table]
    order += [name for name in explanation.study.space.varying if name not in order]
    lines = parallel.parallel(explanation.study, order)
    finding = Finding("parallel", "What do all trials look like at once?", "")
    if lines is None:
        return section(Finding("parallel", finding.question, "No trial has a value.", applicable=False))
    return section(finding, parallel.headline(explanation.study), figures=[lines])


def _quality(explanation: Explanation) -> Section:
    finding = explanation["quality"]
    if not finding.table:
        return section(finding)
    rows = [
        [
            r["subset"],
            r["model"],
            number(r["accuracy"]),
            interval(r["low"], r["high"], _two),
            number(r["macro_f1"]),
            number(r["majority"]),
            interval(r["ceiling_low"], r["ceiling_high"], _two),
            count(r["n"]),
        ]
        for r in finding.table
    ]
    head = ["trials", "model", "accuracy", "spread", "macro F1", "majority", "ceiling", "n"]
    matrices = finding.data.get("confusion") or []
    small = [quality.confusion(entry, finding.data.get("labels") or []) for entry in matrices[:_MOST_MATRICES]]
    left = len(matrices) - len(small)
    return section(
        finding,
        quality.headline(finding.table),
        figures=[quality.accuracies(finding.table, _splits(finding))],
        small=small,
        small_title="Confusion matrices: rows are true, columns predicted"
        + (f" ({left} more are in the JSON document)" if left > 0 else ""),
        tables=[table(head, rows, text=2)],
        fold="The same as a table",
    )


def _splits(finding: Finding) -> int:
    """Over how many random splits the spread of one accuracy was taken."""
    splits = finding.data.get("splits") or 0
    if isinstance(splits, int):
        return splits
    first = splits[0]
    return sum(len(s["accuracies"]) for s in splits if (s["subset"], s["model"]) == (first["subset"], first["model"]))


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


# -- how sure -----------------------------------------------------------------------------------


def _test(explanation: Explanation) -> Section:
    finding = explanation["test"]
    data = finding.data
    if not finding.applicable or data.get("value") is None:
        return section(finding)
    return section(
        finding, f"On fresh data the recommendation reaches {metric(data['metric'])} {number(data['value'])}"
    )


def _fit(explanation: Explanation) -> Section:
    finding = explanation["fit"]
    data = finding.data
    if data.get("r2") is None:
        return section(finding)
    title = f"{percent(max(data['r2'], 0.0))} of the variance can be predicted"
    if data.get("noise_ceiling") is not None:
        title += f"; noise allows {percent(data['noise_ceiling'])}"
    return section(finding, title)


def _left_out(explanation: Explanation) -> Section:
    finding = explanation["trials"]
    data = finding.data
    out = data["total"] - data["used"]
    title = (
        f"{count(out)} of {count(data['total'])} trials are not in the statistics" if out else "Nothing was left out"
    )
    rows = [[word, count(data[word])] for word in ("diverged", "failed") if data.get(word)]
    rows += [[entry["reason"], count(entry["count"])] for entry in data.get("left_out") or []]
    return section(finding, title, tables=[table(["left out", "trials"], rows)] if rows else [])


_ORDER: tuple[Callable[[Explanation], Section], ...] = (
    _importance,
    _main_effects,
    _interactions,
    _failures,
    _best,
    _groups,
    _parallel,
    _curves,
    _correlations,
    _quality,
    _test,
    _fit,
    _left_out,
)

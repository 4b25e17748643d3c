"""Findings for a terminal: the verdict first, then tables that fit it, caveats last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType

from tunescape.explanation.document import Explanation
from tunescape.explanation.finding import Finding
from tunescape.reports.shares import Share, shares
from tunescape.reports.terminal import Page
from tunescape.reports.words import (
    brief_share,
    count,
    counted,
    decided,
    interval,
    level,
    metric,
    names,
    number,
    p_value,
    percent,
    share_interval,
)

_BAR = 10
_TONES = {"explained": "green", "partly explained": "yellow"}


def print_explanation(explanation: Explanation, console: Console | None = None) -> None:
    """Print an explanation as a reader in a hurry wants it: verdict, tables, caveats.

    Args:
        explanation: What the trials say.
        console: Where to; standard output where None. Its width, colours and encoding are kept to.
    """
    console = Console(highlight=False) if console is None else console
    page = Page(console)
    for block in _blocks(explanation, page):
        console.print(block, highlight=False, markup=False, soft_wrap=False)


def _blocks(explanation: Explanation, page: Page) -> Iterator[RenderableType]:
    yield page.text(_headline(explanation), style="dim")
    yield page.text(explanation.sentence, style=f"bold {_TONES.get(explanation.verdict, '')}".strip())
    yield from _what_mattered(explanation, page)
    yield from _what_breaks(explanation["failures"], page)
    yield from _best(explanation, page)
    yield from _quality(explanation["quality"], page)
    yield from _answers(explanation, page)
    yield from _notes(explanation, page)


def _headline(explanation: Explanation) -> str:
    study, trials = explanation.study, explanation["trials"].data
    parts = [counted(trials["total"], "trial")]
    if trials["used"] != trials["total"]:
        parts.append(f"{trials['used']} used")
    parts += [f"{trials[word]} {word}" for word in ("diverged", "failed") if trials[word]]
    if trials.get("sampling") not in (None, "unknown"):
        parts.append(f"{trials['sampling']} design")
    return f"{study.name}: {', '.join(parts)}; {study.objective.direction} {metric(study.objective.name)}"


# -- what mattered ------------------------------------------------------------------------------


def _what_mattered(explanation: Explanation, page: Page) -> Iterator[RenderableType]:
    yield page.heading("What mattered", "share of the variance of a single run")
    rows = shares(explanation, max_parameters=15, max_pairs=6)
    if not rows:
        yield page.quiet(explanation["importance"].answer)
        return
    yield _shares_table(rows, page)
    interactions = explanation["interactions"]
    if not interactions.applicable or not any(row["detectable"] for row in interactions.table):
        yield page.quiet(interactions.answer)


def _shares_table(rows: list[Share], page: Page) -> RenderableType:
    bars = page.width >= 72
    head = ["", "share", *([""] if bars else []), "90 % interval", "p", "detectable"]
    largest = max(row.share for row in rows)
    cells = []
    for row in rows:
        line = [row.label, brief_share(row.share), *([page.bar(row.share, largest, _BAR)] if bars else [])]
        if row.detectable is None:
            cells.append([*line, "", "", ""])
        else:
            cells.append([*line, share_interval(row.low, row.high), p_value(row.p_value), decided(row.detectable)])
    total = ["sum", brief_share(sum(row.share for row in rows))]
    cells.append(total + [""] * (len(head) - 2))
    quiet = [i for i, row in enumerate(rows) if row.detectable is False]
    return page.table(head, cells, right=("share", "90 % interval", "p"), quiet=[*quiet, len(rows)])


# -- what breaks, what is best ------------------------------------------------------------------


def _what_breaks(finding: Finding, page: Page) -> Iterator[RenderableType]:
    yield page.heading("What breaks learning")
    yield page.text(finding.answer) if finding.applicable else page.quiet(finding.answer)
    more = (finding.data.get("breaks") or [])[3:6]  # the answer names the first three
    yield from (
        page.bullet(f"{row['parameter']} = {level(row['level'])}: {percent(row['share'])} of {row['of']} trials")
        for row in more
    )


def _best(explanation: Explanation, page: Page) -> Iterator[RenderableType]:
    finding, objective = explanation["best"], metric(explanation.study.objective.name)
    yield page.heading("Best")
    data = finding.data
    if not finding.applicable or data.get("configuration") is None:
        yield page.quiet(finding.answer)
        return
    yield page.text(", ".join(f"{name}={value}" for name, value in names(data["configuration"])))
    value = f"{objective} {number(data['value'])}"
    if data.get("low") is not None:
        value += f" ({interval(data['low'], data['high'])})"
    tied = data.get("tied_with")
    if tied:
        value += f"; {counted(tied, 'other configuration')} cannot be told from it"
    elif tied == 0:
        value += "; no other configuration ties with it"
    observed = data.get("observed") or {}
    if observed.get("value") is not None:
        value += f"; best single measurement {number(observed['value'])}"
    yield page.text(value)


# -- quality, the rest of the answers, notes ----------------------------------------------------


def _quality(finding: Finding, page: Page) -> Iterator[RenderableType]:
    """One row per subset of the trials, the accuracy of each model beside majority and ceiling."""
    if not finding.applicable or not finding.table:
        return
    models = list(dict.fromkeys(row["model"] for row in finding.table))
    subsets: dict[str, dict[str, Any]] = {}
    for row in finding.table:
        subsets.setdefault(row["subset"], {})[row["model"]] = row
    rows = []
    for subset, by_model in list(subsets.items())[:8]:
        first = next(iter(by_model.values()))
        accuracies = [_accuracy(by_model.get(model), page.width >= 76) for model in models]
        ceiling = interval(first["ceiling_low"], first["ceiling_high"], _two)
        rows.append([subset, _two(first["majority"]), *accuracies, ceiling])
    yield page.heading("Quality classes, predicted from the hyperparameters", "accuracy")
    heads = [str(model).split()[0] for model in models]  # "logistic", "20-20-20"
    yield page.table(["trials", "majority", *heads, "ceiling"], rows, right=("majority", *heads, "ceiling"))


def _accuracy(row: Mapping[str, Any] | None, wide: bool) -> str:
    if row is None:
        return ""
    return _two(row["accuracy"]) + (f" ({interval(row['low'], row['high'], _two)})" if wide else "")


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _answers(explanation: Explanation, page: Page) -> Iterator[RenderableType]:
    """How much is explained, and the test part."""
    lines = [explanation[key] for key in ("fit", "test")]
    yield page.heading("How sure")
    for finding in lines:
        yield page.text(finding.answer) if finding.applicable else page.quiet(finding.answer)


def _notes(explanation: Explanation, page: Page, most: int = 5) -> Iterator[RenderableType]:
    caveats = list(dict.fromkeys(c for finding in explanation.findings for c in finding.caveats))
    left = [f"{count(r['count'])} left out: {r['reason']}" for r in explanation["trials"].data.get("left_out") or []]
    lines = left + caveats
    if not lines:
        return
    yield page.heading("Notes")
    yield from (page.bullet(line, style="dim") for line in lines[:most])
    if len(lines) > most:
        more = len(lines) - most
        yield page.quiet(f"{more} more {'is' if more == 1 else 'are'} in the report")

"""What a landscape says: which share of the plane learns, where it learns best, where it breaks and how sharply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.study import DIVERGED, LEARNED, OUTCOMES, WAITING, Axis, Landscape

BEST_SHARE = 0.1
"""Share of the networks that learned which is called the best."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Border:
    """Where learning ends and diverging begins, along one axis.

    Args:
        axis: The hyperparameter.
        lines: Lines of pixels along it that hold both.
        value: Where it lies, the median of the lines.
        pixels: From the first network that diverged to the last that learned, in pixels: the median of the
            lines; 1 where one is beside the other.
        factor: The same as a ratio of values; None for an axis that is not logarithmic.
    """

    axis: str
    lines: int
    value: float
    pixels: float
    factor: float | None


@dataclass(frozen=True)
class LandscapeSummary:
    """What a landscape says.

    Args:
        shares: Share of the trained networks by outcome.
        best: Configuration of the lowest loss at the end, or None where nothing was trained to a finite loss.
        best_loss: That loss.
        learns: By axis, the range around the best network that learns without a gap while the other
            setting stays; empty where nothing learned.
        best_region: By axis, where nine in ten of the best tenth of the networks that learned lie.
        border: Where learning breaks, or None where no line crosses it.
        sentences: All of it in words.
    """

    shares: dict[str, float]
    best: dict[str, Any] | None
    best_loss: float | None
    learns: dict[str, Span]
    best_region: dict[str, Span]
    border: Border | None
    sentences: tuple[str, ...]


def summarise_landscape(landscape: Landscape) -> LandscapeSummary:
    """Say what a landscape shows; networks that were not trained yet are left out and counted in words."""
    trained = landscape.outcome != WAITING
    n = int(trained.sum())
    shares = {name: float((landscape.outcome == code).sum() / max(n, 1)) for code, name in OUTCOMES.items()}
    finite = np.where(trained & np.isfinite(landscape.loss), landscape.loss, np.inf)
    at = divmod(int(finite.argmin()), finite.shape[1])
    found = bool(np.isfinite(finite[at]))
    best = landscape.configuration(*at) if found else None
    learned = landscape.outcome == LEARNED
    learns = _around(landscape, learned, at) if learned.any() else {}
    region = _best_region(landscape, learned) if learned.any() else {}
    border = _border(landscape)
    summary = LandscapeSummary(shares, best, float(finite[at]) if found else None, learns, region, border, ())
    return LandscapeSummary(**{**vars(summary), "sentences": tuple(_sentences(landscape, summary, n))})


def _around(landscape: Landscape, learned: NDArray[np.bool_], at: tuple[int, int]) -> dict[str, Span]:
    """Range of each axis that learns without a gap through the best pixel."""
    row, column = at
    spans = {}
    for axis, line, place in ((landscape.x, learned[row], column), (landscape.y, learned[:, column], row)):
        broken = np.flatnonzero(~line)
        first = int(broken[broken < place].max(initial=-1)) + 1
        last = int(broken[broken > place].min(initial=len(line))) - 1
        spans[axis.name] = (axis.values[first].item(), axis.values[last].item())
    return spans


def _best_region(landscape: Landscape, learned: NDArray[np.bool_]) -> dict[str, Span]:
    """Where nine in ten of the best tenth of what learned lie."""
    limit = np.quantile(landscape.loss[learned], BEST_SHARE, method="lower")
    rows, columns = np.nonzero(learned & (landscape.loss <= limit))
    spans = {}
    for axis, places in ((landscape.x, columns), (landscape.y, rows)):
        low, high = np.quantile(places, (0.05, 0.95), method="nearest")
        spans[axis.name] = (axis.values[low].item(), axis.values[high].item())
    return spans


def _border(landscape: Landscape) -> Border | None:
    """The border along the axis of which the larger share of lines crosses it."""
    outcome = landscape.outcome
    found = [(_crossings(axis, lines), len(lines)) for axis, lines in
             ((landscape.x, outcome), (landscape.y, outcome.T))]  # fmt: skip
    known = [(border.lines / n, border) for border, n in found if border is not None]
    return max(known, key=lambda pair: pair[0], default=(0.0, None))[1]


def _crossings(axis: Axis, lines: NDArray[np.int8]) -> Border | None:
    """Where lines of pixels along an axis go from learning to diverging, or the other way round."""
    if isinstance(axis.values[0], str | np.str_) or not len(axis.values) > 1:
        return None
    numbers = np.log(axis.values) if axis.is_log else axis.values.astype(float)
    middle, pixels, width = [], [], []
    for line in lines:
        good, bad = np.flatnonzero(line == LEARNED), np.flatnonzero(line == DIVERGED)
        if not len(good) or not len(bad):
            continue
        if good.mean() > bad.mean():
            good, bad = len(line) - 1 - good[::-1], len(line) - 1 - bad[::-1]
            along = numbers[::-1]
        else:
            along = numbers
        first, last = int(bad[0]), int(good[-1])
        middle.append((along[first] + along[last]) / 2)
        pixels.append(abs(first - last))
        width.append(abs(along[first] - along[last]))
    if not pixels:
        return None
    value, wide = float(np.median(middle)), float(np.median(width))
    return Border(
        axis.name, len(pixels), float(np.exp(value)) if axis.is_log else value, float(np.median(pixels)),
        float(np.exp(wide)) if axis.is_log else None,
    )  # fmt: skip


# ---- words


def _sentences(landscape: Landscape, summary: LandscapeSummary, n: int) -> list[str]:
    if not n:
        return ["No network is trained yet."]
    shares, steps = summary.shares, f"{landscape.n_steps:,} step{'s' * (landscape.n_steps > 1)}"
    whole = "the plane" if landscape.is_complete else f"the {n:,} networks trained so far"
    words = [
        f"{_share(shares['learned'])} of {whole} learns in {steps}, {_share(shares['diverged'])} diverges, and "
        f"{_share(shares['not_learned'])} does neither: its loss has not come below that of a constant prediction "
        f"({landscape.constant_loss:.4g})."
    ]
    if not shares["learned"]:
        words.append("Nothing learned: train longer (--steps), or look elsewhere (--x, --y).")
    if not shares["diverged"]:
        words.append("Nothing diverged: the plane holds no border between learning and diverging.")
    if summary.best is not None and summary.learns:
        words += _of_best(landscape, summary)
    if summary.border is not None:
        words.append(_of_border(landscape, summary.border))
    elif shares["learned"] and shares["diverged"]:
        words.append("No line of pixels holds both networks that learned and networks that diverged.")
    return words


def _of_best(landscape: Landscape, summary: LandscapeSummary) -> list[str]:
    assert summary.best is not None
    x, y = landscape.x.name, landscape.y.name
    at_x, at_y = (summary.best[name] for name in (x, y))
    low, high = summary.learns[x]
    reach = f"every {x} from {_value(low)} to {_value(high)} learns" if low != high else "no other beside it learns"
    return [
        f"The lowest training loss, {summary.best_loss:.3g}, is at {x} {_value(at_x)}, {y} {_value(at_y)}; "
        f"at this {y}, {reach}.",
        f"The best tenth of what learns lies at {_range(summary, x)} and {_range(summary, y)} (nine in ten of it).",
    ]


def _range(summary: LandscapeSummary, name: str) -> str:
    low, high = summary.best_region[name]
    return f"{name} {_value(low)}" + (f" to {_value(high)}" if low != high else "")


def _of_border(landscape: Landscape, border: Border) -> str:
    along = "row" if border.axis == landscape.x.name else "column"
    lines = f"{border.lines:,} {along}{'s' if border.lines != 1 else ''}"
    apart = f", a factor of {border.factor:.3g}" if border.factor is not None else ""
    width = "within one pixel" if border.pixels <= 1 else f"within {border.pixels:.0f} pixels"
    return (
        f"Learning turns into diverging around {border.axis} {_value(border.value)}, {width}{apart} "
        f"(median of the {lines} that hold both)."
    )


def _share(share: float) -> str:
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _value(value: float) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)

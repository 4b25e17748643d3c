"""What a landscape says: which share of the plane learns, where it learns best, where it breaks and how sharply."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.study import DIVERGED, LEARNED, OUTCOMES, WAITING, Axis, Landscape

BEST_SHARE = 0.1
"""Share of the networks that learned which is called the best."""

MOST = 0.9
"""Share of these that the ranges said of them hold."""

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
        best: Configuration of the lowest loss at the end, or None where nothing was trained to a finite loss. Of
            losses that the precision cannot tell from zero, the one whose neighbours learn furthest.
        best_loss: Its loss.
        n_best: Networks whose loss the precision cannot tell from zero; 1 where there is no other, 0 where no loss
            is finite.
        learns: By axis, the range around the best network that learns without a gap while the other
            setting stays; empty where nothing learned.
        best_region: By axis, ranges that hold together at least nine in ten of the best tenth of the networks
            that learned.
        border: Where learning breaks, or None where no line crosses it.
        sentences: All of it in words.
    """

    shares: dict[str, float]
    best: dict[str, Any] | None
    best_loss: float | None
    n_best: int
    learns: dict[str, Span]
    best_region: dict[str, Span]
    border: Border | None
    sentences: tuple[str, ...]


def summarise_landscape(landscape: Landscape) -> LandscapeSummary:
    """Say what a landscape shows; networks that were not trained yet are left out and counted in words."""
    trained = landscape.outcome != WAITING
    n = int(trained.sum())
    shares = {name: float((landscape.outcome == code).sum() / max(n, 1)) for code, name in OUTCOMES.items()}
    learned = landscape.outcome == LEARNED
    eligible = learned if learned.any() else trained & np.isfinite(landscape.loss)
    at, n_best = _best(landscape, np.where(eligible, landscape.loss, np.inf), learned)
    best = landscape.configuration(*at) if n_best else None
    loss = float(landscape.loss[at]) if n_best else None
    learns = _around(landscape, learned, at) if learned.any() else {}
    region = _best_region(landscape, learned) if learned.any() else {}
    summary = LandscapeSummary(shares, best, loss, n_best, learns, region, _border(landscape), ())
    return LandscapeSummary(**{**vars(summary), "sentences": tuple(_sentences(landscape, summary, n))})


def _best(landscape: Landscape, loss: NDArray[Any], learned: NDArray[np.bool_]) -> tuple[tuple[int, int], int]:
    """Place of the best network, and how many cannot be told from it; 0 where no loss is finite."""
    lowest = int(loss.argmin())
    at = divmod(lowest, loss.shape[1])
    if not np.isfinite(loss[at]):
        return at, 0
    zero = np.finfo(landscape.settings.get("precision", "float32")).eps * landscape.constant_loss
    tied = [(int(row), int(column)) for row, column in np.argwhere(learned & (loss <= zero))]
    if len(tied) < 2:
        return at, 1
    return max(tied, key=lambda at: math.prod(last - first + 1 for first, last in _reach(learned, at))), len(tied)


def _reach(learned: NDArray[np.bool_], at: tuple[int, int]) -> list[tuple[int, int]]:
    """First and last pixel that learned without a gap through a pixel: along x, then along y."""
    row, column = at
    ends = []
    for line, place in ((learned[row], column), (learned[:, column], row)):
        broken = np.flatnonzero(~line)
        first = int(broken[broken < place].max(initial=-1)) + 1
        ends.append((first, int(broken[broken > place].min(initial=len(line))) - 1))
    return ends


def _around(landscape: Landscape, learned: NDArray[np.bool_], at: tuple[int, int]) -> dict[str, Span]:
    """Range of each axis that learns without a gap through the best pixel."""
    ends = zip((landscape.x, landscape.y), _reach(learned, at), strict=True)
    return {axis.name: (axis.values[first].item(), axis.values[last].item()) for axis, (first, last) in ends}


def _best_region(landscape: Landscape, learned: NDArray[np.bool_]) -> dict[str, Span]:
    """Ranges that hold nine in ten of the best tenth of what learned; each of four ends is cut by the same share."""
    limit = np.quantile(landscape.loss[learned], BEST_SHARE, method="lower")
    rows, columns = np.nonzero(learned & (landscape.loss <= limit))
    for cut in np.linspace(0.05, 0.0, 21):
        spans = [np.quantile(places, (cut, 1 - cut), method="nearest") for places in (columns, rows)]
        inside = [
            (low <= places) & (places <= high) for places, (low, high) in zip((columns, rows), spans, strict=True)
        ]
        if np.mean(inside[0] & inside[1]) >= MOST:
            break
    return {
        axis.name: (axis.values[low].item(), axis.values[high].item())
        for axis, (low, high) in zip((landscape.x, landscape.y), spans, strict=True)
    }


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
    shares = summary.shares
    words = [_of_shares(landscape, shares, n)]
    nothing = [what for what in ("learned", "diverged") if not shares[what]]
    if nothing == ["diverged"]:
        words.append("Nothing diverged: the plane holds no border between learning and diverging.")
    elif nothing:
        longer = "train longer (--steps), or " if shares["not_learned"] else ""
        words.append(f"Nothing {' and nothing '.join(nothing)}: {longer}look elsewhere (--x, --y).")
    if summary.best is not None and summary.learns:
        words += _of_best(landscape, summary)
    if summary.border is not None:
        words.append(_of_border(landscape, summary.border))
    elif shares["learned"] and shares["diverged"]:
        words.append("No line of pixels holds both networks that learned and networks that diverged.")
    return words


def _of_shares(landscape: Landscape, shares: dict[str, float], n: int) -> str:
    """Which share learns, diverges and does neither; what nothing does is left out."""
    whole = "the plane" if landscape.is_complete else f"the {n:,} networks trained so far"
    steps = f"{landscape.n_steps:,} step{'s' * (landscape.n_steps > 1)}"
    does = {"learned": "learns", "diverged": "diverges", "not_learned": "does neither"}
    if shares["not_learned"] == 1.0:
        does["not_learned"] = "neither learns nor diverges"
    there = [name for name in does if shares[name]]
    parts = [f"{_share(shares[name])} {does[name]}" for name in there]
    parts[0] = f"{_share(shares[there[0]])} of {whole} {does[there[0]]} in {steps}"
    said = ", ".join(parts[:-1]) + (", and " if len(parts) > 1 else "") + parts[-1]
    if shares["not_learned"]:
        return f"{said}: its loss has not come below that of a constant prediction ({landscape.constant_loss:.4g})."
    return f"{said}; a constant prediction has a loss of {landscape.constant_loss:.4g}."


def _of_best(landscape: Landscape, summary: LandscapeSummary) -> list[str]:
    assert summary.best is not None
    x, y = landscape.x.name, landscape.y.name
    where = ", ".join(f"{axis.name} {_value(axis, summary.best[axis.name])}" for axis in (landscape.x, landscape.y))
    low, high = summary.learns[x]
    reach = f"all values of {x} from {_value(landscape.x, low)} to {_value(landscape.x, high)} learn"
    found = f"The lowest training loss, {summary.best_loss:.3g}, is at {where}"
    if summary.n_best > 1:
        found = (
            f"{summary.n_best:,} networks reach a training loss of practically zero; of these, the one with most room "
            f"around it is at {where}"
        )
    return [
        f"{found}; with {y} held there, {reach if low != high else f'its neighbours in {x} do not learn'}.",
        f"Nine in ten of the best tenth of what learned lie at {_range(summary, landscape.x)} and "
        f"{_range(summary, landscape.y)}.",
    ]


def _range(summary: LandscapeSummary, axis: Axis) -> str:
    low, high = summary.best_region[axis.name]
    return f"{axis.name} {_value(axis, low)}" + (f" to {_value(axis, high)}" if low != high else "")


def _of_border(landscape: Landscape, border: Border) -> str:
    axis, along, total = landscape.x, "row", landscape.shape[0]
    if border.axis != axis.name:
        axis, along, total = landscape.y, "column", landscape.shape[1]
    lines = f"{border.lines:,} " + (f"of {total:,} " if border.lines < total else "") + f"{along}s"
    apart = "" if border.factor is None else f", a factor of {_factor(border.factor)}"
    width = "within one pixel" if border.pixels <= 1 else f"within {border.pixels:.0f} pixels"
    return (
        f"Learning turns into diverging around {border.axis} {_value(axis, border.value)}, {width}{apart} "
        f"(median of the {lines} that hold both)."
    )


def _share(share: float) -> str:
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _value(axis: Axis, value: float) -> str:
    """A value, with as many digits as tell neighbouring pixels apart."""
    return f"{value:.{axis.digits}g}" if isinstance(value, float) else str(value)


def _factor(factor: float) -> str:
    return f"{factor:.3g}" if factor >= 1.005 else f"1 + {factor - 1:.1g}"

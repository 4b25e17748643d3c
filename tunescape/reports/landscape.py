"""A landscape for a reader: its picture as PNG or page, its verdict as text, its summary as plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from tunescape.errors import InputError
from tunescape.explanation import LandscapeSummary
from tunescape.reports.figures.landscape import landscape as landscape_figure
from tunescape.reports.landscape_image import save_landscape_image
from tunescape.reports.pictures import save_figure
from tunescape.reports.terminal import Page
from tunescape.study import WAITING, Axis, Landscape

ENDINGS = (".png", ".html")


def save_landscape_picture(landscape: Landscape, summary: LandscapeSummary, path: str | Path) -> Path:
    """Write the picture of a landscape.

    Args:
        landscape: Finished or not.
        summary: What it says.
        path: ``.png`` for an image, ``.html`` for a page that says the loss of the network under the
            pointer; it is replaced where it exists.

    Returns:
        The path of the file.

    Raises:
        InputError: The ending is another, or the file cannot be written.
        MissingExtraError: Pillow is needed and not installed.
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"The picture must end in {' or '.join(ENDINGS)}. Got {str(path)!r}.")
    if ending == ".png":
        return save_landscape_image(landscape, path, dict.fromkeys((summary.sentences[0], summary.sentences[-1])))
    title = f"{landscape.task}: {landscape.x.name} by {landscape.y.name}"
    return save_figure(landscape_figure(landscape, summary.sentences), path, title)


def print_landscape(landscape: Landscape, summary: LandscapeSummary) -> None:
    """Print what a landscape says on standard output: lines of a terminal end between words, others are whole."""
    n_y, n_x = landscape.shape
    console = Console(highlight=False)
    page = Page(console)
    title = f"{landscape.task}: {n_x * n_y:,} networks, {landscape.x.name} by {landscape.y.name}"
    for sentence in (title, *summary.sentences):
        console.print(page.safe(sentence), markup=False, highlight=False, soft_wrap=not console.is_terminal)


def landscape_document(landscape: Landscape, summary: LandscapeSummary) -> dict[str, Any]:
    """Return what a landscape says as plain data, for ``map --json``."""
    border = summary.border
    return {
        "task": landscape.task,
        "x": _axis(landscape.x),
        "y": _axis(landscape.y),
        "steps": landscape.n_steps,
        "settings": landscape.fixed,
        "rows": landscape.settings["rows"],
        "seed": landscape.settings["seed"],
        "precision": landscape.settings["precision"],
        "networks": {
            "total": int(landscape.outcome.size),
            "trained": int((landscape.outcome != WAITING).sum()),
            "not_finite": int((landscape.stopped_at >= 0).sum()),
        },
        "share": summary.shares,
        "constant_loss": landscape.constant_loss,
        "best": _best(summary),
        "learns": {name: list(span) for name, span in summary.learns.items()},
        "best_region": {name: list(span) for name, span in summary.best_region.items()},
        "border": None if border is None else vars(border),
        "sentences": list(summary.sentences),
        "seconds": round(landscape.seconds, 3),
    }


def _best(summary: LandscapeSummary) -> dict[str, Any] | None:
    if summary.best is None:
        return None
    return {"configuration": summary.best, "loss": summary.best_loss, "tied_with": summary.n_best - 1}


def _axis(axis: Axis) -> dict[str, Any]:
    values: Any = np.asarray(axis.values)
    return {
        "parameter": axis.name,
        "low": values.min().item() if not axis.is_continuous else axis.parameter.low,  # type: ignore[union-attr]
        "high": values.max().item() if not axis.is_continuous else axis.parameter.high,  # type: ignore[union-attr]
        "scale": "log" if axis.is_log else "linear",
        "pixels": len(values),
    }

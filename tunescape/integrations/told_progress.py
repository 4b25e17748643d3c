"""How far a fit is, told on the error stream so that standard output stays the user's."""

from __future__ import annotations

import sys
import time

from tunescape.runner import Progress

SECONDS_BETWEEN_LINES = 1.0


def told_progress(name: str) -> Progress:
    """Return a function that writes a line on the error stream once a second."""
    last = time.monotonic()

    def tell(done: float, total: float, finished: int, n_trials: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES or finished == n_trials:
            last = now
            share = done / total if total else 1.0
            print(f"[{name}] {finished} of {n_trials} networks, {share:.0%} of the work", file=sys.stderr)

    return tell

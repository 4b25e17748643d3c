"""Where studies are kept: memory, or one SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunescape.stores.base import Store, StudySummary, TrialExistsError
from tunescape.stores.landscape_file import load_landscape, save_landscape
from tunescape.stores.memory import Memory
from tunescape.stores.open import open_store

if TYPE_CHECKING:
    from tunescape.stores.sqlite import SQLite

__all__ = [
    "Memory",
    "SQLite",
    "Store",
    "StudySummary",
    "TrialExistsError",
    "load_landscape",
    "open_store",
    "save_landscape",
]


def __getattr__(name: str) -> object:
    """Load SQLite, and SQLAlchemy with it, when it is asked for."""
    if name == "SQLite":
        from tunescape.stores.sqlite import SQLite

        return SQLite
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

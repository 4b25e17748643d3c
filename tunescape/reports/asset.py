"""The page's own files: its template, its style and its scripts, as text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file of `assets`."""
    return (files("tunescape.reports") / "assets" / name).read_text(encoding="utf-8").replace("\r\n", "\n")

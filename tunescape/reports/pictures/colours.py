"""The page's colours outside the page: its CSS variables by their values in one theme."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal

from tunescape.errors import InputError
from tunescape.reports.asset import asset

Theme = Literal["light", "dark"]
_BLOCK = {"light": r":root \{(.*?)\}", "dark": r':root\[data-theme="dark"\] \{(.*?)\}'}


@cache
def variables(theme: Theme) -> dict[str, str]:
    """The variables of the page's style in a theme.

    Raises:
        InputError: There is no such theme.
    """
    if theme not in _BLOCK:
        raise InputError(f'`theme` must be "light" or "dark". Got {theme!r}.')
    style = asset("page.css")
    found: dict[str, str] = {}
    for name in ("light", theme):  # dark replaces some of what light says
        block = re.search(_BLOCK[name], style, re.S)
        assert block is not None, f"page.css has no block of the {name} theme"
        found |= dict(re.findall(r"(--[a-z0-9-]+):\s*([^;]+);", block[1]))
    return found


def resolved(part: Any, theme: Theme) -> Any:
    """A figure with its variables replaced by colours, fonts and colour scales."""
    if isinstance(part, str):
        name = re.fullmatch(r"var\((--[a-z0-9-]+)\)", part)
        if name is None:
            return part
        value = variables(theme)[name[1]].strip()
        if not name[1].startswith("--scale-"):
            return value
        colours = re.split(r"\s*,\s*(?![^(]*\))", value)
        return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]
    if isinstance(part, dict):
        return {key: resolved(value, theme) for key, value in part.items()}
    return [resolved(item, theme) for item in part] if isinstance(part, list | tuple) else part

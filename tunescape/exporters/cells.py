"""Values as cells of a file that neither a spreadsheet nor our importer takes for something else.

An apostrophe before a text says: this is text. It stands where the text would be read as a formula
(``=``, ``+``, ``-``, ``@``, tab: spreadsheets would run it), a number, a truth value or nothing.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SPECIAL = re.compile(r"[,\"\r\n]")
_READ_AS_ELSE = frozenset({"", "true", "false", "none", "null", "na", "n/a", "#n/a", "<na>"})


def cell(value: Any) -> str:
    """A value as a cell: empty for None, numbers so that they come back exactly."""
    if value is None:
        return ""
    if isinstance(value, str):
        return text_cell(value)
    return repr(value) if isinstance(value, float | int) else text_cell(str(value))


def json_cell(value: Any) -> str:
    """A value as JSON; infinite as a number too large for a float, which readers take as infinite."""
    if not isinstance(value, float):
        return json.dumps(value, ensure_ascii=False, default=str)
    if not abs(value) < math.inf:
        return "null" if value != value else "1e999" if value > 0 else "-1e999"
    return repr(value)


def text_cell(text: str) -> str:
    """A text as a cell, with an apostrophe where it would not be read as this text."""
    return _quoted(f"'{text}" if _is_ambiguous(text) else text)


def name_cell(name: str) -> str:
    """A column's name as a cell."""
    return _quoted(f"'{name}" if name.startswith((*FORMULA, "'")) else name)


def _quoted(text: str) -> str:
    """A text in quotation marks where it holds a comma, a quotation mark or the end of a line."""
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _is_ambiguous(text: str) -> bool:
    if text.startswith((*FORMULA, "'")) or text != text.strip() or text.lower() in _READ_AS_ELSE:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True

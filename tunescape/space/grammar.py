"""The words of ``--vary`` and ``--fix``: 'learning_rate=log(1e-4,1):6', 'optimiser=sgd,adam'."""

from __future__ import annotations

import re

from tunescape.errors import InputError
from tunescape.space.parameters import Categorical, Constant, Float, Integer, Ordinal, Parameter, Value
from tunescape.space.search_space import house_name

_RANGE = re.compile(r"(?P<form>|log|int|intlog)\((?P<low>[^,()]+),(?P<high>[^,()]+)\)(?::(?P<levels>.+))?")
_FORMS = "'x=(0,1)', 'x=log(1e-4,1)', 'n=int(1,5)', 'n=intlog(4,64)', 'b=16|32|64' or 'o=sgd,adam'"


def parse_value(text: str) -> Value:
    """Read a word as a whole number, a number, a truth value, or itself."""
    text = text.strip()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def _split(text: str, option: str) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not equals or not name.strip() or not rest.strip():
        raise InputError(f"{option} {text!r} must be of the form name=value.")
    return house_name(name.strip()), rest.strip()


def parse_vary(text: str, option: str = "--vary") -> tuple[str, Parameter]:
    """Read one ``--vary`` word.

    Args:
        text: The word.
        option: The option that it was given by, for errors.

    Returns:
        The hyperparameter's name and what it may be.

    Raises:
        InputError: The word has none of the known forms, or its values do not fit.
    """
    name, rest = _split(text, option)
    try:
        return name, _range(rest) if "(" in rest else _choices(rest)
    except InputError as error:
        raise InputError(f"{option} {text!r}: {error}") from None


def _range(text: str) -> Parameter:
    match = _RANGE.fullmatch(text.replace(" ", ""))
    if not match:
        raise InputError(f"this is not a range; write one of {_FORMS}, with ':K' for K levels.")
    low, high = parse_value(match["low"]), parse_value(match["high"])
    levels: int | tuple[Value, ...] | None = None
    if match["levels"]:
        given = [parse_value(word) for word in match["levels"].split("|")]
        levels = given[0] if len(given) == 1 and isinstance(given[0], int) else tuple(given)
    cls = Integer if match["form"].startswith("int") else Float
    return cls(low, high, "log" if match["form"].endswith("log") else "linear", levels)  # type: ignore[arg-type]


def _choices(text: str) -> Parameter:
    words = text.split("|") if "|" in text else text.split(",")
    if not all(word.strip() for word in words) or any(mark in text for mark in "()[]{}="):
        raise InputError(
            f"this is neither a range nor a list of choices; write one of {_FORMS}, "
            "or give a --space file for other words."
        )
    choices = tuple(parse_value(word) for word in words)
    if "|" in text:
        return Ordinal(choices)
    return Categorical(choices) if len(choices) > 1 else Constant(choices[0])


def parse_fix(text: str) -> tuple[str, Constant]:
    """Read one ``--fix name=value`` word.

    Raises:
        InputError: The word is not of this form, or the value is not finite.
    """
    name, rest = _split(text, "--fix")
    try:
        return name, Constant(parse_value(rest))
    except InputError as error:
        raise InputError(f"--fix {text!r}: {error}") from None

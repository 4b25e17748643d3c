"""Which hyperparameters differ between configurations, and how to call each by these alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from tunescape.reports.words import brief_level, level

Configuration = Mapping[str, Any]


def plain(value: Any) -> Any:
    """A value that can be compared and hashed: NumPy's numbers as Python's, sequences as tuples."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(plain(v) for v in value)
    return value if isinstance(value, str | bool | Real) or value is None else str(value)


def written(value: Any) -> str:
    """A value in words: "0.005", "[16, 16]", "relu", "inactive"."""
    value = plain(value)
    if isinstance(value, tuple):
        return f"[{', '.join(written(v) for v in value)}]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return brief_level(value)


def _identity(value: Any) -> tuple[bool, Any]:
    """What makes two values the same: True is not 1."""
    value = plain(value)
    return isinstance(value, bool), value


def differing(configurations: Sequence[Configuration]) -> list[str]:
    """Names of the hyperparameters with more than one value; an inactive one counts as a value."""
    names = dict.fromkeys(name for c in configurations for name in c)
    return [name for name in names if len({_identity(c.get(name)) for c in configurations}) > 1]


def constants(configurations: Sequence[Configuration]) -> dict[str, Any]:
    """What all configurations share."""
    differ = set(differing(configurations))
    return {name: value for c in configurations[:1] for name, value in c.items() if name not in differ}


def constants_said(configurations: Sequence[Configuration]) -> str:
    """One sentence with what all configurations share, or nothing."""
    shared = constants(configurations)
    if not shared:
        return ""
    words = ", ".join(f"{name} {written(value)}" for name, value in shared.items())
    return f"All: {words}." if len(configurations) > 1 else f"{words}."


def levels(configurations: Sequence[Configuration], name: str) -> list[Any]:
    """The values of a hyperparameter, numbers in their order, words as they come, inactive last."""
    found = list({_identity(c.get(name)): plain(c.get(name)) for c in configurations}.values())
    active = [v for v in found if v is not None]
    if is_ordered(active):
        active.sort(key=_place)
    return active + [v for v in found if v is None]


def is_ordered(values: Sequence[Any]) -> bool:
    """Whether values are numbers, or lists of numbers such as widths of layers."""
    return all(_numeric(v) or (isinstance(v, tuple) and v and all(map(_numeric, v))) for v in values)


def _numeric(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _place(value: Any) -> tuple[int, tuple[float, ...]]:
    numbers = value if isinstance(value, tuple) else (value,)
    return len(numbers), tuple(float(v) for v in numbers)


def spelled(values: Sequence[Any]) -> list[str]:
    """Values in words, with as many digits as it takes to tell them apart."""
    n = len({_identity(v) for v in values})
    for write in (written, lambda v: level(plain(v))):
        words = [write(v) for v in values]
        if len(set(words)) == n:
            return words
    return [repr(plain(v)) for v in values]


def told_apart(configurations: Sequence[Configuration], names: Sequence[str]) -> list[str]:
    """Labels for configurations by the hyperparameters that differ: "relu, units 16".

    Words stand without the name of their hyperparameter, and inactive hyperparameters are not
    mentioned, where this leaves no doubt.
    """
    columns = {name: spelled([c.get(name) for c in configurations]) for name in names}
    short, full = [], []
    for i, c in enumerate(configurations):
        parts = [(name, columns[name][i], plain(c.get(name))) for name in names]
        full.append(", ".join(f"{name} {words}" for name, words, _ in parts))
        short.append(
            ", ".join(words if isinstance(v, str) else f"{name} {words}" for name, words, v in parts if v is not None)
        )
    return short if len(set(short)) == len(set(full)) and all(short) else full

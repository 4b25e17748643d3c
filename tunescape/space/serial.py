"""A search space as plain dictionaries: TOML files, JSON in stores, and a short digest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.space.condition import Condition
from tunescape.space.parameters import Categorical, Constant, Float, Integer, Ordinal, Parameter
from tunescape.space.search_space import SearchSpace, house_name

TYPES: dict[str, type] = {
    "float": Float, "integer": Integer, "ordinal": Ordinal,
    "categorical": Categorical, "constant": Constant,
}  # fmt: skip
_TYPE_NAMES = {cls: name for name, cls in TYPES.items()}


def to_dict(space: SearchSpace) -> dict[str, dict[str, Any]]:
    """Return one table per hyperparameter, in the form of the TOML file of COMMANDS."""
    tables: dict[str, dict[str, Any]] = {}
    for name, parameter in space.parameters.items():
        table: dict[str, Any] = {"type": _TYPE_NAMES[type(parameter)]}
        for field in dataclasses.fields(parameter):
            value = getattr(parameter, field.name)
            if value is not None:
                table[field.name] = list(value) if isinstance(value, tuple) else value
        tables[name] = table
    for condition in space.conditions:
        when = tables[condition.parameter].setdefault("when", {})
        when.update({other: list(values) for other, values in condition.when.items()})
    return tables


def from_dict(tables: Mapping[str, Any], *, british: bool = True) -> SearchSpace:
    """Build a search space from one table per hyperparameter.

    Args:
        tables: The tables by the hyperparameters' names, as `to_dict` makes them.
        british: Whether names are spelled as the project spells them; a store leaves them alone.

    Raises:
        InputError: A table has an unknown type or key, or a value that does not fit; the message
            names the hyperparameter.
    """
    parameters: dict[str, Parameter] = {}
    conditions: list[Condition] = []
    for given, table in tables.items():
        name = house_name(given) if british else given
        if name in parameters:
            raise InputError(f"Hyperparameter {name!r} is described twice, once as {given!r}. Drop one.")
        if not isinstance(table, Mapping):
            raise InputError(f"Hyperparameter {name!r} must be a table such as [{name}]. Got {table!r}.")
        try:
            parameters[name] = _parameter({key: v for key, v in table.items() if key != "when"})
            if "when" in table:
                conditions.append(_condition(name, table["when"], british))
        except InputError as error:
            raise InputError(f"Hyperparameter {name!r}: {error}") from None
    return SearchSpace(parameters, tuple(conditions))


def _condition(name: str, when: Any, british: bool) -> Condition:
    if british and isinstance(when, Mapping):
        when = {house_name(other): allowed for other, allowed in when.items()}
    return Condition(name, when)


def _parameter(table: dict[str, Any]) -> Parameter:
    kind = table.pop("type", None)
    if not isinstance(kind, str) or kind not in TYPES:
        hint = did_you_mean(str(kind), TYPES)
        raise InputError(f"`type` must be one of {', '.join(TYPES)}. Got type={kind!r}.{hint}")
    fields = {field.name: field for field in dataclasses.fields(TYPES[kind])}
    for key in table:
        if key not in fields:
            hint = did_you_mean(key, fields)
            raise InputError(f"A {kind} has no {key!r}; it takes {', '.join(fields)}.{hint}")
    for key, field in fields.items():
        if field.default is dataclasses.MISSING and key not in table:
            raise InputError(f"A {kind} needs `{key}`.")
    return TYPES[kind](**table)


def read_toml(path: str | Path) -> SearchSpace:
    """Read a search space from a TOML file.

    Raises:
        InputError: The file is absent, is not TOML, or does not describe a search space.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"There is no search space file {str(path)!r}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{str(path)!r} is not a readable TOML file: {error}.") from None
    if not tables:
        raise InputError(f"{str(path)!r} describes no hyperparameter; write a table such as [units].")
    try:
        return from_dict(tables)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def digest(description: Any) -> str:
    """Six hexadecimal digits that tell two descriptions (plain data) apart."""
    text = json.dumps(description, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=3).hexdigest()


def differences(old: SearchSpace, new: SearchSpace) -> list[str]:
    """Say in words where two search spaces differ; empty where they are the same."""
    a, b = to_dict(old), to_dict(new)
    said = []
    for name in dict.fromkeys([*a, *b]):
        if name not in b:
            said.append(f"{name} is missing now")
        elif name not in a:
            said.append(f"{name} is new")
        elif a[name] != b[name]:
            keys = [k for k in dict.fromkeys([*a[name], *b[name]]) if a[name].get(k) != b[name].get(k)]
            changes = [f"{key} {b[name].get(key)!r} instead of {a[name].get(key)!r}" for key in keys]
            said.append(f"{name} has {', '.join(changes)}")
    return said

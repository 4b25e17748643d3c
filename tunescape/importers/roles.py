"""Which column of a table is what: hyperparameters, metrics, things about a trial, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.importers import names
from tunescape.importers.cells import kind_of
from tunescape.importers.redundant import following, repeating
from tunescape.importers.sheet import Sheet

USES = {
    "seed": {"number"}, "replicate": {"number"}, "number": {"number"}, "status": {"text", "mixed"},
    "budget": {"number"}, "started": {"number", "time"}, "seconds": {"number"},
    "note": {"text", "mixed", "number", "truth"}, "reason": {"text"}, "trajectory": {"number"},
}  # fmt: skip
"""What of a trial a column may tell, and the kinds of cells that it must have for it."""

WHOLE = ("seed", "replicate", "number", "trajectory")
_ASIDE = {
    "timestamp": "a time", "started": "a time", "seconds": "a duration", "identifier": "an identifier",
    "number": "an identifier", "seed": "another seed", "replicate": "another repetition",
    "status": "another status", "note": "a remark", "reason": "a remark", "budget": "another budget",
}  # fmt: skip


@dataclass
class Roles:
    """What each column of a table is.

    Args:
        parameters: Names of the hyperparameters by column, in order.
        metrics: Names of the metrics by column, in order; the objective among them.
        objective: Column of the objective.
        about: Column by what it tells of a trial (see `USES`).
        flags: Status that is meant where a column of truth values is true.
        aside: Reason by column that has no role.
        are_named: Whether the user named the hyperparameters.
    """

    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    objective: str = ""
    about: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)
    are_named: bool = False


def own_roles(sheet: Sheet, objective: str | None, parameters: Sequence[str] | None) -> Roles:
    """Roles in a table that tunescape exported: hyperparameters, the objective, other metrics."""
    columns = [name for name in sheet.columns if name not in sheet.about.values()]
    named = [("objective", n) for n in ([objective] if objective else [])]
    for argument, name in named + [("parameters", n) for n in parameters or ()]:
        if name not in columns:
            raise _unknown(argument, name, columns)
    for meaning, column in sheet.about.items():
        if not _fits(meaning, sheet.columns[column], own=True):
            raise InputError(f"{sheet.origin}: the column {column!r} does not hold what tunescape writes there.")
    first = sheet.header.get("objective") or _first_metric(sheet, columns)
    ends = [columns.index(n) for n in (first, objective) if n in columns]
    if not ends:
        raise _no_objective(sheet)
    found = columns[: min(ends)] if parameters is None else list(parameters)
    return Roles(
        parameters={n: n for n in found},
        metrics={n: n for n in columns[min(ends) :] if n not in found},
        objective=objective or columns[min(ends)],
        about=sheet.about,
        aside={n: "not among the hyperparameters named" for n in columns[: min(ends)] if n not in found},
        are_named=parameters is not None,
    )


def _first_metric(sheet: Sheet, columns: Sequence[str]) -> str | None:
    """The first column after a hyperparameter that is a metric by its name and its numbers.

    Of names that tell little (``y``, ``value``) it is the last: the others are hyperparameters then.
    """
    numeric = [n for n in columns[1:] if kind_of(sheet.columns[n]) in ("number", "empty")]
    found = [n for n in numeric if names.is_metric(n)]
    return next((n for n in found if not names.tells_little(n)), found[-1] if found else None)


def roles_of(sheet: Sheet, objective: str | None, parameters: Sequence[str] | None) -> Roles:
    """Roles in anybody's table, by names and values.

    Args:
        sheet: The table.
        objective: Its objective, where the user says so.
        parameters: Its hyperparameters, where the user says so; no other column is one then.

    Raises:
        InputError: A column that the user names is not there, or there is no objective or no
            hyperparameter.
    """
    reader = _Reader(sheet)
    roles = reader.roles
    roles.are_named = parameters is not None
    chosen = [_find("parameters", name, sheet, roles) for name in parameters or ()]
    roles.objective = "" if objective is None else _find("objective", objective, sheet, roles)
    if roles.objective in chosen:
        raise InputError(f"{objective!r} cannot be both the objective and a hyperparameter.")
    for name in sheet.columns:
        if name == roles.objective:
            reader.metric(name)
        elif name in chosen:
            roles.parameters[name] = reader.label(name)
        elif not reader.by_name(name):
            reader.by_values(name)
    if not roles.objective:
        roles.objective = _preferred(sheet, roles)
    if not roles.are_named:
        _drop(roles, following(sheet, list(roles.parameters), list(roles.metrics)))
        _drop(roles, repeating(sheet, list(roles.parameters)))
        _drop(roles, _counting(sheet, list(roles.parameters)))
    if not roles.parameters:
        raise InputError(
            f"{sheet.origin} has no column that varies and could be a hyperparameter. "
            "Name them with `parameters` (--parameters)."
        )
    return roles


class _Reader:
    """Sorts the columns of one table, one at a time."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.roles = Roles()
        self.marked = names.marked(list(sheet.columns))

    def label(self, name: str) -> str:
        """A hyperparameter's name without a tool's mark, where no other column has that name."""
        short = self.marked.get(name, name)
        taken = short in self.sheet.columns or short in self.roles.parameters.values()
        return name if taken else short

    def metric(self, name: str) -> None:
        """Take a column as a metric, under its declared name where no other column has it."""
        declared = names.declared_metric(name)
        label = declared[0] if declared and declared[0] not in self.sheet.columns else name
        self.roles.metrics[name] = name if label in self.roles.metrics.values() else label

    def by_name(self, name: str) -> bool:
        """Give a column the role that its name tells, where its values fit."""
        roles, kind = self.roles, kind_of(self.sheet.columns[name])
        if kind == "empty":
            roles.aside[name] = "no values"
        elif name in self.marked or name == self.sheet.sources:
            return False
        elif kind == "number" and names.is_metric(name):
            self.metric(name)
        elif kind == "truth" and names.flag(name):
            roles.flags[name] = str(names.flag(name))
        else:
            return self._about(name, kind)
        return True

    def _about(self, name: str, kind: str) -> bool:
        """Take a column for what it tells of a trial, or set aside one that tells such a thing twice."""
        meaning = names.about(name)
        if meaning is None or (meaning == "status" and kind == "number"):
            return False
        if meaning not in self.roles.about and _fits(meaning, self.sheet.columns[name]):
            self.roles.about[meaning] = name
        else:
            self.roles.aside[name] = _ASIDE[meaning]
        return True

    def by_values(self, name: str) -> None:
        """Take a column as a hyperparameter unless its values speak against it."""
        reason = _unfit(self.sheet.columns[name])
        if self.roles.are_named:
            reason = "not among the hyperparameters named"
        if reason is None and self.marked and name not in self.marked and name != self.sheet.sources:
            mark = next(iter(self.marked)).removesuffix(self.marked[next(iter(self.marked))])
            reason = f"not marked as a hyperparameter ({mark})"
        if reason is None:
            self.roles.parameters[name] = self.label(name)
        else:
            self.roles.aside[name] = reason


def _fits(meaning: str, values: Sequence[Any], own: bool = False) -> bool:
    """Whether values are what a trial needs of them; in an export of our own empty ones are."""
    kind = kind_of(values)
    there = [v for v in values if v is not None]
    if own and kind == "empty":
        return True
    if kind not in USES.get(meaning, ()):
        return False
    if meaning in WHOLE and not all(-(2**63) <= v < 2**63 and v == int(v) for v in there):
        return False
    if meaning == "number" and not own:
        return len(set(there)) == len(values) and min(there) >= 0
    return own or meaning != "started" or kind == "time" or min(there) > 1e8


def _unfit(values: Sequence[Any]) -> str | None:
    """Why the values of a column cannot be those of a hyperparameter, or None."""
    kind, there = kind_of(values), [v for v in values if v is not None]
    if kind == "time":
        return "a time"
    if kind == "other":
        return "not single values"
    distinct = set(map(str, there)) if kind == "mixed" else set(there)
    if len(distinct) == 1:
        return "one value only"
    if kind == "number":
        return None if all(abs(v) < float("inf") for v in there) else "numbers that are not finite"
    if len(distinct) == len(there) and len(there) >= 10:
        return "another word in every row"
    if len(distinct) > 50 or (len(there) >= 10 and len(distinct) > len(there) / 2):
        return "too many different words"
    return None


def _counting(sheet: Sheet, parameters: Sequence[str]) -> dict[str, str]:
    """Whole numbers that count the rows, where there are other hyperparameters."""
    found = {}
    for name in parameters:
        values = sheet.columns[name]
        counts = any(values == list(range(start, start + len(values))) for start in (0, 1))
        if counts and len(parameters) > 1 and len(values) > 2:
            found[name] = "a counter of the rows"
    return found


def _drop(roles: Roles, reasons: Mapping[str, str]) -> None:
    """Set hyperparameters aside."""
    for name, reason in reasons.items():
        del roles.parameters[name]
        roles.aside[name] = reason


def _preferred(sheet: Sheet, roles: Roles) -> str:
    """The metric that is most likely the objective; of those that (almost) all rows have, if any."""
    candidates = [n for n in roles.metrics if names.can_be_objective(n)]
    if not candidates:
        raise _no_objective(sheet)
    empty = {n: sum(v is None for v in sheet.columns[n]) for n in candidates}
    most = min(empty.values()) + 0.1 * len(sheet)
    return min((n for n in candidates if empty[n] <= most), key=names.preference)


def _find(argument: str, name: str, sheet: Sheet, roles: Roles) -> str:
    """The column that the user means: by its name, or by its name without marks."""
    short: list[Callable[[str], str]] = [
        str,
        lambda n: names.marked(list(sheet.columns)).get(n, n),
        lambda n: (names.declared_metric(n) or (n, None))[0],
    ]
    for shorten in short:
        for column in sheet.columns:
            if shorten(column) == name:
                return column
    raise _unknown(argument, name, list(sheet.columns))


def _unknown(argument: str, name: str, columns: Sequence[str]) -> InputError:
    listed = ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
    hint = did_you_mean(name, columns)
    return InputError(f"`{argument}` names {name!r}, which is no column ({listed}).{hint}")


def _no_objective(sheet: Sheet) -> InputError:
    numeric = [n for n, values in sheet.columns.items() if kind_of(values) == "number"]
    listed = f" The columns of numbers are {', '.join(numeric[:20])}." if numeric else ""
    return InputError(
        f"{sheet.origin} has no column that is a metric by its name. "
        f"Name it with `objective` (--objective).{listed}"
    )

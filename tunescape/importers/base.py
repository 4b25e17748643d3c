"""From a table whose columns have roles to a study: rows become trials, nothing goes unsaid."""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from tunescape.errors import InputError
from tunescape.importers import names
from tunescape.importers.cells import is_number, kind_of
from tunescape.importers.roles import Roles
from tunescape.importers.scales import cast, parameter_of
from tunescape.importers.sheet import Sheet, and_more
from tunescape.space import Parameter, SearchSpace, from_dict, house_name
from tunescape.study import Direction, Objective, Status, Study, Trial

_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def study_of(sheet: Sheet, roles: Roles, direction: Direction | None, name: str | None) -> Study:
    """Build a study.

    Its settings say what was set aside: ``left_out`` counts rows (``{"reason", "count"}``),
    ``set_aside`` lists columns (``{"column", "reason"}``), ``notes`` says both in sentences.

    Args:
        sheet: The table.
        roles: What its columns are; columns that do not make a hyperparameter are set aside here.
        direction: Which way the objective is better; None where its name is to say it.
        name: The study's name; the table's where None.

    Raises:
        InputError: The objective's direction is not known, it holds no number, or no
            hyperparameter is left.
    """
    objective = _objective(sheet, roles, direction)
    parameters, configurations = _configurations(sheet, roles)
    if not parameters:
        raise InputError(f"{sheet.origin} has no column that could be a hyperparameter.")
    unknown: Counter[str] = Counter()
    trials = _trials(sheet, roles, objective, configurations, unknown)
    settings: dict[str, Any] = {
        "left_out": [dict(entry) for entry in sheet.left_out],
        "set_aside": [{"column": c, "reason": r} for c, r in roles.aside.items()],
        "notes": _notes(sheet, roles, objective, configurations, unknown),
    }
    if len({t.trajectory for t in trials}) < len(trials) and "steps" in parameters and sheet.about:
        settings["shared_budget"] = "steps"
    space = SearchSpace(parameters)
    if "space" in sheet.header:
        space = from_dict(sheet.header["space"], british=False)
        settings = {**sheet.header["settings"], **{k: v for k, v in settings.items() if v}}
    return Study(
        name=name or sheet.header.get("name") or sheet.name,
        space=space,
        objective=objective,
        trials=tuple(sorted(trials, key=lambda t: t.number)),
        seed=sheet.header.get("seed", 0),
        task=sheet.header.get("task") or and_more(sheet.files),
        settings=settings,
        attributes=sheet.header.get("attributes", {}),
    )


def _objective(sheet: Sheet, roles: Roles, direction: Direction | None) -> Objective:
    label = roles.metrics[roles.objective]
    values = sheet.columns[roles.objective]
    if kind_of(values) not in ("number", "truth") and not (sheet.about and kind_of(values) == "empty"):
        raise InputError(f"The objective must be a column of numbers. {label!r} holds {_seen(values)}.")
    if direction is None and sheet.header.get("objective") == roles.objective:
        direction = sheet.header["direction"]
    direction = direction or names.direction_of(roles.objective)
    if direction is None:
        raise InputError(
            f"The name of the objective {label!r} does not say whether small or large values are good. "
            "Say `direction` 'minimize' or 'maximize' (--direction)."
        )
    return Objective(label, direction)


def _seen(values: Sequence[Any]) -> str:
    there = [v for v in values if v is not None]
    return f"{there[0]!r}" if there else "no values"


def _configurations(sheet: Sheet, roles: Roles) -> tuple[dict[str, Parameter], list[dict[str, Any]]]:
    """The hyperparameters, and what each row says of them; an empty cell is an inactive one."""
    parameters: dict[str, Parameter] = {}
    rows: list[dict[str, Any]] = [{} for _ in range(len(sheet))]
    for column, label in list(roles.parameters.items()):
        values = _as_choices(sheet.columns[column])
        there = [v for v in values if v is not None]
        has_floats = any(isinstance(v, float) for v in there) and len(there) == len(values)
        try:
            parameter = parameter_of(there, whole_is_integer=not (sheet.about and has_floats))
        except InputError as error:
            reason = str(error) if there else "no values"
            if roles.are_named:
                raise InputError(f"{column!r} cannot be a hyperparameter ({reason}).") from None
            roles.aside[column] = reason
            del roles.parameters[column]
            continue
        name = label if sheet.about or house_name(label) in roles.parameters.values() else house_name(label)
        parameters[name] = parameter
        for row, value in zip(rows, values):
            if value is not None:
                row[name] = cast(parameter, value)
    return parameters, rows


def _as_choices(values: Sequence[Any]) -> Sequence[Any]:
    """The values, as words where truth values, numbers and words that look alike are mixed."""
    if kind_of(values) != "mixed":
        return values
    distinct = {(type(v), v) for v in values if v is not None}
    alike = min(len({str(v) for _, v in distinct}), len({v for _, v in distinct})) < len(distinct)
    endless = any(isinstance(v, float) and not math.isfinite(v) for _, v in distinct)
    return [None if v is None else str(v) for v in values] if alike or endless else values


def _trials(
    sheet: Sheet,
    roles: Roles,
    objective: Objective,
    configurations: Sequence[dict[str, Any]],
    unknown: Counter[str],
) -> list[Trial]:
    """One trial a row; words of status that are not known are counted in `unknown`."""

    def column(meaning: str) -> Sequence[Any]:
        name = roles.about.get(meaning)
        return [None] * len(sheet) if name is None else sheet.columns[name]

    values = [int(v) if isinstance(v, bool) else v for v in sheet.columns[roles.objective]]
    statuses = _statuses(sheet, roles, values, unknown)
    replicates = _whole(column("replicate")) if "replicate" in roles.about else _repetitions(
        configurations, column("budget")
    )  # fmt: skip
    numbers, trajectories = _numbers(sheet, column("number"), column("trajectory"))
    scale = _seconds_per_unit(roles.about.get("seconds", ""))
    metrics = {label: sheet.columns[c] for c, label in roles.metrics.items() if c != roles.objective}
    return [
        Trial(
            number=number,
            configuration=configuration,
            replicate=replicate,
            seed=seed,
            trajectory=trajectory,
            status=status,
            value=_finite_or_infinite(value),
            budget=_finite_or_infinite(budget),
            metrics={n: float(v[i]) for n, v in metrics.items() if is_number(v[i])},
            started=_moment(started),
            seconds=None if not is_number(seconds) else seconds * scale,
            reason=_reason(reason, status, value, objective.name, sheet),
            note="" if note is None else str(note),
        )
        for i, (number, configuration, replicate, seed, trajectory, status, value, budget, started, seconds,
                reason, note) in enumerate(zip(
            numbers, configurations, replicates, _whole(column("seed")), trajectories, statuses, values,
            column("budget"), column("started"), column("seconds"), column("reason"), column("note"),
        ))
    ]  # fmt: skip


def _numbers(
    sheet: Sheet, numbers: Sequence[Any], trajectories: Sequence[Any]
) -> tuple[Sequence[int], Sequence[int]]:
    """Numbers and trajectories of the trials: as they are, or by row where numbers are not unique."""
    if len(set(numbers) - {None}) == len(sheet) and min(numbers) >= 0:
        return _whole(numbers), _whole(trajectories, -1)
    files = sheet.columns.get(sheet.sources or "", [None] * len(sheet))
    first: dict[Hashable, int] = {}
    runs = [
        -1 if run is None or run < 0 else first.setdefault((file, run), i)
        for i, (file, run) in enumerate(zip(files, trajectories))
    ]
    return range(len(sheet)), runs


def _statuses(sheet: Sheet, roles: Roles, values: Sequence[Any], unknown: Counter[str]) -> list[Status]:
    """How each row ended: what a status column says, then flags, then the objective itself."""
    said = sheet.columns.get(roles.about.get("status", ""), [None] * len(sheet))
    found = []
    for i, (word, value) in enumerate(zip(said, values)):
        known = None if word is None else names.status_word(word)
        if word is not None and known is None:
            unknown[str(word)] += 1
        flagged = next((s for c, s in roles.flags.items() if sheet.columns[c][i] is True), None)
        status = Status[(flagged or known or "completed").upper()]
        if status is Status.COMPLETED and not sheet.about:
            if value is None:
                status = Status.FAILED
            elif not abs(value) < math.inf:
                status = Status.DIVERGED
        found.append(status)
    return found


def _reason(said: Any, status: Status, value: Any, objective: str, sheet: Sheet) -> str:
    """Why a row ended as it did: the table's words, else what was seen of its objective."""
    if sheet.about or (said is not None and status is not Status.COMPLETED):
        return "" if said is None else str(said)
    if value is None and status is Status.FAILED:
        return f"The table has no value of {objective}."
    if value is not None and status is Status.DIVERGED and not abs(value) < math.inf:
        return f"{objective} is {value}."
    return ""


def _whole(values: Sequence[Any], default: int = 0) -> list[int]:
    return [default if v is None else int(v) for v in values]


def _finite_or_infinite(value: Any) -> float | None:
    """A number that is one, else None."""
    return float(value) if is_number(value) and value == value else None


def _repetitions(configurations: Sequence[dict[str, Any]], budgets: Sequence[Any]) -> list[int]:
    """For each row the count of earlier rows with the same configuration and budget."""
    seen: defaultdict[Hashable, int] = defaultdict(int)
    counted = []
    for configuration, budget in zip(configurations, budgets):
        key = (budget, *configuration.items())
        counted.append(seen[key])
        seen[key] += 1
    return counted


def _moment(value: Any) -> float | None:
    """A start in seconds since 1970; milliseconds are recognised by their size."""
    if isinstance(value, datetime.datetime):
        zone = value.tzinfo or datetime.UTC
        return (value.replace(tzinfo=zone) - _1970).total_seconds()
    if not is_number(value) or not abs(value) < math.inf:
        return None
    return value / 1000 if value > 1e11 else float(value)


def _seconds_per_unit(name: str) -> float:
    unit = {"ms": 1e-3, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0}
    return next((unit[w] for w in names.words(name) if w in unit), 1.0)


def _notes(
    sheet: Sheet,
    roles: Roles,
    objective: Objective,
    configurations: Sequence[dict[str, Any]],
    unknown: Counter[str],
) -> list[str]:
    """What the reader should know of how the table was read."""
    said = []
    others = [n for c, n in roles.metrics.items() if c != roles.objective and names.can_be_objective(c)]
    if others and not sheet.about:
        read = f"{objective.name} ({objective.direction})"
        said.append(f"The objective is read to be {read}; also measured: {_list(others)}.")
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for column, reason in roles.aside.items():
        by_reason[reason].append(column)
    for reason, columns in by_reason.items():
        said.append(f"Set aside: {_list(columns)} ({reason}).")
    for entry in sheet.left_out:
        said.append(f"Left out: {entry['count']} rows ({entry['reason']}).")
    for word, count in unknown.items():
        said.append(f"The status {word!r} of {count} rows is not known; their values tell how they ended.")
    if not sheet.about:
        said += _inactive(configurations)
        budgets = [b for b in sheet.columns.get(roles.about.get("budget", ""), ()) if is_number(b)]
        if len(set(budgets)) > 1:
            said.append(f"Budgets differ (from {min(budgets):g} to {max(budgets):g}): not all rows compare.")
    return said


def _inactive(configurations: Sequence[dict[str, Any]]) -> list[str]:
    """Which hyperparameters are empty somewhere, those together that are so equally often."""
    filled = Counter(name for row in configurations for name in row)
    total, by_count = len(configurations), defaultdict(list)
    for name, count in filled.items():
        by_count[total - count].append(name)
    return [
        f"Empty in {count} of {total} rows and taken as inactive there: {_list(found)}."
        for count, found in by_count.items() if count
    ]  # fmt: skip


def _list(words: Sequence[str]) -> str:
    shown = list(words[:12]) + ([f"{len(words) - 12} more"] if len(words) > 12 else [])
    return ", ".join(shown)

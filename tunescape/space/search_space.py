"""A search space: named hyperparameters and the conditions under which they take part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tunescape.errors import InputError, did_you_mean
from tunescape.space.condition import Condition
from tunescape.space.parameters import (
    Categorical,
    Constant,
    Float,
    Integer,
    Ordinal,
    Parameter,
    Value,
)

Configuration = Mapping[str, Any]
"""One point of a search space: the value of every active hyperparameter by name."""

_BRITISH = {"optimizer": "optimiser", "initializer": "initialiser"}


def house_name(name: str) -> str:
    """Return the name that the project uses for a hyperparameter (``optimizer`` -> ``optimiser``)."""
    return _BRITISH.get(name, name)


@dataclass(frozen=True)
class SearchSpace:
    """What may vary.

    Args:
        parameters: Hyperparameters by name, in the order in which designs run through them.
        conditions: Conditions under which some of them are active.

    Raises:
        InputError: A name, value or condition does not fit, or conditions form a circle.
    """

    parameters: Mapping[str, Parameter]
    conditions: Sequence[Condition] = field(default=())

    def __post_init__(self) -> None:
        if not isinstance(self.parameters, Mapping):
            raise InputError(f"`parameters` must map names to hyperparameters. Got {self.parameters!r}.")
        for name, parameter in self.parameters.items():
            if not isinstance(name, str) or not name or name != name.strip():
                raise InputError(f"A hyperparameter's name must be a word. Got {name!r}.")
            if not isinstance(parameter, Float | Integer | Ordinal | Categorical | Constant):
                raise InputError(
                    f"Hyperparameter {name!r} must be a Float, Integer, Ordinal, Categorical or "
                    f"Constant. Got {parameter!r}."
                )
        object.__setattr__(self, "parameters", dict(self.parameters))
        for condition in self.conditions:
            self._check_condition(condition)
        object.__setattr__(self, "conditions", _merged(self.parameters, self.conditions))
        _ = self.order  # raises where conditions form a circle

    def _check_condition(self, condition: Condition) -> None:
        if not isinstance(condition, Condition):
            raise InputError(f"`conditions` must be a list of Condition. Got {condition!r}.")
        for name in (condition.parameter, *condition.when):
            if name not in self.parameters:
                raise InputError(
                    f"A condition names {name!r}, which is not a hyperparameter of the space "
                    f"({', '.join(self.parameters)}).{did_you_mean(name, self.parameters)}"
                )
        for other, allowed in condition.when.items():
            for value in allowed:
                if not _can_be(self.parameters[other], value):
                    raise InputError(
                        f"The condition on {condition.parameter!r} asks for {other}={value!r}, "
                        f"but {other} is {_said(self.parameters[other])}."
                    )

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names sorted so that every hyperparameter stands after those its conditions name."""
        waiting: dict[str, set[str]] = {name: set() for name in self.parameters}
        for condition in self.conditions:
            waiting[condition.parameter] |= set(condition.when)
        ordered: list[str] = []
        while waiting:
            free = [name for name, needs in waiting.items() if not needs - set(ordered)]
            if not free:
                raise InputError(
                    f"The conditions on {', '.join(sorted(waiting))} form a circle; "
                    "at least one of them must not depend on the others."
                )
            ordered.extend(free)
            for name in free:
                del waiting[name]
        return tuple(ordered)

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Names of the hyperparameters that can take more than one value, in the space's order."""
        return tuple(n for n, p in self.parameters.items() if not isinstance(p, Constant))

    def is_active(self, name: str, configuration: Configuration) -> bool:
        """Whether a hyperparameter takes part, given the values of those its conditions name."""
        return all(
            other in configuration and configuration[other] in allowed
            for other, allowed in self._needs.get(name, {}).items()
        )

    @cached_property
    def _needs(self) -> dict[str, Mapping[str, tuple[Value, ...]]]:
        return {condition.parameter: condition.when for condition in self.conditions}

    def replace(self, **parameters: Parameter) -> SearchSpace:
        """Return the space with some hyperparameters replaced or added.

        Conditions are kept as far as they can still hold. A hyperparameter that can never be active
        any more leaves the space: fixing the optimiser to adam takes the momentum of sgd with it.

        Raises:
            InputError: A hyperparameter that is given here can never be active.
        """
        changed = {**self.parameters, **parameters}
        conditions = []
        for name in self.order:
            when = {
                other: tuple(v for v in allowed if other in changed and _can_be(changed[other], v))
                for other, allowed in self._needs.get(name, {}).items()
            }
            if all(when.values()):
                conditions += [Condition(name, when)] if when else []
                continue
            if name in parameters:
                lost = next(other for other, allowed in when.items() if not allowed)
                raise InputError(
                    f"Hyperparameter {name!r} takes part only when {lost} is one of "
                    f"{list(self._needs[name][lost])!r}, which is not to be tried. Leave {name} out."
                )
            del changed[name]
        return SearchSpace(changed, tuple(conditions))

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(repr(parameter))}</td></tr>"
            for name, parameter in self.parameters.items()
        )
        return f"<table><tr><th>hyperparameter</th><th>may be</th></tr>{rows}</table>"


def _can_be(parameter: Parameter, value: Value) -> bool:
    """Whether a hyperparameter can take a value."""
    if isinstance(parameter, Ordinal | Categorical):
        return value in parameter.choices
    if isinstance(parameter, Constant):
        return value == parameter.value
    if isinstance(value, str | bool) or not parameter.low <= value <= parameter.high:
        return False
    return isinstance(parameter, Float) or value == int(value)


def _said(parameter: Parameter) -> str:
    """What a hyperparameter may be, as the end of a sentence."""
    if isinstance(parameter, Ordinal | Categorical):
        return f"one of {list(parameter.choices)!r}"
    if isinstance(parameter, Constant):
        return f"fixed to {parameter.value!r}"
    kind = "a whole number" if isinstance(parameter, Integer) else "a number"
    return f"{kind} between {parameter.low!r} and {parameter.high!r}"


def _merged(names: Iterable[str], conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """One condition a hyperparameter, in the order of the names; several on one must all hold."""
    needs: dict[str, dict[str, tuple[Value, ...]]] = {}
    for condition in conditions:
        when = needs.setdefault(condition.parameter, {})
        for other, allowed in condition.when.items():
            when[other] = tuple(value for value in when.get(other, allowed) if value in allowed)
            if not when[other]:
                raise InputError(
                    f"The conditions on {condition.parameter!r} can never hold together: "
                    f"no value of {other!r} satisfies all of them."
                )
    return tuple(Condition(name, needs[name]) for name in names if name in needs)

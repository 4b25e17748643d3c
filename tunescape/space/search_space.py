"""A search space: named hyperparameters and the conditions under which they take part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        object.__setattr__(self, "conditions", tuple(self.conditions))
        self._check_conditions()

    def _check_conditions(self) -> None:
        for condition in self.conditions:
            for name in (condition.parameter, *condition.when):
                if name not in self.parameters:
                    raise InputError(
                        f"A condition names {name!r}, which is not a hyperparameter of the space "
                        f"({', '.join(self.parameters)}).{did_you_mean(name, self.parameters)}"
                    )
            for other, allowed in condition.when.items():
                parent = self.parameters[other]
                known = (
                    parent.choices if isinstance(parent, Ordinal | Categorical)
                    else (parent.value,) if isinstance(parent, Constant) else None
                )
                for value in allowed:
                    if known is not None and value not in known:
                        raise InputError(
                            f"The condition on {condition.parameter!r} asks for {other}={value!r}, "
                            f"but {other} is one of {list(known)!r}."
                        )
        _ = self.order  # raises where conditions form a circle

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Names sorted so that every hyperparameter stands after those its conditions name."""
        waiting = {name: set() for name in self.parameters}
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
            for condition in self.conditions
            if condition.parameter == name
            for other, allowed in condition.when.items()
        )

    def replace(self, **parameters: Parameter) -> SearchSpace:
        """Return the space with some hyperparameters replaced or added (conditions are kept)."""
        return SearchSpace({**self.parameters, **parameters}, self.conditions)

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(repr(parameter))}</td></tr>"
            for name, parameter in self.parameters.items()
        )
        return f"<table><tr><th>hyperparameter</th><th>may be</th></tr>{rows}</table>"

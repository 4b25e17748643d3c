"""When a hyperparameter takes part: "momentum only when optimiser is sgd"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunescape.errors import InputError
from tunescape.space.parameters import Categorical, Value


@dataclass(frozen=True)
class Condition:
    """A hyperparameter is active only when all named others have one of the given values.

    Args:
        parameter: Name of the conditional hyperparameter.
        when: For each other hyperparameter the value, or list of values, that activates it.

    Raises:
        InputError: `when` is empty, names the parameter itself, or lists no value for another.

    Example:
        ``Condition("momentum", when={"optimiser": "sgd"})``
    """

    parameter: str
    when: Mapping[str, tuple[Value, ...]]

    def __post_init__(self) -> None:
        if not isinstance(self.when, Mapping) or not self.when:
            raise InputError(
                f"`when` of the condition on {self.parameter!r} must name a hyperparameter and its "
                f"values, as in when={{'optimiser': 'sgd'}}. Got when={self.when!r}."
            )
        if self.parameter in self.when:
            raise InputError(f"The condition on {self.parameter!r} must not name itself.")
        values = {other: self._allowed(other, allowed) for other, allowed in self.when.items()}
        object.__setattr__(self, "when", values)

    def _allowed(self, other: str, allowed: Any) -> tuple[Value, ...]:
        """The values of another hyperparameter that activate this one, a single value as a list."""
        if isinstance(allowed, str) or not hasattr(allowed, "__iter__"):
            allowed = (allowed,)
        try:
            return Categorical(allowed).choices
        except InputError as error:
            raise InputError(
                f"The condition on {self.parameter!r} must list values of {other!r}: {error}"
            ) from None

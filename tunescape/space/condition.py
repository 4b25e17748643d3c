"""When a hyperparameter takes part: "momentum only when optimiser is sgd"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tunescape.errors import InputError
from tunescape.space.parameters import Value


@dataclass(frozen=True)
class Condition:
    """A hyperparameter is active only when all named others have one of the given values.

    Args:
        parameter: Name of the conditional hyperparameter.
        when: For each other hyperparameter the value, or list of values, that activates it.

    Raises:
        InputError: `when` is empty or names the parameter itself.

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
        values = {
            other: (allowed,) if isinstance(allowed, str | bool | int | float) else tuple(allowed)
            for other, allowed in self.when.items()
        }
        object.__setattr__(self, "when", values)

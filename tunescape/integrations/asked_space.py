"""The search space and the fixed settings that a user asked for, completed and checked against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunescape.errors import InputError
from tunescape.evaluators import check_settings
from tunescape.integrations.rows import Kind
from tunescape.space import Constant, SearchSpace
from tunescape.tasks import default_network, default_space


def asked_space(
    space: SearchSpace | Mapping[str, Any] | None,
    settings: Mapping[str, Any] | None,
    n_train: int,
    n_inputs: int,
    kind: Kind,
) -> tuple[SearchSpace, dict[str, Any]]:
    """Return what may vary, and the settings of networks that does not.

    Args:
        space: What the user asked for; None for the default space, less what `settings` fix.
        settings: What the user fixed; the task's own settings stand behind it.
        n_train: Rows of the training part.
        n_inputs: Columns of the inputs.
        kind: What the targets are.

    Raises:
        InputError: A setting is unknown or not allowed, or is both fixed and varied.
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise InputError(f"`settings` must map names of settings to values. Got settings={settings!r}.")
    fixed = dict(settings or {})
    check_settings({name: value for name, value in fixed.items() if name != "hidden"})
    if space is None:
        space = _without(default_space(n_train, n_inputs, kind), fixed)
    elif not isinstance(space, SearchSpace):
        space = SearchSpace(space)
    both = [name for name in fixed if name in space.parameters]
    if both:
        raise InputError(
            f"{both[0]!r} is varied by `space` and fixed by `settings`; say it once. Got {both[0]}={fixed[both[0]]!r}."
        )
    said = {*fixed, *space.parameters}
    if "backend" in said:
        raise InputError(
            "The estimators train on the population engine, so `backend` cannot be chosen. Leave it out; "
            "like='sklearn', 'keras', 'tensorflow' or 'torch' takes on a framework's behaviour."
        )
    own = {} if "like" in said else default_network(n_train)
    if "steps" in said:
        own.pop("epochs", None)
    return space, {**own, **fixed}


def _without(space: SearchSpace, fixed: Mapping[str, Any]) -> SearchSpace:
    """The space without what is fixed, and without what can then never be active (momentum, for adam)."""
    gone = {name for name in fixed if name in space.parameters}
    if isinstance(fixed.get("units"), list | tuple) or "hidden" in fixed:
        gone |= {"units", "layers"}
    plain = {name: Constant(fixed[name]) for name in gone if isinstance(fixed.get(name), str | int | float)}
    left = space.replace(**plain)
    kept = {name: parameter for name, parameter in left.parameters.items() if name not in gone}
    conditions = [c for c in left.conditions if c.parameter in kept and not set(c.when) & gone]
    return SearchSpace(kept, conditions)

"""Samplers by the name that ``--sampler`` takes."""

from __future__ import annotations

from tunescape.errors import InputError, did_you_mean
from tunescape.samplers.base import Sampler
from tunescape.samplers.factorial import Factorial
from tunescape.samplers.random import Random

SAMPLERS: dict[str, type[Sampler]] = {"factorial": Factorial, "random": Random}
"""Samplers by name."""


def named(name: str, levels: int | None = None) -> Sampler:
    """Return the sampler with a name.

    Args:
        name: One of `SAMPLERS`.
        levels: Levels of a factorial design.

    Raises:
        InputError: There is no such sampler.
    """
    if name not in SAMPLERS:
        raise InputError(
            f"`sampler` must be one of {', '.join(SAMPLERS)}. Got sampler={name!r}.{did_you_mean(name, SAMPLERS)}"
        )
    return Factorial(levels) if name == "factorial" else SAMPLERS[name]()

"""How the learning rate changes from step to step: warm-up, then one of the usual decays."""

from __future__ import annotations

import math

import numpy as np

from tunescape.engine.jit import entrance, kernel

SCHEDULES = {"constant": 0, "exponential": 1, "step": 2, "polynomial": 3, "cosine": 4, "inverse_time": 5}
"""Code of each schedule."""


@kernel
def rate_factor(
    code: int | np.int64,
    t: float,
    decay_rate: float,
    decay_steps: float,
    end_rate: float,
    power: float,
    warmup_steps: float,
) -> float:
    """Factor on the learning rate after t steps (0 at the first), as Keras defines its schedules.

    With s = t - warmup_steps and u = min(s, decay_steps) / decay_steps: exponential decay_rate^(s /
    decay_steps); step decay_rate^floor(s / decay_steps); polynomial (1 - end_rate) (1 - u)^power +
    end_rate; cosine (1 - end_rate) (1 + cos(pi u)) / 2 + end_rate; inverse time 1 / (1 + decay_rate s /
    decay_steps). Before that, warm-up: t / warmup_steps.

    Args:
        code: Which schedule.
        t: Steps done so far.
        decay_rate: Factor, or for inverse time the slope.
        decay_steps: Steps over which it decays.
        end_rate: Where polynomial and cosine end, as a share of the learning rate.
        power: Exponent of the polynomial.
        warmup_steps: Steps of linear warm-up.

    Returns:
        The factor, float64.
    """
    if t < warmup_steps:
        return t / warmup_steps
    s = (t - warmup_steps) / decay_steps
    u = s if s < 1.0 else 1.0
    if code == 1:
        return decay_rate**s
    if code == 2:
        return decay_rate ** float(math.floor(s))
    if code == 3:
        return (1.0 - end_rate) * (1.0 - u) ** power + end_rate
    if code == 4:
        return (1.0 - end_rate) * 0.5 * (1.0 + math.cos(math.pi * u)) + end_rate
    if code == 5:
        return 1.0 / (1.0 + decay_rate * s)
    return 1.0


_rate_factor = entrance(getattr(rate_factor, "py_func", rate_factor))


def learning_rate(code: int, t: int, rate: float, numbers: dict[str, float]) -> float:
    """Learning rate of one network at its step t + 1; `numbers` by the names of `rate_factor`'s arguments."""
    given = [float(numbers[name]) for name in ("decay_rate", "decay_steps", "end_rate", "power", "warmup_steps")]
    return rate * float(_rate_factor(np.int64(code), np.float64(t), *given))

"""Penalties, clipping, and the look for infinite weights, on the flat parameters of one network."""

from __future__ import annotations

import numpy as np

from tunescape.engine.gradients import add_penalties, penalty_values
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, load, smaller, splat, store, where
from tunescape.engine.wide_lanes import across


@kernel
def penalise(weights, gradient, w0, n, l1, l2, room, lanes, totals):
    """Add the penalties' gradient of n parameters from w0 on; return their value where `totals` is 1.

    What does not fill a vector goes through `room`, with zeros behind it.
    """
    zero, whole = splat(load(room, 0), 0.0), n // lanes
    rate_1, rate_2 = splat(zero, l1), splat(zero, l2)
    add_penalties(weights[w0:], gradient[w0:], np.int64(0), whole, rate_1, rate_2)
    total = zero
    if totals == 1:
        total = penalty_values(weights[w0:], np.int64(0), whole, rate_1, rate_2, total)
    left, at = n - whole * lanes, w0 + whole * lanes
    store(room, 1, zero)
    store(room, 2, zero)
    for i in range(left):
        room[lanes + i], room[2 * lanes + i] = weights[at + i], gradient[at + i]
    add_penalties(room[lanes:], room[2 * lanes :], np.int64(0), np.int64(1), rate_1, rate_2)
    for i in range(left):
        gradient[at + i] = room[2 * lanes + i]
    if totals == 1:
        total = penalty_values(room[lanes:], np.int64(0), np.int64(1), rate_1, rate_2, total)
    return across(total, lanes, room)


@kernel
def clip(gradient, n_vectors, clip_norm, clip_epsilon, clip_value, room, lanes):
    """G *= min(1, clip_norm / (|g| + clip_epsilon)); then each entry into +- clip_value; see `clip_gradient`."""
    square = splat(load(room, 0), 0.0)
    for p in range(n_vectors):
        g = load(gradient, p)
        square = square + g * g
    ratio = clip_norm / (np.sqrt(across(square, lanes, room)) + clip_epsilon)
    factor = splat(square, 1.0)
    if clip_norm > 0.0 and not ratio > 1.0:
        factor = splat(square, ratio)
    bound, zero = splat(square, clip_value), splat(square, 0.0)
    for p in range(n_vectors):
        g = load(gradient, p) * factor
        held = smaller(bound, larger(zero - bound, g))
        store(gradient, p, where(bound > zero, held, g))


@kernel
def is_sound(weights, n, room, lanes):
    """Whether none of n weights is infinite or NaN, times 0 of which is NaN."""
    zero = splat(load(room, 0), 0.0)
    a, b, c, d = zero, zero, zero, zero
    fours = n // (4 * lanes) * 4
    for p in range(0, fours, 4):
        a, b = fma(load(weights, p), zero, a), fma(load(weights, p + 1), zero, b)
        c, d = fma(load(weights, p + 2), zero, c), fma(load(weights, p + 3), zero, d)
    total = across((a + b) + (c + d), lanes, room)
    for i in range(fours * lanes, n):
        total += weights[i] * 0.0
    return total == 0.0

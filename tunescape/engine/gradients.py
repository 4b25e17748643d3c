"""What happens to gradients before the optimiser sees them: penalties, clipping, decoupled decay of weights."""

from __future__ import annotations

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, load, magnitude, root, smaller, splat, store, where, with_sign


@kernel
def add_penalties(weights, gradient, w0, n, l1, l2):
    """G += l1 sign(w) + l2 w, with sign(0) = 0; `l2` holds the factor of its convention."""
    zero = splat(l1, 0.0)
    for p in range(w0, w0 + n):
        w = load(weights, p)
        pull = where(magnitude(w) > zero, with_sign(l1, w), zero)
        store(gradient, p, load(gradient, p) + fma(l2, w, pull))


@kernel
def penalty_values(weights, w0, n, l1, l2, total):
    """Total + l1 sum |w| + l2 / 2 sum w^2."""
    half = splat(l1, 0.5) * l2
    for p in range(w0, w0 + n):
        w = load(weights, p)
        total = total + l1 * magnitude(w) + half * (w * w)
    return total


@kernel
def clip_gradient(gradient, n, clip_norm, clip_epsilon, clip_value):
    """G *= min(1, clip_norm / (|g| + clip_epsilon)), |g| over all parameters; then each entry into +- clip_value.

    Pascanu, Mikolov & Bengio 2013, algorithm 1. A bound of 0 does nothing.
    """
    zero = splat(clip_norm, 0.0)
    one = splat(clip_norm, 1.0)
    square = zero
    for p in range(n):
        g = load(gradient, p)
        square = square + g * g
    factor = smaller(one, clip_norm / (root(square) + clip_epsilon))
    factor = where(clip_norm > zero, factor, one)
    for p in range(n):
        g = load(gradient, p) * factor
        held = smaller(clip_value, larger(zero - clip_value, g))
        store(gradient, p, where(clip_value > zero, held, g))


@kernel
def decay_weights(weights, n, rate, weight_decay, ruled):
    """W -= lr decay w, all parameters of the ruled lanes, before the optimiser's step (Loshchilov & Hutter 2019)."""
    pull = rate * weight_decay
    for p in range(n):
        w = load(weights, p)
        store(weights, p, where(ruled, w - w * pull, w))

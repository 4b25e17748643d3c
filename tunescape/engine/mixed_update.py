"""One step of lanes that have unlike optimisers: those that divide by the root of a mean square share the division.

Every operation is that of the lane's own optimiser in `optimisers`, so that the result is, bit for bit.
"""

from __future__ import annotations

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import either, load, root, splat, store, where
from tunescape.engine.optimisers import (
    BETA_1,
    BETA_2,
    EPSILON,
    MOMENTUM,
    NESTEROV,
    OPTIMISERS,
    RHO,
    update,
)

SGD, ADAGRAD, RMSPROP, ADAM, ADAMW, NADAM = (
    OPTIMISERS[name] for name in ("sgd", "adagrad", "rmsprop", "adam", "adamw", "nadam")
)
INSIDE, BY_GRADIENT = 16, 32
"""Forms in `state.update_code`."""


@kernel
def update_lanes(groups, masks, weights, gradient, a, b, n, settings, scalars):
    """Move all n parameters of every lane by one step of its own optimiser.

    Args:
        groups: Distinct optimisers and their forms (`state.update_code`), as `group_lanes` writes them.
        masks: Lanes of each.
        weights: Parameters, changed.
        gradient: Their gradient.
        a: First state array, changed.
        b: Second state array, changed.
        n: Parameters.
        settings: Numbers of each lane.
        scalars: Of `step_numbers`.
    """
    zero, shared = splat(load(settings, 0), 0.0), 0
    for g in range(groups[0]):
        shared += _shares(groups[1 + g])
    if shared > 1:
        _update_mixed(groups, masks, weights, gradient, a, b, n, settings, scalars)
    for g in range(groups[0]):
        code = groups[1 + g]
        if shared < 2 or _shares(code) == 0:
            update(code & 15, (code >> 4) & 1, (code >> 5) & 1, load(masks, g) > zero, weights, gradient, a, b, n,
                   settings, scalars)  # fmt: skip


@kernel
def _shares(code):
    """1 for an optimiser that the mixed step knows."""
    which = code & 15
    return 1 if which in (SGD, ADAGRAD, RMSPROP, ADAM, ADAMW, NADAM) else 0


@kernel
def _update_mixed(groups, masks, weights, gradient, a, b, n, settings, scalars):
    """The step of lanes of sgd, adagrad, rmsprop, adam, adamw and nadam; the others stay as they are."""
    lr, epsilon, mu, rho = load(scalars, 0), load(settings, EPSILON), load(settings, MOMENTUM), load(settings, RHO)
    zero, one = splat(lr, 0.0), splat(lr, 1.0)
    none = one < zero
    is_sgd, is_adagrad, is_rmsprop, is_adam, is_nadam, inside, by_gradient = none, none, none, none, none, none, none
    for g in range(groups[0]):
        which, theirs = groups[1 + g] & 15, load(masks, g) > zero
        if which == SGD:
            is_sgd = either(is_sgd, theirs)
        elif which == ADAGRAD:
            is_adagrad = either(is_adagrad, theirs)
        elif which == RMSPROP:
            is_rmsprop = either(is_rmsprop, theirs)
        elif which in (ADAM, ADAMW, NADAM):
            is_adam = either(is_adam, theirs)
        if which == NADAM:
            is_nadam = either(is_nadam, theirs)
        if groups[1 + g] & INSIDE:
            inside = either(inside, theirs)
        if groups[1 + g] & BY_GRADIENT:
            by_gradient = either(by_gradient, theirs)
    ahead = load(settings, NESTEROV) > splat(lr, 0.5)
    rest_1, rest_2, rest = one - load(settings, BETA_1), one - load(settings, BETA_2), one - rho
    size, size_g = load(scalars, 1), load(scalars, 2)
    within = where(is_adam, zero, where(inside, epsilon, zero))
    without = where(is_adam, load(scalars, 3), where(inside, zero, epsilon))
    held, applied = where(by_gradient, one, lr), where(by_gradient, lr, one)
    held = where(is_adagrad, lr, held)
    ruled = either(either(is_sgd, is_adagrad), either(is_rmsprop, is_adam))
    for p in range(n):
        w, g, old_a, old_b = load(weights, p), load(gradient, p), load(a, p), load(b, p)
        square = g * g
        mean = where(is_rmsprop, rho * old_a + rest * square, old_a + square)
        mean = where(is_adam, old_b + (square - old_b) * rest_2, mean)
        m = old_a + (g - old_a) * rest_1
        top = size * m
        top = where(is_nadam, top + size_g * g, where(is_adam, top, held * g))
        quotient = top / (root(mean + within) + without)
        velocity = mu * old_b + quotient  # of rmsprop
        move = lr * g
        v = where(by_gradient, mu * old_a + g, mu * old_a - move)  # of sgd
        slid = where(
            by_gradient, w - lr * where(ahead, g + mu * v, v), w + where(ahead, mu * v - move, v)
        )  # fmt: skip
        moved = where(is_sgd, slid, where(is_rmsprop, w - applied * velocity, w - quotient))
        new_a = where(is_adam, m, where(is_sgd, v, mean))
        new_b = where(is_adam, mean, where(is_rmsprop, velocity, old_b))
        store(weights, p, where(ruled, moved, w))
        store(a, p, where(ruled, new_a, old_a))
        store(b, p, where(ruled, new_b, old_b))

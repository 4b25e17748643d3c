"""One step of each optimiser on lanes, over all parameters; formulas as in Keras 3, PyTorch and TensorFlow.

Notation: w weight, g gradient, a and b the optimiser's two state arrays, lr learning rate, eps the
number that keeps it from dividing by zero. Where frameworks differ in the place of eps there are two
of it, one inside the root and one outside, of which one is 0.
"""

from __future__ import annotations

import math

import numpy as np

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, load, magnitude, root, smaller, splat, store, where, with_sign
from tunescape.engine.learning_rate import rate_factor

OPTIMISERS = {
    "sgd": 0, "adagrad": 1, "proximal_adagrad": 2, "rmsprop": 3, "adam": 4, "adamw": 5, "adadelta": 6, "adamax": 7,
    "nadam": 8, "ftrl": 9,
}  # fmt: skip
"""Code of each optimiser; adamw is adam with `weight_decay` by default."""

OWN_PENALTIES = ("proximal_adagrad", "ftrl")
"""Optimisers that apply `l1` and `l2` themselves, to all parameters."""

SETTINGS = (
    "learning_rate", "momentum", "beta_1", "beta_2", "rho", "epsilon", "l1", "l2", "nesterov", "weight_decay",
    "clip_norm", "clip_epsilon", "clip_value", "negative_slope", "momentum_decay", "decay_rate", "decay_steps",
    "end_rate", "power", "warmup_steps", "norm_momentum", "norm_epsilon",
)  # fmt: skip
"""Numeric settings of a network, one lane vector each, in the order in which kernels read them."""

(LEARNING_RATE, MOMENTUM, BETA_1, BETA_2, RHO, EPSILON, L1, L2, NESTEROV, WEIGHT_DECAY, CLIP_NORM, CLIP_EPSILON,
 CLIP_VALUE, NEGATIVE_SLOPE, MOMENTUM_DECAY, DECAY_RATE, DECAY_STEPS, END_RATE, POWER, WARMUP_STEPS, NORM_MOMENTUM,
 NORM_EPSILON) = range(len(SETTINGS))  # fmt: skip

DEFAULTS = {
    "sgd": {"learning_rate": 0.01},
    "adagrad": {"learning_rate": 0.001, "epsilon": 1e-7, "initial_accumulator": 0.1},
    "proximal_adagrad": {"learning_rate": 0.001, "initial_accumulator": 0.1},
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7},
    "adam": {"learning_rate": 0.001, "epsilon": 1e-7},
    "adamw": {"learning_rate": 0.001, "epsilon": 1e-7, "weight_decay": 0.004},
    "adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
    "adamax": {"learning_rate": 0.001, "epsilon": 1e-7},
    "nadam": {"learning_rate": 0.001, "epsilon": 1e-7},
    "ftrl": {"learning_rate": 0.001, "initial_accumulator": 0.1},
}
"""Values of an optimiser's settings that are not given (Keras's)."""

GENERAL_DEFAULTS = {
    "beta_1": 0.9, "beta_2": 0.999, "negative_slope": 0.2, "momentum_decay": 1.0, "decay_rate": 0.1, "decay_steps": 1.0,
    "power": 1.0, "norm_momentum": 0.99, "norm_epsilon": 1e-3,
}  # fmt: skip
"""Values of settings of every optimiser that are not given; everything else is 0."""

PLACEMENTS = {
    "adagrad": ("inside", "outside"),
    "rmsprop": ("inside", "outside"),
    "adam": ("outside", "corrected"),
    "adamw": ("outside", "corrected"),
    "adadelta": ("inside",),
    "adamax": ("outside", "inside"),
    "nadam": ("corrected",),
}
"""Where epsilon may stand, by optimiser; the first one is Keras's."""

DEFAULT_PLACEMENT = {name: placements[0] for name, placements in PLACEMENTS.items()}


@kernel
def step_numbers(code, schedule, corrected, settings, powers, scalars, n_lanes, lane, step):
    """Work out the numbers of one lane that change from step to step, in double precision.

    Args:
        code: Which optimiser.
        schedule: Which schedule of the learning rate; -1 for none at all.
        corrected: 1 where adam adds epsilon to the bias-corrected root.
        settings: Numbers of all lanes.
        powers: beta_1^t (nadam: the product of its momenta), then beta_2^t, (2 * n_lanes,), float64.
        scalars: Written: learning rate; step size; nadam's step size of the gradient; epsilon outside
            the root, (4 * n_lanes,).
        n_lanes: Lanes.
        lane: Which one.
        step: Step that is about to be made, from 1.
    """
    rate = np.float64(settings[lane])
    if schedule >= 0:
        rate *= rate_factor(
            schedule, np.float64(step - 1), np.float64(settings[DECAY_RATE * n_lanes + lane]),
            np.float64(settings[DECAY_STEPS * n_lanes + lane]), np.float64(settings[END_RATE * n_lanes + lane]),
            np.float64(settings[POWER * n_lanes + lane]), np.float64(settings[WARMUP_STEPS * n_lanes + lane]),
        )  # fmt: skip
    scalars[lane] = rate
    if code < 4 or code == 6 or code == 9:
        return
    beta_1 = np.float64(settings[BETA_1 * n_lanes + lane])
    beta_2 = np.float64(settings[BETA_2 * n_lanes + lane])
    epsilon = np.float64(settings[EPSILON * n_lanes + lane])
    powers[n_lanes + lane] *= beta_2
    root_2 = math.sqrt(1.0 - powers[n_lanes + lane])
    if code == 8:
        decay = np.float64(settings[MOMENTUM_DECAY * n_lanes + lane])
        now = beta_1 * (1.0 - 0.5 * 0.96 ** (step * decay))
        then = beta_1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * decay))
        powers[lane] *= now
        scalars[n_lanes + lane] = rate * root_2 * then / (1.0 - powers[lane] * then)
        scalars[2 * n_lanes + lane] = rate * root_2 * (1.0 - now) / (1.0 - powers[lane])
        epsilon *= root_2
    else:
        powers[lane] *= beta_1
        if code == 7:
            root_2 = 1.0
        scalars[n_lanes + lane] = rate * root_2 / (1.0 - powers[lane])
        if corrected == 1:
            epsilon *= root_2
    scalars[3 * n_lanes + lane] = epsilon


@kernel
def update(code, inside, gradient_form, ruled, weights, gradient, a, b, n, settings, scalars):
    """Move all n parameters of the ruled lanes by one step of the optimiser `code`.

    Args:
        code: Which optimiser.
        inside: 1 where epsilon stands inside the root (adamax: inside the maximum).
        gradient_form: 1 where the momentum does not hold the learning rate.
        ruled: Lanes that have this optimiser; the others stay as they are.
        weights: Parameters, changed.
        gradient: Their gradient.
        a: First state array, changed.
        b: Second state array, changed.
        n: Parameters.
        settings: Numbers of each lane.
        scalars: Of `step_numbers`.
    """
    lr, epsilon = load(scalars, 0), load(settings, EPSILON)
    zero = splat(lr, 0.0)
    within, without = zero, epsilon
    if inside == 1:
        within, without = epsilon, zero
    if code == 0:
        _sgd(ruled, weights, gradient, a, n, settings, lr, gradient_form)
    elif code == 1:
        _adagrad(ruled, weights, gradient, a, n, lr, within, without)
    elif code == 2:
        _proximal_adagrad(ruled, weights, gradient, a, n, settings, lr)
    elif code == 3:
        _rmsprop(ruled, weights, gradient, a, b, n, settings, lr, within, without, gradient_form)
    elif code == 6:
        _adadelta(ruled, weights, gradient, a, b, n, settings, lr)
    elif code == 7:
        _adamax(ruled, weights, gradient, a, b, n, settings, scalars, within, without)
    elif code == 8:
        _nadam(ruled, weights, gradient, a, b, n, settings, scalars)
    elif code == 9:
        _ftrl(ruled, weights, gradient, a, b, n, settings, lr)
    else:
        _adam(ruled, weights, gradient, a, b, n, settings, scalars)


@kernel
def _sgd(ruled, weights, gradient, velocity, n, settings, lr, gradient_form):
    """V = mu v - lr g; w += v, or w += mu v - lr g (Nesterov); or b = mu b + g; w -= lr b, or lr (g + mu b)."""
    mu, nesterov = load(settings, MOMENTUM), load(settings, NESTEROV)
    ahead = nesterov > splat(lr, 0.5)
    for p in range(n):
        w, g, held = load(weights, p), load(gradient, p), load(velocity, p)
        if gradient_form == 1:
            v = mu * held + g
            moved = w - lr * where(ahead, g + mu * v, v)
        else:
            move = lr * g
            v = mu * held - move
            moved = w + where(ahead, mu * v - move, v)
        store(weights, p, where(ruled, moved, w))
        store(velocity, p, where(ruled, v, held))


@kernel
def _adagrad(ruled, weights, gradient, accumulator, n, lr, within, without):
    """S += g^2; w -= lr g / (sqrt(s + eps) or sqrt(s) + eps)  (Duchi, Hazan & Singer 2011)."""
    for p in range(n):
        w, g, held = load(weights, p), load(gradient, p), load(accumulator, p)
        s = held + g * g
        store(accumulator, p, where(ruled, s, held))
        store(weights, p, where(ruled, w - lr * g / (root(s + within) + without), w))


@kernel
def _proximal_adagrad(ruled, weights, gradient, accumulator, n, settings, lr):
    """S += g^2; L = lr / sqrt(s); v = w - L g; w = sign(v) max(|v| - L l1, 0) / (1 + L l2).

    The kernel of TensorFlow's ProximalAdagradOptimizer, whose documentation prints lr for L.
    """
    l1, l2 = load(settings, L1), load(settings, L2)
    zero, one = splat(lr, 0.0), splat(lr, 1.0)
    for p in range(n):
        w, g, held = load(weights, p), load(gradient, p), load(accumulator, p)
        s = held + g * g
        store(accumulator, p, where(ruled, s, held))
        rate = lr / root(s)
        v = w - rate * g
        shrunk = larger(zero, magnitude(v) - rate * l1)
        store(weights, p, where(ruled, with_sign(shrunk, v) / (one + rate * l2), w))


@kernel
def _rmsprop(ruled, weights, gradient, square, velocity, n, settings, lr, within, without, gradient_form):
    """S = rho s + (1 - rho) g^2; m = mu m + lr g / root; w -= m; or m = mu m + g / root; w -= lr m."""
    mu, rho = load(settings, MOMENTUM), load(settings, RHO)
    one = splat(lr, 1.0)
    rest = one - rho
    held, applied = lr, one
    if gradient_form == 1:
        held, applied = one, lr
    for p in range(n):
        w, g, old_s, old_m = load(weights, p), load(gradient, p), load(square, p), load(velocity, p)
        s = rho * old_s + rest * (g * g)
        m = mu * old_m + held * g / (root(s + within) + without)
        store(square, p, where(ruled, s, old_s))
        store(velocity, p, where(ruled, m, old_m))
        store(weights, p, where(ruled, w - applied * m, w))


@kernel
def _adam(ruled, weights, gradient, first, second, n, settings, scalars):
    """M += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= step m / (sqrt(v) + eps)  (Kingma & Ba 2015, section 2)."""
    one = splat(load(settings, 0), 1.0)
    rest_1, rest_2 = one - load(settings, BETA_1), one - load(settings, BETA_2)
    size, epsilon = load(scalars, 1), load(scalars, 3)
    for p in range(n):
        w, g, old_m, old_v = load(weights, p), load(gradient, p), load(first, p), load(second, p)
        m = old_m + (g - old_m) * rest_1
        v = old_v + (g * g - old_v) * rest_2
        store(first, p, where(ruled, m, old_m))
        store(second, p, where(ruled, v, old_v))
        store(weights, p, where(ruled, w - size * m / (root(v) + epsilon), w))


@kernel
def _adadelta(ruled, weights, gradient, square, moved, n, settings, lr):
    """S = rho s + (1 - rho) g^2; d = g sqrt(m + eps) / sqrt(s + eps); m = rho m + (1 - rho) d^2; w -= lr d.

    Zeiler 2012, algorithm 1.
    """
    rho, epsilon = load(settings, RHO), load(settings, EPSILON)
    rest = splat(lr, 1.0) - rho
    for p in range(n):
        w, g, old_s, m = load(weights, p), load(gradient, p), load(square, p), load(moved, p)
        s = rho * old_s + rest * (g * g)
        d = root(m + epsilon) * g / root(s + epsilon)
        store(square, p, where(ruled, s, old_s))
        store(moved, p, where(ruled, rho * m + rest * (d * d), m))
        store(weights, p, where(ruled, w - lr * d, w))


@kernel
def _adamax(ruled, weights, gradient, first, largest, n, settings, scalars, within, without):
    """M += (g - m)(1 - b1); u = max(b2 u, |g| + eps_in); w -= step m / (u + eps_out).

    Kingma & Ba 2015, algorithm 2.
    """
    one = splat(load(settings, 0), 1.0)
    rest_1, beta_2 = one - load(settings, BETA_1), load(settings, BETA_2)
    size = load(scalars, 1)
    for p in range(n):
        w, g, old_m, old_u = load(weights, p), load(gradient, p), load(first, p), load(largest, p)
        m = old_m + (g - old_m) * rest_1
        u = larger(beta_2 * old_u, magnitude(g) + within)
        store(first, p, where(ruled, m, old_m))
        store(largest, p, where(ruled, u, old_u))
        store(weights, p, where(ruled, w - size * m / (u + without), w))


@kernel
def _nadam(ruled, weights, gradient, first, second, n, settings, scalars):
    """As adam, with w -= (step m + step_g g) / (sqrt(v) + eps)  (Dozat 2016)."""
    one = splat(load(settings, 0), 1.0)
    rest_1, rest_2 = one - load(settings, BETA_1), one - load(settings, BETA_2)
    size, size_g, epsilon = load(scalars, 1), load(scalars, 2), load(scalars, 3)
    for p in range(n):
        w, g, old_m, old_v = load(weights, p), load(gradient, p), load(first, p), load(second, p)
        m = old_m + (g - old_m) * rest_1
        v = old_v + (g * g - old_v) * rest_2
        store(first, p, where(ruled, m, old_m))
        store(second, p, where(ruled, v, old_v))
        store(weights, p, where(ruled, w - (size * m + size_g * g) / (root(v) + epsilon), w))


@kernel
def _ftrl(ruled, weights, gradient, accumulator, linear, n, settings, lr):
    """S' = s + g^2; z += g - (sqrt(s') - sqrt(s)) w / lr; w = (clip(z, -l1, l1) - z) / (sqrt(s') / lr + 2 l2).

    McMahan et al. 2013, algorithm 1, with TensorFlow's 2 l2.
    """
    l1, two_l2 = load(settings, L1), splat(lr, 2.0) * load(settings, L2)
    zero = splat(lr, 0.0)
    for p in range(n):
        w, g, s, old_z = load(weights, p), load(gradient, p), load(accumulator, p), load(linear, p)
        grown = fma(g, g, s)
        old, new = root(s), root(grown)
        z = old_z + (g - (new - old) / lr * w)
        store(accumulator, p, where(ruled, grown, s))
        store(linear, p, where(ruled, z, old_z))
        clipped = smaller(l1, larger(zero - l1, z))
        store(weights, p, where(ruled, (clipped - z) / (new / lr + two_l2), w))

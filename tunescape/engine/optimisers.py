"""One step of each optimiser on lanes, over all weights and biases; formulas as in Keras 3 and TensorFlow.

Notation: w weight, g gradient, a and b the optimiser's two state arrays, lr learning rate.
"""

from __future__ import annotations

import math

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, load, magnitude, root, splat, store, where, with_sign

OPTIMISERS = {"sgd": 0, "adagrad": 1, "proximal_adagrad": 2, "rmsprop": 3, "adam": 4}
"""Code of each optimiser."""

SETTINGS = (
    "learning_rate", "momentum", "beta_1", "beta_2", "rho", "epsilon", "l1", "l2", "nesterov",
)  # fmt: skip
"""Numeric settings of a network, one lane vector each, in the order in which kernels read them."""

DEFAULTS = {
    "sgd": {"learning_rate": 0.01},
    "adagrad": {"learning_rate": 0.001, "epsilon": 1e-7, "initial_accumulator": 0.1},
    "proximal_adagrad": {"learning_rate": 0.001, "initial_accumulator": 0.1},
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7},
    "adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
}
"""Values of the settings that are not given; everything else is 0."""


@kernel
def add_penalties(weights, gradient, w0, n, settings):
    """G += l1 sign(w) + 2 l2 w: the gradient of l1 sum|w| + l2 sum w^2 (Keras), weights only."""
    l1, l2 = load(settings, 6), load(settings, 7)
    zero, two_l2 = splat(l1, 0.0), splat(l2, 2.0) * l2
    for p in range(w0, w0 + n):
        w = load(weights, p)
        pull = where(magnitude(w) > zero, with_sign(l1, w), zero)
        store(gradient, p, load(gradient, p) + fma(two_l2, w, pull))


@kernel
def update(code, weights, gradient, a, b, n, settings, powers, step_size, n_lanes):
    """Move all n weights and biases by one step of the optimiser `code`."""
    if code == 0:
        _sgd(weights, gradient, a, n, settings)
    elif code == 1:
        _adagrad(weights, gradient, a, n, settings)
    elif code == 2:
        _proximal_adagrad(weights, gradient, a, n, settings)
    elif code == 3:
        _rmsprop(weights, gradient, a, b, n, settings)
    else:
        for lane in range(n_lanes):  # lr sqrt(1 - beta2^t) / (1 - beta1^t), in double precision
            powers[lane] *= float(settings[2 * n_lanes + lane])
            powers[n_lanes + lane] *= float(settings[3 * n_lanes + lane])
            correction = math.sqrt(1.0 - powers[n_lanes + lane]) / (1.0 - powers[lane])
            step_size[lane] = float(settings[lane]) * correction
        _adam(weights, gradient, a, b, n, settings, step_size)


@kernel
def _sgd(weights, gradient, velocity, n, settings):
    """V = mu v - lr g; w += v, or w += mu v - lr g (Nesterov)."""
    lr, mu, nesterov = load(settings, 0), load(settings, 1), load(settings, 8)
    ahead = nesterov > splat(lr, 0.5)
    for p in range(n):
        move = lr * load(gradient, p)
        v = mu * load(velocity, p) - move
        store(velocity, p, v)
        store(weights, p, load(weights, p) + where(ahead, mu * v - move, v))


@kernel
def _adagrad(weights, gradient, accumulator, n, settings):
    """S += g^2; w -= lr g / sqrt(s + eps)."""
    lr, epsilon = load(settings, 0), load(settings, 5)
    for p in range(n):
        g = load(gradient, p)
        s = load(accumulator, p) + g * g
        store(accumulator, p, s)
        store(weights, p, load(weights, p) - lr * g / root(s + epsilon))


@kernel
def _proximal_adagrad(weights, gradient, accumulator, n, settings):
    """S += g^2; L = lr / sqrt(s); v = w - L g; w = sign(v) max(|v| - L l1, 0) / (1 + L l2).

    The kernel of TensorFlow's ProximalAdagradOptimizer, whose documentation prints lr for L. The
    penalties act on biases too.
    """
    lr, l1, l2 = load(settings, 0), load(settings, 6), load(settings, 7)
    zero, one = splat(lr, 0.0), splat(lr, 1.0)
    for p in range(n):
        g = load(gradient, p)
        s = load(accumulator, p) + g * g
        store(accumulator, p, s)
        rate = lr / root(s)
        v = load(weights, p) - rate * g
        shrunk = larger(zero, magnitude(v) - rate * l1)
        store(weights, p, with_sign(shrunk, v) / (one + rate * l2))


@kernel
def _rmsprop(weights, gradient, square, velocity, n, settings):
    """S = rho s + (1 - rho) g^2; m = mu m + lr g / sqrt(s + eps); w -= m."""
    lr, mu, rho, epsilon = load(settings, 0), load(settings, 1), load(settings, 4), load(settings, 5)
    rest = splat(lr, 1.0) - rho
    for p in range(n):
        g = load(gradient, p)
        s = rho * load(square, p) + rest * (g * g)
        store(square, p, s)
        m = mu * load(velocity, p) + lr * g / root(s + epsilon)
        store(velocity, p, m)
        store(weights, p, load(weights, p) - m)


@kernel
def _adam(weights, gradient, first, second, n, settings, step_size):
    """M += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= step m / (sqrt(v) + eps) (eps-hat form)."""
    one = splat(load(settings, 0), 1.0)
    rest_1, rest_2 = one - load(settings, 2), one - load(settings, 3)
    epsilon, size = load(settings, 5), load(step_size, 0)
    for p in range(n):
        g, m, v = load(gradient, p), load(first, p), load(second, p)
        m = m + (g - m) * rest_1
        v = v + (g * g - v) * rest_2
        store(first, p, m)
        store(second, p, v)
        store(weights, p, load(weights, p) - size * m / (root(v) + epsilon))

"""Activation functions on lanes, and their slopes; the choice is made once per vector, not per lane."""

from __future__ import annotations

from tunescape.engine.elementary import (
    exponential_minus_one,
    hyperbolic_tangent,
    normal_distribution,
    sigmoid,
    softplus,
)
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, magnitude, smaller, splat, where

ACTIVATIONS = {
    "identity": 0, "sigmoid": 1, "tanh": 2, "relu": 3, "elu": 4, "leaky_relu": 5, "selu": 6, "gelu": 7, "gelu_tanh": 8,
    "silu": 9, "softplus": 10, "softsign": 11, "hard_sigmoid": 12, "hard_tanh": 13, "hard_silu": 14, "relu6": 15,
}  # fmt: skip
"""Code of each activation function."""

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al. 2017, eq. 14."""

GELU_FACTOR, GELU_CUBE = 0.7978845608028654, 0.044715
"""sqrt(2 / pi) and the factor of z^3 in the approximation of Hendrycks & Gimpel 2016."""


@kernel
def activate(code, z, leak):
    """Value of the activation function at z; `leak` is the slope of leaky_relu below 0."""
    zero = splat(z, 0.0)
    if code == 3:
        return larger(zero, z)
    if code == 0:
        return z
    if code == 1:
        return sigmoid(z)
    if code == 2:
        return hyperbolic_tangent(z)
    if code == 4:
        return where(z > zero, z, exponential_minus_one(smaller(zero, z)))
    return _activate_more(code, z, leak)


@kernel
def _activate_more(code, z, leak):
    """The less usual ones."""
    zero, one, three = splat(z, 0.0), splat(z, 1.0), splat(z, 3.0)
    if code == 5:
        return where(z > zero, z, leak * z)
    if code == 6:
        below = splat(z, SELU_ALPHA) * exponential_minus_one(smaller(zero, z))
        return splat(z, SELU_SCALE) * where(z > zero, z, below)
    if code == 7:
        return z * normal_distribution(z)[0]
    if code == 8:
        return splat(z, 0.5) * z * (one + _gelu_tanh(z))
    if code == 9:
        return z * sigmoid(z)
    if code == 10:
        return softplus(z)
    if code == 11:
        return z / (one + magnitude(z))
    if code == 12:
        return _hard_sigmoid(z)
    if code == 13:
        return smaller(one, larger(splat(z, -1.0), z))
    if code == 14:
        return z * _hard_sigmoid(z)
    return smaller(three + three, larger(zero, z))


@kernel
def _hard_sigmoid(z):
    """min(max(z / 6 + 1/2, 0), 1)."""
    return smaller(splat(z, 1.0), larger(splat(z, 0.0), (z + splat(z, 3.0)) / splat(z, 6.0)))


@kernel
def _gelu_tanh(z):
    """tanh(sqrt(2 / pi) (z + 0.044715 z^3))."""
    return hyperbolic_tangent(splat(z, GELU_FACTOR) * fma(splat(z, GELU_CUBE) * z, z * z, z))


@kernel
def slope(code, z, a, leak):
    """Derivative of the activation function at z, whose value there is a."""
    one, zero = splat(z, 1.0), splat(z, 0.0)
    if code == 3:
        return where(z > zero, one, zero)  # 0 at 0, as all frameworks have it
    if code == 0:
        return one
    if code == 1:
        return a * (one - a)
    if code == 2:
        return one - a * a
    if code == 4:
        return where(z > zero, one, a + one)
    return _slope_more(code, z, a, leak)


@kernel
def _slope_more(code, z, a, leak):
    """The less usual ones."""
    one, zero, half, three = splat(z, 1.0), splat(z, 0.0), splat(z, 0.5), splat(z, 3.0)
    if code == 5:
        return where(z > zero, one, leak)
    if code == 6:
        return where(z > zero, splat(z, SELU_SCALE), a + splat(z, SELU_SCALE * SELU_ALPHA))
    if code == 7:
        below, density = normal_distribution(z)
        return fma(z, density, below)
    if code == 8:
        t = _gelu_tanh(z)
        inner = splat(z, GELU_FACTOR) * fma(splat(z, 3.0 * GELU_CUBE) * z, z, one)
        return half * (one + t) + half * z * (one - t * t) * inner
    if code == 9:
        s = sigmoid(z)
        return fma(a, one - s, s)
    if code == 10:
        return sigmoid(z)
    if code == 11:
        shrunk = one / (one + magnitude(z))
        return shrunk * shrunk
    if code == 13:
        return where(magnitude(z) < one, one, zero)
    if code == 15:
        return where(z > zero, where(z < three + three, one, zero), zero)
    inside = where(magnitude(z) < three, one, zero)
    if code == 12:
        return inside / splat(z, 6.0)
    beyond = where(z > zero, one, zero)
    return where(magnitude(z) < three, (z + z + three) / splat(z, 6.0), beyond)

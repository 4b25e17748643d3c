"""Activation functions on lanes, and their slopes."""

from __future__ import annotations

from tunescape.engine.elementary import (
    exponential_minus_one,
    hyperbolic_tangent,
    normal_distribution,
    sigmoid,
    softplus,
)
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, larger, magnitude, smaller, splat, where, with_sign

ACTIVATIONS = {
    "identity": 16, "sigmoid": 1, "tanh": 2, "relu": 3, "elu": 4, "leaky_relu": 5, "selu": 6, "gelu": 7, "gelu_tanh": 8,
    "silu": 9, "softplus": 10, "softsign": 11, "hard_sigmoid": 12, "hard_tanh": 13, "hard_silu": 14, "relu6": 15,
}  # fmt: skip
"""Code of each activation function; the first four share a loop in lanes that differ."""

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al. 2017, eq. 14."""

GELU_FACTOR, GELU_CUBE = 0.7978845608028654, 0.044715
"""sqrt(2 / pi) and the factor of z^3 in the approximation of Hendrycks & Gimpel 2016."""


@kernel
def _relu(z, leak):
    return larger(splat(z, 0.0), z)


@kernel
def _relu_slope(z, a, leak):
    zero = splat(z, 0.0)
    return where(z > zero, splat(z, 1.0), zero)  # 0 at 0, as all frameworks have it


@kernel
def _sigmoid(z, leak):
    return sigmoid(z)


@kernel
def _sigmoid_slope(z, a, leak):
    return a * (splat(z, 1.0) - a)


@kernel
def _tanh(z, leak):
    return hyperbolic_tangent(z)


@kernel
def _tanh_slope(z, a, leak):
    return splat(z, 1.0) - a * a


@kernel
def _elu(z, leak):
    zero = splat(z, 0.0)
    return where(z > zero, z, exponential_minus_one(smaller(zero, z)))


@kernel
def _elu_slope(z, a, leak):
    one = splat(z, 1.0)
    return where(z > splat(z, 0.0), one, a + one)


RELU, SIGMOID, TANH, ELU = (
    (_relu, _relu_slope), (_sigmoid, _sigmoid_slope), (_tanh, _tanh_slope), (_elu, _elu_slope)
)  # fmt: skip
"""Value and slope of the most usual activations, for which there are loops of their own."""


@kernel
def activate_mixed(z, is_tanh, is_sigmoid, is_elu):
    """Value and slope at z where lanes have unlike activations of the most usual four: one exponential serves all.

    Every operation is that of the function of the lane's own, so that the result is, bit for bit.

    Args:
        z: Lanes.
        is_tanh: In which lanes it is tanh.
        is_sigmoid: In which lanes it is the sigmoid.
        is_elu: In which lanes it is elu; in all others it is relu.
    """
    zero, one = splat(z, 0.0), splat(z, 1.0)
    x = where(is_tanh, splat(z, -2.0) * magnitude(z), where(is_sigmoid, zero - z, smaller(zero, z)))
    e = exponential_minus_one(x)
    quotient = where(is_tanh, e, one) / (e + splat(z, 2.0))
    positive = z > zero
    a = where(is_elu, where(positive, z, e), larger(zero, z))
    a = where(is_tanh, with_sign(quotient, z), where(is_sigmoid, quotient, a))
    d = where(positive, one, where(is_elu, a + one, zero))
    return a, where(is_tanh, one - a * a, where(is_sigmoid, a * (one - a), d))


@kernel
def activate_more(code, z, leak):
    """Value and slope at z of the activations that have no loop of their own; `leak` is leaky_relu's slope below 0."""
    if code == 16:
        return z, splat(z, 1.0)
    a = _activate_more(code, z, leak)
    return a, _slope_more(code, z, a, leak)


@kernel
def activate(code, z, leak):
    """Value of any activation function at z."""
    if code == 1:
        return _sigmoid(z, leak)
    if code == 2:
        return _tanh(z, leak)
    if code == 3:
        return _relu(z, leak)
    if code == 4:
        return _elu(z, leak)
    return activate_more(code, z, leak)[0]


@kernel
def slope(code, z, a, leak):
    """Derivative of any activation function at z, whose value there is a."""
    if code == 1:
        return _sigmoid_slope(z, a, leak)
    if code == 2:
        return _tanh_slope(z, a, leak)
    if code == 3:
        return _relu_slope(z, a, leak)
    if code == 4:
        return _elu_slope(z, a, leak)
    return activate_more(code, z, leak)[1]


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

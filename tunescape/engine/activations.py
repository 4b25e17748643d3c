"""Activation functions on lanes, and their slopes; the choice is made once per vector, not per lane.

exp is reduced to 2^n * exp(r), |r| <= ln(2)/2 (Cody & Waite 1980), with the Taylor polynomial of
exp(r) - 1 to the precision of the lanes, so that no table and no library call is needed and the
result does not depend on where a lane stands.
"""

from __future__ import annotations

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import (
    fma,
    is_double,
    larger,
    magnitude,
    nearest,
    power_of_two,
    smaller,
    splat,
    where,
    with_sign,
)

ACTIVATIONS = {"identity": 0, "sigmoid": 1, "tanh": 2, "relu": 3, "elu": 4}
"""Code of each activation function."""

_LOG2_E = 1.4426950408889634
_LN2_HIGH_32, _LN2_LOW_32 = 0.693359375, -2.12194440e-4
_LN2_HIGH_64, _LN2_LOW_64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10


@kernel
def _taylor(r):
    """exp(r) - 1 for |r| <= ln(2)/2: r + r^2/2! + … to 7 terms (single) or 14 terms (double)."""
    if is_double(r):
        p = splat(r, 1.1470745597729725e-11)  # 1/14!
        p = fma(p, r, splat(r, 1.6059043836821613e-10))  # 1/13!
        p = fma(p, r, splat(r, 2.08767569878681e-09))
        p = fma(p, r, splat(r, 2.505210838544172e-08))
        p = fma(p, r, splat(r, 2.755731922398589e-07))
        p = fma(p, r, splat(r, 2.7557319223985893e-06))
        p = fma(p, r, splat(r, 2.48015873015873e-05))  # 1/8!
        p = fma(p, r, splat(r, 1.984126984126984e-04))
    else:
        p = splat(r, 1.984126984126984e-04)  # 1/7!
    p = fma(p, r, splat(r, 1.388888888888889e-03))
    p = fma(p, r, splat(r, 8.333333333333333e-03))
    p = fma(p, r, splat(r, 4.1666666666666664e-02))
    p = fma(p, r, splat(r, 1.6666666666666666e-01))
    p = fma(p, r, splat(r, 0.5))
    return fma(p * r, r, r)


@kernel
def _halved(x):
    """2^n and exp(r) - 1 with x = n ln(2) + r; x is held between -87 and 87 (double: -700 and 700)."""
    if is_double(x):
        x = smaller(splat(x, 700.0), larger(splat(x, -700.0), x))
        n = nearest(x * splat(x, _LOG2_E))
        r = fma(n, splat(x, -_LN2_HIGH_64), x)
        r = fma(n, splat(x, -_LN2_LOW_64), r)
    else:
        x = smaller(splat(x, 87.0), larger(splat(x, -87.0), x))
        n = nearest(x * splat(x, _LOG2_E))
        r = fma(n, splat(x, -_LN2_HIGH_32), x)
        r = fma(n, splat(x, -_LN2_LOW_32), r)
    return power_of_two(n), _taylor(r)


@kernel
def exponential_minus_one(x):
    """exp(x) - 1 = 2^n (e^r - 1) + (2^n - 1), accurate near 0."""
    scale, rest = _halved(x)
    return fma(scale, rest, scale - splat(x, 1.0))


@kernel
def exponential(x):
    """exp(x) = 2^n (e^r - 1) + 2^n, for x between -87 and 87 (single) or -700 and 700 (double)."""
    scale, rest = _halved(x)
    return fma(scale, rest, scale)


@kernel
def sigmoid(z):
    """1 / (1 + exp(-z))."""
    one = splat(z, 1.0)
    return one / (splat(z, 2.0) + exponential_minus_one(splat(z, 0.0) - z))


@kernel
def hyperbolic_tangent(z):
    """tanh(z) = -E / (E + 2) with E = exp(-2|z|) - 1, and the sign of z."""
    e = exponential_minus_one(splat(z, -2.0) * magnitude(z))
    return with_sign(e / (e + splat(z, 2.0)), z)


@kernel
def activate(code, z):
    """Value of the activation function at z."""
    if code == 1:
        return sigmoid(z)
    if code == 2:
        return hyperbolic_tangent(z)
    if code == 3:
        return larger(splat(z, 0.0), z)
    if code == 4:
        zero = splat(z, 0.0)
        return where(z > zero, z, exponential_minus_one(smaller(zero, z)))
    return z


@kernel
def slope(code, z, a):
    """Derivative of the activation function at z, whose value there is a."""
    one = splat(z, 1.0)
    if code == 1:
        return a * (one - a)
    if code == 2:
        return one - a * a
    if code == 3:
        return where(z > splat(z, 0.0), one, splat(z, 0.0))  # 0 at 0, as all frameworks have it
    if code == 4:
        return where(z > splat(z, 0.0), one, a + one)
    return one

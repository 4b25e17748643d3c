"""Elementary functions on lanes: exp, sigmoid, tanh, log(1 + u), erf and the normal distribution.

exp is reduced to 2^n * exp(r), |r| <= ln(2)/2 (Cody & Waite 1980), with the Taylor polynomial of
exp(r) - 1 to the precision of the lanes, so that no table and no library call is needed and the
result does not depend on where a lane stands. erf is its Taylor series up to 1, and beyond it
1 - exp(-x^2) f(x) with a polynomial fitted to f(x) = exp(x^2) erfc(x) in 1 / (1 + x / 2).
"""

from __future__ import annotations

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import (
    exponent,
    fma,
    is_double,
    larger,
    magnitude,
    nearest,
    polynomial,
    power_of_two,
    smaller,
    splat,
    where,
    with_sign,
)

_LOG2_E, _LN2 = 1.4426950408889634, 0.6931471805599453
_LN2_HIGH_32, _LN2_LOW_32 = 0.693359375, -2.12194440e-4
_LN2_HIGH_64, _LN2_LOW_64 = 6.93147180369123816490e-01, 1.90821492927058770002e-10

# fmt: off
_EXP_64 = (  # 1/14! … 1/2!
    1.1470745597729725e-11, 1.6059043836821613e-10, 2.08767569878681e-09, 2.505210838544172e-08,
    2.755731922398589e-07, 2.7557319223985893e-06, 2.48015873015873e-05, 1.984126984126984e-04,
    1.388888888888889e-03, 8.333333333333333e-03, 4.1666666666666664e-02, 1.6666666666666666e-01, 0.5,
)
_EXP_32 = _EXP_64[-6:]  # 1/7! … 1/2!
_ATANH_64 = tuple(1.0 / (2 * k + 1) for k in range(17, -1, -1))
_ATANH_32 = _ATANH_64[-8:]
_ERF_64 = (  # 2 / sqrt(pi) (-1)^n / (n! (2 n + 1)), n = 18 … 0
    4.763348040515068e-18, -9.063970842808673e-17, 1.6342614095367152e-15, -2.7835162072109212e-14,
    4.4632242632864775e-13, -6.7113668551641105e-12, 9.422759064650411e-11, -1.2290555301717926e-09,
    1.4807192815879218e-08, -1.6365844691234924e-07, 1.6462114365889246e-06, -1.492565035840625e-05,
    0.00012055332981789664, -0.0008548327023450852, 0.005223977625442188, -0.026866170645131252,
    0.11283791670955126, -0.37612638903183754, 1.1283791670955126,
)
_ERF_32 = _ERF_64[-11:]
_ERFCX_64 = (  # fitted at 400 Chebyshev points of 1 <= x <= 6.5; relative error 5e-15
    -4.902191167019812e-13, 2.003920547997784e-12, 3.095227614377913e-11, -1.3547709095524807e-10,
    -3.448400767889767e-10, 4.001856580702384e-09, -2.309689200984486e-09, -9.518904243248487e-08,
    2.4508966285225726e-07, 2.4607203161977623e-06, -9.633642660353284e-06, -9.418227806312718e-05,
    0.0002426972979744243, 0.006169711561797865, 0.04069787888963852, 0.16481105434206428, 0.21576343811980292,
)
_ERFCX_32 = (  # the same to degree 8; relative error 4e-9
    2.3806553288841454e-07, 2.2597066250929034e-06, -9.627156851313153e-06, -9.403473466889332e-05,
    0.00024269492359589966, 0.0061696710182257905, 0.04069787919065626, 0.16481105736318208, 0.21576343811372745,
)
# fmt: on


@kernel
def _halved(x):
    """2^n and exp(r) - 1 with x = n ln(2) + r; x is held between -87 and 87 (double: -700 and 700)."""
    if is_double(x):
        x = smaller(splat(x, 700.0), larger(splat(x, -700.0), x))
        n = nearest(x * splat(x, _LOG2_E))
        r = fma(n, splat(x, -_LN2_HIGH_64), x)
        r = fma(n, splat(x, -_LN2_LOW_64), r)
        p = polynomial(r, _EXP_64)
    else:
        x = smaller(splat(x, 87.0), larger(splat(x, -87.0), x))
        n = nearest(x * splat(x, _LOG2_E))
        r = fma(n, splat(x, -_LN2_HIGH_32), x)
        r = fma(n, splat(x, -_LN2_LOW_32), r)
        p = polynomial(r, _EXP_32)
    return power_of_two(n), fma(p * r, r, r)


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
def log_of_one_plus(u):
    """log(1 + u) = 2 atanh(u / (2 + u)) for u between 0 and 1."""
    s = u / (splat(u, 2.0) + u)
    q = s * s
    p = polynomial(q, _ATANH_64) if is_double(u) else polynomial(q, _ATANH_32)
    return splat(u, 2.0) * s * p


@kernel
def logarithm(x):
    """log(x) = n ln(2) + log(1 + u) with x = 2^n (1 + u), for x not below the smallest normal number; NaN for NaN."""
    n = exponent(x)
    u = x * power_of_two(splat(x, 0.0) - n) - splat(x, 1.0)
    return fma(n, splat(x, _LN2), log_of_one_plus(u))


@kernel
def softplus(z):
    """log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|))."""
    zero = splat(z, 0.0)
    return larger(zero, z) + log_of_one_plus(exponential(zero - magnitude(z)))


@kernel
def _tail(x, bell):
    """Erfc(x) for x >= 1, with bell = exp(-x^2)."""
    one = splat(x, 1.0)
    t = one / (one + splat(x, 0.5) * x)
    u = fma(t, splat(x, 4.636363636363637), splat(x, -2.090909090909091))
    return bell * (polynomial(u, _ERFCX_64) if is_double(x) else polynomial(u, _ERFCX_32))


@kernel
def normal_distribution(z):
    """Phi(z) = (1 + erf(z / sqrt(2))) / 2, and its density phi(z)."""
    half, one = splat(z, 0.5), splat(z, 1.0)
    x = magnitude(z) * splat(z, 0.7071067811865476)
    bell = exponential(splat(z, -0.5) * z * z)
    near = smaller(x, one)
    q = near * near
    series = near * (polynomial(q, _ERF_64) if is_double(z) else polynomial(q, _ERF_32))
    beyond = half * _tail(larger(x, one), bell)  # half of erfc(|x|)
    below = where(x > one, beyond, fma(splat(z, -0.5), series, half))
    return where(z > splat(z, 0.0), one - below, below), bell * splat(z, 0.3989422804014327)

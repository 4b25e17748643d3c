"""The product of two matrices of one network, by the BLAS library that Numba uses (SciPy's)."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once_value, get_or_insert_function
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array


def multiply(out, o0, a, a0, a_turned, b, b0, b_turned, m, n, k, keeps):
    """Write A B, or add it; this is how it reads, and how it runs without the compiler.

    `numpy.dot` does the same in kernels, but cannot add, and cuts a view out of every array first.

    Arguments, in their order:
        out: Flat array; the result (m, n) is written at o0.
        a: Flat array; A stands at a0 as (m, k), or as (k, m) where `a_turned` is 1.
        b: Flat array; B stands at b0 as (k, n), or as (n, k) where `b_turned` is 1.
        m, n, k: Rows and columns of the result, and the length of its sums.
        keeps: 1 where the product is added to what is there.
    """
    left = a[a0 : a0 + m * k].reshape((k, m)).T if a_turned else a[a0 : a0 + m * k].reshape((m, k))
    right = b[b0 : b0 + k * n].reshape((n, k)).T if b_turned else b[b0 : b0 + k * n].reshape((k, n))
    result = out[o0 : o0 + m * n].reshape((m, n))
    result[:] = left @ right + (result if keeps else 0.0)


@type_callable(multiply)
def _type_multiply(context):
    import scipy.linalg.cython_blas  # noqa: F401  (where the compiled call finds its BLAS)

    return lambda out, o0, a, a0, a_turned, b, b0, b_turned, m, n, k, keeps: types.void


_BYTE, _INT, _POINTER = ir.IntType(8), ir.IntType(64), ir.IntType(8).as_pointer()
_XXGEMM = ir.FunctionType(
    ir.IntType(32),
    [_BYTE, _BYTE, _BYTE, _INT, _INT, _INT, _POINTER, _POINTER, _INT, _POINTER, _INT, _POINTER, _POINTER, _INT],
)
"""Numba's door to BLAS: kind, turned a, turned b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc; columns first."""


@lower_builtin(multiply, *[types.Any] * 12)
def _lower_multiply(context, builder, sig, args):
    """Rows first is columns first of the turned matrices: out' = B' A'."""
    value = [
        context.cast(builder, v, t, types.int64) if isinstance(t, types.Integer | types.Boolean) else v
        for v, t in zip(args, sig.args, strict=True)
    ]
    element = sig.args[0].dtype

    def pointer(at):
        data = make_array(sig.args[at])(context, builder, value[at]).data
        return builder.bitcast(builder.gep(data, [value[at + 1]]), _POINTER)

    def slot(number):
        return builder.bitcast(alloca_once_value(builder, number), _POINTER)

    def word(turned):
        return builder.select(is_set(turned), ir.Constant(_BYTE, ord("t")), ir.Constant(_BYTE, ord("n")))

    def is_set(flag):
        return builder.icmp_signed("!=", flag, ir.Constant(_INT, 0))

    m, n, k = value[8:11]
    one, zero = context.get_constant(element, 1.0), context.get_constant(element, 0.0)
    function = get_or_insert_function(builder.module, _XXGEMM, "numba_xxgemm")
    kind = ir.Constant(_BYTE, ord("s" if element == types.float32 else "d"))
    builder.call(function, [
        kind, word(value[7]), word(value[4]), n, m, k, slot(one),
        pointer(5), builder.select(is_set(value[7]), k, n), pointer(2), builder.select(is_set(value[4]), m, k),
        slot(builder.select(is_set(value[11]), one, zero)), pointer(0), n,
    ])  # fmt: skip
    return context.get_dummy_value()

"""A vector of lanes, one network a lane: the arithmetic from which all kernels are written.

In compiled code a value of type `lanes` is one vector register (16 single or 8 double precision
numbers with AVX-512) and every operation is one machine instruction on it. With the compiler
switched off (``NUMBA_DISABLE_JIT=1``) the same kernels run on short NumPy arrays: the Python bodies
below are the readable twins of the compiled ones.

Arrays of lanes are flat; position ``i`` means the numbers ``i * n .. (i + 1) * n`` of the array.
"""

from __future__ import annotations

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, register_model, type_callable

from tunescape.engine.jit import vector_bytes

LANES = {np.dtype(np.float32): vector_bytes() // 4, np.dtype(np.float64): vector_bytes() // 8}
"""Number of networks in one block, by precision."""

COUNT = {types.float32: vector_bytes() // 4, types.float64: vector_bytes() // 8}
"""The same by Numba's types."""

_BITS = {types.float32: ir.IntType(32), types.float64: ir.IntType(64)}
_MANTISSA = {types.float32: (23, 127), types.float64: (52, 1023)}


class Lanes(types.Type):
    """Numba's type of a vector of lanes: an element type and a count."""

    def __init__(self, element: types.Type, count: int) -> None:
        self.element, self.count = element, count
        super().__init__(name=f"lanes({element} x {count})")


@register_model(Lanes)
class _LanesModel(PrimitiveModel):
    """Vectors are passed and kept as LLVM vectors."""

    def __init__(self, manager, kind):
        element = ir.IntType(1) if kind.element == types.boolean else manager.lookup(kind.element).get_value_type()
        super().__init__(manager, kind, ir.VectorType(element, kind.count))


# ---- the functions that kernels call, as they read without the compiler


def load(array, i):
    """Lanes at position `i` of a float array."""
    n = LANES[array.dtype]
    return array[i * n : (i + 1) * n].copy()


def load_words(words, i, like):
    """Lanes of 32-bit words at position `i`, as many as `like` has lanes."""
    n = len(like)
    return words[i * n : (i + 1) * n].copy()


def store(array, i, value):
    """Put lanes at position `i` of a float array."""
    n = LANES[array.dtype]
    array[i * n : (i + 1) * n] = value


def splat(like, number):
    """The same number in every lane, in the precision of `like`."""
    return np.full(len(like), number, dtype=like.dtype)


def fma(a, b, c):
    """A * b + c, rounded once where the processor can."""
    return a * b + c


def root(a):
    """Square root."""
    return np.sqrt(a)


def magnitude(a):
    """Absolute value."""
    return np.abs(a)


def smaller(a, b):
    """The smaller of two; b where one is NaN."""
    return np.where(a < b, a, b)


def larger(a, b):
    """The larger of two; b where one is NaN."""
    return np.where(a > b, a, b)


def nearest(a):
    """Nearest whole number, ties to even."""
    return np.rint(a)


def power_of_two(n):
    """2 to the power of whole numbers, which must lie in the range of normal numbers; any number for NaN."""
    return np.ldexp(np.ones_like(n), np.nan_to_num(n).astype(np.int32))


def polynomial(x, coefficients):
    """Horner's rule; the coefficient of the highest power comes first."""
    p = splat(x, coefficients[0])
    for coefficient in coefficients[1:]:
        p = fma(p, x, splat(x, coefficient))
    return p


def exponent(a):
    """The whole number n with 2^n <= a < 2^(n + 1), for positive normal numbers; some number for NaN."""
    return (np.frexp(a)[1] - 1).astype(a.dtype)


def with_sign(a, b):
    """The magnitude of a with the sign of b."""
    return np.copysign(a, b)


def where(condition, a, b):
    """A in the lanes where the condition holds, b elsewhere."""
    return np.where(condition, a, b)


def either(a, b):
    """The lanes in which one of two conditions holds."""
    return a | b


def is_double(like):
    """Whether the lanes hold double precision numbers; known when the kernel is compiled."""
    return like.dtype == np.float64


def spread_words(like_words, number):
    """The same 32-bit word in every lane."""
    return np.full(len(like_words), number & 0xFFFFFFFF, dtype=np.uint32)


def shift_right(words, places):
    """Logical shift of 32-bit words."""
    return words >> np.uint32(places)


# ---- what the compiler makes of them


def _unary(function, build):
    @type_callable(function)
    def _type(context):
        return lambda a: a if isinstance(a, Lanes) else None

    @lower_builtin(function, Lanes)
    def _lower(context, builder, sig, args):
        return build(builder, sig.args[0], *args)


def _llvm(name):
    """Build a call of one of LLVM's vector functions, all of whose arguments have one type."""

    def build(builder, kind, *args):
        vector = args[0].type
        suffix = f"v{kind.count}f{kind.element.bitwidth}"
        function = ir.FunctionType(vector, [vector] * len(args))
        return builder.call(get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), args)

    return build


def _power_of_two(builder, kind, n):
    """Add 1.5 * 2^places, so that n stands in the lowest bits; add the bias, and shift into the exponent.

    A conversion to whole numbers would be undefined for NaN.
    """
    whole = ir.VectorType(_BITS[kind.element], kind.count)
    places, bias = _MANTISSA[kind.element]
    bits = builder.bitcast(builder.fadd(n, _constant(n.type, 1.5 * 2.0**places)), whole)
    exponent = builder.add(bits, _constant(whole, bias))
    return builder.bitcast(builder.shl(exponent, _constant(whole, places)), n.type)


def _exponent(builder, kind, a):
    """The bits of the exponent, less the bias."""
    whole = ir.VectorType(_BITS[kind.element], kind.count)
    places, bias = _MANTISSA[kind.element]
    bits = builder.lshr(builder.bitcast(a, whole), _constant(whole, places))
    return builder.sitofp(builder.sub(bits, _constant(whole, bias)), a.type)


def _constant(vector, number):
    return ir.Constant(vector, [number] * vector.count)


_unary(root, _llvm("sqrt"))
_unary(magnitude, _llvm("fabs"))
_unary(nearest, _llvm("rint"))
_unary(power_of_two, _power_of_two)
_unary(exponent, _exponent)


@type_callable(fma)
def _type_fma(context):
    return lambda a, b, c: a if isinstance(a, Lanes) and a == b == c else None


@lower_builtin(fma, Lanes, Lanes, Lanes)
def _lower_fma(context, builder, sig, args):
    return _llvm("fmuladd")(builder, sig.return_type, *args)


@type_callable(polynomial)
def _type_polynomial(context):
    return lambda x, coefficients: x


@lower_builtin(polynomial, Lanes, types.BaseTuple)
def _lower_polynomial(context, builder, sig, args):
    x, kind = args[0], sig.args[0]
    numbers = [
        context.cast(builder, builder.extract_value(args[1], i), number, kind.element)
        for i, number in enumerate(sig.args[1].types)
    ]
    spread = [_spread(context, builder, number, x.type) for number in numbers]
    p = spread[0]
    for coefficient in spread[1:]:
        p = _llvm("fmuladd")(builder, kind, p, x, coefficient)
    return p


def _binary(function, build):
    @type_callable(function)
    def _type(context):
        return lambda a, b: a if isinstance(a, Lanes) and a == b else None

    @lower_builtin(function, Lanes, Lanes)
    def _lower(context, builder, sig, args):
        return build(builder, sig.return_type, *args)


_binary(smaller, lambda b, kind, x, y: b.select(b.fcmp_ordered("<", x, y), x, y))
_binary(larger, lambda b, kind, x, y: b.select(b.fcmp_ordered(">", x, y), x, y))
_binary(with_sign, _llvm("copysign"))


def _offset(context, builder, array_type, array, index, count):
    """Pointer to position `index` of a flat array, as a pointer to a vector."""
    from numba.np.arrayobj import make_array

    data = make_array(array_type)(context, builder, array).data
    index = builder.mul(index, ir.Constant(index.type, count))
    return builder.gep(data, [index])


def _as_vector_pointer(builder, pointer, vector):
    return builder.bitcast(pointer, ir.PointerType(vector))


@type_callable(load)
def _type_load(context):
    def typer(array, i):
        return Lanes(array.dtype, COUNT[array.dtype])

    return typer


@lower_builtin(load, types.Array, types.Integer)
def _lower_load(context, builder, sig, args):
    return _load(context, builder, sig, args)


def _load(context, builder, sig, args):
    kind = sig.return_type
    vector = ir.VectorType(context.get_value_type(kind.element), kind.count)
    index = context.cast(builder, args[1], sig.args[1], types.intp)
    pointer = _offset(context, builder, sig.args[0], args[0], index, kind.count)
    return builder.load(_as_vector_pointer(builder, pointer, vector), align=kind.element.bitwidth // 8)


@type_callable(load_words)
def _type_load_words(context):
    return lambda words, i, like: Lanes(types.uint32, like.count)


@lower_builtin(load_words, types.Array, types.Integer, Lanes)
def _lower_load_words(context, builder, sig, args):
    return _load(context, builder, sig, args)


@type_callable(store)
def _type_store(context):
    return lambda array, i, value: types.void


@lower_builtin(store, types.Array, types.Integer, Lanes)
def _lower_store(context, builder, sig, args):
    index = context.cast(builder, args[1], sig.args[1], types.intp)
    pointer = _offset(context, builder, sig.args[0], args[0], index, sig.args[2].count)
    builder.store(args[2], _as_vector_pointer(builder, pointer, args[2].type),
                  align=sig.args[2].element.bitwidth // 8)  # fmt: skip
    return context.get_dummy_value()


def _spread(context, builder, scalar, vector):
    """Put one number into every lane."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)


@type_callable(splat)
def _type_splat(context):
    return lambda like, number: like


@type_callable(spread_words)
def _type_spread_words(context):
    return lambda like, number: like


@lower_builtin(splat, Lanes, types.Number)
@lower_builtin(spread_words, Lanes, types.Number)
def _lower_splat(context, builder, sig, args):
    scalar = context.cast(builder, args[1], sig.args[1], sig.args[0].element)
    return _spread(context, builder, scalar, args[0].type)


@type_callable(either)
def _type_either(context):
    return lambda a, b: a


@lower_builtin(either, Lanes, Lanes)
def _lower_either(context, builder, sig, args):
    return builder.or_(*args)


@type_callable(is_double)
def _type_is_double(context):
    return lambda like: types.boolean


@lower_builtin(is_double, Lanes)
def _lower_is_double(context, builder, sig, args):
    return context.get_constant(types.boolean, sig.args[0].element == types.float64)


@type_callable(shift_right)
def _type_shift(context):
    return lambda words, places: words


@lower_builtin(shift_right, Lanes, types.Integer)
def _lower_shift(context, builder, sig, args):
    places = context.cast(builder, args[1], sig.args[1], types.uint32)
    return builder.lshr(args[0], _spread(context, builder, places, args[0].type))


@type_callable(where)
def _type_where(context):
    return lambda condition, a, b: a if isinstance(a, Lanes) and a == b else None


@lower_builtin(where, Lanes, Lanes, Lanes)
def _lower_where(context, builder, sig, args):
    return builder.select(*args)


def _operator(symbol, float_build, word_build=None, returns_mask=False):
    """Give an operator of Python its meaning on lanes."""

    @infer_global(symbol)
    class _Typing(AbstractTemplate):
        metadata = {"target": "cpu"}  # noqa: RUF012  # asked before those of Numba, whose target is "generic"

        def generic(self, args, keywords):
            if len(args) == 2 and isinstance(args[0], Lanes) and args[0] == args[1]:
                result = Lanes(types.boolean, args[0].count) if returns_mask else args[0]
                return signature(result, *args)
            return None

    @lower_builtin(symbol, Lanes, Lanes)
    def _lower(context, builder, sig, args):
        words = sig.args[0].element in (types.uint32, types.boolean)
        return (word_build if words else float_build)(builder, *args)


_operator(operator.add, lambda b, x, y: b.fadd(x, y), lambda b, x, y: b.add(x, y))
_operator(operator.sub, lambda b, x, y: b.fsub(x, y), lambda b, x, y: b.sub(x, y))
_operator(operator.mul, lambda b, x, y: b.fmul(x, y), lambda b, x, y: b.mul(x, y))
_operator(operator.truediv, lambda b, x, y: b.fdiv(x, y))
_operator(operator.xor, None, lambda b, x, y: b.xor(x, y))
_operator(operator.and_, None, lambda b, x, y: b.and_(x, y))
_operator(operator.lt, lambda b, x, y: b.fcmp_ordered("<", x, y),
          lambda b, x, y: b.icmp_unsigned("<", x, y), returns_mask=True)  # fmt: skip
_operator(operator.gt, lambda b, x, y: b.fcmp_ordered(">", x, y),
          lambda b, x, y: b.icmp_unsigned(">", x, y), returns_mask=True)  # fmt: skip
_operator(operator.ge, lambda b, x, y: b.fcmp_ordered(">=", x, y),
          lambda b, x, y: b.icmp_unsigned(">=", x, y), returns_mask=True)  # fmt: skip

"""Vectors that begin anywhere in an array: where lanes are neighbouring units of one network.

`lanes.load` counts in whole vectors; rows of a matrix whose length is no multiple of the lanes begin
in between. A vector may reach beyond the end of its row: what is read there is not used, and what is
written there is overwritten when rows are written in ascending order. Arrays end with room for it.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import COUNT, LANES, Lanes


def load_at(array, i):
    """Lanes that begin at element `i` of a float array."""
    return array[i : i + LANES[array.dtype]].copy()


def store_at(array, i, value):
    """Put lanes at element `i` of a float array."""
    array[i : i + LANES[array.dtype]] = value


@type_callable(load_at)
def _type_load_at(context):
    return lambda array, i: Lanes(array.dtype, COUNT[array.dtype])


@type_callable(store_at)
def _type_store_at(context):
    return lambda array, i, value: types.void


def _pointer(context, builder, array_type, array, index_type, index, kind):
    """Pointer to a vector at an element of a flat array."""
    data = make_array(array_type)(context, builder, array).data
    first = builder.gep(data, [context.cast(builder, index, index_type, types.intp)])
    vector = ir.VectorType(context.get_value_type(kind.element), kind.count)
    return builder.bitcast(first, ir.PointerType(vector))


@lower_builtin(load_at, types.Array, types.Integer)
def _lower_load_at(context, builder, sig, args):
    kind = sig.return_type
    pointer = _pointer(context, builder, sig.args[0], args[0], sig.args[1], args[1], kind)
    return builder.load(pointer, align=kind.element.bitwidth // 8)


@lower_builtin(store_at, types.Array, types.Integer, Lanes)
def _lower_store_at(context, builder, sig, args):
    kind = sig.args[2]
    pointer = _pointer(context, builder, sig.args[0], args[0], sig.args[1], args[1], kind)
    builder.store(args[2], pointer, align=kind.element.bitwidth // 8)
    return context.get_dummy_value()


@kernel
def across(value, lanes, room):
    """Sum of all lanes, in their order; `room` is working space for one vector."""
    store_at(room, 0, value)
    total = room[0]
    for lane in range(1, lanes):
        total += room[lane]
    return total

"""The micro-kernel: a product of small matrices of lanes, held in registers tile by tile.

Everything that a dense layer does is this product: forward, weight gradient, error carried back.
An element of the result is always summed in the order of the inner index, starting from its start
value, whichever tile it falls into; so tiles change speed and nothing else.

A matrix of lanes is an array, the position of its first element, and two strides (in elements); a
stride of 0 repeats an element, as for biases, zeros and ones.
"""

from __future__ import annotations

from contextlib import contextmanager

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

from tunescape.engine.jit import vector_bytes
from tunescape.engine.lanes import COUNT, fma, load, store

ROWS, COLUMNS = {32: (4, 3)}.get(vector_bytes(), (4, 4))
"""Greatest tile: its sums, a column of factors and one more fit the registers (16 with AVX2, else 32)."""


def product(n_rows, n_columns, depth, start, s0, sm, sn, a, a0, am, ak, b, b0, bn, bk,
            factor, f0, fm, fn, scaled, out, o0, om, on):  # fmt: skip
    """out[m, n] = (start[m, n] + sum over k of a[m, k] * b[k, n]) * factor[m, n].

    This is how it reads, and how it runs without the compiler.

    Arguments, in their order:
        n_rows: Rows m of the result.
        n_columns: Columns n of the result.
        depth: Length of the sum over k.
        start: Array of what the sums start from; s0, sm, sn are its first element and strides.
        a: Array of the left matrix; a0, am, ak likewise.
        b: Array of the right matrix; b0, bn, bk likewise.
        factor: Array of factors on the sums, not read unless `scaled`; f0, fm, fn likewise.
        scaled: 1 where there is a factor, else 0.
        out: Array of the result, which may be the start; o0, om, on likewise.
    """
    for m in range(n_rows):
        for n in range(n_columns):
            total = load(start, s0 + m * sm + n * sn)
            for k in range(depth):
                total = fma(load(a, a0 + m * am + k * ak), load(b, b0 + n * bn + k * bk), total)
            if scaled:
                total = total * load(factor, f0 + m * fm + n * fn)
            store(out, o0 + m * om + n * on, total)


# ---- the same as LLVM code: the result is cut into tiles, one loop over k per size of tile, its sums in registers


class _Matrix:
    """A matrix of lanes in LLVM's terms: pointer to its first element, and two strides."""

    def __init__(self, builder, element, pointer, strides):
        self.builder, self.first, self.strides = builder, pointer, strides
        self.item, self.count = element.bitwidth // 8, COUNT[element]

    def pointer(self, i, j, k=None):
        """Pointer to element (i, j), both Python numbers; or (i, k) with k a running LLVM number."""
        builder = self.builder
        at = builder.mul(self.strides[0], _int(i))
        at = builder.add(at, builder.mul(self.strides[1], _int(j) if k is None else k))
        return builder.gep(self.first, [at])

    def load(self, i, j, k=None):
        return self.builder.load(self.pointer(i, j, k), align=self.item)

    def store(self, i, j, value):
        self.builder.store(value, self.pointer(i, j), align=self.item)


_INT = ir.IntType(64)


def _int(number):
    return ir.Constant(_INT, number)


@type_callable(product)
def _type_product(context):
    def typer(n_rows, n_columns, depth, start, s0, sm, sn, a, a0, am, ak, b, b0, bn, bk,
              factor, f0, fm, fn, scaled, out, o0, om, on):  # fmt: skip
        return types.void

    return typer


@lower_builtin(product, *[types.Any] * 24)
def _lower_product(context, builder, sig, args):
    value = [
        context.cast(builder, v, t, types.intp) if isinstance(t, types.Integer | types.Boolean) else v
        for v, t in zip(args, sig.args)
    ]
    element = sig.args[3].dtype
    vector = ir.VectorType(context.get_value_type(element), COUNT[element])
    pointers, strides = [], []
    for at in (3, 7, 11, 15, 20):
        first = make_array(sig.args[at])(context, builder, value[at]).data
        first = builder.gep(first, [builder.mul(value[at + 1], _int(COUNT[element]))])
        pointers.append(builder.bitcast(first, ir.PointerType(vector)))
        strides += [value[at + 2], value[at + 3]]
    function = _product_function(builder.module, element, vector)
    builder.call(function, [*value[:3], value[19], *pointers, *strides])
    return context.get_dummy_value()


def _product_function(module, element, vector):
    """The whole product as a function, made once per module and kept out of its callers.

    It is large; inlined into each of the products of a layer it would be compiled many times.
    """
    name = f"tunescape_product_v{vector.count}f{element.bitwidth}"
    if name in module.globals:
        return module.globals[name]
    kinds = [_INT] * 4 + [ir.PointerType(vector)] * 5 + [_INT] * 10
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    n_rows, n_columns, depth, scaled, *rest = function.args
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    is_scaled = builder.icmp_signed("!=", scaled, _int(0))
    with _parts(builder, n_rows, ROWS) as (m, rows), _parts(builder, n_columns, COLUMNS) as (n, columns):
        start, a, b, factor, out = (
            _Matrix(builder, element, builder.gep(rest[i], [offset]), (rest[5 + 2 * i], rest[6 + 2 * i]))
            for i, offset in enumerate(
                builder.add(builder.mul(m, rest[5 + 2 * i]), builder.mul(n, rest[6 + 2 * i]))
                if i in (0, 3, 4) else builder.mul(m if i == 1 else n, rest[5 + 2 * i])
                for i in range(5)
            )
        )  # fmt: skip
        end = function.append_basic_block("tile.end")
        switch = builder.switch(builder.add(builder.mul(rows, _int(COLUMNS + 1)), columns), end)
        for r in range(1, ROWS + 1):
            for c in range(1, COLUMNS + 1):
                block = function.append_basic_block(f"tile.{r}x{c}")
                switch.add_case(_int(r * (COLUMNS + 1) + c), block)
                builder.position_at_end(block)
                _emit_tile(builder, vector, r, c, depth, start, a, b, factor, is_scaled, out)
                builder.branch(end)
        builder.position_at_end(end)
    builder.ret_void()
    return function


@contextmanager
def _parts(builder, n, most):
    """Loop over 0 … n in parts of nearly equal size, none above `most`: yield the first of each part, and its size."""
    sizes = [0, *(-(-left // -(-left // most)) for left in range(1, 2 * most))]
    table = ir.Constant(ir.VectorType(_INT, len(sizes)), sizes)
    before, function = builder.block, builder.function
    head, body, after = (function.append_basic_block(f"part.{name}") for name in ("head", "body", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    at = builder.phi(_INT)
    at.add_incoming(_int(0), before)
    builder.cbranch(builder.icmp_signed("<", at, n), body, after)
    builder.position_at_end(body)
    left = builder.sub(n, at)
    many = builder.icmp_signed(">=", left, _int(2 * most))
    size = builder.select(many, _int(most), builder.extract_element(table, builder.select(many, _int(0), left)))
    yield at, size
    at.add_incoming(builder.add(at, size), builder.block)
    builder.branch(head)
    builder.position_at_end(after)


def _emit_tile(builder, vector, rows, columns, depth, start, a, b, factor, scaled, out):
    """Emit one size of tile: load the starts, loop over k, scale, store."""
    cells = [(m, n) for m in range(rows) for n in range(columns)]
    begun = {cell: start.load(*cell) for cell in cells}
    before = builder.block
    loop, after = builder.append_basic_block("tile.loop"), builder.append_basic_block("tile.after")
    builder.cbranch(builder.icmp_signed(">", depth, _int(0)), loop, after)
    builder.position_at_end(loop)
    k = builder.phi(_INT)
    k.add_incoming(_int(0), before)
    sums = {cell: builder.phi(vector) for cell in cells}
    left = [a.load(m, 0, k) for m in range(rows)]
    right = [b.load(n, 0, k) for n in range(columns)]
    fma_type = ir.FunctionType(vector, [vector] * 3)
    name = f"llvm.fmuladd.v{out.count}f{out.item * 8}"
    multiply_add = get_or_insert_function(builder.module, fma_type, name)
    grown = {(m, n): builder.call(multiply_add, [left[m], right[n], sums[m, n]]) for m, n in cells}
    following = builder.add(k, _int(1))
    k.add_incoming(following, loop)
    for cell in cells:
        sums[cell].add_incoming(begun[cell], before)
        sums[cell].add_incoming(grown[cell], loop)
    builder.cbranch(builder.icmp_signed("<", following, depth), loop, after)
    builder.position_at_end(after)
    totals = {}
    for cell in cells:
        totals[cell] = builder.phi(vector)
        totals[cell].add_incoming(begun[cell], before)
        totals[cell].add_incoming(grown[cell], loop)
    with builder.if_else(scaled) as (yes, no):
        with yes:
            for cell in cells:
                out.store(*cell, builder.fmul(totals[cell], factor.load(*cell)))
        with no:
            for cell in cells:
                out.store(*cell, totals[cell])

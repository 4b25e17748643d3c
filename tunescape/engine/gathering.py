"""Rows of a table, one per lane, turned into vectors of lanes: every lane reads its own row.

Four columns at a time are read from each row as one short vector, and turned round in registers.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable
from numba.np.arrayobj import make_array

from tunescape.engine.lanes import COUNT, LANES

COLUMNS = 4
"""Columns that are read at once; a table's rows are padded to a multiple of it."""


def gather(table, width, rows, values, first, n_first, others, rest, chunk):
    """Copy row `rows[lane]` of a table into vectors of lanes; this is how it reads.

    Args:
        table: Flat table, rows of `width` numbers.
        width: Length of a row, a multiple of `COLUMNS`.
        rows: Row of each lane, (n_lanes,), uint64.
        values: Array of lanes for the first columns: column i goes to position ``first + i * chunk``.
        first: See above.
        n_first: How many columns go there.
        others: Array of lanes for the other columns: column n_first + k goes to ``rest + k * chunk``.
        rest: See above.
        chunk: See above.
    """
    n = LANES[table.dtype]
    for column in range(width):
        for lane in range(n):
            number = table[int(rows[lane]) * width + column]
            if column < n_first:
                values[(first + column * chunk) * n + lane] = number
            else:
                others[(rest + (column - n_first) * chunk) * n + lane] = number


@type_callable(gather)
def _type_gather(context):
    return lambda table, width, rows, values, first, n_first, others, rest, chunk: types.void


@lower_builtin(gather, *[types.Any] * 9)
def _lower_gather(context, builder, sig, args):
    whole = ir.IntType(64)
    width, first, n_first, rest, chunk = (
        context.cast(builder, args[i], sig.args[i], types.intp) for i in (1, 4, 5, 7, 8)
    )
    table, rows, values, others = (make_array(sig.args[i])(context, builder, args[i]).data for i in (0, 2, 3, 6))
    element = sig.args[0].dtype
    n, item = COUNT[element], element.bitwidth // 8
    short = ir.VectorType(context.get_value_type(element), COLUMNS)
    starts = [
        builder.gep(table, [builder.mul(builder.load(builder.gep(rows, [ir.Constant(whole, lane)])), width)])
        for lane in range(n)
    ]
    with cgutils.for_range(builder, builder.sdiv(width, ir.Constant(whole, COLUMNS))) as loop:
        column = builder.mul(loop.index, ir.Constant(whole, COLUMNS))
        read = [
            builder.load(builder.bitcast(builder.gep(start, [column]), ir.PointerType(short)), align=item)
            for start in starts
        ]
        for j, vector in enumerate(_turned(builder, read, n)):
            at = builder.add(column, ir.Constant(whole, j))
            is_first = builder.icmp_signed("<", at, n_first)
            index = builder.select(
                is_first,
                builder.add(first, builder.mul(at, chunk)),
                builder.add(rest, builder.mul(builder.sub(at, n_first), chunk)),
            )
            target = builder.gep(builder.select(is_first, values, others), [builder.mul(index, ir.Constant(whole, n))])
            builder.store(vector, builder.bitcast(target, ir.PointerType(vector.type)), align=item)
    return context.get_dummy_value()


def _turned(builder, rows, n):
    """From n rows of `COLUMNS` numbers, `COLUMNS` vectors of n numbers."""
    if n % COLUMNS:
        return _turned_singly(builder, rows, n)
    groups = [_joined(builder, rows[k::COLUMNS]) for k in range(COLUMNS)]  # row k, k + 4, … side by side
    halves = []
    for a, b in ((0, 1), (2, 3)):
        for k in (0, 2):
            mask = [i for q in range(0, n, 4) for i in (q + k, n + q + k, q + k + 1, n + q + k + 1)]
            halves.append(_shuffle(builder, groups[a], groups[b], mask))
    turned = []
    for h in (0, 1):
        for k in (0, 2):
            mask = [i for q in range(0, n, 4) for i in (q + k, q + k + 1, n + q + k, n + q + k + 1)]
            turned.append(_shuffle(builder, halves[h], halves[2 + h], mask))
    return turned


def _turned_singly(builder, rows, n):
    turned = []
    for j in range(COLUMNS):
        vector = ir.Constant(ir.VectorType(rows[0].type.element, n), ir.Undefined)
        for lane, row in enumerate(rows):
            number = builder.extract_element(row, ir.Constant(ir.IntType(32), j))
            vector = builder.insert_element(vector, number, ir.Constant(ir.IntType(32), lane))
        turned.append(vector)
    return turned


def _joined(builder, vectors):
    """Vectors side by side."""
    while len(vectors) > 1:
        length = vectors[0].type.count
        vectors = [_shuffle(builder, a, b, range(2 * length)) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]
    return vectors[0]


def _shuffle(builder, a, b, mask):
    indices = list(mask)
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(indices)), indices))

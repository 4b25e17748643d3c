"""Dense layers on lanes: one fixed-order product serves forward, backward and weight gradient.

Arrays hold one vector of lanes per element. Activations lie unit by unit with the samples of a
chunk inside (element ``unit * chunk + sample``); the weights of a layer lie input by input
(element ``input * n_outputs + output``), followed by its biases.
"""

from __future__ import annotations

from tunescape.engine.activations import activate, slope
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, load, load_words, splat, store, where
from tunescape.engine.random_numbers import dropout_words


@kernel
def add_product(a, a0, am, ak, b, b0, bn, bk, c, c0, cm, cn, M, N, K):
    """c[m, n] += sum over k of a[m, k] * b[k, n], summed in the order of k for every element.

    Element (m, k) of a stands at ``a0 + m * am + k * ak``, and so on. Tiles of 2 x 4 keep eight
    sums in registers; an element's arithmetic is the same whichever tile it falls into. The plain
    form is ``for m: for n: for k: c[m, n] = fma(a[m, k], b[k, n], c[m, n])``.
    """
    m = 0
    while m + 2 <= M:
        n = 0
        while n + 4 <= N:
            _tile_2_by_4(a, a0 + m * am, am, ak, b, b0 + n * bn, bn, bk, c, c0 + m * cm + n * cn, cm, cn, K)
            n += 4
        while n < N:
            _tile_2_by_1(a, a0 + m * am, am, ak, b, b0 + n * bn, bk, c, c0 + m * cm + n * cn, cm, K)
            n += 1
        m += 2
    if m < M:
        n = 0
        while n + 4 <= N:
            _tile_1_by_4(a, a0 + m * am, ak, b, b0 + n * bn, bn, bk, c, c0 + m * cm + n * cn, cn, K)
            n += 4
        while n < N:
            i = c0 + m * cm + n * cn
            total = load(c, i)
            for k in range(K):
                total = fma(load(a, a0 + m * am + k * ak), load(b, b0 + n * bn + k * bk), total)
            store(c, i, total)
            n += 1


@kernel
def _tile_2_by_4(a, p, am, ak, b, q, bn, bk, c, i, cm, cn, K):
    j = i + cm
    c00, c01, c02, c03 = load(c, i), load(c, i + cn), load(c, i + 2 * cn), load(c, i + 3 * cn)
    c10, c11, c12, c13 = load(c, j), load(c, j + cn), load(c, j + 2 * cn), load(c, j + 3 * cn)
    for _ in range(K):
        a0, a1 = load(a, p), load(a, p + am)
        b0, b1, b2, b3 = load(b, q), load(b, q + bn), load(b, q + 2 * bn), load(b, q + 3 * bn)
        c00, c01, c02, c03 = fma(a0, b0, c00), fma(a0, b1, c01), fma(a0, b2, c02), fma(a0, b3, c03)
        c10, c11, c12, c13 = fma(a1, b0, c10), fma(a1, b1, c11), fma(a1, b2, c12), fma(a1, b3, c13)
        p += ak
        q += bk
    store(c, i, c00), store(c, i + cn, c01), store(c, i + 2 * cn, c02), store(c, i + 3 * cn, c03)
    store(c, j, c10), store(c, j + cn, c11), store(c, j + 2 * cn, c12), store(c, j + 3 * cn, c13)


@kernel
def _tile_2_by_1(a, p, am, ak, b, q, bk, c, i, cm, K):
    c0, c1 = load(c, i), load(c, i + cm)
    for _ in range(K):
        b0 = load(b, q)
        c0, c1 = fma(load(a, p), b0, c0), fma(load(a, p + am), b0, c1)
        p += ak
        q += bk
    store(c, i, c0)
    store(c, i + cm, c1)


@kernel
def _tile_1_by_4(a, p, ak, b, q, bn, bk, c, i, cn, K):
    c0, c1, c2, c3 = load(c, i), load(c, i + cn), load(c, i + 2 * cn), load(c, i + 3 * cn)
    for _ in range(K):
        a0 = load(a, p)
        c0, c1 = fma(a0, load(b, q), c0), fma(a0, load(b, q + bn), c1)
        c2, c3 = fma(a0, load(b, q + 2 * bn), c2), fma(a0, load(b, q + 3 * bn), c3)
        p += ak
        q += bk
    store(c, i, c0), store(c, i + cn, c1), store(c, i + 2 * cn, c2), store(c, i + 3 * cn, c3)


@kernel
def forward(weights, w0, values, x0, z0, n_in, n_out, chunk, n):
    """z = x W + b for n samples of a chunk.

    Args:
        weights: Weights and biases of all layers.
        w0: Position of this layer's weights.
        values: Activations of all layers; the inputs stand at x0, z is written at z0.
        x0: Position of the inputs.
        z0: Position of the outputs.
        n_in: Units in.
        n_out: Units out.
        chunk: Samples for which there is room.
        n: Samples that are there.
    """
    for o in range(n_out):
        bias = load(weights, w0 + n_in * n_out + o)
        for s in range(n):
            store(values, z0 + o * chunk + s, bias)
    add_product(weights, w0, 1, n_out, values, x0, 1, chunk, values, z0, chunk, 1, n_out, n, n_in)


@kernel
def activate_layer(values, z0, slopes, n_units, chunk, n, code):
    """Turn z into the activation in place and keep its slope."""
    for u in range(n_units):
        for s in range(n):
            i = z0 + u * chunk + s
            z = load(values, i)
            a = activate(code, z)
            store(slopes, i, slope(code, z, a))
            store(values, i, a)


@kernel
def activate_only(values, z0, n_units, chunk, n, code):
    """Turn z into the activation in place."""
    for u in range(n_units):
        for s in range(n):
            i = z0 + u * chunk + s
            store(values, i, activate(code, load(values, i)))


@kernel
def drop(values, slopes, z0, n_units, chunk, n, first, batch, layer, keys, drop_below, keep_scale):
    """Inverted dropout: zero where the word is below rate * 2^32, else divide by the keep rate.

    The mask multiplies the slope too, so that the backward pass needs no mask of its own.
    """
    scale = load(keep_scale, layer)
    zero = splat(scale, 0.0)
    below = load_words(drop_below, layer, scale)
    for u in range(n_units):
        for s in range(n):
            i = z0 + u * chunk + s
            dropped = dropout_words(keys, layer, u * batch + first + s, scale) < below
            factor = where(dropped, zero, scale)
            store(values, i, load(values, i) * factor)
            store(slopes, i, load(slopes, i) * factor)


@kernel
def backward(weights, w0, gradient, values, slopes, deltas, x0, z0, n_in, n_out, chunk, n, to_inputs):
    """Add a layer's weight gradient, and carry the error back to its inputs where these are hidden units.

    Args:
        weights: Weights and biases of all layers; this layer's stand at w0.
        w0: Position of this layer's weights, also in the gradient.
        gradient: dL/dW and dL/db of all layers, added to.
        values: Activations; the layer's inputs stand at x0.
        slopes: Slopes of the activations (times dropout factors).
        deltas: dL/dz; this layer's stand at z0, the one below is written at x0.
        x0: Position of the inputs.
        z0: Position of the outputs.
        n_in: Units in.
        n_out: Units out.
        chunk: Samples for which there is room.
        n: Samples that are there.
        to_inputs: Whether the inputs are hidden units.
    """
    add_product(values, x0, chunk, 1, deltas, z0, chunk, 1, gradient, w0, n_out, 1, n_in, n_out, n)
    for o in range(n_out):
        i = w0 + n_in * n_out + o
        total = load(gradient, i)
        for s in range(n):
            total = total + load(deltas, z0 + o * chunk + s)
        store(gradient, i, total)
    if to_inputs:
        for u in range(n_in):
            for s in range(n):
                i = x0 + u * chunk + s
                store(deltas, i, splat(load(values, i), 0.0))
        add_product(weights, w0, n_out, 1, deltas, z0, 1, chunk, deltas, x0, chunk, 1, n_in, n, n_out)
        for u in range(n_in):
            for s in range(n):
                i = x0 + u * chunk + s
                store(deltas, i, load(deltas, i) * load(slopes, i))

"""Dense layers of one network: matrix products by BLAS, all that is elementwise by vectors of units.

Activations are matrices (samples, units), weights (inputs, outputs): forward x W, gradient x' d and
error d W' are then products of arrays as they lie.
"""

from __future__ import annotations

from tunescape.engine.activations import activate, slope
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, load, load_words, splat, where
from tunescape.engine.random_numbers import dropout_words
from tunescape.engine.wide_lanes import load_at, store_at


@kernel
def add_exactly(array, at, more, m0, n, adds):
    """Put n numbers into an array, or add them to it."""
    for i in range(n):
        array[at + i] = array[at + i] + more[m0 + i] if adds != 0 else more[m0 + i]


@kernel
def bias_gradient(deltas, d0, gradient, b0, sums, n, n_out, lanes, adds):
    """dL/db: the sums of d over the samples."""
    zero, n_vectors = splat(load_at(sums, 0), 0.0), (n_out + lanes - 1) // lanes
    for v in range(n_vectors):
        store_at(sums, v * lanes, zero)
    for s in range(n):
        for v in range(n_vectors):
            store_at(sums, v * lanes, load_at(sums, v * lanes) + load_at(deltas, d0 + s * n_out + v * lanes))
    add_exactly(gradient, b0, sums, 0, n_out, adds)


@kernel
def activate_rows(z, z0, scale, c0, shift, b0, values, slopes, at, n, n_units, lanes, code, leak, learns,
                  drops, keys, layer, first, batch, drop_below, keep_scale):  # fmt: skip
    """Activation of ``scale * z + shift``, its slope where it learns, and dropout: zero, or divided by the keep rate.

    The mask multiplies the slope too, so that the backward pass needs no mask of its own.

    Arguments, in their order:
        z: The layer before its activation, a matrix at z0.
        scale: A factor per unit at c0: ones, or normalisation's.
        shift: A summand per unit at b0: biases, or normalisation's.
        values: Written at `at`: the activations; slopes: likewise, where `learns` is 1.
        n: Samples; n_units: units; lanes: numbers in a vector.
        code: Which activation; leak: leaky_relu's slope below 0.
        drops: 1 where units are dropped; the remaining arguments are for that: keys of every lane, the
            layer, the first sample's place in the batch, samples of a whole batch, thresholds, factors.
    """
    zero, n_vectors = splat(leak, 0.0), (n_units + lanes - 1) // lanes
    factor = zero
    for s in range(n):
        row = s * n_units
        for v in range(n_vectors):
            i = row + v * lanes
            x = fma(load_at(z, z0 + i), load_at(scale, c0 + v * lanes), load_at(shift, b0 + v * lanes))
            a = activate(code, x, leak)
            if learns == 1:
                d = slope(code, x, a, leak)
                if drops == 1:
                    factor = load(keep_scale, layer)
                    words = dropout_words(keys, layer, v * lanes * batch + first + s, factor)
                    factor = where(words < load_words(drop_below, layer, factor), zero, factor)
                    a, d = a * factor, d * factor
                store_at(slopes, at + i, d)
            store_at(values, at + i, a)


@kernel
def turn_outputs(z, weights, b0, outputs, stride, n, n_out):
    """The last layer with its biases, turned round: outputs[k, s] = z[s, k] + b[k]."""
    for k in range(n_out):
        bias = weights[b0 + k]
        for s in range(n):
            outputs[k * stride + s] = z[s * n_out + k] + bias


@kernel
def turn_deltas(output_deltas, stride, deltas, d0, n, n_out):
    """Its errors, turned back."""
    for s in range(n):
        for k in range(n_out):
            deltas[d0 + s * n_out + k] = output_deltas[k * stride + s]


@kernel
def times_slopes(z, slopes, at, into, to, n_numbers, lanes):
    """Into = z times slope, number by number."""
    for i in range(0, n_numbers, lanes):
        store_at(into, to + i, load_at(z, i) * load_at(slopes, at + i))


@kernel
def copy_row(inputs, row, n_in, values, at, lanes):
    """One row of the inputs, by vectors as far as they go; the last one may overlap the one before."""
    source = row * n_in
    if n_in < lanes:
        for i in range(n_in):
            values[at + i] = inputs[source + i]
    else:
        for i in range(0, n_in - lanes, lanes):
            store_at(values, at + i, load_at(inputs, source + i))
        store_at(values, at + n_in - lanes, load_at(inputs, source + n_in - lanes))

"""Dense layers on lanes: forward, activation, dropout, weight gradient, error carried back.

Arrays hold one vector of lanes per element. Activations lie unit by unit with the samples of a
chunk inside (element ``unit * chunk + sample``); the weights of a layer lie input by input
(element ``input * n_outputs + output``), followed by its biases. Whole numbers are passed to kernels
as `np.int64`: for a literal the compiler would make a kernel of its own.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.activations import ELU, RELU, SIGMOID, TANH, activate_mixed, activate_more
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import load, load_words, splat, store, where
from tunescape.engine.product import product
from tunescape.engine.random_numbers import dropout_words


@kernel
def spread_row(table, at, n_in, n_out, values, targets, chunk, s):
    """Put a row of a table, which begins at `at`, into all lanes: inputs and targets of sample s of a chunk."""
    like = load(values, 0)
    for i in range(n_in):
        store(values, i * chunk + s, splat(like, table[at + i]))
    for k in range(n_out):
        store(targets, k * chunk + s, splat(like, table[at + n_in + k]))


@kernel
def forward(weights, w0, values, x0, z0, n_in, n_out, chunk, n):
    """Z = x W + b for n samples of a chunk.

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
    bias, no, one = w0 + n_in * n_out, np.int64(0), np.int64(1)
    product(n_out, n, n_in, weights, bias, one, no, weights, w0, one, n_out, values, x0, one, chunk,
            weights, no, no, no, no, values, z0, chunk, one)  # fmt: skip


def _loop(value, derivative):
    """The loop over a layer of one activation function."""

    @kernel
    def loop(values, z0, slopes, n_units, chunk, n, leak):
        for u in range(n_units):
            for s in range(n):
                i = z0 + u * chunk + s
                z = load(values, i)
                a = value(z, leak)
                store(values, i, a)
                store(slopes, i, derivative(z, a, leak))

    return loop


_relu, _sigmoid, _tanh, _elu = (_loop(*functions) for functions in (RELU, SIGMOID, TANH, ELU))


@kernel
def activate_layer(values, z0, slopes, n_units, chunk, n, groups, masks, leak):
    """Turn z into the activation in place and keep its slope.

    Args:
        values: Activations of all layers; this layer's z stand at z0.
        z0: Position of the layer's units.
        slopes: Slopes, written at z0.
        n_units: Units.
        chunk: Samples for which there is room.
        n: Samples that are there.
        groups: Distinct activations of the lanes, as `group_lanes` writes them.
        masks: Lanes of each.
        leak: Slope of leaky_relu below 0.
    """
    code = groups[1] if groups[0] == 1 else np.int64(-1)
    if code == 3:
        _relu(values, z0, slopes, n_units, chunk, n, leak)
    elif code == 2:
        _tanh(values, z0, slopes, n_units, chunk, n, leak)
    elif code == 1:
        _sigmoid(values, z0, slopes, n_units, chunk, n, leak)
    elif code == 4:
        _elu(values, z0, slopes, n_units, chunk, n, leak)
    elif code >= 0:
        for u in range(n_units):
            for s in range(n):
                i = z0 + u * chunk + s
                a, d = activate_more(code, load(values, i), leak)
                store(values, i, a)
                store(slopes, i, d)
    else:
        is_sigmoid, is_tanh, is_elu, others = _lanes_of_usual(groups, masks, leak)
        for u in range(n_units):
            for s in range(n):
                i = z0 + u * chunk + s
                z = load(values, i)
                a, d = activate_mixed(z, is_tanh, is_sigmoid, is_elu)
                for g in range(others, groups[0]):
                    ruled = load(masks, g) > splat(leak, 0.0)
                    value, derivative = activate_more(groups[1 + g], z, leak)
                    a, d = where(ruled, value, a), where(ruled, derivative, d)
                store(values, i, a)
                store(slopes, i, d)


@kernel
def _lanes_of_usual(groups, masks, leak):
    """Which lanes are sigmoid, tanh and elu, and the first of the groups (ascending by code) beyond them."""
    zero = splat(leak, 0.0)
    is_sigmoid, is_tanh, is_elu = zero > zero, zero > zero, zero > zero
    others = groups[0]
    for g in range(groups[0] - 1, -1, -1):
        code, ruled = groups[1 + g], load(masks, g) > zero
        if code == 1:
            is_sigmoid = ruled
        elif code == 2:
            is_tanh = ruled
        elif code == 4:
            is_elu = ruled
        elif code > 4:
            others = g
    return is_sigmoid, is_tanh, is_elu, others


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
def backward(weights, w0, gradient, values, slopes, deltas, constants, x0, z0, n_in, n_out, chunk, n, to_inputs):
    """Add a layer's weight gradient, and carry the error back to its inputs where these are hidden units.

    Args:
        weights: Weights and biases of all layers; this layer's stand at w0.
        w0: Position of this layer's weights, also in the gradient.
        gradient: dL/dW and dL/db of all layers, added to.
        values: Activations; the layer's inputs stand at x0.
        slopes: Slopes of the activations (times dropout factors).
        deltas: dL/dz; this layer's stand at z0, the one below is written at x0.
        constants: A vector of zeros and one of ones.
        x0: Position of the inputs.
        z0: Position of the outputs.
        n_in: Units in.
        n_out: Units out.
        chunk: Samples for which there is room.
        n: Samples that are there.
        to_inputs: Whether the inputs are hidden units.
    """
    bias, no, one = w0 + n_in * n_out, np.int64(0), np.int64(1)
    product(n_in, n_out, n, gradient, w0, n_out, one, values, x0, chunk, one, deltas, z0, chunk, one,
            slopes, no, no, no, no, gradient, w0, n_out, one)  # fmt: skip
    product(one, n_out, n, gradient, bias, no, one, constants, one, no, no, deltas, z0, chunk, one,
            slopes, no, no, no, no, gradient, bias, no, one)  # fmt: skip
    if to_inputs:
        product(n_in, n, n_out, constants, no, no, no, weights, w0, n_out, one, deltas, z0, one, chunk,
                slopes, x0, chunk, one, one, deltas, x0, chunk, one)  # fmt: skip

"""The training loop of one block of lanes, compiled whole: rows, forward, backward, update, verdict.

A block is a set of networks that differ in nothing but numbers (`Shape` is what they share). Its
`State` holds everything that a later call needs to go on, so that training in slices changes nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, load, splat, store
from tunescape.engine.layers import activate_layer, activate_only, backward, drop, forward
from tunescape.engine.losses import add_losses, output_deltas
from tunescape.engine.optimisers import add_penalties, update
from tunescape.engine.random_numbers import dropout_keys, shuffle_lanes


class Shape(NamedTuple):
    """What the networks of a block share, as small integers.

    Attributes:
        widths: Units of every layer from inputs to outputs, shape (n_layers + 1,).
        weights_at: Position of each layer's weights, then the number of all, shape (n_layers + 1,).
        units_at: Position of each layer's units in the activations, shape (n_layers + 2,).
        codes: Activation, optimiser, loss, then 1 for a mean and 0 for a sum over the batch, 1 where
            batches straddle epochs, 1 where any lane has dropout, 1 where any has L1 or L2 penalties
            outside the optimiser, shape (7,).
        batch: Samples in a batch.
        chunk: Samples that are worked on at once.
        n_lanes: Lanes in the block.
    """

    widths: NDArray[np.int64]
    weights_at: NDArray[np.int64]
    units_at: NDArray[np.int64]
    codes: NDArray[np.int64]
    batch: int
    chunk: int
    n_lanes: int


class State(NamedTuple):
    """Everything that changes while a block is trained; flat arrays of lanes unless said otherwise.

    Attributes:
        weights: Weights and biases, (n_weights * n_lanes,).
        gradient: Their gradient.
        first: The optimiser's first state array.
        second: The optimiser's second state array.
        powers: beta_1^t and beta_2^t, (2 * n_lanes,), float64.
        step_size: Corrected learning rates, (n_lanes,).
        rows: Rows in the order of the present epoch, (n_rows * n_lanes,), uint32.
        row_keys: Working space for one whole number per lane, (n_lanes,), uint64.
        due: Which lanes begin an epoch, (n_lanes,), int8.
        n_rows: Rows of each lane, (n_lanes,), int64.
        position: Next row of each lane, (n_lanes,), int64.
        epoch: Epoch of each lane, (n_lanes,), int64.
        stopped_at: Step at which a lane diverged, or -1, (n_lanes,), int64.
        values: Activations of a chunk.
        slopes: Slopes of the activations.
        deltas: Errors.
        targets: Targets of a chunk.
        constants: A vector of zeros and one of ones.
        keys: Keys of the dropout masks, uint32.
    """

    weights: NDArray
    gradient: NDArray
    first: NDArray
    second: NDArray
    powers: NDArray[np.float64]
    step_size: NDArray
    rows: NDArray[np.uint32]
    row_keys: NDArray[np.uint64]
    due: NDArray[np.int8]
    n_rows: NDArray[np.int64]
    position: NDArray[np.int64]
    epoch: NDArray[np.int64]
    stopped_at: NDArray[np.int64]
    values: NDArray
    slopes: NDArray
    deltas: NDArray
    targets: NDArray
    constants: NDArray
    keys: NDArray[np.uint32]


class Settings(NamedTuple):
    """Numbers that differ from lane to lane and stay as they are.

    Attributes:
        numbers: One lane vector per name of `optimisers.SETTINGS`, flat.
        keep_scale: 1 / (1 - dropout rate) per hidden layer, flat.
        drop_below: rate * 2^32 per hidden layer, flat, uint32.
        seeds: (n_lanes,), uint64.
    """

    numbers: NDArray
    keep_scale: NDArray
    drop_below: NDArray[np.uint32]
    seeds: NDArray[np.uint64]


@kernel
def _begin_epochs(shape, state, settings, order):
    """Put lanes at the end of their rows into the order of their next epoch: the given one, or a shuffle."""
    any_due = False
    for lane in range(shape.n_lanes):
        state.due[lane] = state.position[lane] >= state.n_rows[lane]
        if state.due[lane]:
            any_due = True
            state.epoch[lane] += 1
            state.position[lane] = 0
            if order.shape[0] > 0:
                for i in range(state.n_rows[lane]):
                    state.rows[i * shape.n_lanes + lane] = order[state.epoch[lane] % order.shape[0], i]
    if any_due and order.shape[0] == 0:
        shuffle_lanes(state.rows, state.n_rows, state.due, state.row_keys, settings.seeds, state.epoch)


@kernel
def _begin_batch(shape, state, settings, order):
    """Begin new epochs where due; return the size of the batch, which all lanes share."""
    _begin_epochs(shape, state, settings, order)
    if shape.codes[4] == 1:
        return shape.batch
    return min(shape.batch, state.n_rows[0] - state.position[0])


@kernel
def _gather(shape, state, settings, order, inputs, targets, n):
    """Copy the next n rows of every lane into the first layer's units and the targets."""
    lanes, chunk, n_in, n_out = shape.n_lanes, shape.chunk, shape.widths[0], shape.widths[-1]
    for s in range(n):
        if shape.codes[4] == 1:
            _begin_epochs(shape, state, settings, order)
        for lane in range(lanes):
            state.row_keys[lane] = state.rows[state.position[lane] * lanes + lane]
            state.position[lane] += 1
        for i in range(n_in):
            at = (i * chunk + s) * lanes
            for lane in range(lanes):
                state.values[at + lane] = inputs[state.row_keys[lane] * np.uint64(n_in) + np.uint64(i)]
        for k in range(n_out):
            at = (k * chunk + s) * lanes
            for lane in range(lanes):
                state.targets[at + lane] = targets[state.row_keys[lane] * np.uint64(n_out) + np.uint64(k)]


@kernel
def _gradient_of_chunk(shape, state, settings, first, n, batch_now):
    """Add the gradient of the n gathered samples, which start at sample `first` of the batch."""
    n_layers = len(shape.widths) - 1
    codes, chunk = shape.codes, shape.chunk
    for k in range(n_layers):
        n_in, n_out, z0 = shape.widths[k], shape.widths[k + 1], shape.units_at[k + 1]
        forward(state.weights, shape.weights_at[k], state.values, shape.units_at[k], z0, n_in, n_out, chunk, n)
        if k < n_layers - 1:
            activate_layer(state.values, z0, state.slopes, n_out, chunk, n, codes[0])
            if codes[5] == 1:
                drop(state.values, state.slopes, z0, n_out, chunk, n, first, shape.batch, k,
                     state.keys, settings.drop_below, settings.keep_scale)  # fmt: skip
    n_last = shape.widths[n_layers]
    factor = 1.0 / batch_now if codes[3] == 1 else 1.0
    if codes[2] > 0:
        factor /= n_last
    output_deltas(codes[2], state.values, state.targets, state.deltas, shape.units_at[n_layers],
                  n_last, chunk, n, factor)  # fmt: skip
    for back in range(n_layers):
        k = n_layers - 1 - back
        backward(state.weights, shape.weights_at[k], state.gradient, state.values, state.slopes, state.deltas,
                 state.constants, shape.units_at[k], shape.units_at[k + 1], shape.widths[k], shape.widths[k + 1],
                 chunk, n, k > 0)  # fmt: skip


@kernel
def _mark_diverged(shape, state, step):
    """Write the step down for lanes in which a weight has become infinite or NaN; count those left."""
    sound = splat(load(state.weights, 0), 0.0)
    zero = sound
    for p in range(shape.weights_at[-1]):
        sound = fma(load(state.weights, p), zero, sound)  # inf * 0 and NaN * 0 are NaN
    store(state.step_size, 0, sound)
    left = 0
    for lane in range(shape.n_lanes):
        if state.stopped_at[lane] < 0:
            if state.step_size[lane] == 0.0:
                left += 1
            else:
                state.stopped_at[lane] = step
    return left


@kernel
def train_steps(shape, state, settings, order, inputs, targets, step, until):
    """Train a block from after `step` optimiser steps to `until`; stop early when no lane is left.

    Args:
        shape: What the lanes share.
        state: Changed in place.
        settings: Numbers of each lane.
        order: Row order of each epoch, (n_epochs, n_rows), int32, or no rows for own shuffles.
        inputs: Training inputs row by row, flat (n * n_inputs,).
        targets: Training targets row by row, one-hot for classes, flat (n * n_outputs,).
        step: Steps already done.
        until: Steps to be done in all.

    Returns:
        Lanes that have not diverged.
    """
    n_layers = len(shape.widths) - 1
    n_weights = shape.weights_at[-1]
    zero = splat(load(state.weights, 0), 0.0)
    left = shape.n_lanes
    while step < until and left > 0:
        step += 1
        batch_now = _begin_batch(shape, state, settings, order)
        if shape.codes[5] == 1:
            dropout_keys(state.keys, settings.seeds, shape.n_lanes, n_layers - 1, step)
        for p in range(n_weights):
            store(state.gradient, p, zero)
        first = np.int64(0)
        while first < batch_now:
            n = min(shape.chunk, batch_now - first)
            _gather(shape, state, settings, order, inputs, targets, n)
            _gradient_of_chunk(shape, state, settings, first, n, batch_now)
            first += n
        if shape.codes[6] == 1:
            for k in range(n_layers):
                add_penalties(state.weights, state.gradient, shape.weights_at[k],
                              shape.widths[k] * shape.widths[k + 1], settings.numbers)  # fmt: skip
        update(shape.codes[1], state.weights, state.gradient, state.first, state.second, n_weights,
               settings.numbers, state.powers, state.step_size, shape.n_lanes)  # fmt: skip
        left = _mark_diverged(shape, state, step)
    return left


@kernel
def evaluate(shape, state, inputs, targets, loss, correct):
    """Mean loss and share of right answers of every lane on one part of the data, without dropout.

    Args:
        shape: What the lanes share.
        state: Its activations are overwritten.
        inputs: (n, n_inputs).
        targets: (n, n_outputs).
        loss: Written, (n_lanes,), float64.
        correct: Written, (n_lanes,), float64.
    """
    n_layers, chunk, n_rows = len(shape.widths) - 1, shape.chunk, inputs.shape[0]
    loss[:] = 0.0
    correct[:] = 0.0
    like = load(state.weights, 0)
    first = np.int64(0)
    while first < n_rows:
        n = min(chunk, n_rows - first)
        for i in range(inputs.shape[1]):
            for s in range(n):
                store(state.values, i * chunk + s, splat(like, inputs[first + s, i]))
        for k in range(n_layers):
            n_out, z0 = shape.widths[k + 1], shape.units_at[k + 1]
            forward(state.weights, shape.weights_at[k], state.values, shape.units_at[k], z0,
                    shape.widths[k], n_out, chunk, n)  # fmt: skip
            if k < n_layers - 1:
                activate_only(state.values, z0, n_out, chunk, n, shape.codes[0])
        for s in range(n):
            add_losses(shape.codes[2], state.values, shape.units_at[n_layers], shape.widths[n_layers], chunk,
                       shape.n_lanes, s, first + s, targets, loss, correct)  # fmt: skip
        first += n
    loss /= n_rows
    correct /= n_rows

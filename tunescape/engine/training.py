"""The training loop of one block of lanes, compiled whole: rows, forward, backward, update, verdict.

A block is a set of networks that differ in nothing but numbers. Its state holds everything that a
later call needs to go on, so that training in slices changes nothing.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.gradients import add_penalties, clip_gradient, decay_weights, penalty_values
from tunescape.engine.jit import entrance, kernel
from tunescape.engine.lanes import fma, load, splat, store
from tunescape.engine.layers import activate_layer, activate_only, backward, drop, forward
from tunescape.engine.losses import add_losses, add_running_losses, output_deltas
from tunescape.engine.normalisation import normalise, normalise_backward, normalise_only
from tunescape.engine.optimisers import (
    CLIP_EPSILON,
    CLIP_NORM,
    CLIP_VALUE,
    L1,
    L2,
    NEGATIVE_SLOPE,
    NORM_MOMENTUM,
    WEIGHT_DECAY,
    step_numbers,
    update,
)
from tunescape.engine.random_numbers import dropout_keys, shuffle_lanes
from tunescape.engine.state import (
    ACTIVATION,
    ALL_PENALISED,
    CLIPS,
    DECAYS,
    DIVIDES_BY_WEIGHTS,
    DROPS,
    EPSILON_CORRECTED,
    EPSILON_INSIDE,
    GRADIENT_FORM,
    IS_MEAN,
    IS_PENALISED,
    IS_STREAM,
    IS_UNBIASED,
    LOSS,
    NORMALISATION,
    OPTIMISER,
    PENALTY_PER_ROW,
    SCHEDULE,
    SHUFFLES,
    TRACKS_LOSS,
    WEIGHTED,
)

L2_FACTOR = 4
"""Position of the factor of the L2 penalty among the numbers of a step."""


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
    if any_due and order.shape[0] == 0 and shape.codes[SHUFFLES] == 1:
        shuffle_lanes(state.rows, state.n_rows, state.due, state.row_keys, settings.seeds, state.epoch)


@kernel
def _begin_batch(shape, state, settings, order, row_weights):
    """Begin new epochs where due; return the size of the batch, which all lanes share, and note its divisor."""
    _begin_epochs(shape, state, settings, order)
    size = shape.batch
    if shape.codes[IS_STREAM] == 0:
        size = min(shape.batch, state.n_rows[0] - state.position[0])
    for lane in range(shape.n_lanes):
        state.divisor[lane] = size
        if shape.codes[DIVIDES_BY_WEIGHTS] == 1:
            total = 0.0
            for i in range(state.position[lane], state.position[lane] + size):
                total += np.float64(row_weights[state.rows[i * shape.n_lanes + lane]])
            state.divisor[lane] = total
    return size


@kernel
def _gather(shape, state, settings, order, inputs, targets, row_weights, n, batch_now):
    """Copy the next n rows of every lane into the first layer's units and the targets."""
    lanes, chunk, n_in, n_out = shape.n_lanes, shape.chunk, shape.widths[0], shape.widths[-1]
    for s in range(n):
        if shape.codes[IS_STREAM] == 1:
            _begin_epochs(shape, state, settings, order)
        for lane in range(lanes):
            row = state.rows[state.position[lane] * lanes + lane]
            state.row_keys[lane] = row
            state.position[lane] += 1
            if shape.codes[WEIGHTED] == 1:
                averaged = shape.codes[DIVIDES_BY_WEIGHTS] == 1 and shape.codes[IS_MEAN] == 1
                share = batch_now / state.divisor[lane] if averaged else 1.0
                state.row_weights[s * lanes + lane] = row_weights[row] * share
        for i in range(n_in):
            at = (i * chunk + s) * lanes
            for lane in range(lanes):
                state.values[at + lane] = inputs[state.row_keys[lane] * np.uint64(n_in) + np.uint64(i)]
        for k in range(n_out):
            at = (k * chunk + s) * lanes
            for lane in range(lanes):
                state.targets[at + lane] = targets[state.row_keys[lane] * np.uint64(n_out) + np.uint64(k)]


@kernel
def _forward(shape, state, settings, n, first):
    """Outputs of the n gathered samples, which start at sample `first` of the batch, as in training."""
    n_layers, codes, chunk = len(shape.widths) - 1, shape.codes, shape.chunk
    leak = load(settings.numbers, NEGATIVE_SLOPE)
    for k in range(n_layers):
        n_in, n_out, z0, w0 = shape.widths[k], shape.widths[k + 1], shape.units_at[k + 1], shape.weights_at[k]
        forward(state.weights, w0, state.values, shape.units_at[k], z0, n_in, n_out, chunk, n)
        if k < n_layers - 1:
            if codes[NORMALISATION] > 0:
                normalise(codes[NORMALISATION], state.values, state.normed, state.inverses, state.weights,
                          w0 + (n_in + 1) * n_out, state.running, shape.running_at[k], z0, n_out, chunk, n,
                          settings.numbers[NORM_MOMENTUM * shape.n_lanes :], codes[IS_UNBIASED])  # fmt: skip
            activate_layer(state.values, z0, state.slopes, n_out, chunk, n, codes[ACTIVATION], leak)
            if codes[DROPS] == 1:
                drop(state.values, state.slopes, z0, n_out, chunk, n, first, shape.batch, k,
                     state.keys, settings.drop_below, settings.keep_scale)  # fmt: skip


@kernel
def _backward(shape, state, n, batch_now):
    """Add the gradient of the n samples that were carried forward."""
    n_layers, codes, chunk = len(shape.widths) - 1, shape.codes, shape.chunk
    n_last = shape.widths[n_layers]
    factor = 1.0 / batch_now if codes[IS_MEAN] == 1 else 1.0
    if codes[LOSS] == 1 or codes[LOSS] == 2:
        factor /= n_last
    output_deltas(codes[LOSS], state.values, state.targets, state.deltas, shape.units_at[n_layers],
                  n_last, chunk, n, factor, state.row_weights, codes[WEIGHTED])  # fmt: skip
    for back in range(n_layers):
        k = n_layers - 1 - back
        n_in, n_out, w0 = shape.widths[k], shape.widths[k + 1], shape.weights_at[k]
        if codes[NORMALISATION] > 0 and back > 0:
            normalise_backward(codes[NORMALISATION], state.deltas, state.normed, state.inverses, state.weights,
                               state.gradient, w0 + (n_in + 1) * n_out, shape.units_at[k + 1], n_out, chunk,
                               n)  # fmt: skip
        backward(state.weights, w0, state.gradient, state.values, state.slopes, state.deltas, state.constants,
                 shape.units_at[k], shape.units_at[k + 1], n_in, n_out, chunk, n, k > 0)  # fmt: skip


@kernel
def _penalise(shape, state, settings, batch_now):
    """Add the penalties' gradient, and their value to the running loss where that is kept."""
    n_layers, codes, lanes = len(shape.widths) - 1, shape.codes, shape.n_lanes
    l1 = load(settings.numbers, L1)
    for lane in range(lanes):
        factor = np.float64(settings.numbers[L2 * lanes + lane])
        if codes[PENALTY_PER_ROW] == 1:
            factor /= state.divisor[lane]
        state.scalars[L2_FACTOR * lanes + lane] = factor
    l2 = load(state.scalars, L2_FACTOR)
    total = splat(l1, 0.0)
    for k in range(n_layers):
        w0, n = shape.weights_at[k], shape.widths[k] * shape.widths[k + 1]
        if codes[ALL_PENALISED] == 1:
            n = shape.weights_at[k + 1] - w0
        add_penalties(state.weights, state.gradient, w0, n, l1, l2)
        if codes[TRACKS_LOSS] == 1:
            total = penalty_values(state.weights, w0, n, l1, l2, total)
    if codes[TRACKS_LOSS] == 1:
        store(state.scalars, L2_FACTOR + 1, total)
        for lane in range(lanes):
            state.running_loss[lane] += np.float64(state.scalars[(L2_FACTOR + 1) * lanes + lane]) * batch_now


@kernel
def _update(shape, state, settings, step, batch_now):
    """Make one step of the optimiser with the gradient that was collected."""
    codes, n_weights, numbers = shape.codes, shape.weights_at[-1], settings.numbers
    if codes[IS_PENALISED] == 1:
        _penalise(shape, state, settings, batch_now)
    if codes[CLIPS] == 1:
        clip_gradient(state.gradient, n_weights, load(numbers, CLIP_NORM), load(numbers, CLIP_EPSILON),
                      load(numbers, CLIP_VALUE))  # fmt: skip
    step_numbers(codes[OPTIMISER], codes[SCHEDULE], codes[EPSILON_CORRECTED], numbers, state.powers, state.scalars,
                 shape.n_lanes, step)  # fmt: skip
    if codes[DECAYS] == 1:
        decay_weights(state.weights, n_weights, load(state.scalars, 0), load(numbers, WEIGHT_DECAY))
    update(codes[OPTIMISER], codes[EPSILON_INSIDE], codes[GRADIENT_FORM], state.weights, state.gradient, state.first,
           state.second, n_weights, numbers, state.scalars)  # fmt: skip


@kernel
def _mark_diverged(shape, state, step):
    """Write the step down for lanes in which a weight has become infinite or NaN; count those left."""
    sound = splat(load(state.weights, 0), 0.0)
    zero = sound
    for p in range(shape.weights_at[-1]):
        sound = fma(load(state.weights, p), zero, sound)  # inf * 0 and NaN * 0 are NaN
    store(state.scalars, 5, sound)
    left = 0
    for lane in range(shape.n_lanes):
        if state.stopped_at[lane] < 0:
            if state.scalars[5 * shape.n_lanes + lane] == 0.0:
                left += 1
            else:
                state.stopped_at[lane] = step
    return left


@entrance
def train_steps(shape, state, settings, order, inputs, targets, row_weights, step, until):
    """Train a block from after `step` optimiser steps to `until`; stop early when no lane is left.

    Args:
        shape: What the lanes share.
        state: Changed in place.
        settings: Numbers of each lane.
        order: Row order of each epoch, (n_epochs, n_rows), int32, or no rows for own shuffles.
        inputs: Training inputs row by row, flat (n * n_inputs,).
        targets: Training targets row by row, one-hot for classes, flat (n * n_outputs,).
        row_weights: Weight of each training row, (n,), or nothing.
        step: Steps already done.
        until: Steps to be done in all.

    Returns:
        Lanes that have not diverged.
    """
    zero = splat(load(state.weights, 0), 0.0)
    left, codes, n_layers = shape.n_lanes, shape.codes, len(shape.widths) - 1
    while step < until and left > 0:
        step += 1
        batch_now = _begin_batch(shape, state, settings, order, row_weights)
        if codes[DROPS] == 1:
            dropout_keys(state.keys, settings.seeds, shape.n_lanes, n_layers - 1, step)
        for p in range(shape.weights_at[-1]):
            store(state.gradient, p, zero)
        first = np.int64(0)
        while first < batch_now:
            n = min(shape.chunk, batch_now - first)
            _gather(shape, state, settings, order, inputs, targets, row_weights, n, batch_now)
            _forward(shape, state, settings, n, first)
            if codes[TRACKS_LOSS] == 1:
                add_running_losses(codes[LOSS], state.values, shape.units_at[n_layers], shape.widths[n_layers],
                                   shape.chunk, shape.n_lanes, n, state.targets, state.row_weights, codes[WEIGHTED],
                                   state.running_loss)  # fmt: skip
            _backward(shape, state, n, batch_now)
            first += n
        state.running_rows[0] += batch_now
        _update(shape, state, settings, step, batch_now)
        left = _mark_diverged(shape, state, step)
    return left


@entrance
def evaluate(shape, state, settings, inputs, targets, loss, correct):
    """Mean loss and share of right answers of every lane on one part of the data, without dropout.

    Args:
        shape: What the lanes share.
        state: Its activations are overwritten.
        settings: Numbers of each lane.
        inputs: (n, n_inputs).
        targets: (n, n_outputs).
        loss: Written, (n_lanes,), float64.
        correct: Written, (n_lanes,), float64.
    """
    n_layers, chunk, n_rows = len(shape.widths) - 1, shape.chunk, inputs.shape[0]
    loss[:] = 0.0
    correct[:] = 0.0
    like, leak, code = load(state.weights, 0), load(settings.numbers, NEGATIVE_SLOPE), shape.codes[NORMALISATION]
    flat_targets = targets.reshape(-1)
    first = np.int64(0)
    while first < n_rows:
        n = min(chunk, n_rows - first)
        for i in range(inputs.shape[1]):
            for s in range(n):
                store(state.values, i * chunk + s, splat(like, inputs[first + s, i]))
        for k in range(n_layers):
            n_in, n_out, z0, w0 = shape.widths[k], shape.widths[k + 1], shape.units_at[k + 1], shape.weights_at[k]
            forward(state.weights, w0, state.values, shape.units_at[k], z0, n_in, n_out, chunk, n)
            if k < n_layers - 1:
                if code > 0:
                    normalise_only(code, state.values, state.normed, state.weights, w0 + (n_in + 1) * n_out,
                                   state.running, shape.running_at[k], z0, n_out, chunk, n,
                                   settings.numbers[NORM_MOMENTUM * shape.n_lanes :])  # fmt: skip
                activate_only(state.values, z0, n_out, chunk, n, shape.codes[ACTIVATION], leak)
        for s in range(n):
            add_losses(shape.codes[LOSS], state.values, shape.units_at[n_layers], shape.widths[n_layers], chunk,
                       shape.n_lanes, s, first + s, flat_targets, loss, correct)  # fmt: skip
        first += n
    loss /= n_rows
    correct /= n_rows

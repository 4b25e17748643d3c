"""The training loop of one wide network, compiled whole: rows, forward, backward, update, verdict.

The twin of `training`, for networks whose block of lanes would leave the cache. Calls are the same
step by step; what differs is that lanes are units of one network, and that products are BLAS's.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.bundle import bundle
from tunescape.engine.gradients import decay_weights
from tunescape.engine.jit import entrance, kernel
from tunescape.engine.lanes import load, splat
from tunescape.engine.losses import add_losses, add_running_losses, output_deltas
from tunescape.engine.optimisers import (
    CLIP_EPSILON,
    CLIP_NORM,
    CLIP_VALUE,
    L1,
    L2,
    NEGATIVE_SLOPE,
    NORM_EPSILON,
    NORM_MOMENTUM,
    WEIGHT_DECAY,
    step_numbers,
    update,
)
from tunescape.engine.random_numbers import dropout_keys, shuffle_rows
from tunescape.engine.state import (
    ACTIVATION,
    ALL_PENALISED,
    CLIPS,
    CORRECTED,
    DECAYS,
    DIVIDES_BY_WEIGHTS,
    DROPS,
    IS_MEAN,
    IS_PENALISED,
    IS_STREAM,
    IS_UNBIASED,
    LOSS,
    NORMALISATION,
    PER_ROW,
    SCHEDULE,
    SHUFFLES,
    TRACKS_LOSS,
    UPDATE,
    WEIGHTED,
)
from tunescape.engine.wide_gradients import clip, is_sound, penalise
from tunescape.engine.wide_layers import (
    activate_rows,
    bias_gradient,
    copy_row,
    times_slopes,
    turn_deltas,
    turn_outputs,
)
from tunescape.engine.wide_normalisation import normalise, normalise_backward, normalise_only
from tunescape.engine.wide_product import multiply


@kernel
def _begin_epoch(shape, state, settings, order):
    """Where the rows are at their end, put them into the order of the next epoch: the given one, or a shuffle."""
    if state.position[0] < state.n_rows[0]:
        return
    state.epoch[0] += 1
    state.position[0] = 0
    if order.shape[0] > 0:
        now = state.epoch[0] % order.shape[0]
        for i in range(state.n_rows[0]):
            state.rows[i] = order[now, i]
    elif shape.codes[SHUFFLES] == 1:
        shuffle_rows(state.rows[: state.n_rows[0]], settings.seeds[0], np.uint64(state.epoch[0]))


@kernel
def _begin_batch(shape, state, settings, order, row_weights):
    """Begin an epoch where due; return the size of the batch, and note its divisor."""
    _begin_epoch(shape, state, settings, order)
    size = shape.batch
    if shape.codes[IS_STREAM] == 0:
        size = min(shape.batch, state.n_rows[0] - state.position[0])
    state.divisor[0] = size
    if shape.codes[DIVIDES_BY_WEIGHTS] == 1:
        total = 0.0
        for i in range(state.position[0], state.position[0] + size):
            total += np.float64(row_weights[state.rows[i]])
        state.divisor[0] = total
    return size


@kernel
def _gather(shape, state, settings, order, inputs, targets, row_weights, n, stride, batch_now):
    """Copy the next n rows into the first layer's matrix, and their targets, turned round."""
    n_in, n_out, codes = shape.widths[0], shape.widths[-1], shape.codes
    averaged = codes[DIVIDES_BY_WEIGHTS] == 1 and codes[IS_MEAN] == 1
    share = batch_now / state.divisor[0] if averaged else 1.0
    for s in range(n):
        if codes[IS_STREAM] == 1:
            _begin_epoch(shape, state, settings, order)
        row = np.int64(state.rows[state.position[0]])
        state.position[0] += 1
        copy_row(inputs, row, n_in, state.values, s * n_in, shape.lanes)
        for k in range(n_out):
            state.targets[k * stride + s] = targets[row * n_out + k]
        if codes[WEIGHTED] == 1:
            state.row_weights[s] = row_weights[row] * share


@kernel
def _hidden(shape, state, settings, x, x0, k, n, first, learns):
    """One hidden layer: product, normalisation, activation and dropout."""
    codes, lanes, n_in, n_out = shape.codes, shape.lanes, shape.widths[k], shape.widths[k + 1]
    w0, at, one = shape.weights_at[k], shape.units_at[k + 1], settings.one
    bias, gamma = w0 + n_in * n_out, w0 + (n_in + 1) * n_out
    no = np.int64(0)
    multiply(state.z, no, x, x0, no, state.weights, w0, no, n, n_out, n_in, no)
    z, z0, scale, c0, shift = state.z, np.int64(0), state.ones, np.int64(0), bias
    if codes[NORMALISATION] > 0:
        if learns == 1:
            normalise(codes[NORMALISATION], state.z, state.weights, bias, state.normed, state.inverses, at,
                      state.running, shape.running_at[k], state.sums, state.room, n, n_out, lanes,
                      one[NORM_MOMENTUM], one[NORM_EPSILON], codes[IS_UNBIASED])  # fmt: skip
        else:
            normalise_only(codes[NORMALISATION], state.z, state.weights, bias, state.normed, state.inverses, at,
                           state.running, shape.running_at[k], state.room, n, n_out, lanes,
                           one[NORM_EPSILON])  # fmt: skip
        z, z0, scale, c0, shift = state.normed, at, state.weights, gamma, gamma + n_out
    leak, drops = load(settings.numbers, NEGATIVE_SLOPE), codes[DROPS] * learns
    activate_rows(z, z0, scale, c0, state.weights, shift, state.values, state.slopes, at, n, n_out, lanes,
                  shape.own[ACTIVATION], leak, learns, drops, state.keys, k, first, shape.batch,
                  settings.drop_below, settings.keep_scale)  # fmt: skip


@kernel
def _forward(shape, state, settings, x, x0, n, stride, first, learns):
    """Outputs of n samples that stand in x at x0, sample `first` of the batch and those after it."""
    last, no = len(shape.widths) - 2, np.int64(0)
    for k in range(last):
        _hidden(shape, state, settings, x if k == 0 else state.values, x0 if k == 0 else shape.units_at[k], k, n,
                first, learns)  # fmt: skip
    n_in, n_out, w0 = shape.widths[last], shape.widths[last + 1], shape.weights_at[last]
    multiply(state.z, no, x if last == 0 else state.values, x0 if last == 0 else shape.units_at[last], no,
             state.weights, w0, no, n, n_out, n_in, no)  # fmt: skip
    turn_outputs(state.z, state.weights, w0 + n_in * n_out, state.outputs, stride, n, n_out)


@kernel
def _backward(shape, state, n, stride, batch_now, adds):
    """The gradient of the n samples that were carried forward; `adds` is 1 from the second chunk on."""
    n_layers, codes, lanes = len(shape.widths) - 1, shape.codes, shape.lanes
    n_out, no, yes = shape.widths[n_layers], np.int64(0), np.int64(1)
    factor = 1.0 / batch_now if codes[IS_MEAN] == 1 else 1.0
    if codes[LOSS] == 1 or codes[LOSS] == 2:
        factor /= n_out
    output_deltas(codes[LOSS], state.outputs, state.targets, state.output_deltas, np.int64(0), n_out, stride // lanes,
                  stride // lanes, splat(load(state.ones, 0), factor), state.row_weights, codes[WEIGHTED])  # fmt: skip
    turn_deltas(state.output_deltas, stride, state.deltas, shape.units_at[n_layers], n, n_out)
    for back in range(n_layers):
        k = n_layers - 1 - back
        n_in, n_out, w0 = shape.widths[k], shape.widths[k + 1], shape.weights_at[k]
        at, below = shape.units_at[k + 1], shape.units_at[k]
        multiply(state.gradient, w0, state.values, below, yes, state.deltas, at, no, n_in, n_out, n, adds)
        bias_gradient(state.deltas, at, state.gradient, w0 + n_in * n_out, state.sums, n, n_out, lanes, adds)
        if k == 0:
            return
        multiply(state.z, no, state.deltas, at, no, state.weights, w0, yes, n, n_in, n_out, no)
        if codes[NORMALISATION] == 0:
            times_slopes(state.z, state.slopes, below, state.deltas, below, n * n_in, lanes)
        else:
            times_slopes(state.z, state.slopes, below, state.z, np.int64(0), n * n_in, lanes)
            gamma = shape.weights_at[k - 1] + (shape.widths[k - 1] + 1) * n_in
            normalise_backward(codes[NORMALISATION], state.z, state.deltas, state.normed, state.inverses, below,
                               state.weights, state.gradient, gamma, state.sums, state.room, n, n_in, lanes,
                               adds)  # fmt: skip


@kernel
def _penalise(shape, state, settings, batch_now):
    """Add the penalties' gradient, and their value to the running loss where that is kept."""
    codes, l2 = shape.codes, np.float64(settings.one[L2])
    if shape.own[PER_ROW] == 1 and state.divisor[0] > 0.0:
        l2 /= state.divisor[0]
    total = 0.0
    for k in range(len(shape.widths) - 1):
        w0, n = shape.weights_at[k], shape.widths[k] * shape.widths[k + 1]
        if codes[ALL_PENALISED] == 1:
            n = shape.weights_at[k + 1] - w0
        total += penalise(state.weights, state.gradient, w0, n, settings.one[L1], l2, state.room, shape.lanes,
                          codes[TRACKS_LOSS])  # fmt: skip
    state.running_loss[0] += total * batch_now


@kernel
def _update(shape, state, settings, step, batch_now):
    """Make one step of the optimiser with the gradient that was collected."""
    codes, lanes, one, numbers = shape.codes, shape.lanes, settings.one, settings.numbers
    n_vectors = (shape.weights_at[-1] + lanes - 1) // lanes
    if codes[IS_PENALISED] == 1:
        _penalise(shape, state, settings, batch_now)
    if codes[CLIPS] == 1:
        clip(state.gradient, n_vectors, one[CLIP_NORM], one[CLIP_EPSILON], one[CLIP_VALUE], state.room, lanes)
    code, everywhere = shape.own[UPDATE], load(state.ones, 0) > splat(load(state.ones, 0), 0.0)
    step_numbers(code & 15, shape.own[SCHEDULE], shape.own[CORRECTED], one, state.powers, state.numbers_now,
                 np.int64(1), np.int64(0), step)  # fmt: skip
    for i in range(len(state.numbers_now)):
        for lane in range(lanes):
            state.scalars[i * lanes + lane] = state.numbers_now[i]
    if codes[DECAYS] == 1:
        decay_weights(state.weights, n_vectors, load(state.scalars, 0), load(numbers, WEIGHT_DECAY),
                      everywhere)  # fmt: skip
    update(code & 15, (code >> 4) & 1, (code >> 5) & 1, everywhere, state.weights, state.gradient, state.first,
           state.second, n_vectors, numbers, state.scalars)  # fmt: skip


@kernel
def _draw_masks(shape, state, settings):
    """Keys of the dropout masks of one step; a lane is the unit after its neighbour, `batch` numbers further on."""
    n_hidden, lanes = len(shape.widths) - 2, shape.lanes
    dropout_keys(state.one_keys, settings.seeds, np.int64(1), n_hidden, state.step)
    for i in range(2 * n_hidden):
        apart = np.uint64(shape.batch) * np.uint64(0x9E3779B1) if i % 2 == 0 else np.uint64(0)
        for lane in range(lanes):
            word = np.uint64(state.one_keys[i]) + np.uint64(lane) * apart
            state.keys[i * lanes + lane] = np.uint32(word & np.uint64(0xFFFFFFFF))


@kernel
def _train(shape, state, settings, order, inputs, targets, row_weights, step, until):
    """Train from after `step` optimiser steps to `until`, or to where the network diverges."""
    codes, lanes, n_out = shape.codes, shape.lanes, shape.widths[-1]
    learns = np.int64(1)
    while step < until and state.stopped_at[0] < 0:
        step += 1
        state.step[0] = step
        batch_now = _begin_batch(shape, state, settings, order, row_weights)
        if codes[DROPS] == 1:
            _draw_masks(shape, state, settings)
        first = np.int64(0)
        while first < batch_now:
            n = min(shape.chunk, batch_now - first)
            stride = (n + lanes - 1) // lanes * lanes
            _gather(shape, state, settings, order, inputs, targets, row_weights, n, stride, batch_now)
            _forward(shape, state, settings, state.values, np.int64(0), n, stride, first, learns)
            if codes[TRACKS_LOSS] == 1:
                _note_sizes(state.sizes, n, lanes)
                add_running_losses(codes[LOSS], state.outputs, np.int64(0), n_out, stride // lanes, lanes,
                                   stride // lanes, state.targets, state.row_weights, codes[WEIGHTED], state.room,
                                   state.running_loss, np.int64(0), load(state.sizes, 0))  # fmt: skip
            _backward(shape, state, n, stride, batch_now, np.int64(first > 0))
            first += n
        state.running_rows[0] += batch_now
        _update(shape, state, settings, step, batch_now)
        if not is_sound(state.weights, shape.weights_at[-1], state.room, lanes):
            state.stopped_at[0] = step


@kernel
def _note_sizes(sizes, n, lanes):
    """How many of n samples stand in each lane."""
    for lane in range(lanes):
        sizes[lane] = (n - lane + lanes - 1) // lanes


@kernel
def _evaluate(shape, state, settings, inputs, targets, loss, correct):
    """Mean loss and share of right answers on one part of the data, without dropout."""
    lanes, n_in, n_out = shape.lanes, shape.widths[0], shape.widths[-1]
    n_rows, first, learns = len(inputs) // n_in, np.int64(0), np.int64(0)
    loss[0], correct[0] = 0.0, 0.0
    for lane in range(lanes):
        state.loss[lane], state.correct[lane] = 0.0, 0.0
    while first < n_rows:
        n = min(shape.room, n_rows - first)
        stride = (n + lanes - 1) // lanes * lanes
        _forward(shape, state, settings, inputs, first * n_in, n, stride, np.int64(0), learns)
        for s in range(n):
            for k in range(n_out):
                state.targets[k * stride + s] = targets[(first + s) * n_out + k]
        _note_sizes(state.sizes, n, lanes)
        add_losses(shape.codes[LOSS], state.outputs, np.int64(0), n_out, stride // lanes, lanes, stride // lanes,
                   state.targets, state.room, load(state.sizes, 0), state.loss, state.correct)  # fmt: skip
        first += n
    for lane in range(lanes):
        loss[0] += state.loss[lane] / n_rows
        correct[0] += state.correct[lane] / n_rows


@entrance
def train_or_measure(shape, state, settings, order, inputs, targets, row_weights, step, until, loss, correct):
    """Train one network, or measure it where there is room for a loss; one entrance, so that both share their code.

    Args:
        shape: What does not change.
        state: Changed in place; measuring overwrites activations only.
        settings: The network's numbers.
        order: Row order of each epoch, (n_epochs, n_rows), int32, or no rows for own shuffles.
        inputs: Inputs row by row, flat (n * n_inputs,).
        targets: Targets row by row, one-hot for classes, flat (n * n_outputs,).
        row_weights: Weight of each training row, (n,), or nothing.
        step: Steps already done.
        until: Steps to be done in all.
        loss: Nothing, or (1,), float64: written is the mean loss.
        correct: Nothing, or (1,), float64: written is the share of right answers.
    """
    bundles = bundle(shape), bundle(state), bundle(settings)
    if len(loss) > 0:
        _evaluate(*bundles, inputs, targets, loss, correct)
    else:
        _train(*bundles, order, inputs, targets, row_weights, step, until)

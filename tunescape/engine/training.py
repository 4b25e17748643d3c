"""One optimiser step of all lanes of a block: rows, forward, backward, update, verdict.

Lanes need not be in step with one another: each has its own number of steps, its own place in its
rows, its own activation and optimiser. Samples beyond the end of a lane's batch repeat its last row
with an error of 0, and lanes without a network are not updated.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.gathering import gather
from tunescape.engine.gradients import add_penalties, clip_gradient, decay_weights, penalty_values
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import fma, load, splat, store, where
from tunescape.engine.layers import activate_layer, backward, drop, forward, spread_row
from tunescape.engine.losses import add_running_losses, output_deltas
from tunescape.engine.mixed_update import update_lanes
from tunescape.engine.normalisation import normalise, normalise_backward
from tunescape.engine.optimisers import (
    CLIP_EPSILON,
    CLIP_NORM,
    CLIP_VALUE,
    L1,
    L2,
    NEGATIVE_SLOPE,
    NORM_MOMENTUM,
    OPTIMISERS,
    WEIGHT_DECAY,
    step_numbers,
)
from tunescape.engine.random_numbers import dropout_keys, shuffle_lanes
from tunescape.engine.state import (
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

PROXIMAL_ADAGRAD, FTRL = OPTIMISERS["proximal_adagrad"], OPTIMISERS["ftrl"]

L2_FACTOR, WORK, ERROR_FACTOR, SIZE = 4, 5, 6, 7
"""Positions among the numbers of a step, after those of `step_numbers`."""


@kernel
def _begin_epochs(shape, state, data):
    """Put lanes at the end of their rows into the order of their next epoch: the given one, or a shuffle."""
    any_due = False
    for lane in range(shape.n_lanes):
        state.due[lane] = state.job[lane] >= 0 and state.position[lane] >= state.n_rows[lane]
        if state.due[lane]:
            any_due = True
            state.epoch[lane] += 1
            state.position[lane] = 0
            if data.order.shape[0] > 0:
                order = data.order[state.epoch[lane] % data.order.shape[0]]
                for i in range(state.n_rows[lane]):
                    state.rows[i * shape.n_lanes + lane] = order[i]
    if any_due and data.order.shape[0] == 0 and shape.codes[SHUFFLES] == 1:
        shuffle_lanes(state.rows, state.n_rows, state.due, state.row_keys, state.seeds, state.epoch)
        for lane in range(shape.n_lanes):
            state.row_keys[lane] = 0  # a lane that becomes free before it reads a row of its own reads the first one


@kernel
def _begin_batch(shape, state, data):
    """Begin new epochs where due, note each lane's batch; return the size of the largest, and whether all are alike."""
    _begin_epochs(shape, state, data)
    lanes, codes, n_last = shape.n_lanes, shape.codes, shape.widths[len(shape.widths) - 1]
    most, least = np.int64(0), np.int64(shape.batch)
    for lane in range(lanes):
        size = np.int64(0)
        if state.job[lane] >= 0:
            size = np.int64(shape.batch)
            if codes[IS_STREAM] == 0:
                left = state.n_rows[lane] - state.position[lane]
                size = left if left < size else size
            most = size if size > most else most
            least = size if size < least else least
        state.sizes[lane] = size
        state.divisor[lane] = size
        if codes[DIVIDES_BY_WEIGHTS] == 1:
            total = 0.0
            for i in range(state.position[lane], state.position[lane] + size):
                total += np.float64(data.weights[state.rows[i * lanes + lane]])
            state.divisor[lane] = total
        factor = 1.0 / size if codes[IS_MEAN] == 1 and size > 0 else 1.0
        if codes[LOSS] == 1 or codes[LOSS] == 2:
            factor /= n_last
        state.scalars[ERROR_FACTOR * lanes + lane] = factor
        state.scalars[SIZE * lanes + lane] = size
    return most, least == most


@kernel
def _gather(shape, state, data, n, first):
    """Copy rows `first` to `first + n` of every lane's batch into the first layer's units and the targets.

    Where all lanes see the same rows, each number is read once for all.
    """
    lanes, chunk, codes, lead = shape.n_lanes, shape.chunk, shape.codes, state.lead[0]
    n_in = shape.widths[0]
    if lead >= 0:
        for s in range(n):
            row = np.int64(state.rows[(state.position[lead] + s) * lanes + lead])
            spread_row(data.table, row * data.width, n_in, shape.widths[len(shape.widths) - 1], state.values,
                       state.targets, chunk, s)  # fmt: skip
        for lane in range(lanes):
            if state.job[lane] >= 0:
                state.position[lane] += n
        return
    averaged = codes[DIVIDES_BY_WEIGHTS] == 1 and codes[IS_MEAN] == 1
    for s in range(n):
        if codes[IS_STREAM] == 1:
            _begin_epochs(shape, state, data)
        for lane in range(lanes):
            if first + s < state.sizes[lane]:
                row = state.rows[state.position[lane] * lanes + lane]
                state.row_keys[lane] = row
                state.position[lane] += 1
                if codes[WEIGHTED] == 1:
                    share = state.sizes[lane] / state.divisor[lane] if averaged else 1.0
                    state.row_weights[s * lanes + lane] = data.weights[row] * share
        gather(data.table, data.width, state.row_keys, state.values, s, n_in, state.targets, s, chunk)


@kernel
def _forward(shape, state, n, first):
    """Outputs of the n gathered samples, which start at sample `first` of the batch, as in training."""
    n_layers, codes, chunk = len(shape.widths) - 1, shape.codes, shape.chunk
    leak = load(state.numbers, NEGATIVE_SLOPE)
    for k in range(n_layers):
        n_in, n_out, z0, w0 = shape.widths[k], shape.widths[k + 1], shape.units_at[k + 1], shape.weights_at[k]
        forward(state.weights, w0, state.values, shape.units_at[k], z0, n_in, n_out, chunk, n)
        if k < n_layers - 1:
            if codes[NORMALISATION] > 0:
                normalise(codes[NORMALISATION], state.values, state.normed, state.inverses, state.weights,
                          w0 + (n_in + 1) * n_out, state.running, shape.running_at[k], z0, n_out, chunk, n,
                          state.numbers[NORM_MOMENTUM * shape.n_lanes :], codes[IS_UNBIASED])  # fmt: skip
            activate_layer(state.values, z0, state.slopes, n_out, chunk, n, state.activations,
                           state.activation_masks, leak)  # fmt: skip
            if codes[DROPS] == 1:
                drop(state.values, state.slopes, z0, n_out, chunk, n, first, shape.batch, k,
                     state.keys, state.drop_below, state.keep_scale)  # fmt: skip


@kernel
def _backward(shape, state, n, first, alike):
    """Add the gradient of the n samples that were carried forward."""
    n_layers, codes, chunk = len(shape.widths) - 1, shape.codes, shape.chunk
    output_deltas(codes[LOSS], state.values, state.targets, state.deltas, shape.units_at[n_layers],
                  shape.widths[n_layers], chunk, n, load(state.scalars, ERROR_FACTOR), state.row_weights,
                  codes[WEIGHTED])  # fmt: skip
    if not alike:
        _clear_beyond(state.deltas, shape.units_at[n_layers], shape.widths[n_layers], chunk, n, first,
                      load(state.scalars, SIZE))  # fmt: skip
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
def _clear_beyond(deltas, z0, n_out, chunk, n, first, sizes):
    """Set the errors of samples beyond the end of a lane's batch to 0."""
    zero = splat(sizes, 0.0)
    for s in range(n):
        inside = splat(sizes, np.float64(first + s)) < sizes
        for k in range(n_out):
            i = z0 + k * chunk + s
            store(deltas, i, where(inside, load(deltas, i), zero))


@kernel
def _penalise(shape, state):
    """Add the penalties' gradient, and their value to the running loss where that is kept."""
    n_layers, codes, lanes = len(shape.widths) - 1, shape.codes, shape.n_lanes
    for lane in range(lanes):
        optimiser = state.codes[UPDATE * lanes + lane] & 15
        foreign = 0.0 if optimiser in (PROXIMAL_ADAGRAD, FTRL) else 1.0  # own penalties
        factor = np.float64(state.numbers[L2 * lanes + lane]) * foreign
        if state.codes[PER_ROW * lanes + lane] == 1 and state.divisor[lane] > 0.0:
            factor /= state.divisor[lane]
        state.scalars[L2_FACTOR * lanes + lane] = factor
        state.scalars[WORK * lanes + lane] = state.numbers[L1 * lanes + lane] * foreign
    l1, l2 = load(state.scalars, WORK), load(state.scalars, L2_FACTOR)
    total = splat(l1, 0.0)
    for k in range(n_layers):
        w0, n = shape.weights_at[k], shape.widths[k] * shape.widths[k + 1]
        if codes[ALL_PENALISED] == 1:
            n = shape.weights_at[k + 1] - w0
        add_penalties(state.weights, state.gradient, w0, n, l1, l2)
        if codes[TRACKS_LOSS] == 1:
            total = penalty_values(state.weights, w0, n, l1, l2, total)
    if codes[TRACKS_LOSS] == 1:
        store(state.scalars, WORK, total)
        for lane in range(lanes):
            state.running_loss[lane] += np.float64(state.scalars[WORK * lanes + lane]) * state.sizes[lane]


@kernel
def _update(shape, state):
    """Make one step of each lane's optimiser with the gradient that was collected."""
    codes, n_weights, numbers = shape.codes, shape.weights_at[len(shape.weights_at) - 1], state.numbers
    lanes = shape.n_lanes
    if codes[IS_PENALISED] == 1:
        _penalise(shape, state)
    if codes[CLIPS] == 1:
        clip_gradient(state.gradient, n_weights, load(numbers, CLIP_NORM), load(numbers, CLIP_EPSILON),
                      load(numbers, CLIP_VALUE))  # fmt: skip
    for lane in range(lanes):
        if state.job[lane] >= 0:
            step_numbers(state.codes[UPDATE * lanes + lane] & 15, state.codes[SCHEDULE * lanes + lane],
                         state.codes[CORRECTED * lanes + lane], numbers, state.powers, state.scalars, lanes, lane,
                         state.step[lane])  # fmt: skip
    zero = load(state.constants, 0)
    if codes[DECAYS] == 1:
        decay_weights(state.weights, n_weights, load(state.scalars, 0), load(numbers, WEIGHT_DECAY),
                      load(state.scalars, SIZE) > zero)  # fmt: skip
    update_lanes(state.updates, state.update_masks, state.weights, state.gradient, state.first, state.second,
                 n_weights, numbers, state.scalars)  # fmt: skip


@kernel
def _sound(shape, state):
    """Write 0 for lanes whose weights are all finite, and NaN for others, into the step's working numbers."""
    sound = splat(load(state.weights, 0), 0.0)
    zero = sound
    for p in range(shape.weights_at[len(shape.weights_at) - 1]):
        sound = fma(load(state.weights, p), zero, sound)  # inf * 0 and NaN * 0 are NaN
    store(state.scalars, WORK, sound)


@kernel
def train_batch(shape, state, data):
    """Make one optimiser step in every lane that has a network; `scalars` then says which weights are finite.

    Args:
        shape: What the lanes share.
        state: Changed in place; `step` counts the step that is made.
        data: What they learn.
    """
    zero = load(state.constants, 0)
    codes, n_layers = shape.codes, len(shape.widths) - 1
    most, alike = _begin_batch(shape, state, data)
    for lane in range(shape.n_lanes):
        if state.job[lane] >= 0:
            state.step[lane] += 1
    if codes[DROPS] == 1:
        dropout_keys(state.keys, state.seeds, shape.n_lanes, n_layers - 1, state.step)
    for p in range(shape.weights_at[n_layers]):
        store(state.gradient, p, zero)
    first = np.int64(0)
    while first < most:
        n = most - first if most - first < shape.chunk else np.int64(shape.chunk)
        _gather(shape, state, data, n, first)
        _forward(shape, state, n, first)
        if codes[TRACKS_LOSS] == 1:
            add_running_losses(codes[LOSS], state.values, shape.units_at[n_layers], shape.widths[n_layers],
                               shape.chunk, shape.n_lanes, n, state.targets, state.row_weights, codes[WEIGHTED],
                               state.scalars, state.running_loss, first, load(state.scalars, SIZE))  # fmt: skip
        _backward(shape, state, n, first, alike)
        first += n
    if codes[TRACKS_LOSS] == 1:
        for lane in range(shape.n_lanes):
            state.running_rows[lane] += state.sizes[lane]
    _update(shape, state)
    _sound(shape, state)

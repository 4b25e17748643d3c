"""What is measured of networks in training: mean loss and share of right answers on the parts of the data.

Networks that are due are copied into shots, and measured when there are as many as lanes: so lanes
that are not in step cost no more than lanes that are.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.grouping import group_lanes
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import load, splat
from tunescape.engine.layers import activate_layer, forward, spread_row
from tunescape.engine.losses import add_losses
from tunescape.engine.normalisation import normalise_only
from tunescape.engine.optimisers import NEGATIVE_SLOPE, NORM_EPSILON, NORM_MOMENTUM
from tunescape.engine.state import ACTIVATION, LOSS, NORMALISATION


@kernel
def evaluate(shape, state, weights, running, activations, masks, numbers, table, width, loss, correct):
    """Mean loss and share of right answers of every lane on one part of the data, without dropout.

    Args:
        shape: What the lanes share.
        state: Its activations, targets and numbers of a step are overwritten.
        weights: Parameters of the lanes.
        running: Their running statistics.
        activations: Their distinct activations.
        masks: Lanes of each.
        numbers: Slope of leaky_relu, momentum and epsilon of normalisation, three vectors.
        table: Rows of inputs and targets, flat.
        width: Length of a row.
        loss: Written, (n_lanes,), float64.
        correct: Written, (n_lanes,), float64.
    """
    n_layers, chunk, n_in = len(shape.widths) - 1, shape.chunk, shape.widths[0]
    n_rows = len(table) // width
    for lane in range(shape.n_lanes):
        loss[lane], correct[lane] = 0.0, 0.0
    leak, code = load(numbers, 0), shape.codes[NORMALISATION]
    first = np.int64(0)
    while first < n_rows:
        n = n_rows - first if n_rows - first < chunk else np.int64(chunk)
        for s in range(n):
            spread_row(table, (first + s) * width, n_in, shape.widths[n_layers], state.values, state.targets, chunk, s)
        for k in range(n_layers):
            below, n_out, z0, w0 = shape.widths[k], shape.widths[k + 1], shape.units_at[k + 1], shape.weights_at[k]
            forward(weights, w0, state.values, shape.units_at[k], z0, below, n_out, chunk, n)
            if k < n_layers - 1:
                if code > 0:
                    normalise_only(code, state.values, state.normed, weights, w0 + (below + 1) * n_out,
                                   running, shape.running_at[k], z0, n_out, chunk, n,
                                   numbers[shape.n_lanes :])  # fmt: skip
                activate_layer(state.values, z0, state.slopes, n_out, chunk, n, activations, masks, leak)
        add_losses(shape.codes[LOSS], state.values, shape.units_at[n_layers], shape.widths[n_layers], chunk,
                   shape.n_lanes, n, state.targets, state.scalars, splat(leak, np.float64(n)), loss,
                   correct)  # fmt: skip
        first += n
    for lane in range(shape.n_lanes):
        loss[lane] /= n_rows
        correct[lane] /= n_rows


@kernel
def copy_numbers(numbers, lane, few, at, n_lanes):
    """Copy the numbers that measuring needs (slope of leaky_relu, momentum and epsilon of normalisation) of a lane."""
    few[at] = numbers[NEGATIVE_SLOPE * n_lanes + lane]
    few[n_lanes + at] = numbers[NORM_MOMENTUM * n_lanes + lane]
    few[2 * n_lanes + at] = numbers[NORM_EPSILON * n_lanes + lane]


@kernel
def take_shot(shape, state, shots, queue, data, lane, column):
    """Copy the network of a lane to be measured; measure all copies where there is room for no more."""
    lanes, at = shape.n_lanes, shots.taken[0]
    shots.job[at], shots.column[at] = state.job[lane], column
    shots.codes[ACTIVATION * lanes + at] = state.codes[ACTIVATION * lanes + lane]
    copy_numbers(state.numbers, lane, shots.numbers, at, lanes)
    for p in range(shape.weights_at[len(shape.weights_at) - 1]):
        shots.weights[p * lanes + at] = state.weights[p * lanes + lane]
    for p in range(len(state.running) // lanes):
        shots.running[p * lanes + at] = state.running[p * lanes + lane]
    shots.taken[0] = at + 1
    if at + 1 == lanes:
        measure_shots(shape, state, shots, queue, data)


@kernel
def measure_shots(shape, state, shots, queue, data):
    """Measure the copies and write down what was found; infinite losses too."""
    if shots.taken[0] == 0:
        return
    for lane in range(shots.taken[0], shape.n_lanes):
        shots.job[lane] = -1
    group_lanes(shots.codes, np.int64(ACTIVATION), shape.n_lanes, shots.job, shots.activations, shots.masks)
    parts = 1 if len(data.judged) == 0 else 2
    each = queue.measured.shape[0] // parts
    for part in range(parts):
        evaluate_part(shape, state, data, part, shots.weights, shots.running, shots.activations, shots.masks,
                      shots.numbers, shots.loss, shots.correct)  # fmt: skip
        for lane in range(shots.taken[0]):
            queue.measured[part * each, shots.job[lane], shots.column[lane]] = shots.loss[lane]
            if each > 1:
                queue.measured[part * each + 1, shots.job[lane], shots.column[lane]] = shots.correct[lane]
    shots.taken[0] = 0


@kernel
def evaluate_part(shape, state, data, part, weights, running, activations, masks, numbers, loss, correct):
    """`evaluate` on the training part (0) or the validation part (1)."""
    table = data.table
    if part == 1:
        table = data.judged
    evaluate(shape, state, weights, running, activations, masks, numbers, table, data.width, loss, correct)

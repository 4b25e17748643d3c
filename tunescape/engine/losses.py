"""Losses: the error at the output layer on lanes, and the loss itself where it is recorded."""

from __future__ import annotations

import math

import numpy as np

from tunescape.engine.elementary import exponential, sigmoid
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import larger, load, splat, store

LOSSES = {"softmax_cross_entropy": 0, "binary_cross_entropy": 1, "squared_error": 2, "half_squared_error": 3}
"""Code of each loss; half_squared_error is scikit-learn's, whose gradient is z - y for any number of outputs."""


@kernel
def softmax(values, z0, n_out, chunk, s):
    """Replace the logits of one sample by probabilities, in place."""
    top = load(values, z0 + s)
    for k in range(1, n_out):
        top = larger(top, load(values, z0 + k * chunk + s))
    total = splat(top, 0.0)
    for k in range(n_out):
        e = exponential(load(values, z0 + k * chunk + s) - top)
        store(values, z0 + k * chunk + s, e)
        total = total + e
    for k in range(n_out):
        i = z0 + k * chunk + s
        store(values, i, load(values, i) / total)


@kernel
def output_deltas(code, values, targets, deltas, z0, n_out, chunk, n, factor, row_weights, weighted):
    """dL/dz at the output for n samples: p - y, s(z) - y, 2 (z - y) or z - y, times `factor` and row weights.

    Args:
        code: Which loss.
        values: Activations; the logits stand at z0 and are overwritten by predictions.
        targets: One-hot classes, 0/1 labels or numbers, at ``k * chunk + sample``.
        deltas: Written at z0.
        z0: Position of the output layer.
        n_out: Units out.
        chunk: Samples for which there is room.
        n: Samples that are there.
        factor: 1 for a sum over the batch, 1 / (samples in the batch) for a mean; squared error
            and binary cross-entropy are means over the outputs too, so 1 / n_out goes in here.
        row_weights: Weight of each sample of the chunk, per lane.
        weighted: 1 where rows have weights.
    """
    if code == 0:
        for s in range(n):
            softmax(values, z0, n_out, chunk, s)
    for k in range(n_out):
        for s in range(n):
            i = z0 + k * chunk + s
            z, y = load(values, i), load(targets, k * chunk + s)
            scale = splat(z, factor)
            if code == 0:
                error = z - y
            elif code == 1:
                error = sigmoid(z) - y
            elif code == 2:
                error = splat(z, 2.0) * (z - y)
            else:
                error = z - y
            if weighted == 1:
                error = error * load(row_weights, s)
            store(deltas, i, error * scale)


@kernel
def _sample_loss(code, values, z0, n_out, chunk, n_lanes, s, lane, targets, t0, t_step):
    """Loss of one sample in one lane (plain loops, double), and whether it was right; see `add_losses`."""
    top, best, total, right = -math.inf, 0, 0.0, 0.0
    for k in range(n_out):
        z = np.float64(values[(z0 + k * chunk + s) * n_lanes + lane])
        y = np.float64(targets[t0 + k * t_step])
        if z > top:
            top, best = z, k
        if code == 1:  # log(1 + exp(-|z|)) + max(z, 0) - z y, averaged over outputs
            total += (math.log1p(math.exp(-abs(z))) + max(z, 0.0) - z * y) / n_out
            right += (1.0 if (z > 0.0) == (y > 0.5) else 0.0) / n_out
        elif code >= 2:
            total += (z - y) * (z - y) / n_out
        if math.isnan(z):
            total = math.nan
    if code == 0:
        sum_exp, chosen = 0.0, 0.0
        for k in range(n_out):
            z = np.float64(values[(z0 + k * chunk + s) * n_lanes + lane])
            sum_exp += math.exp(z - top)
            chosen += z * np.float64(targets[t0 + k * t_step])
        total += math.log(sum_exp) + top - chosen
        right = np.float64(targets[t0 + best * t_step])
    return total, right


@kernel
def add_losses(code, values, z0, n_out, chunk, n_lanes, s, row, targets, loss, correct):
    """Add one sample's loss and whether it was right to the sums of every lane.

    Args:
        code: Which loss.
        values: Activations; the logits stand at z0.
        z0: Position of the output layer.
        n_out: Units out.
        chunk: Samples for which there is room.
        n_lanes: Lanes in the block.
        s: Which sample of the chunk.
        row: Which row of the targets.
        targets: Targets of the part, flat (n_rows * n_out,).
        loss: Sums of the loss, shape (n_lanes,), float64; the mean square for both squared errors.
        correct: Number of right answers, shape (n_lanes,), float64; the first of equal outputs is
            the answer.
    """
    for lane in range(n_lanes):
        one, right = _sample_loss(code, values, z0, n_out, chunk, n_lanes, s, lane, targets, row * n_out, 1)
        loss[lane] += one
        correct[lane] += right


@kernel
def add_running_losses(code, values, z0, n_out, chunk, n_lanes, n, targets, row_weights, weighted, running):
    """Add the losses of the n samples in training to the sums of every lane, times row weights.

    Args:
        code: Which loss; half_squared_error counts half.
        values: Activations; the logits stand at z0.
        z0: Position of the output layer.
        n_out: Units out.
        chunk: Samples for which there is room.
        n_lanes: Lanes in the block.
        n: Samples that are there.
        targets: Targets of the chunk, lanes innermost, at ``k * chunk + sample``.
        row_weights: Weight of each sample of the chunk, per lane.
        weighted: 1 where rows have weights.
        running: Sums, (n_lanes,), float64.
    """
    half = 0.5 if code == 3 else 1.0
    for s in range(n):
        for lane in range(n_lanes):
            one, _ = _sample_loss(code, values, z0, n_out, chunk, n_lanes, s, lane, targets, s * n_lanes + lane,
                                  chunk * n_lanes)  # fmt: skip
            weight = np.float64(row_weights[s * n_lanes + lane]) if weighted == 1 else 1.0
            running[lane] += half * one * weight

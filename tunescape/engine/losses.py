"""Losses: the error at the output layer on lanes, and the loss itself where it is recorded."""

from __future__ import annotations

import numpy as np

from tunescape.engine.elementary import exponential, log_of_one_plus, logarithm, sigmoid
from tunescape.engine.jit import kernel
from tunescape.engine.lanes import larger, load, magnitude, splat, store, where

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
def output_deltas(code, values, targets, deltas, z0, n_out, chunk, n, scale, row_weights, weighted):
    """dL/dz at the output for n samples: p - y, s(z) - y, 2 (z - y) or z - y, times `scale` and row weights.

    Args:
        code: Which loss.
        values: Activations; the logits stand at z0 and are overwritten by predictions.
        targets: One-hot classes, 0/1 labels or numbers, at ``k * chunk + sample``.
        deltas: Written at z0.
        z0: Position of the output layer.
        n_out: Units out.
        chunk: Samples for which there is room.
        n: Samples that are there.
        scale: Factor of each lane: 1 for a sum over the batch, 1 / (samples in the batch) for a mean; squared
            error and binary cross-entropy are means over the outputs too, so 1 / n_out goes in here.
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
def _sample_loss(code, values, z0, n_out, chunk, s, targets):
    """Loss of one sample in every lane, and whether it was right; the first of equal outputs is the answer."""
    top = load(values, z0 + s)
    right, zero, one = load(targets, s), splat(top, 0.0), splat(top, 1.0)
    total, chosen, share = zero, zero, splat(top, 1.0 / n_out)
    if code == 0:  # log(sum of exp(z - top)) + (top - chosen): no digit is lost to large z, nor to a small loss
        for k in range(1, n_out):
            z = load(values, z0 + k * chunk + s)
            right = where(z > top, load(targets, k * chunk + s), right)
            top = larger(z, top)
        tops = zero
        for k in range(n_out):
            z = load(values, z0 + k * chunk + s)
            is_below = z < top
            total = total + where(is_below, exponential(z - top), zero)
            tops = tops + where(is_below, zero, one)
            chosen = chosen + z * load(targets, k * chunk + s)
        rest = total + (tops - one)
        return where(rest < one, log_of_one_plus(rest), logarithm(rest + one)) + (top - chosen), right
    right = zero
    for k in range(n_out):
        z, y = load(values, z0 + k * chunk + s), load(targets, k * chunk + s)
        if code == 1:  # log(1 + exp(-|z|)) + (max(z, 0) - z y)
            sure = log_of_one_plus(exponential(zero - magnitude(z)))
            total = total + (sure + (larger(zero, z) - z * y)) * share
            low = where(y > splat(top, 0.5), zero, one)
            right = right + where(z > zero, one - low, low) * share
        else:
            total = total + (z - y) * (z - y) * share
    return total, right


@kernel
def add_losses(code, values, z0, n_out, chunk, n_lanes, n, targets, scratch, sizes, loss, correct):
    """Add the losses of n samples and how many were right to the sums of every lane.

    Args:
        code: Which loss.
        values: Activations; the logits stand at z0.
        z0: Position of the output layer.
        n_out: Units out.
        chunk: Samples for which there is room.
        n_lanes: Lanes in the block.
        n: Samples that are there.
        targets: Their targets, lanes innermost, at ``k * chunk + sample``.
        scratch: Working space, two vectors.
        sizes: A vector: how many of the samples count in each lane.
        loss: Sums of the loss, shape (n_lanes,), float64; the mean square for both squared errors.
        correct: Number of right answers, shape (n_lanes,), float64.
    """
    zero = splat(sizes, 0.0)
    total, right = zero, zero
    for s in range(n):
        counts = splat(sizes, np.float64(s)) < sizes
        one, well = _sample_loss(code, values, z0, n_out, chunk, s, targets)
        total = total + where(counts, one, zero)
        right = right + where(counts, well, zero)
    store(scratch, 0, total)
    store(scratch, 1, right)
    for lane in range(n_lanes):
        loss[lane] += np.float64(scratch[lane])
        correct[lane] += np.float64(scratch[n_lanes + lane])


@kernel
def add_running_losses(code, values, z0, n_out, chunk, n_lanes, n, targets, row_weights, weighted, scratch, running,
                       first, sizes):  # fmt: skip
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
        scratch: Working space, one vector.
        running: Sums, (n_lanes,), float64.
        first: Number of the first of the samples in its batch.
        sizes: A vector: samples in the batch of each lane; those beyond do not count.
    """
    zero = splat(sizes, 0.0)
    total, half = zero, splat(sizes, 0.5 if code == 3 else 1.0)
    for s in range(n):
        one, _ = _sample_loss(code, values, z0, n_out, chunk, s, targets)
        one = one * half
        if weighted == 1:
            one = one * load(row_weights, s)
        total = total + where(splat(sizes, np.float64(first + s)) < sizes, one, zero)
    store(scratch, 0, total)
    for lane in range(n_lanes):
        running[lane] += np.float64(scratch[lane])

"""Batch and layer normalisation of one network's matrices (samples, units); formulas as in `normalisation`.

Scale and shift are not applied here: what activates a layer reads them on its way.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import root, splat, where
from tunescape.engine.wide_lanes import across, load_at, store_at
from tunescape.engine.wide_layers import add_exactly


@kernel
def _clear(sums, at, n_units, lanes):
    """Put zeros into one row of sums."""
    zero = splat(load_at(sums, 0), 0.0)
    for u in range(0, n_units, lanes):
        store_at(sums, at + u, zero)


@kernel
def _mark_inside(room, n_units, lanes):
    """Ones where the last vector of a row is inside it, zeros beyond, as the second vector of `room`."""
    last = (n_units - 1) // lanes * lanes
    for lane in range(lanes):
        room[lanes + lane] = 1.0 if last + lane < n_units else 0.0


@kernel
def normalise(code, z, weights, b0, normed, inverses, at, running, r0, sums, room, n, n_units, lanes, memory,
              epsilon, unbiased):  # fmt: skip
    """Normalise n samples of a layer as in training; update the running statistics.

    Arguments, in their order:
        code: 1 for batch, 2 for layer normalisation.
        z: The layer without its biases, a matrix at 0; weights: where biases stand at b0.
        normed: Written at `at`: the normalised matrix; inverses: 1 / sqrt(variance + epsilon), by unit or sample.
        running: Running means at r0, then running variances, changed.
        sums, room: Working space.
        n: Samples, the whole batch for batch normalisation; n_units: units; lanes: numbers in a vector.
        memory: Momentum of the running statistics; epsilon: number under the root.
        unbiased: 1 where the running variance takes the one divided by n - 1.
    """
    if code == 2:
        _normalise_rows(z, weights, b0, normed, inverses, at, room, n, n_units, lanes, epsilon)
        return
    second, count = len(sums) // 3, splat(load_at(sums, 0), np.float64(n))
    _clear(sums, 0, n_units, lanes)
    _clear(sums, second, n_units, lanes)
    for s in range(n):
        for u in range(0, n_units, lanes):
            store_at(sums, u, load_at(sums, u) + load_at(z, s * n_units + u))
    for u in range(0, n_units, lanes):
        store_at(sums, u, load_at(sums, u) / count)
    for s in range(n):
        for u in range(0, n_units, lanes):
            apart = load_at(z, s * n_units + u) - load_at(sums, u)
            store_at(sums, second + u, load_at(sums, second + u) + apart * apart)
    for u in range(0, n_units, lanes):
        variance = load_at(sums, second + u) / count
        store_at(sums, second + u, variance)
        store_at(inverses, at + u, splat(count, 1.0) / root(variance + splat(count, epsilon)))
    _remember(sums, second, weights, b0, running, r0, n, n_units, memory, unbiased)
    for s in range(n):
        for u in range(0, n_units, lanes):
            x = (load_at(z, s * n_units + u) - load_at(sums, u)) * load_at(inverses, at + u)
            store_at(normed, at + s * n_units + u, x)


@kernel
def _remember(sums, second, weights, b0, running, r0, n, n_units, memory, unbiased):
    """Move the running statistics towards the batch's; means are those of z with its biases."""
    factor = n / (n - 1.0) if unbiased == 1 and n > 1 else 1.0
    rest = 1.0 - memory
    for u in range(n_units):
        mean, variance = sums[u] + weights[b0 + u], sums[second + u] * factor
        running[r0 + u] = running[r0 + u] * memory + mean * rest
        running[r0 + n_units + u] = running[r0 + n_units + u] * memory + variance * rest


@kernel
def _normalise_rows(z, weights, b0, normed, inverses, at, room, n, n_units, lanes, epsilon):
    """Layer normalisation; rows are written in ascending order, so that what reaches into the next is overwritten."""
    _mark_inside(room, n_units, lanes)
    zero = splat(load_at(room, 0), 0.0)
    inside, last = load_at(room, lanes) > zero, (n_units - 1) // lanes * lanes
    for s in range(n):
        row, total, square = at + s * n_units, zero, zero
        for u in range(0, n_units, lanes):
            x = load_at(z, s * n_units + u) + load_at(weights, b0 + u)
            store_at(normed, row + u, x)
            total = total + (x if u < last else where(inside, x, zero))
        mean = splat(zero, across(total, lanes, room) / n_units)
        for u in range(0, n_units, lanes):
            apart = load_at(normed, row + u) - mean
            apart = apart if u < last else where(inside, apart, zero)
            square = square + apart * apart
        inverse = 1.0 / np.sqrt(across(square, lanes, room) / n_units + epsilon)
        inverses[at + s] = inverse
        factor = splat(zero, inverse)
        for u in range(0, n_units, lanes):
            store_at(normed, row + u, (load_at(normed, row + u) - mean) * factor)


@kernel
def normalise_only(code, z, weights, b0, normed, inverses, at, running, r0, room, n, n_units, lanes, epsilon):
    """Normalise n samples of a layer as in evaluation: batch normalisation by running statistics."""
    if code == 2:
        _normalise_rows(z, weights, b0, normed, inverses, at, room, n, n_units, lanes, epsilon)
        return
    for u in range(n_units):
        inverses[at + u] = 1.0 / np.sqrt(running[r0 + n_units + u] + epsilon)
    for s in range(n):
        for u in range(0, n_units, lanes):
            x = load_at(z, s * n_units + u) + load_at(weights, b0 + u) - load_at(running, r0 + u)
            store_at(normed, at + s * n_units + u, x * load_at(inverses, at + u))


@kernel
def normalise_backward(code, z, deltas, normed, inverses, at, weights, gradient, gamma, sums, room, n, n_units, lanes,
                       adds):  # fmt: skip
    """Turn dL/dy in z into dL/dz in deltas, and add the gradients of gamma and beta; formula as in `normalisation`."""
    second, zero = len(sums) // 3, splat(load_at(room, 0), 0.0)
    _clear(sums, 0, n_units, lanes)
    _clear(sums, second, n_units, lanes)
    for s in range(n):
        for u in range(0, n_units, lanes):
            d = load_at(z, s * n_units + u)
            store_at(sums, u, load_at(sums, u) + d)
            x = load_at(normed, at + s * n_units + u)
            store_at(sums, second + u, load_at(sums, second + u) + d * x)
    add_exactly(gradient, gamma, sums, second, n_units, adds)
    add_exactly(gradient, gamma + n_units, sums, 0, n_units, adds)
    if code == 2:
        _rows_backward(z, deltas, normed, inverses, at, weights, gamma, room, n, n_units, lanes)
        return
    count = splat(zero, np.float64(n))
    for s in range(n):
        for u in range(0, n_units, lanes):
            i = s * n_units + u
            apart = load_at(z, i) - load_at(sums, u) / count
            apart = apart - load_at(normed, at + i) * (load_at(sums, second + u) / count)
            store_at(deltas, at + i, load_at(weights, gamma + u) * load_at(inverses, at + u) * apart)


@kernel
def _rows_backward(z, deltas, normed, inverses, at, weights, gamma, room, n, n_units, lanes):
    """The error of layer normalisation, row by row."""
    _mark_inside(room, n_units, lanes)
    zero = splat(load_at(room, 0), 0.0)
    inside, last = load_at(room, lanes) > zero, (n_units - 1) // lanes * lanes
    for s in range(n):
        row, total, product = s * n_units, zero, zero
        for u in range(0, n_units, lanes):
            d = load_at(z, row + u) * load_at(weights, gamma + u)
            x = load_at(normed, at + row + u)
            if u == last:
                d, x = where(inside, d, zero), where(inside, x, zero)
            total, product = total + d, product + d * x
        mean = splat(zero, across(total, lanes, room) / n_units)
        mean_product = splat(zero, across(product, lanes, room) / n_units)
        factor = splat(zero, inverses[at + s])
        for u in range(0, n_units, lanes):
            d = load_at(z, row + u) * load_at(weights, gamma + u)
            change = d - mean - load_at(normed, at + row + u) * mean_product
            store_at(deltas, at + row + u, change * factor)

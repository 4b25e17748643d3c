"""Batch and layer normalisation on lanes, between a hidden layer and its activation.

Batch normalisation (Ioffe & Szegedy 2015) takes mean and variance of a unit over the rows of a
batch, layer normalisation (Ba, Kiros & Hinton 2016) those of a row over the units of a layer. Arrays
are laid out like activations: element ``unit * chunk + sample``.
"""

from __future__ import annotations

import numpy as np

from tunescape.engine.jit import kernel
from tunescape.engine.lanes import load, root, splat, store

NORMALISATIONS = {"none": 0, "batch": 1, "layer": 2}
"""Code of each normalisation."""


@kernel
def _mean_and_inverse(values, start, stride, count, epsilon):
    """Mean and 1 / sqrt(variance + epsilon) of `count` elements, and their variance (divided by count)."""
    total = splat(epsilon, 0.0)
    for i in range(count):
        total = total + load(values, start + i * stride)
    mean = total / splat(epsilon, np.float64(count))
    square = splat(epsilon, 0.0)
    for i in range(count):
        apart = load(values, start + i * stride) - mean
        square = square + apart * apart
    variance = square / splat(epsilon, np.float64(count))
    return mean, splat(epsilon, 1.0) / root(variance + epsilon), variance


@kernel
def _scale(values, normed, weights, gamma, n_units, i, u, mean, inverse):
    """Write the normalised value, and gamma times it plus beta."""
    x = (load(values, i) - mean) * inverse
    store(normed, i, x)
    store(values, i, load(weights, gamma + u) * x + load(weights, gamma + n_units + u))


@kernel
def normalise(code, values, normed, inverses, weights, gamma, running, r0, z0, n_units, chunk, n, numbers, unbiased):
    """Normalise n samples of a layer in place, as in training; update the running statistics.

    Args:
        code: 1 for batch, 2 for layer normalisation.
        values: The layer's z at z0.
        normed: Written: the normalised values.
        inverses: Written: 1 / sqrt(variance + epsilon), at ``z0 + unit * chunk`` or ``z0 + sample``.
        weights: All weights; gamma stands at `gamma`, beta after it.
        gamma: Position of gamma.
        running: Running means at r0, then running variances.
        r0: Position of the layer's running statistics.
        z0: Position of the layer's units.
        n_units: Units of the layer.
        chunk: Samples for which there is room.
        n: Samples that are there: the whole batch for batch normalisation.
        numbers: Momentum of the running statistics and epsilon, two vectors.
        unbiased: 1 where the running variance takes the one divided by n - 1.
    """
    memory, epsilon = load(numbers, 0), load(numbers, 1)
    one = splat(epsilon, 1.0)
    if code == 1:
        for u in range(n_units):
            mean, inverse, variance = _mean_and_inverse(values, z0 + u * chunk, 1, n, epsilon)
            store(inverses, z0 + u * chunk, inverse)
            for s in range(n):
                _scale(values, normed, weights, gamma, n_units, z0 + u * chunk + s, u, mean, inverse)
            if unbiased == 1 and n > 1:
                variance = variance * splat(epsilon, n / (n - 1.0))
            rest = one - memory
            store(running, r0 + u, load(running, r0 + u) * memory + mean * rest)
            store(running, r0 + n_units + u, load(running, r0 + n_units + u) * memory + variance * rest)
    else:
        for s in range(n):
            mean, inverse, _ = _mean_and_inverse(values, z0 + s, chunk, n_units, epsilon)
            store(inverses, z0 + s, inverse)
            for u in range(n_units):
                _scale(values, normed, weights, gamma, n_units, z0 + u * chunk + s, u, mean, inverse)


@kernel
def normalise_only(code, values, normed, weights, gamma, running, r0, z0, n_units, chunk, n, numbers):
    """Normalise n samples of a layer in place, as in evaluation: batch normalisation by running statistics."""
    epsilon = load(numbers, 1)
    one = splat(epsilon, 1.0)
    if code == 1:
        for u in range(n_units):
            inverse = one / root(load(running, r0 + n_units + u) + epsilon)
            mean = load(running, r0 + u)
            for s in range(n):
                _scale(values, normed, weights, gamma, n_units, z0 + u * chunk + s, u, mean, inverse)
    else:
        for s in range(n):
            mean, inverse, _ = _mean_and_inverse(values, z0 + s, chunk, n_units, epsilon)
            for u in range(n_units):
                _scale(values, normed, weights, gamma, n_units, z0 + u * chunk + s, u, mean, inverse)


@kernel
def normalise_backward(code, deltas, normed, inverses, weights, gradient, gamma, z0, n_units, chunk, n):
    """Turn dL/dy into dL/dz in place, and add the gradients of gamma and beta.

    With x the normalised value and d = gamma dL/dy: dL/dz = (d - mean(d) - x mean(d x)) / sqrt(variance +
    epsilon), the means over what was normalised together.
    """
    zero = splat(load(weights, gamma), 0.0)
    for u in range(n_units):
        total, product = zero, zero
        for s in range(n):
            i = z0 + u * chunk + s
            d = load(deltas, i)
            total = total + d
            product = product + d * load(normed, i)
        store(gradient, gamma + u, load(gradient, gamma + u) + product)
        store(gradient, gamma + n_units + u, load(gradient, gamma + n_units + u) + total)
        if code == 1:
            count = splat(zero, np.float64(n))
            factor = load(weights, gamma + u) * load(inverses, z0 + u * chunk)
            for s in range(n):
                i = z0 + u * chunk + s
                store(deltas, i, factor * (load(deltas, i) - total / count - load(normed, i) * (product / count)))
    if code == 2:
        count = splat(zero, np.float64(n_units))
        for s in range(n):
            total, product = zero, zero
            for u in range(n_units):
                i = z0 + u * chunk + s
                d = load(deltas, i) * load(weights, gamma + u)
                total = total + d
                product = product + d * load(normed, i)
            for u in range(n_units):
                i = z0 + u * chunk + s
                d = load(deltas, i) * load(weights, gamma + u)
                change = d - total / count - load(normed, i) * (product / count)
                store(deltas, i, change * load(inverses, z0 + s))

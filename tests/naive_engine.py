"""The obvious way to train one network: NumPy, double precision, one formula per line."""

from __future__ import annotations

import numpy as np

GOLDEN, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def activation(name, z):
    return {
        "identity": lambda: z,
        "sigmoid": lambda: 1 / (1 + np.exp(-z)),
        "tanh": lambda: np.tanh(z),
        "relu": lambda: np.maximum(z, 0),
        "elu": lambda: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    }[name]()


def slope(name, z):
    a = activation(name, z)
    return {
        "identity": lambda: np.ones_like(z),
        "sigmoid": lambda: a * (1 - a),
        "tanh": lambda: 1 - a**2,
        "relu": lambda: (z > 0).astype(float),
        "elu": lambda: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    }[name]()


def output_error(loss, z, y):
    """dL/dz of every row before the reduction over the batch."""
    if loss == "softmax_cross_entropy":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True) - y
    if loss == "binary_cross_entropy":
        return (1 / (1 + np.exp(-z)) - y) / y.shape[1]
    return 2 * (z - y) / y.shape[1]


def gradients(network, weights, x, y, masks=None):
    """Gradients of all weights and biases on one batch; masks hold dropout factors per hidden layer."""
    values, zs = [x], []
    for k, (w, b) in enumerate(weights):
        z = values[-1] @ w + b
        zs.append(z)
        if k < len(weights) - 1:
            a = activation(network.activation, z)
            values.append(a if masks is None else a * masks[k])
    delta = output_error(network.loss, zs[-1], y)
    if network.reduction == "mean":
        delta = delta / len(x)
    result = [None] * len(weights)
    for k in reversed(range(len(weights))):
        result[k] = (values[k].T @ delta, delta.sum(axis=0))
        if k:
            delta = delta @ weights[k][0].T * slope(network.activation, zs[k - 1])
            if masks is not None:
                delta = delta * masks[k - 1]
    return result


class Optimiser:
    """State of one optimiser for one array."""

    def __init__(self, name, shape, h):
        self.name, self.h, self.t = name, h, 0
        self.a = np.full(shape, h.get("initial_accumulator", 0.0))
        self.b = np.zeros(shape)

    def step(self, w, g):
        h, lr, mu = self.h, self.h["learning_rate"], self.h.get("momentum", 0.0)
        self.t += 1
        if self.name == "sgd":
            self.a = mu * self.a - lr * g
            return w + (mu * self.a - lr * g if h.get("nesterov") else self.a)
        if self.name == "adagrad":
            self.a = self.a + g**2
            return w - lr * g / np.sqrt(self.a + h["epsilon"])
        if self.name == "proximal_adagrad":
            self.a = self.a + g**2
            rate = lr / np.sqrt(self.a)
            v = w - rate * g
            return np.sign(v) * np.maximum(np.abs(v) - rate * h.get("l1", 0.0), 0) / (1 + rate * h.get("l2", 0.0))
        if self.name == "rmsprop":
            self.a = h["rho"] * self.a + (1 - h["rho"]) * g**2
            self.b = mu * self.b + lr * g / np.sqrt(self.a + h["epsilon"])
            return w - self.b
        self.a = self.a + (g - self.a) * (1 - h["beta_1"])
        self.b = self.b + (g**2 - self.b) * (1 - h["beta_2"])
        size = lr * np.sqrt(1 - h["beta_2"] ** self.t) / (1 - h["beta_1"] ** self.t)
        return w - size * self.a / (np.sqrt(self.b) + h["epsilon"])


def train(network, weights, x, y, order, n_steps, h, mask_of=None):
    """Train one network.

    Args:
        network: Its description.
        weights: Starting weights and biases per layer.
        x: Inputs (n, n_inputs).
        y: Targets as a matrix.
        order: Row order of every epoch, (n_epochs, n).
        n_steps: Optimiser steps.
        h: Numbers of the network.
        mask_of: Function of the step that returns dropout factors per hidden layer (batch, units).
    """
    weights = [(w.copy(), b.copy()) for w, b in weights]
    optimisers = [tuple(Optimiser(network.optimiser, p.shape, h) for p in pair) for pair in weights]
    stream, epoch, at = [], 0, 0
    for step in range(1, n_steps + 1):
        if network.batching == "stream":
            while len(stream) < network.batch_size:
                stream.extend(order[epoch % len(order)])
                epoch += 1
            rows, stream = stream[: network.batch_size], stream[network.batch_size :]
        else:
            rows = order[epoch % len(order)][at : at + network.batch_size]
            at += len(rows)
            if at >= len(x):
                epoch, at = epoch + 1, 0
        masks = None if mask_of is None else [m[: len(rows)] for m in mask_of(step)]
        found = gradients(network, weights, x[rows], y[rows], masks)
        updated = []
        for (w, b), (gw, gb), (ow, ob) in zip(weights, found, optimisers):
            if network.optimiser != "proximal_adagrad":
                gw = gw + h.get("l1", 0.0) * np.sign(w) + 2 * h.get("l2", 0.0) * w
            updated.append((ow.step(w, gw), ob.step(b, gb)))
        weights = updated
    return weights


def mix(key, counter):
    """SplitMix64 with Python's whole numbers."""
    z = (key + (counter + 1) * GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def shuffled(seed, epoch, rows):
    """The engine's order of rows in one epoch, given the order of the epoch before."""
    rows, key = list(rows), mix(mix(seed, 2 * 1024), epoch)
    for i in range(len(rows) - 1, 0, -1):
        j = ((mix(key, i) >> 32) * (i + 1)) >> 32
        rows[i], rows[j] = rows[j], rows[i]
    return rows


def dropout_factor(seed, layer, step, unit, sample, batch, rate):
    """Factor of one unit and sample: 0, or 1 / (1 - rate)."""
    bits = mix(mix(seed, 3 * 1024 + layer), step)
    first, second = bits >> 32, bits & 0xFFFFFFFF
    x = (first + (unit * batch + sample) * 0x9E3779B1) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    x = ((x ^ second ^ (x >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    x ^= x >> 16
    return 0.0 if x < int(rate * 2**32) else 1 / (1 - rate)

"""The obvious way to train one network: NumPy, double precision, one formula per line."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
GOLDEN, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def activation(name, z, leak=0.2):
    return {
        "identity": lambda: z,
        "sigmoid": lambda: 1 / (1 + np.exp(-z)),
        "tanh": lambda: np.tanh(z),
        "relu": lambda: np.maximum(z, 0),
        "elu": lambda: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        "leaky_relu": lambda: np.where(z > 0, z, leak * z),
        "selu": lambda: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))),
        "gelu": lambda: z * ndtr(z),
        "gelu_tanh": lambda: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
        "silu": lambda: z / (1 + np.exp(-z)),
        "softplus": lambda: np.logaddexp(0, z),
        "softsign": lambda: z / (1 + np.abs(z)),
        "hard_sigmoid": lambda: np.clip(z / 6 + 0.5, 0, 1),
        "hard_tanh": lambda: np.clip(z, -1, 1),
        "hard_silu": lambda: z * np.clip(z / 6 + 0.5, 0, 1),
        "relu6": lambda: np.clip(z, 0, 6),
    }[name]()


def slope(name, z, leak=0.2):
    a, s = activation(name, z, leak), 1 / (1 + np.exp(-z))
    t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return {
        "identity": lambda: np.ones_like(z),
        "sigmoid": lambda: a * (1 - a),
        "tanh": lambda: 1 - a**2,
        "relu": lambda: (z > 0).astype(float),
        "elu": lambda: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
        "leaky_relu": lambda: np.where(z > 0, 1.0, leak),
        "selu": lambda: SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0))),
        "gelu": lambda: ndtr(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
        "gelu_tanh": lambda: (1 + t) / 2 + z / 2 * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2),
        "silu": lambda: s + z * s * (1 - s),
        "softplus": lambda: s,
        "softsign": lambda: 1 / (1 + np.abs(z)) ** 2,
        "hard_sigmoid": lambda: np.where(np.abs(z) < 3, 1 / 6, 0.0),
        "hard_tanh": lambda: (np.abs(z) < 1).astype(float),
        "hard_silu": lambda: np.where(np.abs(z) < 3, z / 3 + 0.5, (z > 0).astype(float)),
        "relu6": lambda: ((z > 0) & (z < 6)).astype(float),
    }[name]()


def output_error(loss, z, y):
    """dL/dz of every row before the reduction over the batch."""
    if loss == "softmax_cross_entropy":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True) - y
    if loss == "binary_cross_entropy":
        return (1 / (1 + np.exp(-z)) - y) / y.shape[1]
    return 2 * (z - y) / y.shape[1] if loss == "squared_error" else z - y


def gradients(network, weights, x, y, h, masks=None, row_weights=None, norms=None, running=None):
    """Gradients of all parameters on one batch.

    Args:
        network: Its description.
        weights: Weights and biases per layer.
        x: Inputs of the batch.
        y: Targets of the batch.
        h: Numbers of the network.
        masks: Dropout factors per hidden layer.
        row_weights: Weights of the batch's rows.
        norms: Scale and shift per hidden layer.
        running: Running mean and variance per hidden layer, changed.
    """
    values, zs, normal = [x], [], []
    for k, (w, b) in enumerate(weights):
        z = values[-1] @ w + b
        if k < len(weights) - 1:
            if norms is not None:
                axis = 0 if network.normalisation == "batch" else 1
                mean, variance = z.mean(axis=axis, keepdims=True), z.var(axis=axis, keepdims=True)
                inverse = 1 / np.sqrt(variance + h.get("norm_epsilon", 1e-3))
                normal.append(((z - mean) * inverse, inverse))
                if axis == 0:
                    memory = h.get("norm_momentum", 0.99)
                    factor = len(x) / (len(x) - 1) if network.running_variance == "unbiased" and len(x) > 1 else 1.0
                    running[k][0][:] = memory * running[k][0] + (1 - memory) * mean[0]
                    running[k][1][:] = memory * running[k][1] + (1 - memory) * variance[0] * factor
                z = normal[-1][0] * norms[k][0] + norms[k][1]
            a = activation(network.activation, z, h.get("negative_slope", 0.2))
            values.append(a if masks is None else a * masks[k])
        zs.append(z)
    delta = output_error(network.loss, zs[-1], y)
    if row_weights is not None:
        delta = delta * row_weights[:, None]
    if network.reduction == "mean":
        by_weights = row_weights is not None and network.weighting == "weights"
        delta = delta / (row_weights.sum() if by_weights else len(x))
    result, of_norms = [None] * len(weights), [None] * (len(weights) - 1)
    for k in reversed(range(len(weights))):
        result[k] = (values[k].T @ delta, delta.sum(axis=0))
        if k:
            delta = delta @ weights[k][0].T * slope(network.activation, zs[k - 1], h.get("negative_slope", 0.2))
            if masks is not None:
                delta = delta * masks[k - 1]
            if norms is not None:
                axis = 0 if network.normalisation == "batch" else 1
                hat, inverse = normal[k - 1]
                of_norms[k - 1] = ((delta * hat).sum(axis=0), delta.sum(axis=0))
                d = delta * norms[k - 1][0]
                delta = inverse * (
                    d - d.mean(axis=axis, keepdims=True) - hat * (d * hat).mean(axis=axis, keepdims=True)
                )
    return result, of_norms


def rate(schedule, h, t, n_steps):
    """Learning rate of step t + 1."""
    lr, warmup = h["learning_rate"], h.get("warmup_steps", 0)
    if t < warmup:
        return lr * t / warmup
    length, decay, end = h.get("decay_steps", n_steps - warmup), h.get("decay_rate", 0.1), h.get("end_rate", 0.0)
    s = (t - warmup) / length
    u = min(s, 1)
    return lr * {
        "constant": 1.0,
        "exponential": decay**s,
        "step": decay ** np.floor(s),
        "polynomial": (1 - end) * (1 - u) ** h.get("power", 1.0) + end,
        "cosine": (1 - end) * (1 + np.cos(np.pi * u)) / 2 + end,
        "inverse_time": 1 / (1 + decay * s),
    }[schedule]


class Optimiser:
    """State of one optimiser for one array."""

    def __init__(self, network, shape, h):
        self.name, self.h, self.t, self.product = network.optimiser, h, 0, 1.0
        self.place, self.form = network.epsilon_placement, network.momentum_form
        self.a = np.full(shape, h.get("initial_accumulator", 0.0))
        self.b = np.zeros(shape)

    def root(self, s):
        e = self.h.get("epsilon", 0.0)
        return np.sqrt(s + e) if self.place == "inside" else np.sqrt(s) + e

    def step(self, w, g, lr):
        h, mu = self.h, self.h.get("momentum", 0.0)
        b1, b2 = h.get("beta_1", 0.9), h.get("beta_2", 0.999)
        self.t += 1
        w = w - w * h.get("weight_decay", 0.0) * lr
        if self.name == "sgd" and self.form == "velocity":
            self.a = mu * self.a - lr * g
            return w + (mu * self.a - lr * g if h.get("nesterov") else self.a)
        if self.name == "sgd":
            self.a = mu * self.a + g
            return w - lr * (g + mu * self.a if h.get("nesterov") else self.a)
        if self.name == "adagrad":
            self.a = self.a + g**2
            return w - lr * g / self.root(self.a)
        if self.name == "proximal_adagrad":
            self.a = self.a + g**2
            rate = lr / np.sqrt(self.a)
            v = w - rate * g
            return np.sign(v) * np.maximum(np.abs(v) - rate * h.get("l1", 0.0), 0) / (1 + rate * h.get("l2", 0.0))
        if self.name == "rmsprop":
            self.a = h["rho"] * self.a + (1 - h["rho"]) * g**2
            if self.form == "velocity":
                self.b = mu * self.b + lr * g / self.root(self.a)
                return w - self.b
            self.b = mu * self.b + g / self.root(self.a)
            return w - lr * self.b
        if self.name == "adadelta":
            self.a = h["rho"] * self.a + (1 - h["rho"]) * g**2
            d = g * np.sqrt(self.b + h["epsilon"]) / np.sqrt(self.a + h["epsilon"])
            self.b = h["rho"] * self.b + (1 - h["rho"]) * d**2
            return w - lr * d
        if self.name == "ftrl":
            new = self.a + g**2
            self.b = self.b + g - (np.sqrt(new) - np.sqrt(self.a)) / lr * w
            self.a = new
            l1 = h.get("l1", 0.0)
            return (np.clip(self.b, -l1, l1) - self.b) / (np.sqrt(new) / lr + 2 * h.get("l2", 0.0))
        self.a = self.a + (g - self.a) * (1 - b1)
        if self.name == "adamax":
            inside, outside = (h["epsilon"], 0.0) if self.place == "inside" else (0.0, h["epsilon"])
            self.b = np.maximum(b2 * self.b, np.abs(g) + inside)
            return w - lr / (1 - b1**self.t) * self.a / (self.b + outside)
        self.b = self.b + (g**2 - self.b) * (1 - b2)
        corrected = np.sqrt(self.b / (1 - b2**self.t)) + h["epsilon"]
        if self.name == "nadam":
            now, then = (b1 * (1 - 0.5 * 0.96 ** (t * h.get("momentum_decay", 1.0))) for t in (self.t, self.t + 1))
            self.product *= now
            m = then * self.a / (1 - self.product * then) + (1 - now) * g / (1 - self.product)
            return w - lr * m / corrected
        if self.place == "corrected":
            return w - lr * self.a / (1 - b1**self.t) / corrected
        size = lr * np.sqrt(1 - b2**self.t) / (1 - b1**self.t)
        return w - size * self.a / (np.sqrt(self.b) + h["epsilon"])


def penalised(network, w, g, h, rows, is_weight):
    """The gradient of one array with its penalties."""
    if network.optimiser in ("proximal_adagrad", "ftrl") or not (is_weight or network.penalised == "all"):
        return g
    factor = {"whole": 2.0, "half": 1.0, "half_per_row": 1.0 / rows}[network.penalty]
    return g + h.get("l1", 0.0) * np.sign(w) + factor * h.get("l2", 0.0) * w


def clipped(arrays, h):
    """Gradients with their norm and their entries bounded."""
    norm = np.sqrt(sum((g**2).sum() for g in arrays))
    if h.get("clip_norm"):
        arrays = [g * min(1.0, h["clip_norm"] / (norm + h.get("clip_epsilon", 0.0))) for g in arrays]
    if h.get("clip_value"):
        arrays = [np.clip(g, -h["clip_value"], h["clip_value"]) for g in arrays]
    return arrays


def train(network, weights, x, y, order, n_steps, h, mask_of=None, row_weights=None, norms=None):
    """Train one network; returns its weights and biases, its scales and shifts, its running statistics.

    Args:
        network: Its description.
        weights: Starting weights and biases per layer.
        x: Inputs (n, n_inputs).
        y: Targets as a matrix.
        order: Row order of every epoch, (n_epochs, n).
        n_steps: Optimiser steps.
        h: Numbers of the network.
        mask_of: Function of the step that returns dropout factors per hidden layer (batch, units).
        row_weights: Weights of the rows.
        norms: Starting scale and shift per hidden layer, where there is normalisation.
    """
    weights = [(w.copy(), b.copy()) for w, b in weights]
    running = [(np.zeros_like(b), np.ones_like(b)) for _, b in weights[:-1]]
    norms = None if network.normalisation == "none" else [(s.copy(), t.copy()) for s, t in norms]
    flat = [p for pair in weights for p in pair] + [p for pair in norms or () for p in pair]
    optimisers = [Optimiser(network, p.shape, h) for p in flat]
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
        own = None if row_weights is None else row_weights[rows]
        found, of_norms = gradients(network, weights, x[rows], y[rows], h, masks, own, norms, running)
        g = [p for pair in found for p in pair] + [p for pair in of_norms if pair is not None for p in pair]
        divisor = own.sum() if own is not None and network.weighting == "weights" else len(rows)
        n = 2 * len(weights)
        g = [penalised(network, w, one, h, divisor, i < n and i % 2 == 0) for i, (w, one) in enumerate(zip(flat, g))]
        lr = rate(network.schedule, h, step - 1, n_steps)
        flat = [o.step(w, one, lr) for o, w, one in zip(optimisers, flat, clipped(g, h))]
        weights = [(flat[i], flat[i + 1]) for i in range(0, n, 2)]
        norms = None if norms is None else [(flat[i], flat[i + 1]) for i in range(n, len(flat), 2)]
    return weights if norms is None else (weights, norms, running)


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

"""Two classifiers of quality, each fitted to many splits at once: logistic regression, a network.

Both read a table of counts (configuration x class) and a mask of training configurations per
split, and predict the class of every configuration.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STRENGTH = 100.0
HIDDEN = (20, 20, 20)
N_STEPS = 1500
LEARNING_RATE = 3e-3
BATCH_SIZE = 32
_MOST_NUMBERS = 20_000_000


def scaled(inputs: NDArray[np.float64], training: NDArray[np.bool_]) -> NDArray[np.float64]:
    """MinMax scaling fitted on the training rows of one split, shape (k, d); constants become 0."""
    low, high = inputs[training].min(axis=0), inputs[training].max(axis=0)
    return (inputs - low) / np.where(high > low, high - low, 1.0)


def logistic(
    inputs: NDArray[np.float64],
    counts: NDArray[np.int64],
    training: NDArray[np.bool_],
    strength: float = STRENGTH,
) -> NDArray[np.int64]:
    """Multinomial logistic regression on MinMax-scaled inputs, one fit per split.

    Args:
        inputs: Shape (k, d).
        counts: Trials of each class per configuration, shape (k, classes).
        training: Which configurations each split trains on, shape (splits, k).
        strength: Weight of the log loss against half the squared weights (scikit-learn's C).

    Returns:
        The predicted class of every configuration, shape (splits, k).
    """
    at_once = max(1, _MOST_NUMBERS // max(1, inputs.shape[0] * (inputs.shape[1] + 1)))
    parts = [
        logistic_probabilities(inputs, counts, training[i : i + at_once], strength).argmax(axis=2)
        for i in range(0, len(training), at_once)
    ]
    return np.concatenate(parts)


def logistic_probabilities(
    inputs: NDArray[np.float64],
    counts: NDArray[np.int64],
    training: NDArray[np.bool_],
    strength: float = STRENGTH,
) -> NDArray[np.float64]:
    """Class probabilities of the logistic regressions, shape (splits, k, classes).

    Newton's method on all splits together; a step that does not lower a split's loss is halved.
    """
    x = np.stack([np.column_stack([scaled(inputs, t), np.ones(len(inputs))]) for t in training])
    weight: NDArray[Any] = strength * training[:, :, None] * counts[None]  # (splits, k, classes)
    n_classes, width = counts.shape[1], x.shape[2]
    ridge = np.ones(width)
    ridge[-1] = 1e-6  # the intercept is free but for what keeps the equations regular
    w = np.zeros((len(training), n_classes, width))
    loss, p = _logistic_loss(x, weight, w, ridge)
    for _ in range(30):
        total = weight.sum(axis=2, keepdims=True)
        gradient = np.swapaxes(total * p - weight, 1, 2) @ x + w * ridge
        step = np.linalg.solve(
            _hessian(x, total[..., 0], p, ridge), gradient.reshape(len(w), -1, 1)
        ).reshape(w.shape)
        size = np.ones(len(w))
        for _ in range(8):
            tried = w - size[:, None, None] * step
            new_loss, new_p = _logistic_loss(x, weight, tried, ridge)
            worse = new_loss > loss + 1e-9 * np.abs(loss)
            if not worse.any():
                break
            size[worse] /= 2
        better = ~worse
        w[better], p[better] = tried[better], new_p[better]
        gained = np.where(better, loss - new_loss, 0.0)
        loss = np.where(better, new_loss, loss)
        if np.all(gained <= 1e-7 * (1 + np.abs(loss))):
            break
    return p


def _logistic_loss(
    x: NDArray[np.float64], weight: NDArray[np.float64], w: NDArray[np.float64], ridge: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Penalised log loss of each split, and class probabilities."""
    score = x @ np.swapaxes(w, 1, 2)
    score -= score.max(axis=2, keepdims=True)
    p = np.exp(score)
    total = p.sum(axis=2, keepdims=True)
    loss = (weight * (np.log(total) - score)).sum(axis=(1, 2)) + 0.5 * (w * w * ridge).sum(axis=(1, 2))
    return loss, p / total


def _hessian(
    x: NDArray[np.float64], total: NDArray[np.float64], p: NDArray[np.float64], ridge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Second derivatives of each split's loss, shape (splits, classes * width, classes * width)."""
    n_splits, _, width = x.shape
    n_classes = p.shape[2]
    h = np.empty((n_splits, n_classes, width, n_classes, width))
    transposed = np.swapaxes(x, 1, 2)
    for a in range(n_classes):
        for b in range(a + 1):
            v = total * p[..., a] * ((a == b) - p[..., b])
            block = transposed @ (v[..., None] * x)
            h[:, a, :, b, :] = block
            h[:, b, :, a, :] = block
        h[:, a, :, a, :] += np.diag(ridge)
    return h.reshape(n_splits, n_classes * width, n_classes * width)


def network(
    inputs: NDArray[np.float64], counts: NDArray[np.int64], training: NDArray[np.bool_], seed: int
) -> NDArray[np.int64]:
    """A 20-20-20 network trained by the project's own engine, all splits as one population.

    Inputs are scaled from [0, 1] to [-1, 1]; relu, Adam with learning rate 0.003, 1500 steps of 32
    trials. A network that diverged predicts the most frequent class of its training part.

    Args:
        inputs: Shape (k, d), in [0, 1].
        counts: Trials of each class per configuration, shape (k, classes).
        training: Which configurations each split trains on, shape (splits, k).
        seed: Seed of the weights and of the order of the batches.

    Returns:
        The predicted class of every configuration, shape (splits, k).
    """
    from tunescape.engine import Data, Network, predict, train

    n_classes = counts.shape[1]
    net = Network(
        widths=(inputs.shape[1], *HIDDEN, n_classes), activation="relu", optimiser="adam",
        loss="softmax_cross_entropy", batch_size=BATCH_SIZE, batching="stream",
    )  # fmt: skip
    x = (2.0 * inputs - 1.0).astype(np.float32)
    cell, target = np.nonzero(counts)
    copies = counts[cell, target]
    cell, target = np.repeat(cell, copies), np.repeat(target, copies)  # one row a trial
    result: Any = train(
        net,
        Data(x[cell], target),
        seeds=np.random.default_rng(seed).integers(0, 2**31, len(training)),
        n_steps=N_STEPS,
        hyperparameters={"learning_rate": LEARNING_RATE},
        rows=[np.flatnonzero(mask[cell]) for mask in training],
    )
    predicted = np.empty((len(training), len(inputs)), dtype=np.int64)
    for i, mask in enumerate(training):
        if result.outcome[i]:
            predicted[i] = counts[mask].sum(axis=0).argmax()
        else:
            predicted[i] = np.asarray(predict(net, result.weights(i), x)).argmax(axis=1)
    return predicted

"""The compiled engine against the obvious NumPy one, in double precision and with tiny gradients."""

import naive_engine as naive
import numpy as np
import pytest

from tunescape.engine import ACTIVATIONS, DEFAULTS, LOSSES, OPTIMISERS, Data, Network, train
from tunescape.engine.network import as_matrix

REGULARISERS = [{}, {"l1": 1e-3}, {"l2": 1e-2}, {"l1": 1e-3, "l2": 1e-3, "momentum": 0.8}]
RATES = {"sgd": 0.05, "adagrad": 0.1, "proximal_adagrad": 0.1, "rmsprop": 0.002, "adam": 0.005}
EPOCHS = 90


def problem(loss, n=50, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)) * scale
    if loss == "softmax_cross_entropy":
        return x, rng.integers(0, 3, n)
    if loss == "binary_cross_entropy":
        return x, rng.integers(0, 2, (n, 3)).astype(float)
    return x, np.stack([x[:, 0] * x[:, 1], np.sin(x[:, 2]), x[:, 3]], axis=1)


def start(network, rng):
    return [
        (rng.normal(size=(a, b)) * 0.4, rng.normal(size=b) * 0.1) for a, b in zip(network.widths, network.widths[1:])
    ]


def compare(network, h, n_steps, x, y, n_networks=3):
    """Greatest relative difference of any weight array between the engine and the twin."""
    rng = np.random.default_rng(1)
    order = np.stack([rng.permutation(len(x)) for _ in range(EPOCHS)]).astype(np.int32)
    starts = [start(network, rng) for _ in range(n_networks)]
    trained = train(network, Data(x, y), seeds=range(n_networks), n_steps=n_steps, hyperparameters=h,
                    order=order, initial=starts, dtype="float64")  # fmt: skip
    assert (trained.outcome == 0).all()
    worst = 0.0
    for i, initial in enumerate(starts):
        full = {**DEFAULTS[network.optimiser], **h}
        expected = naive.train(network, initial, x, as_matrix(y, 3, np.float64), order, n_steps, full)
        for got, want in zip(trained.weights(i), expected):
            for a, b in zip(got, want):
                worst = max(worst, np.abs(a - b).max() / max(np.abs(b).max(), 1e-300))
    return worst


@pytest.mark.parametrize("regulariser", REGULARISERS, ids=str)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equals_twin_after_320_steps_with_partial_batches(activation, optimiser, regulariser):
    network = Network((4, 5, 7, 3), activation, optimiser, batch_size=16)  # 50 rows: 16, 16, 16, 2
    x, y = problem("softmax_cross_entropy")
    h = {"learning_rate": RATES[optimiser], **regulariser}
    assert compare(network, h, 320, x, y) <= 1e-12


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batching", ["partial", "stream"])
@pytest.mark.parametrize("loss", LOSSES)
def test_equals_twin_for_every_loss_reduction_and_batching(loss, batching, reduction):
    network = Network((4, 6, 3), "tanh", "adam", loss, 16, reduction, batching)
    x, y = problem(loss)
    assert compare(network, {"learning_rate": 0.003}, 320, x, y) <= 1e-12


def test_equals_twin_with_nesterov_momentum_and_a_batch_larger_than_the_data():
    network = Network((4, 5, 3), "tanh", "sgd", batch_size=64)
    x, y = problem("softmax_cross_entropy")
    assert compare(network, {"learning_rate": 0.05, "momentum": 0.9, "nesterov": 1.0}, 320, x, y) <= 1e-12
    stream = Network((4, 5, 3), "tanh", "sgd", batch_size=128, batching="stream", reduction="sum")
    assert compare(stream, {"learning_rate": 0.001, "momentum": 0.5}, 320, x, y) <= 1e-12


@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e-6, 1e-3])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_one_update_on_tiny_and_zero_gradients(optimiser, scale):
    """Where epsilon stands shows only when gradients are as small as it is."""
    network = Network((4, 5, 3), "identity", optimiser, "squared_error", 16)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(16, 4)) * scale
    initial = [(w, 0 * b) for w, b in start(network, rng)]  # so that a zero gradient is exactly zero
    y = x @ initial[0][0] @ initial[1][0]
    y = y + scale * rng.normal(size=(16, 3))  # residuals as small as the inputs
    order = np.arange(16, dtype=np.int32)[None]
    h = {"learning_rate": 0.01}
    got = train(network, Data(x, y), seeds=[0], n_steps=1, hyperparameters=h, order=order, initial=[initial],
                dtype="float64").weights(0)  # fmt: skip
    want = naive.train(network, initial, x, y, order, 1, {**DEFAULTS[optimiser], **h})
    for a, b, c in zip(got, want, initial):
        for k in (0, 1):
            assert np.abs(a[k] - b[k]).max() <= 1e-14
            if scale == 1e-3 and optimiser == "adam":
                assert np.abs(b[k] - c[k]).max() > 1e-7, "the update must be visible for the test to mean anything"


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_single_precision_is_close_over_the_first_50_steps(optimiser):
    network = Network((4, 5, 7, 3), "tanh", optimiser, batch_size=16)
    x, y = problem("softmax_cross_entropy")
    rng = np.random.default_rng(5)
    initial = [start(network, rng)]
    order = np.stack([rng.permutation(50) for _ in range(20)]).astype(np.int32)
    both = [
        train(network, Data(x, y), seeds=[0], n_steps=50, hyperparameters={"learning_rate": RATES[optimiser]},
              order=order, initial=initial, dtype=dtype).parameters[0]
        for dtype in ("float32", "float64")
    ]  # fmt: skip
    assert np.abs(both[0] - both[1]).max() <= 2e-5 * np.abs(both[1]).max()


def test_own_shuffles_and_dropout_equal_the_twin():
    """The engine's own random numbers, spelt out with Python's whole numbers."""
    network = Network((4, 5, 6, 3), "tanh", "sgd", batch_size=16)
    x, y = problem("softmax_cross_entropy")
    seed, rates, n_steps = 2**62 + 12345, [0.3, 0.1], 24
    rng = np.random.default_rng(7)
    initial = start(network, rng)
    order, rows = [], range(50)
    for epoch in range(n_steps // 4):
        rows = naive.shuffled(seed, epoch, rows)
        order.append(rows)

    def mask_of(step):
        return [
            np.array([[naive.dropout_factor(seed, k, step, u, s, 16, rates[k]) for u in range(network.widths[k + 1])]
                      for s in range(16)])
            for k in range(2)
        ]  # fmt: skip

    h = {"learning_rate": 0.05, "dropout": np.array([rates])}
    got = train(network, Data(x, y), seeds=[seed], n_steps=n_steps, hyperparameters=h, initial=[initial],
                dtype="float64").weights(0)  # fmt: skip
    want = naive.train(
        network, initial, x, as_matrix(y, 3, np.float64), order, n_steps, {"learning_rate": 0.05}, mask_of
    )
    for a, b in zip(got, want):
        assert np.abs(a[0] - b[0]).max() <= 1e-12
        assert np.abs(a[1] - b[1]).max() <= 1e-12

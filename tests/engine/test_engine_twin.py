"""The compiled engine against the obvious NumPy one, in double precision and with tiny gradients."""

import naive_engine as naive
import numpy as np
import pytest

from tunescape.engine import (
    ACTIVATIONS,
    DEFAULTS,
    LOSSES,
    OPTIMISERS,
    PLACEMENTS,
    SCHEDULES,
    Data,
    Layer,
    Network,
    as_matrix,
    train,
)

REGULARISERS = [{"l1": 1e-3}, {"l2": 1e-2}, {"l1": 1e-3, "l2": 1e-3, "momentum": 0.8}, {"weight_decay": 0.1}]
RATES = {"sgd": 0.05, "adagrad": 0.1, "proximal_adagrad": 0.1, "rmsprop": 0.002, "adam": 0.005, "adamw": 0.005,
         "adadelta": 1.0, "adamax": 0.005, "nadam": 0.005, "ftrl": 0.05}  # fmt: skip
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


def arrays_of(network, layers):
    """Every array of some layers of the engine, in the twin's order."""
    found = [array for layer in layers for array in layer[:2]]
    found += [array for layer in layers[:-1] for array in layer[2:4] if array is not None]
    return found + [array for layer in layers[:-1] for array in layer[4:] if array is not None]


def twin(network, initial, x, y, order, n_steps, h, row_weights, norms):
    """Every array of the twin after training."""
    full = {**DEFAULTS[network.optimiser], **h}
    trained = naive.train(network, initial, x, as_matrix(y, 3, np.float64), order, n_steps, full,
                          row_weights=row_weights, norms=norms)  # fmt: skip
    if network.normalisation == "none":
        return [array for pair in trained for array in pair]
    weights, scales, running = trained
    pairs = (*weights, *scales, *(running if network.normalisation == "batch" else ()))
    return [array for pair in pairs for array in pair]


def apart(got, want):
    """Greatest difference of any array, relative to its largest number."""
    assert len(got) == len(want)
    return max(np.abs(a - b).max() / max(np.abs(b).max(), 1e-300) for a, b in zip(got, want))


def assert_equals_twin(network, h, n_steps, x, y, n_networks=2, row_weights=None):
    """The engine's arrays equal the twin's to 1e-12, or to ten times what one unit in the last place of the start does.

    The latter is for batch normalisation of very small batches, which magnifies any rounding.
    """
    rng = np.random.default_rng(1)
    order = np.stack([rng.permutation(len(x)) for _ in range(EPOCHS)]).astype(np.int32)
    starts = [start(network, rng) for _ in range(n_networks)]
    norms = [[(1 + 0.2 * rng.normal(size=n), 0.2 * rng.normal(size=n)) for n in network.widths[1:-1]] for _ in starts]
    given = starts
    if network.normalisation != "none":
        given = [[Layer(*pair, *norm) for pair, norm in zip(one, [*own, ()])] for one, own in zip(starts, norms)]
    decays = {}
    if network.schedule != "constant":
        decays["decay_steps"] = h.get("decay_steps", n_steps - h["warmup_steps"])
    trained = train(network, Data(x, y, train_weights=row_weights), seeds=range(n_networks), n_steps=n_steps,
                    hyperparameters={**h, **decays}, order=order, initial=given, dtype="float64")  # fmt: skip
    assert (trained.outcome == 0).all()
    for i, initial in enumerate(starts):
        common = (x, y, order, n_steps, h, row_weights, norms[i])
        want = twin(network, initial, *common)
        found = apart(arrays_of(network, trained.layers(i)), want)
        if found > 1e-12:
            moved = [(np.nextafter(w, np.inf), np.nextafter(b, np.inf)) for w, b in initial]
            assert found <= 10 * apart(twin(network, moved, *common), want) <= 1e-7


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_equals_twin_after_120_steps_with_partial_batches(activation, optimiser):
    network = Network((4, 5, 7, 3), activation, optimiser, batch_size=16)  # 50 rows: 16, 16, 16, 2
    x, y = problem("softmax_cross_entropy")
    assert_equals_twin(network, {"learning_rate": RATES[optimiser]}, 120, x, y, 1)


@pytest.mark.parametrize("regulariser", REGULARISERS, ids=str)
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_equals_twin_with_every_optimiser_and_penalty(optimiser, regulariser):
    network = Network((4, 5, 7, 3), "elu", optimiser, batch_size=16)
    x, y = problem("softmax_cross_entropy")
    assert_equals_twin(network, {"learning_rate": RATES[optimiser], **regulariser}, 320, x, y, 1)


@pytest.mark.parametrize(("optimiser", "placement"), [(o, p) for o, ps in PLACEMENTS.items() for p in ps])
def test_equals_twin_wherever_epsilon_stands(optimiser, placement):
    network = Network((4, 5, 3), "tanh", optimiser, batch_size=16, epsilon_placement=placement)
    x, y = problem("softmax_cross_entropy", scale=1e-3)  # gradients so small that epsilon shows
    x[:, 0] = 0.0
    assert_equals_twin(network, {"learning_rate": RATES[optimiser], "epsilon": 1e-4}, 320, x, y)


@pytest.mark.parametrize("form", ["velocity", "gradient"])
@pytest.mark.parametrize("optimiser", ["sgd", "rmsprop"])
def test_equals_twin_in_both_forms_of_momentum_while_the_rate_changes(optimiser, form):
    network = Network((4, 5, 3), "tanh", optimiser, batch_size=16, momentum_form=form, schedule="cosine")
    x, y = problem("softmax_cross_entropy")
    h = {"learning_rate": RATES[optimiser], "momentum": 0.9, "nesterov": optimiser == "sgd", "warmup_steps": 20}
    assert_equals_twin(network, h, 320, x, y)
    other = Network((4, 5, 3), "tanh", optimiser, batch_size=16, schedule="cosine",
                    momentum_form="gradient" if form == "velocity" else "velocity")  # fmt: skip
    data, common = Data(x, y), {"seeds": [0], "n_steps": 320, "hyperparameters": {**h, "decay_steps": 300}}
    both = [train(net, data, dtype="float64", **common).parameters for net in (network, other)]
    assert np.abs(both[0] - both[1]).max() > 1e-4, "the two forms must differ for the test to mean anything"


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_equals_twin_with_every_schedule_and_warm_up(schedule):
    network = Network((4, 5, 3), "tanh", "adam", batch_size=16, schedule=schedule)
    x, y = problem("softmax_cross_entropy")
    h = {"learning_rate": 0.01, "decay_rate": 0.3, "end_rate": 0.05, "power": 2.0, "warmup_steps": 30}
    assert_equals_twin(network, h, 320, x, y)
    if schedule != "constant":
        assert_equals_twin(network, {**h, "warmup_steps": 0, "decay_steps": 50}, 320, x, y)


@pytest.mark.parametrize(
    "h",
    [{"clip_norm": 0.05}, {"clip_value": 0.01}, {"clip_norm": 0.1, "clip_value": 0.02, "clip_epsilon": 1e-6}],
    ids=str,
)
def test_equals_twin_with_clipped_gradients(h):
    network = Network((4, 5, 7, 3), "tanh", "adam", batch_size=16)
    x, y = problem("softmax_cross_entropy")
    assert_equals_twin(network, {"learning_rate": 0.01, "l2": 1e-3, **h}, 320, x, y)


@pytest.mark.parametrize("penalised", ["weights", "all"])
@pytest.mark.parametrize("penalty", ["whole", "half", "half_per_row"])
@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_equals_twin_in_every_convention_of_penalties(normalisation, penalty, penalised):
    network = Network((4, 5, 7, 3), "tanh", "adam", batch_size=16, penalty=penalty, penalised=penalised,
                      normalisation=normalisation)  # fmt: skip
    x, y = problem("softmax_cross_entropy")
    assert_equals_twin(network, {"learning_rate": 0.01, "l1": 1e-3, "l2": 1e-2}, 320, x, y)


@pytest.mark.parametrize("batch_size", [1, 7, 16, 50, 80])
@pytest.mark.parametrize("variance", ["biased", "unbiased"])
@pytest.mark.parametrize("normalisation", ["batch", "layer"])
def test_equals_twin_with_normalisation_and_its_running_statistics(normalisation, variance, batch_size):
    network = Network((4, 6, 9, 3), "tanh", "sgd", batch_size=batch_size, normalisation=normalisation,
                      running_variance=variance)  # fmt: skip
    x, y = problem("softmax_cross_entropy")
    h = {"learning_rate": 0.05, "momentum": 0.9, "norm_momentum": 0.8, "norm_epsilon": 1e-2}
    assert_equals_twin(network, h, 150, x, y)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weighting", ["rows", "weights"])
@pytest.mark.parametrize("loss", LOSSES)
def test_equals_twin_with_weighted_rows(loss, weighting, reduction):
    network = Network((4, 6, 3), "tanh", "adam", loss, 16, reduction, weighting=weighting, penalty="half_per_row")
    x, y = problem(loss)
    weights = np.random.default_rng(2).uniform(0.1, 3.0, len(x))
    assert_equals_twin(network, {"learning_rate": 0.003, "l2": 0.1}, 320, x, y, row_weights=weights)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("batching", ["partial", "stream"])
@pytest.mark.parametrize("loss", LOSSES)
def test_equals_twin_for_every_loss_reduction_and_batching(loss, batching, reduction):
    network = Network((4, 6, 3), "tanh", "adam", loss, 16, reduction, batching)
    x, y = problem(loss)
    assert_equals_twin(network, {"learning_rate": 0.003}, 320, x, y)


def test_equals_twin_with_nesterov_momentum_and_a_batch_larger_than_the_data():
    network = Network((4, 5, 3), "tanh", "sgd", batch_size=64)
    x, y = problem("softmax_cross_entropy")
    assert_equals_twin(network, {"learning_rate": 0.05, "momentum": 0.9, "nesterov": 1.0}, 320, x, y)
    stream = Network((4, 5, 3), "tanh", "sgd", batch_size=128, batching="stream", reduction="sum")
    assert_equals_twin(stream, {"learning_rate": 0.001, "momentum": 0.5}, 320, x, y)


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

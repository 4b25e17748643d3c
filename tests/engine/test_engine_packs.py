"""A network is the same alone, in any pack, on any number of threads, stopped and resumed: bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.engine import LANES, OPTIMISERS, Data, Network, block, train

RNG = np.random.default_rng(11)
X, Y = RNG.normal(size=(43, 4)), RNG.integers(0, 3, 43)
DATA = Data(X, Y, X[:9], Y[:9])
N = 37


def numbers(n, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "learning_rate": 10 ** rng.uniform(-3, -1, n),
        "l1": rng.choice([0.0, 1e-3], n),
        "l2": rng.choice([0.0, 1e-3], n),
        "dropout": rng.choice([0.0, 0.2, 0.5], n),
        "init_scale": rng.uniform(0.5, 2, n),
        "momentum": rng.choice([0.0, 0.9], n),
    }


def trained(network, chosen, dtype="float32", **more):
    h = {name: value[chosen] for name, value in numbers(N).items()}
    return train(network, DATA, seeds=np.arange(100, 100 + N)[chosen], n_steps=60, hyperparameters=h, dtype=dtype,
                 record_at=[7, 30, 60], **more)  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("batching", ["partial", "stream"])
def test_alone_equals_in_a_pack_on_any_number_of_threads(batching, optimiser, dtype):
    network = Network((4, 5, 6, 3), "elu", optimiser, batch_size=16, batching=batching)
    everything = trained(network, np.arange(N), dtype, n_threads=2)
    one_thread = trained(network, np.arange(N), dtype, n_threads=1)
    assert np.array_equal(everything.parameters, one_thread.parameters)
    for i in (0, 5, LANES[np.dtype(dtype)] + 1, N - 1):
        alone = trained(network, np.array([i]), dtype, n_threads=1)
        assert np.array_equal(alone.parameters[0], everything.parameters[i])
        for name, values in alone.curves.items():
            assert np.array_equal(values[0], everything.curves[name][i])
    shuffled = np.random.default_rng(1).permutation(N)
    assert np.array_equal(trained(network, shuffled, dtype).parameters, everything.parameters[shuffled])


@settings(max_examples=15)
@given(
    widths=st.lists(st.integers(1, 13), min_size=1, max_size=3),
    batch=st.integers(1, 50),
    chosen=st.lists(st.integers(0, N - 1), min_size=1, max_size=6, unique=True),
    activation=st.sampled_from(["identity", "sigmoid", "tanh", "relu", "elu"]),
)
def test_any_shape_alone_equals_in_a_pack(widths, batch, chosen, activation):
    network = Network((4, *widths, 3), activation, "adam", batch_size=batch)
    together = trained(network, np.array(chosen))
    for at, i in enumerate(chosen):
        assert np.array_equal(trained(network, np.array([i])).parameters[0], together.parameters[at])


def test_training_in_small_slices_changes_nothing(monkeypatch):
    network = Network((4, 5, 3), "tanh", "adam", batch_size=16)
    whole = trained(network, np.arange(N))
    monkeypatch.setattr(block, "SLICE_FLOP", 1.0)  # one step a slice
    assert np.array_equal(trained(network, np.arange(N)).parameters, whole.parameters)


def test_measuring_more_often_changes_nothing():
    network = Network((4, 5, 3), "tanh", "sgd", batch_size=16)
    often = train(network, DATA, seeds=[1, 2], n_steps=40, record_at=range(1, 41))
    once = train(network, DATA, seeds=[1, 2], n_steps=40)
    assert np.array_equal(often.parameters, once.parameters)
    assert np.array_equal(often.curves["validation_loss"][:, -1], once.curves["validation_loss"][:, 0])


def test_more_steps_continue_the_same_run():
    network = Network((4, 5, 3), "tanh", "sgd", batch_size=16)
    long = train(network, DATA, seeds=[3], n_steps=80, record_at=[30, 80])
    short = train(network, DATA, seeds=[3], n_steps=30)
    assert long.curves["validation_loss"][0, 0] == short.curves["validation_loss"][0, 0]


def test_a_diverged_lane_is_retired_with_its_step_and_harms_nobody():
    network = Network((4, 8, 1), "identity", "sgd", "squared_error", 16)
    y = X[:, :1] * 2
    rates = np.full(N, 0.01)
    rates[[3, 20]] = 1e6
    both = train(network, Data(X, y, X, y), seeds=range(N), n_steps=60, record_at=[1, 10, 60],
                 hyperparameters={"learning_rate": rates})  # fmt: skip
    assert set(np.flatnonzero(both.outcome)) == {3, 20}
    assert 1 <= both.stopped_at[3] < 60
    assert np.isnan(both.curves["train_loss"][3, -1])
    alone = train(network, Data(X, y, X, y), seeds=[4], n_steps=60, hyperparameters={"learning_rate": 0.01})
    assert np.array_equal(alone.parameters[0], both.parameters[4])
    assert np.isfinite(both.curves["train_loss"][both.outcome == 0]).all()


def test_networks_may_see_different_rows():
    network = Network((4, 5, 3), "tanh", "adam", batch_size=8, batching="stream")
    rows = [np.arange(0, 20), np.arange(5, 43), np.arange(10)]
    together = train(network, DATA, seeds=[1, 2, 3], n_steps=50, rows=rows)
    for i, own in enumerate(rows):
        alone = train(network, Data(X[own], Y[own]), seeds=[i + 1], n_steps=50)
        assert np.array_equal(alone.parameters[0], together.parameters[i])

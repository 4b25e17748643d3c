"""Pausing, saving, choosing and forking networks in training changes nothing: bit for bit."""

import numpy as np
import pytest

from tunescape import InputError
from tunescape.engine import OPTIMISERS, Data, Network, load_state, train

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(43, 4)), RNG.integers(0, 3, 43)
DATA = Data(X, Y)
N = 21


def trained(network, n_steps, chosen=slice(None), **more):
    rates = np.geomspace(1e-3, 0.3, N)[chosen]
    warmup = 0 if network.optimiser == "ftrl" else 30  # ftrl divides by the rate, which warm-up begins at 0
    h = {"learning_rate": rates, "momentum": 0.5, "dropout": 0.2, "warmup_steps": warmup}
    return train(network, DATA, seeds=np.arange(N)[chosen], n_steps=n_steps, hyperparameters=h, keep_state=True, **more)


@pytest.mark.parametrize("batching", ["partial", "stream"])
@pytest.mark.parametrize("normalisation", ["none", "batch"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_paused_saved_loaded_and_gone_on_with_is_the_same(optimiser, normalisation, batching, tmp_path):
    network = Network((4, 6, 5, 3), "tanh", optimiser, batch_size=16, batching=batching, normalisation=normalisation)
    whole = trained(network, 60)
    trained(network, 23).state.save(tmp_path / "population.npz")
    state = load_state(tmp_path / "population.npz")
    assert (len(state), state.step, state.network) == (N, 23, network)
    rest = trained(network, 60, start=state)
    assert np.array_equal(rest.parameters, whole.parameters, equal_nan=True)
    assert np.array_equal(rest.running, whole.running, equal_nan=True)
    assert np.array_equal(rest.curves["train_loss"], whole.curves["train_loss"], equal_nan=True)


def test_promoted_networks_go_on_in_other_lanes_as_if_nothing_happened():
    network = Network((4, 6, 3), "tanh", "adam", batch_size=16)
    whole = trained(network, 60)
    chosen = np.array([20, 3, 7])
    rest = trained(network, 60, chosen, start=trained(network, 20).state.take(chosen))
    assert np.array_equal(rest.parameters, whole.parameters[chosen])


def test_a_fork_starts_alike_and_goes_its_own_way():
    network = Network((4, 6, 3), "tanh", "adam", batch_size=16)
    state = trained(network, 20).state.take([5, 5])
    assert np.array_equal(state.arrays["weights"][0], state.arrays["weights"][1])
    h = {"learning_rate": [0.001, 0.1]}
    rest = train(network, DATA, seeds=state.seeds, n_steps=40, hyperparameters=h, start=state)
    assert not np.array_equal(rest.parameters[0], rest.parameters[1])


def test_training_goes_to_its_last_step_whatever_is_recorded():
    network = Network((4, 6, 3), "tanh", "adam", batch_size=16)
    assert np.array_equal(trained(network, 60, record_at=[10]).parameters, trained(network, 60).parameters)
    with pytest.raises(InputError, match="record_at"):
        trained(network, 60, record_at=[70])


def test_states_that_do_not_fit_are_refused(tmp_path):
    network = Network((4, 6, 3), "tanh", "adam", batch_size=16)
    state = trained(network, 20).state
    with pytest.raises(InputError, match="same networks"):
        trained(Network((4, 7, 3), "tanh", "adam", batch_size=16), 40, start=state)
    with pytest.raises(InputError, match="n_steps"):
        trained(network, 10, start=state)
    (tmp_path / "x.npz").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a saved population"):
        load_state(tmp_path / "x.npz")


@pytest.mark.parametrize("batching", ["partial", "stream"])
def test_networks_that_go_on_inside_an_epoch_keep_its_batches_where_lanes_are_refilled(batching, monkeypatch):
    monkeypatch.setattr("tunescape.engine.packing.PACKS_PER_THREAD", 0.001)  # one pack
    network = Network((4, 5, 3), optimiser="sgd", batch_size=16, normalisation="batch", batching=batching)
    seeds, rates = np.arange(20), np.full(20, 0.1)
    rates[[2, 9]] = 1e36  # their lanes become free inside an epoch of the others
    state = train(network, DATA, seeds=seeds, n_steps=4, keep_state=True).state
    together = train(network, DATA, seeds=seeds, n_steps=20, start=state, hyperparameters={"learning_rate": rates})
    assert np.array_equal(np.flatnonzero(together.stopped_at >= 0), [2, 9])
    for i in (0, 5, 19):
        one = train(network, DATA, seeds=[i], n_steps=20, start=state.take([i]),
                    hyperparameters={"learning_rate": rates[i]})  # fmt: skip
        assert np.array_equal(one.parameters[0], together.parameters[i])


@pytest.mark.parametrize("regime", ["lanes", "single"])
def test_what_was_due_before_networks_go_on_is_not_measured_and_no_divergence(regime):
    state = trained(Network((4, 6, 3)), 10, regime=regime).state
    rest = trained(Network((4, 6, 3)), 20, start=state, record_at=[5, 10, 20], regime=regime)
    assert (rest.stopped_at == -1).all()
    assert np.isnan(rest.curves["train_loss"][:, 0]).all()
    assert np.isfinite(rest.curves["train_loss"][:, 1:]).all()

"""Lanes are refilled and mixed: a network is, bit for bit, what it is alone, whatever its neighbours are and do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.engine import ACTIVATIONS, LANES, OPTIMISERS, Data, EarlyStopping, Jobs, Network, train, train_jobs

RNG = np.random.default_rng(3)
X = RNG.normal(size=(43, 4))
Y = RNG.integers(0, 3, 43)
DATA = Data(X, Y, X[:9], Y[:9])


def alone(network, seed, steps, record, numbers, dtype="float32", **more):
    return train(network, DATA, seeds=[seed], n_steps=steps, record_at=record, hyperparameters=numbers, dtype=dtype,
                 n_threads=1, **more)  # fmt: skip


def check(networks, steps, numbers, dtype="float32", **more):
    """Train all at once, and each by itself."""
    n = len(networks)
    record = [np.unique([min(3, s), s]) for s in steps]
    jobs = Jobs(networks, np.arange(n), np.asarray(steps), record, numbers)
    seen = np.zeros(n, int)
    for chosen, trained in train_jobs(jobs, DATA, dtype=dtype, n_threads=2, **more):
        for at, i in enumerate(chosen):
            own = {name: value[i : i + 1] for name, value in numbers.items()}
            one = alone(networks[i], i, int(steps[i]), record[i], own, dtype, **more)
            assert np.array_equal(one.parameters[0], trained.parameters[at], equal_nan=True), (i, networks[i])
            for name, values in one.curves.items():
                columns = np.searchsorted(trained.steps, one.steps)
                assert np.array_equal(values[0], trained.curves[name][at, columns], equal_nan=True)
            assert one.stopped_at[0] == trained.stopped_at[at]
            assert one.ended_at[0] == trained.ended_at[at]
            seen[i] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_optimisers_and_activations_share_lanes(dtype):
    pairs = [(a, o) for a in ACTIVATIONS for o in OPTIMISERS]
    RNG.shuffle(pairs)
    networks = [Network((4, 5, 3), a, o, batch_size=16) for a, o in pairs]
    steps = RNG.integers(5, 60, len(networks))
    numbers = {"learning_rate": 10 ** RNG.uniform(-3, -1, len(networks)), "momentum": RNG.choice([0, 0.9], len(pairs)),
               "nesterov": RNG.choice([0.0, 1.0], len(pairs))}  # fmt: skip
    check(networks, steps, numbers, dtype)


@settings(max_examples=12)
@given(data=st.data())
def test_any_company_any_length(data):
    n = data.draw(st.integers(1, 2 * LANES[np.dtype("float32")] + 3))
    batch, stream = data.draw(st.integers(1, 50)), data.draw(st.booleans())
    kinds = [
        Network(
            (4, data.draw(st.sampled_from([1, 3, 6])), 3), data.draw(st.sampled_from(list(ACTIVATIONS))), optimiser,
            batch_size=batch, batching="stream" if stream else "partial",
            momentum_form=data.draw(st.sampled_from(["velocity", "gradient"])),
            penalty=data.draw(st.sampled_from(["whole", "half", "half_per_row"])),
            schedule=data.draw(st.sampled_from(["constant", "cosine"])),
        )
        for optimiser in ("sgd", "rmsprop", "adam", "adagrad", "nadam", "adamax", "ftrl")
    ]  # fmt: skip
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    networks = [kinds[i] for i in rng.integers(0, len(kinds), n)]
    numbers = {
        "learning_rate": 10 ** rng.uniform(-3, 0, n),
        "dropout": rng.choice([0.0, 0.4], n),
        "l2": rng.choice([0.0, 1e-2], n),
        "clip_norm": rng.choice([0.0, 0.1], n),
        "weight_decay": rng.choice([0.0, 0.1], n),
        "decay_steps": np.full(n, 20.0),
    }
    check(networks, rng.integers(1, 40, n), numbers)


@pytest.mark.parametrize("normalisation", ["batch", "layer"])
def test_normalised_networks_wait_for_each_other_only_where_they_must(normalisation):
    networks = [Network((4, 5, 3), a, "adam", batch_size=16, normalisation=normalisation) for a in ("relu", "tanh")]
    check([networks[i % 2] for i in range(40)], RNG.integers(1, 30, 40), {"learning_rate": np.full(40, 0.01)})


def test_lanes_that_stop_early_or_diverge_make_room():
    n = 50
    network = Network((4, 6, 3), "relu", "sgd", batch_size=8)
    rates = np.where(np.arange(n) % 7 == 0, 1e30, 10 ** RNG.uniform(-2, 0.5, n))
    check([network] * n, np.full(n, 120), {"learning_rate": rates}, early_stopping=EarlyStopping(2, restore_best=True))
    check([network] * n, np.full(n, 60), {"learning_rate": rates})


def test_uneven_lengths_cost_what_their_steps_cost():
    """Steps of lanes, not seconds: 64 jobs of which one in four is long take few more rounds than their sum."""
    from tunescape.engine.block import make_block
    from tunescape.engine.working_off import work_off

    n, lanes = 64, LANES[np.dtype("float32")]
    steps = np.sort(np.where(np.arange(n) % 4 == 0, 400, 50))[::-1].copy()
    jobs = Jobs([Network((4, 5, 3), batch_size=43)] * n, np.arange(n), steps, [np.array([s]) for s in steps])
    block = make_block(jobs, DATA)
    rounds = 0
    while (block.queue.next[0] < n) or (block.state.job >= 0).any():
        work_off(block.shape, block.state, block.shots, block.queue, block.rows, block.rule, 1)
        rounds += 1
    assert rounds <= max(1.15 * steps.sum() / lanes, 400 + 2)
    assert np.isfinite(block.queue.measured[0, :, -1] + 1).sum() >= 1


def test_wide_networks_and_lanes_are_trained_in_one_call_and_the_regime_can_be_chosen():
    from tunescape import InputError
    from tunescape.engine import is_wide

    wide, narrow = Network((4, 100, 80, 3), batch_size=16), Network((4, 5, 3), batch_size=16)
    assert is_wide(wide)
    assert not is_wide(narrow)
    jobs = Jobs([wide, narrow, wide], np.arange(3), np.full(3, 20), [np.array([20])] * 3)
    found = {int(c): t.curves["train_loss"][at, -1] for cs, t in train_jobs(jobs, DATA) for at, c in enumerate(cs)}
    for i, network in enumerate(jobs.networks):
        both = [train(network, DATA, seeds=[i], n_steps=20, regime=r, dtype="float64") for r in ("lanes", "single")]
        assert np.allclose(both[0].parameters, both[1].parameters, rtol=1e-9, atol=1e-12)
        assert found[i] == train(network, DATA, seeds=[i], n_steps=20).curves["train_loss"][0, -1]
        assert np.isclose(found[i], both[0].curves["train_loss"][0, -1], rtol=1e-3)
    with pytest.raises(InputError, match="regime"):
        train(narrow, DATA, seeds=[0], n_steps=1, regime="fast")


@pytest.mark.parametrize("steps", [40, "uneven"])
def test_a_first_layer_over_rows_that_all_lanes_share_is_the_same_bit_for_bit(steps):
    """Company with other rows makes each lane read its own; the network of seed 5 must not notice."""
    network = Network((4, 5, 3), "tanh", "adam", batch_size=16)
    n = 20
    lengths = np.full(n, 40) if steps == 40 else RNG.integers(1, 60, n)
    rates = {"learning_rate": np.linspace(1e-3, 1e-1, n)}
    record = [np.array([length]) for length in lengths]

    def weights(seeds):
        jobs = Jobs([network] * n, seeds, lengths, record, rates)
        return {int(i): t.parameters[at] for chosen, t in train_jobs(jobs, DATA) for at, i in enumerate(chosen)}

    shared, apart = weights(np.full(n, 5)), weights(np.where(np.arange(n) % 2, 5, np.arange(n)))
    for i in range(1, n, 2):
        assert np.array_equal(shared[i], apart[i])


@pytest.mark.parametrize("diverging", [[3, 5, 7], [0, 15], list(range(14))])
def test_lanes_that_share_rows_and_diverge_together_read_no_row_that_is_not_there(diverging, monkeypatch):
    monkeypatch.setattr("tunescape.engine.packing.PACKS_PER_THREAD", 0.001)  # one pack: lanes are refilled
    network = Network((4, 5, 3), optimiser="sgd", batch_size=8)
    n = LANES[np.dtype("float32")] + 1  # fewer jobs are left than lanes become free
    rates = np.full(n, 0.01)
    rates[diverging] = 1e30
    together = train(network, DATA, seeds=[1] * n, n_steps=40, hyperparameters={"learning_rate": rates}, n_threads=1)
    one = train(network, DATA, seeds=[1], n_steps=40, hyperparameters={"learning_rate": 0.01}, n_threads=1)
    sound = np.setdiff1d(np.arange(n), diverging)
    assert (together.stopped_at[diverging] > 0).all()
    assert (together.parameters[sound] == one.parameters).all()


@pytest.mark.parametrize("regime", ["lanes", "single"])
def test_early_stopping_without_a_step_measures_the_start(regime):
    found = train(Network((4, 5, 3)), DATA, seeds=[1, 2], n_steps=0, early_stopping=EarlyStopping(2), regime=regime)
    assert np.isfinite(found.curves["train_loss"]).all()
    for name, values in found.final.items():
        assert np.array_equal(values, found.curves[name][:, 0])


@pytest.mark.parametrize("regime", ["lanes", "single"])
def test_nothing_need_be_measured(regime):
    network = Network((4, 5, 3), "tanh", "sgd", batch_size=16)
    rates = {"learning_rate": [0.1, 1e30]}
    silent = train(network, DATA, seeds=[1, 2], n_steps=30, record_at=[], hyperparameters=rates, regime=regime)
    told = train(network, DATA, seeds=[1, 2], n_steps=30, hyperparameters=rates, regime=regime)
    assert silent.curves["train_loss"].shape == (2, 0)
    assert np.array_equal(silent.parameters, told.parameters, equal_nan=True)
    assert np.array_equal(silent.weights_stopped, told.weights_stopped)


def test_epochs_are_those_of_a_network_s_own_rows_where_they_stop_early():
    network = Network((4, 5, 3), batch_size=4, batching="stream")
    rows = [np.arange(k) for k in (6, 21, 10, 13)]
    common = {"n_steps": 60, "early_stopping": EarlyStopping(1, min_delta=0.01)}
    together = train(network, DATA, seeds=range(4), rows=rows, **common)
    one = [train(network, DATA, seeds=[i], rows=[rows[i]], **common) for i in range(4)]
    assert together.ended_at.tolist() == [alone.ended_at[0] for alone in one]
    assert (together.ended_at > 0).any()
    assert np.array_equal(together.parameters, np.concatenate([alone.parameters for alone in one]))


def test_jobs_without_a_step_are_measured_at_the_end_of_a_slice_too(monkeypatch):
    monkeypatch.setattr("tunescape.engine.block.SLICE_FLOP", 0)
    n = LANES[np.dtype("float32")]
    steps = np.array([2] * n + [0] * 3)
    jobs = Jobs([Network((4, 5, 3))] * len(steps), np.arange(len(steps)), steps, [np.array([s]) for s in steps])
    monkeypatch.setattr("tunescape.engine.packing.PACKS_PER_THREAD", 0.001)  # one pack
    ((chosen, trained),) = train_jobs(jobs, DATA, n_threads=1)
    columns = np.searchsorted(trained.steps, steps[chosen])
    assert np.isfinite(trained.curves["train_loss"][np.arange(len(steps)), columns]).all()

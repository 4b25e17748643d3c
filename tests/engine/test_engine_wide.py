"""Wide networks, one per core with BLAS, against the twin and against the same networks in lanes."""

import threading
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import test_engine_early_stopping as stopping_tests
import test_engine_twin as twin_tests
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from tunescape import InputError
from tunescape.engine import ACTIVATIONS, LOSSES, OPTIMISERS, SCHEDULES, Data, EarlyStopping, Network, train
from tunescape.engine.trained import joined_networks as _join
from tunescape.engine.wide import is_wide, ready_data, single_threaded_blas, train_wide


def one_by_one(network, data, *, seeds, n_steps, hyperparameters=None, rows=None, initial=None, record_at=None,
               start=None, dtype="float32", n_threads=1, **more):  # fmt: skip
    """What `train` does, every network by itself in the wide regime."""
    record = np.unique(np.asarray([n_steps] if record_at is None else list(record_at), dtype=np.int64))

    def one(i):
        h = {name: value if np.ndim(value) == 0 else np.asarray(value)[[i]]
             for name, value in (hyperparameters or {}).items()}  # fmt: skip
        return train_wide(
            network, data, int(seeds[i]), n_steps, h, record_at=record, dtype=dtype,
            rows=None if rows is None else rows[i], initial=None if initial is None else initial[i],
            start=None if start is None else start.take([i]), **more,
        )  # fmt: skip

    with single_threaded_blas(), ThreadPoolExecutor(n_threads) as pool:
        return _join(list(pool.map(one, range(len(seeds)))))


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """Tests of the lanes that are taken up below run in the wide regime."""
    for module in (twin_tests, stopping_tests):
        monkeypatch.setattr(module, "train", one_by_one)


def again(test, *marks):
    """A test of another file, to be collected here too."""
    copy = types.FunctionType(test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__)
    copy.pytestmark = [*getattr(test, "pytestmark", ()), *(mark.mark for mark in marks)]
    return copy


SLOW = ("test_equals_twin_after_120_steps_with_partial_batches", "test_equals_twin_with_every_optimiser_and_penalty",
        "test_equals_twin_in_every_convention_of_penalties")  # fmt: skip
for _module in (twin_tests, stopping_tests):
    for _name, _test in vars(_module).copy().items():
        if _name.startswith("test_") and callable(_test):
            globals()[_name] = again(_test, *([pytest.mark.level(2)] if _name in SLOW else []))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_with_penalties_and_decay_equals_the_twin(optimiser):
    x, y = twin_tests.problem("softmax_cross_entropy")
    h = {"learning_rate": twin_tests.RATES[optimiser], "l1": 1e-3, "l2": 1e-2, "weight_decay": 0.05, "momentum": 0.5}
    for penalised in ("weights", "all"):
        network = Network((4, 5, 7, 3), "elu", optimiser, batch_size=16, penalised=penalised)
        twin_tests.assert_equals_twin(network, h, 60, x, y, 1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_equals_the_twin(activation):
    x, y = twin_tests.problem("softmax_cross_entropy")
    network = Network((4, 19, 33, 3), activation, "adam", batch_size=16)  # rows longer than one vector
    twin_tests.assert_equals_twin(network, {"learning_rate": 0.005}, 40, x, y, 1)


@pytest.mark.parametrize("normalisation", ["none", "layer", "batch"])
@pytest.mark.parametrize(("reduction", "weighting"), [("mean", "weights"), ("sum", "rows")])
def test_a_batch_that_is_cut_into_chunks_equals_the_twin(reduction, weighting, normalisation):
    network = Network((4, 18, 5, 3), "tanh", "sgd", "softmax_cross_entropy", 600, reduction, weighting=weighting,
                      normalisation=normalisation, penalty="half_per_row")  # fmt: skip
    x, y = twin_tests.problem("softmax_cross_entropy", n=1300)  # 600, 600 and 100 rows: three chunks, three, one
    weights = np.random.default_rng(2).uniform(0.1, 3.0, len(x))
    h = {"learning_rate": 0.1 if reduction == "mean" else 1e-4, "l2": 0.1, "clip_norm": 0.5}
    twin_tests.assert_equals_twin(network, h, 9, x, y, 1, row_weights=weights)


def assert_equal(found, expected, tolerance):
    """Whether two populations are the same up to rounding, which grows where it is divided by."""
    assert np.array_equal(found.outcome, expected.outcome)
    scale = np.abs(expected.parameters).max(axis=1, keepdims=True)
    assert (np.abs(found.parameters - expected.parameters) <= tolerance * scale).all()
    assert np.allclose(found.running, expected.running, rtol=tolerance, atol=tolerance * 10)
    for name, values in expected.curves.items():
        close = np.isclose(found.curves[name], values, rtol=1e-6, atol=1e-7)
        assert (close | name.endswith("accuracy")).all()
        assert np.abs(found.curves[name] - values).max() <= (0.1 if name.endswith("accuracy") else np.inf)


@given(st.data())
def test_any_network_is_the_same_in_both_regimes(data):
    """Random shapes, batches and settings, dropout and own shuffles included, in double precision."""
    draw = data.draw
    widths = (draw(st.integers(1, 40)), *draw(st.lists(st.integers(1, 40), max_size=3)), draw(st.integers(1, 5)))
    loss, n = draw(st.sampled_from(list(LOSSES))), draw(st.integers(2, 700))
    network = Network(
        widths, draw(st.sampled_from(list(ACTIVATIONS))), draw(st.sampled_from(list(OPTIMISERS))), loss,
        draw(st.integers(1, 800)), batching=draw(st.sampled_from(["partial", "stream"])),
        normalisation=draw(st.sampled_from(["none", "layer"])), schedule=draw(st.sampled_from(list(SCHEDULES))),
        penalised=draw(st.sampled_from(["weights", "all"])), shuffle=draw(st.booleans()),
    )  # fmt: skip
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.normal(size=(n, widths[0]))
    if loss == "softmax_cross_entropy" and widths[-1] > 1:
        y = rng.integers(0, widths[-1], n)
    else:
        y = rng.integers(0, 2, (n, widths[-1])).astype(float)
    h = {"learning_rate": 0.01, "dropout": draw(st.sampled_from([0.0, 0.3])), "l2": draw(st.sampled_from([0.0, 0.01])),
         "clip_norm": draw(st.sampled_from([0.0, 0.5])), "clip_value": draw(st.sampled_from([0.0, 0.02])),
         "warmup_steps": 0 if network.optimiser == "ftrl" else draw(st.integers(0, 3)), "decay_steps": 7}  # fmt: skip
    weights = rng.uniform(0.5, 2.0, n) if draw(st.booleans()) else None
    common = {"seeds": [5], "n_steps": 5, "record_at": [1, 5], "dtype": "float64", "hyperparameters": h}
    both = [f(network, Data(x, y, x[:7], y[:7], weights), **common) for f in (one_by_one, train)]
    # adadelta, adamax and others divide by roots of sums that begin at 0, so a first gradient of 1e-16 counts
    assert_equal(*both, 1e-9 if network.normalisation == "none" else 1e-7)


@pytest.mark.parametrize("batching", ["partial", "stream"])
def test_batch_normalisation_in_both_regimes(batching):
    network = Network((9, 20, 17, 3), "relu", "adam", batch_size=300, batching=batching, normalisation="batch")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(700, 9)), rng.integers(0, 3, 700)
    common = {"seeds": [5, 6], "n_steps": 12, "record_at": [4, 12], "dtype": "float64"}
    assert_equal(*(f(network, Data(x, y, x[:300], y[:300]), **common) for f in (one_by_one, train)), 1e-10)


RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(60, 20)), RNG.integers(0, 3, 60)
DATA = Data(X, Y, X[:9], Y[:9])
NETWORK = Network((20, 24, 18, 3), "tanh", "adam", batch_size=16)
H = {"learning_rate": np.geomspace(1e-3, 0.1, 6), "dropout": 0.2, "momentum": 0.5}


def trained(how, n_steps, chosen=slice(None), network=NETWORK, **more):
    h = {name: value[chosen] if np.ndim(value) else value for name, value in H.items()}
    return how(network, DATA, seeds=np.arange(6)[chosen], n_steps=n_steps, hyperparameters=h, **more)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("normalisation", ["none", "layer", "batch"])
def test_any_number_of_threads_gives_the_same_bits(normalisation, dtype):
    network = Network((20, 90, 70, 3), "elu", "adam", batch_size=40, normalisation=normalisation)
    runs = [trained(one_by_one, 30, network=network, dtype=dtype, n_threads=n, record_at=[3, 30]) for n in (1, 2, 3)]
    for run in runs[1:]:
        assert np.array_equal(run.parameters, runs[0].parameters)
        assert all(np.array_equal(run.curves[name], values) for name, values in runs[0].curves.items())


@pytest.mark.parametrize("batching", ["partial", "stream"])
@pytest.mark.parametrize("normalisation", ["none", "batch"])
@pytest.mark.parametrize("optimiser", ["sgd", "adam", "nadam", "ftrl"])
def test_paused_in_either_regime_and_gone_on_with_in_either(optimiser, normalisation, batching):
    network = Network((20, 24, 18, 3), "tanh", optimiser, batch_size=16, batching=batching, normalisation=normalisation)
    common = {"network": network, "dtype": "float64"}
    whole = trained(train, 40, **common)
    for first in (one_by_one, train):
        state = trained(first, 23, keep_state=True, **common).state
        for then in (one_by_one, train):
            rest = trained(then, 40, start=state, keep_state=True, **common)
            assert_equal(rest, whole, 1e-9)
            for name, values in rest.state.arrays.items():
                assert values.dtype == state.arrays[name].dtype
                assert values.shape == state.arrays[name].shape


def test_paused_and_gone_on_with_is_the_same_bit_for_bit():
    state = trained(one_by_one, 23, keep_state=True).state.take([4, 1])
    rest = trained(one_by_one, 40, np.array([4, 1]), start=state)
    assert np.array_equal(rest.parameters, trained(one_by_one, 40).parameters[[4, 1]])


def test_networks_may_see_different_rows():
    network = Network((20, 24, 3), "tanh", "adam", batch_size=8, batching="stream")
    rows = [np.arange(0, 20), np.arange(5, 43), np.arange(10)]
    common = {"seeds": [1, 2, 3], "n_steps": 50, "rows": rows, "dtype": "float64", "record_at": [50]}
    assert_equal(*(f(network, DATA, **common) for f in (one_by_one, train)), 1e-10)


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # of NumPy, without the compiler
def test_a_batch_whose_rows_weigh_nothing_is_the_same_in_both_regimes():
    network = Network((4, 5, 3), optimiser="sgd", batch_size=16, reduction="sum", penalty="half_per_row",
                      weighting="weights")  # fmt: skip
    data = Data(np.eye(4)[np.arange(17) % 4], np.arange(17) % 3, train_weights=np.arange(17) < 1)
    common = {"seeds": range(3), "n_steps": 20, "hyperparameters": {"l2": [0.0, 1e-3, 0.1]}, "dtype": "float64"}
    single, lanes = (train(network, data, regime=regime, **common) for regime in ("single", "lanes"))
    assert (lanes.stopped_at == -1).all()
    assert np.allclose(single.parameters, lanes.parameters, rtol=1e-9, atol=1e-12)


def test_a_network_that_diverges_names_the_step_that_lanes_name():
    network = Network((20, 24, 1), "identity", "sgd", "squared_error", 16)
    data = Data(X, X[:, :1], X, X[:, :1])
    common = {"seeds": range(2), "n_steps": 60, "record_at": [1, 10, 60], "dtype": "float64",
              "hyperparameters": {"learning_rate": [1e6, 0.01]}}  # fmt: skip
    wide, lanes = (f(network, data, **common) for f in (one_by_one, train))
    assert list(wide.outcome) == [1, 0]
    assert np.array_equal(wide.stopped_at, lanes.stopped_at)
    assert np.array_equal(wide.weights_stopped, lanes.weights_stopped)
    for name, values in lanes.curves.items():
        assert np.allclose(wide.curves[name], values, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("rule", ["keras", "sklearn"])
@pytest.mark.parametrize("monitor", ["validation_loss", "train_loss", "running_loss"])
def test_early_stopping_ends_where_lanes_end(monitor, rule, restore):
    early = EarlyStopping(2, 0.05, monitor, restore, rule)
    h = {"learning_rate": np.geomspace(1e-3, 0.05, 5), "l2": 1e-3}
    common = {"seeds": range(5), "n_steps": 120, "hyperparameters": h, "dtype": "float64", "early_stopping": early}
    wide, lanes = (f(NETWORK, DATA, **common) for f in (one_by_one, train))
    assert np.array_equal(wide.ended_at, lanes.ended_at)
    assert (wide.ended_at >= 0).any()
    assert_equal(Plain(wide), Plain(lanes), 1e-9)
    for name, values in lanes.final.items():
        assert np.allclose(wide.final[name], values, rtol=1e-6)
    recorded = {**common, "record_at": range(0, 121, 7)}
    wide, lanes = (f(NETWORK, DATA, **recorded) for f in (one_by_one, train))
    assert np.isnan(wide.curves["train_loss"]).any(), "nothing is measured after the end"
    for name, values in lanes.curves.items():
        assert np.allclose(wide.curves[name], values, rtol=1e-6, equal_nan=True)


class Plain:
    """A population without its curves."""

    def __init__(self, trained):
        self.outcome, self.parameters, self.running, self.curves = (
            trained.outcome,
            trained.parameters,
            trained.running,
            {},
        )


def test_training_stops_when_told_and_reports_every_step():
    seen, calls = [], iter([False, False, True])
    common = {"record_at": np.array([2, 9]), "dtype": "float32", "on_steps": seen.append}
    assert train_wide(NETWORK, DATA, 1, 9, {}, **common).steps.tolist() == [2, 9]
    assert sum(seen) == 9
    assert train_wide(NETWORK, DATA, 1, 9, {}, **{**common, "record_at": np.arange(1, 10)},
                      stopped=lambda: next(calls)) is None  # fmt: skip


def test_blas_has_one_thread_until_the_last_run_ends():
    def threads():
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    before = threads()
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    assert set(threads()) == {1}
    worker = threading.Thread(target=first.__exit__, args=(None, None, None))
    worker.start()
    worker.join()
    assert set(threads()) == {1}
    second.__exit__(None, None, None)
    assert threads() == before


def test_the_regime_follows_from_the_network_alone():
    assert not is_wide(Network((8, 64, 64, 1), batch_size=32))
    assert is_wide(Network((64, 256, 256, 10), batch_size=128))
    assert is_wide(Network((1024, 50, 1), loss="squared_error", batch_size=100))
    assert is_wide(Network((4, 100, 3), normalisation="batch", batch_size=100_000))
    assert not is_wide(Network((4, 100, 3), batch_size=100_000))


def test_data_that_are_ready_are_used_as_they_are():
    ready = ready_data(NETWORK, DATA, "float32")
    again_ready = ready_data(NETWORK, ready, "float32")
    assert again_ready.train_inputs is ready.train_inputs
    assert again_ready.train_targets is ready.train_targets
    given = {"record_at": np.array([3]), "dtype": "float32"}
    one, other = (train_wide(NETWORK, data, 1, 3, {}, **given) for data in (DATA, ready))
    assert np.array_equal(one.parameters, other.parameters)


@pytest.mark.parametrize(
    ("network", "more", "message"),
    [
        (NETWORK, {"rows": np.arange(5)}, "batching='stream'"),
        (Network((21, 5, 3)), {}, "must begin with the number of inputs, 20"),
        (Network((20, 5, 3), batching="stream", weighting="weights"), {"row_weights": np.ones(60)}, "no one sum"),
        (NETWORK, {"rate": 0.1}, "'rate' is not a number"),
    ],
)
def test_what_does_not_fit_is_refused(network, more, message):
    numbers = {"rate": more.pop("rate")} if "rate" in more else {}
    with pytest.raises(InputError, match=message):
        train_wide(network, DATA, 1, 3, numbers, record_at=np.array([3]), dtype="float32", **more)

"""The engine's small parts against NumPy: activations, products, random numbers, starting weights."""

import subprocess
import sys

import naive_engine as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunescape.engine import ACTIVATIONS, INITIALISERS, LANES, Data, Network, predict, train
from tunescape.engine.activations import activate, slope
from tunescape.engine.elementary import exponential
from tunescape.engine.initialisers import layer_weights, spread
from tunescape.engine.jit import entrance
from tunescape.engine.lanes import load, splat, store
from tunescape.engine.product import product as inner_product
from tunescape.engine.random_numbers import mix_array, uniform

product = entrance(getattr(inner_product, "py_func", inner_product))


@entrance
def _over(code, which, z, out, n):
    for i in range(n):
        x = load(z, i)
        if which == 0:
            store(out, i, activate(code, x, splat(x, 0.2)))
        elif which == 1:
            leak = splat(x, 0.2)
            store(out, i, slope(code, x, activate(code, x, leak), leak))
        else:
            store(out, i, exponential(x))


def over(which, z, code=0):
    out = np.empty_like(z)
    _over(code, which, z, out, len(z) // LANES[z.dtype])
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_slopes_are_right_to_a_few_units_in_the_last_place(name, dtype):
    near = np.random.default_rng(0).normal(size=4096) * 4
    tiny = np.array([0.0, -0.0, 1e-9, -1e-9, 1e-4, -1e-4, 30.0, -30.0, 80.0, -80.0, 1000.0, -1000.0, 1, -1, 0.5, -0.5])
    z = np.concatenate([near, tiny]).astype(dtype)
    exact = z.astype(np.float64)
    with np.errstate(over="ignore"):
        for which, expected in ((0, naive.activation(name, exact)), (1, naive.slope(name, exact))):
            got = over(which, z, ACTIVATIONS[name]).astype(np.float64)
            eps = np.finfo(dtype).eps
            size = np.maximum(1.0, np.minimum(np.abs(exact), 30.0))  # z (1 - s(z)) rounds 1 - s(z) first
            bound = 8 * eps * np.maximum(size, np.abs(expected))
            assert (np.abs(got - expected) <= bound).all()
    if name in ("tanh", "elu"):  # relative accuracy near zero, where networks start
        small = np.abs(exact) < 1e-3
        got = over(0, z, ACTIVATIONS[name]).astype(np.float64)[small]
        assert np.abs(got - naive.activation(name, exact)[small]).max() <= 4 * np.finfo(dtype).eps * 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponential_and_what_is_not_a_number(dtype):
    z = np.linspace(-80, 80, 4096).astype(dtype)
    assert np.abs(over(2, z) / np.exp(z.astype(np.float64)) - 1).max() <= 4 * np.finfo(dtype).eps
    nan = np.full(64, np.nan, dtype)
    for code in ACTIVATIONS.values():
        assert np.isnan(over(0, nan, code)).all(), "a NaN must not be hidden by a clamp"


@given(
    m=st.integers(1, 11), n=st.integers(1, 11), k=st.integers(0, 9), scaled=st.integers(0, 1), seed=st.integers(0, 9)
)
def test_product_equals_einsum_for_every_size_of_tile(m, n, k, scaled, seed):
    rng = np.random.default_rng(seed)
    lanes = LANES[np.dtype(np.float64)]
    start, a, b, f = (rng.normal(size=(*s, lanes)) for s in ((m, n), (m, k), (k, n), (n, m)))
    out = np.zeros((m, n, lanes))
    flat = [x.reshape(-1) if x.size else np.zeros(lanes) for x in (start, a, b, f, out)]
    i = np.int64
    product(i(m), i(n), i(k), flat[0], i(0), i(n), i(1), flat[1], i(0), i(k), i(1), flat[2], i(0), i(1), i(n),
            flat[3], i(0), i(1), i(m), i(scaled), flat[4], i(0), i(n), i(1))  # fmt: skip
    expected = start + np.einsum("mkl,knl->mnl", a, b)
    if scaled:
        expected = expected * f.transpose(1, 0, 2)
    assert np.abs(out - expected).max() <= 1e-13


def test_counter_based_numbers_equal_the_spelt_out_ones():
    keys = np.array([0, 1, 2**63, 2**64 - 1], dtype=np.uint64)
    counters = np.arange(4, dtype=np.uint64)
    expected = [naive.mix(int(k), int(c)) for k, c in zip(keys, counters)]
    assert mix_array(keys, counters).tolist() == expected


def test_uniform_numbers_are_uniform_and_unlike_between_seeds_and_layers():
    u = uniform(np.arange(50), 1, 0, 2000)
    assert u.min() >= 0
    assert u.max() < 1
    # Kolmogorov-Smirnov over 100 000 numbers: 1.95 / sqrt(n) is passed by chance once in 1000 seeds (fixed here)
    ordered = np.sort(u.reshape(-1))
    assert np.abs(ordered - (np.arange(ordered.size) + 0.5) / ordered.size).max() < 1.95 / np.sqrt(ordered.size)
    correlation = np.corrcoef(u)[np.triu_indices(50, 1)]
    assert np.abs(correlation).max() < 6 / np.sqrt(2000)  # six sigmas
    assert not np.array_equal(u, uniform(np.arange(50), 1, 1, 2000))


@pytest.mark.parametrize("initialiser", INITIALISERS)
def test_starting_weights_have_their_spread(initialiser):
    drawn = layer_weights(initialiser, np.arange(40), 0, 30, 20, "relu")
    sd, n = spread(initialiser, 30, 20), drawn.size
    assert abs(drawn.std() / sd - 1) < 6 / np.sqrt(2 * n) * 1.5
    assert abs(drawn.mean()) < 6 * sd / np.sqrt(n)
    if initialiser.endswith("uniform"):
        assert np.abs(drawn).max() <= sd * np.sqrt(3)


def test_dropout_drops_its_share_differently_at_every_step_layer_unit_and_sample():
    factors = np.array([
        [[naive.dropout_factor(7, layer, step, unit, sample, 32, 0.3) for unit in range(10) for sample in range(32)]
         for step in range(1, 21)] for layer in range(2)
    ])  # fmt: skip
    kept = factors > 0
    assert abs(kept.mean() - 0.7) < 6 * np.sqrt(0.21 / kept.size)
    steps = kept.reshape(40, -1).astype(float)
    between = np.corrcoef(steps)[np.triu_indices(40, 1)]
    assert np.abs(between).max() < 6 / np.sqrt(320)
    side_by_side = np.corrcoef(steps.T)[np.arange(319), np.arange(1, 320)]
    assert np.abs(side_by_side).mean() < 2 / np.sqrt(40)


def test_prediction_says_what_the_engine_measured():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(60, 4)), rng.integers(0, 3, 60)
    for activation in ACTIVATIONS:
        network = Network((4, 6, 3), activation, "adam", batch_size=16)
        trained = train(network, Data(x, y), seeds=[1], n_steps=100, hyperparameters={"learning_rate": 0.01},
                        dtype="float64")  # fmt: skip
        p = predict(network, trained.weights(0), x)
        assert np.abs(p.sum(axis=1) - 1).max() < 1e-12
        assert np.mean(p.argmax(axis=1) == y) == pytest.approx(trained.curves["train_accuracy"][0, -1], abs=1e-6)
        loss = -np.log(p[np.arange(60), y]).mean()
        assert loss == pytest.approx(trained.curves["train_loss"][0, -1], rel=1e-6)


JIT_OFF = """
import numpy as np
from tunescape.engine import Data, Network, train
np.seterr(over="ignore")
rng = np.random.default_rng(0)
x, y = rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
for optimiser in ("sgd", "adagrad", "proximal_adagrad", "rmsprop", "adam"):
    r = train(Network((3, 4, 2), "elu", optimiser, batch_size=8), Data(x, y, x, y), seeds=[1, 2], n_steps=6,
              hyperparameters={"dropout": 0.25, "l1": 0.001, "learning_rate": 0.01}, dtype="float64", n_threads=1)
    print(optimiser, *(float(v).hex() for v in (r.parameters.sum(), *r.curves["validation_loss"][:, 0])))
"""


def test_kernels_without_the_compiler_say_the_same():
    """The Python bodies of the kernels are their readable twins; they must not drift from them."""
    outputs = [
        subprocess.run([sys.executable, "-W", "ignore", "-c", JIT_OFF], capture_output=True, text=True, check=True,
                       env={**__import__("os").environ, "NUMBA_DISABLE_JIT": off}).stdout
        for off in ("0", "1")
    ]  # fmt: skip
    for compiled, plain in zip(*(o.splitlines() for o in outputs)):
        a, b = ([float.fromhex(v) for v in line.split()[1:]] for line in (compiled, plain))
        assert np.allclose(a, b, rtol=1e-12, atol=0), (compiled, plain)
    assert outputs[0].count("\n") == 5


@pytest.mark.parametrize("regime", ["lanes", "single"])
@pytest.mark.parametrize("size", [1e-2, 1.0, 12.0, 1e3, 1e5, 1e8])
def test_cross_entropies_lose_no_digit_to_large_outputs_nor_to_small_losses(size, regime):
    x = np.array([[1, 1, -1], [1, -1, -0.5], [0.25, -1, 1]]) * size
    classes = np.array([0, 0, 1])
    top = x.max(axis=1)
    below = np.where(x < top[:, None], np.exp(x - top[:, None]), 0).sum(axis=1)
    ties = (x == top[:, None]).sum(axis=1)
    wanted = {"softmax_cross_entropy": np.log1p(below + ties - 1) + (top - x[np.arange(3), classes])}
    z = x[:, 1]
    labels = np.array([1.0, 0.0, 1.0])
    wanted["binary_cross_entropy"] = np.log1p(np.exp(-np.abs(z))) + (np.maximum(z, 0) - z * labels)
    for loss, values in wanted.items():
        k = 3 if loss.startswith("softmax") else 1
        inputs, targets = (x, classes) if k == 3 else (z[:, None], labels)
        for i in range(3):
            found = train(Network((k, k), loss=loss), Data(inputs[i : i + 1], targets[i : i + 1]), seeds=[0], n_steps=0,
                          initial=[[(np.eye(k), np.zeros(k))]], regime=regime).curves["train_loss"][0, 0]  # fmt: skip
            assert found == pytest.approx(values[i], rel=2e-6, abs=1e-30)


WITHOUT_NOISE = """
import numpy as np
from tunescape.engine import Data, Network, train
data = Data(np.zeros((6, 2)), np.zeros(6))
for regime in ("lanes", "single"):
    train(Network((2, 3, 1), "relu", "sgd", "squared_error", batch_size=4), data, seeds=range(3), n_steps=5,
          hyperparameters={"clip_norm": 1.0, "clip_epsilon": 0.0, "learning_rate": [0.1, 1e30, 0.0]}, regime=regime)
"""


def test_without_the_compiler_a_gradient_of_zero_and_divergence_make_no_noise(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", WITHOUT_NOISE]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""

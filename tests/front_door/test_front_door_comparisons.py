"""What docs/comparisons.md says of the tutorial's four comparisons, tested with the presets themselves."""

import numpy as np
import pytest
from scipy import stats

import tunescape as ts

STUCK = 0.1  # predicting 0 gives (4/3)^2 / 16 = 0.111


@pytest.fixture(scope="module")
def runs():
    """Validation errors of all runs by preset and configuration."""
    found = {}
    for preset in ("activation-width", "optimiser-rate", "sgd-rate", "sgd-adam"):
        study = ts.survey("prod", preset=preset)
        for trial in study.trials:
            found.setdefault((preset, *trial.configuration.values()), []).append(trial.value)
    return {key: np.array(values) for key, values in found.items()}


def interval(values):
    """Geometric mean with its 90 % interval."""
    logs = np.log(values)
    half = stats.t.ppf(0.95, len(logs) - 1) * logs.std(ddof=1) / np.sqrt(len(logs))
    return np.exp([logs.mean() - half, logs.mean(), logs.mean() + half])


def is_below(a, b):
    """Whether the intervals are apart, a below b."""
    return interval(a)[2] < interval(b)[0]


@pytest.mark.level(2)
def test_relu_against_tanh_and_sigmoid(runs):
    """Relu is best with sixteen units only; with four and eight, tanh is."""
    at = {(a, u): runs["activation-width", a, u] for a in ("sigmoid", "tanh", "relu") for u in (2, 4, 8, 16)}
    assert is_below(at["relu", 16], at["sigmoid", 16])
    assert is_below(at["relu", 16], at["tanh", 16])
    for units in (4, 8):
        assert is_below(at["tanh", units], at["relu", units])
    assert is_below(at["tanh", 4], at["sigmoid", 4])


@pytest.mark.level(2)
def test_small_widths_do_not_stick(runs):
    """Two units are too few for any activation, but no run stays at the constant prediction."""
    for activation in ("sigmoid", "tanh", "relu"):
        two = runs["activation-width", activation, 2]
        assert (two < STUCK).all()
        assert interval(two)[0] > 0.025


@pytest.mark.level(2)
def test_plain_gradient_descent_needs_a_rate_of_a_hundredth(runs):
    for rate in (0.00005, 0.0001, 0.001, 0.005):
        assert (runs["sgd-rate", rate] > STUCK).all()
    assert (runs["sgd-rate", 0.01] < STUCK).all()
    assert is_below(runs["sgd-rate", 0.05], runs["sgd-rate", 0.01])


@pytest.mark.level(2)
def test_adam_and_rmsprop_hardly_mind_their_rate_and_adagrad_needs_the_larger_ones(runs):
    for optimiser in ("adam", "rmsprop"):
        middle = [interval(runs["optimiser-rate", optimiser, rate])[1] for rate in (0.001, 0.005, 0.01)]
        assert max(middle) / min(middle) < 4
    adagrad = [runs["optimiser-rate", "adagrad", rate] for rate in (0.001, 0.005, 0.01)]
    assert (adagrad[0] > STUCK).all()
    assert is_below(adagrad[1], adagrad[0])
    assert is_below(adagrad[2], adagrad[1])


@pytest.mark.level(2)
def test_at_five_hundredths_plain_gradient_descent_comes_within_a_factor_of_adam(runs):
    sgd, adam = runs["sgd-adam", "sgd", 0.05], runs["sgd-adam", "adam", 0.05]
    ratio = interval(sgd)[1] / interval(adam)[1]
    assert 2 < ratio < 10
    assert interval(sgd)[2] < 0.01 * 0.111

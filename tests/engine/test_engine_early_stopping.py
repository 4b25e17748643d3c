"""Training that stops when nothing improves: the rules, the weights that are kept, lanes that do not notice."""

import numpy as np
import pytest

from tunescape import InputError
from tunescape.engine import Data, EarlyStopping, Network, begin_waiting, look, measure, raw_outputs, train

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(60, 3)), RNG.integers(0, 2, 60)
DATA = Data(X[:40], Y[:40], X[40:], Y[40:])
NETWORK = Network((3, 8, 2), "tanh", "adam", batch_size=8)
PER_EPOCH = 5


def followed(rule, values):
    """Epoch at which a series of values stops, and that of its best."""
    waiting, best = begin_waiting(1), None
    for epoch, value in enumerate(values):
        waiting, is_best, stops = look(rule, waiting, np.array([value]))
        best = epoch if is_best[0] else best
        if stops[0]:
            return epoch, best
    return None, best


def test_keras_rule_stops_at_the_patience_th_epoch_without_improvement():
    assert followed(EarlyStopping(2), [3.0, 2.0, 2.0, 2.5, 1.0]) == (3, 1)
    assert followed(EarlyStopping(2, min_delta=0.5), [3.0, 2.0, 1.8, 1.6, 1.4]) == (3, 1)
    assert followed(EarlyStopping(2), [3.0, np.nan, 2.0, 1.0]) == (None, 3)


def test_sklearn_rule_counts_more_than_patience_and_takes_any_lower_value_as_best():
    rule = EarlyStopping(2, min_delta=0.5, rule="sklearn")
    assert followed(rule, [3.0, 2.8, 2.7, 2.6, 2.5]) == (3, 3)
    assert followed(rule, [3.0, 2.0, 1.0, 0.4]) == (None, 3)


@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("monitor", ["validation_loss", "train_loss", "running_loss"])
def test_a_stopped_network_is_the_network_of_that_step(monitor, restore):
    """Stopping early is training for fewer steps, whatever the other lanes do meanwhile."""
    rates = np.geomspace(1e-3, 1.0, 20)
    rule = EarlyStopping(2, 1e-3, monitor, restore)
    common = {"seeds": np.arange(20), "hyperparameters": {"learning_rate": rates}, "dtype": "float64"}
    stopped = train(NETWORK, DATA, n_steps=200, record_at=range(5, 201, 5), early_stopping=rule, **common)
    ended = np.where(stopped.ended_at >= 0, stopped.ended_at, 200)
    assert len(set(ended)) > 3, "networks must end at unlike steps for the test to mean anything"
    for i in range(0, 20, 3):
        if ended[i] == 200 and restore:
            continue
        curve = train(NETWORK, DATA, n_steps=int(ended[i]), record_at=range(5, int(ended[i]) + 1, 5), **common)
        best = int(ended[i])
        if restore and monitor != "running_loss":
            values = curve.curves[monitor][i]
            lowest, at = np.inf, 0
            for k, value in enumerate(values):
                if value < lowest - 1e-3:
                    lowest, at = value, k
            best = 5 * (at + 1)
        if restore and monitor == "running_loss":
            continue
        expected = train(NETWORK, DATA, n_steps=best, **common)
        assert np.array_equal(stopped.parameters[i], expected.parameters[i])
        loss, accuracy = measure(raw_outputs(NETWORK, stopped.layers(i), X[40:]), np.eye(2)[Y[40:]], NETWORK.loss)
        assert stopped.final["validation_loss"][i] == pytest.approx(loss, rel=1e-6)
        assert stopped.final["validation_accuracy"][i] == pytest.approx(accuracy, rel=1e-6)


def test_running_loss_is_the_mean_loss_of_the_batches_with_its_penalty():
    """With one batch an epoch and no patience left, training ends where the running loss first grows."""
    network = Network((3, 4, 1), "tanh", "sgd", "half_squared_error", 40, penalty="half_per_row")
    y = RNG.normal(size=(40, 1))
    h = {"learning_rate": 0.05, "momentum": 0.95, "l2": 2.0}
    curve = train(network, Data(X[:40], y), seeds=[1], n_steps=300, hyperparameters=h, record_at=range(1, 301),
                  dtype="float64")  # fmt: skip
    after = [
        train(network, Data(X[:40], y), seeds=[1], n_steps=t, hyperparameters=h, dtype="float64").layers(0)
        for t in range(1, 60)
    ]
    squares = np.array([sum((layer.weights**2).sum() for layer in layers) for layers in after])
    running = 0.5 * curve.curves["train_loss"][0, :59] + 0.5 * 2.0 / 40 * squares
    first_growth = next(t for t in range(1, 59) if running[t] >= running[t - 1])
    rule = EarlyStopping(1, 0.0, "running_loss", restore_best=False)
    stopped = train(network, Data(X[:40], y), seeds=[1], n_steps=300, hyperparameters=h, early_stopping=rule,
                    dtype="float64")  # fmt: skip
    assert stopped.ended_at[0] == first_growth + 2  # the loss of step t + 1 is that of the weights after step t


def test_wrong_rules_are_refused():
    with pytest.raises(InputError, match="patience"):
        EarlyStopping(0)
    with pytest.raises(InputError, match="monitor"):
        EarlyStopping(1, monitor="accuracy")

"""Trials become networks: names, packs, shared runs, divergence; the same whatever they are packed with."""

from dataclasses import replace

import numpy as np
import pytest

from tunescape import Categorical, Constant, Float, InputError, Integer, Objective, Ordinal, SearchSpace, Status, Trial
from tunescape.engine import Data
from tunescape.evaluators import SETTINGS, Population
from tunescape.evaluators.population import curve_points

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 4)), RNG.integers(0, 3, 60)
EVALUATOR = Population(Data(X[:40], Y[:40], X[40:], Y[40:]), "softmax_cross_entropy", 3,
                       Objective("validation_accuracy", "maximize"), {"epochs": 5})  # fmt: skip
NUMBERS = ("units", "layers", "learning_rate", "optimiser", "activation", "batch_size")


def trials(n, seed=0, **fixed):
    rng = np.random.default_rng(seed)
    return [
        Trial(i, {"units": int(rng.choice([4, 8])), "learning_rate": float(10 ** rng.uniform(-3, 0)),
                  "optimiser": str(rng.choice(["sgd", "adam"])), "batch_size": int(rng.choice([8, 16])),
                  **fixed}, seed=i)
        for i in range(n)
    ]  # fmt: skip


def evaluated(evaluator, planned):
    done = [t for batch in evaluator.evaluate(planned) for t in batch]
    return sorted(done, key=lambda t: t.number)


def same(a, b):
    """Everything but times."""
    return replace(a, started=None, seconds=None) == replace(b, started=None, seconds=None)


def test_every_trial_comes_back_with_value_metrics_and_curve():
    for trial in evaluated(EVALUATOR, trials(40)):
        assert trial.status is Status.COMPLETED
        assert 0 <= trial.value <= 1
        assert set(trial.metrics) == {"train_loss", "train_accuracy", "validation_loss"}
        assert trial.curve.steps[-1] == trial.budget
        assert trial.value == pytest.approx(float(trial.curve.values["validation_accuracy"][-1]))
        assert trial.seconds > 0


def test_a_trial_does_not_depend_on_its_company():
    planned = trials(40)
    together = evaluated(EVALUATOR, planned)
    for i in (0, 7, 39):
        assert same(evaluated(EVALUATOR, [planned[i]])[0], together[i])
    assert all(same(a, b) for a, b in zip(evaluated(replace(EVALUATOR, n_threads=1), planned[5:20]), together[5:20]))


def test_a_trial_that_may_stop_early_does_not_depend_on_the_length_of_others():
    planned = [Trial(i, {"epochs": e, "patience": 3, "learning_rate": 0.1}, seed=5) for i, e in enumerate((2, 9, 60))]
    together = evaluated(EVALUATOR, planned)
    for trial, other in zip(planned, together):
        assert same(evaluated(EVALUATOR, [trial])[0], other)


def test_levels_of_steps_are_read_off_one_run_and_equal_runs_of_their_own():
    planned = [Trial(i, {"learning_rate": 0.05, "steps": steps}, seed=3) for i, steps in enumerate((7, 30, 150))]
    assert EVALUATOR.n_networks(planned) == 1
    apart = replace(EVALUATOR, independent_steps=True)
    assert apart.n_networks(planned) == 3
    for shared, own in zip(evaluated(EVALUATOR, planned), evaluated(apart, planned)):
        assert same(shared, own)
        assert shared.budget == shared.configuration["steps"]


def test_runs_of_unlike_length_share_a_pack_without_harm():
    planned = [Trial(i, {"learning_rate": 0.05, "steps": 10 + 13 * i}, seed=i) for i in range(20)]
    together = evaluated(EVALUATOR, planned)
    for i in (0, 11, 19):
        assert same(evaluated(EVALUATOR, [planned[i]])[0], together[i])


def test_divergence_is_a_status_with_a_reason_and_does_not_depend_on_company():
    data = Data(X[:40], X[:40, :1], X[40:], X[40:, :1])
    evaluator = Population(
        data, "squared_error", 1, Objective("validation_mse", "minimize"), {"epochs": 20, "optimiser": "sgd"}
    )
    planned = [
        Trial(i, {"learning_rate": rate, "activation": "identity"}, seed=i)
        for i, rate in enumerate((0.01, 50.0, 0.02, 1e6))
    ]
    done = evaluated(evaluator, planned)
    assert [t.status for t in done] == [Status.COMPLETED, Status.DIVERGED, Status.COMPLETED, Status.DIVERGED]
    assert "non-finite at step" in done[3].reason
    assert done[1].value is None
    assert done[1].metrics == {}
    assert set(done[0].metrics) == {"train_mse"}
    for trial, alone in zip(done, planned):
        assert same(evaluated(evaluator, [alone])[0], trial)


def test_a_regression_far_worse_than_a_constant_has_diverged_though_finite():
    data = Data(X[:40], X[:40, :1], X[40:], X[40:, :1])
    evaluator = Population(data, "squared_error", 1, Objective("validation_mse", "minimize"),
                           {"steps": 12, "optimiser": "sgd", "layers": 0})  # fmt: skip
    (done,) = evaluated(evaluator, [Trial(0, {"learning_rate": 3.0}, seed=1)])
    assert done.status is Status.DIVERGED
    assert "1000 times that of a constant prediction" in done.reason


def test_closing_the_iterator_stops_the_work():
    planned = [Trial(i, {"units": 4 + i, "epochs": 2000}, seed=i) for i in range(30)]
    batches = EVALUATOR.evaluate(planned)
    first = next(batches)
    batches.close()
    assert 1 <= len(first) < 30


def test_progress_adds_up_to_the_work():
    planned, told = trials(40), []
    list(EVALUATOR.evaluate(planned, progress=told.append))
    assert sum(told) == pytest.approx(EVALUATOR.work(planned))


def test_curve_points_are_nested_and_end_with_the_last_step():
    assert curve_points(7) == [7]
    assert curve_points(2500) == [10, 20, 50, 100, 200, 500, 1000, 2000, 2500]
    assert set(curve_points(500)) <= set(curve_points(2500))


@pytest.mark.parametrize(("name", "parameter", "rule"), [
    ("learning_rat", Float(0.1, 1), "Did you mean 'learning_rate'"),
    ("learning_rate", Float(0.0, 1.0), "above 0"),
    ("dropout", Float(0.0, 1.0), "below 1"),
    ("units", Float(1.5, 4.0), "whole number"),
    ("units", Ordinal(("few", "many")), "whole number"),
    ("activation", Categorical(("relu", "swoosh")), "one of identity"),
    ("optimiser", Constant("lion"), "one of sgd"),
    ("batch_size", Integer(0, 4), "at least 1"),
])  # fmt: skip
def test_settings_that_a_network_cannot_have_are_refused(name, parameter, rule):
    with pytest.raises(InputError, match=rule):
        EVALUATOR.check(SearchSpace({name: parameter}))


OTHER_VALUES = {
    "learning_rate": 0.1, "momentum": 0.8, "nesterov": True, "beta_1": 0.5, "beta_2": 0.9, "rho": 0.5,
    "epsilon": 0.1, "initial_accumulator": 1.0, "l1": 0.05, "l2": 0.05, "dropout": 0.4, "init_scale": 2.0,
    "steps": 9, "epochs": 9, "batch_size": 16, "units": 9, "layers": 1, "activation": "tanh",
    "optimiser": "rmsprop", "initialiser": "he_normal", "reduction": "sum", "batching": "stream", "units_1": 3,
    "negative_slope": 0.5, "normalisation": "batch", "norm_epsilon": 0.5, "norm_momentum": 0.5,
    "running_variance": "unbiased", "dropout_1": 0.5, "bias_initialiser": "like_weights", "momentum_form": "gradient",
    "epsilon_placement": "corrected", "momentum_decay": 0.004, "weight_decay": 0.5, "clip_norm": 0.01,
    "clip_epsilon": 0.5, "clip_value": 0.001, "schedule": "cosine", "decay_rate": 0.9, "decay_steps": 3,
    "end_rate": 0.5, "power": 3.0, "warmup_steps": 5, "penalty": "half", "penalised": "all",
    "class_weight": "balanced", "weighting": "weights", "shuffle": False, "patience": 1, "min_delta": 10.0,
    "monitor": "running_loss", "restore_best": False, "stopping_rule": "sklearn", "like": "torch",
}  # fmt: skip
"""Another value of each setting than its default."""

NEEDS = {
    "momentum": {"optimiser": "sgd"}, "nesterov": {"optimiser": "sgd", "momentum": 0.9},
    "rho": {"optimiser": "rmsprop"}, "initial_accumulator": {"optimiser": "adagrad"},
    "batching": {"batch_size": 9}, "negative_slope": {"activation": "leaky_relu"},
    "norm_epsilon": {"normalisation": "layer"}, "norm_momentum": {"normalisation": "batch"},
    "running_variance": {"normalisation": "batch"},
    "momentum_form": {"optimiser": "sgd", "momentum": 0.9, "schedule": "cosine"},
    "momentum_decay": {"optimiser": "nadam"}, "clip_epsilon": {"clip_norm": 0.1},
    "decay_rate": {"schedule": "exponential"}, "decay_steps": {"schedule": "cosine"},
    "end_rate": {"schedule": "cosine"}, "power": {"schedule": "polynomial"}, "penalty": {"l2": 0.1},
    "penalised": {"l2": 0.1}, "weighting": {"class_weight": "balanced"},
    "min_delta": {"patience": 2, "epochs": 12, "monitor": "train_loss"},
    "monitor": {"patience": 1, "learning_rate": 1.0},
    "restore_best": {"patience": 1, "learning_rate": 1.0, "epochs": 9},
    "stopping_rule": {"patience": 1, "learning_rate": 1.0, "epochs": 9},
}  # fmt: skip
"""What else must be set for a setting to act."""


def test_other_values_are_given_for_every_setting():
    assert set(OTHER_VALUES) == set(SETTINGS) - {"backend"}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_every_setting_does_something(name):
    """No dead hyperparameter: another value of each setting gives another network."""
    base = {"learning_rate": 0.03, "epochs": 5, "batch_size": 8, "units": 6, "layers": 2, "dropout": 0.1}
    configuration = {**base, "optimiser": "adam", **NEEDS.get(name, {})}
    if name == "steps":
        del configuration["epochs"]
    if name == "like":
        configuration = {"epochs": 5}
    changed = {**configuration, name: OTHER_VALUES[name]}
    a, b = (evaluated(EVALUATOR, [Trial(0, c, seed=5)])[0] for c in (configuration, changed))
    assert (a.metrics, a.value, a.budget) != (b.metrics, b.value, b.budget)


def test_the_largest_network_of_a_space_says_whether_wide_ones_come():
    assert not EVALUATOR.has_wide(SearchSpace({"units": Integer(4, 8)}))
    assert EVALUATOR.has_wide(SearchSpace({"units": Integer(4, 400), "layers": Integer(1, 3)}))

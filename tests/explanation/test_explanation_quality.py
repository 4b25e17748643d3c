"""Predicting classes of quality: classes, ceilings, splits, both models, and what is said of them."""

import itertools
import json
from collections import Counter

import numpy as np
import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of, survey_study

from tunescape.errors import InputError
from tunescape.explanation import quality_models
from tunescape.explanation.quality import LOGISTIC, NETWORK, accuracy, confusions, macro_f1, quality_finding
from tunescape.explanation.quality_classes import (
    QualityTable,
    ceiling,
    checked_cuts,
    classify,
    quality_table,
)
from tunescape.explanation.quality_models import logistic, logistic_probabilities, network, scaled
from tunescape.explanation.quality_splits import folds, random_split
from tunescape.space import Categorical, Float, SearchSpace

CUTS = (0.5, 0.8)
UNIT = SearchSpace({"x": Float(0.0, 1.0)})


def test_classes_at_their_bounds():
    values = np.array([0.0, 0.4999, 0.5, 0.7999, 0.8, 1.0, np.float32(24 / 30), np.float32(15 / 30) - 1e-8])
    assert classify(values, CUTS).tolist() == [0, 0, 1, 1, 2, 2, 2, 1]


@pytest.mark.parametrize("cuts", [(0.8, 0.5), (0.5, 0.5), (0.0, 0.5), (0.5, 1.0), (0.5,), "ab", (0.5, None)])
def test_cuts_that_do_not_fit(cuts):
    with pytest.raises(InputError, match="`cuts` must be two increasing numbers"):
        checked_cuts(cuts, {})


def test_cuts_come_from_the_call_then_the_study_then_the_house():
    assert checked_cuts((0.6, 0.9), {"cuts": [0.4, 0.7]}) == (0.6, 0.9)
    assert checked_cuts(None, {"cuts": [0.4, 0.7]}) == (0.4, 0.7)
    assert checked_cuts(None, {}) == (0.5, 0.8)


def naive_ceiling(cells):
    """By hand: the most frequent class of a configuration, with and without the trial itself."""
    upper, lower, n = 0, 0.0, 0
    for classes in cells:
        if len(classes) < 2:
            continue
        n += len(classes)
        upper += Counter(classes).most_common(1)[0][1]
        for i, own in enumerate(classes):
            others = Counter(classes[:i] + classes[i + 1 :])
            top = [c for c, k in others.items() if k == max(others.values())]
            lower += (own in top) / len(top)
    return lower / n, upper / n


def test_the_ceiling_is_that_by_hand():
    rng = np.random.default_rng(0)
    cells = [rng.integers(0, 3, rng.integers(1, 6)).tolist() for _ in range(200)]
    counts = np.array([[c.count(k) for k in range(3)] for c in cells])
    assert ceiling(counts) == pytest.approx(naive_ceiling(cells))
    assert ceiling(np.array([[3, 0, 0], [0, 0, 2]])) == (1.0, 1.0)
    assert ceiling(np.eye(3, dtype=int)) == (None, None)


def test_the_ceilings_enclose_what_the_best_prediction_reaches():
    """Configurations with known class probabilities: the truth lies between lower and upper."""
    rng = np.random.default_rng(1)
    p = rng.dirichlet((0.5, 0.5, 0.5), 4000)
    counts = np.array([rng.multinomial(3, row) for row in p])
    low, high = ceiling(counts)
    assert low < p.max(axis=1).mean() < high


def test_rows_that_share_runs_stay_on_one_side():
    study = survey_study()
    table, first = quality_table(study.table, study.settings, CUTS)
    assert len(first) == 120
    assert table.counts.sum() == 360
    assert int(table.groups.max()) + 1 == 40
    without_steps = [
        tuple(v for k, v in study.trials[i].configuration.items() if k != "steps") for i in first
    ]
    for seed in range(5):
        rng = np.random.default_rng(seed)
        tested = folds(table, 5, rng)
        np.testing.assert_array_equal(tested.sum(axis=0), 1)
        for mask in (*tested, random_split(table, 0.3, rng)):
            inside = {c for c, m in zip(without_steps, mask) if m}
            assert not inside & {c for c, m in zip(without_steps, mask) if not m}


def test_every_part_gets_its_share_of_every_class():
    rng = np.random.default_rng(0)
    counts = np.zeros((500, 3), dtype=int)
    counts[np.arange(500), rng.choice(3, 500, p=[0.6, 0.1, 0.3])] = 3
    table = QualityTable(np.zeros((500, 1)), counts, rng.permutation(500))
    shares = counts.sum(axis=0) / counts.sum()
    for mask in folds(table, 5, rng):
        np.testing.assert_allclose(counts[mask].sum(axis=0) / counts[mask].sum(), shares, atol=0.015)
        assert mask.sum() == 100
    for share in (0.2, 0.3, 0.4):
        mask = random_split(table, share, rng)
        assert mask.sum() == 500 * share
        np.testing.assert_allclose(counts[mask].sum(axis=0) / counts[mask].sum(), shares, atol=0.03)


def test_scaling_sees_the_training_part_only():
    inputs = np.array([[0.0, 2.0], [1.0, 2.0], [4.0, 9.0]])
    np.testing.assert_allclose(scaled(inputs, np.array([True, True, False])), [[0, 0], [1, 0], [4, 7]])


def test_the_logistic_regression_is_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    inputs = rng.random((150, 4))
    score = inputs @ rng.standard_normal((4, 3)) * 4
    counts = np.array([rng.multinomial(3, np.exp(s) / np.exp(s).sum()) for s in score])
    training = rng.random((4, 150)) < 0.7
    p = logistic_probabilities(inputs, counts, training)
    for mask, ours in zip(training, p):
        x = scaled(inputs, mask)
        cell, target = np.nonzero(counts * mask[:, None])
        peer = LogisticRegression(C=100.0, max_iter=10_000, tol=1e-9)
        peer.fit(x[cell], target, sample_weight=counts[cell, target])
        np.testing.assert_allclose(ours, peer.predict_proba(x), atol=2e-4)


def test_the_logistic_regression_lives_with_separation_and_an_absent_class():
    inputs = np.linspace(0, 1, 20)[:, None]
    counts = np.zeros((20, 3), dtype=int)
    counts[:10, 0] = counts[10:, 2] = 2
    predicted = logistic(inputs, counts, np.ones((2, 20), dtype=bool))
    np.testing.assert_array_equal(predicted, np.repeat([[0, 2]], 2, axis=0).repeat(10, axis=1))


def xor_table(n=200, seed=0):
    """Two inputs whose product alone tells the class; no additive model can."""
    rng = np.random.default_rng(seed)
    inputs = rng.random((n, 2))
    counts = np.zeros((n, 3), dtype=int)
    counts[np.arange(n), 2 * ((inputs[:, 0] > 0.5) ^ (inputs[:, 1] > 0.5)).astype(int)] = 1
    return inputs, counts


def test_the_network_learns_what_an_additive_model_cannot():
    inputs, counts = xor_table()
    tested = np.zeros((3, 200), dtype=bool)
    tested[0, :60] = tested[1, 60:120] = tested[2, 120:] = True
    right = [
        accuracy(confusions(counts, tested, model)).mean()
        for model in (network(inputs, counts, ~tested, 0), logistic(inputs, counts, ~tested))
    ]
    assert right[0] > 0.9
    assert right[1] < 0.65


def test_the_network_is_the_same_in_any_company():
    inputs, counts = xor_table(60)
    training = np.random.default_rng(1).random((3, 60)) < 0.7
    together = network(inputs, counts, training, 5)
    np.testing.assert_array_equal(together, network(inputs, counts, training, 5))


def test_a_network_that_diverged_names_the_majority_of_its_training_part(monkeypatch):
    monkeypatch.setattr(quality_models, "LEARNING_RATE", 1e30)
    inputs, counts = xor_table(60)
    training = np.array([counts[:, 0] > 0, counts[:, 2] > 0])
    training[0, np.flatnonzero(counts[:, 2])[0]] = True
    np.testing.assert_array_equal(network(inputs, counts, training, 0), np.repeat([[0], [2]], 60, axis=1))


def test_confusion_accuracy_and_f1_are_scikit_learns():
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 3, 90), rng.integers(0, 3, 90)
    counts = np.eye(3, dtype=int)[truth]
    matrix = confusions(counts, np.ones((1, 90), dtype=bool), said[None])
    np.testing.assert_array_equal(matrix[0], confusion_matrix(truth, said))
    assert accuracy(matrix)[0] == pytest.approx(accuracy_score(truth, said))
    assert macro_f1(matrix)[0] == pytest.approx(f1_score(truth, said, average="macro"))


@pytest.fixture(scope="module")
def survey():
    study = survey_study()
    return quality_finding(study.table, study.settings, "activation")


def test_a_survey_tells_quality(survey):
    rows = {(row["subset"], row["model"]): row for row in survey.table}
    subsets = ("all", "activation=relu", "activation=tanh")
    assert set(rows) == set(itertools.product(subsets, (LOGISTIC, NETWORK)))
    row = rows["all", NETWORK]
    assert row["n"] == 360
    assert row["accuracy"] > row["majority"] + 0.2
    assert row["accuracy"] > rows["all", LOGISTIC]["accuracy"]  # the optimum is inside
    assert row["ceiling_low"] <= row["ceiling_high"]
    assert row["low"] <= row["high"]
    assert survey.answer.startswith("A 20-20-20 network predicts the class of an unseen configuration in ")
    assert survey.answer.endswith("the hyperparameters do tell quality.")
    assert any("steps only, are never on both sides" in caveat for caveat in survey.caveats)
    json.dumps([survey.data, *survey.table])


def test_confusion_matrices_and_splits_add_up(survey):
    assert survey.data["counts"] == [sum(col) for col in zip(*[
        entry["counts"] for entry in survey.data["subset_counts"] if entry["subset"] != "all"
    ])]  # fmt: skip
    for entry in survey.data["confusion"]:
        counts = next(c["counts"] for c in survey.data["subset_counts"] if c["subset"] == entry["subset"])
        np.testing.assert_allclose(np.sum(entry["matrix"], axis=1), counts)
    shares = Counter(split["test_share"] for split in survey.data["splits"])
    assert shares == dict.fromkeys((0.2, 0.3, 0.4), 6)
    for row in survey.table:
        spread = [
            a for split in survey.data["splits"]
            if (split["subset"], split["model"]) == (row["subset"], row["model"]) for a in split["accuracies"]
        ]  # fmt: skip
        assert len(spread) == 30
        assert [row["low"], row["high"]] == pytest.approx(np.quantile(spread, [0.05, 0.95]))


def test_the_same_seed_says_the_same(survey):
    study = survey_study()
    assert quality_finding(study.table, study.settings, "activation").table == survey.table
    other = quality_finding(study.table, study.settings, "activation", seed=1).table
    assert other != survey.table
    assert other[1]["accuracy"] == pytest.approx(survey.table[1]["accuracy"], abs=0.06)


def noise_study(n=150, seed=0):
    rng = np.random.default_rng(seed)
    activation = Categorical(("relu", "elu"))
    space = SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0), "activation": activation})
    rows = []
    for i in range(n):
        c = {"x": float(rng.random()), "y": float(rng.random()), "activation": activation.choices[i % 2]}
        rows += [(c, float(rng.choice([0.3, 0.6, 0.9], p=[0.5, 0.2, 0.3]))) for _ in range(2)]
    return study_of(space, rows, replicates=[0, 1] * n)


def test_noise_is_not_said_to_tell_quality():
    finding = quality_finding(noise_study().table, {}, "activation")
    assert finding.answer.endswith("do not tell quality better than always naming the majority class.")
    row = finding.table[1]
    assert row["ceiling_low"] < 0.5 < row["ceiling_high"]
    assert row["accuracy"] < row["majority"] + 0.05


def test_subsets_that_cannot_be_judged_are_named():
    rng = np.random.default_rng(0)
    space = SearchSpace({"x": Float(0.0, 1.0), "activation": Categorical(("relu", "tanh", "elu"))})
    rows = [({"x": float(x), "activation": "relu"}, 0.9 if x > 0.5 else 0.3) for x in rng.random(40)]
    rows += [({"x": float(x), "activation": "tanh"}, 0.3) for x in rng.random(40)]
    rows += [({"x": float(x), "activation": "elu"}, 0.9 if x > 0.5 else 0.3) for x in rng.random(6)]
    rows[0] = (rows[0][0], 0.6)
    finding = quality_finding(study_of(space, rows).table, {}, "activation")
    assert {row["subset"] for row in finding.table} == {"all", "activation=relu"}
    said = " ".join(finding.caveats)
    assert "activation=tanh: all trials are of class low." in said
    assert "activation=elu: 6 independent configurations are too few (10 are needed)." in said
    assert "all: fewer configurations than folds have class medium (1)." in said
    assert "No configuration was repeated" in said
    assert finding.table[0]["ceiling_low"] is None


def test_one_class_is_nothing_to_predict():
    space = SearchSpace({"x": Float(0.0, 1.0)})
    study = study_of(space, [({"x": i / 30}, 0.9) for i in range(30)])
    finding = quality_finding(study.table, {}, None)
    assert not finding.applicable
    assert finding.answer == "Nothing to predict: all: all trials are of class high."
    assert finding.data["counts"] == [0, 0, 30]


@pytest.mark.parametrize(
    ("study", "word"),
    [
        (random_study(30), "between 0 and 1"),
        (study_of(UNIT, [({"x": 0.1}, 0.2)], direction="minimize"), "minimised"),
        (random_study(0), "No trial completed"),
    ],
)
def test_objectives_without_classes(study, word):
    finding = quality_finding(study.table, {}, None)
    assert not finding.applicable
    assert word in finding.answer
    assert finding.data["confusion"] == []


def test_conditional_hyperparameters_are_inputs_too():
    study = conditional_study(60)
    table, _ = quality_table(study.table, {}, CUTS)
    assert table.inputs.shape == (60, 5)  # rate, sgd, adam, momentum, whether momentum is active
    assert np.isfinite(table.inputs).all()


def test_the_classes_of_2017_are_predicted_better_than_in_2017(shared_data):
    """His networks reached .526, .448, .724 and .328, his logistic regressions .543, .483, .810, .526."""
    study = iris_2017(shared_data)
    finding = quality_finding(study.table, {}, "activation")
    counts = {entry["subset"]: entry["counts"] for entry in finding.data["subset_counts"]}
    assert counts["activation=elu"] == [109, 68, 111]
    assert counts["activation=sigmoid"] == [212, 43, 33]
    reached = {row["subset"]: row["accuracy"] for row in finding.table if row["model"] == NETWORK}
    assert reached["all"] > 0.7
    for name, his in (("elu", 0.543), ("relu", 0.483), ("sigmoid", 0.81), ("tanh", 0.526)):
        assert reached[f"activation={name}"] > his + 0.03

"""Correlations against NumPy, SciPy and pandas; gaps, constants and intervals."""

import numpy as np
import pandas as pd
import pytest
from explanation_studies import conditional_study, iris_2017, random_study, study_of

from tunescape.explanation.columns import one_hot
from tunescape.explanation.correlation import correlation_finding, pearson, ranks, spearman
from tunescape.explanation.intervals import spearman_interval
from tunescape.space import Categorical, Float, SearchSpace


def test_complete_columns_are_numpys():
    rng = np.random.default_rng(0)
    columns = rng.standard_normal((50, 5)) @ rng.standard_normal((5, 5))
    np.testing.assert_allclose(pearson(columns), np.corrcoef(columns.T), atol=1e-12)


def test_gaps_are_left_out_pair_by_pair_as_pandas_does():
    rng = np.random.default_rng(2)
    columns = rng.standard_normal((60, 4)) + rng.standard_normal((60, 1)) + 100.0
    columns[rng.random((60, 4)) < 0.3] = np.nan
    expected = pd.DataFrame(columns).corr().to_numpy()
    np.testing.assert_allclose(pearson(columns), expected, atol=1e-9)


def test_ranks_and_spearman_are_scipys():
    from scipy.stats import rankdata, spearmanr

    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 6, 80).astype(float), rng.standard_normal(80)
    np.testing.assert_array_equal(ranks(x), rankdata(x))
    assert spearman(x, y + x) == pytest.approx(spearmanr(x, y + x).statistic)


def test_the_matrix_holds_scales_one_hot_words_and_the_objective(shared_data):
    study = iris_2017(shared_data)
    finding = correlation_finding(study.table)
    names, matrix = finding.data["names"], np.array(finding.data["matrix"])
    assert names == [
        "learning_rate", "dropout", "l1", "steps",
        "activation=sigmoid", "activation=relu", "activation=tanh", "activation=elu", "validation_accuracy",
    ]  # fmt: skip
    rates = np.log([t.configuration["learning_rate"] for t in study.trials])
    values = [t.value for t in study.trials]
    assert matrix[0, -1] == pytest.approx(np.corrcoef(rates, values)[0, 1])
    assert matrix[0, 2] == pytest.approx(0, abs=1e-12)
    assert matrix[4, 5] == pytest.approx(-1 / 3)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert finding.table[0]["column"] == "learning_rate"
    assert finding.table[0]["spearman"] == pytest.approx(0.396, abs=1e-3)


def test_what_does_not_vary_has_no_correlation():
    space = SearchSpace({"x": Float(0.0, 1.0), "y": Float(0.0, 1.0), "o": Categorical(("a", "b"))})
    rows = [({"x": 0.5, "y": i / 10, "o": "a"}, i / 10) for i in range(8)]
    finding = correlation_finding(study_of(space, rows).table)
    assert finding.data["matrix"][0][3] is None
    assert [row["column"] for row in finding.table] == ["y"]
    assert finding.table[0]["spearman"] == pytest.approx(1.0)


def test_conditional_columns_use_their_active_rows():
    study = conditional_study(60)
    names, columns = one_hot(study.table)
    matrix = np.array(correlation_finding(study.table).data["matrix"], dtype=float)
    frame = pd.DataFrame(np.column_stack([columns, study.table.values])).corr().to_numpy()
    np.testing.assert_allclose(matrix, frame, atol=1e-9)
    assert np.isnan(matrix[names.index("momentum"), names.index("optimiser=sgd")])


def test_the_interval_covers_nine_times_in_ten():
    """1000 samples of 40: coverage of a 0.9 interval is within 0.87 and 0.93 (three standard errors)."""
    rng = np.random.default_rng(4)
    truth = 6 / np.pi * np.arcsin(0.5 / 2)  # Spearman's correlation of a normal pair with Pearson's 0.5
    inside = 0
    for _ in range(1000):
        x, e = rng.standard_normal((2, 40))
        low, high = spearman_interval(spearman(x, 0.5 * x + np.sqrt(0.75) * e), 40)
        inside += low <= truth <= high
    assert 870 <= inside <= 930


def test_noise_is_not_said_to_correlate():
    said = [correlation_finding(random_study(100, seed=s, n_parameters=1).table).answer for s in range(100)]
    assert sum("clear of zero" in answer for answer in said) >= 80


def test_too_few_trials():
    finding = correlation_finding(random_study(2).table)
    assert not finding.applicable
    assert finding.data["matrix"] == []

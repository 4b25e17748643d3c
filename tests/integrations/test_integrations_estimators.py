"""The estimators in scikit-learn's company: what they promise beyond its own checks."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tunescape.errors import InputError
from tunescape.explanation import Explanation
from tunescape.integrations import PopulationClassifier, PopulationRegressor
from tunescape.samplers import Factorial
from tunescape.space import Categorical, Constant, Float, Integer, Ordinal, SearchSpace
from tunescape.study import Status

SPACE = SearchSpace({"learning_rate": Float(1e-3, 1e-1, "log"), "units": Integer(4, 16)})
SETTINGS = {"epochs": 30, "batch_size": 16}
IRIS = load_iris(as_frame=True)
X, Y = IRIS.data, IRIS.target_names[IRIS.target]


def classifier(**changed: Any) -> PopulationClassifier:
    """A small classifier of one network."""
    usual = {"space": SPACE, "n_trials": 8, "settings": SETTINGS, "ensemble": 1, "random_state": 0}
    return PopulationClassifier(**{**usual, **changed})


def regressor(**changed: Any) -> PopulationRegressor:
    """A small regressor of one network."""
    usual = {"space": SPACE, "n_trials": 8, "settings": SETTINGS, "ensemble": 1, "random_state": 0}
    return PopulationRegressor(**{**usual, **changed})


def wave(n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two numbers and a smooth target in a unit of its own."""
    rows = np.random.default_rng(0).normal(size=(n, 2))
    return rows, 1e4 + 250 * (np.sin(rows[:, 0]) + rows[:, 1])


def test_it_learns_and_answers_in_the_users_words() -> None:
    """Classes keep their names, probabilities sum to one, names of columns are kept."""
    fitted = classifier().fit(X, Y)
    assert fitted.score(X, Y) > 0.9
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1.0)
    assert list(fitted.feature_names_in_) == list(X.columns)
    assert fitted.models_[0].preprocessing.names == tuple(X.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(X.rename(columns={X.columns[0]: "other"}))


def test_two_classes_are_one_output() -> None:
    """Two classes are told apart by one logistic output, and booleans are classes."""
    fitted = classifier().fit(X, Y == "virginica")
    assert fitted.models_[0].network.widths[-1] == 1
    assert fitted.predict(X).dtype == bool
    proba = fitted.predict_proba(X)
    assert proba.shape == (len(X), 2)
    assert ((proba[:, 1] > 0.5) == fitted.predict(X)).all()
    assert fitted.score(X, Y == "virginica") > 0.9


SHARED = SearchSpace({"learning_rate": Float(1e-3, 1e-1, "log"), "steps": Ordinal((20, 60, 180))})


@pytest.mark.parametrize("changed", [{}, {"space": SHARED, "settings": {"batch_size": 16}, "sampler": "factorial"}])
def test_without_refit_the_network_is_the_studys_own(changed: dict[str, Any]) -> None:
    """The kept network reaches, on the rows that chose, the accuracy that the study measured of it.

    Also where the study read several numbers of steps off one run.
    """
    fitted = classifier(refit=False, **changed).fit(X, Y)
    chosen = fitted.validation_rows_
    assert len(chosen) == 30
    assert fitted.score(X.iloc[chosen], Y[chosen]) == pytest.approx(fitted.best_value_)
    best = max(t.value for t in fitted.study_.trials if t.status is Status.COMPLETED)
    assert fitted.best_value_ == best


def test_without_refit_a_regression_reaches_the_studys_error() -> None:
    """The same for a squared error, which is of targets standardised by the training part."""
    rows, values = wave()
    fitted = regressor(refit=False).fit(rows, values)
    chosen = fitted.validation_rows_
    sd = np.std(np.delete(values, chosen))
    error = np.mean(((fitted.predict(rows[chosen]) - values[chosen]) / sd) ** 2)
    assert error == pytest.approx(fitted.best_value_, rel=1e-4)


def test_refit_learns_from_all_rows_for_as_many_passes() -> None:
    """Steps grow with the rows, and the scales are those of all rows."""
    own, again = classifier(refit=False).fit(X, Y), classifier().fit(X, Y)
    assert own.best_configuration_ == again.best_configuration_
    assert (own.models_[0].steps, again.models_[0].steps) == (30 * 8, 30 * 10)  # 120 and 150 rows, batches of 16
    np.testing.assert_allclose(again.models_[0].preprocessing.mean, X.mean().to_numpy())


def test_steps_and_schedules_are_stretched_for_all_rows() -> None:
    """A number of steps and the default length of a schedule grow with the rows."""
    settings = {"steps": 80, "batch_size": 12, "schedule": "cosine"}
    fitted = classifier(settings=settings).fit(X, Y)
    assert fitted.models_[0].steps == 104  # 10 batches of 120 rows become 13 of 150
    assert fitted.score(X, Y) > 0.8


def test_early_stopping_ends_the_refit_where_it_was_best() -> None:
    """A network that stopped early is refitted without the passes in which it waited in vain."""
    settings = {"epochs": 400, "batch_size": 16, "patience": 5}
    own = classifier(settings=settings, refit=False, n_trials=4).fit(X, Y).models_[0]
    again = classifier(settings=settings, n_trials=4).fit(X, Y).models_[0]
    assert own.steps < 400 * 8
    assert again.steps == max(1, own.steps // 8 - 5) * 10


def test_an_ensemble_is_the_mean_of_its_networks() -> None:
    """Probabilities and values are averaged over different configurations, the recommended one first."""
    fitted = classifier(ensemble=3).fit(X, Y)
    mean = np.mean([model.predict_proba(X) for model in fitted.models_], axis=0)
    np.testing.assert_allclose(fitted.predict_proba(X), mean, rtol=1e-12)
    settings = [tuple(model.settings.items()) for model in fitted.models_]
    assert len(set(settings)) == 3
    rows, values = wave()
    fitted = regressor(ensemble=2).fit(rows, values)
    mean = np.mean([model.predict(rows) for model in fitted.models_], axis=0)
    np.testing.assert_allclose(fitted.predict(rows), mean, rtol=1e-12)


def test_the_usual_ensemble_is_ten_or_as_many_as_there_are() -> None:
    """Nothing is asked for, so nothing is missing."""
    assert len(classifier(ensemble=None).fit(X, Y).models_) == 8
    assert len(classifier(ensemble=None, n_trials=14).fit(X, Y).models_) == 10


def test_an_ensemble_that_cannot_be_filled_says_so() -> None:
    """Fewer configurations than asked for is a warning with both numbers."""
    with pytest.warns(UserWarning, match="2 networks instead of 5"):
        fitted = classifier(n_trials=2, ensemble=5).fit(X, Y)
    assert len(fitted.models_) == 2


def test_units_of_inputs_and_targets_do_not_matter() -> None:
    """Inputs and targets are standardised inside, and predictions come back in the target's unit."""
    rows, values = wave()
    plain = regressor().fit(rows, values)
    assert plain.score(rows, values) > 0.9
    other = regressor().fit(rows * [1e6, 1e-6] + [1e7, 3.0], values / 1e3 - 7)
    assert other.score(rows * [1e6, 1e-6] + [1e7, 3.0], values / 1e3 - 7) == pytest.approx(
        plain.score(rows, values), abs=0.02
    )


def test_several_targets() -> None:
    """A target of two columns of very different units gives two columns, each learned; so does each model."""
    rows, values = wave()
    both = np.column_stack([values, np.cos(rows[:, 0]), np.full(len(rows), 3.0)])
    fitted = regressor(n_trials=12).fit(rows, both)
    answers = fitted.predict(rows)
    assert answers.shape == both.shape
    assert ((answers[:, :2] - both[:, :2]).var(axis=0) < 0.3 * both[:, :2].var(axis=0)).all()
    np.testing.assert_allclose(answers[:, 2], 3.0)
    np.testing.assert_allclose(fitted.models_[0].predict(rows), answers)


def test_a_constant_target_is_predicted() -> None:
    """Where there is nothing to learn, the constant is the answer."""
    rows, _ = wave(20)
    np.testing.assert_allclose(regressor().fit(rows, np.full(20, 7.0)).predict(rows), 7.0)


@pytest.mark.parametrize("n", [2, 3, 5, 12])
def test_very_few_rows(n: int) -> None:
    """Two rows are enough, one column too, and batches may be larger than all rows."""
    rows = np.arange(n, dtype=float)[:, None]
    answers = regressor(settings={"epochs": 100}).fit(rows, 3 * rows[:, 0]).predict(rows)
    assert np.isfinite(answers).all()
    fitted = classifier().fit(rows, np.where(rows[:, 0] < n / 2, "low", "high"))
    assert set(fitted.predict(rows)) <= {"low", "high"}


def test_a_class_of_one_row_can_be_learned() -> None:
    """Classes that are too rare to be split do not stop a fit."""
    rows = np.array([[0.0], [0.1], [5.0], [5.1], [9.0]])
    fitted = classifier(n_trials=4).fit(rows, [0, 0, 1, 1, 2])
    assert fitted.predict_proba(rows).shape == (5, 3)


def test_the_same_random_state_is_the_same_result() -> None:
    """Threads change nothing; None draws anew; a RandomState moves on."""
    rows, values = wave(60)
    first = regressor(n_jobs=1).fit(rows, values).predict(rows)
    assert (first == regressor(n_jobs=2).fit(rows, values).predict(rows)).all()
    assert (first == regressor(n_jobs=-1).fit(rows, values).predict(rows)).all()
    assert (first != regressor(random_state=1).fit(rows, values).predict(rows)).any()
    assert regressor(random_state=None).fit(rows, values).study_.seed != 0
    state = np.random.RandomState(0)
    assert (first == regressor(random_state=state).fit(rows, values).predict(rows)).all()
    assert (first != regressor(random_state=state).fit(rows, values).predict(rows)).any()


def test_weights_of_rows_count_in_learning() -> None:
    """Rows of weight 0 are as if absent; heavy rows win; the scale of the weights does not matter."""
    rows = np.repeat(np.linspace(-1, 1, 40)[:, None], 2, axis=0)
    labels = np.tile([0, 1], 40)  # each place has one row of each class
    heavy = np.where((rows[:, 0] > 0) == (labels == 1), 50.0, 1.0)
    fitted = classifier().fit(rows, labels, sample_weight=heavy)
    assert np.mean(fitted.predict(rows) == (rows[:, 0] > 0)) > 0.9
    again = classifier().fit(rows, labels, sample_weight=heavy * 1e3)
    np.testing.assert_allclose(fitted.predict_proba(rows), again.predict_proba(rows), atol=1e-5)
    kept = heavy > 1
    without = classifier().fit(rows[kept], labels[kept]).predict_proba(rows)
    zero = classifier().fit(rows, labels, sample_weight=kept.astype(float))
    np.testing.assert_array_equal(without, zero.predict_proba(rows))
    assert kept[zero.validation_rows_].all()


def test_in_pipelines_searches_and_pickles() -> None:
    """Pipeline with DataFrames between its steps, grid search, cross-validation, clone and pickle."""
    pipeline = make_pipeline(StandardScaler(), classifier()).set_output(transform="pandas").fit(X, Y)
    assert pipeline.score(X, Y) > 0.9
    assert list(pipeline[-1].feature_names_in_) == list(X.columns)
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict_proba(X), pipeline.predict_proba(X))
    assert again[-1].study_ == pipeline[-1].study_
    grid = GridSearchCV(classifier(), {"n_trials": [2, 6], "ensemble": [1, 2]}, cv=3).fit(X, Y)
    assert grid.best_score_ > 0.9
    assert cross_val_score(regressor(), *load_diabetes(return_X_y=True), cv=3).min() > 0.2
    copy = clone(classifier())
    assert copy.get_params()["space"] == SPACE
    assert not hasattr(copy, "study_")


def test_the_study_stays_inside() -> None:
    """`explain` says what mattered, and the models can be taken out."""
    space = SearchSpace({"learning_rate": Float(1e-5, 1e-1, "log"), "units": Integer(4, 16)})
    fitted = classifier(space=space, n_trials=60).fit(X, Y)
    explanation = fitted.explain(quality=False)
    assert isinstance(explanation, Explanation)
    assert fitted.study_.name == "PopulationClassifier"
    shares = {row["parameter"]: row for row in explanation.to_dict()["importance"]}
    assert shares["learning_rate"]["detectable"]
    assert shares["learning_rate"]["share"] > shares["units"]["share"]
    assert explanation.to_dict()["best"]["configuration"] == fitted.best_configuration_
    with pytest.raises(NotFittedError):
        classifier().explain()


def test_a_model_of_it_predicts_the_same_from_a_file(tmp_path: Any) -> None:
    """A kept network can be saved and loaded."""
    from tunescape.models import load_model

    fitted = classifier().fit(X, Y)
    fitted.models_[0].save(tmp_path / "iris.npz")
    loaded = load_model(tmp_path / "iris.npz")
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))


def test_samplers_and_replicates() -> None:
    """A factorial has as many configurations as its levels say, each of as many networks as asked for."""
    rates, activations = Float(1e-3, 1e-1, "log", levels=3), Categorical(["relu", "tanh"])
    space = SearchSpace({"learning_rate": rates, "activation": activations})
    for sampler in ("factorial", Factorial()):
        fitted = classifier(space=space, sampler=sampler, replicates=2).fit(X, Y)
        assert len(fitted.study_.trials) == 12
    values = [t.value for t in fitted.study_.trials if dict(t.configuration) == fitted.best_configuration_]
    assert fitted.best_value_ == pytest.approx(np.mean(values))


def test_settings_take_their_part_out_of_the_default_space() -> None:
    """What is fixed does not vary, and what then never takes part is gone; lists of units fix the depth."""
    fitted = classifier(space=None, settings={"optimiser": "adam", "units": [6, 5], "epochs": 5}).fit(X, Y)
    assert not {"optimiser", "momentum", "units", "layers"} & set(fitted.study_.space.parameters)
    assert fitted.models_[0].network.widths == (4, 6, 5, 3)
    assert fitted.models_[0].network.optimiser == "adam"


def test_like_takes_on_a_frameworks_behaviour() -> None:
    """`like` brings a framework's own sizes and penalties; regressions too."""
    fitted = classifier(settings={"like": "sklearn", "epochs": 10}).fit(X, Y)
    assert fitted.models_[0].network.penalty == "half_per_row"
    fitted = regressor(settings={"like": "sklearn", "epochs": 10}).fit(*wave(40))
    assert fitted.models_[0].network.loss == "half_squared_error"


def test_it_is_silent_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed; with `verbose` progress goes to the error stream."""
    classifier().fit(X, Y)
    assert capsys.readouterr() == ("", "")
    classifier(verbose=1).fit(X, Y)
    told = capsys.readouterr()
    assert told.out == ""
    assert "8 of 8 networks" in told.err


def test_a_fit_writes_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file appears where the program runs."""
    monkeypatch.chdir(tmp_path)
    classifier().fit(X, Y)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_trials": 0}, "`n_trials` must be a whole number"),
        ({"replicates": 1.5}, "`replicates` must be a whole number"),
        ({"ensemble": True}, "`ensemble` must be a whole number"),
        ({"validation_size": 0}, "`validation_size` must be above 0"),
        ({"validation_size": 1.0}, "`validation_size` must be a share"),
        ({"dtype": "float16"}, "`dtype` must be 'float32' or 'float64'"),
        ({"n_jobs": 0}, "`n_jobs` must be None"),
        ({"sampler": "hyperband?"}, "`sampler` must be one of"),
        ({"sampler": 3}, "`sampler` must be a name or a sampler"),
        ({"settings": {"epoch": 3}}, "Did you mean 'epochs'"),
        ({"settings": {"units": 8}}, "'units' is varied by `space` and fixed by `settings`"),
        ({"settings": {"backend": "keras"}}, "`backend` cannot be chosen"),
        ({"settings": [1]}, "`settings` must map"),
        ({"space": {"unit": Integer(1, 2)}}, "not a setting of a network"),
    ],
)
def test_wrong_parameters_are_one_sentence(changed: dict[str, Any], said: str) -> None:
    """A parameter that cannot be used is named with the rule and what was given."""
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        classifier(**changed).fit(X, Y)


def test_one_class_and_no_learning_are_said() -> None:
    """One class only, and a population that diverges throughout."""
    with pytest.raises(InputError, match="at least two classes"):
        classifier().fit(X, np.zeros(len(X)))
    rows, values = wave(40)
    with pytest.raises(InputError, match="None of the 4 networks learned"):
        regressor(space={"learning_rate": Constant(1e6), "optimiser": Constant("sgd")}, n_trials=4, replicates=4).fit(
            rows, values
        )


def test_a_network_that_diverges_on_all_rows_is_taken_from_the_study() -> None:
    """Learning from a far row of the validation part breaks the network; its own is used, and that is said."""
    rows, values = np.random.default_rng(0).normal(size=(60, 1)), np.arange(60.0)
    linear = {"space": {"learning_rate": Constant(0.1)}, "n_trials": 1}
    linear["settings"] = {"hidden": [], "optimiser": "sgd", "batch_size": 1, "epochs": 20}
    rows[regressor(**linear, refit=False).fit(rows, values).validation_rows_[0]] = 1000.0
    own = regressor(**linear, refit=False).fit(rows, values)
    with pytest.warns(UserWarning, match="1 of 1 networks diverged when they learned from all rows"):
        fitted = regressor(**linear).fit(rows, values)
    np.testing.assert_array_equal(fitted.predict(rows), own.predict(rows))


def test_frames_of_other_types_are_read() -> None:
    """Nullable and integer columns are numbers; words are refused by scikit-learn's sentence."""
    frame = pd.DataFrame({"a": pd.array([1, 2, 3, 4] * 5, dtype="Int64"), "b": np.arange(20, dtype=np.int8)})
    assert classifier(n_trials=2).fit(frame, [0, 1] * 10).n_features_in_ == 2
    with pytest.raises(ValueError, match="could not convert"):
        classifier().fit(frame.assign(b="word"), [0, 1] * 10)


def test_the_order_of_rows_does_not_matter_and_whole_weights_are_counts() -> None:
    """Rows in another order, and rows that are repeated, give the same networks."""
    order = np.random.default_rng(1).permutation(len(X))
    own, other = classifier().fit(X, Y), classifier().fit(X.iloc[order], Y[order])
    np.testing.assert_array_equal(own.predict_proba(X), other.predict_proba(X))
    counts = np.random.default_rng(2).integers(0, 3, len(X))
    weighted = classifier().fit(X, Y, sample_weight=counts)
    repeated = classifier().fit(X.loc[np.repeat(X.index, counts)], np.repeat(Y, counts))
    np.testing.assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))
    halves = classifier().fit(X, Y, sample_weight=counts / 2)
    assert np.abs(halves.predict_proba(X) - weighted.predict_proba(X)).max() > 1e-6, "those are weights"

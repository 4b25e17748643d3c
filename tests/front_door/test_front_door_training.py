"""One network by hand, its pictures, and pictures of a study: small and real."""

import numpy as np
import pytest

import tunescape as ts
from tunescape.picturing import GRID, curves_figure, pictures_of
from tunescape.training import default_configuration


@pytest.fixture(scope="module")
def prod():
    return ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=3)


def test_train_gives_a_model_that_predicts_and_says_what_it_is(prod):
    assert prod.network.widths == (2, 8, 4, 1)
    assert "2-8-4-1 tanh network" in repr(prod)
    assert prod.history.steps[-1] == 250
    assert len(prod.history.steps) == 10, "one point per epoch"
    x = np.random.default_rng(0).uniform(-2, 2, (500, 2))
    assert np.mean((prod.predict(x) - x[:, 0] * x[:, 1] / 4) ** 2) < 0.5 * 0.111


def test_the_same_seed_is_the_same_network_and_another_is_not(prod):
    again = ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=3)
    other = ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=4)
    assert all(np.array_equal(a.weights, b.weights) for a, b in zip(prod.layers, again.layers))
    assert not np.array_equal(prod.layers[0].weights, other.layers[0].weights)


def test_exact_and_fast_agree_closely_and_not_bit_for_bit(prod):
    exact = ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=3, exact=True)
    assert exact.layers[0].weights.dtype == np.float64
    assert np.abs(exact.layers[0].weights - prod.layers[0].weights).max() < 1e-3


def test_optimizer_may_be_spelt_so_and_like_brings_its_defaults():
    model = ts.train("iris", split="stratified", optimizer="sgd", like="sklearn", epochs=3, units=[5])
    assert model.learning_rate == 0.001
    assert model.network.initialiser == "sklearn_uniform"
    assert model.network.batch_size == 90, "min(200, n)"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"activaton": "relu"}, "Did you mean 'activation'"),
        ({"activation": "rellu"}, "must be one of"),
        ({"steps": 3, "epochs": 3}, "keep one"),
        ({"backend": "jax"}, "`backend` must be one of population"),
        ({"backend": "sklearn", "dropout": 0.5}, "scikit-learn has no dropout"),
        ({"backend": "sklearn", "optimiser": "rmsprop"}, "scikit-learn has no optimiser 'rmsprop'"),
        ({"learning_rate": 1e6, "optimiser": "sgd"}, "diverged"),
        ({"target": "y"}, "csv"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(settings, said):
    with pytest.raises(ts.InputError, match=said):
        ts.train("prod", **settings)


def test_scikit_learn_trains_the_same_network(prod):
    theirs = ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=3, backend="sklearn", exact=True)
    ours = ts.train("prod", units=[8, 4], activation="tanh", epochs=10, seed=3, exact=True, like="sklearn",
                    batch_size=100, learning_rate=0.005, optimiser="adam", patience=0, l2=0.0)  # fmt: skip
    for a, b in zip(ours.layers, theirs.layers):
        assert np.abs(a.weights - b.weights).max() <= 1e-12 * np.abs(b.weights).max()
    assert theirs.backend == "sklearn"
    assert "scikit-learn" in repr(theirs)


def test_backend_may_be_a_factor_and_what_one_cannot_do_is_an_infeasible_trial():
    vary = {"backend": ts.Categorical(("population", "sklearn")), "optimiser": ts.Categorical(("adam", "rmsprop"))}
    space = ts.SearchSpace({**vary, "epochs": ts.Constant(2)})
    study = ts.survey("prod", space, sampler="factorial", replicates=2, n_points=100)
    words = {(t.configuration["backend"], t.configuration["optimiser"]): t.status.word for t in study.trials}
    assert words == {("population", "adam"): "completed", ("population", "rmsprop"): "completed",
                     ("sklearn", "adam"): "completed", ("sklearn", "rmsprop"): "infeasible"}  # fmt: skip
    reasons = {t.reason for t in study.trials if t.status is ts.Status.INFEASIBLE}
    assert len(reasons) == 1
    assert "scikit-learn has no optimiser 'rmsprop'" in reasons.pop()


def test_presets_can_compare_backends_each_with_its_own_formulas():
    vary = {"backend": ts.Categorical(("population", "sklearn")), "epochs": ts.Constant(2)}
    study = ts.survey("prod", preset="sgd-adam", vary=vary, replicates=1, n_points=200)
    assert {t.status for t in study.trials} == {ts.Status.COMPLETED}
    assert len(study.trials) == 12


def test_one_backend_must_express_the_whole_space():
    with pytest.raises(ts.InputError, match="scikit-learn has no"):
        ts.survey("digits", backend="sklearn")


def test_iris_may_be_trained_by_another_backend_with_an_optimiser_that_it_has():
    study = ts.survey("iris", backend="sklearn", sampler="random", n_trials=2, replicates=1,
                      vary={"optimiser": ts.Constant("adam"), "dropout": ts.Constant(0.0), "l1": ts.Constant(0.0),
                            "reduction": ts.Constant("mean"), "batching": ts.Constant("partial"),
                            "activation": ts.Constant("relu"), "steps": ts.Constant(5)})  # fmt: skip
    assert {t.status for t in study.trials} == {ts.Status.COMPLETED}


def test_a_network_that_blows_up_has_diverged_in_a_framework_too():
    for backend in ("population", "sklearn"):
        with pytest.raises(ts.InputError, match="diverged"):
            ts.train("prod", backend=backend, optimiser="sgd", learning_rate=5.0, patience=30, epochs=40, units=[64])


def test_defaults_of_the_space_leave_room_for_what_is_given():
    space = ts.SearchSpace(
        {"layers": ts.Integer(1, 3, default=2), "units": ts.Ordinal((4, 8), default=8),
         "optimiser": ts.Categorical(("sgd", "adam"), default="adam"), "momentum": ts.Float(0, 0.9, default=0.5),
         "epochs": ts.Integer(1, 9, default=5)},
        (ts.Condition("momentum", {"optimiser": ("sgd",)}),),
    )  # fmt: skip
    assert default_configuration(space, {}) == {"layers": 2, "units": 8, "optimiser": "adam", "epochs": 5}
    assert default_configuration(space, {"optimiser": "sgd", "units": (4, 4), "steps": 7}) == {"momentum": 0.5}


def test_pictures_are_drawn_from_the_networks_of_the_study():
    study = ts.survey("prod", preset="sgd-adam", vary={"epochs": ts.Constant(3)}, replicates=2, n_points=200)
    drawn, left_out = pictures_of(ts.explain(study, quality=False))
    assert left_out == ""
    assert len(drawn.estimates) == 6
    assert drawn.truth.shape == (GRID, GRID)
    assert drawn.truth[-1, -1] == pytest.approx(drawn.x[-1] * drawn.y[-1] / 4)
    own = sorted((t for t in study.trials if dict(t.configuration) == drawn.estimates[drawn.best].configuration),
                 key=lambda t: t.value)  # fmt: skip
    trained = ts.model(study, trial=own[0].number)  # the middle one of two is the first
    at = trained.predict(np.array([[drawn.x[10], drawn.y[20]]]))[0]
    assert drawn.estimates[drawn.best].values[20, 10] == pytest.approx(at, rel=1e-6)
    assert len(drawn.curves.losses) == 12
    assert drawn.curves.steps[0][-1] == 3.0
    assert drawn.network.units == (2, 16, 16, 1)


def test_figures_of_a_model_hold_what_it_learned(prod):
    assert {trace.name for trace in prod.plot_history().data} & {"validation mse", "train mse", "training mse"}
    assert len(prod.plot_estimate().data) >= 3
    assert len(prod.plot_data().data) >= 2
    assert len(prod.plot_network().data) >= 2
    with pytest.raises(ts.InputError, match="two inputs"):
        ts.train("iris", steps=5).plot_estimate()


def test_a_study_of_which_the_data_are_gone_has_a_page_without_pictures(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in rng.normal(size=(40, 2)))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows + "\n")
    monkeypatch.chdir(tmp_path)
    study = ts.survey("t.csv", target="y", n_trials=4, replicates=1)
    (tmp_path / "t.csv").unlink()
    said = []
    ts.report(ts.explain(study, quality=False), tmp_path / "t.html", progress=said.append)
    assert (tmp_path / "t.html").stat().st_size > 100_000
    assert "no pictures" in said[0]


def test_curves_of_any_trials_are_drawn_and_labelled_by_what_differs():
    study = ts.survey("prod", preset="sgd-adam", vary={"epochs": ts.Constant(3)}, replicates=1, n_points=200)
    drawn = curves_figure(study, [t.number for t in study.trials if t.configuration["optimiser"] == "sgd"])
    words = " ".join(str(trace.name) for trace in drawn.data)
    assert "0.05" in words
    assert "sgd" not in words, "what all have in common is no label"
    with pytest.raises(ts.InputError, match="`trials` must be numbers"):
        curves_figure(study, [99])
    with pytest.raises(ts.InputError, match="Did you mean 'train_mse'"):
        curves_figure(study, metric="train_mes")

"""Real logs of other people (beside the checkout)."""

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.importers import import_table
from tunescape.space import Categorical, Float, Integer


def aside(study):
    return {entry["column"]: entry["reason"] for entry in study.settings["set_aside"]}


def test_the_iris_survey_of_2017(shared_data):
    files = [shared_data / "iris_2017" / f"{a}_data.csv" for a in ("ELU", "RELU", "Sigmoid", "Tanh")]
    study = import_table(files)
    assert study.space.parameters == {
        "source": Categorical(("ELU_data", "RELU_data", "Sigmoid_data", "Tanh_data")),
        "dropout": Float(0.01, 0.25, levels=(0.01, 0.05, 0.1, 0.25)),
        "learning.rate": Float(0.0002, 0.2048, "log", levels=(0.0002, 0.0008, 0.0032, 0.0128, 0.0512, 0.2048)),
        "L1.regularization": Float(0.01, 10, "log", levels=(0.01, 0.1, 1, 10)),
        "training.steps": Integer(100, 2500, "log", levels=(100, 500, 2500)),
    }
    assert len(study.trials) == 1152 == len(np.unique(study.table.points))
    assert (study.objective.name, study.objective.direction) == ("accuracy", "maximize")
    assert aside(study) == {"Unnamed: 0": "an identifier", "Pred.Quality": "follows from accuracy"}
    assert sum(t.seconds for t in study.trials) == pytest.approx(3330 + 3418 + 3817 + 3761, rel=0.001)
    alone = import_table(files[2])
    assert "Pred.Quality" not in alone.space.parameters
    with pytest.raises(InputError, match="metric by its name"):
        import_table(shared_data / "iris_2017" / "iris_test.csv")


def test_deepobs_runs_that_diverged_are_kept(shared_data):
    study = import_table(shared_data / "sweeps/deepobs_baselines/runs.csv")
    assert study.objective.name == "final_test_loss"
    assert {s.word: n for s, n in study.counts.items()} == {"completed": 860, "diverged": 220}
    assert list(study.space.parameters) == ["problem", "optimiser", "learning_rate", "batch_size", "num_epochs"]
    assert study.space.parameters["learning_rate"].scale == "log"
    assert len({t.seed for t in study.trials}) == 10
    assert aside(study)["epochs_logged"] == "says the same as num_epochs"
    accuracy = import_table(shared_data / "sweeps/deepobs_baselines/runs.csv", objective="final_test_accuracy")
    assert {s.word: n for s, n in accuracy.counts.items()} == {"completed": 675, "failed": 405}


def test_hiplot_chains(shared_data):
    study = import_table(shared_data / "sweeps/hiplot/ml1.csv")
    scales = {name: p.scale for name, p in study.space.parameters.items()}
    assert scales == {"dropout": "linear", "embedding_size": "log", "epoch": "linear", "lr": "log"}
    assert (study.objective.name, study.objective.direction) == ("valid ppl", "minimize")
    assert len(study.trials) == 6968


def test_an_optuna_csv(shared_data):
    path = shared_data / "sweeps/optuna/eeg-gat_optuna_all_trials.csv"
    with pytest.raises(InputError, match="--direction"):
        import_table(path)
    study = import_table(path, direction="minimize")
    assert list(study.space.parameters) == ["band", "dropout", "hid", "out", "s_idx", "C", "max_pca", "model"]
    assert study.trials[0].configuration == {"band": "theta", "dropout": 0.29818249672071007, "hid": 16, "out": 8,
                                             "s_idx": 2}  # fmt: skip
    with pytest.raises(InputError, match="SQLite database"):
        import_table(shared_data / "sweeps/optuna/eeg-gat_optuna.db")


@pytest.mark.parametrize(("run", "names", "rows"), [
    (1, ["alpha", "batch_size", "depth", "learning_rate_init"], 20),
    (2, ["max_samples", "n_estimators"], 88),
    (3, ["criterion", "max_features", "n_estimators", "SimpleImputer_strategy"], 42),
])  # fmt: skip
def test_deepcave_csv(shared_data, run, names, rows):
    study = import_table(shared_data / f"sweeps/deepcave_logs/DataFrame/run_{run}/trials.csv")
    assert list(study.space.parameters) == names
    assert (len(study.trials), study.objective.direction) == (rows, "maximize")
    assert study.objective.name in ("normal", "accuracy")
    if run == 2:
        assert sorted({t.budget for t in study.trials}) == pytest.approx([100 / 9, 100 / 3, 100])

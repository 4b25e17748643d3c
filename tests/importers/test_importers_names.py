"""What names of columns say."""

import pytest

from tunescape.importers import names

METRICS = {
    "accuracy": "maximize", "val_acc": "maximize", "valid ppl": "minimize", "train f1": "maximize",
    "loss": "minimize", "final_test_loss": "minimize", "best_test_accuracy": "maximize",
    "mean_test_score": "maximize", "neg_mean_squared_error": "maximize", "roc_auc": "maximize",
    "ROCAUC": "maximize", "valAccuracy": "maximize", "val/top_1": "maximize", "error_rate": "minimize",
    "log_loss": "minimize", "r2_score": "maximize", "R2": "maximize", "validation_mse": "minimize",
    "negative_log_likelihood": "minimize", "metric:accuracy [0.0; 1.0] (maximize)": "maximize",
    "metric:time (minimize)": "minimize", "metric:x (maximise)": "maximize", "value": None, "y": None,
    "objective": None, "val_speed": None, "mnli_accuracy": "maximize",
}  # fmt: skip

SETTINGS = [
    "C", "test_size", "loss_weight", "validation_fraction", "train_batch_size", "num_train_epochs",
    "training.steps", "L1.regularization", "learning_rate", "label_smoothing", "alpha", "epoch", "l1_ratio",
    "top_k", "dropout", "weight_decay", "validation_split", "momentum", "score_threshold", "x", "",
]  # fmt: skip


@pytest.mark.parametrize("name", METRICS)
def test_metrics_are_known_by_name_with_their_direction(name):
    assert names.is_metric(name)
    assert names.direction_of(name) == METRICS[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_hyperparameters_are_no_metrics(name):
    assert not names.is_metric(name)


def test_the_preferred_objective():
    order = ["validation_accuracy", "validation_loss", "val_acc", "val_loss", "accuracy", "rmse", "loss", "value",
             "mean_test_score", "best_test_accuracy", "test_loss", "train_accuracy"]  # fmt: skip
    assert sorted(order[5:] + order[:5], key=names.preference) == order
    assert not names.can_be_objective("std_test_score")
    assert not names.can_be_objective("rank_test_score")


@pytest.mark.parametrize(
    ("name", "meaning"),
    {
        "random_seed": "seed", "seed": "seed", "random_state": "seed", "rep": "replicate", "trial_id": "number",
        "number": "number", "Trial": "number", "state": "status", "trial_status": "status",
        "execution.time": "seconds", "duration": "seconds", "time_total_s": "seconds", "runtime (ms)": "seconds",
        "mean_fit_time": "seconds", "start_time": "started", "timestamp": "started", "end_time": "timestamp",
        "datetime_start": "started", "datetime_complete": "timestamp", "uid": "identifier",
        "Unnamed: 0": "identifier", "config_id": "identifier", "source_path": "identifier", "note": "note",
        "timesteps": None, "learning_rate": None, "s_idx": None, "warmup": None, "hidden": None,
    }.items(),
)  # fmt: skip
def test_what_a_name_tells_of_a_trial(name, meaning):
    assert names.about(name) == meaning


def test_marks_of_tools():
    assert names.marked(["params_lr", "config/lr", "lr", "config_id"]) == {"params_lr": "lr", "config/lr": "lr"}
    assert names.marked(["param_C", "loss"]) == {}
    assert names.marked(["param_C", "mean_fit_time"]) == {"param_C": "C"}


def test_words_of_status():
    words = ["COMPLETE", "TrialState.FAIL", "diverged", "TERMINATED", "StatusType.CRASHED", "waiting", "odd"]
    assert [names.status_word(w) for w in words] == [
        "completed", "failed", "diverged", "completed", "failed", "waiting", None,
    ]  # fmt: skip
    assert (names.flag("nan_train_loss"), names.flag("nesterov")) == ("diverged", None)

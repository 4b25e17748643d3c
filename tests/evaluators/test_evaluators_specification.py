"""What is said first counts: configuration, task, framework, base; and nothing is left to a default."""

import pytest

from tunescape import InputError
from tunescape.evaluators import specify
from tunescape.evaluators.conventions import CONVENTIONS, FRAMEWORKS, OPTIMISER_DEFAULTS
from tunescape.evaluators.network_settings import NUMBERS

TASK = {"hidden": (5, 10), "epochs": 7, "initialiser": "he_normal", "reduction": "sum"}


def told(settings, task=None, loss="softmax_cross_entropy", n_rows=100):
    return specify(settings, n_inputs=4, n_outputs=3, n_rows=n_rows, loss=loss, task=task)


def test_every_number_is_there():
    spec = told({})
    assert set(spec.numbers) == set(NUMBERS)
    assert spec.network.widths == (4, 16, 3)
    assert spec.n_steps == 20 * 4


def test_configuration_then_task_then_framework_then_base():
    assert told({}, TASK).network.initialiser == "he_normal"
    assert told({"initialiser": "normal"}, TASK).network.initialiser == "normal"
    assert told({"backend": "torch"}, {}).network.initialiser == "torch_uniform"
    assert told({"backend": "torch"}, TASK).network.initialiser == "he_normal"
    assert told({"steps": 5}, TASK).n_steps == 5


def test_like_in_a_configuration_takes_the_tasks_formulas_and_leaves_its_sizes():
    spec = told({"like": "torch"}, TASK)
    assert (spec.network.initialiser, spec.network.reduction) == ("torch_uniform", "mean")
    assert spec.network.widths == (4, 5, 10, 3)
    assert (spec.network.batch_size, spec.network.shuffle) == (1, False)
    assert told({"backend": "torch"}, TASK).network.batch_size == 32, "a backend brings no sizes"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_like_gives_each_optimiser_the_frameworks_defaults(framework):
    for optimiser, own in OPTIMISER_DEFAULTS[framework].items():
        spec = told({"like": framework, "optimiser": optimiser}, loss="softmax_cross_entropy")
        for name, value in own.items():
            found = spec.numbers[name] if name in spec.numbers else getattr(spec.network, name)
            assert found == value, (optimiser, name)
        for name in ("penalty", "penalised", "bias_initialiser", "weighting"):
            assert getattr(spec.network, name) == CONVENTIONS[framework][name]


def test_scikit_learn_halves_its_squared_error_and_stops_early():
    spec = told({"like": "sklearn"}, loss="squared_error")
    assert spec.network.loss == "half_squared_error"
    stopping = spec.early_stopping
    assert (stopping.patience, stopping.min_delta) == (10, 1e-4)
    assert (stopping.monitor, stopping.rule) == ("running_loss", "sklearn")
    assert told({"like": "sklearn"}, n_rows=1000).network.batch_size == 200
    assert told({"like": "sklearn"}, n_rows=50).network.batch_size == 50
    assert told({"like": "sklearn"}).network.widths == (4, 100, 3)


def test_a_batch_that_straddles_epochs_may_be_larger_than_the_data():
    assert told({"batch_size": 128, "batching": "stream"}).network.batch_size == 128
    assert told({"batch_size": 128}).network.batch_size == 100


def test_classes_are_weighed_and_numbers_are_not():
    with pytest.raises(InputError, match="regression"):
        told({"class_weight": "balanced"}, loss="squared_error")


def test_epochs_are_passes_over_the_rows_however_they_are_cut():
    assert told({"batch_size": 1000, "batching": "stream", "epochs": 50}).n_steps == 5
    assert told({"batch_size": 1, "epochs": 1.1}).n_steps == 110, "not one more by rounding"


def test_units_and_dropout_layer_by_layer():
    assert told({"units": [8, 4], "units_2": 6}).network.widths == (4, 8, 6, 3)
    assert told({"like": "sklearn", "layers": 2}).network.widths == (4, 100, 100, 3)
    assert told({"units": [8, 4]}).network.widths == (4, 8, 4, 3)
    assert told({"layers": 3, "units": 6, "units_2": 9}).network.widths == (4, 6, 9, 6, 3)
    assert told({"units_2": 9}, TASK).network.widths == (4, 5, 9, 3)
    spec = told({"layers": 3, "dropout": 0.1, "dropout_2": 0.5})
    assert spec.numbers["dropout"] == (0.1, 0.5, 0.1)


def test_a_schedule_without_steps_of_its_own_depends_on_the_length():
    assert told({"schedule": "cosine", "steps": 90, "warmup_steps": 10}).numbers["decay_steps"] == 80
    assert told({"schedule": "cosine", "steps": 90}).depends_on_length
    assert not told({"schedule": "cosine", "steps": 90, "decay_steps": 50}).depends_on_length
    assert not told({"steps": 90}).depends_on_length
    assert told({"steps": 90}).numbers == told({"steps": 30}).numbers, "or levels of steps would not share a run"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"layer": 3}, "Did you mean 'layers'"),
        ({"dropout": 1.0}, "below 1"),
        ({"units": [4, 0]}, "at least 1"),
        ({"steps": 3, "epochs": 2}, "keep one"),
        ({"like": "pytorch"}, "one of sklearn, keras, tensorflow, torch"),
        ({"optimiser": "adam", "epsilon_placement": "inside"}, "epsilon_placement"),
        ({"units": [8, 4], "layers": 3}, "lists 2 layers"),
        ({"dropout": [0.1, 0.2]}, "dropout_1, dropout_2"),
        ({"learning_rate": None}, "must be a number"),
        ({"epochs": float("inf")}, "must be a number"),
        ({"activation": "reluu"}, "Did you mean 'relu'"),
        ({"units": 2.5}, "int\\(LOW,HIGH\\)"),
        ({"optimiser": "ftrl", "warmup_steps": 5}, "divides by the learning rate"),
        ({"optimiser": "ftrl", "schedule": "cosine"}, "`end_rate` above 0"),
        ({"class_weight": "balanced", "weighting": "weights", "batching": "stream"}, "batching='partial'"),
        ({"patience": 2, "monitor": "running_loss", "reduction": "sum"}, "reduction='mean'"),
    ],
)
def test_what_cannot_be_is_refused(settings, said):
    with pytest.raises(InputError, match=said):
        told(settings)

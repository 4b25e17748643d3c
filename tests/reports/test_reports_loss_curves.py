"""Loss curves: panels, colours and labels by what differs; replicates, divergence, what is left out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.reports.figures.loss_curves import headline, history, loss_curves

EPOCHS = np.arange(1, 51)


def falling(rate: float, start: float = 1.0) -> np.ndarray:
    return start * np.exp(-rate * EPOCHS)


def runs(levels: dict[str, list[Any]], replicates: int = 1, rate: float = 0.05) -> tuple[list, list, list]:
    """All combinations, each falling a little faster than the one before."""
    cells = [dict(zip(levels, cell, strict=True)) for cell in itertools.product(*levels.values())]
    configurations = [c for c in cells for _ in range(replicates)]
    losses = [falling(rate * (1 + i / 20)) for i in range(len(configurations))]
    return configurations, [EPOCHS] * len(losses), losses


def thick(figure: dict) -> list[dict]:
    return [t for t in figure["data"] if t["line"]["width"] == 2.4]


def labels(drawn: dict) -> list[str]:
    return [line["label"] for line in drawn["key"][0]["entries"]]


def test_two_hyperparameters_a_panel_per_word_a_line_per_number() -> None:
    drawn = loss_curves(*runs({"units": [2, 4, 8, 16], "activation": ["sigmoid", "tanh", "relu"], "epochs": [50]}))
    assert [f["name"] for f in drawn["figures"]] == ["activation = sigmoid", "activation = tanh", "activation = relu"]
    assert [len(thick(f)) for f in drawn["figures"]] == [4, 4, 4]
    assert drawn["key"][0]["title"] == "units"
    assert labels(drawn) == ["2", "4", "8", "16"]
    colours = [[t["line"]["color"] for t in thick(f)] for f in drawn["figures"]]
    assert colours[0] == colours[1] == colours[2] == [line["colour"] for line in drawn["key"][0]["entries"]]
    assert len(set(colours[0])) == 4
    assert "All: epochs 50." in drawn["caption"]


def test_panels_share_their_axes() -> None:
    drawn = loss_curves(*runs({"optimiser": ["sgd", "adam"], "learning_rate": [0.001, 0.01, 0.05]}))
    axes = [f["layout"]["yaxis"] for f in drawn["figures"]]
    assert len(axes) == 2
    assert axes[0] == axes[1]
    assert axes[0]["type"] == "log"


def test_one_hyperparameter_is_coloured_in_its_order() -> None:
    drawn = loss_curves(*runs({"learning_rate": [0.05, 0.0001, 0.001]}))
    assert len(drawn["figures"]) == 1
    assert labels(drawn) == ["0.0001", "0.001", "0.05"]
    assert [line["colour"] for line in drawn["key"][0]["entries"]] == [f"var(--ramp-{i})" for i in (1, 7, 12)]


def test_a_random_design_is_one_panel_listed_as_it_ends() -> None:
    rng = np.random.default_rng(0)
    configurations = [{"rate": float(rng.uniform()), "units": int(rng.integers(2, 99))} for _ in range(20)]
    drawn = loss_curves(configurations, [EPOCHS] * 20, [falling(0.01 * (i + 1)) for i in range(20)])
    assert len(drawn["figures"]) == 1
    assert len(thick(drawn["figures"][0])) == len(labels(drawn)) == len(set(labels(drawn))) == 12
    assert "12 of 20 configurations are drawn" in drawn["caption"]
    ends = [t["y"][-1] for t in thick(drawn["figures"][0])]
    assert ends == sorted(ends, reverse=True)
    looks = {(line["colour"], line["dash"]) for line in drawn["key"][0]["entries"]}
    assert len(looks) == 12


def test_replicates_are_thin_lines_under_their_median() -> None:
    drawn = loss_curves([{"a": 1}] * 3, [EPOCHS] * 3, [falling(r) for r in (0.01, 0.05, 0.2)])
    figure = drawn["figures"][0]
    assert len(figure["data"]) == 4
    assert thick(figure)[0]["y"] == pytest.approx(falling(0.05), rel=1e-3)
    assert "thin lines are replicates" in drawn["caption"]


def test_many_replicates_are_a_band() -> None:
    drawn = loss_curves([{"a": 1}] * 30, [EPOCHS] * 30, [falling(0.01 * (i + 1)) for i in range(30)])
    assert [t.get("fill") for t in drawn["figures"][0]["data"]] == [None, "tonexty", None]
    assert "middle 80 %" in drawn["caption"]


def test_replicates_of_other_lengths_have_a_middle_one() -> None:
    steps = [EPOCHS, EPOCHS[:30], EPOCHS[:20]]
    drawn = loss_curves([{"a": 1}] * 3, steps, [falling(0.01), falling(0.05)[:30], falling(0.4)[:20]])
    assert len(thick(drawn["figures"][0])[0]["x"]) == 30
    assert "the middle one is thick" in drawn["caption"]


def test_the_axis_is_logarithmic_only_over_a_decade() -> None:
    flat = loss_curves([{"a": 1}], [EPOCHS], [falling(0.01)])
    steep = loss_curves([{"a": 1}], [EPOCHS], [falling(0.1)])
    assert flat["figures"][0]["layout"]["yaxis"].get("type") is None
    assert steep["figures"][0]["layout"]["yaxis"]["type"] == "log"


def test_a_run_that_explodes_does_not_flatten_the_others() -> None:
    bad = np.where(EPOCHS < 20, falling(0.05), np.nan)
    bad[10:19] = 10.0 ** np.arange(2, 11)
    drawn = loss_curves([{"rate": 1}, {"rate": 2}], [EPOCHS] * 2, [falling(0.05), bad])
    assert drawn["figures"][0]["layout"]["yaxis"]["range"][1] < 1
    assert "1 run diverged: its line ends there. 1 run rises above the picture." in drawn["caption"]
    assert thick(drawn["figures"][0])[1]["y"][-1] is None
    assert "most runs diverge" in headline([{"rate": 1}, {"rate": 2}], [falling(0.05), bad], "training_loss")


def test_zeros_are_left_out_of_a_logarithmic_axis_and_said() -> None:
    reached = np.where(EPOCHS < 40, falling(0.1), 0.0)
    drawn = loss_curves([{"a": 1}], [EPOCHS], [reached])
    assert thick(drawn["figures"][0])[0]["y"][45] is None
    assert "Losses of zero in 1 run" in drawn["caption"]


def test_the_reference_stands_in_every_panel_and_in_the_key() -> None:
    drawn = loss_curves(*runs({"activation": ["tanh", "relu"], "units": [2, 4]}), reference=(1 / 9, "predicting 0"))
    for figure in drawn["figures"]:
        assert [t["y"] for t in figure["data"] if t["line"]["dash"] == "dot"] == [[1 / 9, 1 / 9]]
    assert drawn["key"][-1]["entries"][0]["label"] == "0.111: predicting 0"


def test_long_curves_are_thinned_and_said() -> None:
    steps = np.arange(5000)
    drawn = loss_curves([{"a": 1}], [steps], [np.exp(-steps / 1000)])
    x = thick(drawn["figures"][0])[0]["x"]
    assert (len(x), x[0], x[-1]) == (200, 0, 4999)
    assert "200 points of each curve" in drawn["caption"]


def test_steps_that_grow_have_a_logarithmic_axis() -> None:
    growing = np.unique(np.geomspace(1, 5000, 30).astype(int))
    drawn = loss_curves([{"a": 1}], [growing], [1 / growing])
    assert drawn["figures"][0]["layout"]["xaxis"]["type"] == "log"
    assert loss_curves([{"a": 1}], [EPOCHS], [1 / EPOCHS])["figures"][0]["layout"]["xaxis"]["type"] == "linear"


def test_history_keeps_its_names_in_order() -> None:
    drawn = history(EPOCHS, {"train_loss": falling(0.1), "validation_loss": falling(0.08)})
    assert labels(drawn) == ["train loss", "validation loss"]
    assert len(drawn["figures"]) == 1


def test_headline_names_the_ends() -> None:
    configurations, _, losses = runs({"units": [2, 4], "activation": ["tanh"]})
    assert headline(configurations, losses, "train_mse").startswith("Train mse ends lowest with units 4 (")
    assert "highest with units 2 (" in headline(configurations, losses, "train_mse")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([], [], []), "at least one run"),
        (([{"a": 1}], [EPOCHS], []), "one entry per run"),
        (([{"a": 1}], [EPOCHS], [[1.0]]), "50 steps and 1 losses for run 0"),
    ],
)
def test_what_does_not_match_is_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(InputError, match=words):
        loss_curves(*arguments)


def test_runs_without_a_finite_loss_leave_an_empty_picture() -> None:
    nothing = [{"rate": 1.0}, {"rate": 2.0}], [[], [1, 2]], [[], [np.nan, np.inf]]
    drawn = loss_curves(*nothing, reference=(0.1, "a constant"))
    assert len(thick(drawn["figures"][0])) == 2
    assert "2 runs diverged: their lines end there." in drawn["caption"]
    assert "–" in headline(nothing[0], nothing[2], "loss")

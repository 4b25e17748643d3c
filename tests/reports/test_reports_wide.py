"""Losses that span decades are drawn on logarithmic axes, others are not."""

import pytest

from tunescape.reports.figures import interactions, main_effects
from tunescape.reports.figures.style import is_wide
from tunescape.study import Objective

LOSS, ACCURACY = Objective("validation_mse", "minimize"), Objective("validation_accuracy", "maximize")
EFFECT = {"parameter": "units", "kind": "ordinal", "x": [2, 4], "mean": [0.04, 1e-4], "low": [0.03, 9e-5],
          "high": [0.05, 2e-4], "n": [3, 3], "detectable": True}  # fmt: skip
PAIR = {"parameters": ["units", "activation"], "x": [2, 4], "y": ["relu"], "z": [[0.04, 1e-4]], "n": [[3, 3]],
        "share": 0.1, "detectable": True}  # fmt: skip


def test_only_positive_losses_over_decades_are_wide():
    assert is_wide([0.04, 1e-4], LOSS.sign)
    assert not is_wide([0.04, 0.03], LOSS.sign)
    assert not is_wide([0.04, -1e-4], LOSS.sign)
    assert not is_wide([0.9, 1e-4], ACCURACY.sign)


def test_main_effects_and_pairs_of_wide_losses_are_logarithmic():
    shared = main_effects.value_axis([EFFECT], LOSS)
    assert main_effects.main_effect(EFFECT, LOSS, shared)["layout"]["yaxis"]["type"] == "log"
    assert "0.001" in shared["ticktext"]
    assert "type" not in main_effects.value_axis([EFFECT], ACCURACY)
    drawn = interactions.interaction(PAIR, LOSS, 1e-4, 0.04)["data"][0]
    assert drawn["z"][0] == pytest.approx([-1.39794, -4.0], abs=1e-4)
    assert drawn["text"][0] == ["0.04", "0.0001"]
    plain = interactions.interaction(PAIR, ACCURACY, 1e-4, 0.04)["data"][0]
    assert plain["z"][0] == [0.04, 1e-4]

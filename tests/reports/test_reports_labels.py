"""Labels: what differs is named, what is common is said once."""

from __future__ import annotations

import numpy as np
import pytest

from tunescape.reports.figures.labels import constants_said, differing, levels, spelled, told_apart

CROSSED = [{"activation": a, "units": n, "optimiser": "adam"} for a in ("relu", "tanh") for n in (16, 4)]


def test_only_what_differs_is_named() -> None:
    assert differing(CROSSED) == ["activation", "units"]
    assert told_apart(CROSSED, ["activation", "units"]) == [
        "relu, units 16", "relu, units 4", "tanh, units 16", "tanh, units 4",
    ]  # fmt: skip
    assert constants_said(CROSSED) == "All: optimiser adam."


def test_equal_values_of_other_types_do_not_differ() -> None:
    assert differing([{"units": 4}, {"units": np.int64(4)}, {"units": 4.0}]) == []
    assert differing([{"units": [16, 16]}, {"units": (16, 16)}, {"units": np.array([16, 16])}]) == []
    assert differing([{"nesterov": True}, {"nesterov": 1}]) == ["nesterov"]


def test_an_inactive_hyperparameter_is_a_value_without_words() -> None:
    some = [{"optimiser": "adam"}, {"optimiser": "sgd", "momentum": 0.5}, {"optimiser": "sgd", "momentum": 0.9}]
    assert differing(some) == ["optimiser", "momentum"]
    assert told_apart(some, ["optimiser", "momentum"]) == ["adam", "sgd, momentum 0.5", "sgd, momentum 0.9"]
    assert levels(some, "momentum") == [0.5, 0.9, None]


def test_words_that_two_hyperparameters_share_keep_their_names() -> None:
    some = [
        {"hidden": "he", "output": "glorot"},
        {"hidden": "glorot", "output": "he"},
        {"hidden": "he", "output": "he"},
    ]
    assert told_apart(some, ["hidden", "output"]) == ["he, glorot", "glorot, he", "he, he"]
    mixed = [{"hidden": "he", "output": None}, {"hidden": None, "output": "he"}]
    assert told_apart(mixed, ["hidden", "output"]) == ["hidden he, output inactive", "hidden inactive, output he"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([16, 4], ["16", "4"]),
        ([[16, 16], [8]], ["[16, 16]", "[8]"]),
        ([True, False], ["yes", "no"]),
        ([0.123456, 0.123457], ["0.123456", "0.123457"]),
        ([0.1234561, 0.1234562], ["0.1234561", "0.1234562"]),
        ([1e-5, 0.001], ["1e-05", "0.001"]),
    ],
)
def test_values_are_spelled_apart(values: list, words: list[str]) -> None:
    assert spelled(values) == words


def test_levels_stand_in_their_order() -> None:
    assert levels(CROSSED, "units") == [4, 16]
    assert levels(CROSSED, "activation") == ["relu", "tanh"]
    assert levels([{"units": [16, 16]}, {"units": [32]}, {"units": [8, 8]}], "units") == [(32,), (8, 8), (16, 16)]

"""The schematic picture of a network: circles, lines, ellipses, words."""

from __future__ import annotations

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.reports.figures.network import headline, network


def circles(figure: dict) -> list[int]:
    return [len(t["x"]) for t in figure["data"] if t["mode"] == "markers"]


def lines(figure: dict) -> int:
    return sum(len(t["x"]) // 3 for t in figure["data"] if t["mode"] == "lines")


def words(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_a_small_network_is_drawn_whole() -> None:
    drawn = network([2, 4, 1], inputs=["x1", "x2"], outputs=["y"], notes=[["relu", "dropout 0.1"], ["linear"]])
    assert circles(drawn) == [2, 4, 1]
    assert lines(drawn) == 2 * 4 + 4
    assert {"x1", "x2", "y", "<b>4 units</b><br>relu<br>dropout 0.1", "<b>1 output</b><br>linear"} <= set(words(drawn))
    assert "⋮" not in words(drawn)
    assert drawn["key"] == []


def test_large_layers_have_an_ellipsis_and_their_count() -> None:
    drawn = network([2, 64, 12, 1])
    assert circles(drawn) == [2, 11, 12, 1]
    assert words(drawn).count("⋮") == 1
    assert "<b>64 units</b>" in words(drawn)
    assert "At most 11 units of a large layer are drawn" in drawn["caption"]


def test_weights_have_a_sign_and_a_size() -> None:
    drawn = network([2, 2, 1], weights=[np.array([[4.0, -4.0], [0.1, 0.0]]), np.array([[1.0], [-2.0]])])
    traces = [t for t in drawn["data"] if t["mode"] == "lines"]
    widths = {(t["legendgroup"], t["line"]["width"]): len(t["x"]) // 3 for t in traces}
    assert sum(widths.values()) == 6
    assert widths["positive weight", 3.6] == widths["negative weight", 3.6] == 1
    assert widths["positive weight", 0.5] == 2
    assert [line["label"] for line in drawn["key"][0]["entries"]] == ["positive weight", "negative weight"]


def test_of_many_units_those_with_the_largest_weights_are_drawn() -> None:
    weights = np.zeros((1, 40))
    weights[0, 7::3] = 1.0  # eleven of them
    drawn = network([1, 40], weights=[weights])
    hover = drawn["data"][-1]["hovertemplate"]
    assert [int(text.split()[1]) - 1 for text in hover] == list(range(7, 40, 3))


def test_lines_are_thinned_and_counted() -> None:
    drawn = network([12] * 17)
    assert lines(drawn) == 2000
    assert "304 are left out" in drawn["caption"]
    rng = np.random.default_rng(0)
    weighted = network([12] * 17, weights=[rng.normal(size=(12, 12)) for _ in range(16)])
    assert lines(weighted) == 2000


def test_headline_counts_weights_and_biases() -> None:
    assert headline([2, 16, 1]) == "The best network has 1 hidden layer and 65 weights and biases"


@pytest.mark.parametrize(
    ("units", "weights", "wrong"),
    [
        ([3], None, "at least an input and an output"),
        ([2, 0, 1], None, "one unit"),
        ([2, 1], [np.zeros((1, 2))], "shapes"),
    ],
)
def test_impossible_networks_are_refused(units: list[int], weights: list | None, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        network(units, weights=weights)

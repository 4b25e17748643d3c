"""Pictures over the plane of two inputs: rows, truth, estimates, differences."""

from __future__ import annotations

import itertools

import example_pictures as example
import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.reports.figures import data as rows_of
from tunescape.reports.figures.data import data
from tunescape.reports.figures.estimate import estimate, estimates, headline
from tunescape.reports.figures.plane import colour_scale

X, PLACES = example.grid(16)
TRUTH = example.prod(PLACES)


def test_every_class_has_a_trace_and_a_line_of_the_key() -> None:
    inputs = example.rows(300)
    drawn = data(inputs, example.rings(inputs), classes=example.CLASSES, target="ring")
    assert [t["name"] for t in drawn["data"]] == list(example.CLASSES)
    assert [line["label"] for line in drawn["key"][0]["entries"]] == list(example.CLASSES)
    assert sum(len(t["x"]) for t in drawn["data"]) == 300
    assert "300 training rows." in drawn["caption"]


def test_a_hundred_thousand_rows_are_thinned_and_said() -> None:
    inputs = example.rows(100_000)
    drawn = data(inputs, example.prod(inputs), validation=inputs[:50], validation_targets=example.prod(inputs[:50]))
    assert [len(t["x"]) for t in drawn["data"]] == [50, 3000]  # validation below
    assert "3,000 of 100,000 training rows and 50 validation rows" in drawn["caption"]
    assert drawn["data"][0]["opacity"] < drawn["data"][1]["opacity"]


def test_thinning_keeps_rare_classes_and_follows_no_pattern() -> None:
    labels = np.repeat([0, 1], [99_950, 50])
    kept = rows_of.thinned_rows(labels, 100_000, 1000)
    assert (labels[kept] == 1).sum() == 30
    alternating = np.arange(100_000) % 2
    assert 450 < alternating[rows_of.thinned_rows(None, 100_000, 1000)].sum() < 550


def test_values_of_both_signs_have_a_scale_around_zero() -> None:
    assert (colour_scale([[-1, 3]]).low, colour_scale([[-1, 3]]).high) == (-3, 3)
    assert (colour_scale([[1, 3]]).low, colour_scale([[1, 3]]).high) == (1, 3)
    constant = colour_scale([[2, 2]])
    assert constant.low < constant.high


def test_truth_estimate_and_difference_share_their_colours() -> None:
    drawn = estimate(X, X, TRUTH + 0.1, TRUTH, label="relu", points=(example.rows(9), np.zeros(9)))
    assert [f["name"] for f in drawn["figures"]] == ["Truth", "Estimate: relu", "Difference: estimate − truth"]
    truth, found, difference = (f["data"][0] for f in drawn["figures"])
    assert (truth["zmin"], truth["zmax"]) == (found["zmin"], found["zmax"]) == (-1, 1)
    assert difference["zmax"] == pytest.approx(0.1)
    assert np.array(difference["z"]) == pytest.approx(0.1)
    assert len(drawn["figures"][1]["data"][1]["x"]) == 9
    assert "off by 0.1 on average and by 0.1 at most" in drawn["caption"]
    assert [block["title"] for block in drawn["key"]] == ["y", "estimate − truth"]


def test_what_is_beyond_the_truth_is_said() -> None:
    assert "lies beyond the truth's range" in estimate(X, X, 3 * TRUTH, TRUTH)["caption"]


def test_without_a_truth_there_is_one_panel() -> None:
    drawn = estimate(X, X, TRUTH)
    assert [f["name"] for f in drawn["figures"]] == ["Estimate"]


@pytest.mark.parametrize("kind", ["numbers", "probabilities", "of the second"])
def test_classes_are_regions(kind: str) -> None:
    truth = (PLACES[..., 0] > 0).astype(int)
    guess = (PLACES[..., 0] > 1).astype(int)
    sure = 0.5 + 0.3 * (2 * guess - 1)
    given = {"numbers": guess, "probabilities": np.stack([1 - sure, sure], axis=-1), "of the second": sure}[kind]
    drawn = estimate(X, X, given, truth, classes=("no", "yes"))
    assert drawn["figures"][1]["data"][0]["z"] == guess.tolist()
    assert len(drawn["figures"][1]["data"]) == (1 if kind == "numbers" else 2)
    assert ("pale" in drawn["caption"]) == (kind != "numbers")
    assert np.array(drawn["figures"][2]["data"][0]["z"]).mean() == np.mean(truth != guess)
    assert "25 % of the plane has the wrong class" in drawn["caption"]
    assert headline(given, truth, ("no", "yes"), "it") == "it is right on 75 % of the plane"


def test_small_multiples_start_with_the_truth_and_say_what_differs() -> None:
    cells = [{"activation": a, "units": n, "seed": 0} for a, n in itertools.product(("tanh", "relu"), (2, 4, 8))]
    drawn = estimates(X, X, [TRUTH * i for i in range(6)], cells, [0.5, 0.4, 0.3, 0.2, 0.1, None], TRUTH)
    assert [f["name"] for f in drawn["figures"]][:3] == ["Truth", "tanh, units 2", "tanh, units 4"]
    assert drawn["figures"][1]["detail"] == "loss 0.5"
    assert drawn["figures"][-1]["detail"] == ""
    assert {(f["data"][0]["zmin"], f["data"][0]["zmax"]) for f in drawn["figures"]} == {(-1.0, 1.0)}
    assert (drawn["columns"], drawn["lead"]) == (3, True)  # a column per width, the truth above
    assert "All: seed 0." in drawn["caption"]


def test_at_most_twenty_four_estimates_from_best_to_worst() -> None:
    n = 40
    drawn = estimates(X, X, [TRUTH] * n, [{"units": i} for i in range(n)], list(np.linspace(1, 2, n)))
    names = [f["name"] for f in drawn["figures"]]
    assert len(names) == 24
    assert {"units 0", "units 39"} <= set(names)
    assert "24 of 40 configurations are drawn" in drawn["caption"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: data(np.zeros((5, 4)), np.zeros(5)), r"`train` must have shape \(n, 2\).*\(5, 4\)"),
        (lambda: data(np.zeros((5, 2)), np.zeros(4)), "`train_targets` must have one entry per row"),
        (lambda: estimate(X, X, np.zeros((3, 3))), r"`values` must have the shape of the grid, \(16, 16\)"),
        (lambda: estimate(X, X, np.zeros((16, 16, 3)), classes=("a", "b")), "probabilities"),
        (lambda: estimates(X, X, [TRUTH], [{}, {}]), "one entry per network"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]


def test_a_network_that_diverged_has_gaps() -> None:
    lost = np.full_like(TRUTH, np.nan)
    drawn = estimate(X, X, lost, TRUTH)
    assert drawn["figures"][1]["data"][0]["z"][0][0] is None
    assert headline(lost, TRUTH, (), "it") == "it has no finite estimate"
    assert estimate(X, X, lost, lost)["key"][0]["marks"] == ["0", "0.5", "1"]
    assert estimate(X, X, lost, (TRUTH > 0).astype(int), classes=("no", "yes"))["figures"]

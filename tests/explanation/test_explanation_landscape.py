"""What a landscape says: shares, the best network, the ranges that learn, where and how sharply learning breaks."""

import numpy as np
import pytest

from tunescape import Float, Ordinal
from tunescape.explanation import summarise_landscape
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, WAITING, Axis, empty_landscape

N_X, N_Y = 40, 10
RATE = Axis("learning_rate", Float(1e-3, 1e1, "log"), N_X)


def drawn(outcome, y=None):
    """A landscape with given outcomes; loss falls from left to right where it learned."""
    made = empty_landscape("made", RATE, y or Axis("momentum", Float(0.0, 1.0), N_Y), n_steps=100, constant_loss=1.0,
                           settings={"network": {"optimiser": "sgd"}})  # fmt: skip
    made.outcome[:] = outcome
    known = made.outcome != WAITING
    made.loss[:] = np.where(known, np.where(made.outcome == LEARNED, np.linspace(0.9, 0.1, N_X), 2.0), np.nan)
    made.loss[made.outcome == DIVERGED] = np.inf
    made.lasted[known] = 100.0
    return made


def columns(*parts):
    return np.concatenate([np.full((N_Y, n), code) for code, n in parts], axis=1)


def test_a_clean_border_is_one_pixel_wide_and_where_it_is():
    told = summarise_landscape(drawn(columns((NOT_LEARNED, 4), (LEARNED, 16), (DIVERGED, 20))))
    assert told.shares == pytest.approx({"learned": 0.4, "not_learned": 0.1, "diverged": 0.5})
    assert told.border.axis == "learning_rate"
    assert told.border.lines == N_Y
    assert told.border.value == pytest.approx(0.1)  # the middle of the axis on its scale
    assert told.border.pixels == 1
    assert told.border.factor == pytest.approx(10 ** (4 / N_X))
    assert told.best["learning_rate"] == pytest.approx(RATE.values[19])
    assert told.best_loss == pytest.approx(np.linspace(0.9, 0.1, N_X)[19])
    assert told.learns["learning_rate"] == pytest.approx((RATE.values[4], RATE.values[19]))
    low, high = told.best_region["learning_rate"]
    assert RATE.values[17] <= low <= high <= RATE.values[19]
    words = " ".join(told.sentences)
    assert "40 % of the plane learns" in words
    assert "within one pixel" in words


def test_dust_makes_the_border_wide():
    outcome = columns((LEARNED, 20), (DIVERGED, 20))
    outcome[:, 15], outcome[:, 24] = DIVERGED, LEARNED
    told = summarise_landscape(drawn(outcome))
    assert told.border.pixels == 24 - 15
    assert told.learns["learning_rate"][1] == pytest.approx(RATE.values[14]) or told.best["learning_rate"] > 1e-1


def test_a_border_across_the_other_axis_is_found():
    outcome = np.full((N_Y, N_X), LEARNED)
    outcome[:3] = DIVERGED  # here learning is above
    told = summarise_landscape(drawn(outcome))
    assert told.border.axis == "momentum"
    assert told.border.lines == N_X
    assert told.border.value == pytest.approx(0.3)
    assert told.border.factor is None
    assert f"{N_X} columns" in told.sentences[-1]


def test_nothing_is_invented_where_nothing_is_there():
    none = summarise_landscape(drawn(np.full((N_Y, N_X), DIVERGED)))
    assert none.best is None
    assert none.border is None
    assert "Nothing learned" in " ".join(none.sentences)
    calm = summarise_landscape(drawn(np.full((N_Y, N_X), LEARNED)))
    assert calm.border is None
    assert "Nothing diverged" in " ".join(calm.sentences)
    empty = summarise_landscape(drawn(np.full((N_Y, N_X), WAITING)))
    assert empty.shares == {"learned": 0.0, "not_learned": 0.0, "diverged": 0.0}
    assert empty.sentences == ("No network is trained yet.",)
    half = drawn(columns((LEARNED, 20), (WAITING, 20)))
    assert f"100 % of the {20 * N_Y} networks trained so far learns" in summarise_landscape(half).sentences[0]


def test_an_axis_of_levels_is_read_too():
    levels = Axis("units", Ordinal((4, 8, 16)), 10)
    made = empty_landscape("made", RATE, levels, n_steps=1, constant_loss=1.0, settings={"network": {}})
    made.outcome[:], made.loss[:] = LEARNED, 0.5
    made.loss[2, 7] = 0.1
    told = summarise_landscape(made)
    assert told.best["units"] == 16
    assert told.learns["units"] == (4, 16)


def test_what_nothing_does_is_left_out_and_advice_fits():
    def said(*parts):
        return summarise_landscape(drawn(columns(*parts))).sentences

    assert said((LEARNED, 36), (DIVERGED, 4))[0] == (
        "90 % of the plane learns in 100 steps, and 10 % diverges; a constant prediction has a loss of 1."
    )
    assert said((NOT_LEARNED, 40))[0].startswith("100 % of the plane neither learns nor diverges in 100 steps: ")
    assert said((NOT_LEARNED, 40))[1:] == (
        "Nothing learned and nothing diverged: train longer (--steps), or look elsewhere (--x, --y).",
    )
    assert said((DIVERGED, 40))[1:] == ("Nothing learned: look elsewhere (--x, --y).",)


def test_of_losses_of_zero_the_one_with_most_room_is_told():
    made = drawn(columns((LEARNED, 20), (DIVERGED, 20)))
    made.outcome[0, 30], made.loss[0, 30] = LEARNED, 0.0  # alone among those that diverge
    made.loss[5, 10] = 1e-9
    told = summarise_landscape(made)
    assert told.n_best == 2
    assert told.best_loss == pytest.approx(1e-9)
    assert told.best["learning_rate"] == pytest.approx(RATE.values[10])
    assert "2 networks reach a training loss of practically zero" in " ".join(told.sentences)
    made.loss[5, 10] = 0.2
    told = summarise_landscape(made)
    assert (told.n_best, told.best_loss) == (1, 0.0)
    assert "its neighbours in learning_rate do not learn" in " ".join(told.sentences)


def test_the_best_region_holds_nine_in_ten_in_both_at_once():
    made = drawn(columns((LEARNED, 40)))
    made.loss[:] = np.random.default_rng(0).random(made.loss.shape)
    (x_low, x_high), (y_low, y_high) = (summarise_landscape(made).best_region[name] for name in (RATE.name, "momentum"))
    rows, columns_ = np.nonzero(made.loss <= np.quantile(made.loss, 0.1, method="lower"))
    x, y = made.x.values[columns_], made.y.values[rows]
    assert np.mean((x_low <= x) & (x <= x_high) & (y_low <= y) & (y <= y_high)) >= 0.9


def test_how_many_lines_hold_the_border_is_said():
    outcome = columns((LEARNED, 40))
    outcome[:2, 30:] = DIVERGED
    assert (
        summarise_landscape(drawn(outcome)).sentences[-1].endswith("(median of the 10 of 40 columns that hold both).")
    )


def test_a_deep_zoom_is_told_in_digits_enough():
    near = Axis("learning_rate", Float(0.6, 0.6 * (1 + 1e-8), "log"), N_X)
    assert (RATE.digits, near.digits) == (3, 11)
    made = drawn(columns((LEARNED, 20), (DIVERGED, 20)))
    made = empty_landscape("made", near, made.y, n_steps=1, constant_loss=1.0, settings={"network": {}})
    made.outcome[:, :20], made.outcome[:, 20:] = LEARNED, DIVERGED
    made.loss[:] = np.linspace(0.9, 0.1, N_X)
    words = " ".join(summarise_landscape(made).sentences)
    low, high = near.values[0], near.values[19]
    assert f"from {low:.11g} to {high:.11g} learn" in words
    assert "a factor of 1 + 2e-10" in words or "a factor of 1 + 3e-10" in words

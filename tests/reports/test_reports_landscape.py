"""The picture of a landscape: every pixel its colour, axes that mark round values, a page that says each loss."""

import base64

import numpy as np
import pytest

from tunescape import Float, InputError, Integer, Ordinal
from tunescape.explanation import summarise_landscape
from tunescape.reports import landscape_document, print_landscape, save_landscape_picture
from tunescape.reports.figures.landscape import landscape as landscape_figure
from tunescape.reports.landscape_colours import axis_ticks, even_marks, learned_scale, log_marks, painted, rgb
from tunescape.reports.landscape_image import landscape_image
from tunescape.reports.pictures.colours import variables
from tunescape.study import DIVERGED, LEARNED, NOT_LEARNED, WAITING, Axis, empty_landscape


def made(n_x=40, n_y=30, y=None):
    """A third learns, the middle does neither, the rest diverges; one pixel is not trained yet."""
    x = Axis("learning_rate", Float(1e-3, 1e3, "log"), n_x)
    y = y or Axis("momentum", Float(0.0, 0.9), n_y)
    settings = {"network": {"units": 16}, "seed": 0, "rows": 50, "precision": "float32"}
    one = empty_landscape("<made> & up", x, y, n_steps=300, constant_loss=1.0, settings=settings)
    at = np.arange(n_x)
    one.outcome[:] = np.where(at < n_x // 3, LEARNED, np.where(at < n_x // 2, NOT_LEARNED, DIVERGED))
    one.loss[:] = np.where(at < n_x // 3, 0.9 * 0.8**at, 1.5)
    one.lasted[:] = np.where(at < n_x // 2, 300.0, 300.0 * 0.7**at)
    one.outcome[0, 0], one.loss[0, 0], one.lasted[0, 0] = WAITING, np.nan, np.nan
    return one


def test_colours_follow_the_outcome_and_its_number():
    image = painted(made())
    style = variables("light")
    assert tuple(image[0, 0]) == rgb(style["--paper"])
    assert tuple(image[5, 15]) == rgb(style["--grid"])
    light = image.astype(int).sum(axis=2)
    assert (np.diff(light[3, 1:13]) < 0).all(), "the lower the loss, the darker"
    assert (np.diff(light[3, 21:39]) < 0).all(), "the faster it was lost, the darker"
    assert image[3, 10, 2] > image[3, 10, 0], "what learned is cool"
    assert image[3, 30, 0] > image[3, 30, 2], "what diverged is warm"


@pytest.mark.parametrize("y", [None, Axis("units", Ordinal((4, 8, 16)), 30)])
def test_every_network_is_a_block_of_its_colour(y):
    one = made(y=y)
    n_y, n_x = one.shape
    image = np.asarray(landscape_image(one, ["A sentence under the title."]))
    colours = painted(one)[::-1]
    k_x, k_y = round(640 / n_x), round(640 / n_y)
    wanted = colours.repeat(k_y, axis=0).repeat(k_x, axis=1)
    height, width = wanted.shape[:2]
    corners = [(r, c) for r in range(40, 160) for c in range(50, 140)
               if np.array_equal(image[r : r + height, c : c + width], wanted)]  # fmt: skip
    assert len(corners) == 1
    below = image[corners[0][0] + height + 12 :]
    assert (below < 128).any(), "the axis has numbers and a name"


def test_ticks_are_round_and_in_place():
    assert log_marks(1e-3, 1e3)[0] == (1e-3, "0.001")
    assert [words for _, words in log_marks(0.05, 20)] == ["0.1", "1", "10"]
    assert [words for _, words in log_marks(0.3, 6)] == ["0.5", "1", "2", "5"]
    assert [words for _, words in log_marks(1.0, 1.3)] == ["1.0", "1.1", "1.2", "1.3"]
    assert len(log_marks(1e-9, 1e9)) <= 10
    assert [words for _, words in even_marks(0.0, 0.9)] == ["0.0", "0.2", "0.4", "0.6", "0.8"]
    assert axis_ticks(Axis("a", Float(1.0, 100.0, "log"), 9))[1] == (pytest.approx(0.5), "10")
    assert axis_ticks(Axis("units", Ordinal((4, 8)), 9)) == [(0.25, "4"), (0.75, "8")]
    assert len(axis_ticks(Axis("batch_size", Integer(1, 64), 64))) <= 8


def unpacked(z):
    shape = tuple(int(n) for n in z["shape"].split(","))
    return np.frombuffer(base64.b64decode(z["bdata"]), "<f4").reshape(shape)


def test_the_page_holds_every_number_once():
    one = made()
    drawn = landscape_figure(one, ["It says."])
    maps = [trace for trace in drawn["data"] if trace["type"] == "heatmap"]
    there = np.stack([np.isfinite(unpacked(trace["z"])) for trace in maps])
    assert (there.sum(axis=0) == (one.outcome != WAITING)).all()
    assert np.array_equal(unpacked(maps[0]["z"])[one.outcome == LEARNED], one.loss[one.outcome == LEARNED])
    assert len(maps[0]["x"]) == 41
    stops = np.array([stop for stop, _ in maps[0]["colorscale"]])
    assert stops[0] == 0
    assert stops[-1] == 1
    assert (np.diff(stops) > 0).all()


def test_a_page_of_half_a_thousand_squared_is_below_ten_megabytes(tmp_path):
    one = made(512, 512)
    save_landscape_picture(one, summarise_landscape(one), tmp_path / "m.html")
    assert (tmp_path / "m.html").stat().st_size < 10e6


def test_the_document_and_the_words(capsys):
    one = made()
    told = summarise_landscape(one)
    document = landscape_document(one, told)
    assert document["networks"] == {"total": 1200, "trained": 1199, "not_finite": 0}
    assert sum(document["share"].values()) == pytest.approx(1)
    assert document["best"]["loss"] == pytest.approx(float(learned_scale(one).low), rel=0.3)
    assert document["best"]["tied_with"] == told.n_best - 1 == 0
    assert document["x"] == {"parameter": "learning_rate", "low": 1e-3, "high": 1e3, "scale": "log", "pixels": 40}
    print_landscape(one, told)
    out = capsys.readouterr().out
    assert all(sentence in out for sentence in document["sentences"])


def test_a_terminal_gets_lines_that_end_between_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    one = made()
    told = summarise_landscape(one)
    print_landscape(one, told)  # a pipe: whole sentences
    assert told.sentences[0] in capsys.readouterr().out.splitlines()
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_landscape(one, told)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert " ".join(" ".join(line.strip() for line in lines).split()).endswith(told.sentences[-1])


def test_long_numbers_of_a_deep_zoom_stay_inside_the_image():
    x, y = (Axis(name, Float(1.0, 1.0 + 1e-9, "log"), 16) for name in ("learning_rate", "init_scale"))
    one = empty_landscape("made", x, y, n_steps=3, constant_loss=1.0, settings={"network": {}})
    image = np.asarray(landscape_image(one).convert("L"))
    assert (image[:, :4] == image[0, 0]).all()  # nothing is cut off at the left edge


def test_another_ending_is_refused(tmp_path):
    one = made()
    with pytest.raises(InputError, match=r"\.png or \.html"):
        save_landscape_picture(one, summarise_landscape(one), tmp_path / "m.jpg")

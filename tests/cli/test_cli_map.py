"""A map from the command line: the picture and its data, the second time, the page, Ctrl-C and refusals."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from command_line import tunescape

WORDS = ("map", "prod", "--size", "12x9", "--steps", "40", "--points", "60")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    return folder, tunescape(*WORDS, "--json", cwd=folder)


def test_it_leaves_a_picture_and_its_data_and_says_what_it_shows(mapped):
    folder, done = mapped
    assert done.code == 0, done.err
    assert (folder / "prod-map.png").read_bytes().startswith(b"\x89PNG")
    assert done.json["files"] == {"picture": "prod-map.png", "data": "prod-map.npz"}
    assert done.json["networks"]["trained"] == done.json["networks"]["total"] == 108
    assert sum(done.json["share"].values()) == pytest.approx(1)
    assert done.json["best"]["configuration"]["optimiser"] == "sgd"
    with np.load(folder / "prod-map.npz") as file:
        assert file["outcome"].shape == (9, 12)


def test_the_same_line_again_trains_nothing_and_draws_a_page(mapped):
    folder, first = mapped
    before = (folder / "prod-map.npz").stat().st_mtime_ns
    again = tunescape(*WORDS, "-o", "prod-map.html", cwd=folder)
    assert again.code == 0, again.err
    assert (folder / "prod-map.html").stat().st_size > 1e6
    assert (folder / "prod-map.npz").stat().st_mtime_ns == before
    assert all(sentence in again.out for sentence in first.json["sentences"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seed", "4"), "holds another map: seed is 4 instead of 0"),
        (("--x", "activation=relu,tanh"), "range of numbers"),
        (("-o", "m.jpg"), ".png or .html"),
        (("-o", "nowhere/m.png"), "The picture cannot be written: there is no folder 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(mapped, words, said):
    folder, _ = mapped
    done = tunescape(*WORDS, *words, cwd=folder)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.level(2)
def test_ctrl_c_keeps_what_is_trained_and_the_same_line_goes_on(tmp_path):
    words = ("map", "prod", "--size", "160x120", "--points", "60")
    running = subprocess.Popen(
        [sys.executable, "-m", "tunescape", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while not (tmp_path / "prod-map.npz").exists():
        time.sleep(0.05)
        assert running.poll() is None
    time.sleep(1.0)
    os.kill(running.pid, signal.SIGINT)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 130
    assert "of 19,200 networks are kept in prod-map.npz" in said
    with np.load(tmp_path / "prod-map.npz") as file:
        kept = file["outcome"] >= 0
        assert 0 < kept.sum() < kept.size
        before = file["loss"][kept]
    done = tunescape(*words, "--json", cwd=tmp_path)
    assert done.json["networks"]["trained"] == 19200
    with np.load(tmp_path / "prod-map.npz") as file:
        assert np.array_equal(file["loss"][kept], before)

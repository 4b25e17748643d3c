"""kill -9 at random moments, then the same line: the study equals an uninterrupted one, bit for bit."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest
from command_line import SMALL, tunescape

from tunescape import open_store


def study_in(folder):
    with open_store(folder / "tunescape.db", must_exist=True) as store:
        (summary,) = store.summaries()
        study = store.load(summary.name)
    return replace(study, trials=tuple(replace(t, started=None, seconds=None) for t in study.trials))


def killed_after(words, folder, seconds):
    """Start a survey, kill it with SIGKILL after some seconds; returns whether it was still at work."""
    process = subprocess.Popen([sys.executable, "-m", "tunescape", *words], cwd=folder, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def intact(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def campaign(words, folder, kills, longest):
    """Kill a survey again and again; returns how often it was at work when it was killed."""
    rng = random.Random(20171123)
    whole, broken = folder / "whole", folder / "broken"
    whole.mkdir()
    broken.mkdir()
    assert tunescape(*words, cwd=whole).code == 0
    at_work = 0
    for _ in range(kills):
        at_work += killed_after(words, broken, rng.uniform(0.2, longest))
        if (broken / "tunescape.db").exists():
            assert intact(broken / "tunescape.db")
    done = tunescape(*words, cwd=broken)
    assert done.code == 0, done.err
    assert intact(broken / "tunescape.db")
    one, other = study_in(whole), study_in(broken)
    assert one.trials == other.trials
    assert replace(one, trials=()) == replace(other, trials=())
    return at_work


def test_three_kills_change_nothing(tmp_path):
    words = tuple(word.replace("int(20,60)", "int(200,2000)") for word in SMALL)
    assert campaign(words, tmp_path, kills=3, longest=4.0) > 0


@pytest.mark.level(2)
def test_twenty_kills_of_the_whole_iris_survey_change_nothing(tmp_path):
    assert campaign(("survey", "iris", "--replicates", "6"), tmp_path, kills=20, longest=5.0) >= 15


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    process = subprocess.Popen([sys.executable, "-m", "tunescape", "survey", "iris"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    deadline = 200
    while deadline:
        deadline -= 1
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
        if (tmp_path / "tunescape.db").exists() and _finished(tmp_path) > 0:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Interrupted" in err
    assert "same command" in err
    assert "Traceback" not in err
    assert out == ""
    assert _finished(tmp_path) > 0


def _finished(folder):
    connection = sqlite3.connect(folder / "tunescape.db")
    try:
        return connection.execute("SELECT count(*) FROM results").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()

"""`kill -9` while batches are written: each is there whole or not at all, and the next open goes on."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tunescape.stores import open_store

BATCH = 250
WRITER = f"""
import sys
import numpy as np
from tunescape.space import Float, SearchSpace
from tunescape.stores import open_store
from tunescape.study import Curve, Objective, Status, Study, Trial
store = open_store(sys.argv[1])
if not store.summaries():
    store.create(Study("a", SearchSpace({{"x": Float(0, 1)}}), Objective("loss")))
print("ready", flush=True)
first = len(store.load("a").trials)
curve = Curve(np.arange(20), {{"loss": np.ones(20, np.float32)}})
while True:
    trials = [Trial(n, {{"x": 0.5}}, status=Status.COMPLETED, value=1.0, curve=curve)
              for n in range(first, first + {BATCH})]
    if (first // {BATCH}) % 2:
        store.reserve("a", [Trial(t.number, t.configuration) for t in trials])
    store.append("a", trials)
    first += {BATCH}
"""


def kill_once(path, delay):
    """Start a writer, kill it `delay` seconds after its study is there, and wait for its end."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        time.sleep(delay)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert process.returncode == -signal.SIGKILL


def check_whole(path):
    """The file is sound and holds whole batches; returns how many trials."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()
    with open_store(path, must_exist=True) as store:
        trials = store.load("a").trials
    assert [t.number for t in trials] == list(range(len(trials)))
    for start in range(0, len(trials), BATCH):
        batch = trials[start : start + BATCH]
        assert len(batch) == BATCH
        assert len({t.status for t in batch}) == 1
        assert all(t.curve is not None for t in batch if t.status.is_final)
    return len(trials)


def kill_often(path, times, rng):
    counts = []
    for _ in range(times):
        kill_once(path, rng.uniform(0.0, 0.4))
        counts.append(check_whole(path))
    assert counts == sorted(counts)
    assert counts[-1] > 0  # it did go on


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_writers_leave_whole_batches(tmp_path):
    kill_often(tmp_path / "s.db", 3, random.Random(1))


@pytest.mark.level(2)
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_twenty_killed_writers_leave_whole_batches(tmp_path):
    kill_often(tmp_path / "s.db", 20, random.Random(2))


@pytest.mark.level(2)
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_store_killed_while_it_is_made_is_made_by_the_next(tmp_path):
    rng = random.Random(3)
    for i in range(10):
        path = tmp_path / f"s{i}.db"
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        while not path.exists():
            time.sleep(0.0005)
        time.sleep(rng.uniform(0.0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        kill_once(path, 0.1)
        check_whole(path)

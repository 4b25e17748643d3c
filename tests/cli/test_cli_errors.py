"""Bad input: one sentence, exit code 2, no traceback, and nothing is written."""

import pytest
from command_line import tunescape

CSV = "a,b,y,colour\n" + "\n".join(
    f"{i},{i * 7 % 11},{'yes' if i % 3 else 'no'},{'red' if i % 2 else 'blue'}" for i in range(40)
)
ONE_CLASS = "a,b,y\n" + "\n".join(f"{i},{i * 7 % 11},yes" for i in range(40))
BILLION = [
    word
    for i in range(5)
    for word in ("--vary", f"{('learning_rate', 'l1', 'l2', 'momentum', 'init_scale')[i]}=(0.001,0.9):63")
]

BAD = {
    "unknown task": (["survey", "irsi"], "Did you mean 'iris'"),
    "no such file": (["survey", "nothing.csv", "--target", "y"], "nothing.csv"),
    "no target": (["survey", "data.csv"], "--target"),
    "unknown column": (["survey", "data.csv", "--target", "z"], "'z'"),
    "one class": (["survey", "one.csv", "--target", "y"], "one class"),
    "text as regression": (["survey", "data.csv", "--target", "colour", "--kind", "regression"], "colour"),
    "log of zero": (["survey", "iris", "--vary", "learning_rate=log(0,1)"], "positive"),
    "too many levels": (["survey", "wine", "--vary", "units=int(1,3):9"], "levels"),
    "levels outside": (["survey", "wine", "--vary", "units=int(1,8):4|9"], "between"),
    "not a database": (["survey", "wine", "--trials", "3", "--store", "data.csv"], "data.csv"),
    "unknown url": (["survey", "wine", "--trials", "3", "--store", "redis://x/y"], "redis"),
    "a billion cells": (["survey", "wine", "--sampler", "factorial", *BILLION], "cells"),
    "unknown setting": (["survey", "wine", "--vary", "learning_rat=(0,1)"], "learning_rate"),
    "impossible value": (["survey", "wine", "--fix", "dropout=1"], "dropout"),
    "bad word": (["survey", "wine", "--vary", "units"], "name=value"),
    "twice": (["survey", "wine", "--vary", "units=4|8", "--fix", "units=4"], "twice"),
    "unknown sampler": (["survey", "wine", "--sampler", "grid"], "factorial"),
    "zero trials": (["survey", "wine", "--trials", "0"], "at least 1"),
    "a billion trials": (["survey", "wine", "--trials", "1000000000"], "1,000,000"),
    "huge network": (["survey", "wine", "--vary", "units=8|1000000000"], "weights"),
    "levels of a random design": (["survey", "wine", "--levels", "3"], "factorial"),
    "page without folder": (["survey", "wine", "--report", "no/such/a.html"], "no/such"),
    "dry run with a bad store": (["survey", "wine", "--dry-run", "--store", "redis://x/y"], "redis"),
    "zero replicates": (["survey", "wine", "--trials", "3", "--replicates", "0"], "at least 1"),
    "trials of a factorial": (["survey", "iris", "--trials", "5"], "factorial"),
    "cuts": (["survey", "wine", "--trials", "3", "--cuts", "0.8,0.5"], "increase"),
    "no space file": (["survey", "wine", "--space", "none.toml"], "none.toml"),
    "bad space file": (["survey", "wine", "--space", "data.csv"], "TOML"),
    "nothing to explain": (["explain", "nothing.db"], "nothing.db"),
    "nothing to export": (["export", "x", "-o", "x.csv"], "tunescape.db"),
    "no objective": (["explain", "data.csv"], "objective"),
    "report without output folder": (
        ["report", "data.csv", "-o", "no/such/folder/x.html", "--objective", "b", "--direction", "maximize"],
        "no/such/folder",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_writes_nothing(case, tmp_path):
    words, expected = BAD[case]
    (tmp_path / "data.csv").write_text(CSV)
    (tmp_path / "one.csv").write_text(ONE_CLASS)
    done = tunescape(*words, cwd=tmp_path)
    assert done.code == 2, (done.out, done.err)
    assert expected.lower() in done.err.lower()
    assert "Traceback" not in done.err
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.csv", "one.csv"]
    assert (tmp_path / "data.csv").read_text() == CSV

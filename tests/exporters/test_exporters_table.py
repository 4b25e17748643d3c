"""Studies as files: what stands in them, and that they come back."""

import csv
import dataclasses
import importlib.util
import json
import math
import os
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError, MissingExtraError
from tunescape.exporters import export_table
from tunescape.importers import import_table
from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace
from tunescape.study import Curve, Objective, Status, Study, Trial, to_frame
from tunescape.study.columns import columns
from tunescape.testing.contracts import same

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1.0, scale="log"),
        "units": Integer(4, 64),
        "batch": Ordinal((16, 32)),
        "optimiser": Categorical(("sgd", "adam")),
        "momentum": Float(0.0, 0.99),
        "depth": Constant(2),
    },
    [Condition("momentum", when={"optimiser": "sgd"})],
)
TRIALS = (
    Trial(0, {"learning_rate": 0.1, "units": 8, "batch": 16, "optimiser": "sgd", "momentum": 0.5, "depth": 2},
          seed=2**62, trajectory=0, status=Status.COMPLETED, value=0.75, budget=100.0, started=1.7e9, seconds=0.25,
          metrics={"train_loss": 0.5}, note="=LINK()", curve=Curve(np.arange(2), {"loss": np.ones(2, np.float32)})),
    Trial(2, {"learning_rate": 1e-4, "units": 64, "batch": 32, "optimiser": "adam", "depth": 2}, replicate=1,
          status=Status.DIVERGED, metrics={"train_loss": math.inf, "validation_loss": math.nan}, reason="at step 3"),
    Trial(5, {"learning_rate": 0.2, "units": 8, "batch": 16, "optimiser": "adam", "depth": 2}),
)  # fmt: skip
STUDY = Study("s", SPACE, Objective("validation_accuracy", "maximize"), TRIALS, settings={"sampler": "random"})
NAMES = ["learning_rate", "units", "batch", "optimiser", "momentum", "depth", "validation_accuracy", "train_loss",
         "validation_loss", "status", "seed", "budget", "started", "seconds", "note", "replicate", "trajectory",
         "number", "reason"]  # fmt: skip
FORMATS = [".csv", ".jsonl"] + [".parquet"] * (importlib.util.find_spec("pyarrow") is not None)


def kept(study, ending):
    """What a format keeps of the trials: no learning curves, and JSON no NaN."""
    return tuple(
        dataclasses.replace(
            t, curve=None, metrics={k: v for k, v in t.metrics.items() if v == v or ending != ".jsonl"}
        )
        for t in study.trials
    )


def test_csv_is_what_the_documentation_says(tmp_path):
    export_table(STUDY, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        NAMES,
        ["0.1", "8", "16", "sgd", "0.5", "2", "0.75", "0.5", "", "completed", str(2**62), "100.0", "1700000000.0",
         "0.25", "'=LINK()", "0", "0", "0", ""],
        ["0.0001", "64", "32", "adam", "", "2", "", "inf", "nan", "diverged", "0", "", "", "", "", "1", "-1", "2",
         "at step 3"],
        ["0.2", "8", "16", "adam", "", "2", "", "", "", "waiting", "0", "", "", "", "", "0", "-1", "5", ""],
    ]  # fmt: skip


def test_jsonl_is_strict_json(tmp_path):
    def refuse(word):
        raise AssertionError(word)

    export_table(STUDY, tmp_path / "s.jsonl")
    rows = [json.loads(line, parse_constant=refuse) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    assert [list(row) for row in rows] == [NAMES] * 3
    assert (rows[0]["note"], rows[1]["momentum"], rows[1]["train_loss"]) == ("=LINK()", None, math.inf)


def test_parquet_is_read_by_pandas(tmp_path, require):
    require("pyarrow")
    export_table(STUDY, tmp_path / "s.parquet")
    frame = pd.read_parquet(tmp_path / "s.parquet")
    assert list(frame) == NAMES
    assert frame.seed.tolist() == [2**62, 0, 0]


@pytest.mark.parametrize("ending", FORMATS)
def test_all_trials_come_back(tmp_path, ending):
    export_table(STUDY, tmp_path / f"s{ending}")
    back = import_table(tmp_path / f"s{ending}")
    assert same(back.trials, kept(STUDY, ending))
    assert back.objective == STUDY.objective
    assert list(back.space.parameters) == list(SPACE.parameters)
    if ending == ".parquet":
        assert dataclasses.replace(back, trials=()) == dataclasses.replace(
            STUDY, trials=(), task="s.parquet", settings=back.settings
        )
        assert back.settings["sampler"] == "random"


def test_a_data_frame_of_a_study_comes_back():
    back = import_table(to_frame(STUDY))
    assert [dict(t.configuration) for t in back.trials] == [dict(t.configuration) for t in TRIALS]
    for name in ("number", "status", "value", "seed", "replicate", "trajectory", "budget", "note", "reason"):
        assert [getattr(t, name) for t in back.trials] == [getattr(t, name) for t in TRIALS], name


WORDS = st.text(max_size=8) | st.sampled_from(
    ["=1+1", "@x", "-", "+1", "\tx", "'", "'a", "1", "1e5", "nan", "True", "none", "", " a", 'q"', "a,b", "a\nb", "a\r"]
)  # fmt: skip
NUMBERS = st.floats() | st.sampled_from([0.1 + 0.2, 1e300, -0.0, math.inf])


@st.composite
def studies(draw):
    words = st.from_regex(r"[=+@'-]{0,2}p[0-9]{0,2}( y)?|y", fullmatch=True)
    names = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    space, choices = {}, {}
    for name in names:
        kind = draw(st.sampled_from(["float", "integer", "words"]))
        options = {
            "float": st.floats(-1e6, 1e6), "integer": st.integers(-1000, 1000), "words": WORDS | st.booleans(),
        }[kind]  # fmt: skip
        choices[name] = draw(st.lists(options, min_size=2, max_size=5, unique_by=str))
        space[name] = Categorical(choices[name]) if kind == "words" else (
            Float(-1e6, 1e6) if kind == "float" else Integer(-1000, 1000)
        )  # fmt: skip
    trials, measured = [], draw(st.sets(st.sampled_from(["train_loss", "validation_f1"])))
    for number in sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=8))):
        active = draw(st.lists(st.sampled_from(names), unique=True))
        status = draw(st.sampled_from(list(Status)))
        value = draw(st.none() | st.floats(allow_nan=False)) if status.is_final else None
        trials.append(Trial(
            number, {n: draw(st.sampled_from(choices[n])) for n in names if n in active},
            replicate=draw(st.integers(0, 5)), seed=draw(st.integers(-(2**63), 2**63 - 1)),
            trajectory=draw(st.integers(-1, 10**6)), status=status, value=value,
            budget=draw(st.none() | st.floats(0, 1e6)), seconds=draw(st.none() | st.floats(0, 1e6)),
            started=draw(st.none() | st.floats(0, 1e10)), note=draw(WORDS), reason=draw(WORDS),
            metrics={n: draw(NUMBERS) for n in sorted(measured) if draw(st.booleans())},
        ))  # fmt: skip
    return Study("s", SearchSpace(space), Objective("validation_accuracy", "maximize"), tuple(trials))


def by_name(trials):
    """Trials with their metrics by name: one that the first trial lacks comes later in a table."""
    return [dataclasses.replace(t, metrics=dict(sorted(t.metrics.items()))) for t in trials]


@settings(max_examples=100)
@given(studies(), st.sampled_from(FORMATS))
def test_any_study_comes_back(tmp_path_factory, study, ending):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    export_table(study, path)
    if not any(t.configuration for t in study.trials):
        with pytest.raises(InputError, match="could be a hyperparameter"):
            import_table(path)
        return
    back = import_table(path)
    wanted = kept(study, ending)
    if ending == ".parquet":  # mixed truth values and words become words
        wanted = tuple(
            dataclasses.replace(t, configuration={k: type(b.configuration[k])(v) for k, v in t.configuration.items()})
            for t, b in zip(wanted, back.trials)
        )
    assert same(by_name(back.trials), by_name(wanted))


def test_spreadsheets_find_no_formula(tmp_path):
    nasty = ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "safe"]
    space = SearchSpace({"=name": Categorical(nasty), "b": Float(-1, 1)})
    done = {"status": Status.COMPLETED, "value": 1.0}
    trials = tuple(Trial(i, {"=name": w, "b": -0.5}, note=w, **done) for i, w in enumerate(nasty))
    study = Study("s", space, Objective("loss"), trials)
    export_table(study, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [c for row in rows for k, c in row.items() if k not in ("b", "trajectory")] + list(rows[0])
    assert len(cells) > 2 * 7
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row["b"] for row in rows} == {"-0.5"}  # numbers stay numbers
    assert import_table(tmp_path / "s.csv").trials == study.trials


def test_names_that_are_taken_get_a_prefix():
    space = SearchSpace({"loss": Float(0, 1), "seed": Integer(0, 9)})
    trial = Trial(0, {"loss": 0.5, "seed": 3}, metrics={"status": 1.0, "loss": 2.0}, status=Status.COMPLETED, value=7.0)
    study = Study("s", space, Objective("loss"), (trial,))
    found = columns(study)
    assert set(found) == set(to_frame(study))
    assert (found["loss"], found["objective_loss"], found["metric_loss"]) == ([0.5], [7.0], [2.0])
    assert (found["seed"], found["trial_seed"]) == ([3], [0])
    assert (found["status"], found["trial_status"]) == ([1.0], ["completed"])


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    trial = Trial(0, {"b": np.float64(0.5)}, status=Status.COMPLETED, value=np.float64(0.25), seed=np.int64(4))
    trials = (trial, dataclasses.replace(trial, number=1))
    study = Study("s", SearchSpace({"b": Float(0, 1)}), Objective("loss"), trials)
    for ending in FORMATS:
        export_table(study, tmp_path / f"s{ending}")
        assert import_table(tmp_path / f"s{ending}", parameters=["b"]).trials[1].value == 0.25


def test_exports_are_stacked(tmp_path):
    study = dataclasses.replace(STUDY, trials=tuple(dataclasses.replace(t, trajectory=0) for t in TRIALS))
    for name in "ab":
        export_table(study, tmp_path / f"{name}.csv")
    back = import_table([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [t.number for t in back.trials] == list(range(6))
    assert [t.trajectory for t in back.trials] == [0, 0, 0, 3, 3, 3]
    assert [t.configuration["source"] for t in back.trials] == ["a"] * 3 + ["b"] * 3


def test_a_shared_budget_is_seen(tmp_path):
    space = SearchSpace({"lr": Float(0, 1), "steps": Integer(10, 20)})
    trials = tuple(
        Trial(n, {"lr": n // 2 / 4, "steps": 10 + n % 2 * 10}, trajectory=n // 2 * 2, status=Status.COMPLETED)
        for n in range(6)
    )
    export_table(Study("s", space, Objective("loss"), trials), tmp_path / "s.csv")
    assert import_table(tmp_path / "s.csv").settings["shared_budget"] == "steps"


@pytest.mark.parametrize("name", ["s.xlsx", "s", "s.csv.gz", ".csv"])
def test_other_formats_are_refused_with_the_list(tmp_path, name):
    with pytest.raises(InputError, match=r"one of \.csv, \.jsonl, \.parquet\. Got"):
        export_table(STUDY, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "s.csv"
    export_table(STUDY, path)
    before = path.read_bytes()

    class Broken(dict):
        def get(self, name):
            raise RuntimeError("while writing")

    broken = dataclasses.replace(STUDY, trials=(Trial(0, Broken()),))
    with pytest.raises(RuntimeError):
        export_table(broken, path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"tunescape\[parquet\]"):
        export_table(STUDY, tmp_path / "s.parquet")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_places_that_cannot_be_written_are_said(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        export_table(STUDY, tmp_path / "none" / "s.csv")
    (tmp_path / "s.csv").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        export_table(STUDY, tmp_path / "s.csv")


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_the_file_has_the_usual_rights(tmp_path):
    (tmp_path / "usual").touch()
    export_table(STUDY, tmp_path / "s.csv")
    assert (tmp_path / "s.csv").stat().st_mode == (tmp_path / "usual").stat().st_mode

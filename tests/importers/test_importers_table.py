"""Tables of anybody as studies."""

import gzip
import json
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError, MissingExtraError
from tunescape.importers import import_table
from tunescape.importers.sheet import ABOUT
from tunescape.space import Categorical, Float, Integer
from tunescape.stores import Memory
from tunescape.study import Study
from tunescape.testing.contracts import same

CSV = """lr,units,opt,momentum,accuracy,seed,duration,host
0.001,8,sgd,0.9,0.5,1,2.5,a
0.01,8,sgd,0.5,0.6,2,2.5,a
0.1,16,adam,,0.7,3,2.5,a
0.001,16,adam,None,nan,4,2.5,a
0.01,32,adam,-,,5,2.5,a
0.1,32,sgd,0.9,inf,6,2.5,a
"""


@pytest.fixture
def table(tmp_path):
    def write(content, name="runs.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def aside(study):
    return {entry["column"]: entry["reason"] for entry in study.settings["set_aside"]}


def test_columns_get_their_roles(table):
    study = import_table(table(CSV))
    assert study.space.parameters == {
        "lr": Float(0.001, 0.1, scale="log", levels=(0.001, 0.01, 0.1)),
        "units": Integer(8, 32, scale="log", levels=(8, 16, 32)),
        "opt": Categorical(("sgd", "adam")),
        "momentum": Float(0.5, 0.9),
    }
    assert (study.objective.name, study.objective.direction) == ("accuracy", "maximize")
    assert (study.name, study.task) == ("runs", "runs.csv")
    assert [t.seed for t in study.trials] == [1, 2, 3, 4, 5, 6]
    assert {t.seconds for t in study.trials} == {2.5}
    assert aside(study) == {"host": "one value only"}
    assert "Set aside: host (one value only)." in study.settings["notes"]
    assert "sampler" not in study.settings


def test_empty_cells_are_inactive_and_rows_without_a_value_have_failed(table):
    study = import_table(table(CSV))
    assert [t.configuration.get("momentum") for t in study.trials] == [0.9, 0.5, None, None, None, 0.9]
    assert "momentum" not in study.trials[2].configuration
    assert np.isnan(study.table.unit[2:5, 3]).all()
    assert [t.status.word for t in study.trials] == ["completed"] * 3 + ["diverged", "failed", "diverged"]
    assert [t.value for t in study.trials] == [0.5, 0.6, 0.7, None, None, float("inf")]
    assert study.trials[3].reason == "accuracy is nan."
    assert study.trials[4].reason == "The table has no value of accuracy."
    assert any("Empty in 3 of 6 rows" in note and "momentum" in note for note in study.settings["notes"])


def test_a_damaged_parquet_file_is_said(table, require):
    require("pyarrow")
    with pytest.raises(InputError, match="damaged parquet"):
        import_table(table(b"PAR1...."))


def test_the_same_table_in_every_form_is_the_same_study(table, tmp_path, require):
    require("pyarrow")
    text = CSV.replace(",-,", ",,")  # what pandas would take for a word
    wanted = import_table(table(text))
    frame = pd.read_csv(table(text))
    frame.to_parquet(tmp_path / "runs.parquet")
    records = [{k: None if v != v else v for k, v in r.items()} for r in frame.to_dict("records")]
    forms = [
        table(gzip.compress(text.encode()), "runs.dat"),
        table(text.replace(",", ";"), "runs.txt"),
        table("\ufeff" + text.replace(",", "\t").replace("\n", "\r\n"), "runs.tsv"),
        table("\n".join(map(json.dumps, records)), "runs.jsonl"),
        table(json.dumps(records), "runs"),
        tmp_path / "runs.parquet",
        frame,
    ]
    for form in forms:
        study = import_table(form)
        assert study.space == wanted.space
        assert [t.configuration for t in study.trials] == [t.configuration for t in wanted.trials]
        assert [t.value for t in study.trials][:3] == [0.5, 0.6, 0.7]
        assert [t.seed for t in study.trials] == [t.seed for t in wanted.trials]


def test_files_are_stacked(table):
    first = table("lr,loss,q\n" + "".join(f"{x / 10},{x % 7},{int(x % 7 > 3)}\n" for x in range(1, 41)), "a.csv")
    second = table("lr,loss,beta\n" + "".join(f"{x / 10},{x % 5},{x % 2 / 2}\n" for x in range(1, 41)), "b.csv")
    study = import_table([first, second])
    assert list(study.space.parameters) == ["source", "lr", "beta"]
    assert study.space.parameters["source"] == Categorical(("a", "b"))
    assert aside(study) == {"q": "follows from loss"}
    assert (len(study.trials), study.task) == (80, "a.csv and 1 more")
    assert "beta" not in study.trials[0].configuration
    assert len(import_table([first]).trials) == 40


def test_named_columns_are_taken_at_their_word(table):
    study = import_table(table(CSV), objective="duration", direction="minimize", parameters=["units", "host"],
                         name="mine")  # fmt: skip
    assert list(study.space.parameters) == ["units", "host"]
    assert (study.name, study.objective.name, study.objective.direction) == ("mine", "duration", "minimize")
    assert aside(study)["lr"] == "not among the hyperparameters named"
    assert study.trials[0].metrics == {"accuracy": 0.5}


def test_the_objective_is_one_that_the_rows_have(table):
    rows = "".join(f"{i},{'' if i % 2 else 0.5},{i * 0.1}\n" for i in range(1, 20))
    study = import_table(table("units,val_accuracy,test_loss\n" + rows))
    assert study.objective.name == "test_loss"
    assert study.trials[1].metrics == {"val_accuracy": 0.5}


def test_equal_configurations_are_repetitions(table):
    study = import_table(table("lr,loss\n0.1,1\n0.2,2\n0.1,3\n0.1,4\n0.2,5\n"))
    assert [t.replicate for t in study.trials] == [0, 0, 1, 2, 1]


def test_status_columns_flags_numbers_and_times(table):
    study = import_table(
        table(
            "trial_id,lr,loss,state,start_time,time (ms)\n"
            "3,0.1,1,COMPLETE,1700000000,250\n1,0.2,,FAIL,1700000001,50\n0,0.3,2,PRUNED,1700000002,1\n"
            "2,0.4,3,Strange,1700000003,1\n"
        )
    )
    assert [t.number for t in study.trials] == [0, 1, 2, 3]
    assert [t.status.word for t in study.trials] == ["pruned", "failed", "completed", "completed"]
    assert (study.trials[3].started, study.trials[3].seconds) == (1.7e9, 0.25)
    assert any("'Strange' of 1 rows is not known" in note for note in study.settings["notes"])
    flagged = import_table(table("lr,loss,nan_loss\n0.1,1,true\n0.2,2,false\n"))
    assert [t.status.word for t in flagged.trials] == ["diverged", "completed"]


def test_different_budgets_are_said(table):
    study = import_table(table("lr,loss,budget\n0.1,1,1\n0.2,2,9\n0.1,2,9\n"))
    assert [t.budget for t in study.trials] == [1, 9, 9]
    assert [t.replicate for t in study.trials] == [0, 0, 0]
    assert "Budgets differ (from 1 to 9): not all rows compare." in study.settings["notes"]


def test_tools_that_mark_hyperparameters_are_believed(table):
    study = import_table(
        table("number,value,params_lr,params_optimizer,user_attrs_x\n0,1,0.1,a,5\n1,2,0.2,b,6\n2,3,0.3,a,9\n"),
        direction="minimize",
    )
    assert list(study.space.parameters) == ["lr", "optimiser"]
    assert study.trials[1].configuration == {"lr": 0.2, "optimiser": "b"}
    assert aside(study) == {"user_attrs_x": "not marked as a hyperparameter (params_)"}


def test_what_repeats_counts_or_names_rows_is_set_aside(table):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "run": range(1, 41), "lr": rng.random(40), "depth": rng.integers(1, 4, 40), "tag": [f"r{i}" for i in range(40)],
        "accuracy": rng.random(40), "constant": 1, "when": pd.date_range("2020-01-01", periods=40),
        "curve": [[1, 2]] * 40, "void": None,
    })  # fmt: skip
    frame["log_lr"] = np.log(frame.lr)
    frame["size"] = frame.depth.map({1: "small", 2: "medium", 3: "large"})
    study = import_table(frame)
    assert list(study.space.parameters) == ["lr", "depth"]
    assert aside(study) == {
        "run": "a counter of the rows", "tag": "another word in every row", "constant": "one value only",
        "when": "a time", "curve": "not single values", "void": "no values",
        "log_lr": "says the same as lr", "size": "says the same as depth",
    }  # fmt: skip


def test_columns_that_are_confounded_by_chance_only_are_kept():
    lr, units = [0.1, 0.2, 0.3, 0.4, 0.5] * 4, [5, 1, 4, 2, 3] * 4  # five random configurations, four times
    study = import_table(pd.DataFrame({"lr": lr, "units": units, "loss": np.arange(20.0)}))
    assert list(study.space.parameters) == ["lr", "units"]


def test_empty_and_repeated_header_rows_are_counted(table):
    study = import_table(table("lr,loss\n0.1,1\n,\nlr,loss\n0.2,2\n\n0.3,3\n"))
    assert len(study.trials) == 3
    assert study.settings["left_out"] == [
        {"reason": "empty row", "count": 1}, {"reason": "repeated header line", "count": 1},
    ]  # fmt: skip


def test_big_seeds_keep_their_digits(table):
    study = import_table(table(f"lr,loss,seed\n0.1,1,{2**63 - 1}\n0.2,2,\n0.3,3,-7\n"))
    assert [t.seed for t in study.trials] == [2**63 - 1, 0, -7]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        ("lr,loss\n", "has no rows"),
        ("# Title\n\nSome prose, with a comma.\n", "is not a table: row 3 has 2 cells"),
        ("lr,loss\n0.1\n", "row 2 has 1 cells and the first row has 2"),
        ("lr,lr,loss\n1,2,3\n", "names the column 'lr' more than once"),
        ("a,b\n1,2\n2,3\n", r"no column that is a metric by its name.*--objective.*numbers are a, b"),
        ("lr,value\n1,2\n2,3\n", r"does not say whether small or large.*--direction"),
        ("lr,loss\n0.1,1\n0.1,2\n", "could be a hyperparameter"),
        ("lr,loss\n0.1,high\n0.2,low\n", "no column that is a metric"),
        ('{"lr": 1}\n{"lr": \n', "looks like JSON and is not"),
        ("[1, 2]", "one object a row"),
        (b"\xff\x00\xfe\x00\xd8", "neither parquet nor text"),
        (b"SQLite format 3\x00", "is a SQLite database"),
        (b"PK\x03\x04", "zip archive or a workbook"),
        (b"\x1f\x8b\x08rest", "damaged gzip"),
    ],
)
def test_what_is_no_table_is_said_in_a_sentence(table, content, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        import_table(table(content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"objective": "acuracy"}, r"`objective` names 'acuracy'.*Did you mean 'accuracy'\?"),
        ({"objective": "opt"}, "must be a column of numbers"),
        ({"parameters": ["lr", "unit"]}, r"`parameters` names 'unit'.*Did you mean 'units'\?"),
        ({"parameters": ["accuracy"], "objective": "accuracy"}, "cannot be both"),
        ({"parameters": ["lr", "text"]}, r"'text' cannot be a hyperparameter \(too many different words\)"),
        ({"parameters": "lr"}, "must be a list of columns"),
        ({"parameters": []}, "must be a list of columns"),
        ({"direction": "up"}, "'minimize' or 'maximize'"),
    ],
)
def test_wrong_options_are_said(table, options, sentence):
    head, *rows = CSV.split()
    rows = [head + ",text", *(f"{row},word {i}" for i, row in enumerate(rows * 10))]
    with pytest.raises(InputError, match=sentence):
        import_table(table("\n".join(rows)), **options)


@pytest.mark.parametrize("source", [7, [], ["x", 3], None, {"lr": [1]}])
def test_wrong_sources_are_said(source):
    with pytest.raises(InputError, match="A table must be"):
        import_table(source)


def test_absent_files_and_folders_are_said(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        import_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        import_table(tmp_path)


def test_parquet_without_pyarrow_says_how_to_get_it(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"tunescape\[parquet\]"):
        import_table(table(b"PAR1"))


# random tables: a study of all rows, or one sentence

NAMES = st.sampled_from(
    ["lr", "x", "units", "loss", "val_acc", "value", "status", "seed", "number", "time", "note", "rep", "params_a",
     "params_x", "config.lr", "metric:m (maximize)", "nan", "id", "", " y ", "=cmd()", "budget", "started", "reason",
     "source", "steps", "trajectory", "pred", "nan_loss", "state", "optimizer", "optimiser"]
) | st.text(max_size=4)  # fmt: skip
CELLS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.integers() | st.floats() | st.floats(0.0, 1.0)
    | st.sampled_from(["a", "b", "nan", "COMPLETE", "", "1", "1e999", "0.5", "-", "None", "true", "'=x", float("inf")])
    | st.text(max_size=3) | st.sampled_from([[1], {"a": 1}, b"x", 10**400, pd.Timestamp("2020-01-01"), pd.NaT, pd.NA])
)  # fmt: skip
KINDS = [CELLS, st.floats(), st.integers(0, 3), st.floats(1e-6, 1), st.sampled_from("ab"), st.booleans(), st.integers()]


@st.composite
def tables(draw, cells=CELLS):
    n = draw(st.integers(0, 14))
    always = draw(st.sampled_from([("lr", "loss"), ("lr", "loss"), ("units", "accuracy"), ()]))
    columns = draw(st.permutations([*always, *draw(st.lists(NAMES, max_size=5))]))
    columns = list(dict.fromkeys(columns)) if draw(st.integers(0, 9)) else columns
    if draw(st.integers(0, 3)) == 0:  # as tunescape exports them
        columns = [c for c in columns if c not in ABOUT] + list(ABOUT)
    kinds = [cells, st.none(), *KINDS[1:]]
    strategies = [draw(st.sampled_from(KINDS[1:4] if c in always else kinds)) for c in columns]
    return columns, [draw(st.lists(s, min_size=n, max_size=n)) for s in strategies]


def check(source, n_rows, **options):
    try:
        study = import_table(source, **options)
    except InputError:
        return
    assert isinstance(study, Study)
    if n_rows is not None:
        left_out = sum(entry["count"] for entry in study.settings["left_out"])
        assert len(study.trials) == n_rows - left_out
    table = study.table
    assert (table.unit[table.active] >= 0).all()
    assert (table.unit[table.active] <= 1).all()
    with Memory() as store:
        store.create(study)
        assert same(store.load(study.name).space, study.space)


CHOSEN = {"direction": st.just("minimize"), "objective": NAMES, "parameters": st.lists(NAMES, max_size=2)}
OPTIONS = st.just({}) | st.just({"direction": "maximize"}) | st.fixed_dictionaries({}, optional=CHOSEN)


@settings(max_examples=300)
@given(tables(), OPTIONS)
def test_random_frames_give_a_study_or_a_sentence(table, options):
    names, columns = table
    frame = pd.DataFrame(dict(enumerate(map(pd.Series, columns))), dtype=object)
    frame.columns = names
    check(frame, len(frame), **options)


@settings(max_examples=150)
@given(tables(st.text(max_size=4) | st.floats().map(str) | st.integers().map(str)), OPTIONS)
def test_random_csv_files_give_a_study_or_a_sentence(tmp_path_factory, table, options):
    names, columns = table
    path = tmp_path_factory.getbasetemp() / "random.csv"
    pd.DataFrame(dict(enumerate(map(pd.Series, columns))), dtype=object).to_csv(
        path, index=False, header=names or False, errors="replace"
    )
    check(path, None, **options)


@settings(max_examples=150)
@given(st.binary(max_size=60) | st.text(alphabet=',;\n"{}[]a1. \t', max_size=60).map(str.encode))
def test_random_bytes_give_a_study_or_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.bin"
    path.write_bytes(content)
    check(path, None, direction="minimize")

"""Tasks from csv files: what is learned from them, what is left out, what is refused; no leaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st

from tunescape.errors import InputError
from tunescape.tasks import Task, csv_task, load_task
from tunescape.tasks.split import SplitOptions, split_rows

BUNDLED = Path(sklearn.__file__).parent / "datasets" / "data"


def _people(n: int = 200, seed: int = 0) -> pd.DataFrame:
    """A table as users have them: an index, a name, numbers with gaps, words, dates, a constant."""
    rng = np.random.default_rng(seed)
    age, income = rng.normal(40, 12, n).round(1), rng.lognormal(10, 1, n).round()
    town = rng.choice(["Aa", "Bb", "Cc"], n)
    score = age / 12 + (town == "Bb") * 2 + rng.normal(0, 1, n)
    frame = pd.DataFrame(
        {
            "": np.arange(n),
            "name": [f"person {i}" for i in range(n)],
            "age": age,
            "income": income,
            "town": town,
            "member": rng.random(n) < 0.3,
            "joined": pd.date_range("2020-01-01", periods=n).astype(str),
            "country": "here",
            "score": score.round(3),
            "buys": np.where(score > 4, "yes", "no"),
        }
    )
    frame.loc[rng.random(n) < 0.1, "age"] = np.nan
    frame.loc[rng.random(n) < 0.1, "town"] = None
    frame.loc[[3, 50], "buys"] = None
    return frame


@pytest.fixture
def people(tmp_path) -> Path:
    file = tmp_path / "people.csv"
    _people().to_csv(file, index=False)
    return file


def test_a_table_as_users_have_it_becomes_a_task(people: Path) -> None:
    task = csv_task(people, "buys")
    assert (task.name, task.kind, task.classes) == ("people.csv", "binary", ("no", "yes"))
    assert (task.n_outputs, task.loss) == (1, "binary_cross_entropy")
    assert task.features == (
        "age", "age is missing", "income", "town=Aa", "town=Bb", "town=Cc", "town is missing", "member",
        "score",
    )  # fmt: skip
    assert [len(p) for p in (task.train, task.validation, task.test)] == [118, 40, 40]
    assert task.left_out == (
        {"reason": "rows without a value of 'buys'", "count": 2},
        {"reason": "columns left out: 'Unnamed: 0' (it counts the rows)", "count": 1},
        {"reason": "columns left out: 'name' (every row has another text)", "count": 1},
        {"reason": "columns left out: 'joined' (dates and times are not used)", "count": 1},
        {"reason": "columns left out: 'country' (constant in the training part)", "count": 1},
    )
    assert task.notes[0] == "Left out 2 rows without a value of 'buys'."
    assert task.notes[1].startswith("Left out 4 columns: 'Unnamed: 0' (it counts the rows); 'name' (every")
    assert "Gaps in 'age' are filled" in task.notes[2]


def test_rows_and_values_stay_together(people: Path) -> None:
    """Row numbers point into the file; inputs and targets of a part are those of its rows."""
    frame, task = _people(), csv_task(people, "buys")
    assert 3 not in np.concatenate([p.rows for p in (task.train, task.validation, task.test)])
    train = frame.loc[task.train.rows, "income"]
    for part in (task.train, task.validation, task.test):
        rows = frame.loc[part.rows]
        assert [task.classes[t] for t in part.targets] == rows["buys"].tolist()
        assert np.allclose(part.inputs[:, 2], (rows["income"] - train.mean()) / train.std(ddof=0))
        assert part.inputs[:, 4].tolist() == (rows["town"] == "Bb").astype(float).tolist()
        assert part.inputs[:, 6].tolist() == rows["town"].isna().astype(float).tolist()


def test_a_regression_is_standardised_by_its_training_part(people: Path) -> None:
    frame, task = _people(), csv_task(people, "score")
    train, test = frame.loc[task.train.rows, "score"], frame.loc[task.test.rows, "score"]
    assert task.kind == "regression"
    assert np.allclose(task.test.targets[:, 0], (test - train.mean()) / train.std(ddof=0))
    assert (task.n_outputs, task.classes) == (1, ())
    assert (task.target_mean, task.target_sd) == pytest.approx((train.mean(), train.std(ddof=0)))


def test_the_file_counts_not_its_place(people: Path, tmp_path) -> None:
    task = csv_task(people, "buys")
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    people.rename(moved / "people.csv")
    again = load_task(moved / "people.csv", target="buys")
    assert again.options == task.options
    assert (task.source, again.source) == (str(people.resolve()), str((moved / "people.csv").resolve()))
    assert np.array_equal(again.train.inputs, task.train.inputs)
    _people(seed=1).to_csv(people, index=False)
    assert csv_task(people, "buys").options["digest"] != task.options["digest"]


def _same_training(a: Task, b: Task) -> bool:
    parts = ("inputs", "targets", "rows")
    return a.features == b.features and all(np.array_equal(getattr(a.train, p), getattr(b.train, p)) for p in parts)


@pytest.mark.parametrize("target", ["buys", "score"])
def test_nothing_of_the_other_rows_reaches_the_training_part(tmp_path, target: str) -> None:
    """Rows that validate and test are filled with absurd values: training inputs are the same bits."""
    file = tmp_path / "t.csv"
    frame = _people()
    frame.to_csv(file, index=False)
    task = csv_task(file, target)
    assert task.test is not None
    others = np.concatenate([task.validation.rows, task.test.rows])
    frame = frame.astype({"member": object, "age": object, "income": object})
    frame.loc[others, "age"] = 1e6
    frame.loc[others, "income"] = "unknown"
    frame.loc[others, "town"] = [f"town {i}" for i in range(len(others))]
    frame.loc[others, "member"] = "perhaps"
    frame.loc[others, "joined"] = "never"
    frame.loc[others, "name"] = "same"
    frame.loc[others, "country"] = [f"land {i % 7}" for i in range(len(others))]
    frame.loc[others, ""] = 0
    if target == "score":
        frame.loc[others, "score"] *= 1000
    frame.to_csv(file, index=False)
    changed = csv_task(file, target)
    assert _same_training(task, changed)
    assert changed.left_out == task.left_out
    assert not np.array_equal(task.validation.inputs, changed.validation.inputs)


def test_bundled_files_of_scikit_learn() -> None:
    iris = load_task(BUNDLED / "iris.csv", target="virginica")
    assert (iris.kind, iris.classes, iris.n_inputs) == ("multiclass", ("0", "1", "2"), 4)
    assert np.bincount(iris.validation.targets).tolist() == [10, 10, 10]
    digits = load_task(BUNDLED / "digits.csv.gz", target="column_65")
    built_in = load_task("digits")
    assert np.array_equal(digits.train.rows, built_in.train.rows)
    varying = (built_in.train.inputs != 0).any(axis=0)
    assert np.allclose(digits.train.inputs, built_in.train.inputs[:, varying])
    linnerud = load_task(BUNDLED / "linnerud_exercise.csv", target="Jumps")
    assert (linnerud.kind, linnerud.features) == ("regression", ("Chins", "Situps"))


def test_no_target_and_an_unknown_one_list_the_columns(people: Path) -> None:
    with pytest.raises(InputError, match=r"`target` must name .* 'town', .*; for example --target 'buys'"):
        csv_task(people)
    with pytest.raises(InputError, match=r"got target='Buys'\. Did you mean 'buys'\?"):
        csv_task(people, "Buys")


def test_many_columns_are_not_all_listed(tmp_path) -> None:
    file = tmp_path / "wide.csv"
    pd.DataFrame(np.ones((20, 300)), columns=[f"c{i}" for i in range(300)]).to_csv(file, index=False)
    with pytest.raises(InputError, match="'c19' and 280 more") as raised:
        csv_task(file)
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        (pd.DataFrame({"x": range(20), "y": ["a"] * 20}), None, "has one class only"),
        (pd.DataFrame({"x": range(20), "y": ["a", "b"] * 10}), "regression", "holds text such as 'a'"),
        (pd.DataFrame({"x": [1.0, 4, 3, 2], "y": ["a", "b"] * 2}), None, "at least 10 rows"),
        (pd.DataFrame({"x": range(20), "y": ["a", "b"] * 10}), None, r"can be used .* 'x' \(it counts"),
    ],
)
def test_tables_that_teach_nothing_are_refused(tmp_path, frame: pd.DataFrame, kind, message: str) -> None:
    file = tmp_path / "t.csv"
    frame.to_csv(file, index=False)
    with pytest.raises(InputError, match=message):
        load_task(file, target="y", kind=kind)


def test_a_number_that_varies_outside_training_only_cannot_be_learned(tmp_path) -> None:
    values = np.full(20, 0.5)
    values[split_rows(20, None, SplitOptions(0))[2][0]] = 1.5
    file = tmp_path / "t.csv"
    pd.DataFrame({"x": [1, 5, 2, 4] * 5, "y": values}).to_csv(file, index=False)
    with pytest.raises(InputError, match=r"must vary, but all its values in the training part are 0\.5"):
        load_task(file, target="y")


def test_a_hundred_thousand_rows_take_seconds(tmp_path) -> None:
    import time

    file = tmp_path / "large.csv"
    rng = np.random.default_rng(0)
    n = 100_000
    frame = pd.DataFrame(rng.normal(size=(n, 6)).round(4), columns=list("abcdef"))
    frame["town"] = rng.choice(["x", "y", "z"], n)
    frame["y"] = rng.choice(["no", "yes"], n)
    frame.to_csv(file, index=False)
    start = time.perf_counter()
    task = csv_task(file, "y")
    assert time.perf_counter() - start < 8
    assert task.n_inputs == 9
    assert task.network["epochs"] < 1


_COLUMNS = ("number", "whole", "word", "truth", "anything")
_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=3)
_cells = st.one_of(st.none(), st.booleans(), st.integers(-3, 30), st.floats(), _text, st.sampled_from(["a", "b"]))


@settings(max_examples=80, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(_COLUMNS), min_size=2, max_size=6),
    n=st.integers(1, 60),
    seed=st.integers(0, 10**6),
    data=st.data(),
)
def test_any_table_becomes_a_sound_task_or_is_refused(tmp_path_factory, kinds, n, seed, data) -> None:
    rng = np.random.default_rng(seed)
    make = {
        "number": lambda: np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
        "whole": lambda: rng.integers(0, 4, n),
        "word": lambda: rng.choice(["x", "y", "z", ""], n),
        "truth": lambda: rng.random(n) < 0.5,
        "anything": lambda: data.draw(st.lists(_cells, min_size=n, max_size=n)),
    }
    frame = pd.DataFrame({f"c{i}": pd.Series(make[kind]()) for i, kind in enumerate(kinds)})
    file = tmp_path_factory.mktemp("any") / "t.csv"
    frame.to_csv(file, index=False)
    try:
        task = csv_task(file, f"c{len(kinds) - 1}")
    except InputError as error:
        task, sentence = None, str(error)
        assert sentence.endswith((".", "?"))
    if task is not None:
        parts = (task.train, task.validation, task.test)
        rows = np.concatenate([part.rows for part in parts])
        lost = sum(r["count"] for r in task.left_out if r["reason"].startswith("rows"))
        assert len(set(rows)) == len(rows) == n - lost
        assert all(np.isfinite(part.inputs).all() and np.isfinite(part.targets).all() for part in parts)
        assert np.isfinite(task.constant_value)
        assert task.n_inputs == len(task.features) >= 1
        if task.is_classification:
            assert all(set(part.targets) == set(range(len(task.classes))) for part in parts)

"""Tasks by name, and what is said of names and options that do not fit."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tunescape.errors import InputError
from tunescape.tasks import load_task, task_names


def test_an_unknown_name_lists_the_tasks_and_the_way_to_give_a_csv() -> None:
    with pytest.raises(InputError) as raised:
        load_task("irsi")
    message = str(raised.value)
    assert all(name in message for name in task_names())
    assert "data.csv --target COLUMN" in message
    assert message.endswith("Did you mean 'iris'?")


@pytest.mark.parametrize("option", ["target", "kind"])
def test_a_built_in_task_takes_no_csv_option(option: str) -> None:
    with pytest.raises(InputError, match=f"`{option}` is for csv files"):
        load_task("wine", **{option: "x"})


def test_split_is_for_iris_only() -> None:
    with pytest.raises(InputError, match="`split` is for the task 'iris' only"):
        load_task("wine", split="stratified")


def test_a_csv_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"There is no file '.*nothing.csv'"):
        load_task(tmp_path / "nothing.csv", target="x")


def test_an_existing_file_of_any_ending_is_read_as_csv(tmp_path) -> None:
    file = tmp_path / "table.dat"
    file.write_text("a,b\n" + "".join(f"{(i * 7) % 20},{i * i}\n" for i in range(30)))
    assert load_task(str(file), target="b").kind == "regression"
    assert load_task(file, target="b").name == "table.dat"


def test_importing_tasks_loads_nothing_heavy() -> None:
    heavy = "('pandas', 'sklearn', 'scipy', 'numba')"
    code = f"import sys, tunescape.tasks; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_comes_before_a_built_in_name_in_other_capitals(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_task("WINE").name == "wine"
    (tmp_path / "WINE").write_text("a,b\n" + "".join(f"{(i * 7) % 20},{i * i}\n" for i in range(30)))
    assert load_task("WINE", target="b").name == "WINE"
    (tmp_path / "wine").write_text("a,b\n")
    assert load_task("wine").source is None
